//! A run that dies at any system call, and one of whose system calls any one fails: what is left is whole,
//! and the next run makes it all old or all new.
#![allow(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

#[path = "../support/mod.rs"]
mod support;

use support::live::is_root;
use support::proof::fast_folder;
use support::proof::image::Image;
use support::proof::scenario::Scenario;
use support::proof::verdict::{self, Whole};
use support::transcript::dhtls;

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
        assert_eq!(ended.status.code(), Some(1), "{ended:?}");
        assert_eq!(judged(), Whole::New, "{}", scenario.name);
    }
}
