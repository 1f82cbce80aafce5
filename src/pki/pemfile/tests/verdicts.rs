//! Our verdict on a pemfile, and lighttpd's.

use super::forms::{self, Form};
use super::lighttpd::{Outcome, outcome};
use super::parts::Parts;
use crate::pki::pemfile::{Judged, Verdict, judge, judge_pair};
use crate::pki::throwaway::KeyType;

/// Asserts that lighttpd starts or not, and sends what we say.
fn agree(name: &str, judged: &Judged, real: &Outcome) {
    match (judged.verdict, real) {
        (Verdict::DoesNotStart(_), Outcome::DoesNotStart(reason)) => {
            assert!(reason.contains("SSL:"), "{name}: {reason}");
        }
        (Verdict::SendsLess(_) | Verdict::Works, Outcome::Sends(real)) => {
            let ours: Vec<_> = judged
                .leaf
                .iter()
                .chain(&judged.sent)
                .map(|certificate| certificate.der().to_vec())
                .collect();
            assert!(*real == ours, "{name}: lighttpd sends something else");
        }
        (verdict, real) => panic!("{name}: {verdict:?}, but {real:?}"),
    }
}

/// The verdict in words, with N for its line.
fn said(verdict: Verdict) -> String {
    let words = match verdict {
        Verdict::DoesNotStart(fault) => format!("does not start: {fault}"),
        Verdict::SendsLess(flaw) => format!("sends less: {flaw}"),
        Verdict::Works => "works".to_owned(),
    };
    let digits = |c: char| c.is_ascii_digit();
    let mut parts = words.split(digits).filter(|part| !part.is_empty());
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |said, part| said + "N" + part)
}

fn agree_on(forms: &[Form], key_type: KeyType) {
    let parts = Parts::new(key_type);
    for (name, build, expected) in forms {
        let pemfile = build(&parts);
        let judged = judge(&pemfile);
        assert_eq!(said(judged.verdict), *expected, "{name}");
        agree(name, &judged, &outcome(&pemfile, None));
    }
}

#[test]
fn lighttpd_agrees_with_every_verdict_on_an_rsa_pair() {
    agree_on(forms::FORMS, KeyType::Rsa);
}

#[test]
fn lighttpd_agrees_with_every_verdict_on_an_ec_pair() {
    agree_on(forms::FORMS, KeyType::P256);
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
        agree(
            name,
            &judged,
            &outcome(pemfile.as_bytes(), Some(privkey.as_bytes())),
        );
    }
}
