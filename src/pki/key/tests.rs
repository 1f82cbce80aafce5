//! Keys as openssl writes them, and as people send them. The passphrase reaches openssl by a file.

use std::fs;
use std::path::Path;
use std::process::Command;

use proptest::prelude::{any, prop, proptest};

use super::*;

const PKCS8: &[u8] = include_bytes!("../../../testdata/keystores/source/leaf.key");
const RSA: &[u8] = include_bytes!("../../../testdata/keystores/source/other.key");
const LEAF: &[u8] = include_bytes!("../../../testdata/keystores/source/leaf.crt");
const OTHER: &[u8] = include_bytes!("../../../testdata/keystores/source/other.crt");

fn changeit() -> Secret {
    Secret::new(b"changeit".to_vec())
}

fn decode(bytes: &[u8]) -> Result<PrivateKey, KeyError> {
    PrivateKey::decode("tls.key", bytes, None)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// What `openssl FLAGS` makes of a key. `PASS` in the flags is the file with the passphrase.
fn openssl(flags: &str, key: &[u8]) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("in.key"), key).unwrap();
    fs::write(path("pass"), "changeit\n").unwrap();
    let pass = format!("file:{}", path("pass").display());
    let mut command = Command::new("openssl");
    command.args(
        flags
            .split(' ')
            .map(|flag| if flag == "PASS" { pass.as_str() } else { flag }),
    );
    command
        .arg("-in")
        .arg(path("in.key"))
        .arg("-out")
        .arg(path("out.key"));
    let output = command.output().unwrap();
    assert!(output.status.success(), "{flags}: {}", text(&output.stderr));
    fs::read(path("out.key")).unwrap()
}

#[test]
fn every_plain_encoding_is_read() {
    for (key, flags) in [
        (PKCS8, "pkey -outform DER"),
        (PKCS8, "pkcs8 -topk8 -nocrypt -outform DER"),
        (PKCS8, "ec"),
        (PKCS8, "ec -outform DER"),
        (PKCS8, "ec -conv_form compressed"),
        (RSA, "rsa -traditional"),
        (RSA, "rsa -traditional -outform DER"),
        (RSA, "pkey"),
    ] {
        let encoded = openssl(flags, key);
        assert!(!PrivateKey::is_encrypted(&encoded), "{flags}");
        let found = decode(&encoded).unwrap_or_else(|error| panic!("{flags}: {error}"));
        let public = decode(key).unwrap().public_key;
        let same = |a: &[u8], b: &[u8]| {
            let read = |der| PKey::public_key_from_der(der).unwrap();
            read(a).public_eq(&read(b))
        };
        assert!(same(&found.public_key, &public), "{flags}");
    }
}

#[test]
fn every_encrypted_encoding_is_read_with_its_passphrase_only() {
    for (key, flags) in [
        (PKCS8, "pkcs8 -topk8 -v2 aes256 -passout PASS"),
        (
            PKCS8,
            "pkcs8 -topk8 -v2 aes128 -v2prf hmacWithSHA1 -passout PASS -outform DER",
        ),
        (
            RSA,
            "pkcs8 -topk8 -v2 des3 -v2prf hmacWithSHA512 -passout PASS",
        ),
        (PKCS8, "pkcs8 -topk8 -scrypt -passout PASS"),
        (RSA, "pkcs8 -topk8 -v1 PBE-SHA1-3DES -passout PASS"),
        (PKCS8, "ec -aes256 -passout PASS"),
        (RSA, "rsa -traditional -aes128 -passout PASS"),
        (RSA, "rsa -traditional -des3 -passout PASS"),
    ] {
        let encoded = openssl(flags, key);
        assert!(PrivateKey::is_encrypted(&encoded), "{flags}");
        let found = PrivateKey::decode("tls.key", &encoded, Some(&changeit()));
        assert_eq!(found.unwrap(), decode(key).unwrap(), "{flags}");

        let error = decode(&encoded).unwrap_err();
        assert!(
            matches!(error, KeyError::PassphraseNeeded { .. }),
            "{flags}: {error:?}"
        );
        for wrong in ["wrong", "", "caf\u{e9}"] {
            let wrong = Secret::new(wrong.as_bytes().to_vec());
            let error = PrivateKey::decode("tls.key", &encoded, Some(&wrong)).unwrap_err();
            assert!(
                matches!(error, KeyError::WrongPassphrase { .. }),
                "{flags}: {error:?}"
            );
        }
    }
}

