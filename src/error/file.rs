//! What can go wrong with a file, a folder, or the record of changes.

use std::fmt;
use std::io::{self, ErrorKind};
use std::path::PathBuf;

use crate::error::Error;

/// Variants are in alphabetical order. `Display` is the problem; `hint` is the way out.
#[derive(Debug)]
pub(crate) enum FileError {
    /// A rollback of what a rollback has undone.
    AlreadyUndone {
        transaction: u64,
        by: u64,
    },
    /// The plan cannot be carried out as it is.
    BadPlan {
        path: PathBuf,
        fault: &'static str,
    },
    /// Someone else edited the file between reading and writing.
    Changed {
        path: PathBuf,
    },
    /// What a rollback would undo is no longer as it was left.
    ChangedSince {
        transaction: u64,
        paths: Vec<PathBuf>,
    },
    /// A backup does not hold what the record says.
    DamagedBackup {
        path: PathBuf,
    },
    Interrupted,
    /// `doing` completes "cannot ...".
    Io {
        doing: &'static str,
        path: PathBuf,
        source: io::Error,
    },
    /// A folder, device, pipe or socket where a file should be.
    Kind {
        path: PathBuf,
        kind: &'static str,
    },
    /// A link that someone else may turn; `owner` is the link's.
    Link {
        path: PathBuf,
        owner: String,
    },
    /// A link where a target file should be, to a folder that others can write.
    LinkToOpenFolder {
        path: PathBuf,
        folder: PathBuf,
    },
    /// Another run holds the lock.
    Locked,
    NewerRecord {
        path: PathBuf,
    },
    /// The accounts cannot be asked for (LDAP is down, say).
    NameService {
        name: String,
        source: io::Error,
    },
    NoTransaction {
        transaction: Option<u64>,
    },
    /// A file that was handed in by its absolute path, which lies below `--root`.
    NotBelowRoot {
        path: PathBuf,
    },
    /// Files are not all as they were: a person must look.
    NotPutBack {
        cause: Option<Box<Error>>,
        left: Vec<String>,
    },
    /// The state folder, or something in it, could have been written by someone else.
    StateFolder {
        path: PathBuf,
        fault: &'static str,
    },
    TooLarge {
        path: PathBuf,
        limit: u64,
    },
    UnknownGroup {
        name: String,
    },
    UnknownUser {
        name: String,
    },
    /// A folder to be filled in which someone else could turn what is made.
    UnsafeFolder {
        path: PathBuf,
        fault: &'static str,
    },
    /// The record says nothing that can be undone: unfinished, or left to a person.
    Unverified {
        transaction: u64,
    },
}

impl FileError {
    pub(crate) fn io(
        doing: &'static str,
        path: impl Into<PathBuf>,
        source: impl Into<io::Error>,
    ) -> Self {
        Self::Io {
            doing,
            path: path.into(),
            source: source.into(),
        }
    }

    /// Whether something is not as it was, so that the exit code has to be 3.
    pub(crate) fn needs_a_person(&self) -> bool {
        matches!(self, Self::NotPutBack { .. })
    }

    /// Whether nothing lies at the path.
    pub(crate) fn is_not_found(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == ErrorKind::NotFound)
    }

    /// The same, or what should be the folder is none any more.
    pub(crate) fn is_out_of_place(&self) -> bool {
        self.is_not_found()
            || matches!(self, Self::Io { source, .. } if source.kind() == ErrorKind::NotADirectory)
    }

    pub(crate) fn is_already_there(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == ErrorKind::AlreadyExists)
    }

    pub(crate) fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::AlreadyUndone { by, .. } => {
                return Some(format!("dhtls rollback {by} brings it back"));
            }
            Self::Changed { .. } => "look at what it says now, then run the command again",
            Self::ChangedSince { .. } => {
                "what was written since would be lost; undo the later changes first, or edit by hand"
            }
            Self::Io { source, .. } => return io_hint(source),
            Self::Kind { .. } => "name a regular file",
            Self::Link { path, .. } => {
                return Some(format!(
                    "if the link is right, give it to root: chown -h root {}",
                    path.display()
                ));
            }
            Self::LinkToOpenFolder { .. } => {
                "name the file itself instead of the link, or take the folder's write permission from others"
            }
            Self::Locked => "wait until it has finished, then run the command again",
            Self::NameService { .. } => {
                "getent passwd and getent group show what the name service answers"
            }
            Self::NewerRecord { .. } => "run the newer dhtls",
            Self::NoTransaction { .. } => "dhtls history lists the changes",
            Self::NotBelowRoot { .. } => {
                "with --root an absolute path lies below it, a relative one in the current folder"
            }
            Self::NotPutBack { cause, .. } => return cause.as_ref().and_then(|cause| cause.hint()),
            Self::StateFolder { .. } => {
                "make it a folder of the user who runs dhtls with mode 0700, or set another in [state] folder"
            }
            Self::UnknownGroup { .. } | Self::UnknownUser { .. } => {
                "is this a Deephaven server? getent shows the accounts; the settings file can name others"
            }
            Self::UnsafeFolder { .. } => "name a folder that is not there yet",
            Self::BadPlan { .. }
            | Self::DamagedBackup { .. }
            | Self::Interrupted
            | Self::TooLarge { .. }
            | Self::Unverified { .. } => return None,
        };
        Some(hint.to_owned())
    }
}

