//! The system's trust anchors, which a vendored OpenSSL does not find by itself.

use std::fs;

/// The bytes of the system's PEM bundle; nothing where there is none.
pub(crate) fn system_bundle() -> Vec<u8> {
    openssl_probe::probe()
        .cert_file
        .and_then(|file| fs::read(file).ok())
        .unwrap_or_default()
}
