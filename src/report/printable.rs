//! Texts from outside, made fit for a terminal and for formats that go by the line.

use std::borrow::Cow;

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

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn what_cannot_be_seen_is_spelled_out() {
        assert_eq!(
            printable("a\x1b[31m\nb\u{202e}"),
            r"a\u{1b}[31m\u{a}b\u{202e}"
        );
        assert_eq!(printable(r"C:\é 日本 🔒"), r"C:\é 日本 🔒");
    }
}
