//! What a run hands to scripts: JSON, silence, a diff, and exit codes when a stream fails.
#![allow(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

mod support;

use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::process::Stdio;

use support::program;
use support::scratch::Scratch;
use support::stand_in::{HOST, INSTALL, KEYSTORE, PASSPHRASE, PROPERTIES, Run, StandIn, skip};
use support::transcript::dhtls;

#[test]
fn json_is_one_document_that_says_changed_and_then_not() {
    let server = StandIn::new();
    let json = |arguments: &str| -> serde_json::Value {
        let run = server.run(&format!("{INSTALL} --format json {arguments}"));
        assert_eq!(
            (run.code, run.stderr.as_str()),
            (0, server.owner_warning().as_str())
        );
        serde_json::from_str(&run.stdout).unwrap()
    };
    let preview = json("--dry-run");
    assert_eq!(
        (&preview["changed"], &preview["dry_run"]),
        (&true.into(), &true.into())
    );
    assert!(
        preview["diff"]
            .as_str()
            .unwrap()
            .contains("+WebServer.tls.keystore=")
    );
    let first = json("");
    assert_eq!(
        (&first["changed"], &first["dry_run"]),
        (&true.into(), &false.into())
    );
    assert_eq!(first["history"], 1);
    assert_eq!(first["certificate"]["dns_names"][0], HOST);
    assert_eq!(first["files"][1]["effect"], "replaced");
    assert_eq!(first["settings"].as_array().unwrap().len(), 4);
    let second = json("-q");
    assert_eq!(second["changed"], false);
    assert!(second.get("history").is_none());
}

#[test]
fn quiet_prints_nothing_when_all_went_well_and_errors_when_not() {
    let server = StandIn::new();
    assert_eq!(server.installs(&format!("-q {INSTALL}")), "");
    assert_eq!(server.installs(&format!("-q {INSTALL}")), "");
    let run = server.run("-q --root root rollback 99");
    assert_eq!((run.code, run.stderr.is_empty()), (1, false));
}

#[test]
fn verbose_shows_also_what_was_right() {
    let server = StandIn::new();
    server
        .scratch
        .write(PROPERTIES, "RemoteQueryDispatcher.websocket.enabled=true\n");
    let stdout = server.installs(&format!("-v {INSTALL}"));
    let said = "RemoteQueryDispatcher.websocket.enabled=true unchanged\n";
    assert!(stdout.contains(said), "{stdout}");
}

/// A run with a stdout that fails.
fn to(stdout: impl Into<Stdio>, server: &StandIn, line: &str) -> Run {
    let mut command = server.command(&dhtls());
    command
        .args(line.split_whitespace())
        .stdout(stdout)
        .stderr(Stdio::piped());
    Run::from(command.spawn().unwrap().wait_with_output().unwrap())
}

fn full() -> File {
    File::options().write(true).open("/dev/full").unwrap()
}

/// A pipe that nobody reads.
fn broken() -> Stdio {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    writer.into()
}

#[test]
fn a_report_that_cannot_be_written_is_3_when_the_change_stands() {
    for (stdout, cause) in [
        (Stdio::from(full()), "No space left on device (os error 28)"),
        (broken(), "Broken pipe (os error 32)"),
    ] {
        let server = StandIn::new();
        let run = to(stdout, &server, INSTALL);
        let said = format!(
            "{}dhtls: error: the change stands, but its report could not be written: {cause}\n\
             dhtls: hint: dhtls history shows what was done\n",
            server.owner_warning()
        );
        assert_eq!((run.code, run.stderr), (3, said));
        assert!(server.text(PROPERTIES).contains("WebServer.tls.keystore="));
        assert!(server.installs(INSTALL).contains("unchanged"));
    }
}

#[test]
fn a_report_that_cannot_be_written_is_1_when_nothing_was_changed() {
    let server = StandIn::new();
    server.installs(INSTALL);
    let before = server.everything();
    for line in [
        INSTALL,
        &format!("-n {INSTALL}"),
        "--root root history",
        "--version",
        "--help",
    ] {
        for stdout in [Stdio::from(full()), broken()] {
            let run = to(stdout, &server, line);
            assert_eq!(run.code, 1, "{line}: {run:?}");
            assert!(!run.stderr.contains("panicked"), "{run:?}");
        }
    }
    server.is_still(&before);
}

