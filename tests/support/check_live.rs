//! `dhtls check` on servers that run: what it comes to without any target, and as another user.

use std::process::{Command, Output};

use super::check::{Verdict, verdict};
use super::live::{bare_command, configured};
use super::monit::PrivateMonit;
use super::program::{run, wait_for};
use super::scratch::Scratch;
use super::transcript::dhtls;

/// Without a target: what the settings and files of this server name.
pub(crate) const OF_THIS_SERVER: &str = "check --ca ca.crt --format json";

/// As JSON, with the settings in this folder.
pub(crate) fn own_verdict(scratch: &Scratch, more: &str) -> (Verdict, Output) {
    let line = format!("{OF_THIS_SERVER} {more}");
    let output = configured(&dhtls(), scratch, &line).output().unwrap();
    let found = verdict(&output).unwrap_or_else(|fault| panic!("{fault}"));
    (found, output)
}

/// The server comes to exactly this.
#[track_caller]
pub(crate) fn assert_own(scratch: &Scratch, status: &str, codes: &str) -> Output {
    let (found, output) = own_verdict(scratch, "");
    let shown = String::from_utf8_lossy(&output.stdout);
    assert_eq!(found, Verdict::expected(status, codes), "{shown}");
    output
}

/// Has monit restart a service, and waits until it shows another leaf than `before`.
pub(crate) fn restart(
    monit: &PrivateMonit,
    service: &str,
    before: &str,
    served: impl Fn() -> Option<String>,
) {
    assert!(monit.call(&["restart", service]).status.success());
    wait_for("another leaf", || served().filter(|leaf| leaf != before));
}

/// A copy of dhtls where everyone may run it; a child writes it, since a fork of another test could
/// hold it open for writing.
pub(crate) fn install_for_all(scratch: &Scratch) {
    let copy = scratch.text("dhtls");
    run("cp", &[dhtls().to_str().unwrap(), &copy]);
    run("chmod", &["755", &copy]);
}

/// That copy, run by `user` with all groups of that user.
pub(crate) fn as_user(scratch: &Scratch, user: &str, arguments: &str) -> Output {
    let mut command: Command = bare_command("runuser".as_ref(), scratch);
    command
        .args(["-u", user, "--", &scratch.text("dhtls")])
        .args(arguments.split_whitespace());
    command.output().unwrap()
}
