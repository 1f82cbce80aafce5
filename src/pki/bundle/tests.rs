use openssl::pkcs12::Pkcs12;
use openssl::pkey::PKey;
use openssl::symm::Cipher;
use openssl::x509::{X509Crl, X509Req};
use proptest::prelude::{any, prop, prop_oneof, proptest};
use proptest::strategy::{Just, Strategy as _};

use super::{decode, encode_pem};
use crate::error::CertificateError;
use crate::error::certificate::Found;
use crate::pki::certificate::fixtures::{bytes, certificates};

fn error(bytes: &[u8]) -> CertificateError {
    decode("tls.crt", bytes).unwrap_err()
}

fn found(bytes: &[u8]) -> Found {
    match error(bytes) {
        CertificateError::Other { name, found } if name == "tls.crt" => found,
        other => panic!("{other:?}"),
    }
}

/// Files and what had to be mended in them.
const SHAPES: &str = "\
chain.pem | []
chain.crlf.pem | [Crlf]
chain.bom.pem | [Bom]
chain.indented.pem | [Indentation]
chain.no-final-newline.pem | [NoFinalNewline]
chain.joined.pem | [JoinedBlocks]
chain.p7b | []
chain.der.p7b | []
with-key.pem | []
leaf.pem | []
leaf.one-line.pem | [LongLines, NoFinalNewline]
leaf.escaped.pem | [EscapedNewlines, TextAround, NoFinalNewline]
leaf.text.pem | [TextAround]
leaf.utf16.pem | [Utf16, Crlf]
leaf.base64 | [NoArmor]
leaf.trusted.pem | []
leaf.der | []
";

#[test]
fn every_shape_of_a_file_gives_the_same_certificates_and_says_what_was_mended() {
    let chain = certificates("chain");
    for (file, mended) in SHAPES.lines().map(|row| row.split_once(" | ").unwrap()) {
        let bundle = decode(file, &bytes(file)).unwrap();
        let length = if file.starts_with("leaf") { 1 } else { 2 };
        assert_eq!(bundle.certificates, chain[..length], "{file}");
        assert_eq!(format!("{:?}", bundle.mended), mended, "{file}");
        assert_eq!(bundle.has_key, file == "with-key.pem");
    }
}

#[test]
fn what_we_write_is_what_openssl_wrote() {
    let written = encode_pem(&certificates("chain"));
    assert_eq!(written, bytes("chain.pem"));
}

#[test]
fn der_certificates_may_follow_each_other() {
    let chain = certificates("chain");
    let joined = [chain[0].der(), chain[1].der(), b"\n"].concat();
    assert_eq!(decode("x", &joined).unwrap().certificates, chain);
}

#[test]
fn ber_of_indefinite_length_is_read_in_pkcs7() {
    let definite = bytes("chain.der.p7b");
    // SEQUENCE with a two-byte length in front; the same with an open end.
    assert_eq!(definite[..2], [0x30, 0x82]);
    let indefinite = [&[0x30, 0x80], &definite[4..], &[0, 0]].concat();
    assert_eq!(
        decode("x", &indefinite).unwrap().certificates,
        certificates("chain")
    );
}

#[test]
fn keys_are_recognised_in_every_encoding() {
    let pem = bytes("keys/leaf.key");
    let key = PKey::private_key_from_pem(&pem).unwrap();
    let elliptic = PKey::private_key_from_pem(&bytes("keys/p521.key")).unwrap();
    let (rsa, elliptic) = (key.rsa().unwrap(), elliptic.ec_key().unwrap());
    let encrypted = key.private_key_to_pkcs8_passphrase(Cipher::aes_256_cbc(), b"secret");
    let private = [
        pem,
        key.private_key_to_pkcs8().unwrap(),
        rsa.private_key_to_der().unwrap(),
        elliptic.private_key_to_der().unwrap(),
        encrypted.unwrap(),
    ];
    for bytes in private {
        assert_eq!(found(&bytes), Found::PrivateKey);
    }
    assert_eq!(found(&key.public_key_to_der().unwrap()), Found::PublicKey);
    assert_eq!(found(&bytes("other.public-key.pem")), Found::PublicKey);
}

#[test]
fn what_is_no_certificate_is_called_by_its_name() {
    let key = PKey::private_key_from_pem(&bytes("keys/leaf.key")).unwrap();
    let store = Pkcs12::builder().pkey(&key).build2("secret").unwrap();
    let request = X509Req::from_pem(&bytes("other.request.pem")).unwrap();
    let list = X509Crl::from_pem(&bytes("other.revocation-list.pem")).unwrap();
    let things = [
        (Found::CertificateRequest, bytes("other.request.pem")),
        (Found::CertificateRequest, request.to_der().unwrap()),
        (Found::RevocationList, bytes("other.revocation-list.pem")),
        (Found::RevocationList, list.to_der().unwrap()),
        (Found::Pkcs12, store.to_der().unwrap()),
        (Found::JavaKeystore, b"\xFE\xED\xFE\xED\0\0\0\x02".to_vec()),
        (Found::WebPage, b"\n<!DOCTYPE html><html>".to_vec()),
        (Found::Unknown, b"hello".to_vec()),
        (Found::Unknown, vec![0x30; 1000]),
    ];
    for (expected, bytes) in things {
        assert_eq!(found(&bytes), expected);
    }
}

