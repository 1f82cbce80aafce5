//! `dhtls show` of keystores and endpoints.
#![allow(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

mod support;

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use support::program;
use support::shown::with;
use support::transcript::Test;

fn testdata(path: &str) -> String {
    format!("{}/testdata/{path}", env!("CARGO_MANIFEST_DIR"))
}

fn keystore(name: &str) -> Value {
    let arguments = format!("show {name} --passphrase-file pass --format json");
    let output = with(&[&format!("keystores/{name}")]).args(&arguments).run();
    assert!(output.status.success(), "{output:?}");
    let shown: Value = serde_json::from_slice(&output.stdout).unwrap();
    shown["sources"][0]["keystore"].clone()
}

/// What a keystore of OpenSSL 3 tells of itself.
const MODERN: &str = "\
\x20 mac           HMAC-SHA256, 2048 rounds
  keys          AES-256-CBC, PBKDF2 with HMAC-SHA256, 2048 rounds
  certificates  AES-256-CBC, PBKDF2 with HMAC-SHA256, 2048 rounds
  read by       Java 8u301 (OpenJDK 8u342), 11.0.12 and later
  OpenSSL 3     yes
";

#[test]
fn a_keystore_tells_how_it_is_protected_and_what_is_in_it() {
    with(&["keystores/openssl-modern.p12"])
        .args("-q show openssl-modern.p12 --passphrase-file pass --at 2030-01-01")
        .stdout(&format!(
            "openssl-modern.p12: PKCS#12, 1 entry, 2 certificates\n{MODERN}\
             \x20 entry         webapi: key, EC P-256, with certificates 1, 2\n\
             \n\
             \x20 deephaven.example.com (leaf [1], [..] days left)\n\
             \x20 └─ Intermediate (intermediate [2], [..] days left)\n\
             \x20    └─ CN=Root,O=dhtls tests (missing)\n\
             \n\
             \x20 trusted       no: a certificate is missing\n\
             \x20 warning       incomplete-chain: the issuer of Intermediate is missing: [..]\n"
        ))
        .success();
}

#[test]
fn without_its_passphrase_a_keystore_still_tells_its_protection() {
    let head = "openssl-modern.p12: PKCS#12, 1 entry\n";
    let closed = "  entries       only what is not encrypted is known without the passphrase\n  \
                  entry         webapi: closed\n";
    let scratch = with(&["keystores/openssl-modern.p12"])
        .args("show openssl-modern.p12")
        .stdout(&format!("{head}{MODERN}{closed}"))
        .stderr(
            "dhtls: error: the keystore openssl-modern.p12 needs a passphrase; only what is not encrypted \
             is shown\n\
             dhtls: hint: --passphrase-file FILE has the passphrase in its first line, \
             --passphrase-base64-file FILE in base64 as the Web API Service keeps it\n",
        )
        .failure();
    Test::on(scratch)
        .args("show openssl-modern.p12 --passphrase-file wrong")
        .stdout(&format!("{head}{MODERN}{closed}"))
        .stderr(
            "dhtls: error: the passphrase does not open the keystore openssl-modern.p12\n\
             dhtls: hint: [..]\n",
        )
        .failure();
}

