//! What can go wrong with the configuration of lighttpd.

use std::fmt;
use std::path::PathBuf;

use crate::error::Position;

/// What no configuration may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    ByteOrderMark,
    ConditionInGlobal,
    EnvironmentAssigned,
    EqualsInList,
    MismatchedTypes,
    NameAtEnd,
    NulByte,
    NumberTooLarge,
    StrayClosingBrace,
    StrayClosingParenthesis,
    TooDeep,
    TooLong,
    UnclosedBlock,
    UnclosedParenthesis,
    UnclosedString,
    UnexpectedCharacter,
    UnexpectedText,
    UnreachableElse,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ByteOrderMark => "the file begins with a byte order mark",
            Self::ConditionInGlobal => "global { } cannot hold another block",
            Self::EnvironmentAssigned => "a variable of the environment cannot be set",
            Self::EqualsInList => "= within a list: => is meant, or the list is never closed",
            Self::MismatchedTypes => "a list can only be added to a list",
            Self::NameAtEnd => "the file ends in a name, without a newline behind it",
            Self::NulByte => "there is a NUL byte here",
            Self::NumberTooLarge => "the number is too large",
            Self::StrayClosingBrace => "} closes no block",
            Self::StrayClosingParenthesis => ") closes no list",
            Self::TooDeep => "lists or blocks are nested too deeply",
            Self::TooLong => "the value grows beyond all use",
            Self::UnclosedBlock => "the block that is opened here is never closed",
            Self::UnclosedParenthesis => "the list that is opened here is never closed",
            Self::UnclosedString => "the string that begins here has no closing quote",
            Self::UnexpectedCharacter => "this character means nothing to lighttpd",
            Self::UnexpectedText => "this is no statement of lighttpd",
            Self::UnreachableElse => "this else is never reached",
        })
    }
}

/// Variants are in alphabetical order. `Display` is the problem; `hint` is the way out.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum LighttpdError {
    /// Another setting is made from the one that would be changed.
    AlsoChanges {
        key: String,
        other: String,
        at: Position,
    },
    /// `+=` on a key that is to have exactly one value.
    AppendedTo { key: String, at: Position },
    /// `=` on a key that has a value in that scope.
    AssignedTwice {
        key: String,
        at: Position,
        first: Option<Position>,
    },
    /// A block around another setting of the key, which would win.
    ConditionWins {
        key: String,
        at: Position,
        condition: String,
    },
    /// An entry is in a list twice.
    DuplicateEntry { at: Position, name: String },
    /// A file includes itself, directly or not.
    IncludeCycle { at: Position, name: String },
    /// The grammar has no way to write this value.
    Inexpressible { key: String },
    /// What is to be included is not there.
    MissingInclude { at: Position, name: String },
    /// The key is to have entries but holds something else.
    NotAMap { key: String, at: Position },
    /// The edited text did not read back as wanted. Nothing was changed.
    NotProven { key: String, path: PathBuf },
    /// A block that opens the port that is to be set.
    SocketBlock {
        at: Position,
        address: String,
        port: u16,
    },
    /// A block that opens another port and would have TLS without a certificate.
    SocketInherits { at: Position, address: String },
    /// lighttpd would refuse the file, or some release of it would.
    Syntax { at: Position, fault: Fault },
    /// Files include each other so often that they cannot be followed.
    TooManyIncludes { at: Position },
    /// A variable without a value.
    Undefined { at: Position, name: String },
    /// The name of what is to be included depends on the environment.
    UnknownInclude { at: Position },
}

impl LighttpdError {
    pub(crate) fn hint(&self) -> Option<String> {
        Some(match self {
            Self::AlsoChanges { other, .. } => {
                format!("give {other} a value of its own first")
            }
            Self::AppendedTo { key, .. } => {
                format!("write {key} as one line with =")
            }
            Self::AssignedTwice { .. } => {
                "lighttpd does not start with this: remove one of the two lines".to_owned()
            }
            Self::ConditionWins { key, .. } => {
                format!("dhtls sets {key} for the whole server: take it out of that block")
            }
            Self::DuplicateEntry { .. } => {
                "lighttpd does not start with this: remove one of the two entries".to_owned()
            }
            Self::IncludeCycle { .. }
            | Self::MissingInclude { .. }
            | Self::TooManyIncludes { .. } => {
                "lighttpd does not start with this: correct the include line".to_owned()
            }
            Self::Inexpressible { .. } => {
                "a string of lighttpd cannot end in a backslash or hold a NUL".to_owned()
            }
            Self::NotAMap { key, .. } => {
                format!(r#"write {key} as a list of entries, ("NAME" => "VALUE")"#)
            }
            Self::NotProven { key, .. } => format!("set {key} by hand"),
            Self::SocketBlock { .. } => {
                "one port cannot be both the server's and a block's: remove the block, or give \
                 another port with --port"
                    .to_owned()
            }
            Self::SocketInherits { .. } => {
                r#"add ssl.engine = "disable" to that block, or "enable" if it shall have TLS too"#
                    .to_owned()
            }
            Self::Syntax { .. } | Self::Undefined { .. } => {
                "lighttpd does not start with this, or leaves a part of it out: correct the line"
                    .to_owned()
            }
            Self::UnknownInclude { .. } => "write the file's name into the line".to_owned(),
        })
    }
}

impl fmt::Display for LighttpdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AlsoChanges { key, other, at } => {
                write!(f, "{at}: {other} would change together with {key}")
            }
            Self::AppendedTo { key, at } => {
                write!(f, "{at}: += adds to {key}, which is to have one value")
            }
            Self::AssignedTwice { key, at, first } => match first {
                Some(first) => write!(f, "{at}: {key} is set again, but {first} sets it"),
                None => write!(f, "{at}: {key} is set by lighttpd itself"),
            },
            Self::ConditionWins { key, at, condition } => {
                write!(f, "{at}: {key} is also set in {condition}, which wins")
            }
            Self::DuplicateEntry { at, name } => {
                write!(f, "{at}: the entry {name} is there twice")
            }
            Self::IncludeCycle { at, name } => {
                write!(f, "{at}: including {name} goes round in a circle")
            }
            Self::Inexpressible { key } => {
                write!(
                    f,
                    "the value of {key} cannot be written in lighttpd's configuration"
                )
            }
            Self::MissingInclude { at, name } => {
                write!(f, "{at}: included file {name} not found")
            }
            Self::NotAMap { key, at } => write!(f, "{at}: {key} holds no entries"),
            Self::NotProven { key, path } => {
                write!(
                    f,
                    "{}: the change of {key} did not read back",
                    path.display()
                )
            }
            Self::SocketBlock { at, address, port } => {
                write!(
                    f,
                    r#"{at}: $SERVER["socket"] == "{address}" opens port {port} as well"#
                )
            }
            Self::SocketInherits { at, address } => {
                write!(
                    f,
                    r#"{at}: $SERVER["socket"] == "{address}" says nothing about ssl.engine: with TLS on for the server, it would answer nobody"#
                )
            }
            Self::Syntax { at, fault } => write!(f, "{at}: {fault}"),
            Self::TooManyIncludes { at } => write!(f, "{at}: too many files are included"),
            Self::Undefined { at, name } => write!(f, "{at}: {name} has no value"),
            Self::UnknownInclude { at } => {
                write!(
                    f,
                    "{at}: the name of the included file depends on the environment"
                )
            }
        }
    }
}
