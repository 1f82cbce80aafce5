//! All files of a plan, or none of them.
//!
//! The journal is on the disk before the first file is touched; every new file is on the disk before it
//! gets its name; each file gets its name in one step. So at every moment each file is old or new, and
//! the journal tells how to make all of them old again, to this run or to the next one. Nothing is
//! cleaned up on drop: a run that fails and one that is killed leave the same things to the same code.

mod changes;
mod provisional;
pub(crate) mod recovery;
mod settle;
mod staged;
mod undo;

pub(crate) use staged::{Inspect, Staged};

use crate::error::{Error, FileError, Result};
use crate::system::folder::Folder;
use crate::system::host::Host;
use crate::system::journal::{Journal, State};
use crate::system::lock::Lock;
use crate::system::plan::{Id, Plan};
use crate::system::root::Root;
use crate::system::transaction::changes::Prepared;
use crate::system::transaction::recovery::PutBack;
use crate::system::transaction::settle::settle;

/// A plan whose files are all in place.
#[derive(Debug)]
#[must_use = "unless verified, the next run puts it back"]
pub(crate) enum Applied {
    /// It needed no restart to prove it.
    Verified(Id),
    Unproven(Unproven),
}

/// A plan whose restart is still to come, or to be proven.
#[derive(Debug)]
#[must_use = "unless verified, the next run puts it back"]
pub(crate) struct Unproven {
    journal: Box<Journal>,
}

/// Carries the plan out. `inspect` is asked once every new file is complete and none is in place,
/// `interrupted` between the steps. On an error everything is as it was; if that could not be, the error
/// [needs a person](FileError::needs_a_person).
pub(crate) fn apply(
    host: &Host,
    lock: &Lock,
    plan: &Plan,
    inspect: Option<&Inspect<'_>>,
    interrupted: &dyn Fn() -> bool,
) -> Result<Applied> {
    let journal = Journal::create(&lock.history, changes::record(host, lock, plan)?)?;
    let mut run = Run {
        root: &host.root,
        history: &lock.history,
        plan,
        inspect,
        interrupted,
        begun: vec![false; plan.changes.len()],
        journal,
    };
    if let Err(cause) = run.carry_out() {
        return Err(run.abandon(cause, lock));
    }
    let id = run.journal.record.id;
    if plan.restart.is_some() {
        return Ok(Applied::Unproven(Unproven {
            journal: Box::new(run.journal),
        }));
    }
    settle(&host.root, lock, &run.journal.record);
    Ok(Applied::Verified(id))
}

impl Unproven {
    /// To be called before the service is told to restart: whoever puts this back later restarts it too.
    pub(crate) fn restarting(&mut self) -> Result<(), FileError> {
        self.journal.note(State::Restarting)
    }

    /// The change is proven: what was provisional becomes final. On an error it is not proven, and has
    /// to be put back.
    pub(crate) fn verify(&mut self, host: &Host, lock: &Lock) -> Result<Id, FileError> {
        provisional::make_final(&host.root, &self.journal.record)?;
        self.journal.note(State::Verified)?;
        settle(&host.root, lock, &self.journal.record);
        Ok(self.journal.record.id)
    }

    /// Makes all files what they were. Then the caller restarts what [`PutBack::restart`] names, and
    /// calls [`PutBack::done`].
    pub(crate) fn put_back(self, host: &Host) -> PutBack {
        let all = vec![true; self.journal.record.changes.len()];
        PutBack::of(&host.root, *self.journal, &all)
    }
}

struct Run<'a> {
    root: &'a Root,
    history: &'a Folder,
    plan: &'a Plan,
    inspect: Option<&'a Inspect<'a>>,
    interrupted: &'a dyn Fn() -> bool,
    /// For each change, whether its target may have been touched.
    begun: Vec<bool>,
    journal: Journal,
}

impl Run<'_> {
    fn carry_out(&mut self) -> Result<()> {
        self.back_up()?;
        self.journal.note(State::Planned)?;
        self.history.sync()?;
        let prepared = self.prepare()?;
        self.compare(&prepared)?;
        self.inspect(&prepared)?;
        for (index, prepared) in prepared.iter().enumerate() {
            self.stop_if_interrupted()?;
            self.begin(index);
            prepared.commit()?;
        }
        for prepared in &prepared {
            prepared.sync()?;
        }
        self.stop_if_interrupted()?;
        Ok(self.journal.note(match self.plan.restart {
            Some(_) => State::Applied,
            None => State::Verified,
        })?)
    }

    fn back_up(&self) -> Result<(), FileError> {
        for (index, change) in self.plan.changes.iter().enumerate() {
            self.stop_if_interrupted()?;
            let existing = changes::read_before(self.root, change)?;
            if let Some(existing) = existing.filter(|_| changes::needs_backup(change)) {
                self.journal.back_up(index, &existing.bytes)?;
            }
        }
        changes::compare_observed(self.root, self.plan)
    }

    /// Creates the folders, and every new file beside its target.
    fn prepare(&mut self) -> Result<Vec<Prepared>, FileError> {
        let mut all = Vec::new();
        for (index, change) in self.plan.changes.iter().enumerate() {
            self.stop_if_interrupted()?;
            if changes::is_made_while_preparing(change) {
                self.begin(index);
            }
            all.push(Prepared::new(
                self.root,
                self.plan,
                change,
                &self.journal.record.token,
            )?);
        }
        Ok(all)
    }

    fn compare(&self, prepared: &[Prepared]) -> Result<(), FileError> {
        for (change, prepared) in self.plan.changes.iter().zip(prepared) {
            changes::compare(change, prepared)?;
        }
        changes::compare_observed(self.root, self.plan)
    }

    fn inspect(&self, prepared: &[Prepared]) -> Result<()> {
        let Some(inspect) = self.inspect else {
            return Ok(());
        };
        inspect(&Staged {
            root: self.root,
            plan: self.plan,
            prepared,
            token: &self.journal.record.token,
        })?;
        staged::remove_copies(self.root, &self.journal.record)?;
        // It took other programs their time.
        Ok(self.compare(prepared)?)
    }

    fn begin(&mut self, index: usize) {
        if let Some(begun) = self.begun.get_mut(index) {
            *begun = true;
        }
    }

    fn stop_if_interrupted(&self) -> Result<(), FileError> {
        match (self.interrupted)() {
            true => Err(FileError::Interrupted),
            false => Ok(()),
        }
    }

    fn abandon(self, cause: Error, lock: &Lock) -> Error {
        let put_back = PutBack::of(self.root, self.journal, &self.begun);
        let left = put_back.left_overs();
        let done = put_back.done(lock);
        let left: Vec<String> = left
            .into_iter()
            .chain(done.err().map(|error| error.to_string()))
            .collect();
        if left.is_empty() {
            return cause;
        }
        FileError::NotPutBack {
            cause: Some(Box::new(cause)),
            left,
        }
        .into()
    }
}

#[cfg(test)]
mod tests;
