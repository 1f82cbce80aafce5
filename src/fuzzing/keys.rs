//! Private keys, lighttpd's pemfile, and passphrases.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::error::KeyError;
use crate::fuzzing::keystores::is_affordable;
use crate::pki::key::PrivateKey;
use crate::pki::passphrase::{check_printable, decode_base64_file, first_line};
use crate::pki::pem;
use crate::pki::pemfile::{self, Verdict};
use crate::secret::Secret;

/// A private key in any encoding, encrypted or not. What is written of it is read as the same key.
pub fn key(bytes: &[u8]) {
    if !pem::blocks(bytes)
        .flatten()
        .all(|it| it.decode().is_none_or(|der| is_affordable(&der)))
        || !is_affordable(bytes)
    {
        return;
    }
    let _ = PrivateKey::encryption(bytes);
    let plain = PrivateKey::decode("file", bytes, None);
    let opened = PrivateKey::decode("file", bytes, Some(&Secret::new(b"changeit".to_vec())));
    match (&plain, &opened) {
        (Ok(key), Ok(opened)) => assert!(key == opened && !PrivateKey::is_encrypted(bytes)),
        (Err(KeyError::PassphraseNeeded { .. }), _) => assert!(PrivateKey::is_encrypted(bytes)),
        (Err(error), Err(opened)) => assert_eq!(error.to_string(), opened.to_string()),
        (plain, opened) => panic!("{plain:?} and {opened:?}"),
    }
    if let Ok(key) = opened {
        let again = PrivateKey::decode("file", key.to_pkcs8_pem().expose(), None);
        assert!(again.is_ok_and(|again| again == key));
    }
}

/// What lighttpd makes of a pemfile. One that is written of what it takes works, and holds the same.
pub fn pemfile(bytes: &[u8]) {
    let judged = pemfile::judge(bytes);
    let (Some(key), Some(leaf)) = (&judged.key, &judged.leaf) else {
        assert!(matches!(judged.verdict, Verdict::DoesNotStart(_)));
        return;
    };
    if !matches!(judged.verdict, Verdict::DoesNotStart(_)) {
        let written = pemfile::encode(key, leaf, &judged.sent);
        let again = pemfile::judge(written.expose());
        assert!(again.equals(key, leaf, &judged.sent));
    }
}

/// The Web API's passphrase file, and one for a key. What is written of a passphrase is read as the same.
pub fn passphrase(bytes: &[u8]) {
    let file = Secret::new(bytes.to_vec());
    let line = first_line(&file);
    assert!(bytes.starts_with(line.expose()) && !line.expose().contains(&b'\n'));
    if let Ok(candidates) = decode_base64_file("file", &file) {
        let stripped = candidates.stripped();
        assert!(check_printable(stripped.expose()).is_ok());
        let written = Secret::new(STANDARD.encode(stripped.expose()).into_bytes());
        let again = decode_base64_file("file", &written).expect("what is written is read");
        assert!(again.stripped() == stripped && again.raw().is_none());
    }
}
