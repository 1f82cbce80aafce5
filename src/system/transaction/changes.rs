//! The single changes of a plan: what they rest on, how they are prepared, the step that makes them.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use time::format_description::well_known::Rfc3339;

use crate::error::FileError;
use crate::system::host::Host;
use crate::system::journal::{self, After, Change, Deed, Record};
use crate::system::lock::Lock;
use crate::system::plan::{Action, Content, FileChange, Plan};
use crate::system::read::{self, Existing};
use crate::system::root::{Place, Root};
use crate::system::snapshot::sha256;
use crate::system::{atomic, history};

/// The record of a plan that is about to begin.
pub(super) fn record(host: &Host, lock: &Lock, plan: &Plan) -> Result<Record, FileError> {
    let history = &lock.history;
    let failed = |error: std::io::Error| FileError::io("start a record in", history.here(), error);
    let now = host.now();
    let started = now.replace_nanosecond(0).unwrap_or(now).format(&Rfc3339);
    let mut token = [0; 8];
    openssl::rand::rand_bytes(&mut token).map_err(|error| failed(std::io::Error::other(error)))?;
    let mut record = journal::record(
        history::next_id(history)?,
        started.map_err(|error| failed(std::io::Error::other(error)))?,
        token.iter().map(|byte| format!("{byte:02x}")).collect(),
    );
    record.command.clone_from(&plan.command);
    record.undoes = plan.undoes;
    record.restart.clone_from(&plan.restart);
    record.judged.clone_from(&plan.judged);
    let mut paths = BTreeSet::new();
    for change in &plan.changes {
        let both = BTreeSet::from([change.path.as_path(), change.target()]);
        if !both.into_iter().all(|path| paths.insert(path)) {
            return Err(bad(&change.path, "changes it twice"));
        }
        record.changes.push(Change {
            path: change.path.clone(),
            deed: deed(plan, change)?,
        });
    }
    for provisional in &plan.provisional {
        let mut writes = plan.changes.iter().filter(|change| change.writes());
        if !writes.any(|change| change.path == provisional.path) {
            return Err(bad(&provisional.path, "does not write what is provisional"));
        }
    }
    Ok(record)
}

fn deed(plan: &Plan, change: &FileChange) -> Result<Deed, FileError> {
    let before = change.before.clone();
    let there = || {
        before
            .clone()
            .ok_or_else(|| bad(&change.path, "needs a file that is not there"))
    };
    Ok(match &change.action {
        Action::Write {
            content,
            attributes,
        } => Deed::Write {
            before,
            after: After {
                sha256: sha256(content.bytes()),
                mode: attributes.mode,
                owner: attributes.owner,
            },
            provisional: plan
                .provisional_content(change)
                .map(|content| sha256(content.bytes())),
            secret: matches!(content, Content::Secret(_)),
        },
        Action::Remove => Deed::Remove { before: there()? },
        Action::Rename { to } => Deed::Rename {
            to: to.clone(),
            before: there()?,
        },
        Action::CreateFolder(attributes) => Deed::CreateFolder(attributes.clone()),
        Action::RemoveFolder(attributes) => Deed::RemoveFolder(attributes.clone()),
    })
}

fn bad(path: &Path, fault: &'static str) -> FileError {
    let path = path.to_owned();
    FileError::BadPlan { path, fault }
}

/// A renamed file stays what it is.
pub(super) fn needs_backup(change: &FileChange) -> bool {
    match change.action {
        Action::Write { .. } | Action::Remove => true,
        Action::Rename { .. } | Action::CreateFolder(_) | Action::RemoveFolder(_) => false,
    }
}

pub(super) fn is_made_while_preparing(change: &FileChange) -> bool {
    matches!(change.action, Action::CreateFolder(_))
}

/// What is there now, which must be what was there when the plan was made.
pub(super) fn read_before(root: &Root, change: &FileChange) -> Result<Option<Existing>, FileError> {
    match root.place(&change.path) {
        Ok(place) => unchanged(&place, change),
        // An earlier change of this plan creates the folder.
        Err(error) if error.is_not_found() && change.before.is_none() => Ok(None),
        Err(error) => Err(error),
    }
}

