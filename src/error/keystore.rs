//! What can go wrong with a keystore or its passphrase.

use std::fmt;

/// Variants are in alphabetical order. `Display` is the problem; `hint` is the way out. `name` is the
/// file as the user named it.
#[derive(Debug)]
pub(crate) enum KeystoreError {
    /// The alias cannot be written, or would not be found again.
    Alias {
        alias: String,
    },
    /// `what` was expected and not found.
    Damaged {
        name: String,
        what: &'static str,
    },
    /// The library refused to encrypt or to make random numbers.
    Encode,
    /// No Java serves such a key; or none that needs the profile, where one is named.
    Key {
        kind: String,
        profile: Option<&'static str>,
    },
    /// The keystore's passphrase is right, and the key of `alias` has another one.
    KeyPassphrase {
        name: String,
        alias: String,
    },
    /// No certificate for the key, or the first one is another key's.
    Leaf,
    NoMac {
        name: String,
    },
    /// `name` is the passphrase file, or the flag that the passphrase came by.
    Passphrase {
        name: String,
        fault: PassphraseFault,
    },
    TooManyIterations {
        name: String,
        count: u64,
    },
    Unsupported {
        name: String,
        what: String,
    },
    WrongPassphrase {
        name: String,
    },
}

/// Why a passphrase is of no use to Java.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PassphraseFault {
    Empty,
    /// `at` counts the characters of the decoded text from 1.
    NotAscii {
        at: usize,
    },
    /// `line` counts from 1.
    NotBase64 {
        line: usize,
    },
    NotPrintable {
        at: usize,
    },
    Nul {
        at: usize,
    },
}

/// What [`KeystoreError::Unsupported`] calls Java's own older format.
pub(crate) const JKS: &str = "the JKS format";

/// What it calls a file that is text.
pub(crate) const PEM: &str = "PEM instead of PKCS#12";

impl KeystoreError {
    pub(crate) fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Alias { .. } => "an alias is 1 to 64 printable ASCII characters, like webapi".to_owned(),
            Self::Damaged { .. } => "restore the file from a backup, or have it made again".to_owned(),
            Self::Encode => return None,
            Self::Key { .. } => {
                "use an RSA key of 2048 bits or more, or EC P-256, P-384 or P-521".to_owned()
            }
            Self::KeyPassphrase { .. } => {
                "Java wants one passphrase for both; make the keystore again from certificate and key"
                    .to_owned()
            }
            Self::Leaf => "the first certificate of the chain has to be the key's".to_owned(),
            Self::NoMac { .. } | Self::TooManyIterations { .. } => {
                "make it again: openssl pkcs12 -export".to_owned()
            }
            Self::Passphrase { fault, .. } => fault.hint().to_owned(),
            Self::Unsupported { name, what } if what == JKS => format!(
                "convert a copy: keytool -importkeystore -srckeystore {name} -destkeystore new.p12 \
                 -deststoretype PKCS12"
            ),
            Self::Unsupported { what, .. } if what == PEM => {
                "give a PEM certificate as --crt and its key as --key".to_owned()
            }
            Self::Unsupported { .. } => {
                "make it again with AES-256 and SHA-256: openssl pkcs12 -export -keypbe AES-256-CBC \
                 -certpbe AES-256-CBC -macalg SHA256"
                    .to_owned()
            }
            Self::WrongPassphrase { .. } => {
                "it has to be the passphrase that this very file was made with; of a --pfx it is the \
                 first line of --passphrase-file"
                    .to_owned()
            }
        })
    }
}

impl fmt::Display for KeystoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Alias { alias } => write!(f, "{alias:?} is no alias for a keystore entry"),
            Self::Damaged { name, what } => write!(f, "the keystore {name} is damaged: no {what}"),
            Self::Encode => f.write_str("cannot encrypt the keystore"),
            Self::Key {
                kind,
                profile: None,
            } => write!(f, "no Java can serve this key: {kind}"),
            Self::Key {
                kind,
                profile: Some(profile),
            } => {
                write!(
                    f,
                    "a Java that needs --profile {profile} cannot serve this key: {kind}"
                )
            }
            Self::KeyPassphrase { name, alias } => {
                write!(
                    f,
                    "the key {alias:?} in {name} has another passphrase than the keystore"
                )
            }
            Self::Leaf => f.write_str("the keystore's certificate and key do not belong together"),
            Self::NoMac { name } => {
                write!(
                    f,
                    "the keystore {name} has no integrity check, so nobody can tell who altered it"
                )
            }
            Self::Passphrase { name, fault } => write!(f, "the passphrase in {name} {fault}"),
            Self::TooManyIterations { name, count } => {
                write!(
                    f,
                    "the keystore {name} asks for {count} iterations; no Java would do so many"
                )
            }
            Self::Unsupported { name, what } => {
                write!(
                    f,
                    "cannot read the keystore {name}: {what} is not supported"
                )
            }
            Self::WrongPassphrase { name } => {
                write!(f, "the passphrase does not open the keystore {name}")
            }
        }
    }
}

impl PassphraseFault {
    fn hint(self) -> &'static str {
        match self {
            Self::Empty => "write the passphrase in base64: printf %s PASSPHRASE | base64 > FILE",
            Self::NotBase64 { .. } => {
                "the file holds the passphrase in base64: printf %s PASSPHRASE | base64 > FILE"
            }
            Self::NotAscii { .. } | Self::NotPrintable { .. } | Self::Nul { .. } => {
                "Java takes keystore passphrases of ASCII letters, digits, signs and spaces only"
            }
        }
    }
}

impl fmt::Display for PassphraseFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("is empty"),
            Self::NotAscii { at } => write!(f, "is not ASCII: character {at}"),
            Self::NotBase64 { line } => write!(f, "is not base64: line {line}"),
            Self::NotPrintable { at } => write!(f, "has a control character: character {at}"),
            Self::Nul { at } => write!(f, "has a NUL byte: character {at}"),
        }
    }
}
