//! Each call fails, each call is the last: all files are old or all are new.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use nix::errno::Errno;

use super::{PROVISIONAL, apply, everything, never, recovered, server, with_restart};
use crate::error::FileError;
use crate::system::call::fault::{self, Fault};
use crate::system::lock::Lock;
use crate::system::plan::Plan;
use crate::system::scratch::{Scratch, Tree, everything_below};
use crate::system::transaction::Applied;
use crate::system::transaction::recovery::recover;

/// A server, and a run on it that has made its plan.
struct Run {
    scratch: Scratch,
    lock: Lock,
    plan: Plan,
}

impl Run {
    fn new(restart: bool) -> Self {
        let scratch = server();
        let lock = scratch.lock();
        let plan = everything(&scratch);
        let plan = if restart { with_restart(plan) } else { plan };
        Self {
            scratch,
            lock,
            plan,
        }
    }

    /// Carries the plan out; the fault is met in it. `None`: dead.
    fn with(self, number: u32, fault: Fault) -> (Scratch, Option<Result<(), FileError>>) {
        let result = fault::at(number, fault, || self.carry_out());
        (self.scratch, result.ok())
    }

    fn carry_out(&self) -> Result<(), FileError> {
        let host = &self.scratch.host;
        let mut unproven = match apply(host, &self.lock, &self.plan, &never)? {
            Applied::Verified(_) => return Ok(()),
            Applied::Unproven(unproven) => unproven,
        };
        let proven = unproven
            .restarting()
            .and_then(|()| unproven.verify(host, &self.lock));
        let Err(cause) = proven else {
            return Ok(());
        };
        let put_back = unproven.put_back(host);
        let left = put_back.left_overs();
        put_back.done(&self.lock)?;
        match left.is_empty() {
            true => Err(cause),
            false => Err(FileError::NotPutBack {
                cause: Some(Box::new(cause.into())),
                left,
            }),
        }
    }
}

/// What a change keeps for its rollback.
fn recorded(scratch: &Scratch) -> BTreeSet<PathBuf> {
    let record = scratch.real("/var/lib/dhtls/history/000001");
    everything_below(&record).into_keys().collect()
}

fn trees() -> (Tree, Tree, u32) {
    let run = Run::new(true);
    let old = run.scratch.tree();
    let (scratch, result) = run.with(u32::MAX, Fault::Death);
    let calls = fault::count();
    result.unwrap().unwrap();
    let new = scratch.tree();
    assert_ne!(old, new);
    assert!(calls > 100, "{calls} calls are too few to be all");
    (old, new, calls)
}

/// Right after a death each file is its old or its new self, or a staged one.
fn assert_no_file_is_torn(now: &Tree, old: &Tree, new: &Tree, at: &str) {
    for (path, entry) in now {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        // A staged file is for its owner alone until it looks like what it will replace.
        let staged = name.starts_with('.') && name.ends_with(".dhtls");
        let provisional = entry.0.starts_with(PROVISIONAL.as_bytes());
        let private = entry.1.0 & 0o077 == 0
            || provisional
            || old.values().chain(new.values()).any(|whole| whole == entry);
        assert!(
            !staged || private,
            "{at}: {path:?} is open to others: {entry:?}"
        );
        // A created folder gets its looks after its name.
        let folder = entry.0 == b"[folder]";
        let whole = provisional || [old.get(path), new.get(path)].contains(&Some(entry));
        assert!(staged || folder || whole, "{at}: {path:?} is {entry:?}");
    }
    for path in old.keys().filter(|path| new.contains_key(*path)) {
        assert!(now.contains_key(path), "{at}: {path:?} is missing");
    }
}

