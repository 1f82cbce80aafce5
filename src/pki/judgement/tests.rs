use time::{Duration, OffsetDateTime};

use super::{Contents, Judgement, Place, Terms, judge};
use crate::pki::certificate::Certificate;
use crate::pki::certificate::fixtures::{NOW, bytes, certificate, certificates, public_key};
use crate::pki::findings::Finding;
use crate::pki::names::ServerName;
use crate::pki::signature::Verifier;
use crate::pki::thresholds::Thresholds;
use crate::pki::trust::TrustAnchors;

const HOST: &str = "deephaven.example.com";

fn judged_with(contents: Contents, verifier: &Verifier, now: OffsetDateTime) -> Judgement {
    let anchors = TrustAnchors::new(Vec::new(), || bytes("root.pem"));
    let terms = Terms {
        now,
        anchors: &anchors,
        thresholds: &Thresholds::default(),
        verifier,
    };
    judge(contents, &[ServerName::parse(HOST).unwrap()], &terms)
}

fn file(stems: &[&str]) -> Contents {
    let read = stems.iter().flat_map(|stem| certificates(stem));
    Contents::of_file(read.collect(), None)
}

fn served(stems: &[&str]) -> Contents {
    let read = stems.iter().flat_map(|stem| certificates(stem));
    let chain: Vec<_> = read.map(|it| it.der().to_vec()).collect();
    Contents::of_server(&chain)
}

/// `TITLE: CODE SEVERITY` for each finding, those without a certificate first.
fn said(judgement: &Judgement) -> Vec<String> {
    let of =
        |title: &str, finding: &Finding| format!("{title}: {} {}", finding.code, finding.severity);
    let errors = judgement.errors.iter().map(|finding| of("-", finding));
    let rows = judgement.certificates.iter().flat_map(|row| {
        let title = row.certificate.title();
        row.findings.iter().map(move |finding| of(&title, finding))
    });
    errors.chain(rows).collect()
}

fn findings(contents: Contents) -> Vec<String> {
    said(&judged_with(contents, &Verifier::checking(), NOW))
}

fn places(stems: &[&str]) -> Vec<Place> {
    let judgement = judged_with(file(stems), &Verifier::checking(), NOW);
    judgement.certificates.iter().map(|row| row.place).collect()
}

#[test]
fn a_sound_chain_is_silent_in_a_file_and_on_the_wire() {
    for contents in [
        file(&["chain"]),
        served(&["chain"]),
        file(&["chain", "root"]),
    ] {
        assert_eq!(findings(contents), [""; 0]);
    }
    let expected = [Place::Leaf, Place::Intermediate, Place::Root];
    assert_eq!(places(&["chain", "root"]), expected);
}

#[test]
fn each_certificate_is_there_once() {
    assert_eq!(places(&["chain", "chain"]).len(), 2);
}

#[test]
fn a_missing_intermediate_matters_most_where_clients_ask() {
    let missing = |severity| [format!("{HOST}: incomplete-chain {severity}")];
    assert_eq!(findings(file(&["leaf"])), missing("warning"));
    assert_eq!(findings(served(&["leaf"])), missing("critical"));
}

#[test]
fn order_counts_where_a_program_takes_it_as_it_is() {
    let order = format!("{HOST}: chain-order warning");
    assert_eq!(findings(file(&["intermediate", "leaf"])), [order.as_str()]);
    assert_eq!(
        findings(served(&["leaf", "below-pathlen", "intermediate"])),
        [""; 0]
    );
    let trusting = judged_with(file(&["intermediate", "leaf"]), &Verifier::Trusting, NOW);
    assert_eq!(said(&trusting), [order]);
}

#[test]
fn a_served_chain_begins_with_its_leaf_whatever_that_is() {
    let found = findings(served(&["intermediate", "leaf"]));
    let wrong = "Example Issuing CA: wrong-usage critical".to_owned();
    assert!(found.contains(&wrong), "{found:?}");
}

