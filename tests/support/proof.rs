//! What the proofs share: scenarios (a server before and after a command), images of a folder, and the
//! verdict on what a death, a fault or a power cut has left of it.
//!
//! A proof takes a [`scenario::Scenario`], lays its files into a folder of its own choice (memory, a
//! loop-mounted file system), lets the command run and something happen to it, and asks the
//! [`verdict`] at once and once more after [`scenario::Scenario::recover`].

use std::path::PathBuf;

pub(crate) mod essence;
pub(crate) mod image;
pub(crate) mod inject;
pub(crate) mod outline;
pub(crate) mod points;
pub(crate) mod scenario;
pub(crate) mod served;
pub(crate) mod service;
pub(crate) mod subject;
pub(crate) mod verdict;

/// Whether all points are wanted, and not a sample: `tests/prove.sh` says so.
pub(crate) fn is_full() -> bool {
    std::env::var_os("DHTLS_PROOF").is_some_and(|wanted| wanted == "full")
}

/// `DHTLS_SCENARIO` names one of them, for a person who looks for a fault.
pub(crate) fn is_wanted(scenario: &str) -> bool {
    let wanted = std::env::var("DHTLS_SCENARIO").unwrap_or_default();
    wanted.is_empty() || scenario == wanted
}

/// Where thousands of small runs take no time: in memory, where the machine has such a folder.
pub(crate) fn fast_folder() -> tempfile::TempDir {
    let mut builder = tempfile::Builder::new();
    builder.prefix("dhtls-proof-");
    let memory = PathBuf::from("/dev/shm");
    let made = builder.tempdir_in(memory).or_else(|_| builder.tempdir());
    made.unwrap()
}
