//! The harness can fail: it finds each fsync that is left out, and a record that is not written.

use std::fmt;

use crate::cut::{Case, Moment};
use crate::disk::{Disk, Kind, Log};
use crate::support::live::is_root;
use crate::support::mutants;
use crate::support::proof::scenario::Scenario;
use crate::support::proof::served;
use crate::support::proof::subject::Program;
use crate::sweep::{Swept, sweep};
use crate::{all_scenarios, disks, moments};

/// Cuts spread over the run.
const POINTS: usize = 8;

/// Where a mutant is looked for.
struct Trap<'a> {
    scenario: &'a Scenario,
    kind: Kind,
    log: Log,
    moments: fn(&Case<'_>, &Disk) -> Vec<Moment>,
}

impl Trap<'_> {
    fn swept(&self, disks: &[Disk], mutant: Option<&str>) -> Swept {
        let case = Case {
            scenario: self.scenario,
            program: Program {
                path: mutants::program(),
                mutant,
            },
            log: self.log,
        };
        let swept = sweep(case, disks, &(self.moments)(&case, &disks[0]));
        let (bad, runs) = (swept.bad.len(), swept.runs);
        eprintln!("mutant {mutant:?}, {self}: {bad} of {runs} cuts bad");
        swept
    }

    /// Runs the mutant, and has to find something that says all of this; without the fault there is
    /// nothing.
    fn catches(&self, mutant: &str, says: &[&str]) {
        let Some(disks) = disks(self.kind) else {
            return;
        };
        let bad = self.swept(&disks, Some(mutant)).bad;
        let mut bad_ones = bad.iter();
        let is_caught = bad_ones.any(|bad| says.iter().all(|says| bad.contains(says)));
        assert!(is_caught, "{mutant} is not caught, or by chance: {bad:#?}");
        assert_eq!(self.swept(&disks, None).bad, [] as [String; 0]);
    }
}

impl fmt::Display for Trap<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} log {:?}", self.kind.name(), self.log)
    }
}

/// In the sample these are enough for a fault that shows at many calls.
fn spread(case: &Case<'_>, disk: &Disk) -> Vec<Moment> {
    let mut moments = moments(case, disk, POINTS);
    moments.push(Moment::Done);
    moments
}

/// A file or the record gets its name.
fn renames(case: &Case<'_>, disk: &Disk) -> Vec<Moment> {
    let mut points = case.points(disk).all;
    points.retain(|point| point.call == "renameat");
    points.into_iter().map(Moment::Before).collect()
}

fn is_caught(mutant: &str, kind: Kind, log: Log, says: &[&str]) {
    if !is_root() {
        return;
    }
    let https = all_scenarios().iter().find(|one| one.name == "cus-https");
    let trap = Trap {
        scenario: https.unwrap(),
        kind,
        log,
        moments: spread,
    };
    trap.catches(mutant, says);
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
    let trap = Trap {
        scenario: &all.find(|one| one.name == "enable-restart").unwrap(),
        kind: Kind::Ext4,
        log: Log::Flushed,
        // It shows from the first new file to the restart, which is not long.
        moments: renames,
    };
    trap.catches("ignores-boot", &["another certificate is served"]);
}
