//! Every name that came or went is saved before the run ends. A power cut of one file system does not show
//! all of it: there a fsync of one folder saves the names in all others, too.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use crate::second::dead_states;
use crate::support::live::is_root;
use crate::support::mutants;
use crate::support::proof::points::under_strace;
use crate::support::proof::scenario::Scenario;
use crate::support::proof::subject::Program;
use crate::support::transcript::dhtls;
use crate::{laid, points_of, scenarios};

/// What gives or takes a name; `fsync` of the folder saves it.
const CALLS: &str = "trace=openat,linkat,mkdirat,renameat,renameat2,unlinkat,fsync";

/// It says nothing: only whether somebody holds it counts.
const LOCK: &str = ", \"lock\", ";

/// Folders with names that are not saved, each with the last call there.
fn unsaved(command: &Command, log: &Path) -> BTreeMap<String, String> {
    let options = ["-y", "-e", CALLS, "-o", log.to_str().unwrap()];
    let ended = under_strace(command, &options).output().unwrap();
    assert!(
        ended.status.code().is_some_and(|code| code < 2),
        "{ended:?}"
    );
    unsaved_of(&std::fs::read_to_string(log).unwrap())
}

fn unsaved_of(log: &str) -> BTreeMap<String, String> {
    let mut unsaved = BTreeMap::new();
    let failed = |line: &&str| line.contains(" = -1 ");
    for line in log
        .lines()
        .filter(|line| !failed(line) && !line.contains(LOCK))
    {
        let (call, result) = line.rsplit_once(" = ").unwrap_or((line, ""));
        let folders = call.split('<').skip(1);
        let folders = folders.filter_map(|rest| rest.split_once(">"));
        let folders = folders.map(|(path, _)| path.to_owned());
        if call.contains("AT_REMOVEDIR") {
            // What was in there is no more.
            let name = call.split('"').nth(1);
            let gone = folders.clone().next().zip(name);
            gone.map(|(path, name)| unsaved.remove(&format!("{path}/{name}")));
        }
        if call.contains(" fsync(") {
            folders.for_each(|path| drop(unsaved.remove(&path)));
        } else if !call.contains(" openat(") || call.contains("O_CREAT") {
            assert!(!result.is_empty(), "{line}");
            folders.for_each(|path| drop(unsaved.insert(path, line.to_owned())));
        }
    }
    unsaved
}

fn unsaved_by(program: Program<'_>, scenario: &Scenario) -> BTreeMap<String, String> {
    laid(scenario, program, unsaved)
}

#[test]
fn names_that_came_and_went_are_saved_before_a_run_ends() {
    if !is_root() {
        return;
    }
    let path = dhtls();
    let program = Program::ours(&path);
    for scenario in scenarios() {
        let found = unsaved_by(program, &scenario);
        assert!(found.is_empty(), "{}: {found:#?}", scenario.name);
    }
}

#[test]
fn names_that_a_recovery_gives_and_takes_are_saved_before_it_ends() {
    if !is_root() {
        return;
    }
    let path = dhtls();
    let program = Program::ours(&path);
    let https = Scenario::named("cus-https");
    let deaths = points_of(&https, program).changing();
    for dead in dead_states(&https, program, &deaths) {
        let found = unsaved_by(program, &https.recovery(dead));
        assert!(found.is_empty(), "{found:#?}");
    }
}

#[test]
fn names_that_are_not_saved_are_found() {
    if !is_root() {
        return;
    }
    let program = Program {
        path: mutants::program(),
        mutant: Some("no-folder-fsync"),
    };
    let found = unsaved_by(program, &Scenario::named("cus-https"));
    assert!(
        found.keys().any(|path| path.ends_with("/lighttpd")),
        "{found:#?}"
    );
}
