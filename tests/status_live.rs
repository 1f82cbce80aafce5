//! `dhtls status` where things run, hang, ask or may not be read.
#![allow(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

mod support;

use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::time::{Duration, Instant};

use nix::unistd::Group;

use support::check_live::{as_user, install_for_all};
use support::live::{Live, has_users, is_root};
use support::scratch::set_mode;
use support::stand_in::{AUTH, KEYSTORE, Run, STATE, StandIn};
use support::webapi::Behaviour;

/// A stand-in whose monit is this shell script.
fn with_monit(script: &str, more: &str) -> StandIn {
    let server = StandIn::new();
    let monit = server
        .scratch
        .write_mode("monit", format!("#!/bin/sh\n{script}\n"), 0o755);
    server.settings(&format!(
        "{more}[monit]\ncommand = [\"{}\"]\n",
        monit.display()
    ));
    server
}

#[test]
fn a_running_service_is_told_with_its_process_and_what_it_serves() {
    let Some(live) = Live::start(Behaviour::KeepsTheFirst) else {
        return;
    };
    let (pid, port) = (live.pid(), live.server.port);
    let told = live.dhtls("status").exits(0).mentions(&[
        &format!(
            "web_api_service        on       yes  OK, process {pid}  127.0.0.1:{port}: dhtls test leaf, "
        ),
        "d, as in $ROOT/etc/sysconfig/illumon.d/auth/webServices-keystore.p12\n",
        &format!("  127.0.0.1:{port}\n"),
    ]);
    drop(told);
    // Renewed on the disk, and not restarted.
    live.server.replace_keystore(&live.pair("new"));
    live.dhtls("status").exits(0).mentions(&[
        ", which is in no file here\n",
        "critical  stale-service: web_api_service serves ",
    ]);
}

#[test]
fn what_does_not_answer_is_unknown_after_a_few_seconds() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = listener.local_addr().unwrap();
    let server = with_monit("sleep 100", &format!("endpoint = \"{endpoint}\"\n"));
    let begun = Instant::now();
    let run = server.run("--root root --restart status");
    assert!(begun.elapsed() < Duration::from_secs(12), "{begun:?}");
    assert_eq!(run.code, 1, "{run:?}");
    run.says(&[
        "no end in sight",
        &format!("{endpoint}: nothing that could be read"),
        &format!("{endpoint} accepts connections but does not answer"),
    ]);
}

#[test]
fn monit_that_is_not_running_is_told_in_its_own_words() {
    let server = with_monit("echo 'Monit daemon is not running' >&2; exit 1", "");
    let run = server.run("--root root --restart status");
    assert_eq!(run.code, 1, "{run:?}");
    run.says(&["monit is not running"]);
}

#[test]
fn nothing_is_asked_where_services_are_left_alone() {
    for flags in ["", "--no-restart", "--restart --dry-run"] {
        let server = with_monit("touch asked; exit 1", "");
        server.run(&format!("--root root {flags} status"));
        assert!(!server.path("asked").exists(), "{flags}");
    }
}

#[test]
fn nobody_is_asked_at_the_terminal() {
    let server = with_monit("echo >/dev/tty || exit 1\ntouch $(dirname $0)/asked", "");
    let line = format!(
        "{} --root root --restart status",
        support::transcript::dhtls().display()
    );
    // script(1) gives it a terminal.
    let run = server.run_by(
        "sh",
        &["-c", "script -qec \"$1\" /dev/null", "sh", &line],
        "",
    );
    assert!(run.stdout.contains("web_api_service"), "{run:?}");
    assert!(!server.path("asked").exists(), "{run:?}");
}

#[test]
fn whoever_may_not_read_everything_is_told_which_group_would_help() {
    if !is_root() || !has_users() {
        return;
    }
    let server = StandIn::new();
    install_for_all(&server.scratch);
    let group = Group::from_name("dbquery").unwrap().unwrap().gid.as_raw();
    chown(server.path(KEYSTORE), None, Some(group)).unwrap();
    server.scratch.write(&format!("{STATE}/history/x"), "");
    set_mode(&server.path(STATE), 0o700);
    let run = Run::from(as_user(&server.scratch, "nobody", "--root root status"));
    assert_eq!((run.code, run.stderr.as_str()), (1, ""), "{run:?}");
    run.says(&[
        "root and members of the group dbquery can read it",
        "last change  unknown\n          unknown   unreadable: ",
        "only root can enter ",
    ]);
    set_mode(&server.path(AUTH), 0o700);
    let run = Run::from(as_user(&server.scratch, "nobody", "--root root status"));
    run.says(&["keystore    hidden   "]);
}
