//! What a CA sends, in every form: the same bundle each time. With `--root`, so nothing runs.
#![allow(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

mod support;

use std::fs;

use support::authority::Pair;
use support::cus::assert_bundle;
use support::cus_staged::{BUNDLE, cus};
use support::program::run;
use support::stand_in::{HOST, StandIn, authority};

/// The pair as the CA sends it, made by these words to openssl (`%` is a file's folder), and how it is given.
const FORMS: [(&str, &[&str], &str); 6] = [
    (
        "PKCS#12",
        &["pkcs12 -export -in %chain -inkey %tls.key -passout file:%words -out %made"],
        "--pfx made --passphrase-file words",
    ),
    (
        "PKCS#12 with the algorithms of old Windows",
        &["pkcs12 -export -legacy -in %chain -inkey %tls.key -passout file:%words -out %made"],
        "--pfx made --passphrase-file words",
    ),
    (
        "PKCS#12 without the intermediate",
        &["pkcs12 -export -in %leaf -inkey %tls.key -passout file:%words -out %made"],
        "--pfx made --passphrase-file words --chain intermediate",
    ),
    (
        "DER",
        &[
            "x509 -in %leaf -outform DER -out %made",
            "x509 -in %intermediate -outform DER -out %made.chain",
            "pkey -in %tls.key -outform DER -out %made.key",
        ],
        "--crt made --key made.key --chain made.chain",
    ),
    (
        "PKCS#7 in DER",
        &["crl2pkcs7 -nocrl -certfile %chain -outform DER -out %made"],
        "--crt made --key tls.key",
    ),
    (
        "PKCS#7 in PEM",
        &["crl2pkcs7 -nocrl -certfile %chain -out %made"],
        "--crt made --key tls.key",
    ),
];

/// The pair in files of its parts.
fn handed_in(server: &StandIn) -> Pair {
    let pair = authority().pair(&[HOST]);
    server.hand_in(&pair);
    let chain = format!("{}{}", pair.leaf, pair.intermediate);
    for (name, text) in [
        ("leaf", pair.leaf.as_str()),
        ("intermediate", &pair.intermediate),
        ("chain", &chain),
        ("words", "words of the CA\n"),
    ] {
        server.scratch.write_mode(name, text, 0o600);
    }
    pair
}

fn openssl(server: &StandIn, line: &str) {
    let folder = format!("{}/", server.scratch.folder().display());
    let words = line.split(' ').map(|word| word.replace('%', &folder));
    run("openssl", &words.collect::<Vec<_>>());
}

#[test]
fn whatever_form_the_ca_sends_becomes_the_same_bundle() {
    for (name, commands, flags) in FORMS {
        let server = cus();
        let pair = handed_in(&server);
        for line in commands {
            openssl(&server, line);
        }
        let line = format!("--root root cus-https --host {HOST} --ca ca.crt {flags}");
        server.succeeds(&line);
        assert_bundle(&server.path(BUNDLE), &pair);
        let before = fs::read(server.path(BUNDLE)).unwrap();
        let again = server.succeeds(&line);
        assert!(again.stdout.contains("unchanged "), "{name}: {again:?}");
        assert_eq!(fs::read(server.path(BUNDLE)).unwrap(), before, "{name}");
    }
}

#[test]
fn a_pfx_without_its_passphrase_is_refused() {
    let server = cus();
    handed_in(&server);
    openssl(&server, FORMS[0].1[0]);
    let line = format!("--root root cus-https --host {HOST} --ca ca.crt --pfx made");
    server.refuses_with(&line, &["made is encrypted", "--passphrase-file FILE"]);
    server.refuses_with(
        &format!("{line} --passphrase-file leaf"),
        &["the passphrase does not open the keystore made"],
    );
}
