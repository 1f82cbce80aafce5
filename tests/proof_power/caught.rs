//! The harness can fail: it finds each fsync that is left out, and a record that is not written.

use crate::cut::{Case, Moment};
use crate::disk::{Disk, Kind, Log};
use crate::support::live::is_root;
use crate::support::mutants;
use crate::support::proof::scenario::Scenario;
use crate::support::proof::served;
use crate::support::proof::subject::Program;
use crate::sweep::{Swept, sweep};
use crate::{all_scenarios, disks, moments};

/// Cuts spread over the run, the last one before its end.
const POINTS: usize = 8;

fn swept(scenario: &Scenario, disks: &[Disk], log: Log, mutant: Option<&str>) -> Swept {
    let case = Case {
        scenario,
        program: Program {
            path: mutants::program(),
            mutant,
        },
        log,
    };
    let mut moments = moments(&case, &disks[0], POINTS);
    moments.push(Moment::Done);
    let swept = sweep(case, disks, &moments);
    let (bad, runs) = (swept.bad.len(), swept.runs);
    eprintln!("mutant {mutant:?}, log {log:?}: {bad} of {runs} cuts bad");
    swept
}

fn is_caught(mutant: &str, kind: Kind, log: Log, says: &[&str]) {
    if !is_root() {
        return;
    }
    let https = all_scenarios().iter().find(|one| one.name == "cus-https");
    is_caught_in(https.unwrap(), mutant, (kind, log), says);
}

/// Runs the mutant, and has to find something that says all of this; without the fault there is nothing.
fn is_caught_in(scenario: &Scenario, mutant: &str, (kind, log): (Kind, Log), says: &[&str]) {
    let Some(disks) = disks(kind) else { return };
    let bad = swept(scenario, &disks, log, Some(mutant)).bad;
    let mut bad_ones = bad.iter();
    let is_caught = bad_ones.any(|bad| says.iter().all(|says| bad.contains(says)));
    assert!(is_caught, "{mutant} is not caught, or by chance: {bad:#?}");
    let ours = swept(scenario, &disks, log, None);
    assert_eq!(ours.bad, [] as [String; 0]);
}

/// The name is there and the bytes are not.
#[test]
fn new_files_that_are_not_saved_are_found() {
    let says = [" 0 bytes"];
    is_caught("no-data-fsync", Kind::Ext4Writeback, Log::Flushed, &says);
    is_caught("no-data-fsync", Kind::Xfs, Log::Flushed, &says);
}

/// The record does not yet say that all is proven: the next run takes back what was reported.
#[test]
fn folders_that_are_not_saved_are_found() {
    let says = [
        "after it was done",
        "New is wanted, and after the next run all is Old",
    ];
    is_caught("no-folder-fsync", Kind::Ext4, Log::Lost, &says);
    is_caught("no-folder-fsync", Kind::Xfs, Log::Lost, &says);
}

/// A record without its bytes says nothing, and nobody knows what to put back.
#[test]
fn records_that_are_not_saved_are_found() {
    let says = ["some files are old and some are new"];
    is_caught("no-journal-fsync", Kind::Ext4Writeback, Log::Flushed, &says);
}

#[test]
fn records_that_are_not_written_are_found() {
    let says = ["some files are old and some are new"];
    is_caught("no-journal", Kind::Ext4, Log::Flushed, &says);
}

/// The service has started with the machine, with files that are then put back.
#[test]
fn a_start_of_the_machine_that_is_not_noticed_is_found() {
    if !is_root() {
        return;
    }
    let mut all = served::cus_commands().into_iter();
    let enable = all.find(|one| one.name == "enable-restart").unwrap();
    let says = ["another certificate is served"];
    let on = (Kind::Ext4, Log::Flushed);
    is_caught_in(&enable, "ignores-boot", on, &says);
}
