//! One file: read once, and taken for what it is.

use std::io::ErrorKind;
use std::path::Path;

use crate::error::certificate::Found;
use crate::error::{CertificateError, FileError, KeyError, KeystoreError};
use crate::pki::bundle::{self, Bundle};
use crate::pki::findings::{Code, Finding};
use crate::pki::judgement::Contents;
use crate::pki::key::PrivateKey;
use crate::pki::keystore::Keystore;
use crate::secret::Secret;
use crate::system::root::Root;
use crate::system::{permission, read};

/// Ten times the largest bundle of trust anchors that any system has: above it, certificates are gone
/// through in pieces.
pub(super) const LARGE: u64 = 4 << 20;

/// Nothing but PEM can be read in pieces; a keystore of that size is none.
pub(super) const LARGEST: u64 = 32 << 20;

/// What became of a file.
pub(super) enum Reading {
    Contents(Contents),
    /// A private key and nothing else.
    KeyAlone(Finding),
    TooLarge(Finding),
    Unread(Finding),
}

/// Reads the file whole, if it has no more than `limit` bytes. Keystores are opened with whichever of the `passphrases` fits, the empty one
/// included.
pub(super) fn read(root: &Root, path: &Path, passphrases: &[Secret], limit: u64) -> Reading {
    let bytes = match read::input(root, path, limit) {
        Ok(input) => input.bytes,
        Err(error @ FileError::TooLarge { .. }) => return Reading::TooLarge(unreadable(&error)),
        Err(error) => return Reading::Unread(unread(&error)),
    };
    let name = path.display().to_string();
    match bundle::read(&name, bytes.expose()) {
        Ok(bundle) => of_bundle(&name, bundle, bytes.expose(), passphrases),
        Err(CertificateError::Other {
            found: Found::Pkcs12,
            ..
        }) => of_keystore(&name, bytes.expose(), passphrases),
        Err(
            error @ CertificateError::Other {
                found: Found::PrivateKey,
                ..
            },
        ) => Reading::KeyAlone(unreadable(&error)),
        Err(error) => Reading::Unread(unreadable(&error)),
    }
}

/// A file or folder that the system does not let us read.
pub(crate) fn unread(error: &FileError) -> Finding {
    let message = match error {
        FileError::Io { path, source, .. } if source.kind() == ErrorKind::PermissionDenied => {
            match permission::readers(path) {
                Some(readers) => format!("{error}; {readers}"),
                None => error.to_string(),
            }
        }
        _ => error.to_string(),
    };
    Finding::new(Code::Unreadable, message)
}

fn of_bundle(name: &str, bundle: Bundle, bytes: &[u8], passphrases: &[Secret]) -> Reading {
    if !bundle.has_key {
        return Reading::Contents(Contents::of_file(bundle.certificates, None));
    }
    let key = match PrivateKey::is_encrypted(bytes) {
        // The certificates can be judged without it, and nobody who checks dates has its passphrase.
        true if passphrases.is_empty() => Err(None),
        true => key_with_any(name, &bundle, bytes, passphrases).map_err(Some),
        false => decode_key(name, &bundle, bytes, None).map_err(Some),
    };
    let public_key = key.as_ref().ok().map(PrivateKey::public_key_der);
    let mut contents = Contents::of_file(bundle.certificates, public_key);
    if let Err(Some(error)) = &key {
        let code = match error {
            KeyError::WrongPassphrase { .. } => Code::WrongPassphrase,
            _ => Code::Unreadable,
        };
        contents.complain(Finding::new(code, error.to_string()));
    }
    Reading::Contents(contents)
}

fn key_with_any(
    name: &str,
    bundle: &Bundle,
    bytes: &[u8],
    passphrases: &[Secret],
) -> Result<PrivateKey, KeyError> {
    let mut tried = Err(KeyError::PassphraseNeeded {
        name: name.to_owned(),
    });
    for passphrase in passphrases {
        tried = decode_key(name, bundle, bytes, Some(passphrase));
        if tried.is_ok() {
            break;
        }
    }
    tried
}

fn decode_key(
    name: &str,
    bundle: &Bundle,
    bytes: &[u8],
    passphrase: Option<&Secret>,
) -> Result<PrivateKey, KeyError> {
    PrivateKey::decode_for(&bundle.certificates, name, bytes, passphrase).map(|(key, _)| key)
}

fn of_keystore(name: &str, bytes: &[u8], passphrases: &[Secret]) -> Reading {
    let empty = Secret::default();
    for passphrase in passphrases.iter().chain([&empty]) {
        match Keystore::open(name, bytes, passphrase) {
            Err(KeystoreError::WrongPassphrase { .. }) => {}
            Ok(keystore) => return of_opened(name, &keystore),
            Err(error @ KeystoreError::KeyPassphrase { .. }) => {
                return Reading::Unread(Finding::new(Code::WrongPassphrase, error.to_string()));
            }
            Err(error) => return Reading::Unread(unreadable(&error)),
        }
    }
    let message = match passphrases {
        [] => format!("the keystore {name} needs a passphrase: --passphrase-file FILE"),
        [_] => format!("the passphrase does not open the keystore {name}"),
        _ => format!("none of the passphrases opens the keystore {name}"),
    };
    Reading::Unread(Finding::new(Code::WrongPassphrase, message))
}

fn of_opened(name: &str, keystore: &Keystore) -> Reading {
    let contents = Contents::of_keystore(keystore);
    match contents.is_empty() {
        true => Reading::Unread(Finding::new(
            Code::Unreadable,
            format!("the keystore {name} holds no certificate"),
        )),
        false => Reading::Contents(contents),
    }
}

fn unreadable(error: &impl std::fmt::Display) -> Finding {
    Finding::new(Code::Unreadable, error.to_string())
}