#[test]
fn an_error_of_any_call_leaves_all_files_old_or_all_new() {
    let (old, new, calls) = trees();
    let whole = {
        let run = Run::new(true);
        run.carry_out().unwrap();
        recorded(&run.scratch)
    };
    assert!(whole.len() > 5, "{whole:?}");
    for restart in [false, true] {
        for errno in [Errno::ENOSPC, Errno::EINTR, Errno::EIO] {
            for number in 1..=calls {
                let at = format!("{errno} at call {number}, restart {restart}");
                let (scratch, result) = Run::new(restart).with(number, Fault::Error(errno));
                if fault::count() < number {
                    break;
                }
                match result.unwrap() {
                    Err(error) if error.needs_a_person() => panic!("{at}: {error}"),
                    Err(_) => {
                        assert_eq!(scratch.tree(), old, "{at}");
                        recovered(&scratch);
                        assert_eq!(scratch.tree(), old, "{at}");
                        assert_eq!(scratch.transactions(), Vec::<String>::new(), "{at}");
                    }
                    Ok(()) => {
                        assert!(!recovered(&scratch), "{at}");
                        assert_eq!(scratch.tree(), new, "{at}");
                        assert_eq!(recorded(&scratch), whole, "{at}: no way back");
                    }
                }
            }
        }
    }
}

#[test]
fn a_disk_that_fails_from_some_call_on_is_put_right_by_the_next_run() {
    let (old, new, calls) = trees();
    for number in 1..=calls {
        let at = format!("from call {number} on");
        let (scratch, result) = Run::new(true).with(number, Fault::Errors(Errno::EIO));
        assert_no_file_is_torn(&scratch.tree(), &old, &new, &at);
        recovered(&scratch);
        let now = scratch.tree();
        match result.unwrap() {
            Ok(()) => assert_eq!(now, new, "{at}"),
            // The record's last state is on the disk, but not known to be.
            Err(error) if error.needs_a_person() => {
                assert!(now == old || now == new, "{at}: {now:#?}")
            }
            Err(_) => assert_eq!(now, old, "{at}"),
        }
    }
}

#[test]
fn a_death_at_any_call_is_put_right_by_the_next_run() {
    let (old, new, calls) = trees();
    for restart in [false, true] {
        for number in 1..=calls {
            let at = format!("death at call {number}, restart {restart}");
            let (scratch, survived) = Run::new(restart).with(number, Fault::Death);
            if survived.is_some() {
                break;
            }
            assert_no_file_is_torn(&scratch.tree(), &old, &new, &at);
            let now = recovered_whole(&scratch, &old, &new, &at);
            assert!(!recovered(&scratch), "{at}: pending for ever");
            assert_eq!(scratch.tree(), now, "{at}: changed by a second recovery");
        }
    }
}

/// The put-back of a run that failed dies: what the disk says must not be forgotten.
#[test]
fn a_death_while_a_failed_run_puts_back_is_put_right_by_the_next_run() {
    let (old, new, calls) = trees();
    let failing = |number, fault| Run::new(true).with(number, fault);
    for number in 1..=calls {
        let (_, result) = failing(number, Fault::Error(Errno::EIO));
        let all = fault::count();
        if result.unwrap().is_ok() {
            continue;
        }
        // Every eleventh, and other ones each time: a put-back has many calls alike.
        for death in (number + 1..=all).filter(|death| (death + number) % 11 == 0) {
            let at = format!("error at call {number}, death at call {death}");
            let (scratch, _) = failing(number, Fault::ErrorThenDeath(Errno::EIO, death));
            assert_no_file_is_torn(&scratch.tree(), &old, &new, &at);
            recovered_whole(&scratch, &old, &new, &at);
        }
    }
}

#[test]
fn a_second_death_during_recovery_is_put_right_too() {
    second_deaths(|_| ());
}

#[test]
fn a_second_death_is_put_right_even_without_second_names() {
    // As on a file system without links: old files have to be copied back from their backups.
    second_deaths(|scratch| {
        for path in scratch.tree().into_keys() {
            if path.to_string_lossy().ends_with(".old.dhtls") {
                fs::remove_file(scratch.folder().join(path)).unwrap();
            }
        }
    });
}

