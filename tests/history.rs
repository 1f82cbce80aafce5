//! Second runs, history and the way back.
#![allow(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

mod support;

use std::fs;

use support::scratch::{Scratch, set_mode};
use support::stand_in::{
    HOST, INSTALL, KEYSTORE, ORIGINAL, PROPERTIES, STATE, StandIn, authority, is_root, skip,
};

const SHOWN: &str = "$ROOT/root/etc/sysconfig/illumon.d";

/// Everything, inode and time of each file included, except for the state folder.
fn tree(server: &StandIn) -> support::scratch::Tree {
    let mut tree = server.everything();
    tree.0.retain(|path, _| !path.starts_with(STATE));
    tree
}

fn is_still(server: &StandIn, before: &support::scratch::Tree) {
    let after = tree(server);
    let changed = before
        .0
        .iter()
        .find(|(path, entry)| after.0.get(*path) != Some(entry));
    assert_eq!(changed.map(|(path, _)| path), None);
    assert_eq!(after.0.len(), before.0.len());
}

/// Content, mode and owner, whichever inode.
fn contents(server: &StandIn) -> support::scratch::Tree {
    let mut tree = server.scratch.tree("root");
    tree.0.retain(|path, _| !path.starts_with("var/lib/dhtls"));
    tree
}

#[test]
fn a_second_identical_run_writes_nothing_and_says_unchanged() {
    let server = StandIn::new();
    server.installs(INSTALL);
    let before = tree(&server);
    let records = server.scratch.tree(&format!("{STATE}/history"));
    let stdout = server.installs(INSTALL);
    assert!(
        stdout.ends_with("unchanged    everything is as wanted already\n"),
        "{stdout}"
    );
    is_still(&server, &before);
    assert_eq!(server.scratch.tree(&format!("{STATE}/history")), records);
}

#[test]
fn a_wrong_mode_alone_is_mended_without_new_bytes() {
    let server = StandIn::new();
    server.installs(INSTALL);
    let (bytes, before) = (server.scratch.read(KEYSTORE), contents(&server));
    set_mode(&server.path(KEYSTORE), 0o644);
    let preview = server.installs(&format!("-n {INSTALL}"));
    assert!(preview.contains("  mode 0644 -> 0440\n"), "{preview}");
    server.installs(INSTALL);
    assert_eq!(server.scratch.read(KEYSTORE), bytes);
    assert_eq!(contents(&server), before);
}

#[test]
fn a_wrong_owner_alone_is_mended_without_new_bytes() {
    if !is_root() {
        return skip("only root gives files away");
    }
    let server = StandIn::new();
    server.installs(INSTALL);
    let (bytes, before) = (server.scratch.read(KEYSTORE), contents(&server));
    std::os::unix::fs::chown(server.path(KEYSTORE), Some(65534), Some(65534)).unwrap();
    let preview = server.installs(&format!("-n {INSTALL}"));
    assert!(
        preview.contains("  owner nobody:nogroup -> root:root\n"),
        "{preview}"
    );
    server.installs(INSTALL);
    assert_eq!(server.scratch.read(KEYSTORE), bytes);
    assert_eq!(contents(&server), before);
}

#[test]
fn the_history_of_an_untouched_server_is_empty_and_there_is_nothing_to_undo() {
    let server = StandIn::new();
    assert_eq!(
        server.run("--root root history").stdout,
        "dhtls has changed nothing here yet\n"
    );
    assert!(
        !server.path(STATE).exists(),
        "whoever looks creates nothing"
    );
    let json = server.run("--root root history --format json").stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["changes"].as_array().map(Vec::len), Some(0));
    server
        .refuses(
            "--root root rollback",
            "there is no change to undo",
            "dhtls history lists the changes",
        )
        .refuses(
            "--root root rollback 7",
            "there is no change 7",
            "dhtls history lists the changes",
        );
}

#[test]
fn a_rollback_brings_everything_back_byte_for_byte_and_can_be_undone_itself() {
    let server = StandIn::new();
    let before = contents(&server);
    server.installs(INSTALL);
    let installed = contents(&server);
    assert_ne!(before, installed);
    let preview = server.run("-n --root root rollback");
    assert_eq!(preview.code, 0, "{preview:?}");
    assert!(
        preview
            .stdout
            .contains("\n-RemoteQueryDispatcher.websocket.enabled=true\n"),
        "{preview:?}"
    );
    assert_eq!(contents(&server), installed);

    assert_eq!(server.run("--root root rollback").code, 0);
    assert_eq!(contents(&server), before);
    assert_eq!(server.run("--root root rollback").code, 0);
    assert_eq!(contents(&server), installed);
    let listed = server.run("--root root history").stdout;
    for words in [
        "install-webapi   undone by 2",
        "rollback 1       undone by 3",
        "rollback 2       done",
    ] {
        assert!(listed.contains(words), "{words} in {listed}");
    }
}

