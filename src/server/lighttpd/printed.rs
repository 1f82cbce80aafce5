//! What `lighttpd -p` prints: the configuration as lighttpd has understood it, all includes read and
//! all expressions evaluated (`data_config_print`, the same from 1.4.54 to 1.4.85).
//!
//! Strings in values have their quotes escaped, those of conditions have not; both may span lines.

use std::collections::BTreeMap;
use std::fmt;

/// Every key with its value, by the condition that it stands under.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Printed {
    pub(super) values: BTreeMap<Name, String>,
}

/// A key in its scope.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Name {
    /// The conditions around it, outermost first; none: global. An `else` comes with what it is the
    /// other case of.
    pub(super) scope: Vec<String>,
    pub(super) key: String,
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.key)?;
        match self.scope.is_empty() {
            true => Ok(()),
            false => write!(f, " (in {})", self.scope.join(" ").replace('\n', "\\n")),
        }
    }
}

impl Printed {
    /// `None`: this is no such output, or not all of it.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let rest = text.trim().strip_prefix("config {")?;
        let mut parser = Parser {
            rest: rest.strip_suffix('}')?,
            scope: Vec::new(),
            last: String::new(),
            printed: Self::default(),
        };
        while parser.step() {}
        Some(parser.printed)
    }

    /// The value of a global key as lighttpd prints it: strings in quotes, numbers without.
    pub(crate) fn value(&self, key: &str) -> Option<&str> {
        let name = Name {
            scope: Vec::new(),
            key: key.to_owned(),
        };
        self.values.get(&name).map(String::as_str)
    }

    /// The same with other words in all values: a staged file gets its real name.
    pub(super) fn renamed(mut self, from: &str, to: &str) -> Self {
        for value in self.values.values_mut() {
            *value = value.replace(from, to);
        }
        self
    }
}

struct Parser<'a> {
    rest: &'a str,
    /// The open conditions, each as in [`Name`] and as its end repeats it.
    scope: Vec<(String, &'a str)>,
    /// The condition that ended last, which an `else` belongs to.
    last: String,
    printed: Printed,
}

impl<'a> Parser<'a> {
    /// Reads a comment, a value, or the begin or end of a condition; false at the end.
    fn step(&mut self) -> bool {
        self.rest = self.rest.trim_start();
        if let Some(after) = self.rest.strip_prefix('}') {
            self.leave(after);
        } else if self.rest.starts_with('#') {
            self.take_line();
        } else if let Some((key, after)) = assignment(self.rest) {
            self.rest = after;
            let name = Name {
                scope: self.scope.iter().map(|(name, _)| name.clone()).collect(),
                // Upper and lower case are the same to lighttpd (1.4.69).
                key: key.to_ascii_lowercase(),
            };
            let value = self.take_value();
            self.printed.values.insert(name, value);
        } else if let Some((header, after)) = header(self.rest) {
            self.rest = after;
            self.enter(header);
        } else {
            self.take_line();
        }
        !self.rest.is_empty()
    }

    fn enter(&mut self, header: &'a str) {
        let (name, condition) = match header.strip_prefix("else") {
            Some(condition) => (format!("{}, {header}", self.last), condition.trim()),
            None => (header.to_owned(), header),
        };
        let condition = if condition.is_empty() {
            "else"
        } else {
            condition
        };
        self.scope.push((name, condition));
    }

    /// `} # end of $HTTP["host"] == "a"`, whose condition may hold line ends.
    fn leave(&mut self, after: &'a str) {
        self.rest = after;
        let Some((name, condition)) = self.scope.pop() else {
            return;
        };
        self.last = name;
        let end = after.strip_prefix(" # end of ").unwrap_or(after);
        match end.strip_prefix(condition) {
            Some(after) => self.rest = after,
            None => self.take_line(),
        }
    }

    fn take_line(&mut self) {
        self.rest = self
            .rest
            .split_once('\n')
            .map_or("", |(_, following)| following);
    }

