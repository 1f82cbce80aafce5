//! The way back to before a proven transaction, as a plan like any other.

use std::mem;
use std::path::{Path, PathBuf};

use nix::unistd::Uid;

use crate::error::FileError;
use crate::system::extended;
use crate::system::history::journals;
use crate::system::host::Host;
use crate::system::journal::{Change, Deed, Journal, Record, State};
use crate::system::lock::StateFolder;
use crate::system::plan::{
    Action, Attributes, Content, FileChange, Id, Mode, Plan, Restart, Restored,
};
use crate::system::read;
use crate::system::root::Root;
use crate::system::snapshot::Snapshot;

/// A file with more bytes is none that dhtls wrote.
const MOST: u64 = 64 << 20;

/// A plan, and the transaction that it undoes.
#[derive(Debug)]
pub(crate) struct Rollback {
    pub(crate) plan: Plan,
    /// When its restart switched the service on, the service has to be stopped before the plan is
    /// applied; the plan then has no restart.
    pub(crate) undone: Record,
}

/// Undoes a proven transaction; by default the last, be it a rollback itself. Refuses when a file is no
/// longer as that transaction left it, naming all such files.
pub(crate) fn rollback(
    host: &Host,
    state: &StateFolder,
    id: Option<Id>,
) -> Result<Rollback, FileError> {
    let journal = wanted(journals(host, state)?, id)?;
    let mut plan = Plan::new(format!("rollback {}", journal.record.id));
    plan.undoes = Some(journal.record.id);
    plan.restart = journal.record.restart.clone().and_then(back);
    let mut changed = Vec::new();
    for (index, change) in journal.record.lasting().rev() {
        match undoing(&host.root, &journal, index, change, &plan.changes) {
            Ok(Some(way_back)) => {
                plan.restored.extend(restored(change, &way_back));
                plan.changes.push(way_back);
            }
            Ok(None) => {}
            Err(FileError::Changed { path }) => changed.push(path),
            Err(error) => return Err(error),
        }
    }
    if !changed.is_empty() {
        return Err(FileError::ChangedSince {
            transaction: journal.record.id.0,
            paths: changed,
        });
    }
    Ok(Rollback {
        plan,
        undone: journal.record,
    })
}

fn wanted(journals: Vec<Journal>, id: Option<Id>) -> Result<Journal, FileError> {
    let mut journals = journals.into_iter();
    let found = match id {
        Some(id) => journals.find(|journal| journal.record.id == id),
        None => journals.rfind(|journal| journal.record.state == State::Verified),
    };
    let transaction = id.map(|Id(id)| id);
    let journal = found.ok_or(FileError::NoTransaction { transaction })?;
    match journal.record.state {
        State::Verified => Ok(journal),
        State::Planned | State::Applied | State::Restarting | State::Left => {
            Err(FileError::Unverified {
                transaction: journal.record.id.0,
            })
        }
    }
}

/// The same restart with what was before to expect; none for a service that was off.
fn back(mut restart: Restart) -> Option<Restart> {
    if restart.enabling {
        return None;
    }
    restart.probe = restart.probe.reversed();
    Some(restart)
}

/// `None`: nothing to do any more, or a folder that is in use. `planned`: the changes before this one.
fn undoing(
    root: &Root,
    journal: &Journal,
    index: usize,
    change: &Change,
    planned: &[FileChange],
) -> Result<Option<FileChange>, FileError> {
    let mut path = change.path.clone();
    let changed = || FileError::Changed {
        path: root.shown(&change.path),
    };
    let mut now = None;
    let action = match &change.deed {
        Deed::Write {
            before,
            after,
            secret,
            ..
        } => {
            let written = present(root, &path)?.filter(|now| after.is(now));
            now = Some(written.ok_or_else(changed)?);
            match before {
                Some(before) => old_file(journal, index, before, *secret)?,
                None => Action::Remove,
            }
        }
        Deed::Remove { before } => match present(root, &path)? {
            None => old_file(journal, index, before, true)?,
            Some(_) => return Err(changed()),
        },
        Deed::Rename { to, before } => {
            let moved = present(root, to)?.filter(|now| now.equals(before));
            if moved.is_none() || present(root, &path)?.is_some() {
                return Err(changed());
            }
            now = moved;
            let to = mem::replace(&mut path, to.clone());
            Action::Rename { to }
        }
        Deed::CreateFolder(_) if !is_emptied(root, &path, planned)? => return Ok(None),
        Deed::CreateFolder(attributes) => Action::RemoveFolder(attributes.clone()),
        Deed::RemoveFolder(_) if root.exists(&path)? => return Ok(None),
        Deed::RemoveFolder(attributes) => Action::CreateFolder(attributes.clone()),
    };
    Ok(Some(FileChange {
        path,
        before: now,
        action,
    }))
}

/// What the old file carried. Whoever has given the new one another access list or label since keeps it.
fn restored(change: &Change, way_back: &FileChange) -> Option<Restored> {
    let given = |before: &Snapshot, after: Mode| {
        let now = way_back.before.as_ref();
        let given = extended::inherited(&before.extended, before.mode, after);
        now.is_some_and(|now| now.extended == given)
    };
    let before = match &change.deed {
        Deed::Remove { before } => before,
        Deed::Write {
            before: Some(before),
            after,
            ..
        } if given(before, after.mode) => before,
        _ => return None,
    };
    Some(Restored {
        path: way_back.path.clone(),
        extended: before.extended.clone(),
    })
}

fn present(root: &Root, path: &Path) -> Result<Option<Snapshot>, FileError> {
    let place = match root.place(path) {
        Err(error) if error.is_not_found() => return Ok(None),
        place => place?,
    };
    match read::at(&place.folder, &place.name, MOST) {
        Ok(existing) => Ok(existing.map(|existing| existing.snapshot)),
        Err(FileError::Kind { path, .. } | FileError::TooLarge { path, .. }) => {
            Err(FileError::Changed { path })
        }
        Err(error) => Err(error),
    }
}

fn old_file(
    journal: &Journal,
    index: usize,
    before: &Snapshot,
    secret: bool,
) -> Result<Action, FileError> {
    let bytes = journal.backup(index, before)?;
    Ok(Action::Write {
        content: match secret {
            true => Content::Secret(bytes),
            false => Content::Public(bytes.expose().to_vec()),
        },
        attributes: Attributes {
            mode: before.mode,
            // Without root rights owners are left alone.
            owner: Uid::effective().is_root().then_some(before.owner),
        },
    })
}

/// Whether a folder holds nothing but what the plan removes.
fn is_emptied(root: &Root, folder: &Path, planned: &[FileChange]) -> Result<bool, FileError> {
    let goes = |path: PathBuf| {
        planned.iter().any(|change| {
            change.path == path
                && matches!(
                    change.action,
                    Action::Remove | Action::RemoveFolder(_) | Action::Rename { .. }
                )
        })
    };
    match root.names(folder) {
        Ok(names) => Ok(names.into_iter().all(|name| goes(folder.join(name)))),
        Err(error) if error.is_not_found() => Ok(false),
        Err(error) => Err(error),
    }
}
