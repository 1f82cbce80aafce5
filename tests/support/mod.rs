//! Real parts for the tests: a scratch tree, a transcript of the program, a private monit, a JVM that
//! serves HTTPS, old Javas. docs/contributing.md shows how they fit.
#![allow(dead_code, reason = "each test program uses its own share of it")]
#![allow(
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test says what it skips, and ends where it cannot go on"
)]

pub(crate) mod authority;
pub(crate) mod check;
pub(crate) mod check_certificates;
pub(crate) mod check_chains;
pub(crate) mod check_files;
pub(crate) mod check_live;
pub(crate) mod check_servers;
pub(crate) mod cus;
pub(crate) mod cus_files;
pub(crate) mod cus_live;
pub(crate) mod cus_site;
pub(crate) mod cus_staged;
pub(crate) mod java;
pub(crate) mod live;
pub(crate) mod monit;
pub(crate) mod mutants;
pub(crate) mod newer_lighttpd;
pub(crate) mod odd_pairs;
pub(crate) mod program;
pub(crate) mod proof;
pub(crate) mod scratch;
pub(crate) mod secrets;
pub(crate) mod shown;
pub(crate) mod staged;
pub(crate) mod stand_in;
pub(crate) mod terminal;
pub(crate) mod trace;
pub(crate) mod transcript;
pub(crate) mod webapi;
