//! What `dhtls show` cannot show.

use std::fmt;

use crate::error::certificate::Found;

/// Variants are in alphabetical order. `Display` is the problem; `hint` is the way out. `name` is the
/// file as the user named it.
#[derive(Debug)]
pub(crate) enum ShowError {
    Empty {
        name: String,
    },
    /// `said` is what went wrong, with the endpoint in it.
    Endpoint {
        said: String,
    },
    /// A keystore without its passphrase.
    Locked {
        name: String,
    },
    /// There is no certificate to be printed as PEM.
    NoCertificate {
        name: String,
    },
    NotFound {
        name: String,
    },
    /// Nothing that we read; `found` is what it looks like.
    Unknown {
        name: String,
        found: Found,
    },
    /// A block of a PEM file whose label says nothing to us.
    UnknownBlock {
        name: String,
        line: usize,
        label: String,
    },
}

impl ShowError {
    pub(crate) fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Empty { .. } | Self::Endpoint { .. } | Self::NoCertificate { .. } => return None,
            Self::Locked { .. } => {
                "--passphrase-file FILE has the passphrase in its first line, \
                 --passphrase-base64-file FILE in base64 as the Web API Service keeps it"
            }
            Self::NotFound { .. } => "an endpoint is written HOST:PORT, for example localhost:8123",
            Self::Unknown {
                found: Found::WebPage,
                ..
            } => "the download failed or needs a login: fetch the file again",
            Self::Unknown { .. } | Self::UnknownBlock { .. } => {
                "certificates, requests, keys, PKCS#7 and revocation lists are read as PEM or DER, and \
                 PKCS#12 keystores"
            }
        };
        Some(hint.to_owned())
    }
}

impl fmt::Display for ShowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty { name } => write!(f, "{name} is empty"),
            Self::Endpoint { said } => f.write_str(said),
            Self::Locked { name } => write!(
                f,
                "the keystore {name} needs a passphrase; only what is not encrypted is shown"
            ),
            Self::NoCertificate { name } => write!(f, "{name} holds no certificate"),
            Self::NotFound { name } => write!(f, "there is no file {name}"),
            Self::Unknown { name, found } => write!(f, "{name} holds {}", found.words()),
            Self::UnknownBlock { name, line, label } => {
                write!(f, "{name}:{line}: a block {label:?}, which is not known")
            }
        }
    }
}
