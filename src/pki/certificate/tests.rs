use std::net::IpAddr;

use proptest::prelude::any;
use proptest::{prop_assert_eq, proptest};
use time::OffsetDateTime;
use time::macros::format_description;

use super::distinguished_name::{equal, escape, to_text, values};
use super::fixtures::{bytes, certificate};
use super::public_key::{Curve, KeyKind};
use super::{Certificate, serial_text};
use crate::error::CertificateError;

/// As `openssl x509 -dates` prints a date.
fn date(time: OffsetDateTime) -> String {
    let format = format_description!(
        "[month repr:short] [day padding:space] [hour]:[minute]:[second] [year] GMT"
    );
    time.format(&format).unwrap()
}

#[test]
fn the_facts_are_those_that_openssl_prints() {
    let facts = String::from_utf8(bytes("facts.txt")).unwrap();
    let files: Vec<_> = facts
        .lines()
        .filter_map(|line| line.strip_prefix("file="))
        .collect();
    assert!(files.len() > 30);
    let mut ours = String::new();
    for file in files {
        let read = certificate(file.strip_suffix(".pem").unwrap());
        ours += &format!(
            "file={file}\nsubject={}\nissuer={}\n",
            read.subject(),
            read.issuer()
        );
        ours += &format!("serial={}\n", read.serial());
        ours += &format!("notBefore={}\n", date(read.not_before()));
        ours += &format!("notAfter={}\n", date(read.not_after()));
        ours += &format!("sha256 Fingerprint={}\n", read.fingerprint());
        ours += &format!("signature={}\n", read.signature_algorithm());
    }
    for (our, openssl) in ours.lines().zip(facts.lines()) {
        assert_eq!(our, openssl);
    }
    assert_eq!(ours.lines().count(), facts.lines().count());
}

#[test]
fn names_are_those_of_the_subject_alternative_name_alone() {
    let leaf = certificate("leaf");
    let names: Vec<_> = leaf.dns_names().iter().map(AsRef::as_ref).collect();
    assert_eq!(names, ["deephaven.example.com", "localhost"]);
    let addresses: [IpAddr; 2] = ["192.0.2.7".parse().unwrap(), "2001:db8::7".parse().unwrap()];
    assert_eq!(certificate("ip").ip_addresses(), addresses);
    assert!(!certificate("no-san").has_server_names());
}

#[test]
fn kinds_of_keys_are_told_apart() {
    let kinds = [
        ("leaf", KeyKind::Rsa { bits: 2048 }, "RSA 2048", Some(8)),
        ("rsa1024", KeyKind::Rsa { bits: 1024 }, "RSA 1024", Some(8)),
        ("p521", KeyKind::Ec(Curve::P521), "EC P-521", Some(8)),
        (
            "secp256k1",
            KeyKind::Ec(Curve::Secp256k1),
            "EC secp256k1",
            None,
        ),
        ("ed25519", KeyKind::Ed25519, "Ed25519", Some(17)),
    ];
    for (file, kind, text, java) in kinds {
        let found = certificate(file).key_kind();
        assert_eq!((found, found.to_string().as_str()), (kind, text));
        assert_eq!(found.java_since(), java);
    }
}

#[test]
fn only_a_certificate_signed_by_itself_is_self_signed() {
    assert!(certificate("root").is_self_signed());
    assert!(certificate("self-signed").is_self_signed());
    assert!(!certificate("leaf").is_self_signed());
    assert!(!certificate("cross").is_self_signed());
}

#[test]
fn a_title_is_the_common_name_or_what_there_is() {
    assert_eq!(certificate("leaf").title(), "deephaven.example.com");
    assert_eq!(
        certificate("empty-subject").title(),
        "deephaven.example.com"
    );
    assert_eq!(certificate("names").title(), "line\\0Abreak\\\\\\ ");
}

#[test]
fn fingerprints_are_written_in_two_ways() {
    let fingerprint = certificate("leaf").fingerprint();
    assert_eq!(
        format!("{fingerprint:x}"),
        fingerprint.to_string().replace(':', "").to_lowercase()
    );
}

