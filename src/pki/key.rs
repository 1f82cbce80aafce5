//! Private keys in every encoding that people bring: PKCS#8, PKCS#1 and SEC1; PEM or DER; encrypted
//! or not. Inside they are OpenSSL's; what is copied on the way is wiped.

mod decode;
mod plain;
mod protection;
mod traditional;

use std::fmt;

use openssl::pkey::{PKey, Private};
use openssl::x509::X509;

use crate::error::KeyError;
use crate::pki::certificate::Certificate;
use crate::pki::certificate::public_key::KeyKind;
use crate::pki::chain;
use crate::pki::pem;
use crate::secret::Secret;
use plain::Plain;

/// A private key.
#[derive(Clone)]
pub(crate) struct PrivateKey {
    /// PKCS#8 as OpenSSL writes it.
    pkcs8: Secret,
    public_key: Vec<u8>,
    kind: KeyKind,
}

impl PrivateKey {
    /// Reads the one private key in `bytes`, with certificates and text around it, CRLF, a byte order
    /// mark or indentation where it is PEM. `name` is the file as the user named it.
    ///
    /// # Errors
    /// All of [`KeyError`]; [`KeyError::PassphraseNeeded`] when the key is encrypted and
    /// `passphrase` is none.
    pub(crate) fn decode(
        name: &str,
        bytes: &[u8],
        passphrase: Option<&Secret>,
    ) -> Result<Self, KeyError> {
        decode::decode(name, bytes, passphrase)
    }

    /// Like [`Self::decode`], but of several keys in `bytes` the one that one of the certificates is for,
    /// with the number of those left out.
    pub(crate) fn decode_for(
        certificates: &[Certificate],
        name: &str,
        bytes: &[u8],
        passphrase: Option<&Secret>,
    ) -> Result<(Self, usize), KeyError> {
        decode::decode_for(certificates, name, bytes, passphrase)
    }

    /// Whether [`Self::decode`] will want a passphrase. False for what is no key at all.
    pub(crate) fn is_encrypted(bytes: &[u8]) -> bool {
        decode::is_encrypted(bytes)
    }

    /// How one key is encrypted, in words: `AES-256-CBC, PBKDF2 with HMAC-SHA256, 2048 rounds`; `None`
    /// when it is not.
    pub(crate) fn encryption(bytes: &[u8]) -> Option<String> {
        protection::encryption(bytes)
    }

    /// Whether a PEM block of this label holds a private key that OpenSSL reads.
    pub(crate) fn is_label(label: &[u8]) -> bool {
        decode::LABELS.iter().any(|known| known.as_bytes() == label)
    }

    /// Takes PKCS#8, PKCS#1 or SEC1 in DER that is not encrypted; nothing when it is no key.
    pub(crate) fn from_der(der: &[u8]) -> Option<Self> {
        // OpenSSL must not come to ask for a passphrase on the terminal, as its PEM reader does.
        if decode::is_encrypted_pkcs8(der) {
            return None;
        }
        match Plain::from_der(der) {
            Some(Plain { pkcs8, public_key }) => Some(Self::new(pkcs8, public_key)),
            None => Self::from_pkey(&PKey::private_key_from_der(der).ok()?),
        }
    }

    /// Whether it begins as PKCS#8 that is not encrypted (RFC 5208, 5) rather than PKCS#1 or SEC 1.
    pub(crate) fn is_pkcs8(der: &[u8]) -> bool {
        decode::is_pkcs8(der)
    }

    fn from_pkey(pkey: &PKey<Private>) -> Option<Self> {
        let public_key = pkey.public_key_to_der().ok()?;
        let pkcs8 = Secret::new(pkey.private_key_to_pkcs8().ok()?);
        Some(Self::new(pkcs8, public_key))
    }

    fn new(pkcs8: Secret, public_key: Vec<u8>) -> Self {
        Self {
            pkcs8,
            kind: KeyKind::of_der(&public_key),
            public_key,
        }
    }

    pub(crate) fn kind(&self) -> KeyKind {
        self.kind
    }

    /// The SubjectPublicKeyInfo, in DER.
    pub(crate) fn public_key_der(&self) -> &[u8] {
        &self.public_key
    }

    /// Whether the certificate, in DER, is of this key. False for what is no certificate.
    pub(crate) fn is_key_of(&self, certificate: &[u8]) -> bool {
        match Certificate::from_der(certificate) {
            Ok(certificate) => chain::is_key_of(&certificate, &self.public_key),
            // OpenSSL reads some that break rules.
            Err(_) => X509::from_der(certificate)
                .and_then(|certificate| certificate.public_key()?.public_key_to_der())
                .is_ok_and(|public| public == self.public_key),
        }
    }

    /// PKCS#8, not encrypted.
    pub(crate) fn to_pkcs8_der(&self) -> Secret {
        self.pkcs8.clone()
    }

    /// The same with PEM armor, lines of 64 characters.
    pub(crate) fn to_pkcs8_pem(&self) -> Secret {
        pem::encode(std::iter::once(("PRIVATE KEY", self.pkcs8.expose())))
    }
}

/// Equal when the private parts are.
impl PartialEq for PrivateKey {
    fn eq(&self, other: &Self) -> bool {
        self.pkcs8 == other.pkcs8
    }
}

impl Eq for PrivateKey {}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[private key, {}]", self.kind)
    }
}

#[cfg(test)]
mod tests;
