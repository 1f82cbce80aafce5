//! Many runs: sixteen at once, a thousand in a row under servers that are probed all the time. A sample;
//! `DHTLS_PROOF=full` makes all of them.
#![allow(clippy::unwrap_used, reason = "a test ends where it cannot go on")]
#![allow(
    clippy::print_stderr,
    reason = "a proof tells its figures, and what it skips"
)]

#[path = "../support/mod.rs"]
mod support;

mod observer;

use std::collections::BTreeSet;
use std::fs;
use std::process::Stdio;

use observer::Observer;
use support::authority::Pair;
use support::cus_staged::{BUNDLE, cus};
use support::proof::is_full;
use support::stand_in::{HOST, KEYSTORE, STATE, StandIn, authority};
use support::transcript::dhtls;

/// As the settings file has it by default.
const KEPT: usize = 10;

fn pairs(server: &StandIn, count: usize) -> Vec<Pair> {
    let made = |number| {
        let pair = authority().pair(&[HOST]);
        pair.write(&server.scratch, &format!("pair{number}"));
        pair
    };
    (0..count).map(made).collect()
}

fn install(number: usize) -> String {
    format!("--root root install-webapi --crt pair{number}.crt --key pair{number}.key --ca ca.crt")
}

fn bundle(number: usize) -> String {
    format!(
        "--root root cus-https --host {HOST} --crt pair{number}.crt --key pair{number}.key --ca ca.crt"
    )
}

/// The names of all that lies below the server's root, but for the numbers of the history.
fn names(server: &StandIn) -> BTreeSet<String> {
    let tree = server.scratch.tree("root");
    let names = tree.0.keys().map(|path| path.display().to_string());
    names.filter(|name| !name.contains("/history/")).collect()
}

fn history(server: &StandIn) -> usize {
    fs::read_dir(server.path(STATE).join("history"))
        .unwrap()
        .count()
}

#[test]
fn of_sixteen_runs_at_once_each_is_whole_or_told_to_come_back() {
    let server = cus();
    let pairs = pairs(&server, 16);
    server.succeeds(&install(0));
    let before = names(&server);
    let (mut done, mut told) = (0, 0);
    for _ in 0..if is_full() { 20 } else { 1 } {
        let mut waiting: Vec<usize> = (0..pairs.len()).collect();
        while !waiting.is_empty() {
            let started: Vec<_> = waiting
                .iter()
                .map(|number| {
                    let mut command = server.command(&dhtls());
                    command.args(install(*number).split_whitespace()).arg("-q");
                    command
                        .stdout(Stdio::null())
                        .stderr(Stdio::piped())
                        .spawn()
                        .unwrap()
                })
                .collect();
            let mut refused = Vec::new();
            for (number, child) in waiting.iter().zip(started) {
                let ended = child.wait_with_output().unwrap();
                let said = String::from_utf8(ended.stderr).unwrap();
                match ended.status.code() {
                    Some(0) => done += 1,
                    Some(1) if said.contains("another dhtls run") => refused.push(*number),
                    _ => panic!("{}: {said}", ended.status),
                }
            }
            told += refused.len();
            assert!(refused.len() < waiting.len(), "nobody got the lock");
            waiting = refused;
            let shown = observer::leaf_of_keystore(&server.path(KEYSTORE));
            assert!(pairs.iter().any(|pair| pair.sha256 == shown), "{shown}");
            assert_eq!(names(&server), before);
            assert!(history(&server) <= KEPT);
        }
    }
    eprintln!("{done} runs done, {told} told to come back");
    assert!(told > 0, "they never met");
}

#[test]
fn no_handshake_meets_a_mismatched_pair_while_one_pair_replaces_another() {
    let server = cus();
    let pairs = pairs(&server, 2);
    for line in [install(0), bundle(0)] {
        server.succeeds(&line);
    }
    let before = names(&server);
    let observer = Observer::start(&server, &pairs, HOST);
    let wanted = if is_full() { 1000 } else { 24 };
    let mut run = 0;
    // Installs may be quicker than handshakes.
    while run < wanted || observer.handshakes() <= wanted {
        // Each file changes at every second run.
        let pair = (run / 2 + 1) % 2;
        let line = if run % 2 == 0 {
            install(pair)
        } else {
            bundle(pair)
        };
        server.succeeds(&format!("{line} -q"));
        assert!(history(&server) <= KEPT, "{run}");
        assert_eq!(names(&server), before, "{run}");
        run += 1;
    }
    let seen = observer.stop();
    eprintln!(
        "{run} installs, {} handshakes: {:?} of each leaf",
        seen.handshakes, seen.leaves
    );
    assert_eq!(seen.faults, Vec::<String>::new());
    assert!(seen.handshakes > wanted, "{seen:?}");
    assert!(seen.leaves.iter().all(|count| *count > 0), "{seen:?}");
}

#[test]
fn the_observer_meets_what_a_rewrite_in_place_does() {
    let server = cus();
    let pairs = pairs(&server, 2);
    for line in [install(0), bundle(0)] {
        server.succeeds(&line);
    }
    let path = server.path(BUNDLE);
    let observer = Observer::start(&server, &pairs, HOST);
    for run in 0..200 {
        let pair = &pairs[run % 2];
        // The key first, and the certificates a moment later.
        fs::write(&path, &pair.key).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(2));
        fs::write(&path, pair.bundle()).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    let seen = observer.stop();
    assert!(!seen.faults.is_empty(), "{seen:?}");
}
