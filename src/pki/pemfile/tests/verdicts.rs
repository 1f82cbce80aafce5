//! Our verdict on a pemfile, and lighttpd's.

use std::fs;
use std::process::Command;

use time::OffsetDateTime;
use time::macros::datetime;

use super::forms::forms;
use super::lighttpd::{Outcome, outcome, outcome_by_mode};
use super::parts::{Parts, without_numbers};
use crate::pki::key::PrivateKey;
use crate::pki::pemfile::{Judged, Verdict, encode, judge, judge_pair};
use crate::pki::throwaway::KeyType;

/// Whether lighttpd starts or not, and sends what we say; else how it differs.
fn difference(judged: &Judged, real: &Outcome) -> Option<String> {
    match (judged.verdict, real) {
        (Verdict::DoesNotStart(_), Outcome::DoesNotStart(reason)) if reason.contains("SSL:") => {
            None
        }
        (Verdict::SendsLess(_) | Verdict::Works, Outcome::Sends(real)) => {
            let ours: Vec<_> = judged
                .leaf
                .iter()
                .chain(&judged.sent)
                .map(|certificate| certificate.der().to_vec())
                .collect();
            (*real != ours).then(|| "lighttpd sends something else".to_owned())
        }
        (verdict, Outcome::Sends(_)) => Some(format!("{verdict:?}, but it starts")),
        (verdict, Outcome::DoesNotStart(reason)) => Some(format!("{verdict:?}, but {reason}")),
    }
}

fn said(verdict: Verdict) -> String {
    match verdict {
        Verdict::DoesNotStart(fault) => format!("does not start: {fault}"),
        Verdict::SendsLess(flaw) => format!("sends less: {flaw}"),
        Verdict::Works => "works".to_owned(),
    }
}

fn agree_on_all(key_type: KeyType) {
    let mut differences = Vec::new();
    for form in forms(&Parts::new(key_type)) {
        let judged = judge(&form.pemfile);
        let said = without_numbers(&said(judged.verdict));
        assert_eq!(said, without_numbers(form.verdict), "{}", form.name);
        let difference = difference(&judged, &outcome(&form.pemfile, None));
        differences.extend(difference.map(|it| format!("{}: {it}", form.name)));
    }
    assert_eq!(differences, [] as [String; 0]);
}

#[test]
fn lighttpd_agrees_with_every_verdict_on_an_rsa_pair() {
    agree_on_all(KeyType::Rsa);
}

#[test]
fn lighttpd_agrees_with_every_verdict_on_an_ec_pair() {
    agree_on_all(KeyType::P256);
}

#[test]
fn a_key_in_a_file_of_its_own_is_judged_with_its_certificates() {
    let p = Parts::new(KeyType::P256);
    let chain = [&*p.leaf, &p.intermediate].concat();
    let pairs = [
        ("certbot's layout", chain.clone(), p.key.clone(), "works"),
        (
            "a key in the pemfile as well",
            p.other_key.clone() + &chain,
            p.key.clone(),
            "works",
        ),
        (
            "certificates in the key's file",
            chain.clone(),
            p.root.clone() + &p.key,
            "works",
        ),
        (
            "another key",
            chain.clone(),
            p.other_key.clone(),
            "does not start: the key is of none of the certificates",
        ),
        (
            "no key",
            chain.clone(),
            p.root.clone(),
            "does not start: it holds no private key",
        ),
        (
            "nothing",
            chain.clone(),
            String::new(),
            "does not start: it is empty",
        ),
    ];
    for (name, pemfile, privkey, expected) in pairs {
        let judged = judge_pair(pemfile.as_bytes(), privkey.as_bytes());
        assert_eq!(said(judged.verdict), expected, "{name}");
        let real = outcome(pemfile.as_bytes(), Some(privkey.as_bytes()));
        assert_eq!(difference(&judged, &real), None, "{name}");
    }
}

