//! One file or endpoint, read.

use std::path::Path;

use crate::commands::judging_args::JudgingArgs;
use crate::commands::show::passphrases::Passphrases;
use crate::error::{Error, FileError, KeyError, Result, ServiceError, ShowError};
use crate::pki::certificate::Certificate;
use crate::pki::items::{self, Form, Item, Items};
use crate::pki::key::PrivateKey;
use crate::pki::keystore::{Keystore, Outline};
use crate::pki::request::Request;
use crate::secret::Secret;
use crate::system::deadline::Deadline;
use crate::system::endpoint::{self, Endpoint, Served};
use crate::system::host::Host;
use crate::system::read;

/// A trust store of ten thousand certificates is below it.
const SIZE_LIMIT: u64 = 64 << 20;

pub(super) struct Source {
    /// As the user named it.
    pub(super) name: String,
    pub(super) content: Content,
    pub(super) notes: Vec<String>,
}

pub(super) enum Content {
    File(FileContent),
    Keystore(Keystore),
    /// A keystore without its passphrase.
    Locked(Outline),
    Served {
        served: Served,
        /// What was asked for.
        host: String,
    },
}

pub(super) struct FileContent {
    pub(super) form: Form,
    pub(super) certificates: Vec<Certificate>,
    pub(super) keys: Vec<Key>,
    pub(super) requests: Vec<Request>,
    pub(super) revocation_lists: Vec<String>,
}

/// A key of a file; the private half stays behind.
pub(super) struct Key {
    /// SubjectPublicKeyInfo; `None`: it could not be opened.
    pub(super) public: Option<Vec<u8>>,
    pub(super) is_private: bool,
    pub(super) encryption: Option<String>,
}

/// A source as far as it could be read.
pub(super) struct Reading {
    pub(super) source: Option<Source>,
    pub(super) errors: Vec<Error>,
}

pub(super) fn read(
    target: &Path,
    args: &JudgingArgs,
    passphrases: &Passphrases,
    host: &Host,
) -> Reading {
    let mut errors = Vec::new();
    let found = match find(target, host) {
        Ok(Found::File(bytes)) => of_file(shown(target), &bytes, passphrases, &mut errors),
        Ok(Found::Endpoint(endpoint)) => of_endpoint(&endpoint, args).map(Some),
        Err(error) => Err(error),
    };
    let source = found.unwrap_or_else(|error| {
        errors.push(error);
        None
    });
    Reading { source, errors }
}

/// What messages call it.
pub(super) fn shown(target: &Path) -> String {
    match target.to_str() {
        Some("-") => "standard input".to_owned(),
        Some(_) | None => target.display().to_string(),
    }
}

enum Found {
    Endpoint(Endpoint),
    File(Secret),
}

/// A file of that name comes before an endpoint.
fn find(target: &Path, host: &Host) -> Result<Found> {
    let text = target.to_str().unwrap_or_default();
    if text == "-" {
        return Ok(Found::File(read::standard_input(SIZE_LIMIT)?));
    }
    if let Some(rest) = text.strip_prefix("https://") {
        return Ok(Found::Endpoint(authority(rest)?));
    }
    match read::input(&host.root, target, SIZE_LIMIT) {
        Ok(input) => Ok(Found::File(input.bytes)),
        Err(error) if error.is_not_found() && !text.contains('/') => {
            let endpoint = text.parse().map(Found::Endpoint);
            endpoint.map_err(|_| not_found(target, error))
        }
        Err(error) => Err(error.into()),
    }
}

/// Only a name that could be a host's is told how an endpoint is written.
fn not_found(target: &Path, error: FileError) -> Error {
    let name = target.display().to_string();
    match name.contains(['.', ':']) {
        true => ShowError::NotFound { name }.into(),
        false => error.into(),
    }
}

/// Host and port of an address without its scheme.
fn authority(rest: &str) -> Result<Endpoint, ServiceError> {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let parsed = authority.parse();
    parsed.or_else(|_| format!("{authority}:443").parse())
}

