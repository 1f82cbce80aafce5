//! Java escapes, undone as `StringEscapeUtils.unescapeJava` of Apache commons-lang 3 does it, which the
//! server's parser calls on each logical line.

use crate::config::props::text::Cell;

/// A `\u` without four hexadecimal digits. The server refuses to load such a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BadEscape;

/// What one escape stands for.
enum Meaning {
    /// A byte as it is written in the file.
    Byte(u8),
    Char(char),
    /// A lone backslash at the very end.
    Nothing,
}

/// Undoes the escapes of one logical line. Characters above ASCII come out as UTF-8.
pub(super) fn unescape(line: &[Cell]) -> Result<Vec<Cell>, BadEscape> {
    let mut text = Vec::with_capacity(line.len());
    let mut rest = line;
    while let Some(first) = rest.first() {
        let (meaning, length) = match first.byte {
            b'\\' => escape(rest)?,
            literal => (Meaning::Byte(literal), 1),
        };
        let (escape, after) = rest.split_at_checked(length).unwrap_or((rest, &[]));
        let end = escape.last().map_or(first.end, |last| last.end);
        let cell = |byte| Cell {
            byte,
            start: first.start,
            end,
        };
        match meaning {
            Meaning::Byte(byte) => text.push(cell(byte)),
            Meaning::Char(character) => {
                text.extend(character.encode_utf8(&mut [0; 4]).bytes().map(cell))
            }
            Meaning::Nothing => {}
        }
        rest = after;
    }
    Ok(text)
}

/// Writes `value` so that it is read back as it is. ASCII only, whatever charset the server reads in.
pub(super) fn escape_value(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for character in value.chars() {
        match character {
            '\\' => text.push_str(r"\\"),
            ' '..='~' => text.push(character),
            other => {
                for unit in other.encode_utf16(&mut [0; 2]) {
                    text.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    text
}

/// The meaning of the escape that `text` begins with, and how many bytes it takes.
fn escape(text: &[Cell]) -> Result<(Meaning, usize), BadEscape> {
    let control = |character| Ok((Meaning::Char(character), 2));
    match text.get(1).map(|cell| cell.byte) {
        None => Ok((Meaning::Nothing, 1)),
        Some(b'0'..=b'7') => Ok(octal(text)),
        Some(b'b') => control('\u{8}'),
        Some(b'f') => control('\u{c}'),
        Some(b'n') => control('\n'),
        Some(b'r') => control('\r'),
        Some(b't') => control('\t'),
        Some(b'u') => unicode(text),
        Some(other) => Ok((Meaning::Byte(other), 2)),
    }
}

/// Up to three octal digits, the third only when the first is at most 3.
fn octal(text: &[Cell]) -> (Meaning, usize) {
    let digits = text.iter().skip(1).map_while(|cell| match cell.byte {
        digit @ b'0'..=b'7' => Some(digit - b'0'),
        _ => None,
    });
    let (mut value, mut length) = (0_u8, 1);
    for digit in digits.take(3) {
        if value > 0o37 {
            break;
        }
        value = value * 8 + digit;
        length += 1;
    }
    (Meaning::Char(char::from(value)), length)
}

/// A character, or two escapes that are the halves of a surrogate pair. A lone half is no character.
fn unicode(text: &[Cell]) -> Result<(Meaning, usize), BadEscape> {
    let (first, length) = unicode_unit(text)?;
    let next = text.get(length..).unwrap_or_default();
    let another = next.iter().map(|cell| cell.byte).take(2).eq(*br"\u");
    if (0xd800..0xdc00).contains(&first) && another {
        let (second, more) = unicode_unit(next)?;
        if let Some(Ok(pair)) = char::decode_utf16([first, second]).next() {
            return Ok((Meaning::Char(pair), length + more));
        }
    }
    let character = char::from_u32(first.into()).unwrap_or(char::REPLACEMENT_CHARACTER);
    Ok((Meaning::Char(character), length))
}

/// `\u`, more `u`, perhaps a `+`, and four characters that `Integer.parseInt` reads: the first may be a
/// sign. Also how many bytes that is.
fn unicode_unit(text: &[Cell]) -> Result<(u16, usize), BadEscape> {
    let byte = |at: usize| text.get(at).map(|cell| cell.byte);
    let mut at = 2;
    while byte(at) == Some(b'u') {
        at += 1;
    }
    if byte(at) == Some(b'+') {
        at += 1;
    }
    let digits: Vec<u8> = (at..at + 4).map_while(byte).collect();
    let digits = std::str::from_utf8(&digits)
        .ok()
        .filter(|digits| digits.len() == 4);
    let value = digits
        .and_then(|digits| i32::from_str_radix(digits, 16).ok())
        .ok_or(BadEscape)?;
    // Java casts to `char`: a negative number wraps round.
    let [_, _, high, low] = value.to_be_bytes();
    Ok((u16::from_be_bytes([high, low]), at + 4))
}
