//! Text of which each byte knows where in the file it was written, so that a value can be changed in
//! place after continuations were joined and escapes undone.

use std::ops::Range;

use crate::config::lines::{self, Line};

/// One byte of text. A character above ASCII written as an escape is several of these, all of the same
/// origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) byte: u8,
    /// The bytes of the file that this was written with.
    pub(super) start: usize,
    pub(super) end: usize,
}

/// A line as the server's parser sees it: continuations joined, escapes still in place.
#[derive(Debug)]
pub(super) struct LogicalLine {
    pub(super) cells: Vec<Cell>,
    /// Number of its first physical line, from 1.
    pub(super) number: usize,
    /// Where its text ends in the file: the last line ending is behind this.
    pub(super) end: usize,
}

impl LogicalLine {
    /// Whether it goes on in the next line: it ends in `\` but not in `\\`, so three backslashes do not
    /// continue it. A comment can go on as well.
    pub(super) fn goes_on(&self) -> bool {
        let mut last = self.cells.iter().rev().map(|cell| cell.byte);
        last.next() == Some(b'\\') && last.next() != Some(b'\\')
    }
}

/// Joins continuations. Each physical line is trimmed on the left; only the last logical line can still
/// want to go on.
pub(super) fn logical_lines(bytes: &[u8]) -> impl Iterator<Item = LogicalLine> {
    let mut physical = (1..).zip(lines::lines(bytes));
    std::iter::from_fn(move || {
        let (number, line) = physical.next()?;
        let mut logical = LogicalLine {
            cells: cells(bytes, line),
            number,
            end: line.end,
        };
        while logical.goes_on()
            && let Some((_, next)) = physical.next()
        {
            logical.cells.pop();
            logical.cells.extend(cells(bytes, next));
            logical.end = next.end;
        }
        Some(logical)
    })
}

fn cells(bytes: &[u8], line: Line) -> Vec<Cell> {
    let text = (line.start..line.end).zip(bytes.get(line.start..line.end).unwrap_or_default());
    text.skip_while(|(_, byte)| is_blank(**byte))
        .map(|(start, &byte)| Cell {
            byte,
            start,
            end: start + 1,
        })
        .collect()
}

/// What Java's `Character.isWhitespace` says of ASCII. Above ASCII the answer hangs on the charset that
/// the server was started with, and no such character is white space in Latin-1.
pub(super) fn is_blank(byte: u8) -> bool {
    matches!(byte, b'\t'..=b'\r' | 0x1c..=b' ')
}

/// Without blanks on the left.
pub(super) fn trim_left(cells: &[Cell]) -> &[Cell] {
    let blanks = cells.iter().take_while(|cell| is_blank(cell.byte)).count();
    cells.get(blanks..).unwrap_or_default()
}

/// Without control characters and blanks on either side, as by Java's `String.trim`.
pub(super) fn trim(bytes: &[u8]) -> &[u8] {
    let is_text = |byte: &u8| *byte > b' ';
    let start = bytes.iter().position(is_text).unwrap_or(bytes.len());
    let end = bytes
        .iter()
        .rposition(is_text)
        .map_or(start, |last| last + 1);
    bytes.get(start..end).unwrap_or_default()
}

/// The parts between separators as by Java's `String.split`: empty ones at the end are dropped, yet text
/// without any separator is one part, even if it is empty.
pub(super) fn split(bytes: &[u8], separator: u8) -> Vec<&[u8]> {
    let mut parts: Vec<&[u8]> = bytes.split(|byte| *byte == separator).collect();
    if parts.len() > 1 {
        let used = parts
            .iter()
            .rposition(|part| !part.is_empty())
            .map_or(0, |last| last + 1);
        parts.truncate(used);
    }
    parts
}

pub(super) fn bytes_of(cells: &[Cell]) -> Vec<u8> {
    cells.iter().map(|cell| cell.byte).collect()
}

/// Position of `needle` in `cells`.
pub(super) fn find(cells: &[Cell], needle: &[u8]) -> Option<Range<usize>> {
    let matches = |window: &[Cell]| window.iter().map(|cell| &cell.byte).eq(needle);
    let start = cells.windows(needle.len()).position(matches)?;
    Some(start..start + needle.len())
}
