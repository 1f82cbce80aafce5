//! Why lighttpd does not see a block that a person sees.

use super::{Fault, Flaw, Form};
use crate::pki::bundle;
use crate::pki::key::PrivateKey;
use crate::pki::pem::{self, Block, Damage};

/// What was looked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    Certificate,
    Key,
}

/// Why lighttpd found none of this kind.
pub(super) fn fault(text: &[u8], kind: Kind) -> Fault {
    let found = pem::blocks(text).find(|found| kind_of(found) == Some(kind));
    let flaw = match found {
        Some(found) => Some(flaw(text, start_of(&found))),
        None => pem::from_utf16(text).map(|_| Flaw {
            line: 1,
            form: Form::Utf16,
        }),
    };
    match (kind, flaw) {
        _ if text.iter().all(u8::is_ascii_whitespace) => Fault::Empty,
        (Kind::Certificate, Some(flaw)) => Fault::Certificate(flaw),
        (Kind::Key, Some(flaw)) => Fault::Key(flaw),
        (Kind::Certificate, None) => Fault::CertificateMissing,
        (Kind::Key, None) => Fault::KeyMissing,
    }
}

/// The first certificate that is not among those that start at `seen`, in their order.
pub(super) fn certificate(text: &[u8], seen: &[usize]) -> Option<Flaw> {
    let certificates = pem::blocks(text).filter(|found| kind_of(found) == Some(Kind::Certificate));
    let mut starts = certificates.map(|found| start_of(&found));
    let unseen = starts.find(|start| seen.binary_search(start).is_err())?;
    Some(flaw(text, unseen))
}

/// Where the certificate of `key` is, when it is not the first.
pub(super) fn leaf(text: &[u8], key: &PrivateKey, seen: &[usize]) -> Option<Fault> {
    let block = pem::blocks(text).flatten().find(|block| {
        bundle::certificates_of(block)
            .iter()
            .any(|certificate| key.is_key_of(certificate.der()))
    })?;
    let first = *seen.first()?;
    Some(if block.start < first {
        Fault::Certificate(flaw(text, block.start))
    } else {
        let line = pem::line_at(text, first);
        Fault::LeafNotFirst { line }
    })
}

/// What is wrong with the block that starts there.
pub(super) fn flaw(text: &[u8], start: usize) -> Flaw {
    let (form, at) = form(text, start);
    let line = pem::line_at(text, at);
    Flaw { line, form }
}

/// With the place where it shows.
fn form(text: &[u8], start: usize) -> (Form, usize) {
    let before = text.get(..start).unwrap_or_default();
    let before = before
        .rsplit(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default();
    if let Some(form) = beside(before.strip_prefix(pem::BOM).unwrap_or(before)) {
        return (form, start);
    }
    let rest = text.get(start..).unwrap_or_default();
    let Some(Ok(block)) = pem::blocks(rest).next() else {
        return (Form::Damaged, start);
    };
    let behind = rest.get(block.end..).unwrap_or_default();
    let behind = behind
        .split(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default();
    if let Some(form) = beside(behind.trim_ascii_end()) {
        return (form, start + block.end);
    }
    (form_of(&block), start)
}

/// What is wrong within a block.
fn form_of(block: &Block<'_>) -> Form {
    let holds_key = || block.decode().and_then(|der| PrivateKey::from_der(&der));
    let holds_certificates = !bundle::certificates_of(block).is_empty();
    let is_plain = matches!(block.label, "CERTIFICATE" | "X509 CERTIFICATE");
    if holds_certificates && !is_plain {
        Form::OtherFormat
    } else if holds_certificates || holds_key().is_some() {
        Form::Unusual
    } else {
        Form::Damaged
    }
}

/// What stands on the line of a marker besides it.
fn beside(text: &[u8]) -> Option<Form> {
    if text.is_empty() {
        None
    } else if text.contains(&b'\r') {
        Some(Form::LoneCr)
    } else if text.starts_with(b"-----BEGIN ") || text.ends_with(b"-----") {
        Some(Form::Joined)
    } else if text.trim_ascii().is_empty() {
        Some(Form::Indented)
    } else {
        Some(Form::TextAround)
    }
}

fn kind_of(found: &Result<Block<'_>, Damage<'_>>) -> Option<Kind> {
    let label = pem::label_of(found);
    if bundle::is_certificate_label(label) {
        Some(Kind::Certificate)
    } else {
        PrivateKey::is_label(label.as_bytes()).then_some(Kind::Key)
    }
}

fn start_of(found: &Result<Block<'_>, Damage<'_>>) -> usize {
    match found {
        Ok(block) => block.start,
        Err(damage) => damage.offset,
    }
}