/// Dies at every call of a run, and at every call of the recovery from that; `between` the two.
fn second_deaths(between: impl Fn(&Scratch)) {
    let (old, new, calls) = trees();
    each_dead_state(calls, between, |death, dead| {
        for second in calls_that_change(&dead()) {
            let at = format!("death at call {death}, then at call {second} of the recovery");
            let scratch = dead();
            let lock = scratch.lock();
            let died = fault::at(second, Fault::Death, || recover_with(&scratch, &lock));
            assert!(died.is_err(), "{at}");
            drop(lock);
            recovered_whole(&scratch, &old, &new, &at);
            assert!(!recovered(&scratch), "{at}: pending for ever");
        }
    });
}

/// An error of the disk is nobody's work that would have to be left alone.
#[test]
fn a_recovery_of_which_any_call_fails_is_made_whole_by_the_next_run() {
    let (old, new, calls) = trees();
    each_dead_state(
        calls,
        |_| (),
        |death, dead| {
            // Every fifth, and other ones each time: the states have many calls in common.
            for number in (1 + death % 5..).step_by(5) {
                let at = format!("death at call {death}, error at call {number} of the recovery");
                let scratch = dead();
                let lock = scratch.lock();
                let fails = Fault::Error(Errno::EIO);
                let recovery = fault::at(number, fails, || recover_with(&scratch, &lock));
                let is_through = fault::count() < number;
                drop(lock);
                if is_through {
                    recovery.unwrap().unwrap();
                    break;
                }
                let is_old = recovered_whole(&scratch, &old, &new, &at) == old;
                assert_eq!(scratch.transactions().is_empty(), is_old, "{at}");
            }
        },
    );
}

/// For each state that a death of a run leaves, once: at which call, and what makes it.
fn each_dead_state(
    calls: u32,
    between: impl Fn(&Scratch),
    mut meets: impl FnMut(u32, &dyn Fn() -> Scratch),
) {
    let mut seen = BTreeSet::new();
    for number in 1..=calls {
        let dead = || {
            let (scratch, survived) = Run::new(true).with(number, Fault::Death);
            between(&scratch);
            (scratch, survived)
        };
        let (scratch, survived) = dead();
        if survived.is_none() && seen.insert(shape(scratch.folder())) {
            meets(number, &|| dead().0);
        }
    }
    let states = seen.len();
    assert!(states > 20, "{states} states after a death are too few");
}

/// Recovers; all is old or all is new then.
#[track_caller]
fn recovered_whole(scratch: &Scratch, old: &Tree, new: &Tree, at: &str) -> Tree {
    recovered(scratch);
    let now = scratch.tree();
    assert!(
        now == *old || now == *new,
        "{at}: neither old nor new: {now:#?}"
    );
    now
}

fn recover_with(scratch: &Scratch, lock: &Lock) -> Result<(), FileError> {
    match recover(&scratch.host, lock)?.put_back {
        Some(put_back) => put_back.done(lock),
        None => Ok(()),
    }
}

/// Recovers, and numbers the calls before which the disk is not as before the previous one. A death at
/// any other would leave nothing new.
fn calls_that_change(scratch: &Scratch) -> Vec<u32> {
    let shapes = Rc::new(RefCell::new(Vec::new()));
    let lock = scratch.lock();
    let (folder, into) = (scratch.folder().to_owned(), Rc::clone(&shapes));
    fault::watched(
        move || into.borrow_mut().push(shape(&folder)),
        || recover_with(scratch, &lock).unwrap(),
    );
    let shapes = shapes.borrow();
    let changes = shapes
        .windows(2)
        .zip(2..)
        .filter(|(pair, _)| pair.first() != pair.last());
    let numbers: Vec<u32> = changes.map(|(_, number)| number).collect();
    assert!(!shapes.is_empty());
    numbers
}

/// What is on the disk, apart from tokens in staged names and in the record.
fn shape(folder: &Path) -> Vec<String> {
    let entries = everything_below(folder)
        .into_iter()
        .map(|(path, (content, mode, owner, _))| {
            let path = path.to_string_lossy();
            let parts: Vec<&str> = path.split('.').filter(|part| part.len() != 16).collect();
            format!("{parts:?} {} {mode} {owner:?}", content.len())
        });
    entries.collect()
}
