//! PEM (RFC 7468, and RFC 1421's headers) for private keys, as people send it: indented, on one line,
//! with CRLF, a byte order mark or text around. Bodies are decoded into memory that is wiped.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::secret::Secret;

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";
const DASHES: &[u8] = b"-----";

/// What stands between a BEGIN and an END line.
pub(super) struct Block<'a> {
    pub(super) label: &'a str,
    inside: &'a [u8],
}

impl<'a> Block<'a> {
    /// The header of that name, such as `DEK-Info`.
    pub(super) fn header(&self, name: &str) -> Option<&'a str> {
        self.inside
            .split(|byte| *byte == b'\n')
            .filter_map(|line| std::str::from_utf8(line).ok())
            .filter_map(|line| line.split_once(':'))
            .find(|(found, _)| found.trim().eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
    }

    /// The decoded body; nothing when it is not base64.
    pub(super) fn body(&self) -> Option<Secret> {
        let mut text = Zeroizing::new(Vec::with_capacity(self.inside.len()));
        for line in self.inside.split(|byte| *byte == b'\n') {
            // A header; base64 has no colon.
            if !line.contains(&b':') {
                text.extend(line.iter().filter(|byte| !byte.is_ascii_whitespace()));
            }
        }
        // Room for all: a vector that grows leaves its old memory behind.
        let mut der = Zeroizing::new(vec![0; base64::decoded_len_estimate(text.len())]);
        let length = STANDARD.decode_slice(&*text, &mut der).ok()?;
        der.truncate(length);
        Some(Secret::new(std::mem::take(&mut *der)))
    }
}

/// All blocks with a label that can be read; one that has no END reaches to the end of the text.
pub(super) fn blocks(text: &[u8]) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = split(rest, BEGIN) {
        let Some((label, after)) = split(after, DASHES) else {
            break;
        };
        let (inside, after) = split(after, END).unwrap_or((after, &[]));
        if let Ok(label) = std::str::from_utf8(label) {
            blocks.push(Block {
                label: label.trim(),
                inside,
            });
        }
        rest = after;
    }
    blocks
}

/// What comes before and after the first `mark`.
fn split<'a>(text: &'a [u8], mark: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = text.windows(mark.len()).position(|window| window == mark)?;
    Some((text.get(..at)?, text.get(at + mark.len()..)?))
}

/// Lines of 64 characters, as `openssl` writes them.
pub(super) fn encode(label: &str, der: &[u8]) -> Secret {
    let size = der.len().div_ceil(3) * 4;
    let mut body = Zeroizing::new(vec![0; size]);
    // The slice has the size that base64 takes, so this cannot fail.
    let length = STANDARD.encode_slice(der, &mut body).unwrap_or_default();
    let lines = body.get(..length).unwrap_or_default().chunks(64);
    let mut out = Zeroizing::new(Vec::with_capacity(size + size / 64 + 2 * label.len() + 40));
    out.extend_from_slice(format!("-----BEGIN {label}-----\n").as_bytes());
    for line in lines {
        out.extend_from_slice(line);
        out.push(b'\n');
    }
    out.extend_from_slice(format!("-----END {label}-----\n").as_bytes());
    Secret::new(std::mem::take(&mut *out))
}
