//! PEM exactly as OpenSSL's PEM_read_bio takes it, with all its quirks (OpenSSL 3.0 to 3.6,
//! crypto/pem/pem_lib.c and crypto/evp/encode.c; the tests hold it against the library's own reader).

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

use crate::pki::pem::BOM;

/// A block that OpenSSL can read. What is inside may still be anything.
pub(super) struct Block<'a> {
    pub(super) label: &'a [u8],
    pub(super) der: Zeroizing<Vec<u8>>,
    /// Headers stand before the body: it is encrypted, or OpenSSL refuses it.
    pub(super) headed: bool,
    /// Where its BEGIN line starts.
    pub(super) start: usize,
}

/// Where the BEGIN line starts of a block that makes OpenSSL give up reading.
#[derive(Clone, Copy, Debug)]
pub(super) struct Broken {
    pub(super) start: usize,
}

/// The blocks in order, up to the first broken one.
pub(super) fn blocks(text: &[u8]) -> impl Iterator<Item = Result<Block<'_>, Broken>> {
    let mut lines = Lines { text, position: 0 };
    let mut ended = false;
    std::iter::from_fn(move || {
        if ended {
            return None;
        }
        let (label, start) = lines.next_label()?;
        let block = lines.block(label, start);
        ended = block.is_none();
        Some(block.ok_or(Broken { start }))
    })
}

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";
const DASHES: &[u8] = b"-----";

/// Longer lines come in pieces of this length.
const PIECE: usize = 254;

/// With headers or an empty line before the body only the last line may be shorter, and none longer.
const HEADED_LINE: usize = 64;

struct Lines<'a> {
    text: &'a [u8],
    position: usize,
}

/// A line, or a piece of a long one, without its end.
struct Line<'a> {
    start: usize,
    bytes: &'a [u8],
    /// The line goes on in the next piece.
    is_cut: bool,
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        let start = self.position;
        let rest = self.text.get(start..).filter(|rest| !rest.is_empty())?;
        let limit = rest.get(..PIECE).unwrap_or(rest);
        let newline = limit.iter().position(|byte| *byte == b'\n');
        let length = newline.map_or(limit.len(), |at| at + 1);
        self.position += length;
        Some(Line {
            start,
            bytes: without_end(rest.get(..length)?),
            is_cut: newline.is_none() && length == PIECE,
        })
    }
}

impl<'a> Lines<'a> {
    /// Goes on behind the next BEGIN line.
    fn next_label(&mut self) -> Option<(&'a [u8], usize)> {
        let mut first = true;
        for line in self.by_ref() {
            let bom = if first { BOM } else { b"" };
            first = false;
            let bytes = line.bytes.strip_prefix(bom).unwrap_or(line.bytes);
            let label = bytes
                .strip_prefix(BEGIN)
                .and_then(|rest| rest.strip_suffix(DASHES));
            if let Some(label) = label {
                let start = line.start + line.bytes.len() - bytes.len();
                return Some((until_nul(label), start));
            }
        }
        None
    }

    /// Goes on behind the END line. None: what follows is no block of that label.
    fn block(&mut self, label: &'a [u8], start: usize) -> Option<Block<'a>> {
        let mut body = Body::default();
        let mut was_cut = false;
        loop {
            let line = self.next()?;
            if line.bytes.is_empty() {
                if !was_cut {
                    body.empty_line()?;
                }
            } else if let Some(rest) = line.bytes.strip_prefix(END) {
                let end = rest.strip_prefix(label)?;
                return body.finish(label, start).filter(|_| end == DASHES);
            } else {
                body.line(line.bytes)?;
            }
            was_cut = line.is_cut;
        }
    }
}

/// What was read of a block so far; its parts may be a key's.
#[derive(Default)]
struct Body {
    before_empty_line: Zeroizing<Vec<u8>>,
    after_empty_line: Zeroizing<Vec<u8>>,
    has_empty_line: bool,
    has_colon: bool,
    has_short_line: bool,
}

impl Body {
    /// The first one ends the headers.
    fn empty_line(&mut self) -> Option<()> {
        let is_first = !self.has_empty_line;
        self.has_empty_line = true;
        is_first.then_some(())
    }

    fn line(&mut self, bytes: &[u8]) -> Option<()> {
        if self.has_short_line {
            return None;
        }
        if !self.has_empty_line {
            self.has_colon |= bytes.contains(&b':');
            append(&mut self.before_empty_line, until_nul(bytes));
            return Some(());
        }
        append(&mut self.after_empty_line, until_nul(bytes));
        self.has_short_line = bytes.len() < HEADED_LINE;
        (bytes.len() <= HEADED_LINE).then_some(())
    }

    fn finish<'a>(self, label: &'a [u8], start: usize) -> Option<Block<'a>> {
        let (headers, body) = if self.has_empty_line || self.has_colon {
            (self.before_empty_line.as_slice(), &self.after_empty_line)
        } else {
            (&[][..], &self.before_empty_line)
        };
        let headed = !headers.is_empty();
        let der = decode(body)?;
        (!der.is_empty()).then_some(Block {
            label,
            der,
            headed,
            start,
        })
    }
}

/// A vector that grows by itself leaves its old memory behind; this one does not.
fn append(to: &mut Zeroizing<Vec<u8>>, bytes: &[u8]) {
    if to.capacity() - to.len() < bytes.len() {
        let mut larger = Zeroizing::new(Vec::with_capacity(2 * (to.len() + bytes.len())));
        larger.extend_from_slice(to);
        *to = larger;
    }
    to.extend_from_slice(bytes);
}

/// A hyphen ends the body; blanks do not count.
fn decode(body: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let until = body.iter().position(|byte| *byte == b'-');
    let body = body.get(..until.unwrap_or(body.len()))?;
    let mut compact = Zeroizing::new(Vec::with_capacity(body.len()));
    compact.extend(
        body.iter()
            .filter(|byte| !matches!(byte, b' ' | b'\t' | b'\r')),
    );
    let mut der = Zeroizing::new(vec![0; base64::decoded_len_estimate(compact.len())]);
    let length = BASE64.decode_slice(&*compact, &mut der).ok()?;
    der.truncate(length);
    Some(der)
}

/// OpenSSL compares signed characters with a blank, so bytes beyond ASCII go as well (on x86).
fn without_end(line: &[u8]) -> &[u8] {
    let is_end = |byte: &u8| *byte <= b' ' || *byte >= 0x80;
    let kept = line.iter().rposition(|byte| !is_end(byte));
    line.get(..kept.map_or(0, |at| at + 1)).unwrap_or(line)
}

/// A C string.
fn until_nul(bytes: &[u8]) -> &[u8] {
    bytes.split(|byte| *byte == 0).next().unwrap_or(bytes)
}

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);