#[test]
fn negative_and_odd_serials_are_written_as_openssl_writes_them() {
    assert_eq!(serial_text(&[0x00, 0xA0, 0x06]), "A006");
    assert_eq!(serial_text(&[0x01]), "01");
    assert_eq!(serial_text(&[0x00]), "00");
    assert_eq!(serial_text(&[0xFF]), "-01");
    assert_eq!(serial_text(&[0xFF, 0x00]), "-0100");
    assert_eq!(serial_text(&[0x80]), "-80");
    assert_eq!(serial_text(&[]), "");
}

#[test]
fn names_differ_neither_by_case_nor_by_blanks_nor_by_string_type() {
    // SEQUENCE { SET { SEQUENCE { commonName, string } } }
    let name = |tag: u8, text: &[u8]| {
        let length = u8::try_from(text.len()).unwrap();
        let head = [0x30, 11 + length, 0x31, 9 + length, 0x30, 7 + length];
        let string = [0x06, 3, 0x55, 4, 3, tag, length];
        [head.as_slice(), &string, text].concat()
    };
    let utf8 = name(0x0C, b"Example  CA");
    assert!(equal(&utf8, &name(0x13, b"example ca ")));
    assert!(equal(&utf8, &name(0x1E, b"\0E\0x\0a\0m\0p\0l\0e\0 \0C\0A")));
    assert!(!equal(&utf8, &name(0x0C, b"ExampleCA")));
    assert_eq!(to_text(&utf8), "CN=Example  CA");
    assert_eq!(to_text(b"junk"), "unreadable name");
    assert!(!equal(b"junk", b"junk "));
}

#[test]
fn what_could_disturb_a_terminal_is_escaped() {
    assert_eq!(escape("a\n\u{1b}[31mb"), "a\\0A\\1B[31mb");
    assert_eq!(escape("\u{202E}moc.elgoog"), "\\E2\\80\\AEmoc.elgoog");
    assert_eq!(escape("#1, é "), "\\#1\\, é\\ ");
}

#[test]
fn values_are_found_again_in_the_text_of_a_name() {
    let name = r"CN=a\,O=b\\,O=last\+OU=c+OU=some,O=first,O=#0500,CN=\#1 \C3\A9\0A,UNCN=d";
    assert_eq!(values(name, "CN"), [r"a,O=b\", "#1 é\n"]);
    assert_eq!(values(name, "O"), ["last+OU=c", "first"]);
    assert_eq!(values(name, "OU"), ["some"]);
    assert_eq!(values(name, "C"), [""; 0]);
    // What `to_text` never writes is read as well as can be.
    assert_eq!(values(r"CN=\+Cé\", "CN"), ["+Cé"]);
}

proptest! {
    #[test]
    fn escaping_is_taken_back_whatever_the_text(text in any::<String>()) {
        let name = format!("O=x,CN={},C=US", escape(&text));
        prop_assert_eq!(values(&name, "CN"), [text]);
    }
}

#[test]
fn what_is_no_certificate_is_an_error() {
    let whole = certificate("leaf").der().to_vec();
    for cut in [0, 1, 4, 100, whole.len() - 1] {
        assert!(Certificate::from_der(&whole[..cut]).is_err(), "{cut}");
    }
    let followed = [whole.as_slice(), b"x"].concat();
    let error = Certificate::from_der(&followed).unwrap_err();
    assert!(matches!(
        error,
        CertificateError::Damaged {
            reason: "more bytes follow it",
            ..
        }
    ));
}

#[test]
fn a_changed_outer_signature_algorithm_is_an_error() {
    let mut der = certificate("leaf").der().to_vec();
    // sha256WithRSAEncryption occurs twice; the second is the outer one.
    let oid = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x0B];
    let outer = der
        .windows(oid.len())
        .rposition(|window| window == oid)
        .unwrap();
    der[outer + oid.len() - 1] = 0x0C;
    assert!(Certificate::from_der(&der).is_err());
}
