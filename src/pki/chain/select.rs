//! Which certificate is the leaf.

use std::collections::HashSet;

use openssl::pkey::PKey;
use time::OffsetDateTime;

use crate::error::CertificateError;
use crate::pki::certificate::Certificate;
use crate::pki::findings::{Code, Finding};

use super::{Heap, Note};

/// The leaf's place in the pool, and the finding when it is not the key's.
#[derive(Debug)]
pub(super) struct Selected {
    pub(super) index: usize,
    pub(super) mismatch: Option<Finding>,
}

/// All certificates once, those of the main file first; duplicates become notes.
pub(super) fn pool_and_leaf(
    heap: Heap<'_>,
    now: OffsetDateTime,
    notes: &mut Vec<Note>,
) -> Result<(Vec<Certificate>, Selected), CertificateError> {
    let mut seen = HashSet::new();
    let mut pool: Vec<Certificate> = Vec::new();
    for certificate in heap.certificates.into_iter().chain(heap.extra) {
        if seen.insert(certificate.der().to_vec()) {
            pool.push(certificate);
        } else {
            notes.push(Note::Duplicate(certificate.title()));
        }
    }
    if pool.is_empty() {
        return Err(CertificateError::NoCertificate {
            name: String::new(),
        });
    }
    let selected = by_key(&pool, heap.key, now, notes);
    Ok((pool, selected))
}

/// A renewed certificate may stand beside its predecessor with the same key: the one that is valid now
/// and lasts longest is meant.
fn by_key(
    pool: &[Certificate],
    key: &[u8],
    now: OffsetDateTime,
    notes: &mut Vec<Note>,
) -> Selected {
    let of_key = pool
        .iter()
        .enumerate()
        .filter(|(_, certificate)| is_key_of(certificate, key));
    let rank = |certificate: &Certificate| {
        let valid = (certificate.not_before()..=certificate.not_after()).contains(&now);
        (
            !certificate.is_self_issued(),
            valid,
            certificate.not_after(),
        )
    };
    let best = of_key
        .clone()
        .max_by_key(|(_, certificate)| rank(certificate));
    let Some((index, _)) = best else {
        return Selected {
            index: likeliest(pool),
            mismatch: Some(mismatch(pool)),
        };
    };
    for (_, other) in of_key.filter(|(other, _)| *other != index) {
        notes.push(Note::SameKey(other.title(), other.not_after()));
    }
    Selected {
        index,
        mismatch: None,
    }
}

/// Whether the certificate is of this private key, given as SubjectPublicKeyInfo.
pub(crate) fn is_key_of(certificate: &Certificate, key: &[u8]) -> bool {
    // Equal keys can be written differently: parameters left out, points compressed.
    certificate.public_key_der() == key || {
        let read = |der| PKey::public_key_from_der(der);
        matches!((read(certificate.public_key_der()), read(key)), (Ok(a), Ok(b)) if a.public_eq(&b))
    }
}

fn likeliest(pool: &[Certificate]) -> usize {
    pool.iter()
        .position(|certificate| !certificate.is_ca())
        .unwrap_or(0)
}

fn mismatch(pool: &[Certificate]) -> Finding {
    let titles: Vec<_> = pool
        .iter()
        .take(5)
        .map(|c| format!("\"{}\"", c.title()))
        .collect();
    let message = match titles.as_slice() {
        [only] => format!("the private key does not belong to the certificate {only}"),
        several => format!(
            "the private key belongs to none of the certificates {}",
            several.join(", ")
        ),
    };
    Finding::new(Code::KeyMismatch, message)
}
