//! PEM blocks (RFC 7468, and RFC 1421's headers), read with more patience than RFC 7468 asks for:
//! markers count wherever they stand, white space and escaped newlines in the body do not. Keys come
//! this way too, so everything decoded is wiped.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

use crate::secret::Secret;

/// What Windows editors put before UTF-8.
pub(crate) const BOM: &[u8] = b"\xEF\xBB\xBF";

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";
const DASHES: &[u8] = b"-----";

/// Bytes at the end of a text that may be the beginning of a marker.
pub(crate) const LONGEST_MARKER: usize = BEGIN.len();

/// One block of a text; the offsets are those of its first marker and of what follows its last.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Block<'a> {
    pub(crate) label: &'a str,
    pub(crate) body: &'a [u8],
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// A block that cannot be told from its surroundings.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Damage<'a> {
    /// Empty when the BEGIN line itself is broken.
    pub(crate) label: &'a str,
    pub(crate) offset: usize,
    pub(crate) reason: &'static str,
}

/// All blocks, in order. After a damaged one it goes on with the next BEGIN.
pub(crate) fn blocks(text: &[u8]) -> impl Iterator<Item = Result<Block<'_>, Damage<'_>>> {
    let mut position = 0;
    std::iter::from_fn(move || {
        let start = find(text, position, BEGIN)?;
        let block = block_at(text, start);
        position = block
            .as_ref()
            .map_or(start + BEGIN.len(), |block| block.end);
        Some(block)
    })
}

/// Empty when it cannot be read.
pub(crate) fn label_of<'a>(found: &Result<Block<'a>, Damage<'a>>) -> &'a str {
    match found {
        Ok(block) => block.label,
        Err(damage) => damage.label,
    }
}

pub(crate) fn begins_somewhere(text: &[u8]) -> bool {
    find(text, 0, BEGIN).is_some()
}

/// The PEM text in UTF-16 with a byte order mark, as PowerShell writes it; what is not ASCII becomes `?`.
pub(crate) fn from_utf16(bytes: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (to_unit, rest): (fn([u8; 2]) -> u16, _) = match bytes {
        [0xFF, 0xFE, rest @ ..] => (u16::from_le_bytes, rest),
        [0xFE, 0xFF, rest @ ..] => (u16::from_be_bytes, rest),
        _ => return None,
    };
    let units = rest.chunks_exact(2).map(|pair| match *pair {
        [a, b] => to_unit([a, b]),
        _ => 0,
    });
    let ascii = |unit| u8::try_from(unit).ok().filter(u8::is_ascii).unwrap_or(b'?');
    // One allocation of the right size: a key may lie here, and growing would leave copies behind.
    let mut text = Zeroizing::new(Vec::with_capacity(rest.len() / 2));
    text.extend(units.map(ascii));
    // A Java keystore begins with FE ED, not FE FF; other binary has no PEM in it.
    begins_somewhere(&text).then_some(text)
}

/// The line of a BEGIN CERTIFICATE that is no marker, for example for want of a hyphen.
pub(crate) fn broken_marker(text: &[u8]) -> Option<usize> {
    let hyphen_before = |at: usize| text.get(at.checked_sub(1)?).filter(|byte| **byte == b'-');
    let at = find(text, 0, b"BEGIN CERTIFICATE")?;
    hyphen_before(at).map(|_| line_at(text, at))
}

/// What base64 without any marker stands for; `None` when it is not base64 of DER.
pub(crate) fn bare_base64(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    // Every DER structure that matters begins with 0x30 0x8x, in base64 "MI".
    let trimmed = text.strip_prefix(BOM).unwrap_or(text).trim_ascii();
    trimmed
        .starts_with(b"MI")
        .then(|| decode(trimmed))
        .flatten()
}

/// Counts from 1; a lone CR ends a line as well.
pub(crate) fn line_at(text: &[u8], offset: usize) -> usize {
    let before = text.get(..offset).unwrap_or(text);
    let has_lf = before.contains(&b'\n');
    let end = if has_lf { b'\n' } else { b'\r' };
    1 + before.iter().filter(|byte| **byte == end).count()
}

/// PEM as every program reads it: 64 columns, LF, a newline at the end of each block and nothing
/// between them. `blocks` are labels with what they hold.
pub(crate) fn encode<'a>(blocks: impl Iterator<Item = (&'a str, &'a [u8])> + Clone) -> Secret {
    let sizes = blocks.clone().map(|(label, der)| encoded_len(label, der));
    // Room for all: a vector that grows leaves its old memory behind.
    let mut text = Zeroizing::new(Vec::with_capacity(sizes.sum()));
    for (label, der) in blocks {
        text.extend([BEGIN, label.as_bytes(), DASHES, b"\n"].concat());
        for bytes in der.chunks(BYTES_A_LINE) {
            let mut line = Zeroizing::new([0; LINE]);
            // The slice has room for what a line holds, so this cannot fail.
            let length = BASE64.encode_slice(bytes, &mut *line).unwrap_or_default();
            text.extend_from_slice(line.get(..length).unwrap_or_default());
            text.push(b'\n');
        }
        text.extend([END, label.as_bytes(), DASHES, b"\n"].concat());
    }
    Secret::new(std::mem::take(&mut *text))
}

