//! Why a certificate is not installed into the Web API Service.

use std::fmt;
use std::path::PathBuf;

use crate::error::KeystoreError;

/// Variants are in alphabetical order. `Display` is the problem; `hint` is the way out.
#[derive(Debug)]
pub(crate) enum WebapiError {
    BadPort {
        place: String,
        value: String,
    },
    ConfigurationServer {
        evidence: PathBuf,
        folder: PathBuf,
        file: &'static str,
    },
    DamagedKeystore {
        source: KeystoreError,
    },
    /// `code: message` of each finding that refuses.
    Findings {
        refusing: Vec<String>,
        allowable: Vec<String>,
    },
    HalfLegacy {
        folder: PathBuf,
        present: &'static str,
        missing: &'static str,
    },
    JavaCannotServe {
        key: String,
        /// Which one, and `can` or `cannot`.
        java: String,
    },
    NoPair,
    NoProperties {
        folder: PathBuf,
    },
    NotWritten {
        path: PathBuf,
    },
    OtherEntries {
        keystore: PathBuf,
        aliases: Vec<String>,
    },
    PassphraseMissing {
        path: PathBuf,
    },
    PfxEntries {
        path: PathBuf,
        count: usize,
    },
    Placeholder {
        place: String,
        value: String,
    },
}

impl WebapiError {
    pub(crate) fn hint(&self) -> Option<String> {
        Some(match self {
            Self::BadPort { .. } => "name the right one with --endpoint HOST:PORT".to_owned(),
            Self::ConfigurationServer { file, .. } => format!(
                "'dhconfig properties export {file} --directory DIR', edit it there, then 'sudo -u \
                 irisadmin dhconfig properties import DIR/{file}'; the keystore alone: --no-properties"
            ),
            Self::DamagedKeystore { source: KeystoreError::WrongPassphrase { .. } } => {
                "compare the passphrase file with the one that the keystore was made with; if nobody \
                 knows it any more, --allow damaged-keystore replaces the keystore; dhtls rollback brings it \
                 back"
                    .to_owned()
            }
            Self::DamagedKeystore { .. } => {
                "--allow damaged-keystore replaces it; dhtls rollback brings it back".to_owned()
            }
            Self::Findings { allowable, .. } => return allow_hint(allowable),
            Self::HalfLegacy { .. } => {
                "put the missing file back, or install the keystore alone with --no-properties".to_owned()
            }
            Self::JavaCannotServe { .. } => {
                "ask the CA for a certificate with an RSA or a P-256 key".to_owned()
            }
            Self::NoPair => {
                "give --crt FILE and --key FILE, or --pfx FILE, or --self-signed --host NAME for testing".to_owned()
            }
            Self::NoProperties { .. } => "set [properties] folder in /etc/dhtls.toml, or install the \
                 keystore alone with --no-properties"
                .to_owned(),
            Self::NotWritten { .. } => return None,
            Self::OtherEntries { .. } => {
                "--allow other-entries replaces them all; dhtls rollback brings them back".to_owned()
            }
            Self::PassphraseMissing { .. } => {
                "name the base64 file with --webapi-passphrase FILE; iris-config makes it at installation"
                    .to_owned()
            }
            Self::PfxEntries { .. } => {
                "ask the CA for a file with one key and its certificates, or use --crt and --key".to_owned()
            }
            Self::Placeholder { .. } => {
                "name the files with --keystore FILE and --webapi-passphrase FILE".to_owned()
            }
        })
    }
}

/// Findings that a person may accept come with the flag that accepts them.
fn allow_hint(allowable: &[String]) -> Option<String> {
    let flags: Vec<String> = allowable
        .iter()
        .map(|code| format!("--allow {code}"))
        .collect();
    (!flags.is_empty()).then(|| format!("{} accepts it, for testing", flags.join(" ")))
}

impl fmt::Display for WebapiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadPort { place, value } => write!(f, "{place}: {value:?} is no port"),
            Self::ConfigurationServer {
                evidence,
                folder,
                file,
            } => write!(
                f,
                "{} shows that the configuration server has this server's properties; an edit of {} \
                 would be ignored",
                evidence.display(),
                folder.join(file).display()
            ),
            Self::DamagedKeystore { source } => source.fmt(f),
            Self::Findings { refusing, .. } => {
                write!(f, "this certificate is refused")?;
                refusing
                    .iter()
                    .try_for_each(|finding| write!(f, "\n  {finding}"))
            }
            Self::HalfLegacy {
                folder,
                present,
                missing,
            } => write!(
                f,
                "{} has {present} but no {missing}, and the runbook changes both",
                folder.display()
            ),
            Self::JavaCannotServe { key, java } => {
                write!(f, "{java} serve a certificate with an {key} key")
            }
            Self::NoPair => f.write_str("no certificate was given"),
            Self::NoProperties { folder } => write!(
                f,
                "is there a Deephaven server here? {} has neither iris-common.prop nor openapi-defaults.prop nor the \
                 two legacy files",
                folder.display()
            ),
            Self::NotWritten { path } => write!(
                f,
                "the new keystore for {} does not read back as it should, so it was not written",
                path.display()
            ),
            Self::OtherEntries { keystore, aliases } => write!(
                f,
                "{} has other entries, which would be lost: {}",
                keystore.display(),
                aliases.join(", ")
            ),
            Self::PassphraseMissing { path } => {
                write!(
                    f,
                    "the Web API keystore's passphrase file {} is missing",
                    path.display()
                )
            }
            Self::PfxEntries { path, count } => {
                write!(
                    f,
                    "{} holds {count} private keys, and one is needed",
                    path.display()
                )
            }
            Self::Placeholder { place, value } => {
                write!(
                    f,
                    "{place}: {value:?} is not an absolute path, and only the server resolves it"
                )
            }
        }
    }
}