#[test]
fn a_key_that_went_through_mail_and_editors_is_read() {
    let key = text(PKCS8);
    let sec1 = text(&openssl("ec -aes256 -passout PASS", PKCS8));
    for (what, mended) in [
        ("CRLF", key.replace('\n', "\r\n")),
        ("byte order mark", format!("\u{feff}{key}")),
        ("indented", key.replace('\n', "\n    ")),
        ("newlines as backslash and n", key.replace('\n', "\\n")),
        ("one line", key.replace('\n', "")),
        ("blanks for lines", key.replace('\n', " ")),
        ("no final newline", key.trim_end().to_owned()),
        (
            "text around",
            format!("Bag Attributes\n  friendlyName: a\n{key}\nregards\n"),
        ),
        ("certificate before", text(LEAF) + &key),
        (
            "parameters before",
            text(&openssl("ecparam -name prime256v1", PKCS8)) + &key,
        ),
        ("CRLF and DEK-Info", sec1.replace('\n', "\r\n")),
        ("indented DEK-Info", sec1.replace('\n', "\n  ")),
    ] {
        let found = PrivateKey::decode("tls.key", mended.as_bytes(), Some(&changeit()));
        assert_eq!(found.unwrap(), decode(PKCS8).unwrap(), "{what}");
    }
}

#[test]
fn what_is_no_key_is_named() {
    let message = |bytes: &[u8]| decode(bytes).unwrap_err().to_string();
    assert_eq!(
        message(LEAF),
        "tls.key holds no private key, but a certificate"
    );
    assert_eq!(message(b""), "tls.key holds no private key");
    let several = [PKCS8, RSA].concat();
    assert_eq!(message(&several), "tls.key holds 2 private keys");
    let cut = &PKCS8[..PKCS8.len() / 2];
    assert_eq!(
        message(cut),
        "tls.key is not a whole private key: cut off or altered"
    );
    let ssh = b"-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n-----END OPENSSH PRIVATE KEY-----\n";
    assert_eq!(
        message(ssh),
        "cannot read the private key tls.key: the OpenSSH format is not supported"
    );
    let public = openssl("pkey -pubout", PKCS8);
    assert_eq!(
        message(&public),
        "tls.key holds no private key, but a public key"
    );
    let keystore = "testdata/keystores/openssl-modern.p12";
    let keystore = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(keystore)).unwrap();
    assert_eq!(message(&keystore), "tls.key holds no private key");
}

#[test]
fn a_key_knows_its_certificate() {
    let (leaf, other) = (decode(PKCS8).unwrap(), decode(RSA).unwrap());
    let der = |pem| X509::from_pem(pem).unwrap().to_der().unwrap();
    assert!(leaf.is_key_of(&der(LEAF)) && other.is_key_of(&der(OTHER)));
    assert!(!leaf.is_key_of(&der(OTHER)) && !leaf.is_key_of(b"no certificate"));
}

/// A new key in PEM, by `openssl genpkey`.
fn generated(flags: &str) -> Vec<u8> {
    let arguments = format!("genpkey -algorithm {flags}");
    let mut command = Command::new("openssl");
    let output = command.args(arguments.split(' ')).output().unwrap();
    output.stdout
}

#[test]
fn kinds_are_told_and_what_java_does_with_them() {
    let generated = |flags: &str| decode(&generated(flags)).unwrap().kind();
    for (flags, name, support) in [
        ("RSA -pkeyopt rsa_keygen_bits:2048", "RSA 2048", Some(8)),
        (
            "RSA-PSS -pkeyopt rsa_keygen_bits:2048",
            "RSA-PSS 2048",
            Some(8),
        ),
        ("EC -pkeyopt ec_paramgen_curve:P-256", "EC P-256", Some(8)),
        ("EC -pkeyopt ec_paramgen_curve:P-384", "EC P-384", Some(8)),
        ("EC -pkeyopt ec_paramgen_curve:P-521", "EC P-521", Some(8)),
        (
            "EC -pkeyopt ec_paramgen_curve:secp256k1",
            "EC secp256k1",
            None,
        ),
        (
            "EC -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:explicit",
            "EC on a curve given by its parameters",
            None,
        ),
        ("ED25519", "Ed25519", Some(17)),
        ("ED448", "Ed448", Some(17)),
        ("X25519", "unknown", None),
    ] {
        let kind = generated(flags);
        assert_eq!(kind.to_string(), name);
        assert_eq!(kind.java_since(), support, "{name}");
    }
}

