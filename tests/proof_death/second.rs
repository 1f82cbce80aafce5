//! A second death: the run that puts back what a dead one has left dies as well, or one of its calls fails.

use std::collections::BTreeMap;
use std::time::Instant;

use crate::points_of;
use crate::support::proof::fast_folder;
use crate::support::proof::image::Image;
use crate::support::proof::inject::{self, Blow, ERRORS, SIGNALS};
use crate::support::proof::is_full;
use crate::support::proof::outline::outline;
use crate::support::proof::points::{Point, Points};
use crate::support::proof::scenario::Scenario;
use crate::support::proof::service::Service;
use crate::support::proof::subject::Program;
use crate::sweep::{Swept, blows, report, sweep, without_open_ends};

/// So many deaths, and so many calls of a recovery, are enough for a sample.
const SAMPLE: usize = 4;

/// From every state that a death of this command leaves: killed, without room and with a disk that fails, at
/// each call that can change the disk. From the state that takes the most calls: everything, at every call.
pub(crate) fn sweep_recoveries(scenario: &Scenario, program: Program<'_>) {
    let since = Instant::now();
    let recoveries = recoveries(scenario, program);
    let (mut swept, mut count) = (Swept::default(), 0);
    for (recovery, points) in &recoveries {
        let changing = points.changing();
        count += changing.len();
        let which = [SIGNALS[0], ERRORS[0], ERRORS[1]];
        swept.add(struck(recovery, program, &changing, &which));
    }
    let what = format!("{} recoveries", recoveries.len());
    report(scenario.name, &what, (count, 0), &swept, since);
    let (recovery, points) = longest(recoveries);
    let since = Instant::now();
    let which = [&SIGNALS[..], &ERRORS].concat();
    let swept = struck(&recovery, program, &points.all, &which);
    let count = (points.all.len(), points.out_of_reach);
    report(scenario.name, "longest recovery", count, &swept, since);
}

/// Each with its calls; in the sample those from a few states.
fn recoveries(scenario: &Scenario, program: Program<'_>) -> Vec<(Scenario, Points)> {
    let mut deaths = points_of(scenario, program).changing();
    if !is_full() {
        let step = (deaths.len() / SAMPLE).max(1);
        deaths = deaths.into_iter().step_by(step).collect();
    }
    let with_points = |dead| {
        let recovery = scenario.recovery(dead);
        let points = points_of(&recovery, program);
        (recovery, points)
    };
    let dead = dead_states(scenario, program, &deaths);
    dead.into_iter().map(with_points).collect()
}

fn longest(recoveries: Vec<(Scenario, Points)>) -> (Scenario, Points) {
    let longest = recoveries
        .into_iter()
        .max_by_key(|(_, points)| points.all.len());
    longest.unwrap()
}

/// The recovery from the state that takes the most calls.
pub(crate) fn longest_recovery(scenario: &Scenario, program: Program<'_>) -> Scenario {
    longest(recoveries(scenario, program)).0
}

fn struck(recovery: &Scenario, program: Program<'_>, points: &[Point], which: &[Blow]) -> Swept {
    let mut chosen = blows(points, which, is_full(), SAMPLE);
    without_open_ends(recovery, &mut chosen);
    sweep(recovery, program, &chosen)
}

/// The states of the disk that these deaths leave, each once.
pub(crate) fn dead_states(
    scenario: &Scenario,
    program: Program<'_>,
    deaths: &[Point],
) -> Vec<Image> {
    let folder = fast_folder();
    let (laid, log) = (folder.path().join("laid"), folder.path().join("log"));
    std::fs::create_dir(&laid).unwrap();
    let _service = scenario.port.map(|port| Service::start(&laid, port));
    let mut states = BTreeMap::new();
    for point in deaths {
        scenario.lay(&laid);
        let command = program.dressed(scenario.command(&laid, program.path));
        let ended = inject::run(&command, &log, Blow::Signal("KILL"), point);
        // A child died, and the run came to its own end: it has said what it leaves.
        if ended.code.is_some() {
            continue;
        }
        let dead = Image::of(&laid);
        states.entry(outline(&dead).digest()).or_insert(dead);
    }
    states.into_values().collect()
}
