//! Which configuration a service file starts lighttpd with.

use std::borrow::Cow;
use std::path::Path;

use crate::config::monit::{Process, Program, ServiceFile};

impl ServiceFile {
    /// The only process that is lighttpd, and its configuration; `None` if none or several are.
    pub(crate) fn lighttpd(&self) -> Option<(&Process, String)> {
        let mut found = self.processes.iter().filter_map(|process| {
            let start = process.start.as_ref()?;
            Some((process, start.lighttpd_configuration()?))
        });
        only(&mut found)
    }
}

impl Program {
    /// What is behind lighttpd's `-f`, also where another program or a shell's `-c` starts lighttpd.
    /// `None` if it is no lighttpd, or if only running the shell would tell.
    pub(crate) fn lighttpd_configuration(&self) -> Option<String> {
        let words: Vec<&str> = self.words.iter().map(String::as_str).collect();
        let shell = words.iter().position(|word| is_one_of(word, &SHELLS));
        match shell.and_then(|shell| command_line(words.get(shell + 1..)?)) {
            Some(line) => only(
                &mut commands(line)?
                    .iter()
                    .filter_map(|words| configuration(words)),
            ),
            None => configuration(&words),
        }
    }
}

impl Program {
    /// The configuration that lighttpd is started with, also by a script that is given it with `-f`.
    pub(crate) fn configuration(&self) -> Option<String> {
        self.lighttpd_configuration().or_else(|| {
            let flags = self.words.windows(2).filter_map(|words| match words {
                [flag, file] if flag == "-f" && file.starts_with('/') => Some(file.clone()),
                _ => None,
            });
            only(&mut { flags })
        })
    }
}

const SHELLS: [&str; 5] = ["bash", "dash", "ksh", "sh", "zsh"];

fn is_one_of(word: &str, names: &[&str]) -> bool {
    let name = Path::new(word).file_name();
    name.is_some_and(|name| names.iter().any(|wanted| name == *wanted))
}

/// The first, if there is no second.
fn only<T>(found: &mut impl Iterator<Item = T>) -> Option<T> {
    found.next().filter(|_| found.next().is_none())
}

/// What a shell gets behind `-c`, or behind options that end in it, such as `-lc`.
fn command_line<'a>(words: &[&'a str]) -> Option<&'a str> {
    let option = |word: &&&str| word.starts_with('-') && !word.starts_with("--");
    let options = words.iter().take_while(option);
    let at = options.into_iter().position(|word| word.ends_with('c'))?;
    words.get(at + 1).copied()
}

/// The `-f` of the only lighttpd among the words, by the rules of getopt(3).
fn configuration(words: &[impl AsRef<str>]) -> Option<String> {
    let is_lighttpd = |at: &usize| {
        let word = words.get(*at).map(AsRef::as_ref).unwrap_or_default();
        is_one_of(word, &["lighttpd", "lighttpd-angel"])
    };
    // Behind its name another word may end in it, such as the folder of its modules.
    let at = match is_lighttpd(&0) {
        true => 0,
        false => only(&mut (0..words.len()).filter(is_lighttpd))?,
    };
    let mut arguments = words.get(at + 1..)?.iter().map(AsRef::as_ref);
    let mut found = Vec::new();
    while let Some(word) = arguments.next() {
        let Some(flags) = word
            .strip_prefix('-')
            .filter(|flags| !flags.starts_with('-'))
        else {
            continue;
        };
        // Of lighttpd's options these three take a value: in the same word, else in the next.
        let Some(index) = flags.find(['f', 'i', 'm']) else {
            continue;
        };
        let (flag, glued) = flags.split_at(index + 1);
        let value = if glued.is_empty() {
            arguments.next()?
        } else {
            glued
        };
        if flag.ends_with('f') {
            found.push(value.to_owned());
        }
    }
    let file = only(&mut found.into_iter())?;
    let needs_a_shell = file.contains(['$', '`', '\\', '*', '?', '[', '~']);
    (!needs_a_shell).then_some(file)
}

/// The simple commands of a shell's line, by words; `None` if a quote is not closed.
fn commands(line: &str) -> Option<Vec<Vec<Cow<'_, str>>>> {
    let mut commands = vec![Vec::new()];
    let mut rest = line;
    loop {
        rest = rest.trim_start_matches([' ', '\t']);
        let Some(first) = rest.chars().next() else {
            return Some(commands);
        };
        if SEPARATORS.contains(&first) {
            commands.push(Vec::new());
            rest = rest.get(first.len_utf8()..)?;
            continue;
        }
        let (word, after) = shell_word(rest)?;
        commands.last_mut()?.push(word);
        rest = after;
    }
}

/// What ends a simple command, or a word of it that is a redirection.
const SEPARATORS: [char; 8] = [';', '&', '|', '(', ')', '<', '>', '\n'];

/// One word without its quotes, and what follows.
fn shell_word(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let mut word = Cow::Borrowed("");
    let mut rest = text;
    loop {
        let quote = rest
            .chars()
            .next()
            .filter(|first| matches!(first, '"' | '\''));
        let (part, after) = match quote {
            Some(quote) => rest.get(1..)?.split_once(quote)?,
            None => {
                let ends =
                    |it: char| SEPARATORS.contains(&it) || matches!(it, ' ' | '\t' | '"' | '\'');
                rest.split_at(rest.find(ends).unwrap_or(rest.len()))
            }
        };
        if part.is_empty() && quote.is_none() {
            return Some((word, rest));
        }
        word += part;
        rest = after;
    }
}