    /// Up to the end of the line that closes what it opens; blanks and comments outside of strings say
    /// nothing.
    fn take_value(&mut self) -> String {
        let (mut depth, mut quoted, mut comment) = (0_u32, false, false);
        let mut value = String::new();
        let mut before = ' ';
        let mut length = self.rest.len();
        for (at, letter) in self.rest.char_indices() {
            match letter {
                '\n' if depth == 0 && !quoted => {
                    length = at;
                    break;
                }
                '\n' if comment => comment = false,
                _ if comment => {}
                '"' if before != '\\' || !quoted => quoted = !quoted,
                '(' if !quoted => depth += 1,
                ')' if !quoted => depth = depth.saturating_sub(1),
                '#' if !quoted => comment = true,
                _ => {}
            }
            before = letter;
            let blank = !quoted && letter.is_whitespace();
            if !comment && !blank {
                value.push(letter);
            }
        }
        self.rest = self.rest.get(length..).unwrap_or_default();
        value
    }
}

/// `key   = ` and what comes then.
fn assignment(text: &str) -> Option<(&str, &str)> {
    let of_key = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let (key, rest) = text.split_at(text.find(|c| !of_key(c))?);
    let value = rest.trim_start_matches(' ').strip_prefix("= ")?;
    (!key.is_empty()).then_some((key, value))
}

/// `$HTTP["host"] == "a" {`, or `else` before it or alone, and what comes then. Its string is not
/// escaped and may hold anything; the number of the block follows.
fn header(text: &str) -> Option<(&str, &str)> {
    const BRACE: &str = " {\n";
    let mut braces = text.match_indices(BRACE);
    let (at, _) = braces.find(|(at, _)| {
        let body = text.get(at + BRACE.len()..).unwrap_or_default();
        body.trim_start_matches(' ').starts_with("# block ")
    })?;
    Some((text.get(..at)?, text.get(at + BRACE.len()..)?))
}

#[cfg(test)]
mod tests {
    use super::{Name, Printed};

    /// As 1.4.69 prints it.
    const PRINTED: &str = r#"config {
    var.PID              = 20389
    server.port          = 18080
    var.path             = "C:\dir\"q\" x\\n"
    server.tag           = "x
} # end of config
"
    var.n                = (
        "a" => (
            "b" => 1, # 2
        ),
    )
    server.modules       = ("mod_a", "mod_b")


    $HTTP["host"] =~ "a"{b" {
        # block 1
        server.name = "a"

    } # end of $HTTP["host"] =~ "a"{b"
    else $HTTP["host"] =~ "x" {
        # block 2
        server.name = "g"

    } # end of $HTTP["host"] =~ "x"
    else {
        # block 3
        server.name = "b"

        $HTTP["url"] =~ "mul
ti" {
            # block 4
            server.name = "deep"

        } # end of $HTTP["url"] =~ "mul
ti"
    } # end of else
}
"#;

    #[test]
    fn every_value_is_found_under_its_conditions() {
        let printed = Printed::parse(PRINTED).unwrap();
        let global = [
            ("server.port", "18080"),
            ("var.path", r#""C:\dir\"q\" x\\n""#),
            ("server.tag", "\"x\n} # end of config\n\""),
            ("var.n", r#"("a"=>("b"=>1,),)"#),
            ("server.modules", r#"("mod_a","mod_b")"#),
        ];
        for (key, value) in global {
            assert_eq!(printed.value(key), Some(value));
        }
        let host = "$HTTP[\"host\"] =~ \"a\"{b\"".to_owned();
        let other = format!("{host}, else $HTTP[\"host\"] =~ \"x\"");
        let neither = format!("{other}, else");
        let url = "$HTTP[\"url\"] =~ \"mul\nti\"".to_owned();
        let conditional: Vec<(Vec<String>, &str)> = vec![
            (vec![host], "\"a\""),
            (vec![other], "\"g\""),
            (vec![neither.clone()], "\"b\""),
            (vec![neither, url], "\"deep\""),
        ];
        for (scope, value) in conditional {
            let key = "server.name".to_owned();
            let name = Name { scope, key };
            assert_eq!(
                printed.values.get(&name).map(String::as_str),
                Some(value),
                "{name:?}"
            );
        }
        assert_eq!(printed.values.len(), 6 + 4);
    }

    #[test]
    fn output_that_is_cut_off_or_no_configuration_is_none() {
        for text in [
            "",
            "config {",
            "Syntax OK",
            PRINTED.split_at(PRINTED.len() - 3).0,
        ] {
            assert_eq!(Printed::parse(text), None, "{text}");
        }
    }
}
