//! Taking statements out by `#`, and back in.

use std::ops::Range;
use std::rc::Rc;

use crate::config::lighttpd::edit::{Value, quoted};
use crate::config::lighttpd::file::{ConfigFile, Splice};
use crate::config::lighttpd::lexer::lex;
use crate::config::lighttpd::parser::parse;
use crate::config::lighttpd::syntax::{Include, Item, Term};
use crate::config::lighttpd::{Change, Configuration, Data, Source};
use crate::error::{LighttpdError, Position};

impl Configuration {
    /// Takes a key out of the whole server's settings: every assignment in the main file becomes a comment.
    /// If an included file sets it, `key := ""` is added below all includes, which lighttpd 1.4.69 takes for
    /// not set. Returns the lines that were changed or added; none if there was nothing to do.
    pub(crate) fn comment_out(&mut self, key: &str) -> Result<Vec<Position>, LighttpdError> {
        let Some((data, _)) = self.last(key) else {
            return Ok(Vec::new());
        };
        if data == Data::Text(Vec::new()) {
            return Ok(Vec::new());
        }
        let (before, edits) = (Rc::clone(&self.files[0]), self.edits.len());
        let assignments = self
            .entry(key)
            .map_or(Vec::new(), |it| it.assignments.clone());
        let own = assignments.iter().filter(|it| it.file == 0);
        let spans: Vec<_> = own.map(|it| it.assignment.span.clone()).collect();
        let splices = commented(&before, &spans);
        let mut changed: Vec<_> = spans.iter().map(|span| before.at(span.start)).collect();
        if !spans.is_empty() {
            self.take_over(key, splices, &|_| true)?;
        }
        if self.entry(key).is_some() {
            match self.set(key, &Value::Text(String::new())) {
                Ok(Change::Appended(at) | Change::Changed(at)) => changed.push(at),
                Ok(Change::Unchanged(_)) => {}
                Err(error) => {
                    self.state = self.state_with(Rc::clone(&before))?;
                    self.files[0] = before;
                    self.edits.truncate(edits);
                    return Err(error);
                }
            }
        }
        Ok(changed)
    }

    /// Includes `name` for the whole server: a commented-out line is taken in again, else one is added at
    /// the end. `included` is what [`Configuration::load`] would be given for that name.
    pub(crate) fn set_include(
        &mut self,
        name: &str,
        included: Vec<Source>,
    ) -> Result<Change, LighttpdError> {
        let mut includes = self.state.includes.iter();
        if let Some(there) = includes.find(|it| it.name == name && it.scope == 0) {
            return Ok(Change::Unchanged(self.position(there.at)));
        }
        self.add_included(name, included)?;
        let inexpressible = || LighttpdError::Inexpressible {
            key: "include".to_owned(),
        };
        let written = quoted(name.as_bytes()).ok_or_else(inexpressible)?;
        let is_it = |item: &Item| includes_text(item, name);
        let marks = commented_out(self.main(), 0, is_it);
        let end = self.main().bytes.len();
        let splice = match marks.clone() {
            Some(span) => Splice {
                span,
                new: Vec::new(),
            },
            None => {
                let line = [b"include ", written.as_slice()].concat();
                self.main().new_line(end, &line)
            }
        };
        // What the included file says may well change other values, or be wrong.
        let bytes = self.main().with(std::slice::from_ref(&splice));
        let file = Rc::new(ConfigFile::parse(self.main().path.clone(), bytes)?);
        let state = self.state_with(Rc::clone(&file))?;
        self.replace_main(file, state, vec![splice]);
        Ok(match marks {
            Some(marks) => Change::Changed(self.main().at(marks.start)),
            None => Change::Appended(self.new_line_at(end)),
        })
    }

    /// Makes a comment of every line of the main file that includes `name`. Returns the lines.
    pub(crate) fn comment_out_include(
        &mut self,
        name: &str,
    ) -> Result<Vec<Position>, LighttpdError> {
        let own = self
            .state
            .includes
            .iter()
            .filter(|it| it.at.file == 0 && it.name == name);
        let spans: Vec<_> = own.map(|it| it.span.clone()).collect();
        let positions = spans
            .iter()
            .map(|span| self.main().at(span.start))
            .collect();
        if !spans.is_empty() {
            let splices = commented(self.main(), &spans);
            let (file, state) = self.read_again(&format!("include \"{name}\""), &splices)?;
            self.replace_main(file, state, splices);
        }
        Ok(positions)
    }
}

/// What makes comments of statements, over all their lines. What follows one on its last line goes on in a
/// new line.
pub(super) fn commented(file: &ConfigFile, spans: &[Range<usize>]) -> Vec<Splice> {
    let mut marks: Vec<(usize, &[u8])> = Vec::new();
    for span in spans {
        marks.push((span.start, b"#"));
        let starts = file.lines.iter().map(|line| line.start);
        let inner = starts.filter(|start| span.contains(start) && *start != span.start);
        marks.extend(inner.map(|start| (start, b"#".as_slice())));
        let line = file.line_of(span.end.saturating_sub(1));
        let rest = file.text(&(span.end..line.end)).trim_ascii_start();
        if !rest.is_empty() && !rest.starts_with(b"#") {
            marks.push((span.end, file.ending_before(line.next)));
        }
    }
    marks.sort_by_key(|(offset, _)| *offset);
    let splices = marks.into_iter().map(|(offset, mark)| Splice {
        span: offset..offset,
        new: mark.to_vec(),
    });
    splices.collect()
}

/// Of the first comment line from `from` on, outside of all blocks, that is a wanted statement but for its
/// `#`: the bytes before the statement.
pub(super) fn commented_out(
    file: &ConfigFile,
    from: usize,
    is_wanted: impl Fn(&Item) -> bool,
) -> Option<Range<usize>> {
    let mut comments = file.comments.iter().filter(|comment| comment.start >= from);
    comments.find_map(|comment| {
        let line = file.line_of(comment.start);
        let is_alone = file
            .text(&(line.start..comment.start))
            .trim_ascii()
            .is_empty();
        let text = file.text(comment);
        let is_mark = |byte: &&u8| b"# \t".contains(byte);
        let marks = text.iter().take_while(is_mark).count();
        let statement = [text.get(marks..).unwrap_or_default(), b"\n"].concat();
        let items = lex(&statement).and_then(|lexed| parse(&statement, &lexed.lexemes));
        let is_it = matches!(items.as_deref(), Ok([item]) if is_wanted(item));
        (is_alone && is_it && file.is_gap(line.start)).then(|| comment.start..comment.start + marks)
    })
}

fn includes_text(item: &Item, name: &str) -> bool {
    match item {
        Item::Include(Include {
            name: written,
            is_shell: false,
            ..
        }) => matches!(written.terms.as_slice(), [Term::Text(text)] if text == name.as_bytes()),
        Item::Assignment(_) | Item::Conditions { .. } | Item::Global { .. } | Item::Include(_) => {
            false
        }
    }
}
