//! Pairs that install-webapi does not take: it says all that is wrong with them and how to go on, and
//! leaves every file as it was.
#![allow(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

mod support;

use rcgen::{CertificateParams, KeyPair, date_time_ymd};

use support::authority::Authority;
use support::odd_pairs::{OddPair, by_openssl};
use support::stand_in::{HOST, INSTALL, StandIn, authority};

const REFUSED: &str = "this certificate is refused";

/// A server with a leaf that `change` has made odd.
fn handed_in(names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> StandIn {
    let server = StandIn::new();
    server.hand_in(&authority().odd_pair(KeyPair::generate().unwrap(), names, change));
    server
}

fn handed_in_by_openssl(odd: &OddPair) -> StandIn {
    let server = StandIn::new();
    server.hand_in(&odd.pair);
    server.scratch.write("ca.crt", &odd.root);
    server
}

#[test]
fn an_expired_certificate_is_refused_whatever_is_allowed() {
    handed_in(&[HOST], |leaf| leaf.not_after = date_time_ymd(2021, 2, 3)).refuses(
        &format!("{INSTALL} --allow self-signed"),
        &format!("{REFUSED}\n  expired: dhtls test leaf expired on 2021-02-03 00:00:00 UTC"),
        "",
    );
}

#[test]
fn a_certificate_that_is_not_valid_yet_is_refused() {
    handed_in(&[HOST], |leaf| leaf.not_before = date_time_ymd(2098, 1, 1)).refuses(
        INSTALL,
        &format!("{REFUSED}\n  not-yet-valid: dhtls test leaf is not valid before 2098-01-01 00:00:00 UTC"),
        "",
    );
}

#[test]
fn a_certificate_for_other_hosts_is_refused_with_the_names_that_it_has() {
    handed_in(&["a.example.com", "b.example.com"], |_| {}).refuses(
        &format!("{INSTALL} --host {HOST}"),
        &format!(
            "{REFUSED}\n  host-mismatch: the certificate does not cover {HOST}, only a.example.com, b.example.com"
        ),
        "",
    );
}

#[test]
fn a_certificate_with_several_names_needs_to_be_told_which() {
    handed_in(&["a.example.com", "b.example.com"], |_| {}).refuses(
        INSTALL,
        "the certificate has several names: a.example.com, b.example.com",
        "say with --host which one this server is reached by",
    );
}

#[test]
fn a_certificate_without_alternative_names_is_refused() {
    handed_in(&[], |_| {}).refuses(
        &format!("{INSTALL} --host {HOST}"),
        &format!(
            "{REFUSED}\n  no-san: dhtls test leaf has no subject alternative name; clients ignore the common name"
        ),
        "",
    );
}

#[test]
fn a_certificate_for_clients_only_is_refused() {
    use rcgen::ExtendedKeyUsagePurpose::ClientAuth;
    handed_in(&[HOST], |leaf| leaf.extended_key_usages = vec![ClientAuth]).refuses(
        INSTALL,
        &format!(
            "{REFUSED}\n  wrong-usage: dhtls test leaf may not be used by a server: its extended key usage lacks serverAuth"
        ),
        "",
    );
}

#[test]
fn a_key_of_another_certificate_is_refused() {
    let server = StandIn::new();
    let other = KeyPair::generate().unwrap().serialize_pem();
    server.scratch.write_mode("tls.key", other, 0o600);
    server.refuses(INSTALL, &format!("{REFUSED}\n  key-mismatch: the private key belongs to none of the certificates \"dhtls test leaf\", \"dhtls test intermediate\""), "");
}

#[test]
fn a_weak_key_is_refused_until_it_is_allowed() {
    let odd = by_openssl(&["-newkey", "rsa:1024"], "-sha256");
    let server = handed_in_by_openssl(&odd).refuses(
        INSTALL,
        &format!("{REFUSED}\n  weak-key: odd leaf has a weak key (RSA 1024): RSA keys need 2048 bits or more"),
        "--allow weak-key accepts it, for testing",
    );
    let run = server.run(&format!("{INSTALL} --allow weak-key"));
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stderr.contains("dhtls: warning: weak-key: "), "{run:?}");
}

#[test]
fn a_sha_1_signature_is_refused_until_it_is_allowed() {
    let odd = by_openssl(&["-newkey", "rsa:2048"], "-sha1");
    let server = handed_in_by_openssl(&odd).refuses(
        INSTALL,
        &format!("{REFUSED}\n  weak-signature: odd leaf is signed with SHA-1, which can be forged"),
        "--allow weak-signature accepts it, for testing",
    );
    let run = server.run(&format!("{INSTALL} --allow weak-signature"));
    assert_eq!(run.code, 0, "{run:?}");
    assert!(
        run.stderr.contains("dhtls: warning: weak-signature: "),
        "{run:?}"
    );
}

#[test]
fn a_self_signed_certificate_is_refused_until_it_is_allowed() {
    let server = StandIn::new();
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec![HOST.to_owned()])
        .unwrap()
        .self_signed(&key)
        .unwrap();
    server.scratch.write("tls.crt", leaf.pem());
    server.scratch.write("tls.key", key.serialize_pem());
    let server = server.refuses(
        INSTALL,
        &format!("{REFUSED}\n  self-signed: rcgen self signed cert is self-signed; clients will not trust it"),
        "--allow self-signed accepts it, for testing",
    );
    let run = server.run(&format!("{INSTALL} --allow self-signed"));
    assert_eq!(run.code, 0, "{run:?}");
    assert!(
        run.stderr.contains("dhtls: warning: self-signed: "),
        "{run:?}"
    );
}

