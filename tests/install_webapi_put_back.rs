//! `dhtls install-webapi` when the proof fails or the run is cut off: everything is as it was.
#![allow(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

mod support;

use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Stdio};

use nix::sys::signal::Signal;

use support::live::{Live, NO_HISTORY, Run, assert_same, install_line};
use support::program::{send, wait_for};
use support::scratch::Tree;
use support::transcript::dhtls;
use support::webapi::{Behaviour, KEYSTORE, LOG, SERVICE, SERVICE_FILE};

/// What holds after every failure: files, no journal that waits, and the old leaf of a new process.
#[track_caller]
fn is_as_before(live: &Live, files: &[Tree; 2], pid: u32) {
    assert_same(files, &live.files());
    assert_ne!(live.pid(), pid, "it was restarted once more");
    assert_eq!(live.server.served().unwrap(), live.first.sha256);
    live.dhtls("history")
        .exits(0)
        .complains("")
        .prints(NO_HISTORY);
}

#[test]
fn a_server_that_keeps_its_old_certificate_gets_everything_back() {
    let Some(live) = Live::start(Behaviour::KeepsTheFirst) else {
        return;
    };
    let new = live.pair("new");
    let (files, pid) = (live.files(), live.pid());
    let shortened = |sha256: &str| format!("{}…", &sha256[..16]);
    live.install("new", "").exits(1).prints("").complains(&format!(
        "dhtls: error: {} still serves another certificate: {}, not {}; every file was put back as it was \
         and web_api_service restarted\n  $ROOT/{LOG} says:\n  INFO serving $ROOT/run/first.p12 on port {}\n\
         dhtls: hint: another process may own the port; --endpoint HOST:PORT names another one\n",
        live.server.address(),
        shortened(&live.first.sha256),
        shortened(&new.sha256),
        live.server.port,
    ));
    is_as_before(&live, &files, pid);
}

#[test]
fn a_service_that_does_not_start_with_the_new_keystore_gets_the_old_one_back() {
    let Some(live) = Live::start(Behaviour::Honest) else {
        return;
    };
    live.pair("new");
    let (files, pid) = (live.files(), live.pid());
    let script = String::from_utf8(live.scratch().read("web.sh")).unwrap();
    let text = |name| live.scratch().text(name);
    std::fs::copy(
        live.scratch().path(KEYSTORE),
        live.scratch().path("run/good.p12"),
    )
    .unwrap();
    let picky = format!(
        "start) cmp -s {} {} || {{ echo 'ERROR cannot open the keystore' >>{}; exit 1; }}\n setsid ",
        text(KEYSTORE),
        text("run/good.p12"),
        text(LOG)
    );
    live.scratch()
        .write("web.sh", script.replace("start) setsid ", &picky));
    live.install("new", "").exits(1).prints("").complains(&format!(
        "dhtls: error: web_api_service [..]; every file was put back as it was and web_api_service \
         restarted\n  $ROOT/{LOG} says:\n  ERROR cannot open the keystore\n\
         dhtls: hint: [..]\n"
    ));
    is_as_before(&live, &files, pid);
}

#[test]
fn what_monit_alone_was_told_of_a_failed_start_is_shown() {
    let Some(live) = Live::start(Behaviour::Honest) else {
        return;
    };
    live.pair("new");
    let scratch = live.scratch();
    // monit notices a failed start only when its patience ends.
    scratch.edit(SERVICE_FILE, "timeout 20 seconds", "timeout 3 seconds");
    let monit = live.server.monit.as_ref().unwrap();
    assert!(monit.call(&["reload"]).status.success());
    monit.wait_until_runs(SERVICE, None);
    let (files, pid) = (live.files(), live.pid());
    let good = scratch.path("run/good.p12");
    std::fs::copy(scratch.path(KEYSTORE), &good).unwrap();
    let picky = format!(
        "start) cmp -s {} {} || {{ echo 'unknown curve' >&2; exit 1; }}\n setsid ",
        scratch.text(KEYSTORE),
        good.display()
    );
    scratch.edit("web.sh", "start) setsid ", &picky);
    live.install("new", "").exits(1).prints("").complains(
        "dhtls: error: web_api_service [..]; every file was put back as it was and web_api_service \
         restarted\n  $ROOT/private-monit/log says:\n  \
         'web_api_service' failed to start (exit status 1)\n  unknown curve\n\
         dhtls: hint: [..]\n",
    );
    is_as_before(&live, &files, pid);
}