#[test]
fn every_entry_is_listed_with_what_it_is() {
    let shown = keystore("keytool-several.p12");
    let entries: Vec<_> = shown["entries"].as_array().unwrap().iter().collect();
    let of = |key: &str| {
        entries
            .iter()
            .map(|it| it[key].to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        of("alias"),
        [r#""webapi""#, r#""other""#, r#""secret""#, r#""our-root""#]
    );
    assert_eq!(
        of("kind"),
        [
            r#""key""#,
            r#""key""#,
            r#""a secret key""#,
            r#""trusted certificate""#
        ]
    );
    assert_eq!(
        of("key"),
        [r#""EC P-256""#, r#""RSA 2048""#, "null", "null"]
    );
}

#[test]
fn who_reads_a_keystore_depends_on_its_algorithms() {
    for (name, java, openssl) in [
        ("openssl-java8.p12", "every Java", "yes"),
        (
            "openssl-legacy.p12",
            "every Java",
            "only with its legacy provider (-legacy)",
        ),
        (
            "openssl-aes-sha1-mac.p12",
            "Java 8u301 (OpenJDK 8u342), 11.0.12 and later",
            "yes",
        ),
    ] {
        let shown = keystore(name);
        assert_eq!(shown["java"], java, "{name}");
        assert_eq!(shown["openssl"], openssl, "{name}");
    }
}

#[test]
fn openssl_says_the_same_of_a_keystores_protection() {
    for name in [
        "openssl-modern.p12",
        "openssl-java8.p12",
        "openssl-aes-128-sha512-mac.p12",
    ] {
        let path = testdata(&format!("keystores/{name}"));
        let info = [
            "pkcs12",
            "-info",
            "-noout",
            "-passin",
            "pass:changeit",
            "-in",
            &path,
        ];
        let said = String::from_utf8(program::output("openssl", &info, "").stderr).unwrap();
        let shown = keystore(name);
        let mac = shown["mac"]
            .as_str()
            .unwrap()
            .replace("HMAC-", "")
            .replace('-', "");
        let rounds = &shown["mac_iterations"];
        let line = said.lines().find(|line| line.starts_with("MAC:")).unwrap();
        assert!(
            line.to_ascii_uppercase()
                .starts_with(&format!("MAC: {mac}, ITERATION {rounds}")),
            "{name}: {line}, not {mac}, {rounds}"
        );
        let cipher = shown["key_encryption"]["name"].as_str().unwrap();
        let cipher = cipher.split(',').next().unwrap();
        let rounds = &shown["key_encryption"]["iterations"];
        let line = said
            .lines()
            .find(|line| line.starts_with("Shrouded"))
            .unwrap();
        let spelled = match cipher {
            "3DES-CBC" => "3-KeyTripleDES-CBC",
            other => other,
        };
        assert!(
            line.contains(spelled) && line.contains(&format!("Iteration {rounds}")),
            "{name}: {line}, not {spelled}, {rounds}"
        );
    }
}

/// openssl as a server on a free port.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(arguments: &[&str]) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap().to_string();
        drop(free);
        let child = Command::new("openssl")
            .args(["s_server", "-quiet", "-accept", &address])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        program::wait_for("openssl", || TcpStream::connect(&address).ok());
        Self { child, address }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn an_endpoint_tells_what_it_speaks_and_sends_and_its_name_is_checked() {
    let (leaf, key) = (testdata("pki/leaf.pem"), testdata("pki/keys/leaf.key"));
    let server = Server::start(&["-cert", &leaf, "-key", &key, "-tls1_2"]);
    let start = format!(
        "{}: TLS, 1 certificate\n  protocol      TLSv1.2, ECDHE-RSA-[..]\n",
        server.address
    );
    let tree = "\n  deephaven.example.com (leaf [1], 306 days left)\n  \
                └─ CN=Example Issuing CA,O=Example Corp,C=US (missing)\n\n  \
                trusted       no: a certificate is missing\n";
    let missing =
        "  critical      incomplete-chain: the issuer of deephaven.example.com is missing: [..]\n";
    let arguments = format!("-q show {} --at 2026-03-01", server.address);
    Test::new()
        .args(&arguments)
        .stdout(&format!(
            "{start}  host          127.0.0.1\n{tree}\
             \x20 critical      host-mismatch: the certificate does not cover 127.0.0.1, only \
             deephaven.example.com, localhost\n{missing}"
        ))
        .success();
    Test::new()
        .args(&arguments)
        .args("--host deephaven.example.com")
        .stdout(&format!(
            "{start}  host          deephaven.example.com\n{tree}{missing}"
        ))
        .success();
}

#[test]
fn an_endpoint_that_does_not_answer_is_told_within_its_time() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap().to_string();
    Test::new()
        .args(&format!("show https://{address}/path --timeout 1s"))
        .stderr(&format!(
            "dhtls: error: {address} accepts connections but does not answer\n"
        ))
        .failure();
}