#[test]
fn every_certificate_that_is_no_ca_is_a_leaf() {
    let found = findings(file(&["chain", "no-san", "client-only"]));
    let expected = [
        format!("{HOST}: no-san critical"),
        format!("{HOST}: wrong-usage critical"),
        format!("{HOST}: wrong-usage critical"),
        format!("{HOST}: wrong-usage critical"),
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_key_picks_the_leaf_and_the_others_count_less() {
    let with_key = |key: &str, stems: &[&str]| {
        let read = stems.iter().flat_map(|stem| certificates(stem));
        Contents::of_file(read.collect(), Some(&public_key(key)))
    };
    // The key of `expired` is the leaf's too: the first of them is meant.
    let found = findings(with_key("leaf", &["chain", "expired"]));
    assert_eq!(found, [format!("{HOST}: expired warning")]);
    let found = findings(with_key("other-key", &["chain"]));
    assert_eq!(found, [format!("{HOST}: key-mismatch critical")]);
    let found = findings(with_key("other-key", &["intermediate"]));
    assert_eq!(found, ["-: key-mismatch critical"]);
}

#[test]
fn an_intermediate_ends_for_all_when_it_is_on_the_way_and_for_nobody_beside_it() {
    let intermediate = certificate("intermediate");
    let day_before = intermediate.not_after() - Duration::DAY;
    let at = |stems: &[&str], now| said(&judged_with(file(stems), &Verifier::Trusting, now));
    let found = at(&["chain"], day_before);
    assert!(
        found.contains(&"Example Issuing CA: expiring critical".to_owned()),
        "{found:?}"
    );
    let beside = at(&["self-signed", "intermediate"], day_before);
    assert!(
        beside.contains(&"Example Issuing CA: expiring warning".to_owned()),
        "{beside:?}"
    );
    let after = intermediate.not_after() + Duration::DAY;
    let alone = at(&["intermediate"], after);
    assert_eq!(alone, ["Example Issuing CA: expired critical"]);
}

#[test]
fn a_trust_store_is_judged_by_dates_and_strength_alone() {
    assert_eq!(
        findings(file(&["root", "other-root", "intermediate"])),
        [""; 0]
    );
    assert_eq!(
        places(&["root", "intermediate"]),
        [Place::Root, Place::Intermediate]
    );
}

#[test]
fn a_self_signed_certificate_is_a_leaf_though_it_be_marked_as_a_ca() {
    let mut params = rcgen::CertificateParams::new([HOST.to_owned()]).unwrap();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    params.not_before = NOW - Duration::DAY;
    params.not_after = NOW + Duration::days(300);
    let made = params
        .self_signed(&rcgen::KeyPair::generate().unwrap())
        .unwrap();
    let made = Certificate::from_der(made.der()).unwrap();
    let judgement = judged_with(
        Contents::of_file(vec![made], None),
        &Verifier::checking(),
        NOW,
    );
    assert_eq!(judgement.certificates[0].place, Place::Leaf);
    let codes: Vec<_> = judgement.certificates[0]
        .findings
        .iter()
        .map(|it| it.code.to_string())
        .collect();
    assert_eq!(codes, ["self-signed"]);
}

#[test]
fn without_trust_nothing_is_said_about_it() {
    for stems in [
        &["leaf"][..],
        &["self-signed"],
        &["leaf", "intermediate", "other-root"],
    ] {
        let judgement = judged_with(file(stems), &Verifier::Trusting, NOW);
        assert_eq!(said(&judgement), [""; 0], "{stems:?}");
    }
}

#[test]
fn faults_of_an_issuer_stand_with_the_issuer_once() {
    let leaf = certificates("constrained-leaf").swap_remove(0);
    let contents = Contents::of_file(vec![leaf, certificate("constrained")], None);
    assert_eq!(
        findings(contents),
        ["Example Constrained CA: wrong-usage critical"]
    );
}