fn unchanged(place: &Place, change: &FileChange) -> Result<Option<Existing>, FileError> {
    let changed = || {
        let path = place.shown();
        Err(FileError::Changed { path })
    };
    if matches!(change.action, Action::RemoveFolder(_)) {
        let there = place.folder.stat(&place.name)?.is_some();
        return if there { Ok(None) } else { changed() };
    }
    let limit = change.before.as_ref().map_or(0, |before| before.size);
    match read::at(&place.folder, &place.name, limit) {
        Ok(existing) if existing.as_ref().map(|file| &file.snapshot) == change.before.as_ref() => {
            Ok(existing)
        }
        Ok(_) | Err(FileError::TooLarge { .. }) => changed(),
        Err(error) => Err(error),
    }
}

/// Everything that the plan rests on without changing it must still be as it was.
pub(super) fn compare_observed(root: &Root, plan: &Plan) -> Result<(), FileError> {
    for observed in &plan.observed {
        let limit = observed.state.as_ref().map_or(0, |state| state.size);
        match read::existing(root, &observed.path, limit) {
            Ok(existing)
                if existing.as_ref().map(|file| &file.snapshot) == observed.state.as_ref() => {}
            Ok(_) | Err(FileError::TooLarge { .. }) => {
                let path = root.shown(&observed.path);
                return Err(FileError::Changed { path });
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// The same once more, in the folder that the change is then made in.
pub(super) fn compare(change: &FileChange, prepared: &Prepared) -> Result<(), FileError> {
    match change.action {
        Action::CreateFolder(_) => Ok(()),
        Action::Write { .. } | Action::Remove | Action::Rename { .. } | Action::RemoveFolder(_) => {
            unchanged(&prepared.place, change).map(drop)
        }
    }
}

/// A change that only lacks its last step. Its folders stay open, so that the step is made where the
/// comparison was.
pub(super) struct Prepared {
    place: Place,
    step: Step,
}

enum Step {
    Create { staged: OsString },
    Done,
    Move { to: Place },
    Remove,
    RemoveFolder,
    Replace { staged: OsString, kept: OsString },
}

impl Prepared {
    pub(super) fn new(
        root: &Root,
        plan: &Plan,
        change: &FileChange,
        token: &str,
    ) -> Result<Self, FileError> {
        let place = root.place(&change.path)?;
        let step = match &change.action {
            Action::Write {
                content,
                attributes,
            } => {
                let staged = atomic::staged_name(&place.name, token);
                let extended = plan.extended(change, attributes.mode);
                let stage = |name: &OsStr, content: &Content| {
                    atomic::stage(&place.folder, name, content.bytes(), attributes, &extended)
                };
                match plan.provisional_content(change) {
                    None => stage(&staged, content)?,
                    Some(provisional) => {
                        stage(&atomic::final_name(&place.name, token), content)?;
                        stage(&staged, provisional)?;
                    }
                }
                let kept = atomic::kept_name(&place.name, token);
                match change.before {
                    Some(_) => Step::Replace { staged, kept },
                    None => Step::Create { staged },
                }
            }
            Action::CreateFolder(attributes) => {
                atomic::create_folder(&place.folder, &place.name, attributes)?;
                place.folder.sync()?;
                Step::Done
            }
            Action::Remove => Step::Remove,
            Action::RemoveFolder(_) => Step::RemoveFolder,
            Action::Rename { to } => Step::Move {
                to: root.place(to)?,
            },
        };
        Ok(Self { place, step })
    }

    /// Where the new file waits; `None`: this change writes none.
    pub(super) fn staged(&self) -> Option<PathBuf> {
        match &self.step {
            Step::Create { staged } | Step::Replace { staged, .. } => {
                Some(self.place.folder.shown(staged))
            }
            Step::Done | Step::Move { .. } | Step::Remove | Step::RemoveFolder => None,
        }
    }

    pub(super) fn commit(&self) -> Result<(), FileError> {
        let Place { folder, name } = &self.place;
        match &self.step {
            Step::Create { staged } => folder.move_to(staged, folder, name),
            Step::Done => Ok(()),
            Step::Move { to } => folder.move_to(name, &to.folder, &to.name),
            Step::Remove => folder.remove(name),
            Step::RemoveFolder => folder.remove_folder(name),
            Step::Replace { staged, kept } => {
                // A second name for the old file: putting it back then needs no room on the disk, and
                // brings back the very file. Where links are impossible there is still the backup.
                let _ = folder.link(name, folder, kept);
                folder.rename(staged, name)
            }
        }
    }

    pub(super) fn sync(&self) -> Result<(), FileError> {
        if let Step::Move { to } = &self.step {
            to.folder.sync()?;
        }
        self.place.folder.sync()
    }
}
