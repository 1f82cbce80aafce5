//! What can go wrong with a private key.

use std::fmt;

/// Variants are in alphabetical order. `Display` is the problem; `hint` is the way out. `name` is the
/// file as the user named it. None of them holds a byte of the key or a word of a parser's.
#[derive(Debug)]
pub(crate) enum KeyError {
    /// Has the armor of a key, or starts like one, but is none inside.
    Damaged {
        name: String,
    },
    /// Holds something else; `found` is the label of its PEM block, when it has one.
    NoKey {
        name: String,
        found: Option<String>,
    },
    PassphraseNeeded {
        name: String,
    },
    /// More than one key, and nothing to tell which.
    Several {
        name: String,
        count: usize,
    },
    Unsupported {
        name: String,
        what: String,
    },
    WrongPassphrase {
        name: String,
    },
}

impl KeyError {
    pub(crate) fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Damaged { .. } => {
                "copy the whole file again, from the BEGIN line to the END line".to_owned()
            }
            Self::NoKey { found, .. } => match found.as_deref() {
                Some("CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST") => {
                    "the key was made together with this request; it is in a file of its own"
                        .to_owned()
                }
                Some("CERTIFICATE") => {
                    "give the certificate as --crt and its key as --key".to_owned()
                }
                Some(_) | None => {
                    "a key is PEM or DER: PKCS#8, PKCS#1 or SEC1; a PKCS#12 file is given as --pfx"
                        .to_owned()
                }
            },
            Self::PassphraseNeeded { .. } => {
                "give --passphrase-file FILE with the passphrase in its first line".to_owned()
            }
            Self::Several { .. } => "leave only the key of the certificate in the file".to_owned(),
            Self::Unsupported { name, what } if what == OPENSSH => {
                format!("convert a copy: ssh-keygen -p -m PEM -f {name}")
            }
            Self::Unsupported { name, .. } => {
                format!("convert it: openssl pkcs8 -topk8 -v2 aes256 -in {name} -out new.key")
            }
            Self::WrongPassphrase { .. } => {
                "only the first line of the passphrase file counts".to_owned()
            }
        })
    }
}

/// What [`KeyError::Unsupported`] calls the format of ssh-keygen.
pub(crate) const OPENSSH: &str = "the OpenSSH format";

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Damaged { name } => {
                write!(f, "{name} is not a whole private key: cut off or altered")
            }
            Self::NoKey {
                name,
                found: Some(found),
            } => {
                write!(
                    f,
                    "{name} holds no private key, but a {}",
                    found.to_lowercase()
                )
            }
            Self::NoKey { name, found: None } => write!(f, "{name} holds no private key"),
            Self::PassphraseNeeded { name } => write!(f, "the private key {name} is encrypted"),
            Self::Several { name, count } => write!(f, "{name} holds {count} private keys"),
            Self::Unsupported { name, what } => {
                write!(
                    f,
                    "cannot read the private key {name}: {what} is not supported"
                )
            }
            Self::WrongPassphrase { name } => {
                write!(f, "the passphrase does not open the private key {name}")
            }
        }
    }
}