#[test]
fn a_rollback_of_a_change_without_a_restart_says_that_none_is_made() {
    let server = StandIn::new();
    server.installs(INSTALL);
    let run = server.run("--root root --restart rollback");
    assert_eq!(run.code, 0, "{run:?}");
    let pending = "pending      change 1 was made without a restart, and so is this: restart the service if \
                   it has that certificate in memory\n";
    assert!(run.stdout.contains(pending), "{run:?}");
    let again = server.run("--root root rollback");
    let note = "note         that was itself a rollback, so this brings change 1 back\n";
    assert!(again.stdout.contains(note), "{again:?}");
    let undone = server.run("--root root rollback 2");
    let error = "dhtls: error: change 2 was undone already, by change 3\n";
    assert!(
        undone.code == 1 && undone.stderr.starts_with(error),
        "{undone:?}"
    );
}

#[test]
fn a_rollback_is_refused_with_the_names_of_the_files_that_changed_since() {
    let server = StandIn::new();
    server.installs(INSTALL);
    let edited = server.text(PROPERTIES) + "edited=since\n";
    server.scratch.write(PROPERTIES, edited);
    fs::remove_file(server.path(ORIGINAL)).unwrap();
    let hint =
        "what was written since would be lost; undo the later changes first, or edit by hand";
    server.refuses(
        "--root root rollback",
        &format!(
            "change 1 cannot be undone, these were changed since: {SHOWN}/resources/iris-common.prop, \
             {SHOWN}/auth/webServices-keystore.p12.ORG"
        ),
        hint,
    );
}

#[test]
fn an_earlier_change_is_not_undone_beneath_a_later_one() {
    let server = StandIn::new();
    server.installs(INSTALL);
    server.hand_in(&authority().pair(&[HOST]));
    server.installs(INSTALL);
    server.refuses(
        "--root root rollback 1",
        &format!("change 1 cannot be undone, these were changed since: {SHOWN}/auth/webServices-keystore.p12"),
        "what was written since would be lost; undo the later changes first, or edit by hand",
    );
}

#[test]
fn the_history_keeps_as_many_changes_as_the_settings_say() {
    let server = StandIn::new();
    server.settings("[state]\nkeep = 2\n");
    for _ in 0..4 {
        server.hand_in(&authority().pair(&[HOST]));
        server.installs(INSTALL);
    }
    let listed = server.run("--root root history").stdout;
    let numbers: Vec<_> = listed
        .lines()
        .filter_map(|line| line.split_whitespace().next()?.parse::<u64>().ok())
        .collect();
    assert_eq!(numbers, [3, 4]);
    server.refuses(
        "--root root rollback 1",
        "there is no change 1",
        "dhtls history lists the changes",
    );
}

#[test]
fn a_change_leaves_nothing_beside_the_files_that_it_is_about() {
    let server = StandIn::new();
    let names = |server: &StandIn| -> Vec<_> { contents(server).0.into_keys().collect() };
    let mut before = names(&server);
    server.installs(INSTALL);
    before.push(ORIGINAL.trim_start_matches("root/").into());
    before.sort();
    assert_eq!(names(&server), before);
}

#[test]
fn backups_are_for_whoever_ran_dhtls_alone() {
    let server = StandIn::new();
    server.installs(INSTALL);
    let tree = server.scratch.tree(STATE);
    assert!(tree.0.len() > 4);
    for (path, entry) in tree.0 {
        assert_eq!(entry.mode & 0o077, 0, "{}", path.display());
    }
}

#[test]
fn neither_passphrase_nor_keys_are_in_any_output_or_file_of_the_history() {
    let server = StandIn::new();
    let key = server.text("tls.key");
    let line = key.lines().nth(1).unwrap();
    let output = [
        server.run(&format!("-v -n {INSTALL}")),
        server.run(&format!("-v {INSTALL}")),
        server.run("-v --format json --root root rollback"),
    ];
    let written: Vec<u8> = files(&server.scratch);
    let all = format!("{output:?}{}", String::from_utf8_lossy(&written));
    for secret in [support::stand_in::PASSPHRASE, "Y29ycmVjdCBob3JzZQ", line] {
        assert!(!all.contains(secret), "{secret}");
    }
}

fn files(scratch: &Scratch) -> Vec<u8> {
    scratch
        .tree(STATE)
        .0
        .into_values()
        .flat_map(|entry| entry.bytes)
        .collect()
}
