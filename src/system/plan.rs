//! The wanted end state as data. A command makes a [`Plan`]; it is printed or applied, nothing else
//! writes.

mod probe;

use std::fmt;
use std::path::{Path, PathBuf};

use nix::unistd::{getegid, geteuid};
use serde::{Deserialize, Serialize};

use crate::secret::Secret;
use crate::system::extended::{self, Extended};
use crate::system::snapshot::Snapshot;

pub(crate) use probe::{Expected, Intermediate, Launcher, Probe, Restart};

/// What a command wants the server to look like.
#[derive(Debug)]
pub(crate) struct Plan {
    /// The command's name, for the history.
    pub(crate) command: String,
    /// Changes in the order in which they are made; files that are right already have none.
    pub(crate) changes: Vec<FileChange>,
    /// Files that the decision rests on without changing them: they must still be as read.
    pub(crate) observed: Vec<Observed>,
    /// What some of the written files hold until the restart has proven the change. Without a restart
    /// they get their final content at once.
    pub(crate) provisional: Vec<Provisional>,
    /// Files of which a copy may be laid beside them for another program to judge, before anything is
    /// changed; the plan need not change them.
    pub(crate) judged: Vec<PathBuf>,
    /// What written files carry that is not what the file in their place does.
    pub(crate) restored: Vec<Restored>,
    /// What has to prove the change. Without it, applied is verified.
    pub(crate) restart: Option<Restart>,
    /// The transaction that this plan undoes.
    pub(crate) undoes: Option<Id>,
}

impl Plan {
    /// Nothing to change yet.
    pub(crate) fn new(command: impl Into<String>) -> Self {
        Self {
            command: command.into(),
            changes: Vec::new(),
            observed: Vec::new(),
            provisional: Vec::new(),
            judged: Vec::new(),
            restored: Vec::new(),
            restart: None,
            undoes: None,
        }
    }

    /// What the change's file holds until the proof, if that is not its final content.
    pub(crate) fn provisional_content(&self, change: &FileChange) -> Option<&Content> {
        self.restart.as_ref()?;
        let mut all = self.provisional.iter();
        let provisional = all.find(|provisional| provisional.path == change.path)?;
        Some(&provisional.content)
    }

    /// What the change's file is to carry besides bytes, mode and owner.
    pub(crate) fn extended(&self, change: &FileChange, mode: Mode) -> Vec<Extended> {
        let mut all = self.restored.iter();
        if let Some(restored) = all.find(|restored| restored.path == change.path) {
            return restored.extended.clone();
        }
        let kept = |before: &Snapshot| extended::inherited(&before.extended, before.mode, mode);
        change.before.as_ref().map(kept).unwrap_or_default()
    }
}

/// Access list, label and attributes that a file had, to come back with its bytes.
#[derive(Debug)]
pub(crate) struct Restored {
    pub(crate) path: PathBuf,
    pub(crate) extended: Vec<Extended>,
}

/// Content for the time of the proof, such as a login that is to be tried and must not stay. The path is
/// that of a change that writes; its final content may be the old one.
#[derive(Debug)]
pub(crate) struct Provisional {
    pub(crate) path: PathBuf,
    pub(crate) content: Content,
}

/// Number of a transaction, counted from 1 on each server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Id(pub(crate) u64);

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A file as it was when the decision was made; `None`: it was not there.
#[derive(Clone, Debug)]
pub(crate) struct Observed {
    pub(crate) path: PathBuf,
    pub(crate) state: Option<Snapshot>,
}

/// One file's way from what is there to what is wanted.
#[derive(Debug)]
pub(crate) struct FileChange {
    /// Absolute, as the server sees it: `--root` is not part of it.
    pub(crate) path: PathBuf,
    /// What was there when the decision was made; `None`: nothing.
    pub(crate) before: Option<Snapshot>,
    pub(crate) action: Action,
}

#[derive(Debug)]
pub(crate) enum Action {
    /// Creates or replaces the file.
    Write {
        content: Content,
        attributes: Attributes,
    },
    Remove,
    /// Moves the file; `to` must not exist.
    Rename {
        to: PathBuf,
    },
    /// Creates one folder whose parent exists or is created by an earlier change.
    CreateFolder(Attributes),
    /// Removes one empty folder, which looks like this.
    RemoveFolder(Attributes),
}

/// New bytes. A diff shows public ones, and of secret ones only size and SHA-256.
#[derive(Debug)]
pub(crate) enum Content {
    Public(Vec<u8>),
    Secret(Secret),
}

impl Content {
    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Self::Public(bytes) => bytes,
            Self::Secret(secret) => secret.expose(),
        }
    }
}

/// Mode and owner of a new file or folder. No owner: it is left to whoever runs dhtls (no root rights).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Attributes {
    pub(crate) mode: Mode,
    pub(crate) owner: Option<Owner>,
}

/// Permission bits, never a bare integer; shown in octal.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mode(pub(crate) u32);

impl Mode {
    /// Readable by people who are neither owner nor in the group.
    pub(crate) fn open_to_others(self) -> bool {
        self.0 & 0o007 != 0
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04o}", self.0)
    }
}

impl fmt::Debug for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// User and group by number, as the kernel wants them; names are resolved by `account`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Owner {
    pub(crate) user: u32,
    pub(crate) group: u32,
}

impl Owner {
    /// Whoever runs dhtls.
    pub(crate) fn current() -> Self {
        Self {
            user: geteuid().as_raw(),
            group: getegid().as_raw(),
        }
    }
}

impl FileChange {
    /// Creates or replaces a file.
    pub(crate) fn writes(&self) -> bool {
        matches!(self.action, Action::Write { .. })
    }

    /// Where the wanted file lies when the change is made.
    pub(crate) fn target(&self) -> &Path {
        match &self.action {
            Action::Rename { to } => to,
            Action::Write { .. }
            | Action::Remove
            | Action::CreateFolder(_)
            | Action::RemoveFolder(_) => &self.path,
        }
    }
}
