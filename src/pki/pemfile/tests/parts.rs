//! What test pemfiles are put together from.

use std::process::{Command, Stdio};

use time::macros::datetime;

use crate::pki::bundle;
use crate::pki::certificate::Certificate;
use crate::pki::key::PrivateKey;
use crate::pki::names::ServerName;
use crate::pki::throwaway::{Authority, KeyType};

/// A pair with its chain, and as PEM text.
pub(super) struct Parts {
    pub(super) private_key: PrivateKey,
    pub(super) certificates: [Certificate; 3],
    pub(super) key: String,
    pub(super) leaf: String,
    pub(super) intermediate: String,
    pub(super) root: String,
    /// Of another certificate.
    pub(super) other_key: String,
}

impl Parts {
    pub(super) fn new(key_type: KeyType) -> Self {
        // Nobody here looks at the dates.
        let now = datetime!(2026-03-01 12:00 UTC);
        let authority = Authority::new("Test", now).unwrap();
        let host = ServerName::parse("localhost").unwrap();
        let pair = authority.issue(&host, key_type, now, 90).unwrap();
        let other = authority.issue(&host, key_type, now, 90).unwrap();
        let intermediate = authority.intermediate().unwrap();
        let root = authority.root().unwrap();
        let pem = |certificate: &Certificate| {
            String::from_utf8(bundle::encode_pem(std::slice::from_ref(certificate))).unwrap()
        };
        let key_pem =
            |key: PrivateKey| String::from_utf8(key.to_pkcs8_pem().expose().to_vec()).unwrap();
        Self {
            private_key: pair.private_key().unwrap(),
            key: key_pem(pair.private_key().unwrap()),
            other_key: key_pem(other.private_key().unwrap()),
            leaf: pem(&pair.certificate),
            intermediate: pem(&intermediate),
            root: pem(&root),
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
