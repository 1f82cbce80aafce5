//! The power fails while a command runs: file systems in files are shut down at any of its calls,
//! mounted again, and judged.
#![allow(clippy::unwrap_used, reason = "a test ends where it cannot go on")]
#![allow(clippy::print_stderr, reason = "a proof tells its figures")]

mod boot;
mod caught;
mod cut;
mod disk;
mod machine;
mod sweep;

#[path = "../support/mod.rs"]
mod support;

use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::time::Instant;

use cut::{Case, Moment};
use disk::{Disk, KINDS, Kind, LOGS, Log};
use support::live::is_root;
use support::proof::image::Image;
use support::proof::scenario::Scenario;
use support::proof::served;
use support::proof::subject::Program;
use support::proof::{is_full, is_wanted};
use support::transcript::dhtls;
use sweep::{Swept, report, sweep};

/// Each with a disk of its own; most of the time they wait for the kernel to unmount.
const WORKERS: usize = 4;

/// Of a command, in a sample.
const POINTS: usize = 3;

/// Commands whose recovery is cut as well, one that makes a folder and one that removes it; the first one
/// in the sample, too.
const RECOVERED: [&str; 2] = ["cus-https", "rollback-cus"];

#[test]
fn on_ext4_all_is_old_or_new_after_a_power_cut() {
    power_fails_on(Kind::Ext4);
}

#[test]
fn on_ext4_that_writes_data_late_all_is_old_or_new_after_a_power_cut() {
    power_fails_on(Kind::Ext4Writeback);
}

#[test]
fn on_xfs_all_is_old_or_new_after_a_power_cut() {
    power_fails_on(Kind::Xfs);
}

/// Every command, in the sample as well: a success that was reported has to last from that moment on.
#[test]
fn what_was_reported_as_done_is_there_when_the_power_fails_right_afterwards() {
    if !is_root() {
        return;
    }
    for kind in KINDS {
        let Some(disks) = disks(kind) else { continue };
        for log in LOGS {
            let since = Instant::now();
            let mut all = Swept::default();
            for scenario in scenarios() {
                all.add(sweep(case(scenario, log), &disks, &[Moment::Done]));
            }
            report(&format!("done {} log {log:?}", kind.name()), &all, since);
        }
    }
}

fn power_fails_on(kind: Kind) {
    if !is_root() {
        return;
    }
    let Some(disks) = disks(kind) else { return };
    for scenario in scenarios() {
        for log in LOGS {
            let since = Instant::now();
            let what = format!("{} {} log {log:?}", scenario.name, kind.name());
            let swept = swept(scenario, log, &disks);
            report(&what, &swept, since);
            let recovered = match is_full() {
                true => &RECOVERED[..],
                false => &RECOVERED[..1],
            };
            if recovered.contains(&scenario.name) {
                let since = Instant::now();
                let what = format!("recovery of {what}");
                let swept = recoveries(scenario, log, &disks, swept.left);
                report(&what, &swept, since);
            }
        }
    }
}

/// A service that restarts, and starts with the machine once more.
#[test]
fn a_power_cut_while_a_service_restarts_leaves_files_and_service_in_step() {
    if !is_root() {
        return;
    }
    for kind in KINDS {
        let Some(disks) = disks(kind) else { continue };
        let mut all = served::all();
        all.retain(|one| is_wanted(one.name) && (is_full() || one.name == "enable-restart"));
        for (scenario, log) in all.iter().flat_map(|one| LOGS.map(|log| (one, log))) {
            let since = Instant::now();
            let mut swept = swept(scenario, log, &disks);
            swept.add(sweep(case(scenario, log), &disks, &[Moment::Done]));
            let what = format!("{} {} log {log:?}", scenario.name, kind.name());
            report(&what, &swept, since);
            let since = Instant::now();
            let swept = longest_recovery(scenario, log, &disks, swept.left);
            report(&format!("longest recovery of {what}"), &swept, since);
        }
    }
}

fn scenarios() -> impl Iterator<Item = &'static Scenario> {
    all_scenarios().iter().filter(|one| is_wanted(one.name))
}

fn all_scenarios() -> &'static [Scenario] {
    static ALL: OnceLock<Vec<Scenario>> = OnceLock::new();
    ALL.get_or_init(Scenario::all)
}

fn disks(kind: Kind) -> Option<Vec<Disk>> {
    (0..WORKERS).map(|_| Disk::new(kind)).collect()
}

/// Our own program.
fn case(scenario: &Scenario, log: Log) -> Case<'_> {
    static PATH: OnceLock<std::path::PathBuf> = OnceLock::new();
    Case {
        scenario,
        program: Program {
            path: PATH.get_or_init(dhtls),
            mutant: None,
        },
        log,
    }
}

fn swept(scenario: &Scenario, log: Log, disks: &[Disk]) -> Swept {
    let case = case(scenario, log);
    sweep(case, disks, &moments(&case, &disks[0], POINTS))
}

/// Before each call that can change the disk: between two of them it stays as it is. All, or so many of
/// them, the last one included.
fn moments(case: &Case<'_>, disk: &Disk, sample: usize) -> Vec<Moment> {
    let mut points = case.points(disk).changing();
    points.sort_by_key(|point| point.call == "exit_group");
    let step = match is_full() {
        true => 1,
        false => points.len().div_ceil(sample),
    };
    let chosen = points.into_iter().rev().step_by(step);
    chosen.map(Moment::Before).collect()
}

/// The power fails once more, while the next run puts back what the first cut has left.
fn recoveries(
    scenario: &Scenario,
    log: Log,
    disks: &[Disk],
    left: impl IntoIterator<Item = (u64, Image)>,
) -> Swept {
    let mut all = Swept::default();
    for (_, dead) in left {
        all.add(swept(&scenario.recovery(dead), log, disks));
    }
    all
}

/// The same where a service restarts, for the state that takes the most calls.
fn longest_recovery(
    scenario: &Scenario,
    log: Log,
    disks: &[Disk],
    left: BTreeMap<u64, Image>,
) -> Swept {
    let recoveries = left.into_values().map(|dead| scenario.recovery(dead));
    let calls = |recovery: &Scenario| case(recovery, log).points(&disks[0]).all.len();
    let longest = recoveries.max_by_key(calls);
    swept(&longest.unwrap(), log, disks)
}
