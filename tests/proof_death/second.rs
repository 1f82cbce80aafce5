//! A second death: the run that puts back what a dead one has left dies as well, or one of its calls fails.

use std::collections::BTreeMap;

use crate::support::proof::fast_folder;
use crate::support::proof::image::Image;
use crate::support::proof::inject::{self, Blow};
use crate::support::proof::outline::outline;
use crate::support::proof::points::Point;
use crate::support::proof::scenario::Scenario;
use crate::support::proof::subject::Program;

/// The states of the disk that deaths of this command can leave, each once.
pub(crate) fn dead_states(
    scenario: &Scenario,
    program: Program<'_>,
    points: &[Point],
) -> Vec<Image> {
    let folder = fast_folder();
    let (laid, log) = (folder.path().join("laid"), folder.path().join("log"));
    std::fs::create_dir(&laid).unwrap();
    let mut states = BTreeMap::new();
    for point in points.iter().filter(|point| point.changes) {
        scenario.lay(&laid);
        let command = program.dressed(scenario.command(&laid, program.path));
        inject::run(&command, &log, Blow::Signal("KILL"), point);
        let dead = Image::of(&laid);
        states.entry(outline(&dead).digest()).or_insert(dead);
    }
    states.into_values().collect()
}
