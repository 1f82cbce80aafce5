//! Whatever the bytes: an error or the same content, never a panic and never other content.

use proptest::prelude::{ProptestConfig, any, prop, prop_assert, proptest};

use super::{bytes, changeit, leaf_entry};
use crate::error::KeystoreError;
use crate::pki::asn1::read::Reader;
use crate::pki::asn1::{oid, tag, write};
use crate::pki::keystore::{Keystore, bags, pfx};

const FILES: [&str; 3] = [
    "openssl-modern.p12",
    "openssl-legacy.p12",
    "openssl-plain.p12",
];

/// The content, however it is protected: a key that is not encrypted is never as wanted.
fn holds_the_same(mut keystore: Keystore) -> bool {
    keystore.protection.has_bare_key = false;
    keystore.holds_only(&leaf_entry("webapi"), keystore.protection.profile)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_flipped_bit_never_opens_as_other_content(
        file in prop::sample::select(FILES.as_slice()), at in any::<prop::sample::Index>(), bit in 0..8_u8,
    ) {
        let mut altered = bytes(file);
        let at = at.index(altered.len());
        altered[at] ^= 1 << bit;
        if let Ok(keystore) = Keystore::open("altered", &altered, &changeit()) {
            // A bit that carries no content, such as the version of the encrypted data.
            prop_assert!(holds_the_same(keystore), "{file} {at} {bit}");
        }
    }

    #[test]
    fn arbitrary_bytes_are_an_error(noise in prop::collection::vec(any::<u8>(), 0..512)) {
        prop_assert!(Keystore::open("noise", &noise, &changeit()).is_err());
        let _ = bags::parse(&noise);
    }

    #[test]
    fn an_overwritten_stretch_never_opens_as_other_content(
        at in any::<prop::sample::Index>(), noise in prop::collection::vec(any::<u8>(), 1..16),
    ) {
        let mut altered = bytes("openssl-plain.p12");
        let at = at.index(altered.len() - noise.len());
        altered[at..at + noise.len()].copy_from_slice(&noise);
        if let Ok(keystore) = Keystore::open("altered", &altered, &changeit()) {
            prop_assert!(holds_the_same(keystore));
        }
    }
}

/// The content is what the MAC protects: any change in it is noticed, and told from a passphrase that
/// is wrong as long as something still decrypts.
#[test]
fn every_altered_byte_of_the_content_is_noticed() {
    let good = bytes("openssl-plain.p12");
    let content = pfx::Pfx::parse(&good)
        .unwrap_or_else(|_| panic!())
        .content
        .into_owned();
    let start = good
        .windows(content.len())
        .position(|window| window == content)
        .unwrap();
    for at in start..start + content.len() {
        let mut altered = good.clone();
        altered[at] ^= 1;
        assert!(
            Keystore::open("altered", &altered, &changeit()).is_err(),
            "byte {at}"
        );
    }
}

#[test]
fn altered_content_under_the_right_passphrase_is_damaged() {
    let mut altered = bytes("openssl-modern.p12");
    // In the last block of the certificates' encryption: the key still decrypts.
    let middle = altered.len() / 2;
    altered[middle] ^= 1;
    let error = Keystore::open("altered", &altered, &changeit()).unwrap_err();
    assert!(matches!(error, KeystoreError::Damaged { .. }), "{error:?}");
}

#[test]
fn iterations_are_refused_before_they_are_done() {
    let mac = |iterations: &[u8]| {
        let algorithm = write::sequence(&[&write::oid(oid::SHA1), &write::null()]);
        let info = write::sequence(&[&algorithm, &write::octet_string(&[0; 20])]);
        let iterations = write::element(tag::INTEGER, &[iterations]);
        write::sequence(&[&info, &write::octet_string(b"salt"), &iterations])
    };
    let content = write::octet_string(&write::sequence(&[]));
    let content = write::sequence(&[&write::oid(oid::DATA), &write::explicit_0(&content)]);
    for count in [
        &[0x7f, 0xff, 0xff, 0xff][..],
        &[0],
        &[0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0],
    ] {
        let file = write::sequence(&[&write::unsigned(3), &content, &mac(count)]);
        let error = Keystore::open("slow", &file, &changeit()).unwrap_err();
        assert!(
            matches!(error, KeystoreError::TooManyIterations { .. }),
            "{error:?}"
        );
    }
}

/// As Mozilla and Windows wrote them: indefinite lengths, the content in pieces.
#[test]
fn indefinite_lengths_and_strings_in_pieces_are_read() {
    let good = bytes("openssl-java8.p12");
    let mut fields = Reader::new(&good).sequence("pfx").unwrap();
    let version = fields.element().unwrap().whole;
    let mut safe = fields.sequence("safe").unwrap();
    let kind = safe.element().unwrap().whole;
    let mut explicit = safe.element().unwrap().inside();
    let content = explicit.octets("content").unwrap();
    let mac = fields.element().unwrap().whole;

    let pieces: Vec<u8> = content.chunks(100).flat_map(write::octet_string).collect();
    let open_ended = |tag, inside: &[u8]| [&[tag, 0x80], inside, &[0, 0]].concat();
    let string = open_ended(tag::OCTET_STRING | tag::CONSTRUCTED, &pieces);
    let safe = open_ended(
        tag::SEQUENCE,
        &[kind, &open_ended(tag::EXPLICIT_0, &string)].concat(),
    );
    let file = open_ended(tag::SEQUENCE, &[version, &safe, mac].concat());
    let keystore = Keystore::open("ber", &file, &changeit()).unwrap();
    assert!(keystore.holds_only(&leaf_entry("webapi"), keystore.protection.profile));
}