#[test]
fn without_monit_the_change_is_refused_before_anything_is_changed() {
    let Some(mut live) = Live::start(Behaviour::Honest) else {
        return;
    };
    live.pair("new");
    drop(live.server.monit.take());
    let files = live.touched();
    live.install("new", "").exits(1).prints("").complains(
        "dhtls: error: monit is not running (asked with: monit -c $ROOT/private-monit/monitrc)\n\
         dhtls: hint: start monit, or change the files only with --no-restart; [monit] command in \
         /etc/dhtls.toml names another monit\n",
    );
    assert_same(&files, &live.touched());
    assert_eq!(live.server.served().unwrap(), live.first.sha256);
    live.dhtls("history")
        .exits(0)
        .complains("")
        .prints(NO_HISTORY);
}

/// An installation that waits for a leaf which never comes: the service runs anew, and is asked.
fn waiting(live: &Live) -> Child {
    let before = live.pid();
    let line = install_line("new", "").replace("20s", "60s");
    let mut command = live.command(&dhtls(), &line);
    let child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let monit = live.server.monit.as_ref().unwrap();
    monit.wait_until_runs(support::webapi::SERVICE, Some(before));
    wait_for("the service", || live.server.served());
    child
}

#[test]
fn a_signal_in_the_middle_of_the_wait_puts_everything_back() {
    let Some(live) = Live::start(Behaviour::KeepsTheFirst) else {
        return;
    };
    live.pair("new");
    let files = live.files();
    for signal in [Signal::SIGTERM, Signal::SIGINT] {
        let child = waiting(&live);
        let pid = live.pid();
        assert!(live.files() != files);
        send(&child, signal);
        let stopped = Run::of(child.wait_with_output().unwrap(), live.scratch());
        let stopped = stopped.exits(1).prints("");
        let start = "dhtls: error: interrupted; every file was put back as it was and web_api_service \
                     restarted\n";
        assert!(stopped.stderr.starts_with(start), "{signal}: {stopped:?}");
        is_as_before(&live, &files, pid);
    }
}

#[test]
fn what_a_killed_run_left_is_announced_and_then_put_back_by_the_next_run() {
    let Some(live) = Live::start(Behaviour::KeepsTheFirst) else {
        return;
    };
    let new = live.pair("new");
    let files = live.files();
    let child = waiting(&live);
    send(&child, Signal::SIGKILL);
    let killed = child.wait_with_output().unwrap();
    assert_eq!(killed.status.signal(), Some(Signal::SIGKILL as i32));

    let (left, pid) = (live.touched(), live.pid());
    let announced = live.install("new", "--dry-run").exits(0);
    announced.complains(
        "dhtls: warning: recovery-pending: change 1 (install-webapi) is unfinished; the next run that \
         changes things puts it back first\n",
    );
    live.dhtls("history").exits(0).complains(
        "dhtls: warning: change 1 (install-webapi of [..]Z) is unfinished; the next run that changes \
         things puts it back\n",
    );
    assert_same(&left, &live.touched());

    // A run that has nothing to do itself: it puts back, restarts, says so, and undoes nothing else.
    let put_back = live.dhtls("rollback").exits(0).prints(
        "note         the unfinished change is put back, and nothing else is undone; dhtls history shows \
         what dhtls rollback ID could undo\n",
    );
    put_back.complains(
        "dhtls: warning: change 1 (install-webapi of [..]Z) had not finished; its files were put back \
         and web_api_service restarted\n",
    );
    is_as_before(&live, &files, pid);

    // And one that does: with a server that takes it, the new certificate is served.
    let child = waiting(&live);
    send(&child, Signal::SIGKILL);
    child.wait_with_output().unwrap();
    live.keep_the_first(false);
    let done = live.install("new", "").exits(0);
    let done = done.complains(
        "dhtls: warning: change [..] (install-webapi of [..]Z) had not finished; its files were put back and \
         web_api_service restarted\n",
    );
    assert!(
        done.stdout.contains(".ORG created, root:root 0440\n"),
        "{done:?}"
    );
    assert_eq!(live.server.served().unwrap(), new.sha256);
    live.dhtls("rollback").exits(0).complains("");
    assert_same(&files, &live.files());
}
