//! `dhtls cus-https` when what is served is not what was wanted: everything is as it was.
#![allow(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

mod support;

use std::net::TcpListener;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Stdio};

use nix::sys::signal::Signal;

use support::cus::{SERVICE, Twist};
use support::cus_files::{CONFIG, GETDOWN};
use support::cus_live::CusLive;
use support::live::{NO_HISTORY, Run, assert_same, configured};
use support::program::{send, wait_for};
use support::scratch::Tree;
use support::transcript::dhtls;

const PUT_BACK: &str = "every file was put back as it was and client_update_service restarted";

/// What holds after every failure: files, no journal that waits, a new process that serves as before.
#[track_caller]
fn is_as_before(live: &CusLive, files: &[Tree; 2], pid: u32) {
    assert_same(files, &live.files());
    assert_ne!(live.server.pid(), pid, "it was restarted once more");
    let site = live.server.http();
    assert_eq!(site.appbase(), Some(format!("{}/iris/", site.origin())));
    assert_eq!(live.server.https().leaf(), None);
    live.dhtls("history")
        .exits(0)
        .complains("")
        .prints(NO_HISTORY);
    assert!(!live.scratch().path(support::cus::BUNDLE).exists());
}

/// A service without TLS whose next starts go wrong: the failure says these words.
fn put_back_after(twist: Twist, words: &[&str]) {
    let Some(live) = CusLive::start_twisted(twist) else {
        return;
    };
    let (files, pid) = (live.files(), live.server.pid());
    let failed = live.https("new", "").exits(1).prints("");
    failed
        .warns_of(words)
        .warns_of(&["dhtls: error: ", PUT_BACK]);
    is_as_before(&live, &files, pid);
}

#[test]
fn a_lighttpd_that_does_not_start_gets_everything_back_and_its_reason_is_shown() {
    put_back_after(Twist::Refuses, &["no entropy today"]);
}

#[test]
fn a_server_of_another_certificate_gets_everything_back() {
    put_back_after(Twist::AnotherBundle, &["another certificate"]);
}

#[test]
fn a_server_that_loses_the_intermediate_gets_everything_back() {
    put_back_after(Twist::LeafAlone, &["intermediate"]);
}

#[test]
fn a_server_that_stays_without_tls_gets_everything_back() {
    put_back_after(Twist::Cleartext, &["TLS"]);
}

#[test]
fn a_server_that_hands_out_the_old_launcher_file_gets_everything_back() {
    put_back_after(Twist::OldLauncher, &["/iris/getdown.txt", "http://"]);
}

/// It lies where an alias leads to, and the one that is edited is another.
#[test]
fn a_launcher_file_from_elsewhere_that_names_the_old_address_gets_everything_back() {
    let Some(mut live) = CusLive::new("127.0.0.1") else {
        return;
    };
    live.pair("new");
    let scratch = live.scratch();
    let root = "server.document-root = server_root + \"/iris\"";
    let served = scratch.path("served");
    let elsewhere = format!(
        "server.document-root = log_root\nalias.url = ( \"/iris/\" => \"{}/\" )\n",
        served.display()
    );
    scratch.edit(CONFIG, root, &elsewhere);
    scratch.write("served/getdown.txt", scratch.read(GETDOWN));
    live.server.start();
    live.server.settings();
    let (files, pid) = (live.files(), live.server.pid());
    let failed = live.https("new", "").exits(1).prints("");
    failed.warns_of(&["/iris/getdown.txt sends launchers to http://", PUT_BACK]);
    is_as_before(&live, &files, pid);
}

#[test]
fn a_port_that_another_process_has_gets_everything_back_and_lighttpds_reason_is_shown() {
    let Some(live) = CusLive::start() else {
        return;
    };
    live.pair("new");
    let (files, pid) = (live.files(), live.server.pid());
    let taken = TcpListener::bind((live.server.ip, live.server.tls_port)).unwrap();
    let failed = live.https("new", "").exits(1).prints("");
    failed.warns_of(&["dhtls: error: ", PUT_BACK, "Address already in use"]);
    drop(taken);
    is_as_before(&live, &files, pid);
}

