//! `dhtls install-webapi` on a service that is off in monit, and on endpoints other than the settings'.
#![allow(
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test says what it skips, and ends where it cannot go on"
)]

mod support;

use std::fs;
use std::net::TcpListener;

use support::live::{HOST, Live, NO_HISTORY, assert_same};
use support::program::{self, wait_for};
use support::webapi::{Behaviour, KEYSTORE, LOG, SERVICE_FILE};

const DISABLED: &str = "etc/sysconfig/illumon.d/monit/web_api_service.disabled";

/// A server whose Web API Service is off.
fn switched_off() -> Option<Live> {
    let mut live = Live::new(Behaviour::Honest)?;
    let path = |name| live.scratch().path(name);
    fs::rename(path(SERVICE_FILE), path(DISABLED)).unwrap();
    // monit wants one file at least.
    live.scratch().write(
        "etc/sysconfig/illumon.d/monit/other.conf",
        "check file other with path /etc/passwd\n",
    );
    live.server.start_monit();
    live.server.settings();
    Some(live)
}

fn is_known_to_monit(live: &Live) -> bool {
    let monit = live.server.monit.as_ref().unwrap();
    monit
        .call(&["-B", "status", "web_api_service"])
        .status
        .success()
}

#[test]
fn a_service_that_is_off_stays_off_and_gets_its_files() {
    let Some(live) = switched_off() else {
        return;
    };
    live.pair("new");
    let done = live.install("new", "").exits(0).complains(&format!(
        "dhtls: warning: web_api_service is off in monit ($ROOT/{DISABLED}), so nothing is restarted or \
         probed; --enable switches it on\n"
    ));
    assert!(
        done.stdout.contains(&format!("{KEYSTORE} replaced, ")),
        "{done:?}"
    );
    assert!(!done.stdout.contains("service   "), "{done:?}");
    assert!(live.scratch().path(DISABLED).is_file());
    assert!(!is_known_to_monit(&live));
    assert_eq!(live.server.service_pid(), None);
    let touched = live.touched();
    let again = live.install("new", "").exits(0);
    assert!(
        again
            .stdout
            .ends_with("unchanged    everything is as wanted already\n")
    );
    assert_same(&touched, &live.touched());
}

#[test]
fn enable_starts_the_service_and_rollback_stops_it() {
    let Some(live) = switched_off() else {
        return;
    };
    let new = live.pair("new");
    let files = live.files();
    let done = live.install("new", "--enable").exits(0).complains("");
    for line in [
        format!(
            "service      web_api_service restarted, {} serves this certificate\n",
            live.server.address()
        ),
        format!(
            "note         {} becomes web_api_service.conf: web_api_service is switched on\n",
            live.scratch().text(DISABLED)
        ),
    ] {
        assert!(done.stdout.contains(&line), "{done:?}");
    }
    assert_eq!(live.server.served().unwrap(), new.sha256);
    assert!(live.scratch().path(SERVICE_FILE).is_file());
    assert!(!live.scratch().path(DISABLED).exists());
    let pid = live.pid();
    assert_eq!(live.server.service_pid(), Some(pid));

    live.dhtls("rollback").exits(0).complains("");
    assert!(!program::runs(pid));
    assert_same(&files, &live.files());
    wait_for("monit to forget it", || {
        (!is_known_to_monit(&live)).then_some(())
    });
    assert_eq!(live.server.served(), None);
}

#[test]
fn an_enable_that_is_not_proven_stops_the_service_and_switches_it_off_again() {
    let Some(live) = switched_off() else {
        return;
    };
    live.pair("new");
    let files = live.files();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = closed.local_addr().unwrap();
    drop(closed);
    let line = support::live::install_line("new", &format!("--enable --endpoint {nobody}"));
    let failed = live.dhtls(&line.replace("20s", "8s")).exits(1).prints("");
    failed.complains(&format!(
        "dhtls: error: web_api_service is not back after 8 s: connection refused on {nobody}; every file \
         was put back as it was\n  $ROOT/{LOG} says:\n  INFO serving $ROOT/{KEYSTORE} on port {}\n\
         dhtls: hint: --timeout 300s waits longer\n",
        live.server.port
    ));
    assert_same(&files, &live.files());
    // It had started, and was stopped.
    let pid = live.server.service_pid();
    assert!(pid.is_some_and(|pid| !program::runs(pid)), "{pid:?}");
    wait_for("monit to forget it", || {
        (!is_known_to_monit(&live)).then_some(())
    });
    live.dhtls("history")
        .exits(0)
        .complains("")
        .prints(NO_HISTORY);
}

/// A server that listens on another address than the usual, with a leaf for it.
fn listening_on(ip: &'static str) -> Option<Live> {
    if TcpListener::bind((ip.trim_matches(['[', ']']), 0)).is_err() {
        eprintln!("skipped: this machine has no address {ip}");
        return None;
    }
    let mut live = Live::new(Behaviour::Honest)?;
    live.server.ip = ip;
    live.set_options(&format!("--address {}", ip.trim_matches(['[', ']'])));
    live.server.start();
    live.server.settings();
    let endpoint = format!("endpoint = \"127.0.0.1:{}\"\n", live.server.port);
    live.set(&endpoint, "");
    Some(live)
}

/// What the report says of the probe.
#[track_caller]
fn served_at(run: &support::live::Run, endpoint: &str) {
    let line = format!("web_api_service restarted, {endpoint} serves this certificate\n");
    assert!(run.stdout.contains(&line), "{run:?}");
}

#[test]
fn loopback_is_asked_first_then_the_host_and_always_what_endpoint_names() {
    for (ip, host) in [
        ("127.0.0.1", HOST),
        ("127.0.0.2", "127.0.0.2"),
        ("[::1]", "::1"),
    ] {
        let Some(live) = listening_on(ip) else {
            continue;
        };
        let pair = live.authority.pair(&[HOST, host]);
        pair.write(live.scratch(), "new");
        let done = live.install("new", &format!("--host {host}")).exits(0);
        served_at(&done, &live.server.address());
        assert_eq!(live.server.served().unwrap(), pair.sha256);
        if ip == "[::1]" {
            // The name leads nowhere, the flag does.
            let pair = live.pair("other");
            let flag = format!("--host {HOST} --endpoint {}", live.server.address());
            let done = live.install("other", &flag).exits(0);
            served_at(&done, &live.server.address());
            assert_eq!(live.server.served().unwrap(), pair.sha256);
        }
    }
}

#[test]
fn the_endpoint_of_the_settings_is_the_only_one_asked() {
    let Some(live) = listening_on("127.0.0.1") else {
        return;
    };
    live.pair("new");
    let port = live.server.port;
    live.set("log = ", "endpoint = \"127.0.0.3:1\"\nlog = ");
    let files = live.files();
    // Nobody answered there before, so nobody is expected to when all is back.
    let line = support::live::install_line("new", "").replace("20s", "6s");
    let failed = live.dhtls(&line).exits(1);
    assert!(
        failed.stderr.contains("connection refused on 127.0.0.3:1"),
        "{failed:?}"
    );
    assert_same(&files, &live.files());
    let flag = format!("--endpoint 127.0.0.1:{port}");
    served_at(
        &live.install("new", &flag).exits(0),
        &format!("127.0.0.1:{port}"),
    );
}