#[test]
fn a_missing_intermediate_is_named_and_refused_until_it_is_given_or_allowed() {
    let server = StandIn::new();
    let pair = authority().pair(&[HOST]);
    server.scratch.write("tls.crt", &pair.leaf);
    server.scratch.write("tls.key", &pair.key);
    server.scratch.write("intermediate.crt", &pair.intermediate);
    let server = server.refuses(
        INSTALL,
        &format!("{REFUSED}\n  incomplete-chain: the issuer of dhtls test leaf is missing: CN=dhtls test intermediate; an intermediate is given with --chain FILE, a private root with --ca FILE"),
        "--allow incomplete-chain accepts it, for testing",
    );
    let run = server.run(&format!("-n {INSTALL} --chain intermediate.crt"));
    assert_eq!(
        (run.code, run.stderr.contains("incomplete")),
        (0, false),
        "{run:?}"
    );
    let run = server.run(&format!("{INSTALL} --allow incomplete-chain"));
    assert_eq!(run.code, 0, "{run:?}");
    assert!(
        run.stderr.contains("dhtls: warning: incomplete-chain: "),
        "{run:?}"
    );
}

#[test]
fn all_findings_are_shown_at_once_and_what_can_be_allowed_is_no_way_out_of_the_rest() {
    let server = handed_in(&["a.example.com"], |leaf| {
        leaf.not_after = date_time_ymd(2021, 2, 3);
        leaf.key_usages = vec![rcgen::KeyUsagePurpose::KeyEncipherment];
    });
    let leaf = server.text("tls.crt");
    let (leaf, _) = leaf.split_at(leaf.find("-----END CERTIFICATE-----\n").unwrap() + 26);
    server.scratch.write("tls.crt", leaf);
    server
        .scratch
        .write_mode("tls.key", server.scratch.read("tls.key"), 0o644);
    let run = server.run(&format!("{INSTALL} --host {HOST}"));
    assert_eq!(run.code, 1);
    for code in [
        "expired",
        "host-mismatch",
        "wrong-usage",
        "incomplete-chain",
        "loose-permissions",
    ] {
        assert!(
            run.stderr.contains(&format!("\n  {code}: ")),
            "{code} in {}",
            run.stderr
        );
    }
    assert!(!run.stderr.contains("--allow"), "{}", run.stderr);
}

#[test]
fn a_certificate_near_its_end_is_installed_with_a_warning() {
    let server = handed_in(&[HOST], |leaf| {
        leaf.not_after = time::OffsetDateTime::now_utc() + time::Duration::hours(5 * 24 + 12);
    });
    let run = server.run(INSTALL);
    assert_eq!(run.code, 0, "{run:?}");
    let warning = "dhtls: warning: expiring: dhtls test leaf expires in 5 days\n";
    assert!(run.stderr.contains(warning), "{run:?}");
}

#[test]
fn a_key_that_others_can_read_is_warned_about() {
    let server = StandIn::new();
    server
        .scratch
        .write_mode("tls.key", server.scratch.read("tls.key"), 0o644);
    let run = server.run(INSTALL);
    assert_eq!(run.code, 0, "{run:?}");
    let warning = "dhtls: warning: loose-permissions: tls.key holds a private key that everyone on this \
                   machine can read (mode 0644)\n";
    assert!(run.stderr.contains(warning), "{run:?}");
}

#[test]
fn a_private_authority_is_warned_about() {
    let server = StandIn::new();
    // With its root, for nobody else can tell that it is none of the world's.
    let chain = [server.text("tls.crt"), server.text("ca.crt")].concat();
    server.scratch.write("tls.crt", chain);
    let run = server.run("--root root install-webapi --crt tls.crt --key tls.key");
    assert_eq!(run.code, 0, "{run:?}");
    assert!(
        run.stderr.contains("dhtls: warning: untrusted: "),
        "{run:?}"
    );
}

#[test]
fn an_ed25519_key_is_refused_while_the_java_is_not_known() {
    handed_in_by_openssl(&by_openssl(&["-newkey", "ed25519"], "-sha256")).refuses(
        INSTALL,
        "not every Java, and which one runs the service is not known, can serve a certificate with an \
         Ed25519 key",
        "ask the CA for a certificate with an RSA or a P-256 key",
    );
}

#[test]
fn a_key_on_a_curve_that_no_java_serves_is_refused() {
    let curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:secp256k1"];
    handed_in_by_openssl(&by_openssl(&curve, "-sha256")).refuses(
        INSTALL,
        "no Java can serve a certificate with an EC secp256k1 key",
        "ask the CA for a certificate with an RSA or a P-256 key",
    );
}

#[test]
fn a_self_signed_pair_of_its_own_is_made_and_warned_about() {
    let server = StandIn::new();
    let run = server.run(&format!(
        "--root root install-webapi --self-signed --host {HOST}"
    ));
    assert_eq!(run.code, 0, "{run:?}");
    assert!(
        run.stderr.contains("dhtls: warning: self-signed: "),
        "{run:?}"
    );
}

#[test]
fn a_pair_of_an_unknown_authority_is_complete_when_its_root_is_handed_in() {
    let other = Authority::new();
    let server = StandIn::new();
    server.hand_in(&other.pair(&[HOST]));
    server.scratch.write("other.crt", other.root());
    server.installs(&format!("{INSTALL} --ca other.crt"));
}
