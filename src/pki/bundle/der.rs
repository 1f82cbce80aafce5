//! DER without PEM around it: what it is, and the certificates inside PKCS#7.

use x509_parser::asn1_rs::{Any, Class, FromBer as _, FromDer as _, Header, Tag};
use x509_parser::der_parser::oid;

use crate::error::certificate::Found;

/// What binary input holds, by its first few fields.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Content {
    Certificate,
    Other(Found),
    Pkcs7,
}

/// Looks only as deep as needed; nothing is copied, so a key may lie here.
pub(super) fn recognise(bytes: &[u8]) -> Content {
    if bytes.starts_with(&[0xFE, 0xED, 0xFE, 0xED]) || bytes.starts_with(&[0xCE; 4]) {
        return Content::Other(Found::JavaKeystore);
    }
    let text = bytes.trim_ascii_start();
    if text.first() == Some(&b'<') {
        return Content::Other(Found::WebPage);
    }
    outline(bytes).unwrap_or(Content::Other(Found::Unknown))
}

/// The first DER object of `bytes`, without what follows it.
pub(super) fn first(bytes: &[u8]) -> Option<&[u8]> {
    let (rest, _) = Any::from_der(bytes).ok()?;
    bytes.get(..bytes.len() - rest.len())
}

/// DER objects one after the other; white space may follow the last.
pub(super) fn sequence_of(mut bytes: &[u8]) -> Option<Vec<&[u8]>> {
    let mut parts = Vec::new();
    while !bytes.trim_ascii_start().is_empty() {
        let part = first(bytes)?;
        parts.push(part);
        bytes = bytes.get(part.len()..)?;
    }
    Some(parts)
}

/// The certificates of PKCS#7 or CMS signed data (RFC 5652, 5.1), in BER or DER.
pub(super) fn pkcs7_certificates(bytes: &[u8]) -> Option<Vec<&[u8]>> {
    let (_, content_info) = Any::from_ber(bytes).ok()?;
    let content_info = children(&content_info)?;
    let [kind, content] = content_info.as_slice() else {
        return None;
    };
    let (_, signed_data) = Any::from_ber(content.data).ok()?;
    let fields = children(&signed_data)?;
    let certificates = fields
        .iter()
        .find(|field| (field.class(), field.tag()) == EXPLICIT_0);
    let certificates = sequence_of(certificates.map_or(&[], |field| field.data));
    certificates.filter(|_| kind.data == SIGNED_DATA)
}

const SIGNED_DATA: &[u8] = &oid!(raw 1.2.840.113549.1.7.2);

/// A field as far as it is there: files are sometimes cut off.
struct Field<'a> {
    kind: Kind,
    data: &'a [u8],
}

type Kind = (Class, Tag);

fn outline(bytes: &[u8]) -> Option<Content> {
    let whole = fields(bytes).next()?;
    let mut inner = fields(whole.data);
    let first = inner.next()?;
    let second = inner.next().map(|field| field.kind);
    let found = match (first.kind, second) {
        (OID, _) if first.data == SIGNED_DATA => return Some(Content::Pkcs7),
        // version 3: PFX (RFC 7292, 4); 0 and 1: PKCS#8, PKCS#1, SEC 1.
        (INTEGER, _) if first.data == [3] => Found::Pkcs12,
        (INTEGER, _) if matches!(first.data, [0 | 1]) => Found::PrivateKey,
        // An algorithm and a key, encrypted (RFC 5958, 3) or public (RFC 5280, 4.1).
        (SEQUENCE, Some(OCTET_STRING)) => Found::PrivateKey,
        (SEQUENCE, Some(BIT_STRING)) => Found::PublicKey,
        (SEQUENCE, _) => return Some(signed(first.data)),
        _ => Found::Unknown,
    };
    Some(Content::Other(found))
}

/// Certificate, request or revocation list: all are `SEQUENCE { to be signed, algorithm, signature }`.
fn signed(to_be_signed: &[u8]) -> Content {
    let kinds: Vec<_> = fields(to_be_signed)
        .take(6)
        .map(|field| field.kind)
        .collect();
    match kinds.as_slice() {
        // RFC 5280, 4.1; version 1 has no version.
        [EXPLICIT_0, ..] | [INTEGER, SEQUENCE, SEQUENCE, SEQUENCE, ..] => Content::Certificate,
        // RFC 2986, 4.1: version, subject, key, attributes.
        [INTEGER, SEQUENCE, SEQUENCE] | [INTEGER, SEQUENCE, SEQUENCE, EXPLICIT_0] => {
            Content::Other(Found::CertificateRequest)
        }
        // RFC 5280, 5.1: algorithm and issuer before the date.
        [.., SEQUENCE, SEQUENCE, UTC_TIME | GENERALIZED_TIME]
        | [.., SEQUENCE, SEQUENCE, UTC_TIME | GENERALIZED_TIME, _]
        | [.., SEQUENCE, SEQUENCE, UTC_TIME | GENERALIZED_TIME, _, _] => {
            Content::Other(Found::RevocationList)
        }
        [..] => Content::Other(Found::Unknown),
    }
}

const BIT_STRING: Kind = (Class::Universal, Tag::BitString);
const EXPLICIT_0: Kind = (Class::ContextSpecific, Tag(0));
const GENERALIZED_TIME: Kind = (Class::Universal, Tag::GeneralizedTime);
const INTEGER: Kind = (Class::Universal, Tag::Integer);
const OCTET_STRING: Kind = (Class::Universal, Tag::OctetString);
const OID: Kind = (Class::Universal, Tag::Oid);
const SEQUENCE: Kind = (Class::Universal, Tag::Sequence);
const UTC_TIME: Kind = (Class::Universal, Tag::UtcTime);

fn fields(bytes: &[u8]) -> impl Iterator<Item = Field<'_>> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let (content, header) = Header::from_ber(rest).ok()?;
        // Of indefinite length: all that follows.
        let length = header.length().definite().unwrap_or(content.len());
        let (data, next) = content.split_at_checked(length).unwrap_or((content, &[]));
        rest = next;
        let kind = (header.class(), header.tag());
        Some(Field { kind, data })
    })
}

/// The fields of a structure that has to be whole.
fn children<'a>(parent: &Any<'a>) -> Option<Vec<Any<'a>>> {
    let mut rest = parent.data;
    let mut children = Vec::new();
    while !rest.is_empty() {
        let (next, child) = Any::from_ber(rest).ok()?;
        children.push(child);
        rest = next;
    }
    Some(children)
}
