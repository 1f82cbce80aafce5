//! What can go wrong with property files.

use std::fmt;
use std::path::PathBuf;

use crate::error::Position;

/// What no `.prop` file may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    BadCondition,
    BadUnicodeEscape,
    LateInclude,
    MissingBrace,
    MissingBracket,
    StrayClosingBrace,
    StrayOpeningBrace,
    UnclosedScope,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BadCondition => "a scope needs conditions of the form token=value",
            Self::BadUnicodeEscape => r"\u needs four hexadecimal digits",
            Self::LateInclude => "includefiles has to be the first line that is no comment",
            Self::MissingBrace => "a scope's ] has to be followed by {",
            Self::MissingBracket => "a scope's [ has no ]",
            Self::StrayClosingBrace => "} closes no scope",
            Self::StrayOpeningBrace => "{ without a scope before it",
            Self::UnclosedScope => "the scope that is opened here is never closed",
        })
    }
}

/// Variants are in alphabetical order. `Display` is the problem; `hint` is the way out.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum PropsError {
    /// A locked key is assigned again, so the server would not start.
    AssignedAfterLock {
        key: String,
        at: Position,
        lock: Position,
    },
    /// A file includes itself, directly or not.
    IncludeCycle { at: Position, name: String },
    /// The grammar has no way to write a value that begins with a blank.
    LeadingBlank { key: String },
    /// The key would have to be added, and a `final` or `finalize` forbids it.
    Locked { key: String, lock: Position },
    /// The edited text did not read back as wanted. Nothing was changed.
    NotProven { key: String, path: PathBuf },
    /// The server's parser would refuse the file.
    Syntax { at: Position, fault: Fault },
    /// Files include each other so often that they cannot be followed.
    TooManyIncludes { at: Position },
    /// A scope that may or may not apply decides.
    Uncertain {
        key: String,
        at: Position,
        scope: String,
    },
}

impl PropsError {
    pub(crate) fn hint(&self) -> Option<String> {
        Some(match self {
            Self::AssignedAfterLock { .. } => {
                "the server does not start with this: remove one of the two lines".to_owned()
            }
            Self::IncludeCycle { .. } | Self::TooManyIncludes { .. } => {
                "the server does not start with this: correct its includefiles line".to_owned()
            }
            Self::LeadingBlank { .. } => "the server drops blanks before a value".to_owned(),
            Self::Locked { key, lock } => {
                format!("set {key} above {lock}, or take it out of the lock")
            }
            Self::NotProven { key, .. } => {
                format!("set {key} by hand, or leave it with --no-properties")
            }
            Self::Syntax { .. } => {
                "the server does not start with this: correct the line; the keystore alone: --no-properties \
                 --keystore FILE --webapi-passphrase FILE"
                    .to_owned()
            }
            Self::Uncertain { key, .. } => {
                format!("dhtls cannot tell whether that scope applies: move {key} out of it")
            }
        })
    }
}

impl fmt::Display for PropsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AssignedAfterLock { key, at, lock } => {
                write!(f, "{at}: {key} is assigned again, but {lock} locks it")
            }
            Self::IncludeCycle { at, name } => {
                write!(f, "{at}: including {name} goes round in a circle")
            }
            Self::LeadingBlank { key } => write!(f, "the value of {key} cannot begin with a blank"),
            Self::Locked { key, lock } => write!(f, "{key} cannot be set: {lock} locks it"),
            Self::NotProven { key, path } => {
                write!(
                    f,
                    "{}: the new value of {key} did not read back",
                    path.display()
                )
            }
            Self::Syntax { at, fault } => write!(f, "{at}: {fault}"),
            Self::TooManyIncludes { at } => write!(f, "{at}: too many files are included"),
            Self::Uncertain { key, at, scope } => {
                write!(f, "{key} depends on {at}, in the scope {scope}")
            }
        }
    }
}
