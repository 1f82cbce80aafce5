//! What can go wrong with launcher files.

use std::fmt;
use std::path::PathBuf;

use crate::error::Position;

/// Why a launcher cannot use an address, or would not find it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AddressFault {
    BlankInHost,
    Colon,
    Empty,
    InvisibleCharacter,
    NoEqualsSign,
    NoHost,
    NotHttp,
    OpenQualifier,
    Quoted,
}

impl fmt::Display for AddressFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BlankInHost => "has a blank or control character in its host name",
            Self::Colon => "is followed by a colon, but only = separates a key from its value",
            Self::Empty => "has no value",
            Self::InvisibleCharacter => {
                "has a no-break space or another invisible character beside it or in its value"
            }
            Self::NoEqualsSign => "is followed by an address without = between them",
            Self::NoHost => "has an address without a host name",
            Self::NotHttp => "is no http or https address",
            Self::OpenQualifier => "has a platform in [ without ], so launchers skip the line",
            Self::Quoted => "has a value in quotes, which launchers take for part of the address",
        })
    }
}

/// Variants are in alphabetical order. `Display` is the problem; `hint` is the way out.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum GetdownError {
    /// A line that launchers cannot use.
    Address {
        key: String,
        at: Position,
        fault: AddressFault,
    },
    /// Not a name that fits into an address.
    BadHost {
        host: String,
    },
    /// A byte order mark, of UTF-8 or UTF-16.
    ByteOrderMark {
        at: Position,
    },
    /// One key twice for the same platform, even with the same value.
    Duplicate {
        key: String,
        first: Position,
        second: Position,
    },
    /// Nothing says where the launcher finds its files.
    NoAppbase {
        path: PathBuf,
    },
    /// The edited text did not read back as wanted. Nothing was changed.
    NotProven {
        path: PathBuf,
    },
    Nul {
        at: Position,
    },
    /// `strict_comments` for one platform only, and an address that means something else there.
    StrictOnSomePlatforms {
        at: Position,
    },
}

impl GetdownError {
    pub(crate) fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Address { key, .. } => {
                format!("write it as: {key} = http://HOST/PATH")
            }
            Self::BadHost { .. } => "give a host name or an IP address alone".to_owned(),
            Self::ByteOrderMark { .. } => {
                "launchers take it for a part of the first key: save the file as UTF-8 without it"
                    .to_owned()
            }
            Self::Duplicate { .. } => {
                "launchers do not start with this: remove one of the two lines".to_owned()
            }
            Self::NoAppbase { .. } => {
                "add a line of the form: appbase = http://HOST/PATH; or name the right file in [cus] getdown \
                 of /etc/dhtls.toml"
                    .to_owned()
            }
            Self::NotProven { .. } => "change the addresses in it by hand".to_owned(),
            Self::Nul { .. } => "this is no text file: put back a copy of it".to_owned(),
            Self::StrictOnSomePlatforms { .. } => {
                "set strict_comments for all platforms, or keep # out of the addresses".to_owned()
            }
        })
    }
}

impl fmt::Display for GetdownError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address { key, at, fault } => write!(f, "{at}: {key} {fault}"),
            Self::BadHost { host } => {
                write!(f, "{host:?} cannot be the host of an address")
            }
            Self::ByteOrderMark { at } => write!(f, "{at}: the file begins with a byte order mark"),
            Self::Duplicate { key, first, second } => {
                write!(f, "{second}: {key} is set again, after {first}")
            }
            Self::NoAppbase { path } => write!(f, "{} has no appbase", path.display()),
            Self::NotProven { path } => {
                write!(f, "{}: the new addresses did not read back", path.display())
            }
            Self::Nul { at } => write!(f, "{at}: a NUL byte"),
            Self::StrictOnSomePlatforms { at } => {
                write!(
                    f,
                    "{at}: strict_comments for some platforms only changes what an address is"
                )
            }
        }
    }
}
