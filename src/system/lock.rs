//! One run at a time changes things. The kernel drops the lock on death, so it cannot go stale.

use std::ffi::OsStr;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use nix::sys::stat::fstat;
use nix::unistd::Uid;

use crate::error::FileError;
use crate::system::atomic;
use crate::system::call::{again, once};
use crate::system::folder::Folder;
use crate::system::plan::{Attributes, Mode};
use crate::system::root::Root;
use crate::system::snapshot;

const LOCK: &str = "lock";
const HISTORY: &str = "history";

/// Where dhtls keeps its lock and its history; `[state]` of the settings file.
#[derive(Clone, Debug)]
pub(crate) struct StateFolder {
    pub(crate) path: PathBuf,
    /// How many finished transactions stay.
    pub(crate) keep: usize,
}

impl Default for StateFolder {
    fn default() -> Self {
        Self {
            path: "/var/lib/dhtls".into(),
            keep: 10,
        }
    }
}

impl StateFolder {
    /// The folder of transactions, to read in it; `None`: there never was one.
    pub(crate) fn history(&self, root: &Root) -> Result<Option<Folder>, FileError> {
        let state = match root.folder(&self.path) {
            Ok(state) => state,
            Err(error) if error.is_not_found() => return Ok(None),
            Err(error) => return Err(error),
        };
        private(&state)?;
        match state.enter(OsStr::new(HISTORY)) {
            Ok(history) => private(&history).map(|()| Some(history)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The right to change things, held until dropped.
#[derive(Debug)]
pub(crate) struct Lock {
    pub(crate) history: Folder,
    pub(crate) keep: usize,
    _file: File,
}

impl Lock {
    /// Creates the state folder if need be. Does not wait for another run.
    pub(crate) fn take(root: &Root, state: &StateFolder) -> Result<Self, FileError> {
        let folder = create(root, &state.path)?;
        private(&folder)?;
        let name = OsStr::new(LOCK);
        let file = folder.open_or_create(name)?;
        let stat = folder.say("look at", name, again(|| fstat(&file)))?;
        if let Some(kind) = snapshot::other_kind(&stat) {
            let path = folder.shown(name);
            return Err(FileError::Kind { path, kind });
        }
        match once(|| Ok::<_, std::io::Error>(file.try_lock())) {
            Ok(Ok(())) => {}
            Ok(Err(TryLockError::WouldBlock)) => return Err(FileError::Locked),
            Ok(Err(TryLockError::Error(error))) | Err(error) => {
                return folder.say("lock", name, Err(error));
            }
        }
        let history = OsStr::new(HISTORY);
        create_in(&folder, history, Mode(0o700))?;
        let history = folder.enter(history)?;
        private(&history)?;
        Ok(Self {
            history,
            keep: state.keep,
            _file: file,
        })
    }
}

/// Opens the state folder; what is missing on the way is created.
fn create(root: &Root, path: &Path) -> Result<Folder, FileError> {
    let mut missing: Vec<&Path> = Vec::new();
    for folder in path.ancestors() {
        if root.exists(folder)? {
            break;
        }
        missing.push(folder);
    }
    while let Some(folder) = missing.pop() {
        let mode = if missing.is_empty() { 0o700 } else { 0o755 };
        let place = root.place(folder)?;
        create_in(&place.folder, &place.name, Mode(mode))?;
    }
    root.folder(path)
}

fn create_in(parent: &Folder, name: &OsStr, mode: Mode) -> Result<(), FileError> {
    if parent.stat(name)?.is_some() {
        return Ok(());
    }
    let attributes = Attributes { mode, owner: None };
    match atomic::create_folder(parent, name, &attributes) {
        Err(error) if error.is_already_there() => Ok(()),
        created => created.and_then(|()| parent.sync()),
    }
}

/// Refuses a folder in which someone else could have written a journal that root then follows.
fn private(folder: &Folder) -> Result<(), FileError> {
    let stat = folder.own_stat()?;
    let fault = if stat.st_uid != Uid::effective().as_raw() {
        "does not belong to the user who runs dhtls"
    } else if stat.st_mode & 0o022 != 0 {
        "can be written by others"
    } else {
        return Ok(());
    };
    let path = folder.here().to_owned();
    Err(FileError::StateFolder { path, fault })
}

#[cfg(test)]
mod tests;
