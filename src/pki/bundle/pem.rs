//! PEM blocks (RFC 7468), read with more patience than RFC 7468 asks for: markers count wherever they
//! stand, white space and escaped newlines in the body do not.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

use crate::error::certificate::Found;
use crate::pki::certificate::Certificate;

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";
const DASHES: &[u8] = b"-----";

/// One block of a text; the offsets are those of its first marker and of what follows its last.
#[derive(Debug)]
pub(crate) struct Block<'a> {
    pub(crate) label: &'a str,
    pub(crate) body: &'a [u8],
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// A block that cannot be told from its surroundings.
#[derive(Debug)]
pub(crate) struct Damage {
    pub(crate) offset: usize,
    pub(crate) reason: &'static str,
}

/// What a block's label promises.
#[derive(Debug)]
pub(crate) enum Content {
    Certificates,
    Other(Found),
}

/// All blocks, in order. After a damaged one there are no more.
pub(crate) fn blocks(text: &[u8]) -> impl Iterator<Item = Result<Block<'_>, Damage>> {
    let mut position = Some(0);
    std::iter::from_fn(move || {
        let start = find(text, position?, BEGIN)?;
        let block = block_at(text, start);
        position = block.as_ref().ok().map(|block| block.end);
        Some(block)
    })
}

/// The certificates of a file that holds nothing else of interest (the system's trust anchors), as
/// DER; unreadable ones are left out.
pub(crate) fn certificates_only(text: &[u8]) -> impl Iterator<Item = Zeroizing<Vec<u8>>> {
    let whole = blocks(text).map_while(Result::ok);
    whole.filter_map(|block| match block.label {
        "CERTIFICATE" | "X509 CERTIFICATE" => block.decode(),
        _ => None,
    })
}

/// PEM as every program reads it: 64 columns, LF, a newline at the end of each block.
pub(crate) fn encode<'a>(certificates: impl IntoIterator<Item = &'a Certificate>) -> String {
    let mut text = String::new();
    for certificate in certificates {
        text.push_str("-----BEGIN CERTIFICATE-----\n");
        // 48 bytes make a line of 64 characters.
        for line in certificate.der().chunks(48) {
            BASE64.encode_string(line, &mut text);
            text.push('\n');
        }
        text.push_str("-----END CERTIFICATE-----\n");
    }
    text
}

pub(crate) fn begins_somewhere(text: &[u8]) -> bool {
    find(text, 0, BEGIN).is_some()
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
    let trimmed = text
        .strip_prefix(b"\xEF\xBB\xBF")
        .unwrap_or(text)
        .trim_ascii();
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

impl Block<'_> {
    /// The bytes of the body; `None` when it is not base64.
    pub(crate) fn decode(&self) -> Option<Zeroizing<Vec<u8>>> {
        decode(self.body)
    }

    pub(crate) fn content(&self) -> Content {
        match self.label {
            "CERTIFICATE"
            | "X509 CERTIFICATE"
            | "TRUSTED CERTIFICATE"
            | "PKCS7"
            | "CMS"
            | "PKCS #7 SIGNED DATA" => Content::Certificates,
            "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => {
                Content::Other(Found::CertificateRequest)
            }
            "X509 CRL" => Content::Other(Found::RevocationList),
            "PKCS12" => Content::Other(Found::Pkcs12),
            label if label.ends_with("PRIVATE KEY") => Content::Other(Found::PrivateKey),
            label if label.ends_with("PUBLIC KEY") => Content::Other(Found::PublicKey),
            _ => Content::Other(Found::Unknown),
        }
    }
}

fn block_at(text: &[u8], start: usize) -> Result<Block<'_>, Damage> {
    let damage = |reason| Damage {
        offset: start,
        reason,
    };
    let unclosed = || damage("the BEGIN line lacks its closing hyphens");
    let label_start = start + BEGIN.len();
    let label_end = find(text, label_start, DASHES).ok_or_else(unclosed)?;
    let label = label(text, label_start, label_end).ok_or_else(unclosed)?;
    let body_start = label_end + DASHES.len();
    // Only as far as the next marker: a file of BEGINs alone is read once, not once for each.
    let body_end = find(text, body_start, DASHES).ok_or(damage("it has no END line"))?;
    let at_end = text.get(body_end..).unwrap_or_default();
    let closing = at_end
        .strip_prefix(END)
        .ok_or(damage("it has no END line"))?;
    let closed = closing.strip_prefix(label.as_bytes());
    if !closed.is_some_and(|rest| rest.starts_with(DASHES)) {
        return Err(damage("its END line differs from its BEGIN line"));
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
    let mut bytes = body.iter().copied();
    while let Some(byte) = bytes.next() {
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' => {}
            // A newline that went through JSON or a shell: the two characters `\n`.
            b'\\' => match bytes.next() {
                Some(b'n' | b'r') => {}
                Some(_) | None => return None,
            },
            _ => compact.push(byte),
        }
    }
    BASE64.decode(&*compact).ok().map(Zeroizing::new)
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