const LINE: usize = 64;
const BYTES_A_LINE: usize = LINE / 4 * 3;

fn encoded_len(label: &str, der: &[u8]) -> usize {
    let markers = BEGIN.len() + END.len() + 2 * (label.len() + DASHES.len() + 1);
    markers + der.len().div_ceil(3) * 4 + der.len().div_ceil(BYTES_A_LINE)
}

impl<'a> Block<'a> {
    /// The bytes of the body, without headers; `None` when it is not base64.
    pub(crate) fn decode(&self) -> Option<Zeroizing<Vec<u8>>> {
        decode(self.body)
    }

    /// The header of that name, such as `DEK-Info`.
    pub(crate) fn header(&self, name: &str) -> Option<&'a str> {
        self.body
            .split(|byte| is_line_end(*byte))
            .filter_map(|line| std::str::from_utf8(line).ok())
            .filter_map(|line| line.split_once(':'))
            .find(|(found, _)| found.trim().eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
    }

    /// Encrypted keys have some, with blanks in them; base64 has no colon.
    pub(crate) fn has_headers(&self) -> bool {
        self.body.contains(&b':')
    }
}

fn block_at(text: &[u8], start: usize) -> Result<Block<'_>, Damage<'_>> {
    let damage = |label, reason| Damage {
        label,
        offset: start,
        reason,
    };
    let unclosed = || damage("", "the BEGIN line lacks its closing hyphens");
    let label_start = start + BEGIN.len();
    let label_end = find(text, label_start, DASHES).ok_or_else(unclosed)?;
    let label = label(text, label_start, label_end).ok_or_else(unclosed)?;
    let endless = || damage(label, "it has no END line");
    let body_start = label_end + DASHES.len();
    // Only as far as the next marker: a file of BEGINs alone is read once, not once for each.
    let body_end = find(text, body_start, DASHES).ok_or_else(endless)?;
    let at_end = text.get(body_end..).unwrap_or_default();
    let closing = at_end.strip_prefix(END).ok_or_else(endless)?;
    let closed = closing.strip_prefix(label.as_bytes());
    if !closed.is_some_and(|rest| rest.starts_with(DASHES)) {
        return Err(damage(label, "its END line differs from its BEGIN line"));
    }
    Ok(Block {
        label,
        body: text.get(body_start..body_end).unwrap_or_default(),
        start,
        end: body_end + END.len() + label.len() + DASHES.len(),
    })
}

fn label(text: &[u8], start: usize, end: usize) -> Option<&str> {
    let label = std::str::from_utf8(text.get(start..end)?).ok()?;
    (label.len() < 64 && !label.contains(['\n', '\r'])).then_some(label)
}

fn decode(body: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut compact = Zeroizing::new(Vec::with_capacity(body.len()));
    let lines = body.split(|byte| is_line_end(*byte));
    for line in lines.filter(|line| !line.contains(&b':')) {
        let is_plain = |byte: &u8| !matches!(byte, b' ' | b'\t' | b'\\');
        if line.iter().all(is_plain) {
            compact.extend_from_slice(line);
            continue;
        }
        let mut bytes = line.iter().copied();
        while let Some(byte) = bytes.next() {
            match byte {
                b' ' | b'\t' => {}
                // A newline that went through JSON or a shell: the two characters `\n`.
                b'\\' => match bytes.next() {
                    Some(b'n' | b'r') => {}
                    Some(_) | None => return None,
                },
                _ => compact.push(byte),
            }
        }
    }
    let mut der = Zeroizing::new(vec![0; base64::decoded_len_estimate(compact.len())]);
    let length = BASE64.decode_slice(&*compact, &mut der).ok()?;
    der.truncate(length);
    Some(der)
}

fn is_line_end(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

fn find(text: &[u8], from: usize, needle: &[u8]) -> Option<usize> {
    let first = *needle.first()?;
    let mut at = from;
    loop {
        let rest = text.get(at..)?;
        at += rest.iter().position(|byte| *byte == first)?;
        if text.get(at..)?.starts_with(needle) {
            return Some(at);
        }
        at += 1;
    }
}

/// Some tools leave the padding out.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop, proptest};

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_has_the_size_that_was_set_aside_and_is_read_back(
            ders in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 0..4),
        ) {
            let items = ders.iter().map(|der| ("A LABEL", der.as_slice()));
            let text = encode(items.clone());
            let size: usize = items.map(|(label, der)| encoded_len(label, der)).sum();
            assert_eq!(text.len(), size);
            let read = blocks(text.expose()).map(|block| block.unwrap().decode().unwrap().to_vec());
            assert_eq!(read.collect::<Vec<_>>(), ders);
        }
    }

    #[test]
    fn a_damaged_block_does_not_hide_the_next() {
        let text = b"-----BEGIN A-----\nAAAA\n-----BEGIN B-----\nAAAA\n-----END B-----\n";
        let found: Vec<_> = blocks(text)
            .map(|block| block.map(|block| block.label))
            .collect();
        assert!(matches!(
            found.as_slice(),
            [Err(Damage { label: "A", .. }), Ok("B")]
        ));
    }
}
