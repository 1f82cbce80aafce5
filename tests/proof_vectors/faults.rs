//! The proof can fail: dhtls with seeded faults is not as pinned.

use std::collections::BTreeMap;
use std::path::Path;

use nix::unistd::geteuid;

use crate::Dhtls;
use crate::limbo::{OWN, VERDICTS, judged};
use crate::limbo_case::{Case, cases};
use crate::pinned::complaints;
use crate::support::mutants;

/// Faults of `tests/mutants/judgement.patch`, and the cases that have to show each.
const FAULTS: [(&str, &str); 4] = [
    ("any-name", "webpki::san::"),
    ("no-dates", "rfc5280::validity::"),
    ("no-name-constraints", "rfc5280::nc::"),
    ("no-signatures", "invalid::"),
];

fn of_group(group: &str) -> Vec<Case> {
    let mut cases = cases(Path::new(OWN));
    cases.retain(|case| case.id().starts_with(group));
    cases
}

#[test]
fn seeded_faults_are_found() {
    if !geteuid().is_root() {
        eprintln!("skipped: a plain user builds nothing here");
        return;
    }
    let names = mutants::names();
    let table = std::fs::read_to_string(VERDICTS).unwrap();
    let complaints_of = |fault, group| {
        let found: BTreeMap<_, _> = judged(&Dhtls::seeded(fault), &of_group(group));
        complaints(&table, &found, |_| false)
    };
    for (fault, group) in FAULTS {
        assert!(names.contains(fault), "no patch has {fault}");
        assert_eq!(complaints_of(None, group), Vec::<String>::new());
        let found = complaints_of(Some(fault), group);
        assert!(!found.is_empty(), "{fault} changes none of {group}");
        eprintln!("{fault}: {} cases of {group} tell", found.len());
    }
}