#[test]
fn a_service_under_tls_serves_its_old_chain_again() {
    let Some((live, first)) = CusLive::start_secured() else {
        return;
    };
    live.pair("new");
    let (files, pid) = (live.files(), live.server.pid());
    let taken = TcpListener::bind((live.server.ip, live.server.port)).unwrap();
    let port = format!("--port {} ", live.server.tls_port);
    let line = live
        .https_line("new", "")
        .replace(&port, &format!("--port {} ", live.server.port));
    let failed = live.dhtls(&line).exits(1).prints("");
    failed.warns_of(&["dhtls: error: ", PUT_BACK, "Address already in use"]);
    drop(taken);
    assert_same(&files, &live.files());
    assert_ne!(live.server.pid(), pid);
    live.serves(&first);
    live.dhtls("history")
        .exits(0)
        .complains("")
        .prints(NO_HISTORY);
}

#[test]
fn an_enable_that_is_not_proven_stops_the_service_and_switches_it_off_again() {
    let Some(live) = CusLive::off() else {
        return;
    };
    live.pair("new");
    live.server.twist(Twist::Cleartext);
    let files = live.files();
    let failed = live.https("new", "--enable").exits(1).prints("");
    failed.warns_of(&["dhtls: error: ", "every file was put back as it was"]);
    let launcher = live
        .scratch()
        .path(support::cus_files::GETDOWN)
        .with_extension("");
    // It had started, which made this of the `.pre`.
    std::fs::remove_file(launcher).unwrap();
    assert_same(&files, &live.files());
    wait_for("monit to forget it", || {
        (!live.is_known_to_monit()).then_some(())
    });
    assert_eq!(live.server.processes(), [] as [u32; 0]);
    live.dhtls("history")
        .exits(0)
        .complains("")
        .prints(NO_HISTORY);
}

#[test]
fn without_monit_the_change_is_refused_before_anything_is_changed() {
    let Some(mut live) = CusLive::start() else {
        return;
    };
    live.pair("new");
    drop(live.server.monit.take());
    let touched = live.touched();
    let refused = live.https("new", "").exits(1).prints("");
    refused.warns_of(&["dhtls: error: monit is not running", "--no-restart"]);
    assert_same(&touched, &live.touched());
    assert!(live.server.http().launcher().is_some());
}

/// A run that waits for a certificate which never comes: the service runs anew, and is asked.
fn waiting(live: &CusLive) -> Child {
    let before = live.server.pid();
    let line = live.https_line("new", "").replace("20s", "60s");
    let mut command = configured(&dhtls(), live.scratch(), &line);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    let monit = live.server.monit.as_ref().unwrap();
    monit.wait_until_runs(SERVICE, Some(before));
    wait_for("lighttpd", || live.server.https().leaf());
    child
}

#[test]
fn a_signal_in_the_middle_of_the_wait_puts_everything_back() {
    let Some(live) = CusLive::start_twisted(Twist::AnotherBundle) else {
        return;
    };
    let files = live.files();
    let child = waiting(&live);
    let pid = live.server.pid();
    assert!(live.files() != files);
    send(&child, Signal::SIGTERM);
    let stopped = Run::of(child.wait_with_output().unwrap(), live.scratch());
    stopped
        .exits(1)
        .prints("")
        .warns_of(&["dhtls: error: interrupted; ", PUT_BACK]);
    is_as_before(&live, &files, pid);
}

#[test]
fn what_a_killed_run_left_is_put_back_by_the_next_run() {
    let Some(live) = CusLive::start_twisted(Twist::AnotherBundle) else {
        return;
    };
    let files = live.files();
    let child = waiting(&live);
    send(&child, Signal::SIGKILL);
    let killed = child.wait_with_output().unwrap();
    assert_eq!(killed.status.signal(), Some(Signal::SIGKILL as i32));
    let pid = live.server.pid();
    let put_back = live.dhtls("rollback").exits(0).warns_of(&[
        "dhtls: warning: change 1 (cus-https of ",
        "had not finished; its files were put back and client_update_service restarted",
    ]);
    put_back.mentions(&["nothing else is undone"]);
    is_as_before(&live, &files, pid);
}