/// Whether a client that knows the root trusts what is sent, at the date of the day.
fn verifies(p: &Parts) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    for (name, text) in [
        ("root", &p.root),
        ("sent", &p.intermediate),
        ("leaf", &p.leaf),
    ] {
        fs::write(path(name), text).unwrap();
    }
    let openssl = Command::new("openssl")
        .args([
            "verify",
            "-CAfile",
            &path("root"),
            "-untrusted",
            &path("sent"),
        ])
        .arg(path("leaf"))
        .output()
        .unwrap();
    openssl.status.success()
}

#[test]
fn an_expired_leaf_starts_and_no_client_trusts_it() {
    let now = OffsetDateTime::now_utc();
    for (made, is_valid) in [(now, true), (datetime!(2001-03-01 12:00 UTC), false)] {
        let p = Parts::made(KeyType::P256, made);
        assert_eq!(verifies(&p), is_valid, "{made}");
        let pemfile = [&*p.key, &p.leaf, &p.intermediate].concat();
        let judged = judge(pemfile.as_bytes());
        assert_eq!(said(judged.verdict), "works", "{made}");
        let real = outcome(pemfile.as_bytes(), None);
        assert_eq!(difference(&judged, &real), None, "{made}");
    }
}

#[test]
fn a_key_that_everybody_can_read_starts_without_a_complaint() {
    let p = Parts::new(KeyType::P256);
    let pemfile = [&*p.key, &p.leaf, &p.intermediate].concat();
    let judged = judge(pemfile.as_bytes());
    let private = outcome_by_mode(pemfile.as_bytes(), None, 0o600);
    assert_eq!(difference(&judged, &private), None);
    for mode in [0o644, 0o666] {
        let real = outcome_by_mode(pemfile.as_bytes(), None, mode);
        assert_eq!(real, private, "{mode:o}");
    }
}

/// Forms that OpenSSL 3 alone reads: they are written anew, since an older one may have to.
const NOT_PLAIN: [&str; 4] = [
    "byte order mark",
    "lines of 77",
    "a body on one line",
    "bytes behind the intermediate",
];

#[test]
fn the_same_content_is_equal_in_every_form_that_works_everywhere() {
    let p = Parts::new(KeyType::Rsa);
    let [leaf, intermediate, root] = &p.certificates;
    let sent = std::slice::from_ref(intermediate);
    for form in forms(&p) {
        let judged = judge(&form.pemfile);
        let has_more = form.as_input.contains(": left out");
        let has_less = form.as_input.contains("incomplete-chain");
        let is_plain = !NOT_PLAIN.contains(&form.name);
        let same = form.verdict == "works" && is_plain && !has_more && !has_less;
        assert_eq!(
            judged.equals(&p.private_key, leaf, sent),
            same,
            "{}",
            form.name
        );
        assert!(!judged.equals(&p.private_key, root, sent), "{}", form.name);
    }
    let written = judge(encode(&p.private_key, leaf, sent).expose());
    assert!(written.equals(&p.private_key, leaf, sent));
    let other = PrivateKey::decode("x", p.other_key.as_bytes(), None).unwrap();
    assert!(!written.equals(&other, leaf, sent));
}

#[test]
fn a_verdict_names_the_line_to_look_at() {
    let p = Parts::new(KeyType::P256);
    let lines = |text: &str| text.lines().count();
    let forms = forms(&p);
    let (key, leaf) = (lines(&p.key), lines(&p.key) + lines(&p.leaf));
    for (form, line) in [
        ("another key first", 1),
        ("intermediate before the leaf", key + 1),
        ("encrypted", 1),
        ("indented leaf", key + 1),
        ("leaf joined with intermediate", leaf),
        ("key joined with leaf", key),
        ("damaged intermediate", leaf + 1),
        ("text behind END", leaf),
    ] {
        let file = forms.iter().find(|known| known.name == form).unwrap();
        let said = said(judge(&file.pemfile).verdict);
        assert!(said.contains(&format!("line {line}")), "{form}: {said}");
    }
}
