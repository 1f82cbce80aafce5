//! What can go wrong with a users file. No password and no hash is ever part of it.

use std::fmt;

use crate::error::Position;

/// Why nobody could log in under a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NameFault {
    BlankAround,
    ByteOrderMark,
    Colon,
    ControlCharacter,
    Empty,
    Hash,
    TooLong,
}

impl fmt::Display for NameFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BlankAround => "a user name cannot begin or end with a blank",
            Self::ByteOrderMark => "a user name cannot begin with a byte order mark",
            Self::Colon => "a user name cannot hold a colon: it ends there",
            Self::ControlCharacter => "a user name cannot hold control characters",
            Self::Empty => "a user name cannot be empty",
            Self::Hash => "a user name cannot begin with #: its line would be a comment",
            Self::TooLong => "a user name cannot be longer than 255 bytes",
        })
    }
}

/// Why nobody could log in with a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PasswordFault {
    ControlCharacter,
    Empty,
    TooLong,
}

impl fmt::Display for PasswordFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ControlCharacter => {
                "a password cannot hold control characters, as NUL or the end of a line"
            }
            Self::Empty => "a password cannot be empty",
            Self::TooLong => "a password cannot be longer than 255 bytes",
        })
    }
}

/// Variants are in alphabetical order. `Display` is the problem; `hint` is the way out.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum HtpasswdError {
    /// It would be part of the first user's name.
    ByteOrderMark {
        at: Position,
    },
    /// Not what one line can hold.
    Hash,
    Name {
        name: String,
        fault: NameFault,
    },
    /// lighttpd stops reading there.
    Nul {
        at: Position,
    },
    Password(PasswordFault),
}

impl HtpasswdError {
    pub(crate) fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::ByteOrderMark { .. } => {
                "lighttpd takes it for a part of the name: save the file without it"
            }
            Self::Hash | Self::Name { .. } => return None,
            Self::Nul { .. } => "lighttpd reads no user behind it: put back a copy of the file",
            Self::Password(PasswordFault::ControlCharacter) => {
                "a password file with Windows line ends has a carriage return at its end"
            }
            Self::Password(PasswordFault::Empty) => "the password is the first line of the file",
            Self::Password(PasswordFault::TooLong) => {
                "htpasswd and openssl passwd take no longer ones either"
            }
        };
        Some(hint.to_owned())
    }
}

impl fmt::Display for HtpasswdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ByteOrderMark { at } => write!(f, "{at}: the line begins with a byte order mark"),
            Self::Hash => f.write_str("the hash of the password does not fit into a users file"),
            Self::Name { name, fault } => {
                write!(f, "{name:?} cannot be a user: {fault}")
            }
            Self::Nul { at } => write!(f, "{at}: a NUL byte"),
            Self::Password(fault) => fault.fmt(f),
        }
    }
}