#[test]
fn a_key_alone_leads_to_the_right_flag() {
    let error = error(&bytes("keys/leaf.key"));
    assert_eq!(
        error.to_string(),
        "tls.crt holds a private key, not a certificate"
    );
    assert_eq!(
        error.hint().unwrap(),
        "a private key is given as --key; here a certificate is wanted"
    );
}

#[test]
fn nothing_is_an_error_of_its_own() {
    assert_eq!(error(b" \r\n").to_string(), "tls.crt is empty");
    let parameters =
        b"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
    assert_eq!(found(parameters), Found::Unknown);
    // PKCS#7 signed data without any certificate.
    let mut empty = vec![
        0x30, 0x23, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02,
    ];
    empty.extend([
        0xA0, 0x16, 0x30, 0x14, 0x02, 0x01, 0x01, 0x31, 0x00, 0x30, 0x0B, 0x06, 0x09,
    ]);
    empty.extend([
        0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x01, 0x31, 0x00,
    ]);
    assert_eq!(error(&empty).to_string(), "tls.crt holds no certificate");
}

#[test]
fn a_damaged_block_is_named_with_its_line() {
    let leaf = String::from_utf8(bytes("leaf.pem")).unwrap();
    let last = "\n-----END CERTIFICATE-----\n";
    let damaged = [
        (leaf.replace("MII", "MI!"), "it is not base64"),
        (leaf.replace(last, ""), "it has no END line"),
        (
            leaf.replace(last, "\n-----END X-----\n"),
            "its END line differs from its BEGIN line",
        ),
        (
            leaf.replacen("CERTIFICATE-----", "CERTIFICATE----", 1),
            "the BEGIN line lacks its closing hyphens",
        ),
        (leaf.replacen("MII", "MIIA", 1), "it is not base64"),
        (
            leaf.replacen("MII", "NII", 1),
            "it is not DER as RFC 5280 has it",
        ),
    ];
    for (text, expected) in damaged {
        let text = format!("# a comment\n\n{leaf}{text}");
        let line = 3 + leaf.lines().count();
        match error(text.as_bytes()) {
            CertificateError::Damaged {
                name,
                line: found,
                reason,
            } => {
                assert_eq!((name.as_str(), found), ("tls.crt", Some(line)), "{reason}");
                assert_eq!(reason, expected);
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn four_hyphens_are_called_what_they_are() {
    let leaf = String::from_utf8(bytes("leaf.pem")).unwrap();
    let error = error(leaf.replace("-----", "----").as_bytes());
    assert_eq!(
        error.to_string(),
        "tls.crt:1: damaged block: five hyphens belong on both sides of BEGIN and END"
    );
}

#[test]
fn a_cut_off_der_file_is_damaged_not_unknown() {
    let der = bytes("leaf.der");
    let error = error(&der[..600]);
    assert_eq!(
        error.to_string(),
        "tls.crt: damaged certificate: it is cut off"
    );
}

#[test]
fn ten_megabytes_of_junk_take_no_time_to_speak_of() {
    let started = std::time::Instant::now();
    let hostile: [&[u8]; 6] = [
        b"-",
        b"-----BEGIN ",
        b"-----BEGIN X-----",
        b"\x30\x80",
        b"MIIA",
        b"BEGIN CERTIFICATE\n",
    ];
    for piece in hostile {
        assert!(decode("x", &piece.repeat(10_000_000 / piece.len())).is_err());
    }
    // Quadratic time would be hours; this is a hundred times what an unoptimised build needs.
    assert!(started.elapsed().as_secs() < 60);
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(junk in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = decode("x", &junk);
    }

    #[test]
    fn pieces_of_pem_never_panic(pieces in prop::collection::vec(prop_oneof![
        Just("-----BEGIN "), Just("-----END "), Just("CERTIFICATE"), Just("-----"), Just("\n"),
        Just("MIIB"), Just("\\n"), Just(" "), Just("\u{FEFF}"), Just("PKCS7"), Just("="),
    ].prop_map(str::to_owned), 0..20)) {
        let _ = decode("x", pieces.concat().as_bytes());
    }

    #[test]
    fn one_changed_byte_never_panics(at in 0..1000_usize, to in any::<u8>(), file in 0..2_usize) {
        let mut der = bytes(["leaf.der", "chain.der.p7b"][file]);
        if let Some(byte) = der.get_mut(at) {
            *byte = to;
        }
        if let Ok(bundle) = decode("x", &der) {
            for certificate in bundle.certificates {
                let _ = (certificate.subject(), certificate.serial(), certificate.is_self_signed());
            }
        }
    }
}

#[test]
fn what_is_amiss_with_the_text_of_a_key_is_told_as_well() {
    let key = String::from_utf8(bytes("keys/leaf.key")).unwrap();
    assert_eq!(super::mends(key.as_bytes()), []);
    let windows = format!("\u{feff}{}", key.replace('\n', "\r\n"));
    assert_eq!(
        super::mends(windows.as_bytes()),
        [super::Mend::Bom, super::Mend::Crlf]
    );
    assert_eq!(
        super::mends(key.trim_end().as_bytes()),
        [super::Mend::NoFinalNewline]
    );
    assert_eq!(super::mends(b"\x30\x82"), []);
}
