//! Other people and other runs at work at the same time. strace holds the run at each fsync, so that there
//! is time for them.
#![allow(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

mod support;

use std::fs;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::process::{Child, Stdio};

use support::program;
use support::stand_in::{
    AUTH, INSTALL, KEYSTORE, ORIGINAL, PASSPHRASE_FILE, PROPERTIES, Run, STATE, StandIn, skip,
};
use support::transcript::dhtls;

/// Microseconds at each fsync: more than a run without strace takes, and than a test needs to edit.
const HELD: &str = "inject=fsync:delay_enter=200000";

/// Begins an install that takes its time; `None`: nothing can be held here, which is said.
fn begin(server: &StandIn) -> Option<Child> {
    let Some(strace) = program::find("strace") else {
        skip("no strace");
        return None;
    };
    // Its creation would be held too.
    let mut folder = fs::DirBuilder::new();
    folder.mode(0o700).create(server.path(STATE)).unwrap();
    fs::write(server.path(&format!("{STATE}/lock")), "").unwrap();
    folder
        .create(server.path(&format!("{STATE}/history")))
        .unwrap();
    let mut command = server.command(&strace);
    command
        .args([
            "-f",
            "-qq",
            "-o",
            "/dev/null",
            "-e",
            "trace=fsync",
            "-e",
            HELD,
        ])
        .arg(dhtls())
        .args(INSTALL.split_whitespace())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let begun = program::wait_for("the run to begin", || {
        let ended = child.try_wait().unwrap().is_some();
        (ended || backup(server, "1").is_some()).then_some(!ended)
    });
    if !begun {
        skip("strace cannot hold a program here");
        return None;
    }
    Some(child)
}

/// The copy of an old file, which is made once the plan stands.
fn backup(server: &StandIn, number: &str) -> Option<Vec<u8>> {
    let file = server.path(&format!("{STATE}/history/000001/{number}"));
    fs::read(file).ok().filter(|bytes| !bytes.is_empty())
}

/// A new file beside its target.
fn is_staged(server: &StandIn) -> bool {
    let names = fs::read_dir(server.path(AUTH)).unwrap();
    names.into_iter().any(|name| {
        let name = name.unwrap().file_name();
        name.to_string_lossy().ends_with(".new.dhtls")
    })
}

fn end(child: Child) -> Run {
    Run::from(child.wait_with_output().unwrap())
}

fn is_refused(server: &StandIn, run: &Run, name: &str) {
    let said = format!(
        "{}dhtls: error: {} was changed by someone else meanwhile\n\
         dhtls: hint: look at what it says now, then run the command again\n",
        server.owner_warning(),
        server.scratch.text(name)
    );
    assert_eq!(
        (run.code, run.stdout.as_str(), run.stderr.as_str()),
        (1, "", said.as_str())
    );
}

#[test]
fn a_second_run_says_at_once_that_another_one_is_at_work() {
    let server = StandIn::new();
    let Some(first) = begin(&server) else {
        return;
    };
    let begun = std::time::Instant::now();
    let second = server.run(INSTALL);
    assert!(begun.elapsed().as_secs() < 1);
    let said = "dhtls: error: another dhtls run is changing things\n\
                dhtls: hint: wait until it has finished, then run the command again\n";
    assert_eq!(
        (second.code, second.stdout.as_str(), second.stderr.as_str()),
        (1, "", said)
    );
    // Who only looks need not wait.
    assert_eq!(server.run("--root root history").code, 0);
    let first = end(first);
    assert_eq!(first.code, 0, "{first:?}");
    assert!(server.installs(INSTALL).contains("unchanged"));
}

#[test]
fn a_property_file_edited_after_it_was_read_is_left_as_it_is() {
    let server = StandIn::new();
    let before = server.everything();
    let Some(child) = begin(&server) else {
        return;
    };
    let edited = server.text(PROPERTIES) + "edited=meanwhile\n";
    server.scratch.write(PROPERTIES, &edited);
    is_refused(&server, &end(child), PROPERTIES);
    assert_eq!(server.text(PROPERTIES), edited);
    assert_eq!(server.differences(&before), [PROPERTIES]);
}

#[test]
fn an_edit_at_the_last_moment_takes_back_what_was_staged() {
    let server = StandIn::new();
    let before = server.everything();
    let Some(child) = begin(&server) else {
        return;
    };
    program::wait_for("a staged file", || is_staged(&server).then_some(()));
    let edited = server.text(PROPERTIES) + "edited=meanwhile\n";
    server.scratch.write(PROPERTIES, &edited);
    is_refused(&server, &end(child), PROPERTIES);
    assert_eq!(server.differences(&before), [PROPERTIES]);
}

#[test]
fn a_keystore_replaced_meanwhile_is_left_as_it_is() {
    let server = StandIn::new();
    let before = server.everything();
    let Some(child) = begin(&server) else {
        return;
    };
    program::wait_for("a staged file", || is_staged(&server).then_some(()));
    let new = server
        .scratch
        .write_mode(&format!("{AUTH}/new"), "of someone else", 0o440);
    fs::rename(new, server.path(KEYSTORE)).unwrap();
    is_refused(&server, &end(child), KEYSTORE);
    assert_eq!(server.differences(&before), [KEYSTORE]);
}

#[test]
fn a_passphrase_file_changed_meanwhile_stops_the_change_although_it_is_only_read() {
    let server = StandIn::new();
    let before = server.everything();
    let Some(child) = begin(&server) else {
        return;
    };
    let new = server
        .scratch
        .write_mode("root/db/new", "b3RoZXI=\n", 0o440);
    fs::rename(new, server.path(PASSPHRASE_FILE)).unwrap();
    is_refused(&server, &end(child), PASSPHRASE_FILE);
    assert_eq!(server.differences(&before), [PASSPHRASE_FILE]);
}

#[test]
fn while_it_is_made_the_new_keystore_can_be_read_by_its_owner_alone() {
    let server = StandIn::new();
    let old = server.scratch.read(KEYSTORE);
    let Some(mut child) = begin(&server) else {
        return;
    };
    let mut seen = 0;
    while child.try_wait().unwrap().is_none() {
        for entry in fs::read_dir(server.path(AUTH)).unwrap() {
            let path = entry.unwrap().path();
            // Names come and go.
            let Ok(metadata) = fs::metadata(&path) else {
                continue;
            };
            let mode = metadata.permissions().mode() & 0o7777;
            assert!(
                [0o400, 0o440, 0o600].contains(&mode),
                "{mode:o} {}",
                path.display()
            );
            seen += usize::from(metadata.ino() != 0);
        }
        for copy in ["0", "1", "2"] {
            let path = server.path(&format!("{STATE}/history/000001/{copy}"));
            if let Ok(metadata) = fs::metadata(path) {
                assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
            }
        }
    }
    assert!(seen > 10);
    let run = end(child);
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(server.scratch.read(ORIGINAL), old);
}
