//! dhtls: TLS and certificates for Deephaven servers. docs/architecture.md shows the rooms.
#![forbid(unsafe_code)]

mod cli;
mod commands;
mod config;
mod error;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
mod pki;
mod report;
mod secret;
mod server;
mod system;

use std::ffi::OsString;
use std::process::ExitCode;

pub use system::host::Host;

/// Runs one command line against `host` and returns the exit code for the process.
pub fn run(args: impl IntoIterator<Item = OsString>, host: &mut Host) -> ExitCode {
    cli::run(args, host)
}