#[test]
fn what_is_written_is_read_back_by_us_and_by_openssl() {
    for pem in [PKCS8, RSA] {
        let key = decode(pem).unwrap();
        assert_eq!(decode(key.to_pkcs8_der().expose()).unwrap(), key);
        let pem = key.to_pkcs8_pem();
        assert_eq!(decode(pem.expose()).unwrap(), key);
        assert_eq!(openssl("pkey", pem.expose()), pem.expose());
    }
}

#[test]
fn debug_shows_nothing_of_a_key() {
    assert_eq!(
        format!("{:?}", decode(PKCS8).unwrap()),
        "[private key, EC P-256]"
    );
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_an_error(
        noise in prop::collection::vec(any::<u8>(), 0..300), label in "[A-Z -]{0,30}", body in "\\PC{0,200}",
    ) {
        let pem = format!("-----BEGIN {label}PRIVATE KEY-----\n{body}\n-----END");
        for bytes in [&noise[..], pem.as_bytes()] {
            assert!(PrivateKey::decode("noise", bytes, Some(&changeit())).is_err());
            PrivateKey::is_encrypted(bytes);
        }
    }

    #[test]
    fn a_flipped_bit_never_panics(at in any::<prop::sample::Index>(), bit in 0..8_u8) {
        for good in [decode(PKCS8).unwrap().to_pkcs8_der().expose(), PKCS8] {
            let mut altered = good.to_vec();
            altered[at.index(good.len())] ^= 1 << bit;
            let _ = PrivateKey::decode("altered", &altered, Some(&changeit()));
        }
    }
}

#[test]
fn common_keys_become_by_hand_what_openssl_makes_of_them() {
    for (flags, is_common) in [
        ("RSA -pkeyopt rsa_keygen_bits:2048", true),
        (
            "RSA -pkeyopt rsa_keygen_bits:1025 -pkeyopt rsa_keygen_pubexp:3",
            true,
        ),
        ("EC -pkeyopt ec_paramgen_curve:P-256", true),
        ("EC -pkeyopt ec_paramgen_curve:P-384", true),
        ("EC -pkeyopt ec_paramgen_curve:P-521", true),
        ("EC -pkeyopt ec_paramgen_curve:secp256k1", false),
        (
            "EC -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:explicit",
            false,
        ),
        ("RSA-PSS -pkeyopt rsa_keygen_bits:2048", false),
        ("ED25519", false),
    ] {
        let pem = generated(flags);
        let mut encodings = vec!["pkey"];
        match flags.split_once(' ') {
            Some(("RSA", _)) => encodings.push("rsa -traditional"),
            Some(("EC", _)) if is_common => {
                encodings.extend(["ec", "ec -no_public", "pkey -ec_conv_form compressed"])
            }
            _ => {}
        }
        for encoding in encodings {
            let der = openssl(&format!("{encoding} -outform DER"), &pem);
            // OpenSSL writes a key without its public half without it again.
            let whole = PKey::private_key_from_pem(&pem).unwrap();
            let theirs = PrivateKey::from_pkey(&whole).unwrap();
            let by_hand = Plain::from_der(&der).is_some();
            assert_eq!(by_hand, is_common, "{flags} {encoding}");
            let ours = PrivateKey::from_der(&der).unwrap();
            assert_eq!(ours.kind(), theirs.kind(), "{flags} {encoding}");
            assert_eq!(ours.public_key, theirs.public_key, "{flags} {encoding}");
            assert_eq!(ours, theirs, "{flags} {encoding}");
            for length in 0..der.len() {
                assert!(
                    Plain::from_der(&der[..length]).is_none(),
                    "{flags} {encoding}"
                );
            }
        }
    }
}
