//! Lines with labels in one column, fitted to the terminal where there is one.

use std::fmt::Write as _;

use crate::report::printable::{width, wrapped};
use crate::report::show::Look;

pub(super) const BOLD: &str = "\x1b[1m";
pub(super) const DIM: &str = "\x1b[2m";
pub(super) const GREEN: &str = "\x1b[32m";
pub(super) const RED: &str = "\x1b[1;31m";
pub(super) const YELLOW: &str = "\x1b[33m";

/// Columns that fit every label and the blank behind it.
const LABEL: usize = 14;
const INDENT: usize = 2;
/// Narrower than this nothing is readable any more.
const NARROWEST: usize = 20;

pub(super) struct Page<'a> {
    look: &'a Look,
    text: String,
}

impl<'a> Page<'a> {
    pub(super) fn new(look: &'a Look) -> Self {
        let text = String::new();
        Self { look, text }
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }

    /// An empty line, but none at the start and never two.
    pub(super) fn gap(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    pub(super) fn heading(&mut self, text: &str) {
        let painted = self.paint(text, BOLD);
        self.push(&painted);
    }

    /// What belongs to one thing of a source.
    pub(super) fn section(&mut self, text: &str) {
        self.gap();
        let painted = self.paint(text, BOLD);
        self.push(&format!("{:INDENT$}{painted}", ""));
    }

    pub(super) fn line(&mut self, label: &str, text: &str) {
        self.labelled(label, DIM, text);
    }

    /// A label that means good or bad.
    pub(super) fn painted_label(&mut self, label: &str, colour: &str, text: &str) {
        self.labelled(label, colour, text);
    }

    /// A text of which one part means good or bad.
    pub(super) fn painted_line(&mut self, label: &str, text: &str, part: &str, colour: &str) {
        self.labelled_with(label, DIM, text, |page, line| {
            line.replacen(part, &page.paint(part, colour), 1)
        });
    }

    /// A link of a tree at that depth, with a word behind it in colour.
    pub(super) fn branch(
        &mut self,
        depth: usize,
        title: &str,
        before: &str,
        (word, colour): &(String, Option<&str>),
    ) {
        let indent = match depth {
            0 => String::new(),
            deeper => format!("{:width$}└─ ", "", width = 3 * (deeper - 1)),
        };
        let title = self.paint(title, BOLD);
        let word = match colour {
            Some(colour) => self.paint(word, colour),
            None => word.clone(),
        };
        self.push(&format!("{:INDENT$}{indent}{title} ({before}{word})", ""));
    }

    fn labelled(&mut self, label: &str, colour: &str, text: &str) {
        self.labelled_with(label, colour, text, |_, line| line.to_owned());
    }

    fn labelled_with(
        &mut self,
        label: &str,
        colour: &str,
        text: &str,
        painted: impl Fn(&Self, &str) -> String,
    ) {
        let start = INDENT + LABEL;
        let room = self.look.width.map_or(usize::MAX, |columns| {
            columns.saturating_sub(start).max(NARROWEST)
        });
        let padding = LABEL.saturating_sub(width(label));
        let label = self.paint(label, colour);
        let mut before = format!("{:INDENT$}{label}{:padding$}", "", "");
        for line in wrapped(text, room) {
            let painted = painted(self, line);
            self.push(&format!("{before}{painted}"));
            before = " ".repeat(start);
        }
    }

    fn paint(&self, text: &str, colour: &str) -> String {
        match self.look.colour && !colour.is_empty() {
            true => format!("{colour}{text}\x1b[0m"),
            false => text.to_owned(),
        }
    }

    fn push(&mut self, line: &str) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.text, "{line}");
    }
}

#[cfg(test)]
mod tests {
    use super::{Page, RED};
    use crate::report::show::{Detail, Look};

    fn page(width: Option<usize>, colour: bool) -> String {
        let look = Look {
            colour,
            width,
            detail: Detail::Usual,
        };
        let mut page = Page::new(&look);
        page.gap();
        page.painted_line(
            "trusted",
            "no: nobody that we know vouches for it",
            "no",
            RED,
        );
        page.gap();
        page.gap();
        page.branch(1, "CA", "root, ", &("expired".to_owned(), Some(RED)));
        page.into_text()
    }

    #[test]
    fn a_pipe_gets_plain_lines_as_long_as_they_are() {
        assert_eq!(
            page(None, false),
            "  trusted       no: nobody that we know vouches for it\n\n  └─ CA (root, expired)\n"
        );
    }

    #[test]
    fn a_terminal_gets_lines_that_fit_with_colour_where_it_means_something() {
        assert_eq!(
            page(Some(40), true),
            "  \x1b[2mtrusted\x1b[0m       \x1b[1;31mno\x1b[0m: nobody that we know\n                \
             vouches for it\n\n  └─ \x1b[1mCA\x1b[0m (root, \x1b[1;31mexpired\x1b[0m)\n"
        );
        let narrow = page(Some(1), false);
        assert!(
            narrow.lines().all(|line| line.chars().count() <= 36),
            "{narrow}"
        );
    }
}
