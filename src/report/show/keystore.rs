//! A keystore: how it is protected, what is in it, who can read it.

use serde::Serialize;

use crate::pki::keystore::{Algorithm, Outline, Profile, Protection};

#[derive(Debug, Serialize)]
pub(crate) struct KeystoreView {
    /// Whether it could be opened; else its entries are not known.
    pub(crate) opened: bool,
    /// `HMAC-SHA256`
    pub(crate) mac: String,
    pub(crate) mac_iterations: u32,
    /// Null: not encrypted.
    pub(crate) key_encryption: Option<AlgorithmView>,
    pub(crate) certificate_encryption: Option<AlgorithmView>,
    /// Which Javas can read it.
    pub(crate) java: &'static str,
    /// Which OpenSSL 3 can.
    pub(crate) openssl: &'static str,
    pub(crate) entries: Vec<EntryView>,
}

#[derive(Debug, Serialize)]
pub(crate) struct AlgorithmView {
    /// `AES-256-CBC, PBKDF2 with HMAC-SHA256`
    pub(crate) name: String,
    pub(crate) iterations: u32,
}

#[derive(Debug, Serialize)]
pub(crate) struct EntryView {
    pub(crate) alias: String,
    /// `key`, `trusted certificate`, or what else it is.
    pub(crate) kind: String,
    /// `RSA 2048`, of a key.
    pub(crate) key: Option<String>,
    /// The first Java that serves TLS with this key; null with a key: none does.
    pub(crate) java_since: Option<u32>,
    /// Places among the certificates, from 1, the leaf first.
    pub(crate) certificates: Vec<usize>,
}

impl KeystoreView {
    /// Without the passphrase.
    pub(crate) fn closed(outline: Outline) -> Self {
        let entries = outline.aliases.into_iter();
        Self {
            opened: false,
            entries: entries.map(EntryView::closed).collect(),
            ..Self::opened(outline.protection)
        }
    }

    /// Without its entries.
    pub(crate) fn opened(protection: Protection) -> Self {
        let rc2 = [&protection.keys, &protection.certificates]
            .into_iter()
            .flatten()
            .any(|algorithm| algorithm.name.starts_with("RC2"));
        Self {
            opened: true,
            java: java(&protection),
            openssl: match rc2 {
                true => "only with its legacy provider (-legacy)",
                false => "yes",
            },
            mac: protection.mac,
            mac_iterations: protection.mac_iterations,
            key_encryption: protection.keys.map(AlgorithmView::from),
            certificate_encryption: protection.certificates.map(AlgorithmView::from),
            entries: Vec::new(),
        }
    }
}

impl EntryView {
    /// Known by its name alone.
    fn closed(alias: String) -> Self {
        Self {
            alias,
            kind: "closed".to_owned(),
            key: None,
            java_since: None,
            certificates: Vec::new(),
        }
    }
}

/// Measured; docs/formats.md has the table.
fn java(protection: &Protection) -> &'static str {
    match protection.profile {
        _ if protection.has_bare_key => {
            "none: a key in it is not encrypted, and Java passes over it"
        }
        Profile::Java8 => "every Java",
        Profile::Modern => "Java 8u301 (OpenJDK 8u342), 11.0.12 and later",
    }
}

impl From<Algorithm> for AlgorithmView {
    fn from(algorithm: Algorithm) -> Self {
        Self {
            name: algorithm.name,
            iterations: algorithm.iterations,
        }
    }
}
