//! Owner, mode, access list, label and `user.*` attributes: what an administrator has set on a file is there
//! after it was replaced, and after a rollback. A sample; `DHTLS_PROOF=full` tries every combination.
#![allow(clippy::unwrap_used, reason = "a test ends where it cannot go on")]
#![allow(clippy::print_stderr, reason = "a proof tells its figures")]

#[path = "../support/mod.rs"]
mod support;

mod look;

use std::fs;

use look::{Look, Variant};
use support::cus_files::{CONFIG, GETDOWN, USERS_FILE};
use support::cus_staged::{BUNDLE, HTTPS, below, cus};
use support::live::is_root;
use support::proof::is_full;
use support::scratch::Scratch;
use support::stand_in::{HOST, INSTALL, KEYSTORE, PROPERTIES, StandIn};

/// A command, and the files that it replaces.
struct Case {
    /// What has to run before, so that there is something to replace.
    before: &'static [&'static str],
    line: &'static str,
    /// They stay all that they are.
    kept: Vec<String>,
    /// They get the owner and mode that the README promises, and keep the rest.
    given: Vec<String>,
}

const HTTP: &str = "--root root cus-http --host deephaven.example.com --i-accept-cleartext";
const ADD: &str = "--root root cus-auth add anna --password-file password";
const ADD_MORE: &str = "--root root cus-auth add bert --password-file password";

fn cases() -> [Case; 5] {
    let (config, getdown) = (below(CONFIG), below(GETDOWN));
    let case = |before, line, kept: &[&str], given: &[&str]| Case {
        before,
        line,
        kept: kept.iter().map(|name| (*name).to_owned()).collect(),
        given: given.iter().map(|name| (*name).to_owned()).collect(),
    };
    [
        case(&[], INSTALL, &[PROPERTIES], &[KEYSTORE]),
        case(&[], HTTPS, &[&config, &getdown], &[]),
        case(&[HTTPS], HTTP, &[&config, &getdown], &[]),
        // The pair has changed meanwhile.
        case(&[HTTPS], HTTPS, &[], &[BUNDLE]),
        case(&[ADD], ADD_MORE, &[], &[&below(USERS_FILE)]),
    ]
}

/// Runs the command and its rollback on a server whose files are set up so; returns how many were looked at.
fn check(case: &Case, variant: &Variant) -> usize {
    let server = cus();
    server
        .scratch
        .write_mode("password", "Rosen im Mai\n", 0o600);
    for line in case.before {
        server.succeeds(line);
    }
    if case.before.first() == Some(&case.line) {
        server.hand_in(&support::stand_in::authority().pair(&[HOST]));
    }
    let all: Vec<_> = case.kept.iter().chain(&case.given).collect();
    all.iter()
        .for_each(|name| variant.dress(&server.path(name)));
    let before: Vec<_> = all.iter().map(|name| seen(&server, name)).collect();
    server.succeeds(case.line);
    for (name, (old, bytes)) in all.iter().zip(&before) {
        let (new, new_bytes) = seen(&server, name);
        assert_ne!(
            &new_bytes, bytes,
            "{name} was not replaced by {}",
            case.line
        );
        assert_eq!(
            new.labels(),
            old.labels(),
            "{name}, {variant:?}, {}",
            case.line
        );
        if case.kept.contains(name) {
            assert_eq!(&new, old, "{name}, {variant:?}, {}", case.line);
        }
    }
    server.succeeds("--root root rollback");
    for (name, before) in all.iter().zip(&before) {
        assert_eq!(
            &seen(&server, name),
            before,
            "{name}, {variant:?}, rollback of {}",
            case.line
        );
    }
    all.len()
}

fn seen(server: &StandIn, name: &str) -> (Look, Vec<u8>) {
    (Look::of(&server.path(name)), server.scratch.read(name))
}

#[test]
fn everything_that_was_set_on_a_file_is_there_after_it_was_replaced_and_after_a_rollback() {
    let all = Variant::all();
    // Every mode, owner and list appears in the sample.
    let step = if is_full() { 1 } else { 9 };
    let wanted: Vec<_> = all.iter().step_by(step).collect();
    let mut looked_at = 0;
    for case in cases() {
        for variant in &wanted {
            looked_at += check(&case, variant);
        }
    }
    eprintln!(
        "{} set-ups of each of 7 files, {looked_at} looked at three times",
        wanted.len()
    );
    assert_eq!(looked_at, 8 * wanted.len());
}

#[test]
fn a_plain_replacement_loses_each_of_them() {
    if !is_root() {
        return;
    }
    let scratch = Scratch::new();
    let path = scratch.write("file", "old");
    let variant = Variant {
        mode: 0o640,
        owner: (64001, 64002),
        access_list: true,
        inherits: true,
    };
    variant.dress(&path);
    let old = Look::of(&path);
    assert_eq!(old.attributes.len(), 3, "{old:?}");
    fs::write(scratch.path("new"), "new").unwrap();
    fs::rename(scratch.path("new"), &path).unwrap();
    let new = Look::of(&path);
    assert_ne!(new.owner, old.owner);
    assert_ne!(new.mode, old.mode);
    assert_ne!(new.labels(), old.labels());
    assert_ne!(new.attributes, old.attributes);
}
