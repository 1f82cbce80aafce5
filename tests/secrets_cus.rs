//! System calls of whole runs on the Client Update Service, seen by strace: no child is told a key or a
//! password, and no file that may hold one can be read by others at any moment.
#![allow(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

mod support;

use support::cus_live::CusLive;
use support::program;
use support::secrets::Secrets;
use support::trace::{Trace, assert_private, assert_told_nothing_else, faults, traced};

/// What launchers are given, or lighttpd reads, without a secret in it.
const PUBLIC: [&str; 3] = [
    "client-update-service.conf",
    "getdown.txt.pre",
    "iris-auth.conf",
];

const PASSWORD: &str = "Veilchen im April";

/// Runs it, and looks at everything that could be seen.
#[track_caller]
fn is_discreet(live: &CusLive, secrets: &Secrets, line: &str, code: i32) -> Trace {
    let (run, trace) = traced(live.scratch(), line);
    let run = run.exits(code);
    for text in [&run.stdout, &run.stderr, &trace.own, &trace.children] {
        secrets.assert_absent(text, line);
        assert!(
            !text.contains(PASSWORD) && !text.contains("$apr1$"),
            "{line}: {text}"
        );
    }
    assert_told_nothing_else(&trace.children);
    assert_eq!(faults(&trace.own, &PUBLIC), Vec::<String>::new(), "{line}");
    trace
}

#[test]
fn a_bundle_is_for_root_alone_from_its_first_byte_and_no_child_is_told_its_key() {
    let Some((live, first)) = CusLive::start_secured() else {
        return;
    };
    let new = live.pair("new");
    let secrets = Secrets::of(&[&first, &new]);
    std::fs::create_dir_all(live.scratch().path("var/lib")).unwrap();
    let right = live.https_line("new", "-vv");
    // Nobody answers there, so that all is put back; then one that stands; then its rollback.
    let wrong = right.replace("20s", "8s") + " --endpoint 127.0.0.1:1";
    for (line, code) in [(wrong.as_str(), 1), (&right, 0), ("rollback -vv", 0)] {
        let trace = is_discreet(&live, &secrets, line, code);
        let bundles = trace
            .own
            .lines()
            .filter(|line| line.contains(".lighttpd.pem."));
        let made =
            bundles.filter(|line| line.contains("O_CREAT|O_EXCL") && line.contains(", 0600)"));
        assert!(made.count() >= 1, "{line}: {}", trace.own);
        assert!(
            trace.children.matches("execve(").count() >= 3,
            "{}",
            trace.children
        );
    }
    live.serves(&first);
    assert!(secrets.assert_absent_for_others(live.scratch().folder()) > 5);
    assert!(assert_private(&live.scratch().path("var/lib/dhtls")) > 4);
}

#[test]
fn a_password_reaches_no_child_no_output_and_no_file_for_others() {
    let Some((live, first)) = CusLive::start_secured() else {
        return;
    };
    let secrets = Secrets::of(&[&first]);
    std::fs::create_dir_all(live.scratch().path("var/lib")).unwrap();
    live.scratch()
        .write_mode("password", format!("{PASSWORD}\n"), 0o600);
    for line in [
        "cus-auth add anna --password-file password -vv",
        "cus-auth enable -vv",
        "cus-auth list -v",
        "cus-auth remove anna -vv",
        "cus-auth disable -vv",
        "rollback -vv",
    ] {
        is_discreet(&live, &secrets, line, 0);
    }
    let found = program::output(
        "grep",
        &["-rl", PASSWORD, live.scratch().folder().to_str().unwrap()],
        "",
    );
    let found = String::from_utf8(found.stdout).unwrap();
    assert_eq!(found.trim(), live.scratch().text("password"));
    assert!(assert_private(&live.scratch().path("var/lib/dhtls")) > 6);
}
