//! `key = [platform] value`, line by line.

use std::ops::Range;

use crate::config::lines::{Line, lines};

/// One assignment; ranges are bytes of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pair {
    /// From 1.
    pub(super) number: usize,
    pub(super) line: Line,
    pub(super) key: Range<usize>,
    /// Whether there is an `=`. Without one the whole line is the key.
    pub(super) separated: bool,
    /// What is between `[` and `]`.
    pub(super) qualifier: Option<Range<usize>>,
    /// A `[` without `]`: launchers warn and skip the line.
    pub(super) open_qualifier: bool,
    pub(super) value: Range<usize>,
}

impl Pair {
    pub(super) fn key<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        slice(bytes, &self.key)
    }

    pub(super) fn value<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        slice(bytes, &self.value)
    }

    pub(super) fn qualifier<'a>(&self, bytes: &'a [u8]) -> Option<&'a [u8]> {
        self.qualifier.as_ref().map(|range| slice(bytes, range))
    }
}

pub(super) fn slice<'a>(bytes: &'a [u8], range: &Range<usize>) -> &'a [u8] {
    bytes.get(range.clone()).unwrap_or_default()
}

/// Every assignment of a file. `strict`: a `#` begins a comment in the first column only, else anywhere.
pub(super) fn pairs(bytes: &[u8], strict: bool) -> Vec<Pair> {
    (1..)
        .zip(lines(bytes))
        .filter_map(|(number, line)| pair(bytes, number, line, strict))
        .collect()
}

/// The assignment of one line, if it is neither blank nor a comment.
pub(super) fn pair(bytes: &[u8], number: usize, line: Line, strict: bool) -> Option<Pair> {
    let text = slice(bytes, &(line.start..line.end));
    let end = match text.iter().position(|byte| *byte == b'#') {
        Some(comment) if comment == 0 || !strict => line.start + comment,
        Some(_) | None => line.end,
    };
    let text = trim(bytes, line.start..end);
    if text.is_empty() {
        return None;
    }
    let equals = find(bytes, &text, b'=');
    let key = trim(bytes, text.start..equals.unwrap_or(text.end));
    let value = trim(
        bytes,
        equals.map_or(text.end, |equals| equals + 1)..text.end,
    );
    let qualified = slice(bytes, &value).starts_with(b"[");
    let bracket = find(bytes, &value, b']').filter(|_| qualified);
    Some(Pair {
        number,
        line,
        key,
        separated: equals.is_some(),
        qualifier: bracket.map(|bracket| value.start + 1..bracket),
        open_qualifier: qualified && bracket.is_none(),
        value: match bracket {
            Some(bracket) => trim(bytes, bracket + 1..value.end),
            None => value,
        },
    })
}

fn find(bytes: &[u8], range: &Range<usize>, wanted: u8) -> Option<usize> {
    let at = slice(bytes, range)
        .iter()
        .position(|byte| *byte == wanted)?;
    Some(range.start + at)
}

/// Without blanks and control characters on either side, as by Java's `String.trim`.
fn trim(bytes: &[u8], range: Range<usize>) -> Range<usize> {
    let text = slice(bytes, &range);
    let is_text = |byte: &u8| *byte > b' ';
    match (
        text.iter().position(is_text),
        text.iter().rposition(is_text),
    ) {
        (Some(first), Some(last)) => range.start + first..range.start + last + 1,
        (_, _) => range.end..range.end,
    }
}
