//! Links turned and names taken while root replaces a file: no attempt may reach what the attacker cannot
//! reach himself. A sample; `DHTLS_PROOF=full` makes 100,000 attempts.
#![allow(clippy::unwrap_used, reason = "a test ends where it cannot go on")]
#![allow(
    clippy::print_stderr,
    reason = "a proof tells its figures, and what it skips"
)]

#[path = "../support/mod.rs"]
mod support;

mod attack;
mod attacker;
mod driver;
mod field;
mod planted;
mod watch;

use std::fs;
use std::process::{Command, Stdio};

use attack::{ALL, Attack, Job};
use driver::{Tally, Who};
use field::Field;
use support::mutants;
use support::proof::{fast_folder, is_full};
use support::transcript::dhtls;

/// What a process of ours is to do; empty in a test that was called by a person.
const ROLE: &str = "DHTLS_RACE";

/// The attempts of one process: each run in it leaves signal handlers behind.
const AT_ONCE: u32 = 150;

/// A field for one of the attacks, with its folder.
fn lay_out(number: usize) -> (Field, tempfile::TempDir) {
    let (attack, _) = ALL[number];
    // In memory, where fsync takes no time; but devices are only real elsewhere.
    let folder = match attack {
        Attack::Device => tempfile::tempdir().unwrap(),
        _ => fast_folder(),
    };
    let field = Field(folder.path().to_owned());
    field.lay_out(attack);
    (field, folder)
}

/// Has processes make the attempts.
fn race(field: &Field, number: usize, who: &Who, attempts: u32) -> Tally {
    let mut all = Tally::default();
    while all.attempts < attempts {
        let count = AT_ONCE.min(attempts - all.attempts);
        let role = serde_json::json!([field.0, number, who, count]);
        let mut root = part("the_part_of_root", &role.to_string());
        let ended = root.output().unwrap();
        assert!(ended.status.success(), "{:?}: {ended:?}", ALL[number]);
        let tally = fs::read(field.path("tally")).unwrap();
        all.add(&serde_json::from_slice(&tally).unwrap());
    }
    all
}

/// This program again, as one of the two sides.
fn part(name: &str, role: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--ignored", "--exact", "--nocapture", name])
        .env(ROLE, role)
        // The system's hundred trust anchors have no part in this.
        .env("SSL_CERT_FILE", "/dev/null");
    command
}

#[test]
#[ignore = "a part that the others start"]
fn the_part_of_the_attacker() {
    let role = std::env::var(ROLE).expect("started by the_part_of_root");
    let (field, number): (std::path::PathBuf, usize) = serde_json::from_str(&role).unwrap();
    attacker::run(&field, ALL[number]);
}

#[test]
#[ignore = "a part that the others start"]
fn the_part_of_root() {
    let role = std::env::var(ROLE).expect("started by a race");
    let (path, number, who, attempts): (std::path::PathBuf, usize, Who, u32) =
        serde_json::from_str(&role).unwrap();
    let field = Field(path);
    let attacker = || {
        let role = serde_json::json!([field.0, number]).to_string();
        let mut attacker = part("the_part_of_the_attacker", &role);
        attacker.stdout(Stdio::null()).spawn().unwrap()
    };
    let tally = driver::run(&field, ALL[number], &who, attempts, attacker);
    fs::write(field.path("tally"), serde_json::to_vec(&tally).unwrap()).unwrap();
}

#[test]
fn no_attempt_reaches_the_victim() {
    if !support::live::is_root() {
        return;
    }
    let (in_process, started) = if is_full() { (6000, 700) } else { (30, 3) };
    let mut all = Tally::default();
    for (number, race_of) in ALL.iter().enumerate() {
        let (field, _folder) = lay_out(number);
        let mut tally = race(&field, number, &Who::Library, in_process);
        let program = Who::Program(dhtls(), String::new());
        tally.add(&race(&field, number, &program, started));
        eprintln!("{race_of:?}: {tally}");
        all.add(&tally);
    }
    eprintln!("dhtls: {all}");
    assert_eq!(all.hits, 0, "{all}");
    // Neither always too early nor always too late.
    assert!(all.done > 0 && all.refused > 0, "{all}");
}

#[test]
fn what_looks_first_and_then_uses_the_path_is_hit() {
    if !support::live::is_root() {
        return;
    }
    let mut all = Tally::default();
    let rollbacks = |(_, (_, job)): &(usize, &(Attack, Job))| *job == Job::Rollback;
    for (number, race_of) in ALL.iter().enumerate().filter(rollbacks) {
        let (field, _folder) = lay_out(number);
        let attempts = if is_full() { 1000 } else { 50 };
        let mut tally = race(&field, number, &Who::Naive, attempts);
        // On a machine that is busy with other things the attacker is late.
        while tally.hits == 0 && tally.attempts < 5000 {
            tally.add(&race(&field, number, &Who::Naive, 50));
        }
        eprintln!("{race_of:?}, path by path: {tally}");
        assert!(tally.hits > 0, "{race_of:?} cannot hit: {tally}");
        all.add(&tally);
    }
    eprintln!("path by path: {all}");
    assert!(all.hits * 10 > all.attempts, "{all}");
}

#[test]
fn a_dhtls_that_follows_every_link_is_hit() {
    if !support::live::is_root() {
        return;
    }
    let mutant = "follows-every-link".to_owned();
    let who = Who::Program(mutants::program().to_owned(), mutant);
    let wanted = (Attack::LinkedFolder, Job::Report);
    let number = ALL.iter().position(|race| *race == wanted).unwrap();
    let (field, _folder) = lay_out(number);
    let tally = race(&field, number, &who, 60);
    eprintln!("{wanted:?}, every link followed: {tally}");
    assert!(tally.hits * 10 > tally.attempts, "{tally}");
}
