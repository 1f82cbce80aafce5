//! A child of a run dies, or one of its calls fails: any call of any child, from its birth on.

use std::path::Path;
use std::time::Instant;

use nix::libc;

use crate::second::longest_recovery;
use crate::support::live::{bare_command_in, is_root};
use crate::support::mutants;
use crate::support::proof::inject::{Blow, ERRORS, SIGNALS};
use crate::support::proof::scenario::Scenario;
use crate::support::proof::subject::Program;
use crate::support::proof::{fast_folder, image, is_full, served};
use crate::support::transcript::dhtls;
use crate::sweep::{Swept, Target, report, sweep};
use crate::{follow, laid, restarting, scenarios};

/// So many calls are struck by each blow in a sample.
const SAMPLE: usize = 4;

/// Every blow at every call of every child, or a sample of them.
fn sweep_children(what: &str, scenario: &Scenario, program: Program<'_>) {
    let since = Instant::now();
    let which = [&SIGNALS[..], &ERRORS].concat();
    let sample = (!is_full()).then_some(SAMPLE);
    let (count, swept) = struck(scenario, program, &which, sample);
    report(scenario.name, what, (count, 0), &swept, since);
}

/// Each of these at all calls, or at so many of them; says also how many there are.
fn struck(
    scenario: &Scenario,
    program: Program<'_>,
    which: &[Blow],
    sample: Option<usize>,
) -> (usize, Swept) {
    let calls = laid(scenario, program, |command, _| follow::calls(command));
    let step = sample.map_or(1, |sample| calls.len().div_ceil(sample).max(1));
    let mut chosen = Vec::new();
    for (offset, blow) in which.iter().enumerate() {
        let picked = calls.iter().skip(offset * 7 % step).step_by(step);
        let picked = picked.filter(|call| blow.makes_sense_at(call.name()));
        // To wake another thread never fails (futex(2)); made to, it leaves that one asleep for ever.
        let picked =
            picked.filter(|call| matches!(blow, Blow::Signal(_)) || !call.is(libc::SYS_futex));
        chosen.extend(picked.map(|call| (*blow, call.clone())));
    }
    (calls.len(), sweep(scenario, program, &chosen))
}

/// monit, what it starts, and what else dhtls asks: each dies, and fails, at each of its calls.
#[test]
fn a_run_of_which_any_child_dies_or_fails_is_whole() {
    if !is_root() {
        return;
    }
    let all = scenarios()
        .into_iter()
        .chain(restarting(&["enable-restart"]));
    for scenario in all {
        sweep_children("children", &scenario, Program::ours(&dhtls()));
    }
}

#[test]
fn a_recovery_of_which_any_child_dies_or_fails_is_ended_by_the_next_one() {
    if !is_root() {
        return;
    }
    let path = dhtls();
    let program = Program::ours(&path);
    for scenario in restarting(&["webapi-restart"]) {
        let recovery = longest_recovery(&scenario, program);
        sweep_children("recovery's children", &recovery, program);
    }
}

/// It dies over its copy of the new files.
#[test]
fn a_restart_that_is_believed_in_without_proof_is_caught() {
    if !is_root() {
        return;
    }
    let mut all = served::all().into_iter();
    let enable = all.find(|one| one.name == "enable-restart").unwrap();
    let bad_of = |mutant| {
        let path = mutants::program();
        let program = Program { path, mutant };
        struck(&enable, program, &SIGNALS[..1], Some(100)).1.bad
    };
    let bad = bad_of(Some("believes-in-restarts"));
    let says = "another certificate is served";
    assert!(bad.iter().any(|bad| bad.contains(says)), "{bad:#?}");
    assert_eq!(bad_of(None), [] as [String; 0]);
}

/// Where strace meets dhtls, which makes as many calls of that name.
#[test]
fn a_call_of_a_child_is_struck_and_no_other() {
    let folder = fast_folder();
    let mut command = bare_command_in(Path::new("/bin/sh"), folder.path());
    command.args(["-c", "mkdir first; mkdir second; touch third; true"]);
    let calls = follow::calls(&command);
    let made = |name: &str| folder.path().join(name).exists();
    let mut ways = Vec::new();
    for call in calls.iter().filter(|call| call.is(libc::SYS_mkdir)) {
        for blow in [Blow::Error("EIO"), Blow::Signal("KILL")] {
            image::empty(folder.path());
            let ended = call.strike(&command, Path::new(""), blow);
            assert!(ended.reached && ended.code == Some(0), "{ended:?}");
            assert!(made("third"), "{ended:?}");
            ways.push((
                made("first"),
                made("second"),
                ended.stderr.contains("error"),
            ));
        }
    }
    let first = [(false, true, true), (false, true, false)];
    let second = [(true, false, true), (true, false, false)];
    assert_eq!(ways, [first, second].concat());
}
