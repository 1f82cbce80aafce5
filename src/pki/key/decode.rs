//! From a file's bytes to the key in it.

use super::PrivateKey;
use super::traditional;
use crate::error::KeyError;
use crate::error::key::OPENSSH;
use crate::pki::asn1::read::Reader;
use crate::pki::certificate::Certificate;
use crate::pki::encryption::{self, AlgorithmError, DerivedKeys, Passphrase};
use crate::pki::pem::{self, Block, Damage};
use crate::secret::Secret;

/// Labels of PEM blocks that hold one private key, ssh-keygen's own format aside.
pub(super) const LABELS: [&str; 5] = [
    "DSA PRIVATE KEY",
    "EC PRIVATE KEY",
    "ENCRYPTED PRIVATE KEY",
    "PRIVATE KEY",
    "RSA PRIVATE KEY",
];

const OPENSSH_LABEL: &str = "OPENSSH PRIVATE KEY";

pub(super) fn decode(
    name: &str,
    bytes: &[u8],
    passphrase: Option<&Secret>,
) -> Result<PrivateKey, KeyError> {
    if let Some(text) = pem::from_utf16(bytes) {
        return decode(name, &text, passphrase);
    }
    let name = || name.to_owned();
    let keys: Vec<_> = key_blocks(bytes).collect();
    match keys.as_slice() {
        [] if is_der_key(bytes) => decode_der(name(), bytes, passphrase),
        [] => Err(no_key(name(), bytes)),
        [Ok(block)] => decode_block(name(), block, passphrase),
        [Err(_)] => Err(KeyError::Damaged { name: name() }),
        several => Err(KeyError::Several {
            name: name(),
            count: several.len(),
        }),
    }
}

pub(super) fn decode_for(
    certificates: &[Certificate],
    name: &str,
    bytes: &[u8],
    passphrase: Option<&Secret>,
) -> Result<(PrivateKey, usize), KeyError> {
    if let Some(text) = pem::from_utf16(bytes) {
        return decode_for(certificates, name, &text, passphrase);
    }
    let count = key_blocks(bytes).count();
    if count < 2 {
        return decode(name, bytes, passphrase).map(|key| (key, 0));
    }
    let is_wanted = |key: &PrivateKey| certificates.iter().any(|it| key.is_key_of(it.der()));
    let blocks = key_blocks(bytes).flatten();
    let mut wanted: Vec<_> = blocks
        .filter_map(|block| decode_block(name.to_owned(), &block, passphrase).ok())
        .filter(is_wanted)
        .collect();
    wanted.dedup();
    match wanted.as_slice() {
        [key] => Ok((key.clone(), count - 1)),
        [] | [_, ..] => Err(KeyError::Several {
            name: name.to_owned(),
            count,
        }),
    }
}

pub(super) fn is_encrypted(bytes: &[u8]) -> bool {
    if let Some(text) = pem::from_utf16(bytes) {
        return is_encrypted(&text);
    }
    let mut keys = key_blocks(bytes).peekable();
    if keys.peek().is_none() {
        return is_encrypted_pkcs8(bytes);
    }
    keys.flatten().any(|block| is_encrypted_block(&block))
}

/// By the header that OpenSSL writes before PKCS#8, or by what is inside.
pub(crate) fn is_encrypted_block(block: &Block<'_>) -> bool {
    block.header("DEK-Info").is_some() || block.decode().is_some_and(|der| is_encrypted_pkcs8(&der))
}

/// An EncryptedPrivateKeyInfo is a sequence of an algorithm and a string; every private key that is
/// not encrypted starts with a version number (RFC 5208, RFC 8017, RFC 5915).
pub(super) fn is_encrypted_pkcs8(der: &[u8]) -> bool {
    let fields = || -> Option<()> {
        let mut fields = Reader::new(der).sequence("a key").ok()?;
        fields.sequence("an algorithm").ok()?.oid("its name").ok()?;
        fields.octets("an encrypted key").ok()?;
        fields.is_empty().then_some(())
    };
    fields().is_some()
}

