//! Texts from outside, made fit for a terminal and for formats that go by the line.

use std::borrow::Cow;

use unicode_width::UnicodeWidthChar;

use crate::pki::certificate::distinguished_name::is_invisible;

/// One line that a terminal cannot take for commands: what cannot be seen as `\u{1b}`. A backslash stays
/// itself.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    escaped(text, is_invisible)
}

/// `text` with every character that `is_bad` as `\u{7c}`.
pub(crate) fn escaped(text: &str, is_bad: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&is_bad) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if is_bad(character) {
            escaped.extend(character.escape_unicode());
        } else {
            escaped.push(character);
        }
    }
    Cow::Owned(escaped)
}

/// Columns that a printable text takes on a terminal.
pub(crate) fn width(text: &str) -> usize {
    text.chars().map(width_of).sum()
}

/// As much of `text` as fits into `columns`, the last one an ellipsis when something is missing.
pub(crate) fn cut(text: &str, columns: usize) -> Cow<'_, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    let (start, _) = split(text, columns.saturating_sub(1));
    Cow::Owned(format!("{start}…"))
}

/// The longest start that takes no more than `columns`, and the rest.
pub(crate) fn split(text: &str, columns: usize) -> (&str, &str) {
    let mut used = 0;
    let end = text.char_indices().find(|(_, character)| {
        used += width_of(*character);
        used > columns
    });
    text.split_at(end.map_or(text.len(), |(start, _)| start))
}

/// Lines of at most `columns`, broken at blanks, and within a word only where it is longer than a line.
pub(crate) fn wrapped(text: &str, columns: usize) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut rest = text;
    while width(rest) > columns {
        // A blank may stand right behind the last column.
        let (fitting, _) = split(rest, columns + 1);
        let (line, after) = match fitting.rsplit_once(' ') {
            Some((line, _)) if !line.is_empty() => {
                (line, rest.get(line.len() + 1..).unwrap_or_default())
            }
            Some(_) | None => split(rest, columns),
        };
        lines.push(line);
        rest = after;
    }
    lines.push(rest);
    lines
}

fn width_of(character: char) -> usize {
    character.width().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{cut, printable, split, width};

    #[test]
    fn what_cannot_be_seen_is_spelled_out() {
        let text = "a\x1b[31m\nb\u{202e}";
        assert_eq!(printable(text), r"a\u{1b}[31m\u{a}b\u{202e}");
        assert_eq!(printable(r"C:\é 日本 🔒"), r"C:\é 日本 🔒");
    }

    #[test]
    fn wide_characters_take_two_columns_and_are_never_halved() {
        assert_eq!(width("日本e\u{301}"), 5);
        assert_eq!(cut("日本語", 6), "日本語");
        assert_eq!(cut("日本語", 5), "日本…");
        assert_eq!(cut("日本語", 4), "日…");
        assert_eq!(cut("日本語", 0), "…");
        assert_eq!(split("日本語", 5), ("日本", "語"));
    }
}
