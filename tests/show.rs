//! `dhtls show`: what it says of files, held against openssl.
#![allow(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

mod support;

use serde_json::Value;

use support::program;
use support::shown::{fixture, shown, with};
use support::transcript::Test;

/// The fixtures are valid then: 2026-03-01.
const AT: &str = "--at 2026-03-01";

fn json(test: Test) -> Value {
    let (stdout, ..) = shown(test.args("--format json"));
    serde_json::from_str(&stdout).unwrap()
}

#[test]
fn a_chain_is_a_tree_up_to_its_anchor_with_all_that_is_known_of_each() {
    with(&["pki/chain.pem", "pki/root.pem"])
        .args("show chain.pem --ca root.pem")
        .args(AT)
        .stdout(include_str!("../testdata/show/chain.txt"))
        .success();
}

#[test]
fn what_is_wrong_is_said_in_the_words_of_check() {
    with(&["pki/expired.pem", "pki/root.pem"])
        .args("-q show expired.pem --host other.example.com --ca root.pem")
        .args(AT)
        .stdout(
            "expired.pem: PEM, 1 certificate\n\
             \n\
             \x20 deephaven.example.com (leaf [1], expired 28 days ago)\n\
             \x20 └─ CN=Example Issuing CA,O=Example Corp,C=US (missing)\n\
             \n\
             \x20 trusted       no: a certificate is missing\n\
             \x20 critical      expired: deephaven.example.com expired on 2026-02-01 00:00:00 UTC\n\
             \x20 critical      host-mismatch: the certificate does not cover other.example.com, only \
             deephaven.example.com, localhost\n\
             \x20 warning       incomplete-chain: the issuer of deephaven.example.com is missing: \
             CN=Example Issuing CA,O=Example Corp,C=US (to be had at \
             http://ca.example.com/intermediate.crt); --ca FILE makes a private root known\n",
        )
        .success();
}

#[test]
fn files_of_one_call_complete_each_others_chains_in_any_order() {
    with(&["pki/leaf.pem", "pki/shuffled.pem", "pki/root.pem"])
        .args("-q show leaf.pem shuffled.pem --ca root.pem")
        .args(AT)
        .stdout(
            "leaf.pem: PEM, 1 certificate\n\
             \n\
             \x20 deephaven.example.com (leaf [1], 306 days left)\n\
             \x20 └─ Example Issuing CA (intermediate from shuffled.pem, 5054 days left)\n\
             \x20    └─ Example Root CA (root from shuffled.pem, 5054 days left)\n\
             \n\
             \x20 trusted       yes: Example Root CA is one of the trust anchors given with --ca\n\
             \n\
             shuffled.pem: PEM, 4 certificates\n\
             \n\
             \x20 deephaven.example.com (leaf [3], 306 days left)\n\
             \x20 └─ Example Issuing CA (intermediate [2], 5054 days left)\n\
             \x20    └─ Example Root CA (root [1], 5054 days left)\n\
             \n\
             \x20 trusted       yes: Example Root CA is one of the trust anchors given with --ca\n\
             \x20 warning       chain-order: the certificates are not in the order leaf, intermediates\n\
             \n\
             \x20 Other Root CA (root [4], 5054 days left)\n\
             \n\
             \x20 trusted       no: it is no trust anchor here\n",
        )
        .success();
}

#[test]
fn what_cannot_be_read_is_told_and_does_not_hide_the_rest() {
    let damaged = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let leaf = String::from_utf8(fixture("pki/leaf.pem")).unwrap();
    let scratch = with(&["pki/other.revocation-list.pem"])
        .file("mixed.pem", format!("{damaged}{leaf}"))
        .file("empty", "")
        .file("junk", "junk\n")
        .args("-q show empty junk missing no.such.host mixed.pem other.revocation-list.pem")
        .args(AT)
        .stdout(
            "mixed.pem: PEM, 1 certificate\n\
             \n\
             \x20 deephaven.example.com (leaf [1], 306 days left)\n\
             \x20 └─ CN=Example Issuing CA,O=Example Corp,C=US (missing)\n\
             \n\
             \x20 trusted       no: a certificate is missing\n\
             \x20 warning       incomplete-chain: [..]\n\
             \n\
             other.revocation-list.pem: PEM, 1 revocation list\n\
             \n\
             \x20 revocation list\n\
             \x20 list          of CN=Example Root CA,O=Example Corp,C=US, from 2026-01-01 00:00:00 UTC until \
             2027-01-01 00:00:00 UTC, with 0 certificates\n",
        )
        .stderr(
            "dhtls: error: empty is empty\n\
             dhtls: error: junk holds something unknown\n\
             dhtls: hint: certificates, requests, keys, PKCS#7 and revocation lists are read as PEM or DER, \
             and PKCS#12 keystores\n\
             dhtls: error: cannot open missing: No such file or directory (os error 2)\n\
             dhtls: error: there is no file no.such.host\n\
             dhtls: hint: an endpoint is written HOST:PORT, for example localhost:8123\n\
             dhtls: error: mixed.pem:1: damaged block: it is not DER as RFC 5280 has it\n\
             dhtls: hint: copy the file again, whole, from the first -----BEGIN to the last -----END\n",
        )
        .failure();
    let shown = json(Test::on(scratch).args("show empty mixed.pem"));
    assert_eq!(shown["sources"].as_array().unwrap().len(), 1);
    assert_eq!(shown["errors"][0]["message"], "empty is empty");
    assert_eq!(shown["errors"][1]["source"], "mixed.pem");
}

