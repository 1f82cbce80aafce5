//! What test pemfiles are put together from.

use std::process::{Command, Stdio};

use time::OffsetDateTime;
use time::macros::datetime;

use crate::pki::bundle;
use crate::pki::certificate::Certificate;
use crate::pki::key::PrivateKey;
use crate::pki::names::ServerName;
use crate::pki::throwaway::{Authority, KeyType};

/// A pair with its chain, and as PEM text.
pub(super) struct Parts {
    /// When they were made.
    pub(super) now: OffsetDateTime,
    pub(super) private_key: PrivateKey,
    pub(super) certificates: [Certificate; 3],
    pub(super) key: String,
    pub(super) leaf: String,
    pub(super) intermediate: String,
    pub(super) root: String,
    /// An intermediate of the same name, but another key.
    pub(super) stranger: String,
    /// Of another certificate.
    pub(super) other_key: String,
}

impl Parts {
    pub(super) fn new(key_type: KeyType) -> Self {
        // Neither we nor lighttpd look at the clock.
        Self::made(key_type, datetime!(2026-03-01 12:00 UTC))
    }

    /// A pair for the ninety days from then on.
    pub(super) fn made(key_type: KeyType, now: OffsetDateTime) -> Self {
        let authority = Authority::new("Test", now).unwrap();
        let host = ServerName::parse("localhost").unwrap();
        let pair = authority.issue(&host, key_type, now, 90).unwrap();
        let other = authority.issue(&host, key_type, now, 90).unwrap();
        let stranger = Authority::new("Test", now).unwrap().intermediate().unwrap();
        let intermediate = authority.intermediate().unwrap();
        let root = authority.root().unwrap();
        let pem = |certificate: &Certificate| {
            String::from_utf8(bundle::encode_pem(std::slice::from_ref(certificate))).unwrap()
        };
        let key_pem =
            |key: PrivateKey| String::from_utf8(key.to_pkcs8_pem().expose().to_vec()).unwrap();
        Self {
            now,
            private_key: pair.private_key().unwrap(),
            key: key_pem(pair.private_key().unwrap()),
            other_key: key_pem(other.private_key().unwrap()),
            leaf: pem(&pair.certificate),
            intermediate: pem(&intermediate),
            root: pem(&root),
            stranger: pem(&stranger),
            certificates: [pair.certificate, intermediate, root],
        }
    }
}

/// What `openssl FLAGS` makes of a text.
pub(super) fn openssl(flags: &str, input: &str) -> String {
    let mut child = Command::new("openssl")
        .args(flags.split(' '))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "openssl {flags}");
    String::from_utf8(output.stdout).unwrap()
}

/// N in the place of every number.
pub(super) fn without_numbers(text: &str) -> String {
    let mut without = String::new();
    for c in text.chars() {
        if !c.is_ascii_digit() {
            without.push(c);
        } else if !without.ends_with('N') {
            without.push('N');
        }
    }
    without
}
