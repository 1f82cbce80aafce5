//! A run that dies at any system call, and one of whose system calls any one fails: what is left is whole,
//! and the next run makes it all old or all new.
#![allow(clippy::unwrap_used, reason = "a test ends where it cannot go on")]
#![allow(clippy::print_stderr, reason = "a proof tells its figures")]

mod caught;
#[cfg(target_arch = "x86_64")]
mod children;
mod fallback;
#[cfg(target_arch = "x86_64")]
mod follow;
mod judge;
mod saved;
mod second;
mod sweep;

#[path = "../support/mod.rs"]
mod support;

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use second::sweep_recoveries;
use support::live::is_root;
use support::proof::inject::{Blow, ERRORS, SIGNALS};
use support::proof::points::{self, Points};
use support::proof::scenario::Scenario;
use support::proof::served;
use support::proof::service::Service;
use support::proof::subject::Program;
use support::proof::verdict::{self, Whole};
use support::proof::{fast_folder, image::Image, is_full, is_wanted};
use support::transcript::dhtls;
use sweep::{blows, report, sweep, without_open_ends};

fn points_of(scenario: &Scenario, program: Program<'_>) -> Points {
    laid(scenario, program, points::count)
}

/// The command on a server of its own, and a log for strace.
fn laid<T>(scenario: &Scenario, program: Program<'_>, run: impl FnOnce(&Command, &Path) -> T) -> T {
    let folder = fast_folder();
    let laid = folder.path().join("laid");
    std::fs::create_dir(&laid).unwrap();
    scenario.lay(&laid);
    let _service = scenario.port.map(|port| Service::start(&laid, port));
    let command = program.dressed(scenario.command(&laid, program.path));
    run(&command, &folder.path().join("log"))
}

fn scenarios() -> Vec<Scenario> {
    wanted(Scenario::all())
}

/// Those that restart a service: all, or of them a sample.
fn restarting(sample: &[&str]) -> Vec<Scenario> {
    let mut all = wanted(served::all());
    all.retain(|scenario| is_full() || sample.contains(&scenario.name));
    all
}

fn wanted(mut all: Vec<Scenario>) -> Vec<Scenario> {
    all.retain(|scenario| is_wanted(scenario.name));
    all
}

fn sweep_all(what: &str, all: &[Scenario], which: &[Blow], sample: usize) {
    let path = dhtls();
    let program = Program::ours(&path);
    for scenario in all {
        let since = Instant::now();
        let points = points_of(scenario, program);
        let mut chosen = blows(&points.all, which, is_full(), sample);
        without_open_ends(scenario, &mut chosen);
        let swept = sweep(scenario, program, &chosen);
        report(
            scenario.name,
            what,
            (points.all.len(), points.out_of_reach),
            &swept,
            since,
        );
    }
}

/// At every call: killed, and asked to end.
#[test]
fn a_run_that_is_killed_anywhere_leaves_whole_files_and_the_next_one_ends_it() {
    if is_root() {
        sweep_all("death", &scenarios(), &SIGNALS, 8);
    }
}

#[test]
fn a_run_of_which_any_call_fails_says_so_and_leaves_everything_as_it_was() {
    if is_root() {
        sweep_all("fault", &scenarios(), &ERRORS, 3);
    }
}

/// With monit and what is served, the children of dhtls included.
#[test]
fn a_run_that_dies_or_fails_while_a_service_restarts_is_ended_by_the_next_one() {
    if !is_root() {
        return;
    }
    let all = restarting(&["webapi-restart", "enable-restart"]);
    sweep_all("death", &all, &SIGNALS, 4);
    sweep_all("fault", &all, &ERRORS, 1);
}

/// Every state that a death can leave; in the sample three of them, for one command.
#[test]
fn a_recovery_that_dies_or_fails_anywhere_is_ended_by_the_next_one() {
    if !is_root() {
        return;
    }
    let mut all = scenarios();
    all.retain(|scenario| !scenario.reports && (is_full() || scenario.name == "cus-https"));
    for scenario in all {
        sweep_recoveries(&scenario, Program::ours(&dhtls()));
    }
}

/// The same where the recovery restarts the service, and has to find the old one there again.
#[test]
fn a_recovery_that_dies_or_fails_while_a_service_restarts_is_ended_by_the_next_one() {
    if !is_root() {
        return;
    }
    for scenario in restarting(&["webapi-restart"]) {
        sweep_recoveries(&scenario, Program::ours(&dhtls()));
    }
}

#[test]
fn what_old_kernels_and_odd_file_systems_lack_is_done_without() {
    if !is_root() {
        return;
    }
    let path = dhtls();
    let program = Program::ours(&path);
    let mut all = scenarios();
    all.retain(|scenario| is_full() || scenario.name.ends_with('s'));
    let runs: usize = all
        .iter()
        .map(|one| fallback::without_each(one, &program))
        .sum();
    eprintln!("{runs} runs without a call each");
}

#[test]
fn the_scenarios_are_old_before_and_new_after() {
    if !is_root() {
        return;
    }
    for scenario in Scenario::all() {
        let folder = fast_folder();
        let judged = || verdict::after_next_run(&scenario, &Image::of(folder.path())).unwrap();
        scenario.lay(folder.path());
        assert_eq!(judged(), Whole::Old, "{}", scenario.name);
        let ended = scenario.command(folder.path(), &dhtls()).output().unwrap();
        assert_eq!(ended.status.code(), Some(scenario.done), "{ended:?}");
        assert_eq!(judged(), Whole::New, "{}", scenario.name);
        let ended = scenario.recover(folder.path(), &dhtls()).output().unwrap();
        let refuses = if scenario.reports { scenario.done } else { 1 };
        assert_eq!(ended.status.code(), Some(refuses), "{ended:?}");
        assert_eq!(judged(), Whole::New, "{}", scenario.name);
    }
}