#[test]
fn hostile_names_reach_no_terminal() {
    let (stdout, ..) = shown(with(&["pki/names.pem"]).args("-v show names.pem").args(AT));
    assert!(
        stdout.chars().all(|c| !c.is_control() || c == '\n'),
        "{stdout}"
    );
    let subject = program::run(
        "openssl",
        &[
            "x509",
            "-noout",
            "-subject",
            "-nameopt",
            "RFC2253,-esc_msb,utf8",
            "-in",
            &format!("{}/testdata/pki/names.pem", env!("CARGO_MANIFEST_DIR")),
        ],
    );
    let subject = subject
        .trim_end_matches('\n')
        .strip_prefix("subject=")
        .unwrap();
    assert!(
        stdout.contains(&format!("\n  subject       {subject}\n")),
        "{stdout}"
    );
    let (stdout, ..) = shown(
        with(&[])
            .file("a\x1b[2Jb\n.pem", fixture("pki/leaf.pem"))
            .args("show")
            .arg("a\x1b[2Jb\n.pem"),
    );
    assert!(
        stdout.starts_with(r"a\u{1b}[2Jb\u{a}.pem: PEM, 1 certificate"),
        "{stdout}"
    );
}

#[test]
fn an_extension_that_means_nothing_to_us_is_listed_when_asked() {
    let test = with(&["pki/unknown-critical.pem"])
        .args("-v show unknown-critical.pem")
        .args(AT);
    let (stdout, ..) = shown(test);
    assert!(
        stdout.contains("\n  extension     1.2.3.4, critical, 3 bytes\n"),
        "{stdout}"
    );
    assert!(stdout.contains("critical      wrong-usage: "), "{stdout}");
    let (stdout, ..) = shown(
        with(&["pki/constrained.pem"])
            .args("show constrained.pem")
            .args(AT),
    );
    assert!(
        stdout.contains("\n  constraints   permitted DNS:example.org\n"),
        "{stdout}"
    );
}

#[test]
fn openssl_says_the_same_of_every_certificate() {
    let folder = format!("{}/testdata/pki", env!("CARGO_MANIFEST_DIR"));
    for name in [
        "leaf",
        "p521",
        "pss",
        "ed25519",
        "v1",
        "past-2050",
        "ip",
        "self-signed",
        "root",
    ] {
        let path = format!("{folder}/{name}.pem");
        let certificate =
            &json(Test::new().args("show").arg(&path))["sources"][0]["certificates"][0];
        let ask = |options: &[&str]| {
            let all = [&["x509", "-noout", "-in", &path], options].concat();
            let said = program::run("openssl", &all);
            let value = said
                .trim_end()
                .split_once('=')
                .map(|(_, value)| value.to_owned());
            value.unwrap_or(said)
        };
        let hex = |options: &[&str]| ask(options).replace(':', "").to_ascii_lowercase();
        assert_eq!(
            certificate["sha256"],
            hex(&["-fingerprint", "-sha256"]),
            "{name}"
        );
        assert_eq!(
            certificate["sha1"],
            hex(&["-fingerprint", "-sha1"]),
            "{name}"
        );
        assert_eq!(certificate["serial"], ask(&["-serial"]), "{name}");
        let until = ask(&["-enddate", "-dateopt", "iso_8601"]).replace(' ', "T");
        assert_eq!(certificate["not_after"], until, "{name}");
        let pin = format!(
            "openssl x509 -in {path} -noout -pubkey | openssl pkey -pubin -outform DER | \
             openssl dgst -sha256 -binary | openssl base64"
        );
        let pin = program::run("sh", &["-c", &pin]);
        assert_eq!(certificate["spki_sha256"], pin.trim_end(), "{name}");
        let text = ask(&["-text"]);
        let usages = certificate["key_usage"].as_array().map_or(0, Vec::len);
        let after = text.split("X509v3 Key Usage").nth(1);
        let listed = after.map_or(0, |it| it.lines().nth(1).unwrap().split(',').count());
        assert_eq!(usages, listed, "{name}");
    }
}

#[test]
fn certificates_go_on_to_openssl_as_pem() {
    let test = with(&["pki/chain.der.p7b", "keystores/openssl-modern.p12"]);
    let (stdout, stderr, code) = shown(test.args(
        "show chain.der.p7b openssl-modern.p12 --format pem --passphrase-base64-file pass64",
    ));
    assert_eq!((stderr.as_str(), code), ("", 0));
    assert_eq!(stdout.matches("BEGIN CERTIFICATE").count(), 4);
    let leaf = fixture("pki/leaf.pem");
    let ask = ["x509", "-noout", "-fingerprint", "-sha256"];
    let of = |pem: &str| program::output("openssl", &ask, pem).stdout;
    assert_eq!(of(&stdout), of(&String::from_utf8(leaf).unwrap()));
    with(&["pki/keys/leaf.key"])
        .args("show leaf.key --format pem")
        .stderr("dhtls: error: leaf.key holds no certificate\n")
        .failure();
}

#[test]
fn below_another_root_absolute_paths_are_looked_up_there() {
    let (stdout, stderr, code) = shown(
        Test::new()
            .file("image/etc/tls.pem", fixture("pki/leaf.pem"))
            .args("--root image -q show /etc/tls.pem")
            .args(AT),
    );
    assert_eq!((stderr.as_str(), code), ("", 0));
    assert!(
        stdout.starts_with("/etc/tls.pem: PEM, 1 certificate\n"),
        "{stdout}"
    );
}

#[test]
fn wrong_usage_is_told_apart() {
    for arguments in [
        "show",
        "history --format pem",
        "show x --at yesterday",
        "show x --timeout 0s",
    ] {
        let (stdout, stderr, code) = shown(Test::new().args(arguments));
        assert_eq!((stdout.as_str(), code), ("", 2), "{arguments}");
        assert!(stderr.starts_with("error: "), "{arguments}: {stderr}");
    }
}
