//! System calls of whole installations, seen by strace: no child is told a secret, and no file that may
//! hold one can be read by others at any moment.
#![allow(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

mod support;

use std::fs;

use support::live::{Live, install_line};
use support::secrets::Secrets;
use support::trace::{Trace, assert_private, assert_told_nothing_else, faults, traced};
use support::webapi::PROPERTIES;

#[test]
fn the_reader_of_traces_finds_every_fault() {
    let good = "openat(4</s>, \".k.new.dhtls\", O_WRONLY|O_CREAT|O_EXCL, 0600) = 5</s/.k.new.dhtls>\n\
                fchown(5</s/.k.new.dhtls>, 999, 995) = 0\n\
                fchmod(5</s/.k.new.dhtls>, 0440) = 0\n";
    assert_eq!(faults(good, &[]), Vec::<String>::new());
    for (old, new) in [
        ("0600", "0640"),
        ("fchown(5</s/.k.new.dhtls>, 999, 995) = 0\n", ""),
        ("0440", "0444"),
        ("fchmod(5</s/.k.new.dhtls>, ", "chmod(\"/s/k\", "),
        ("fchown(5", "mkdir(\"/s/x\", 0755) = 0\nfchown(5"),
    ] {
        let bad = good.replacen(old, new, 1);
        assert_eq!(faults(&bad, &[]).len(), 1, "{bad}");
    }
}

#[test]
fn no_child_is_told_a_secret_and_no_file_is_open_to_others_at_any_moment() {
    let Some(live) = Live::start_as_irisadmin() else {
        return;
    };
    let new = live.pair("new");
    let secrets = Secrets::of(&[&live.first, &new]);
    // Theirs is the usual mode, and they hold no secrets.
    fs::create_dir_all(live.scratch().path("var/lib")).unwrap();
    // Nobody answers there, so that all is put back; then one that stands; then its rollback.
    let wrong = install_line("new", "--endpoint 127.0.0.1:1 -vv").replace("20s", "8s");
    let right = install_line("new", "-vv");
    for (line, code) in [(wrong, 1), (right, 0), ("rollback -vv".to_owned(), 0)] {
        let (run, trace) = traced(live.scratch(), &line);
        let run = run.exits(code);
        let Trace { own, children } = &trace;
        for text in [&run.stdout, &run.stderr, own, children] {
            secrets.assert_absent(text, &line);
        }
        assert!(assert_told_nothing_else(children) >= 3, "{children}");
        assert!(own.matches("O_CREAT").count() >= 4, "{own}");
        if line.starts_with("rollback") {
            // It restores a keystore that everyone could read before.
            let widened = faults(own, &["iris-common.prop"]);
            assert!(
                widened.iter().all(|line| line.contains(", 0644)")),
                "{widened:#?}"
            );
        } else {
            assert_eq!(faults(own, &["iris-common.prop"]), Vec::<String>::new());
        }
    }
    assert!(live.scratch().path(PROPERTIES).is_file());
    assert!(secrets.assert_absent_for_others(live.scratch().folder()) > 5);
    assert!(assert_private(&live.scratch().path("var/lib/dhtls")) > 6);
}
