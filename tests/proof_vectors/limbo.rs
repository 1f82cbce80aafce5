//! Chain, name and dates of the cases of x509-limbo and of BetterTLS.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::limbo_case::{Case, cases};
use crate::pinned::{Found, assert_table, complaints};
use crate::support::scratch::Scratch;
use crate::{Dhtls, is_full, on_all_cores};

pub(crate) const OWN: &str = "testdata/limbo/limbo-own.json.gz";
const SAMPLE: &str = "testdata/limbo/bettertls-sample.json.gz";

/// What dhtls says of each, by its name.
pub(crate) const VERDICTS: &str = "testdata/limbo/verdicts.txt";

/// Where the whole suite is, for the full run: x509-limbo's limbo.json, gzipped or not.
const SUITE: &str = "DHTLS_LIMBO";

/// What dhtls makes of each, by its name.
pub(crate) fn judged(dhtls: &Dhtls, cases: &[Case]) -> BTreeMap<String, Found> {
    let scratch = Scratch::new();
    let found = on_all_cores(cases, |case| {
        let refusal = case.refusal(dhtls, &scratch);
        let found = Found {
            differs: refusal.is_empty() != case.is_good(),
            verdict: verdict(&refusal),
        };
        (case.id().to_owned(), found)
    });
    found.into_iter().collect()
}

fn verdict(refusal: &BTreeSet<String>) -> String {
    let codes: Vec<&str> = refusal.iter().map(String::as_str).collect();
    match codes.as_slice() {
        [] => "accepted".to_owned(),
        codes => format!("refused: {}", codes.join(" ")),
    }
}

#[test]
fn every_case_of_limbo_is_judged_as_pinned() {
    let cases = cases(Path::new(OWN));
    assert_eq!(cases.len(), 208);
    let found = judged(&Dhtls::ours(), &cases);
    assert_table(VERDICTS, &found, |_| true);
    // The table has them all, so that a refusal for another reason is a change too.
    let table = std::fs::read_to_string(VERDICTS).unwrap();
    for id in found.keys() {
        assert!(
            table.contains(&format!("\n{id} | ")),
            "{VERDICTS} lacks {id}"
        );
    }
    let agreed = found.values().filter(|found| !found.differs).count();
    eprintln!(
        "x509-limbo: {agreed} of {} as the suite expects",
        found.len()
    );
}

#[test]
fn check_is_never_milder_than_show() {
    let scratch = Scratch::new();
    let cases = cases(Path::new(OWN));
    let milder = on_all_cores(&cases, |case| {
        let dhtls = Dhtls::ours();
        let is_milder =
            case.is_well(&dhtls, &scratch) && !case.refusal(&dhtls, &scratch).is_empty();
        is_milder.then(|| case.id().to_owned())
    });
    let milder: Vec<String> = milder.into_iter().flatten().collect();
    assert_eq!(milder, Vec::<String>::new());
}

#[test]
fn every_case_of_bettertls_is_judged_as_the_suite_expects() {
    let cases = bettertls();
    let found = judged(&Dhtls::ours(), &cases);
    let none = "";
    assert_eq!(complaints(none, &found, |_| true), Vec::<String>::new());
    let good = cases.iter().filter(|case| case.is_good()).count();
    assert!(good > 50 && good < cases.len());
    eprintln!(
        "BetterTLS: {} of {} as the suite expects",
        found.len(),
        cases.len()
    );
}

/// A sample in the repository; all of them when they are asked for, and then nothing less.
fn bettertls() -> Vec<Case> {
    if !is_full() {
        return cases(Path::new(SAMPLE));
    }
    let suite = std::env::var_os(SUITE).map(PathBuf::from);
    let suite = suite.unwrap_or_else(|| {
        panic!("{SUITE} has to name x509-limbo's limbo.json; docs/reliability.md says where it is")
    });
    let mut cases = cases(&suite);
    cases.retain(|case| case.id().starts_with("bettertls::"));
    assert!(cases.len() > 9000, "{} cases", cases.len());
    cases
}
