//! What one transaction is about to change, written down before anything is touched: a folder with
//! `record.json` and a copy of every file that will be replaced or removed.
//!
//! Copies, not hard links: a copy belongs to root alone from the first moment, whoever owned the old
//! file, may lie on another file system, and still says what it said when someone edits the old file in
//! place. What a copy loses (mode, owner, access list, label) is in the record.

use std::ffi::{OsStr, OsString};
use std::mem;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::FileError;
use crate::secret::Secret;
use crate::system::atomic;
use crate::system::folder::Folder;
use crate::system::host;
use crate::system::plan::{Attributes, Id, Mode, Owner, Restart};
use crate::system::read;
use crate::system::snapshot::Snapshot;

/// Version of the record's format. A higher one is left alone.
const FORMAT: u32 = 1;
const RECORD: &str = "record.json";
const NEW_RECORD: &str = "record.json.new";
/// Bytes of a record; a plan of a hundred files has 60 thousand.
const MOST_OF_RECORD: u64 = 4 << 20;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Record {
    format: u32,
    pub(crate) id: Id,
    /// Of dhtls.
    pub(crate) version: String,
    pub(crate) command: String,
    /// RFC 3339, UTC.
    pub(crate) started: String,
    pub(crate) state: State,
    /// The machine had started then under this name; records of earlier releases lack it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) boot: Option<String>,
    /// Part of every staged name.
    pub(crate) token: String,
    /// The transaction that this one undid.
    pub(crate) undoes: Option<Id>,
    pub(crate) changes: Vec<Change>,
    /// Files beside which a copy may lie that another program was to judge.
    #[serde(default)]
    pub(crate) judged: Vec<PathBuf>,
    pub(crate) restart: Option<Restart>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum State {
    /// Any number of files may be new.
    Planned,
    /// All files are new; the proof is still to come.
    Applied,
    /// The same, and the service has been told to restart.
    Restarting,
    /// Done and proven.
    Verified,
    /// Put back, except for files that someone else had changed: a person had to look.
    Left,
}

/// One change of a plan, with what undoes it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Change {
    pub(crate) path: PathBuf,
    #[serde(flatten)]
    pub(crate) deed: Deed,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "action")]
pub(crate) enum Deed {
    Write {
        before: Option<Snapshot>,
        after: After,
        /// SHA-256 of what stands there until the change is proven, where that is something else.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        provisional: Option<String>,
        /// Not to be shown in a diff.
        secret: bool,
    },
    Remove {
        before: Snapshot,
    },
    Rename {
        to: PathBuf,
        before: Snapshot,
    },
    CreateFolder(Attributes),
    RemoveFolder(Attributes),
}

/// How to tell the file that a transaction wrote.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct After {
    pub(crate) sha256: String,
    pub(crate) mode: Mode,
    /// `None`: that of whoever ran dhtls.
    pub(crate) owner: Option<Owner>,
}

impl After {
    pub(crate) fn is(&self, file: &Snapshot) -> bool {
        self.sha256 == file.sha256
            && self.mode == file.mode
            && self.owner.is_none_or(|owner| owner == file.owner)
    }
}

impl Record {
    /// Whether the service may run with the new files: it was told to restart, or the machine has
    /// started since, and the service with whatever files there were.
    pub(crate) fn owes_restart(&self) -> bool {
        let has_started_since = || self.boot.is_some() && self.boot != host::boot_id();
        match self.state {
            State::Restarting => true,
            State::Planned | State::Applied => has_started_since(),
            State::Verified | State::Left => false,
        }
    }

    /// The changes that a proven transaction has left behind, with their numbers. A file that only held
    /// something else during the proof is as it was.
    pub(crate) fn lasting(&self) -> impl DoubleEndedIterator<Item = (usize, &Change)> {
        let changes = self.changes.iter().enumerate();
        changes.filter(|(_, change)| match &change.deed {
            Deed::Write {
                before: Some(before),
                after,
                ..
            } => !after.is(before),
            Deed::Write { before: None, .. }
            | Deed::Remove { .. }
            | Deed::Rename { .. }
            | Deed::CreateFolder(_)
            | Deed::RemoveFolder(_) => true,
        })
    }
}

impl State {
    /// Nothing has to be put back any more.
    pub(crate) fn is_finished(self) -> bool {
        match self {
            Self::Planned | Self::Applied | Self::Restarting => false,
            Self::Verified | Self::Left => true,
        }
    }
}

/// What a transaction's folder holds.
#[derive(Debug)]
pub(crate) enum Found {
    /// No record yet, or no more: nothing was changed, or all is back.
    Nothing,
    Damaged,
    Journal(Box<Journal>),
}

/// The open folder of one transaction.
#[derive(Debug)]
pub(crate) struct Journal {
    folder: Folder,
    pub(crate) record: Record,
    /// The record on the disk may be another than this one.
    doubtful: bool,
}

impl Journal {
    /// A new folder, still without a record.
    pub(crate) fn create(history: &Folder, record: Record) -> Result<Self, FileError> {
        let name = folder_name(record.id);
        history.create_folder(&name)?;
        let folder = history.enter(&name)?;
        Ok(Self {
            folder,
            record,
            doubtful: false,
        })
    }

