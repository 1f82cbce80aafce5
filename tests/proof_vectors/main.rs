//! Proof: dhtls and others come to the same of certificates and keystores that neither of them has made.
//! Where they differ is pinned in testdata with its reason, and any change fails.
//!
//! A sample by default, everything with `DHTLS_PROOF=full`; docs/reliability.md has the figures.
#![allow(
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test says what it skips, and ends where it cannot go on"
)]

mod certificates;
mod faults;
mod keystores;
mod limbo;
mod limbo_case;
mod openssl_view;
mod other_readers;
mod pinned;
mod wheel;

#[path = "../support/mod.rs"]
mod support;

use std::path::PathBuf;
use std::process::Command;

use support::live::bare_command;
use support::mutants;
use support::scratch::Scratch;
use support::transcript::dhtls;

/// The program that is asked.
struct Dhtls {
    program: PathBuf,
    /// A seeded fault of it.
    fault: Option<&'static str>,
}

impl Dhtls {
    fn ours() -> Self {
        let (program, fault) = (dhtls(), None);
        Self { program, fault }
    }

    /// The one of `tests/mutants` with this fault, or with none active.
    fn seeded(fault: Option<&'static str>) -> Self {
        let program = mutants::program().to_owned();
        Self { program, fault }
    }

    /// `dhtls COMMAND --format json`, with settings and trust anchors of this machine out of sight: one of
    /// the chains is a real CA's.
    fn command(&self, command: &str, scratch: &Scratch) -> Command {
        let settings = scratch.path("settings.toml");
        if !settings.exists() {
            scratch.write("settings.toml", "");
        }
        let mut run = bare_command(&self.program, scratch);
        run.env("SSL_CERT_FILE", scratch.path("none"));
        run.env("SSL_CERT_DIR", scratch.path("none"));
        run.envs(self.fault.map(|fault| ("DHTLS_MUTANT", fault)));
        run.args([command, "--format", "json", "--config"])
            .arg(settings);
        run
    }
}

/// Whether everything is looked at, not a sample.
fn is_full() -> bool {
    std::env::var_os("DHTLS_PROOF").is_some_and(|value| value == "full")
}

/// `work` on every item, on all cores, in the order of the items.
fn on_all_cores<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let share = items.len().div_ceil(cores).max(1);
    std::thread::scope(|scope| {
        let shares = items.chunks(share);
        let threads = shares.map(|share| scope.spawn(|| share.iter().map(&work).collect()));
        let threads: Vec<_> = threads.collect();
        let done = threads.into_iter().map(|thread| thread.join().unwrap());
        done.collect::<Vec<Vec<R>>>()
            .into_iter()
            .flatten()
            .collect()
    })
}