#[test]
fn streams_that_were_closed_break_nothing_and_their_numbers_are_not_taken_by_files() {
    let server = StandIn::new();
    let script = "exec \"$@\" >&- 2>&- <&-";
    let run = server.run_by("/bin/sh", &["-c", script, "sh"], INSTALL);
    assert_eq!(
        (run.code, run.stdout.as_str(), run.stderr.as_str()),
        (0, "", "")
    );
    assert!(server.installs(INSTALL).contains("unchanged"));
}

#[test]
fn a_dry_run_shows_the_lines_and_no_secret_and_touches_nothing() {
    let server = StandIn::new();
    let (key, keystore) = (server.text("tls.key"), server.scratch.read(KEYSTORE));
    let before = times(&server);
    let stdout = server.installs(&format!("-n {INSTALL}"));
    assert_eq!(times(&server), before);
    let sha256 = program::run("sha256sum", &[server.scratch.text(KEYSTORE)]);
    for line in [
        "-RemoteQueryDispatcher.websocket.enabled=false\n".to_owned(),
        "+RemoteQueryDispatcher.websocket.enabled=true\n".to_owned(),
        "+WebServer.tls.keystore=/etc/sysconfig/illumon.d/auth/webServices-keystore.p12\n"
            .to_owned(),
        "+WebServer.tls.passphrase.file=/db/TempFiles/irisadmin/.webapi_passphrase\n".to_owned(),
        format!("+RemoteQueryDispatcherParameters.host={HOST}\n"),
        format!(
            "  secret: {} bytes, SHA-256 {}",
            keystore.len(),
            &sha256[..64]
        ),
    ] {
        assert!(stdout.contains(&line), "{line} in {stdout}");
    }
    for secret in [
        PASSPHRASE,
        "Y29ycmVjdCBob3JzZQ",
        key.lines().nth(1).unwrap(),
    ] {
        assert!(!stdout.contains(secret), "{secret}");
    }
}

/// Every file and folder with the times of its last changes.
fn times(server: &StandIn) -> Vec<(std::path::PathBuf, i64, i64, i64, i64)> {
    let paths = server.scratch.tree("").0.into_keys();
    let time = |path: std::path::PathBuf| {
        let it = fs::symlink_metadata(server.scratch.folder().join(&path)).unwrap();
        (
            path,
            it.mtime(),
            it.mtime_nsec(),
            it.ctime(),
            it.ctime_nsec(),
        )
    };
    paths.map(time).collect()
}

#[test]
fn a_dry_run_runs_nothing_not_even_where_a_restart_is_wanted() {
    let Some(strace) = program::find("strace") else {
        return skip("no strace");
    };
    let server = StandIn::new();
    let folder = |name: &str| {
        server
            .scratch
            .text(&format!("root/etc/sysconfig/illumon.d/{name}"))
    };
    // No other root: a service that could be asked for its state, by a monit that would tell of it.
    server.settings(&format!(
        "keystore = {:?}\npassphrase_file = {:?}\n[properties]\nfolder = {:?}\n[monit]\ncommand = [\"touch\", {:?}]\n\
         folder = {:?}\n[state]\nfolder = {:?}\n",
        server.scratch.text(KEYSTORE),
        server.scratch.text(support::stand_in::PASSPHRASE_FILE),
        folder("resources"),
        server.scratch.text("was-run"),
        folder("monit"),
        server.scratch.text("root/var/lib/dhtls"),
    ));
    let before = times(&server);
    let traced = [
        "-f",
        "-qq",
        "-e",
        "trace=execve,execveat",
        "-e",
        "signal=none",
        "-o",
    ];
    let log = Scratch::new();
    let to = [log.text("log")];
    let all: Vec<&str> = traced
        .into_iter()
        .chain(to.iter().map(String::as_str))
        .collect();
    let line = "--dry-run --config root/etc/dhtls.toml install-webapi --crt tls.crt --key tls.key --ca ca.crt";
    let run = server.run_by(strace.to_str().unwrap(), &all, line);
    if !log.path("log").exists() {
        return skip("strace cannot follow a program here");
    }
    assert_eq!(run.code, 0, "{run:?}");
    assert!(
        run.stdout.contains("restart web_api_service through touch"),
        "{run:?}"
    );
    let calls = String::from_utf8(log.read("log")).unwrap();
    assert_eq!(calls.lines().count(), 1, "{calls}");
    assert_eq!(times(&server), before);
}