fn io_hint(source: &io::Error) -> Option<String> {
    let hint = match source.kind() {
        ErrorKind::PermissionDenied => {
            "run dhtls as root; for root, lsattr tells whether the file is immutable"
        }
        ErrorKind::ReadOnlyFilesystem => "the file system is mounted read-only",
        ErrorKind::StorageFull => "make room on that file system, then run the command again",
        ErrorKind::QuotaExceeded => {
            "raise the quota on that file system, then run the command again"
        }
        ErrorKind::FileTooLarge => "the limit on file sizes (ulimit -f) is too low",
        _ => return None,
    };
    Some(hint.to_owned())
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AlreadyUndone { transaction, by } => {
                write!(f, "change {transaction} was undone already, by change {by}")
            }
            Self::BadPlan { path, fault } => {
                write!(
                    f,
                    "the plan for {} {fault}, a fault of dhtls",
                    path.display()
                )
            }
            Self::Changed { path } => {
                write!(
                    f,
                    "{} was changed by someone else meanwhile",
                    path.display()
                )
            }
            Self::ChangedSince { transaction, paths } => {
                write!(
                    f,
                    "change {transaction} cannot be undone, these were changed since: "
                )?;
                list(f, paths.iter().map(|path| path.display()))
            }
            Self::DamagedBackup { path } => {
                write!(f, "the backup {} is damaged", path.display())
            }
            Self::Interrupted => f.write_str("interrupted"),
            Self::Io {
                doing,
                path,
                source,
            } => {
                write!(f, "cannot {doing} {}: {source}", path.display())
            }
            Self::Kind { path, kind } => write!(f, "{} is {kind}, not a file", path.display()),
            Self::Link { path, owner } => write!(
                f,
                "{} is a link of {owner} to something that is not {owner}'s",
                path.display()
            ),
            Self::LinkToOpenFolder { path, folder } => write!(
                f,
                "{} is a link to a file in {}, where others can write",
                path.display(),
                folder.display()
            ),
            Self::Locked => f.write_str("another dhtls run is changing things"),
            Self::NameService { name, source } => write!(f, "cannot look up {name}: {source}"),
            Self::NewerRecord { path } => {
                write!(f, "{} was written by a newer dhtls", path.display())
            }
            Self::NoTransaction {
                transaction: Some(id),
            } => write!(f, "there is no change {id}"),
            Self::NoTransaction { transaction: None } => f.write_str("there is no change to undo"),
            Self::NotBelowRoot { path } => write!(f, "there is no {}", path.display()),
            Self::NotPutBack { cause, left } => {
                if let Some(cause) = cause {
                    write!(f, "{cause}; then ")?;
                }
                f.write_str("not everything could be put back: ")?;
                list(f, left.iter())
            }
            Self::StateFolder { path, fault } | Self::UnsafeFolder { path, fault } => {
                write!(f, "{} {fault}", path.display())
            }
            Self::TooLarge { path, limit } => {
                write!(f, "{} has more than {limit} bytes", path.display())
            }
            Self::UnknownGroup { name } => write!(f, "there is no group {name}"),
            Self::UnknownUser { name } => write!(f, "there is no user {name}"),
            Self::Unverified { transaction } => {
                write!(
                    f,
                    "change {transaction} was not completed, so there is nothing to undo"
                )
            }
        }
    }
}

fn list(
    f: &mut fmt::Formatter<'_>,
    mut parts: impl Iterator<Item = impl fmt::Display>,
) -> fmt::Result {
    if let Some(first) = parts.next() {
        first.fmt(f)?;
    }
    parts.try_for_each(|part| write!(f, ", {part}"))
}
