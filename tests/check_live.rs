//! `dhtls check` without a target, on services that run: files, settings and what is served are compared.
#![allow(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

mod support;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

use support::check::sources_of;
use support::check_live::{assert_own, own_verdict, restart};
use support::cus::{BUNDLE, SERVICE as CUS};
use support::cus_live::CusLive;
use support::live::Live;
use support::webapi::{Behaviour, SERVICE as WEB_API};

#[test]
fn a_web_api_that_was_not_restarted_after_its_keystore_was_renewed_is_stale() {
    let Some(live) = Live::start(Behaviour::Honest) else {
        return;
    };
    let first = live.pair("first");
    live.install("first", "").exits(0);
    assert_own(live.scratch(), "OK", "");

    let renewed = live.pair("renewed");
    live.server.replace_keystore(&renewed);
    let output = assert_own(live.scratch(), "CRITICAL", "stale-service");
    let sources = sources_of(&output, "stale-service");
    let told = sources.concat();
    assert!(told.contains(&live.server.port.to_string()), "{sources:?}");
    assert_eq!(live.server.served().unwrap(), first.sha256);

    let monit = live.server.monit.as_ref().unwrap();
    restart(monit, WEB_API, &first.sha256, || live.server.served());
    assert_eq!(live.server.served().unwrap(), renewed.sha256);
    assert_own(live.scratch(), "OK", "");
}

#[test]
fn a_client_update_service_that_was_not_restarted_after_its_bundle_was_renewed_is_stale() {
    let Some(live) = CusLive::start() else {
        return;
    };
    let first = live.pair("first");
    live.https("first", "").exits(0);
    assert_own(live.scratch(), "OK", "");

    let renewed = live.pair("renewed");
    live.scratch().write_mode(BUNDLE, renewed.bundle(), 0o600);
    let output = assert_own(live.scratch(), "CRITICAL", "stale-service");
    let sources = sources_of(&output, "stale-service");
    let told = sources.concat();
    assert!(
        told.contains(&live.server.tls_port.to_string()),
        "{sources:?}"
    );
    live.serves(&first);

    let monit = live.server.monit.as_ref().unwrap();
    restart(monit, CUS, &first.sha256, || live.server.https().leaf());
    live.serves(&renewed);
    assert_own(live.scratch(), "OK", "");
}

#[test]
fn a_renewed_keystore_with_the_old_leaf_on_the_wire_says_how_to_go_on() {
    let Some(live) = Live::start(Behaviour::KeepsTheFirst) else {
        return;
    };
    let renewed = live.pair("renewed");
    live.server.replace_keystore(&renewed);
    let run = live.dhtls("check --ca ca.crt");
    assert_eq!(run.code, Some(2), "{run:?}");
    run.mentions(&["stale-service", WEB_API]);
    let nagios = live.dhtls("check --ca ca.crt --format nagios").exits(2);
    let first = nagios.stdout.lines().next().unwrap();
    assert!(first.starts_with("DHTLS CRITICAL - "), "{first}");
    assert!(first.contains("stale-service"), "{first}");
}

#[test]
fn a_client_update_service_that_speaks_cleartext_is_critical() {
    let Some(live) = CusLive::start() else {
        return;
    };
    let (found, output) = own_verdict(live.scratch(), "");
    assert_eq!(
        (found.exit, found.status.as_str()),
        (2, "CRITICAL"),
        "{output:?}"
    );
    assert!(found.codes.contains("cleartext"), "{output:?}");
}

#[test]
fn a_service_that_hangs_is_unknown_and_its_files_are_judged() {
    let Some(live) = Live::start(Behaviour::Honest) else {
        return;
    };
    live.pair("first");
    live.install("first", "").exits(0);
    let pid = Pid::from_raw(i32::try_from(live.pid()).unwrap());
    kill(pid, Signal::SIGSTOP).unwrap();
    let (found, output) = own_verdict(live.scratch(), "--timeout 2s");
    kill(pid, Signal::SIGCONT).unwrap();
    assert_eq!(
        (found.exit, found.status.as_str()),
        (3, "UNKNOWN"),
        "{output:?}"
    );
    assert_eq!(sources_of(&output, "unreachable").len(), 1, "{output:?}");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_ne!(report["certificates"].as_array().unwrap().len(), 0);
}

#[test]
fn a_machine_without_any_of_it_is_unknown() {
    let scratch = support::scratch::Scratch::new();
    scratch.write("etc/dhtls.toml", "");
    let folder = scratch.text("");
    let line = format!("--root {folder} check --format json");
    let output = support::live::bare_command(&support::transcript::dhtls(), &scratch)
        .args(line.split_whitespace())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3), "{output:?}");
}