fn of_endpoint(endpoint: &Endpoint, args: &JudgingArgs) -> Result<Source> {
    let given = args.host.as_ref().map(ToString::to_string);
    let host = given.unwrap_or_else(|| endpoint.host.clone());
    let deadline = Deadline::after(args.timeout, &|| false);
    let served = endpoint::handshake(endpoint, &host, &deadline).map_err(|error| {
        let said = error.to_string();
        ShowError::Endpoint { said }
    })?;
    Ok(Source {
        name: endpoint.to_string(),
        content: Content::Served { served, host },
        notes: Vec::new(),
    })
}

/// `None` when nothing at all could be read.
fn of_file(
    name: String,
    bytes: &Secret,
    passphrases: &Passphrases,
    errors: &mut Vec<Error>,
) -> Result<Option<Source>> {
    let items = items::read(&name, bytes.expose());
    if items.form == Form::Keystore {
        return of_keystore(name, bytes, passphrases, errors);
    }
    let mended = items.mended.iter().map(ToString::to_string);
    let mended = mended.map(|mend| format!("other programs may stumble over this: {mend}"));
    let notes = mended.collect();
    let content = of_items(&name, items, passphrases, errors);
    let is_empty = content.certificates.is_empty()
        && content.keys.is_empty()
        && content.requests.is_empty()
        && content.revocation_lists.is_empty();
    Ok((!is_empty).then(|| Source {
        name,
        content: Content::File(content),
        notes,
    }))
}

fn of_keystore(
    name: String,
    bytes: &Secret,
    passphrases: &Passphrases,
    errors: &mut Vec<Error>,
) -> Result<Option<Source>> {
    let outline = || Keystore::outline(bytes.expose()).map(Content::Locked);
    let content = match passphrases.open_keystore(&name, bytes.expose()) {
        Ok(Some(keystore)) => Some(Content::Keystore(keystore)),
        Ok(None) => {
            errors.push(ShowError::Locked { name: name.clone() }.into());
            outline()
        }
        Err(error) => {
            errors.push(error);
            outline()
        }
    };
    Ok(content.map(|content| Source {
        name,
        content,
        notes: Vec::new(),
    }))
}

fn of_items(
    name: &str,
    items: Items,
    passphrases: &Passphrases,
    errors: &mut Vec<Error>,
) -> FileContent {
    errors.extend(items.faults);
    let mut content = FileContent {
        form: items.form,
        certificates: Vec::new(),
        keys: Vec::new(),
        requests: Vec::new(),
        revocation_lists: Vec::new(),
    };
    for item in items.items {
        match item {
            Item::Certificate(certificate) => content.certificates.push(*certificate),
            Item::Key(bytes) => {
                content
                    .keys
                    .extend(private_key(name, &bytes, passphrases, errors));
            }
            Item::PublicKey(public) => content.keys.push(Key {
                public: Some(public),
                is_private: false,
                encryption: None,
            }),
            Item::Request(request) => content.requests.push(*request),
            Item::RevocationList(list) => content.revocation_lists.push(list),
        }
    }
    content
}

/// A key that stays closed is shown as such; one that is damaged is not shown.
fn private_key(
    name: &str,
    bytes: &Secret,
    passphrases: &Passphrases,
    errors: &mut Vec<Error>,
) -> Option<Key> {
    let encryption = PrivateKey::encryption(bytes.expose());
    let public = match passphrases.open_key(name, bytes.expose()) {
        Ok(key) => Some(key.public_key_der().to_vec()),
        Err(error) => {
            let is_closed = matches!(
                error,
                Error::Key(KeyError::PassphraseNeeded { .. } | KeyError::WrongPassphrase { .. })
            );
            errors.push(error);
            if !is_closed {
                return None;
            }
            None
        }
    };
    Some(Key {
        public,
        is_private: true,
        encryption,
    })
}
