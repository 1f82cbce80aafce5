//! The harness itself: its parts work together, and it is able to fail.
#![allow(clippy::unwrap_used, reason = "a test ends where it cannot go on")]
#![allow(clippy::print_stderr, reason = "a test says what it skips")]

mod support;

use std::os::unix::fs::MetadataExt;
use std::process::Command;

use nix::unistd::{Uid, User};

use support::authority::Authority;
use support::java::javas;
use support::program::{self, output, wait_for};
use support::scratch::Scratch;
use support::transcript::Test;
use support::webapi::{Behaviour, KEYSTORE, PASSPHRASE, SERVICE, WebApiServer};

#[test]
fn a_jvm_under_a_private_monit_serves_the_new_leaf_after_a_restart_and_leaves_no_process() {
    let authority = Authority::new();
    let (old, new) = (
        authority.pair(&["localhost"]),
        authority.pair(&["localhost"]),
    );
    let mut server = WebApiServer::new(&old, Behaviour::Honest);
    let first = server.start();
    assert_eq!(server.served().unwrap(), old.sha256);
    server.replace_keystore(&new);
    assert_eq!(
        server.served().unwrap(),
        old.sha256,
        "a running service keeps its leaf"
    );
    let monit = server.monit.as_ref().unwrap();
    assert!(monit.call(&["restart", SERVICE]).status.success());
    let second = monit.wait_until_runs(SERVICE, Some(first));
    let monit_pid = monit.pid();
    wait_for("the new leaf", || {
        server.served().filter(|leaf| *leaf == new.sha256)
    });
    let address = server.address();
    drop(server);
    for pid in [first, second, monit_pid] {
        assert!(!program::runs(pid), "{pid} still runs");
    }
    assert_eq!(program::served_leaf(&address), None);
}

#[test]
fn a_service_that_keeps_its_first_keystore_serves_the_old_leaf_after_a_restart() {
    let authority = Authority::new();
    let (old, new) = (
        authority.pair(&["localhost"]),
        authority.pair(&["localhost"]),
    );
    let mut server = WebApiServer::new(&old, Behaviour::KeepsTheFirst);
    let first = server.start();
    server.replace_keystore(&new);
    let monit = server.monit.as_ref().unwrap();
    assert!(monit.call(&["restart", SERVICE]).status.success());
    monit.wait_until_runs(SERVICE, Some(first));
    let leaf = wait_for("any leaf", || server.served());
    assert_eq!(leaf, old.sha256);
}

#[test]
fn the_service_can_run_as_irisadmin() {
    if !Uid::effective().is_root() || User::from_name("irisadmin").unwrap().is_none() {
        eprintln!("skipped: needs root and a user irisadmin");
        return;
    }
    let pair = Authority::new().pair(&["localhost"]);
    let mut server = WebApiServer::new(&pair, Behaviour::Honest).run_as("irisadmin", "dbquery");
    let pid = server.start();
    let irisadmin = User::from_name("irisadmin").unwrap().unwrap().uid;
    let process = std::fs::metadata(format!("/proc/{pid}")).unwrap();
    assert_eq!(process.uid(), irisadmin.as_raw());
}

#[test]
fn the_settings_name_files_that_are_there() {
    let authority = Authority::new();
    let server = WebApiServer::new(&authority.pair(&["localhost"]), Behaviour::Honest);
    let settings: toml::Table = std::fs::read_to_string(server.settings())
        .unwrap()
        .parse()
        .unwrap();
    for key in ["keystore", "passphrase_file", "log"] {
        let path = settings["webapi"][key].as_str().unwrap();
        assert!(std::path::Path::new(path).is_file(), "{path}");
    }
    for room in ["properties", "monit"] {
        let path = settings[room]["folder"].as_str().unwrap();
        assert!(std::path::Path::new(path).is_dir(), "{path}");
    }
}

#[test]
fn every_cached_java_opens_a_keystore_and_says_its_own_version() {
    let authority = Authority::new();
    let server = WebApiServer::new(&authority.pair(&["localhost"]), Behaviour::Honest);
    let passphrase = server.scratch.write("passphrase", PASSPHRASE);
    for java in javas() {
        let listed = java.list_keystore(&server.scratch.path(KEYSTORE), &passphrase);
        let text = String::from_utf8_lossy(&listed.stdout);
        assert!(text.contains("Alias name: webapi"), "{java:?}: {text}");
        let said = output(&java.program, &["-version"], "");
        let said = String::from_utf8_lossy(&said.stderr).into_owned();
        assert!(
            said.contains(&format!("\"{}\"", java.version)),
            "{java:?}: {said}"
        );
    }
}

#[test]
fn a_java_without_an_http_server_of_its_own_serves_as_well() {
    let Some(java) = javas().into_iter().next() else {
        return;
    };
    let authority = Authority::new();
    let pair = authority.rsa_pair(&["localhost"]);
    let mut server = WebApiServer::with_java(&pair, Behaviour::Honest, &java.program);
    server.start();
    assert_eq!(server.served().unwrap(), pair.sha256);
}

#[test]
fn a_tree_tells_a_rewrite_from_a_file_left_alone() {
    let scratch = Scratch::new();
    scratch.write("a/b", "same");
    let touched = || scratch.tree("a").touched(&scratch.path("a"));
    let (plain, identity) = (scratch.tree("a"), touched());
    assert_eq!(touched(), identity);
    std::fs::remove_file(scratch.path("a/b")).unwrap();
    scratch.write("a/c", "");
    scratch.write("a/b", "same");
    std::fs::remove_file(scratch.path("a/c")).unwrap();
    assert_eq!(scratch.tree("a"), plain);
    assert_ne!(touched(), identity);
    support::scratch::set_mode(&scratch.path("a/b"), 0o600);
    assert_ne!(scratch.tree("a"), plain);
}

/// The transcript runs any program: here one that says and does what we want.
fn shell(script: &str) -> Test {
    Test::new().args("-c").arg(script).with_program("/bin/sh")
}

#[test]
fn a_transcript_compares_output_files_and_status() {
    shell(
        "cat in; echo \"$PWD\"; echo took 12 ms; echo warned >&2; echo new > out; rm gone; exit 1",
    )
    .file("in", "in $ROOT\n")
    .file("gone", "")
    .stdout("in $ROOT\n$ROOT\ntook [..] ms\n")
    .stderr("warned\n")
    .expect_file("in", "in $ROOT\n")
    .expect_file("out", "new\n")
    .expect_no_file("gone")
    .failure();
}

#[test]
fn a_transcript_fails_on_any_difference() {
    let differences: [fn() -> Scratch; 7] = [
        || shell("echo more").success(),
        || shell("echo more >&2").success(),
        || shell("true").stdout("less\n").success(),
        || shell("exit 1").success(),
        || shell("true").failure(),
        || shell("true").file("f", "a").expect_file("f", "b").success(),
        || shell("true").file("f", "a").expect_no_file("f").success(),
    ];
    for (index, difference) in differences.into_iter().enumerate() {
        assert!(std::panic::catch_unwind(difference).is_err(), "{index}");
    }
}

#[test]
fn the_program_under_test_runs() {
    let dhtls = support::transcript::dhtls();
    assert!(
        Command::new(&dhtls).arg("--help").output().is_ok(),
        "{}",
        dhtls.display()
    );
}
