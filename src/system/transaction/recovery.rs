//! Putting a whole transaction back: by the run that failed, or by the next one.

use std::path::PathBuf;

use crate::error::FileError;
use crate::system::history;
use crate::system::host::Host;
use crate::system::journal::{self, Found, Journal, Record, State};
use crate::system::lock::Lock;
use crate::system::plan::Restart;
use crate::system::root::Root;
use crate::system::transaction::settle::settle;
use crate::system::transaction::staged;
use crate::system::transaction::undo::{Undone, undo};

/// What an earlier run had left behind.
#[derive(Debug)]
pub(crate) struct Recovery {
    pub(crate) put_back: Option<PutBack>,
    /// Records that nobody can read, now under these paths: what they changed, if anything, is unknown.
    pub(crate) set_aside: Vec<PathBuf>,
}

/// Files made what they were. The journal stays until [`PutBack::done`], so that a death before the
/// service is restarted again is noticed.
#[derive(Debug)]
#[must_use = "the journal stays until done() is called"]
pub(crate) struct PutBack {
    journal: Journal,
    /// What someone else had changed meanwhile.
    left_alone: Vec<String>,
    failures: Vec<FileError>,
}

/// Puts back what a run that died had begun. To be called with the lock held, before anything is read
/// for a plan. Can die anywhere and be repeated.
pub(crate) fn recover(host: &Host, lock: &Lock) -> Result<Recovery, FileError> {
    let mut recovery = Recovery {
        put_back: None,
        set_aside: Vec::new(),
    };
    let mut newest_verified = None;
    for id in history::ids(&lock.history)? {
        match Journal::open(&lock.history, id)? {
            Found::Nothing => journal::remove_rest(&lock.history, id)?,
            Found::Damaged => recovery
                .set_aside
                .push(journal::set_aside(&lock.history, id)?),
            Found::Journal(journal) if journal.record.state.is_finished() => {
                newest_verified = Some(journal.record);
            }
            Found::Journal(journal) => {
                let all = vec![true; journal.record.changes.len()];
                recovery.put_back = Some(PutBack::of(&host.root, *journal, &all));
            }
        }
    }
    if let Some(record) = newest_verified {
        settle(&host.root, lock, &record);
    }
    Ok(recovery)
}

impl PutBack {
    pub(super) fn of(root: &Root, mut journal: Journal, begun: &[bool]) -> Self {
        let mut left_alone = Vec::new();
        let mut failures = Vec::new();
        if let Err(error) = journal.resolve_doubt() {
            return Self {
                journal,
                left_alone,
                failures: vec![error],
            };
        }
        // First: a copy may lie in a folder that goes away with the changes.
        failures.extend(staged::remove_copies(root, &journal.record).err());
        let changes = journal.record.changes.iter().zip(begun).enumerate();
        for (index, (change, begun)) in changes.rev() {
            match undo(root, &journal, index, change, *begun) {
                Ok(Undone::AsBefore) => {}
                Ok(Undone::LeftAlone) => left_alone.push(format!(
                    "{} was changed by someone else and is left alone (what dhtls knew of it is in {})",
                    root.shown(&change.path).display(),
                    journal.path().display()
                )),
                Err(error) => failures.push(error),
            }
        }
        Self {
            journal,
            left_alone,
            failures,
        }
    }

    /// The transaction that is undone.
    pub(crate) fn record(&self) -> &Record {
        &self.journal.record
    }

    /// The restart that may have happened with the new files, and has to be done again with the old
    /// ones.
    pub(crate) fn restart(&self) -> Option<&Restart> {
        let record = self.record();
        record.restart.as_ref().filter(|_| record.owes_restart())
    }

    /// What is not as it was, for the error of the run or a report of its own.
    pub(crate) fn left_overs(&self) -> Vec<String> {
        let failures = self.failures.iter().map(ToString::to_string);
        self.left_alone.iter().cloned().chain(failures).collect()
    }

    /// Closes the journal. With failures it stays open, and the next run tries again; where someone
    /// else's work was left alone it stays as history, for a person to look at.
    pub(crate) fn done(mut self, lock: &Lock) -> Result<(), FileError> {
        if !self.failures.is_empty() {
            return Ok(());
        }
        if !self.left_alone.is_empty() {
            return self.journal.note(State::Left);
        }
        self.journal.remove(&lock.history)
    }
}
