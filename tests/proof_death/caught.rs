//! The harness can fail: it finds the faults that dhtls could have.

use crate::points_of;
use crate::second::dead_states;
use crate::support::live::is_root;
use crate::support::mutants;
use crate::support::proof::inject::{Blow, ERRORS, retried};
use crate::support::proof::points;
use crate::support::proof::scenario::Scenario;
use crate::support::proof::subject::Program;
use crate::sweep::{Swept, sweep};

/// All of these at every point at which the disk can change.
fn swept(name: &str, scenario: &Scenario, program: Program<'_>, which: &[Blow]) -> Swept {
    let changing = points_of(scenario, program).changing();
    let blows: Vec<_> = which
        .iter()
        .flat_map(|blow| changing.iter().map(|point| (*blow, point.clone())))
        .filter(|(blow, point)| blow.makes_sense_at(&point.call))
        .collect();
    let swept = sweep(scenario, program, &blows);
    eprintln!(
        "mutant {name:16} {:20} {} of {} runs bad",
        scenario.name,
        swept.bad.len(),
        swept.runs
    );
    swept
}

/// Runs the mutant, and has to find something that says this; without the fault there is nothing.
#[track_caller]
fn is_caught(mutant: &str, scenario: &Scenario, which: &[Blow], says: &str) {
    let program = Program {
        path: mutants::program(),
        mutant: Some(mutant),
    };
    let swept = swept(mutant, scenario, program, which);
    let bad = swept.bad.iter().any(|bad| bad.contains(says));
    assert!(
        bad,
        "{mutant} is not caught, or by chance: {:#?}",
        swept.bad
    );
}

/// The others are for a power cut to show.
#[test]
fn the_mutants_build_and_have_the_faults_that_are_looked_for_here() {
    if !is_root() {
        return;
    }
    assert!(mutants::program().is_file());
    for name in [
        "careless-owner",
        "forgets-early",
        "fsync-retried",
        "in-place-write",
        "no-journal",
    ] {
        assert!(mutants::names().contains(name), "{name}");
    }
}

#[test]
fn every_fault_that_a_death_shows_is_caught() {
    if !is_root() {
        return;
    }
    let kill = [Blow::Signal("KILL")];
    let https = Scenario::named("cus-https");
    is_caught(
        "no-journal",
        &https,
        &kill,
        "some files are old and some are new",
    );
    is_caught("in-place-write", &https, &kill, "is neither");
    let ours = Program {
        path: mutants::program(),
        mutant: None,
    };
    assert_eq!(swept("none", &https, ours, &kill).bad, [] as [String; 0]);
}

#[test]
fn every_fault_that_a_failing_call_shows_is_caught() {
    if !is_root() {
        return;
    }
    let webapi = Scenario::named("install-webapi");
    is_caught("fsync-retried", &webapi, &ERRORS[1..2], "was fsynced again");
    is_caught("careless-owner", &webapi, &ERRORS[1..2], "is neither");
}

#[test]
fn a_recovery_that_forgets_too_early_is_caught() {
    if !is_root() {
        return;
    }
    let kill = [Blow::Signal("KILL")];
    let https = Scenario::named("cus-https");
    let program = Program {
        path: mutants::program(),
        mutant: Some("forgets-early"),
    };
    let deaths = points_of(&https, program).changing();
    let states = dead_states(&https, program, &deaths);
    let bad = states.into_iter().any(|dead| {
        let recovery = https.recovery(dead);
        let swept = swept("forgets-early", &recovery, program, &kill);
        swept
            .bad
            .iter()
            .any(|bad| bad.contains("some files are old and some are new"))
    });
    assert!(bad, "forgets-early is not caught");
}

#[test]
fn calls_before_main_do_not_count() {
    let log = "7  execve(\"x\") = 0\n7  read(3) = 1\n8  read(3) = 1\n7  prlimit64(0, RLIMIT_CORE, {rlim_cur=0}) = 0\n\
               7  read(3, <unfinished ...>\n8  read(4) = 1\n7  <... read resumed>) = 1\n7  +++ exited with 0 +++\n";
    let points = points::of_log(log);
    let named: Vec<_> = points
        .all
        .iter()
        .map(|point| (point.call.as_str(), point.number))
        .collect();
    assert_eq!(named, [("prlimit64", 1), ("read", 2)]);
    assert_eq!(points.out_of_reach, 1);
}

#[test]
fn a_second_fsync_of_the_same_file_is_seen() {
    let failed = "7 fsync(5</no/.file.new.dhtls>) = -1 EIO (Input/output error) (INJECTED)\n";
    let other = "7 fsync(5</no/other>) = 0\n";
    let again = "7 fsync(6</no/.file.new.dhtls>) = 0\n";
    assert_eq!(retried(&format!("{again}{failed}{other}")), None);
    assert_eq!(
        retried(&format!("{failed}{other}{again}")),
        Some("/no/.file.new.dhtls".to_owned())
    );
}

#[test]
fn a_file_that_is_created_is_a_change_and_one_that_is_read_is_none() {
    let log = "7  prlimit64(0, RLIMIT_CORE, {rlim_cur=0}) = 0\n7  openat(3, \"a\", O_RDONLY) = 4\n\
               7  openat(3, \"b\", O_WRONLY|O_CREAT|O_EXCL, 0600) = 5\n7  fsync(5) = 0\n";
    let changing = points::of_log(log).changing();
    let named: Vec<_> = changing.iter().map(ToString::to_string).collect();
    assert_eq!(named, ["fsync 1", "openat 2"]);
}