/// A version, then an algorithm; the others have numbers or a string in its place.
pub(super) fn is_pkcs8(der: &[u8]) -> bool {
    let fields = || -> Option<()> {
        let mut fields = Reader::new(der).sequence("a key").ok()?;
        fields.unsigned("a version").ok()?;
        fields.sequence("an algorithm").ok().map(|_| ())
    };
    fields().is_some()
}

/// Encrypted PKCS#8; or a version number with more behind it, which no certificate and no PKCS#12 is:
/// that one has the version 3.
fn is_der_key(der: &[u8]) -> bool {
    let version = || {
        Reader::new(der)
            .sequence("a key")
            .ok()?
            .unsigned("a version")
            .ok()
    };
    is_encrypted_pkcs8(der) || matches!(version(), Some(0..=1))
}

fn key_blocks(text: &[u8]) -> impl Iterator<Item = Result<Block<'_>, Damage<'_>>> {
    pem::blocks(text).filter(|found| {
        let label = pem::label_of(found);
        LABELS.contains(&label) || label == OPENSSH_LABEL
    })
}

fn no_key(name: String, text: &[u8]) -> KeyError {
    let is_word = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b' ';
    let found = pem::blocks(text)
        .map(|found| pem::label_of(&found))
        .next()
        .filter(|label| label.len() < 40 && label.bytes().all(is_word));
    KeyError::NoKey {
        name,
        found: found.map(str::to_owned),
    }
}

fn decode_block(
    name: String,
    block: &Block<'_>,
    passphrase: Option<&Secret>,
) -> Result<PrivateKey, KeyError> {
    if block.label == OPENSSH_LABEL {
        return Err(KeyError::Unsupported {
            name,
            what: OPENSSH.to_owned(),
        });
    }
    let Some(body) = block.decode() else {
        return Err(KeyError::Damaged { name });
    };
    let Some(dek_info) = block.header("DEK-Info") else {
        return decode_der(name, &body, passphrase);
    };
    let Some(passphrase) = passphrase else {
        return Err(KeyError::PassphraseNeeded { name });
    };
    match traditional::decrypt(dek_info, passphrase, &body) {
        // One wrong passphrase in 256 leaves padding that looks right.
        Ok(der) => PrivateKey::from_der(der.expose()).ok_or(KeyError::WrongPassphrase { name }),
        Err(traditional::Fault::Damaged) => Err(KeyError::Damaged { name }),
        Err(traditional::Fault::Unsupported(what)) => Err(KeyError::Unsupported { name, what }),
        Err(traditional::Fault::WrongPassphrase) => Err(KeyError::WrongPassphrase { name }),
    }
}

fn decode_der(
    name: String,
    der: &[u8],
    passphrase: Option<&Secret>,
) -> Result<PrivateKey, KeyError> {
    if !is_encrypted_pkcs8(der) {
        return PrivateKey::from_der(der).ok_or(KeyError::Damaged { name });
    }
    let Some(passphrase) = passphrase else {
        return Err(KeyError::PassphraseNeeded { name });
    };
    let parsed = Reader::new(der)
        .sequence("an encrypted key")
        .map_err(AlgorithmError::from)
        .and_then(|mut fields| encryption::parse_encrypted_key(&mut fields));
    let (encryption, encrypted) = match parsed {
        Ok(parsed) => parsed,
        Err(AlgorithmError::Malformed(_)) => return Err(KeyError::Damaged { name }),
        Err(AlgorithmError::Iterations(count)) => {
            let what = format!("a derivation of {count} iterations");
            return Err(KeyError::Unsupported { name, what });
        }
        Err(AlgorithmError::Unsupported(what)) => {
            return Err(KeyError::Unsupported { name, what });
        }
    };
    let keys = DerivedKeys::new(Passphrase::new(passphrase), encryption.derivations());
    encryption
        .decrypt(&keys, &encrypted)
        .and_then(|der| PrivateKey::from_der(der.expose()))
        .ok_or(KeyError::WrongPassphrase { name })
}
