//! Lines of cells below a head, as wide as they need to be.

use std::io::{self, Write};

use crate::report::check::Look;
use crate::report::check::text::{BOLD, paint};
use crate::report::printable::{printable, width};

const GAP: usize = 2;

/// A wider cell pushes the others of its line to the right.
const WIDEST: usize = 60;

pub(super) struct Cell {
    text: String,
    colour: Option<&'static str>,
}

impl Cell {
    pub(super) fn plain(text: impl AsRef<str>) -> Self {
        Self {
            text: printable(text.as_ref()).into_owned(),
            colour: None,
        }
    }

    pub(super) fn coloured(text: impl AsRef<str>, colour: &'static str) -> Self {
        Self {
            colour: Some(colour),
            ..Self::plain(text)
        }
    }
}

pub(super) struct Columns<'a> {
    head: Vec<Cell>,
    widths: Vec<usize>,
    look: &'a Look,
}

impl<'a> Columns<'a> {
    /// For these lines, each with as many cells as the head.
    pub(super) fn new<'r>(
        head: &[&str],
        lines: impl IntoIterator<Item = &'r [Cell]>,
        look: &'a Look,
    ) -> Self {
        let mut widths: Vec<usize> = head.iter().map(|text| width(text)).collect();
        for line in lines {
            for (widest, cell) in widths.iter_mut().zip(line) {
                *widest = (*widest).max(width(&cell.text).min(WIDEST));
            }
        }
        Self {
            head: head.iter().map(Cell::plain).collect(),
            widths,
            look,
        }
    }

    pub(super) fn write_head(&self, out: &mut impl Write) -> io::Result<()> {
        let head = paint(&self.text(&self.head), BOLD, self.look);
        writeln!(out, "{head}")
    }

    /// On a terminal the last cell gets a line of its own where there is no room for it.
    pub(super) fn write(&self, line: &[Cell], out: &mut impl Write) -> io::Result<()> {
        let whole = self.columns(line);
        match (self.look.width, line.split_last()) {
            (Some(room), Some((last, others))) if whole > room && !last.text.is_empty() => {
                let indent = self.widths.first().map_or(0, |first| first + GAP);
                writeln!(out, "{}", self.text(others))?;
                writeln!(out, "{:indent$}{}", "", self.painted(last))
            }
            (_, _) => writeln!(out, "{}", self.text(line)),
        }
    }

    fn columns(&self, line: &[Cell]) -> usize {
        let padded = line.iter().zip(&self.widths);
        let last = line.last().map_or(0, |cell| width(&cell.text));
        let before = padded
            .take(line.len().saturating_sub(1))
            .map(|(cell, column)| width(&cell.text).max(*column) + GAP);
        before.sum::<usize>() + last
    }

    fn text(&self, line: &[Cell]) -> String {
        // What is empty at the end leaves no blanks behind.
        let filled = line.iter().rposition(|cell| !cell.text.is_empty());
        let mut text = String::new();
        for (place, (cell, column)) in line.iter().zip(&self.widths).enumerate() {
            text.push_str(&self.painted(cell));
            if filled.is_some_and(|filled| place < filled) {
                let padding = column.saturating_sub(width(&cell.text)) + GAP;
                text.push_str(&" ".repeat(padding));
            }
        }
        text
    }

    fn painted(&self, cell: &Cell) -> String {
        match cell.colour {
            Some(colour) => paint(&cell.text, colour, self.look),
            None => cell.text.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(width: Option<usize>, lines: &[[&str; 3]]) -> String {
        let lines: Vec<Vec<Cell>> = lines
            .iter()
            .map(|line| line.iter().map(Cell::plain).collect())
            .collect();
        let look = Look {
            width,
            ..Look::default()
        };
        let all = lines.iter().map(Vec::as_slice);
        let columns = Columns::new(&["A", "B", "C"], all, &look);
        let mut out = Vec::new();
        lines
            .iter()
            .for_each(|line| columns.write(line, &mut out).unwrap());
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_pipe_gets_one_line_each_without_blanks_at_the_end() {
        let long = "x".repeat(200);
        assert_eq!(
            written(None, &[["one", "2", &long], ["1", "two", ""]]),
            format!("one  2    {long}\n1    two\n")
        );
    }

    #[test]
    fn a_terminal_gets_the_last_cell_below_where_it_does_not_fit() {
        assert_eq!(
            written(
                Some(12),
                &[["one", "2", "/a/path"], ["1", "two", ""], ["1", "2", "/"]]
            ),
            "one  2\n     /a/path\n1    two\n1    2    /\n"
        );
    }
}