    pub(crate) fn open(history: &Folder, id: Id) -> Result<Found, FileError> {
        let folder = history.enter(&folder_name(id))?;
        let name = OsStr::new(RECORD);
        let bytes = match read::at(&folder, name, MOST_OF_RECORD) {
            Ok(Some(file)) => file.bytes,
            Ok(None) => return Ok(Found::Nothing),
            Err(FileError::Kind { .. } | FileError::TooLarge { .. }) => return Ok(Found::Damaged),
            Err(error) => return Err(error),
        };
        match parse(bytes.expose(), id) {
            Parsed::Record(record) => Ok(Found::Journal(Box::new(Self {
                folder,
                record: *record,
                doubtful: false,
            }))),
            Parsed::Newer => Err(FileError::NewerRecord {
                path: folder.shown(name),
            }),
            Parsed::Garbage => Ok(Found::Damaged),
        }
    }

    /// Where the old bytes of a change are.
    pub(crate) fn backup_path(&self, index: usize) -> PathBuf {
        self.folder.shown(&backup_name(index))
    }

    pub(crate) fn back_up(&self, index: usize, bytes: &Secret) -> Result<(), FileError> {
        atomic::stage(
            &self.folder,
            &backup_name(index),
            bytes.expose(),
            &PRIVATE,
            &[],
        )
    }

    /// The old bytes of a change, which must be those that the record speaks of.
    pub(crate) fn backup(&self, index: usize, before: &Snapshot) -> Result<Secret, FileError> {
        let file = self.folder.open(&backup_name(index))?;
        let shown = self.backup_path(index);
        let existing = read::of_file(&file, &shown, before.size)?;
        if existing.snapshot.sha256 != before.sha256 {
            return Err(FileError::DamagedBackup { path: shown });
        }
        Ok(existing.bytes)
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.here()
    }

    /// Writes the record down with a new state; it is on the disk when this returns.
    pub(crate) fn note(&mut self, state: State) -> Result<(), FileError> {
        let old = mem::replace(&mut self.record.state, state);
        let written = self.write();
        if written.is_err() {
            self.record.state = old;
        }
        written
    }

    /// To be called before anything is put back. A record that could not be saved may have got as far
    /// as the disk all the same; were it taken for a finished one, a put-back that dies would be
    /// forgotten.
    pub(crate) fn resolve_doubt(&mut self) -> Result<(), FileError> {
        match self.doubtful {
            true => self.write(),
            false => Ok(()),
        }
    }

    fn write(&mut self) -> Result<(), FileError> {
        let shown = self.folder.shown(OsStr::new(RECORD));
        let mut json = serde_json::to_vec_pretty(&self.record)
            .map_err(|error| FileError::io("write", shown, error))?;
        json.push(b'\n');
        let new = OsStr::new(NEW_RECORD);
        self.folder.remove(new)?;
        atomic::stage(&self.folder, new, &json, &PRIVATE, &[])?;
        self.doubtful = true;
        self.folder.rename(new, OsStr::new(RECORD))?;
        self.folder.sync()?;
        self.doubtful = false;
        Ok(())
    }

    /// Removes the folder, the record first: what is left of a half-removed one says nothing.
    pub(crate) fn remove(self, history: &Folder) -> Result<(), FileError> {
        self.folder.remove(OsStr::new(RECORD))?;
        self.folder.sync()?;
        remove_rest(history, self.record.id)
    }
}

/// Removes a transaction's folder that has no record.
pub(crate) fn remove_rest(history: &Folder, id: Id) -> Result<(), FileError> {
    let name = folder_name(id);
    let folder = history.enter(&name)?;
    for rest in folder.names()? {
        folder.remove(&rest)?;
    }
    history.remove_folder(&name)?;
    history.sync()
}

/// Moves a transaction's folder out of the way, for a person to look at.
pub(crate) fn set_aside(history: &Folder, id: Id) -> Result<PathBuf, FileError> {
    let name = folder_name(id);
    let aside: OsString = format!("{:06}.damaged", id.0).into();
    history.rename(&name, &aside)?;
    history.sync()?;
    Ok(history.shown(&aside))
}

fn folder_name(id: Id) -> OsString {
    format!("{:06}", id.0).into()
}

/// What every record starts with.
pub(crate) fn record(id: Id, started: String, token: String) -> Record {
    Record {
        format: FORMAT,
        id,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        command: String::new(),
        started,
        state: State::Planned,
        boot: host::boot_id(),
        token,
        undoes: None,
        changes: Vec::new(),
        judged: Vec::new(),
        restart: None,
    }
}

/// For whoever runs dhtls alone.
pub(crate) const PRIVATE: Attributes = Attributes {
    mode: Mode(0o600),
    owner: None,
};

fn backup_name(index: usize) -> OsString {
    index.to_string().into()
}

enum Parsed {
    Garbage,
    Newer,
    Record(Box<Record>),
}

/// The record of transaction 1 as it would be written again; `None` for what is no record.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) fn reread(json: &[u8]) -> Option<Vec<u8>> {
    match parse(json, Id(1)) {
        Parsed::Record(record) => serde_json::to_vec_pretty(&record).ok(),
        Parsed::Garbage | Parsed::Newer => None,
    }
}

fn parse(json: &[u8], id: Id) -> Parsed {
    #[derive(Deserialize)]
    struct Version {
        format: u32,
    }
    match serde_json::from_slice::<Version>(json) {
        Ok(Version { format }) if format > FORMAT => return Parsed::Newer,
        Ok(_) => {}
        Err(_) => return Parsed::Garbage,
    }
    match serde_json::from_slice::<Record>(json) {
        Ok(record) if record.id == id => Parsed::Record(Box::new(record)),
        Ok(_) | Err(_) => Parsed::Garbage,
    }
}
