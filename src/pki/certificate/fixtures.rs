//! testdata/pki for tests; its README says what each file is.

use openssl::pkey::PKey;
use time::OffsetDateTime;
use time::macros::datetime;

use super::Certificate;
use crate::pki::bundle;

/// The day on which the fixtures are valid that ought to be.
pub(crate) const NOW: OffsetDateTime = datetime!(2026-03-01 12:00 UTC);

/// A file as it is.
pub(crate) fn bytes(file: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/pki/");
    std::fs::read(format!("{folder}{file}")).unwrap()
}

/// All certificates of a PEM file, by its name without `.pem`.
pub(crate) fn certificates(stem: &str) -> Vec<Certificate> {
    let file = format!("{stem}.pem");
    bundle::decode(&file, &bytes(&file)).unwrap().certificates
}

/// The first certificate of a PEM file.
pub(crate) fn certificate(stem: &str) -> Certificate {
    certificates(stem).swap_remove(0)
}

/// The SubjectPublicKeyInfo of `keys/STEM.key`.
pub(crate) fn public_key(stem: &str) -> Vec<u8> {
    let pem = bytes(&format!("keys/{stem}.key"));
    PKey::private_key_from_pem(&pem)
        .unwrap()
        .public_key_to_der()
        .unwrap()
}
