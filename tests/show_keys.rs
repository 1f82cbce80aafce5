//! `dhtls show` of keys and requests.
#![allow(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

mod support;

use support::program;
use support::shown::{fixture, shown, with};
use support::transcript::Test;

/// The fixtures are valid then: 2026-03-01.
const AT: &str = "--at 2026-03-01";

#[test]
fn a_key_is_told_by_its_kind_and_by_whose_it_is_and_never_shown() {
    let files = ["pki/chain.pem", "pki/keys/leaf.key", "pki/keys/ed25519.key"];
    let (stdout, stderr, code) = shown(
        with(&files)
            .args("show leaf.key ed25519.key chain.pem")
            .args(AT),
    );
    assert_eq!((stderr.as_str(), code), ("", 0));
    let keys = stdout.split("chain.pem: PEM").next().unwrap();
    assert_eq!(
        keys,
        "leaf.key: PEM, 1 private key\n\
         \n\
         \x20 private key\n\
         \x20 key           RSA 2048\n\
         \x20 encrypted     no\n\
         \x20 key pin       sha256//X9RugZn/I1s2PiRaNfgTqz9GCYwnUUEkgE7RMIrFmFA=\n\
         \x20 belongs to    chain.pem, [1] deephaven.example.com\n\
         \n\
         ed25519.key: PEM, 1 private key\n\
         \n\
         \x20 private key\n\
         \x20 key           Ed25519\n\
         \x20 encrypted     no\n\
         \x20 key pin       sha256//0z2WUQr+0Fe+x5gIuEAznYl0Ix/LcS9Gqy698C7+Swc=\n\
         \x20 belongs to    none of the certificates given here\n\n"
    );
    let key = String::from_utf8(fixture("pki/keys/leaf.key")).unwrap();
    for format in ["text", "json", "pem"] {
        let test = with(&["pki/with-key.pem"])
            .args("-v show with-key.pem --format")
            .args(format);
        let (stdout, stderr, code) = shown(test);
        assert_eq!((stderr.as_str(), code), ("", 0));
        assert!(!stdout.contains("PRIVATE KEY"), "{stdout}");
        for line in key.lines().filter(|line| !line.starts_with('-')) {
            assert!(!stdout.contains(line), "{format}");
        }
    }
}

#[test]
fn an_encrypted_key_tells_how_and_with_its_passphrase_what() {
    let test = with(&["pki/keys/leaf.key"]);
    let folder = test.scratch().folder().to_owned();
    let to = folder.join("closed.key");
    let encrypt = "pkcs8 -topk8 -v2 aes-256-cbc -iter 3000 -passout pass:changeit";
    let from = folder.join("leaf.key");
    let files = ["-in", from.to_str().unwrap(), "-out", to.to_str().unwrap()];
    program::run(
        "openssl",
        &[encrypt.split(' ').collect(), files.to_vec()].concat(),
    );
    let head = "closed.key: PEM, 1 private key\n\n  private key\n";
    let how = "  encrypted     AES-256-CBC, PBKDF2 with HMAC-SHA256, 3000 rounds\n";
    let scratch = test
        .args("show closed.key")
        .stdout(&format!(
            "{head}  key           not known without the passphrase\n{how}"
        ))
        .stderr(
            "dhtls: error: the private key closed.key is encrypted\n\
             dhtls: hint: give --passphrase-file FILE with the passphrase in its first line\n",
        )
        .failure();
    Test::on(scratch)
        .args("show closed.key --passphrase-file pass")
        .stdout(&format!(
            "{head}  key           RSA 2048\n{how}  key pin       \
             sha256//X9RugZn/I1s2PiRaNfgTqz9GCYwnUUEkgE7RMIrFmFA=\n"
        ))
        .success();
}

#[test]
fn a_request_tells_what_is_wanted_and_whether_it_is_signed() {
    let test = with(&["pki/keys/p521.key", "pki/chain.pem"]);
    let folder = test.scratch().folder().to_owned();
    let key = folder.join("p521.key");
    let subject = [
        "-subj",
        "/CN=wanted.example.com",
        "-key",
        key.to_str().unwrap(),
    ];
    let names = "subjectAltName=DNS:wanted.example.com,IP:192.0.2.7,email:a@example.com";
    let made = program::run(
        "openssl",
        &[
            &[
                "req",
                "-new",
                "-addext",
                names,
                "-addext",
                "keyUsage=digitalSignature",
            ],
            &subject[..],
        ]
        .concat(),
    );
    test.file("wanted.csr", &made)
        .args("show wanted.csr p521.key")
        .stdout(
            "wanted.csr: PEM, 1 request\n\
             \n\
             \x20 certificate request\n\
             \x20 subject       CN=wanted.example.com\n\
             \x20 names         wanted.example.com, 192.0.2.7, email:a@example.com\n\
             \x20 key           EC P-521\n\
             \x20 signature     ecdsa-with-SHA256, valid\n\
             \x20 usage         digitalSignature\n\
             \x20 key pin       [..]\n\
             \n\
             p521.key: PEM, 1 private key\n\
             \n\
             \x20 private key\n\
             \x20 key           EC P-521\n\
             \x20 encrypted     no\n\
             \x20 key pin       [..]\n\
             \x20 belongs to    wanted.csr, request for CN=wanted.example.com\n",
        )
        .success();
}
