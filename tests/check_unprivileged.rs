//! `dhtls check` by a user who may not read everything: what is closed to them is UNKNOWN by name, with
//! the group that would help.
#![allow(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

mod support;

use nix::unistd::{Gid, Group, Uid, chown};

use support::check::{Verdict, sources_of, verdict};
use support::check_certificates::{Issuers, Recipe};
use support::check_live::{as_user, install_for_all};
use support::live::{Live, has_users, is_root};
use support::scratch::{Scratch, set_mode};
use support::webapi::KEYSTORE;

const GIVEN: &str = "check --at 2026-03-01T00:00:00Z --ca root.pem";

/// Good certificates that only some may read; `None`, and a word on stderr, where nobody can be anybody
/// else.
fn closed_files() -> Option<Scratch> {
    if !is_root() || !has_users() {
        return None;
    }
    let scratch = Scratch::new();
    install_for_all(&scratch);
    let issuers = Issuers::new();
    let leaf = issuers.issue(Recipe::leaf());
    let chain = [leaf.pem(), issuers.intermediate.pem()].concat();
    let put = |name: &str, group: Gid, mode| {
        let path = scratch.write_mode(name, &chain, mode);
        chown(&path, Some(Uid::from_raw(0)), Some(group)).unwrap();
    };
    let root = Gid::from_raw(0);
    let dbquery = Group::from_name("dbquery").unwrap().unwrap().gid;
    scratch.write("root.pem", issuers.root.pem());
    put("open.pem", root, 0o644);
    put("for-dbquery.pem", dbquery, 0o440);
    put("for-root.pem", root, 0o600);
    put("closed/open.pem", root, 0o644);
    put("folder/open.pem", root, 0o644);
    put("folder/for-dbquery.pem", dbquery, 0o440);
    set_mode(&scratch.path("closed"), 0o700);
    Some(scratch)
}

fn found(scratch: &Scratch, user: &str, target: &str) -> Verdict {
    let output = as_user(scratch, user, &format!("{GIVEN} --format json {target}"));
    verdict(&output).unwrap_or_else(|fault| panic!("{user} {target}: {fault}"))
}

#[test]
fn what_a_user_may_not_read_is_unknown() {
    let Some(scratch) = closed_files() else {
        return;
    };
    for (user, target, status) in [
        ("nobody", "open.pem", "OK"),
        ("nobody", "for-dbquery.pem", "UNKNOWN"),
        ("nobody", "for-root.pem", "UNKNOWN"),
        ("nobody", "closed/open.pem", "UNKNOWN"),
        ("nobody", "closed", "UNKNOWN"),
        ("nobody", "closed/*.pem", "UNKNOWN"),
        ("nobody", "-r closed", "UNKNOWN"),
        ("nobody", "folder", "UNKNOWN"),
        ("nobody", "open.pem for-root.pem", "UNKNOWN"),
        ("irisadmin", "for-dbquery.pem", "OK"),
        ("irisadmin", "folder", "OK"),
        ("irisadmin", "for-root.pem", "UNKNOWN"),
    ] {
        let codes = if status == "OK" { "" } else { "unreadable" };
        let expected = Verdict::expected(status, codes);
        assert_eq!(found(&scratch, user, target), expected, "{user} {target}");
    }
}

#[test]
fn the_group_that_would_help_is_named_in_every_format() {
    let Some(scratch) = closed_files() else {
        return;
    };
    for format in ["text", "nagios", "json"] {
        let line = format!("{GIVEN} --format {format} for-dbquery.pem");
        let output = as_user(&scratch, "nobody", &line);
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(
            said.replace("for-dbquery", "").contains("dbquery"),
            "{format}: {said}"
        );
    }
    // No group opens this one.
    let line = format!("{GIVEN} for-root.pem");
    let output = as_user(&scratch, "nobody", &line);
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(said.contains("only root"), "{said}");
}

#[test]
fn a_servers_keystore_that_is_closed_is_unknown_and_the_service_is_judged() {
    let Some(live) = Live::start_as_irisadmin() else {
        return;
    };
    live.pair("first");
    live.install("first", "").exits(0);
    install_for_all(live.scratch());
    let line = "--config etc/dhtls.toml check --ca ca.crt --format json";
    let output = as_user(live.scratch(), "irisadmin", line);
    // History and recovery are root's alone.
    let state = live.scratch().text("var/lib/dhtls");
    let closed = sources_of(&output, "unreadable");
    assert!(closed.iter().all(|source| *source == state), "{closed:?}");

    let output = as_user(live.scratch(), "nobody", line);
    let found = verdict(&output).unwrap();
    let closed = sources_of(&output, "unreadable");
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(
        (found.exit, found.status.as_str()),
        (3, "UNKNOWN"),
        "{said}"
    );
    let keystore = live.scratch().text(KEYSTORE);
    assert!(closed.contains(&keystore), "{closed:?}");
    assert!(said.contains("dbquery"), "{said}");
    assert!(said.contains(&live.server.address()), "{said}");
}
