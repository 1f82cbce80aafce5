//! Text of which each byte knows where in the file it was written, so that a value can be changed in
//! place after continuations were joined and escapes undone.

use std::ops::Range;

use crate::config::lines;

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
    /// Whether it waits for a next line that the file does not have.
    pub(super) open: bool,
}

/// Joins continuations: a line that ends in `\` but not in `\\` goes on in the next, so three backslashes
/// do not continue it. Each physical line is trimmed on the left; a comment can go on as well.
pub(super) fn logical_lines(bytes: &[u8]) -> Vec<LogicalLine> {
    let mut logical: Vec<LogicalLine> = Vec::new();
    for (number, line) in (1..).zip(lines::lines(bytes)) {
        let blanks = bytes.get(line.start..line.end).unwrap_or_default().iter();
        let start = line.start + blanks.take_while(|byte| is_blank(**byte)).count();
        let text = bytes.get(start..line.end).unwrap_or_default();
        let cells = text.iter().zip(start..).map(|(&byte, start)| Cell {
            byte,
            start,
            end: start + 1,
        });
        let open = text.ends_with(b"\\") && !text.ends_with(b"\\\\");
        match logical.last_mut().filter(|last| last.open) {
            Some(last) => {
                last.cells.pop();
                last.cells.extend(cells);
                last.end = line.end;
                last.open = open;
            }
            None => logical.push(LogicalLine {
                cells: cells.collect(),
                number,
                end: line.end,
                open,
            }),
        }
    }
    logical
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
