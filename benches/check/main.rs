//! `cargo bench --bench check`: `dhtls check` beside what it is measured by and what a user would pick
//! instead. Without names all cases run; `cargo bench --bench check -- files small` runs some. Fails when a
//! promise does not hold.

mod certificates;
mod endpoints;
mod files;
mod growth;
mod keystores;
mod rivals;
mod small;
#[path = "../support/mod.rs"]
mod support;

use std::process::Command;

use support::{Result, print_line};

type Case = (&'static str, fn() -> Result<bool>);

const CASES: [Case; 5] = [
    ("small", small::measure),
    ("files", files::measure),
    ("keystores", keystores::measure),
    ("endpoints", endpoints::measure),
    ("growth", growth::measure),
];

fn main() -> Result<()> {
    support::watch_if_asked()?;
    // cargo adds a flag of its own.
    let arguments = std::env::args().skip(1);
    let wanted: Vec<String> = arguments.filter(|word| !word.starts_with('-')).collect();
    let mut all_hold = true;
    for (name, measure) in CASES {
        if wanted.is_empty() || wanted.iter().any(|wanted| wanted == name) {
            print_line(name);
            all_hold &= measure()?;
        }
    }
    match all_hold {
        true => Ok(()),
        false => Err("a promise does not hold".into()),
    }
}

fn dhtls(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dhtls"));
    command.args(arguments);
    command
}
