//! Why the Client Update Service is left as it is.

use std::fmt;
use std::path::PathBuf;

use crate::error::Position;

/// Variants are in alphabetical order. `Display` is the problem; `hint` is the way out.
#[derive(Debug)]
pub(crate) enum CusError {
    /// The rules would let nobody in.
    AuthBackend {
        at: Position,
        found: String,
    },
    /// A bundle where certbot keeps its files.
    Certbot {
        path: PathBuf,
    },
    /// A setting that has to be known is computed from what only the running server knows.
    Computed {
        at: Position,
        key: &'static str,
    },
    /// A release without lighttpd; `evidence` is what shows it.
    CurrentRelease {
        evidence: PathBuf,
    },
    /// The person at the terminal said no.
    Declined {
        key: String,
    },
    /// Nobody is there to ask.
    EncryptedKey {
        key: String,
    },
    HalfPair {
        present: &'static str,
        missing: &'static str,
    },
    /// The launcher file below the document root is made anew at every restart from this folder.
    LauncherRebuilt {
        folder: PathBuf,
    },
    NoConfiguration {
        path: PathBuf,
    },
    NoLauncher {
        path: PathBuf,
    },
    NoPair {
        keystore: PathBuf,
    },
    /// Where one was named.
    NoPasswordFile {
        path: PathBuf,
    },
    /// Of the users file.
    NoUsers {
        path: PathBuf,
    },
    /// None of the users that the rules name is in the users file.
    NobodyAdmitted {
        at: Position,
        names: Vec<String>,
        path: PathBuf,
    },
    /// The rules are about other places than this URL path.
    NotGuarded {
        at: Position,
        path: String,
    },
    /// A bundle that does not read back as what it was made of.
    NotWritten {
        path: PathBuf,
    },
    PasswordNeeded {
        user: String,
    },
    PasswordsDiffer,
    /// Something else than what was switched off still asks for a password.
    StillAsks {
        at: Position,
    },
    UnknownUser {
        user: String,
        path: PathBuf,
    },
}

impl CusError {
    pub(crate) fn hint(&self) -> Option<String> {
        Some(match self {
            Self::AuthBackend { .. } => {
                "set auth.backend = \"htpasswd\" and the method \"basic\" there, or name another file with \
                 [cus] auth_include in /etc/dhtls.toml"
                    .to_owned()
            }
            Self::Certbot { .. } => {
                "name a place of its own with --bundle FILE, such as /etc/ssl/private/lighttpd.pem".to_owned()
            }
            Self::Computed { key, .. } => format!("write the value of {key} out"),
            Self::CurrentRelease { .. } => {
                "this release's Web API Service serves it: put the pair in /etc/deephaven/cus_tls as tls.crt \
                 and tls.key and restart web_api_service; a lighttpd elsewhere: [cus] config in /etc/dhtls.toml"
                    .to_owned()
            }
            Self::Declined { .. } | Self::NotWritten { .. } => return None,
            Self::EncryptedKey { .. } => {
                "--decrypt-key accepts it; only root can read the bundle".to_owned()
            }
            Self::HalfPair { .. } => {
                "name the pair with --crt FILE and --key FILE, or --pfx FILE".to_owned()
            }
            Self::LauncherRebuilt { .. } => {
                "set the addresses there by hand and run this again with --no-getdown, or name the file \
                 that has them with [cus] getdown in /etc/dhtls.toml"
                    .to_owned()
            }
            Self::NoConfiguration { .. } => {
                "name lighttpd's configuration with [cus] config in /etc/dhtls.toml".to_owned()
            }
            Self::NoLauncher { .. } => "name it with [cus] getdown in /etc/dhtls.toml, or leave it alone \
                 with --no-getdown"
                .to_owned(),
            Self::NoPair { .. } => {
                "give --crt FILE and --key FILE, or --pfx FILE".to_owned()
            }
            Self::NoPasswordFile { .. } => {
                "write the password into its first line, or leave --password-file out and be asked at the terminal"
                    .to_owned()
            }
            Self::NoUsers { .. } => "dhtls cus-auth add USER makes the first one".to_owned(),
            Self::NobodyAdmitted { names, .. } => {
                let first = names.first().map_or("USER", String::as_str);
                format!("dhtls cus-auth add {first} makes one")
            }
            Self::NotGuarded { path, .. } => format!(
                "name a place in auth.require that {path} begins with, such as \"/\"; where launchers get another \
                 file, name that with [cus] getdown in /etc/dhtls.toml"
            ),
            Self::PasswordNeeded { .. } => {
                "name a file that has it in its first line: --password-file FILE".to_owned()
            }
            Self::PasswordsDiffer => "type it twice the same".to_owned(),
            Self::StillAsks { .. } => "take auth.require out there by hand".to_owned(),
            Self::UnknownUser { .. } => "dhtls cus-auth list shows the users".to_owned(),
        })
    }
}

impl fmt::Display for CusError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AuthBackend { at, found } => {
                write!(
                    f,
                    "{at}: with {found} no user of the users file could log in"
                )
            }
            Self::Certbot { path } => write!(
                f,
                "{} is certbot's, which has to find it as it left it",
                path.display()
            ),
            Self::Computed { at, key } => write!(
                f,
                "{at}: {key} is computed from what only the running lighttpd knows"
            ),
            Self::CurrentRelease { evidence } => write!(
                f,
                "{} shows a release whose Client Update Service is not lighttpd's",
                evidence.display()
            ),
            Self::Declined { key } => {
                write!(f, "{key} stays encrypted, and lighttpd cannot read it so")
            }
            Self::EncryptedKey { key } => write!(
                f,
                "{key} is encrypted, and lighttpd needs it in clear in its bundle"
            ),
            Self::HalfPair { present, missing } => {
                write!(f, "{present} is there, and {missing} is not")
            }
            Self::LauncherRebuilt { folder } => write!(
                f,
                "the launcher file is made anew at every restart from {}, and no file that it is made of sets its appbase",
                folder.display()
            ),
            Self::NoConfiguration { path } | Self::NoPasswordFile { path } => {
                write!(f, "there is no {}", path.display())
            }
            Self::NoLauncher { path } => {
                write!(f, "there is no launcher file {}", path.display())
            }
            Self::NoPair { keystore } => write!(
                f,
                "no pair was named, and there is none in /etc/ssl or in {}",
                keystore.display()
            ),
            Self::NoUsers { path } => {
                write!(
                    f,
                    "{} has no users: everyone would be locked out",
                    path.display()
                )
            }
            Self::NobodyAdmitted { at, names, path } => write!(
                f,
                "{at}: this lets in {} alone, and {} has no such user: everyone would be locked out",
                names.join(" and "),
                path.display()
            ),
            Self::NotGuarded { at, path } => write!(
                f,
                "{at}: this asks for no password for {path}, which launchers get"
            ),
            Self::NotWritten { path } => write!(
                f,
                "the new {} could not be read back, so nothing was written",
                path.display()
            ),
            Self::PasswordNeeded { user } => write!(
                f,
                "the password of {user} is needed, and there is no terminal to ask at"
            ),
            Self::PasswordsDiffer => write!(f, "the two passwords differ"),
            Self::StillAsks { at } => {
                write!(f, "{at}: this would still ask for a password")
            }
            Self::UnknownUser { user, path } => {
                write!(f, "{} has no user {user}", path.display())
            }
        }
    }
}
