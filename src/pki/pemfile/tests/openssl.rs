//! Our strict reader beside OpenSSL's own, on pemfiles that something happened to.

use std::sync::OnceLock;

use openssl::pkey::PKey;
use openssl::x509::X509;
use proptest::prelude::{Just, ProptestConfig, any, prop, prop_assume, prop_oneof, proptest};
use proptest::sample::Index;
use proptest::strategy::Strategy;

use crate::pki::certificate::Certificate;
use crate::pki::certificate::fixtures::bytes;
use crate::pki::pemfile::{Verdict, judge, judge_pair};

/// Blocks in an order that has them all before or behind another.
fn pemfile() -> &'static [u8] {
    static PEMFILE: OnceLock<Vec<u8>> = OnceLock::new();
    PEMFILE.get_or_init(|| {
        let files = [
            "leaf.pem",
            "keys/leaf.key",
            "chain.pem",
            "keys/p521.key",
            "leaf.pem",
        ];
        files.map(bytes).concat()
    })
}

/// Puts bytes in the place of others.
#[derive(Clone, Debug)]
struct Edit {
    at: Index,
    length: usize,
    bytes: Vec<u8>,
}

fn edit() -> impl Strategy<Value = Edit> {
    let bytes = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..3),
        prop::sample::select(vec![
            "\n",
            "\n\n",
            "\r",
            " ",
            "-",
            ":",
            "=",
            "==",
            "A",
            "\0",
            "-----",
            "-----\n",
            "\u{feff}",
            "-----BEGIN ",
            "\n-----BEGIN ",
            "-----END ",
            "\n-----END ",
            "CERTIFICATE-----\n",
            "X509 CERTIFICATE-----\n",
            "PRIVATE KEY-----\n",
            "RSA PRIVATE KEY-----\n",
            "-----BEGIN CERTIFICATE-----\n",
            "-----END CERTIFICATE-----\n",
            "Proc-Type: 4,ENCRYPTED\n\n",
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
        (1..600_usize).prop_map(|length| vec![b'A'; length]),
        Just(vec![b' '; 300]),
    ];
    let length = prop_oneof![4 => Just(0), 3 => 1..30_usize, 1 => 30..2000_usize];
    (any::<Index>(), length, bytes).prop_map(|(at, length, bytes)| Edit { at, length, bytes })
}

/// Half of the places are beside markers: most quirks are there.
fn place(text: &[u8], at: Index) -> usize {
    let anywhere = at.index(text.len() + 1);
    if anywhere.is_multiple_of(2) {
        return anywhere;
    }
    let hyphens: Vec<usize> = (0..text.len()).filter(|at| text[*at] == b'-').collect();
    hyphens
        .get(anywhere % hyphens.len().max(1))
        .map_or(0, |at| at + anywhere % 3)
}

fn edited(edits: &[Edit]) -> Vec<u8> {
    let mut text = pemfile().to_vec();
    for Edit { at, length, bytes } in edits {
        let start = place(&text, *at).min(text.len());
        let end = (start + length).min(text.len());
        text.splice(start..end, bytes.iter().copied());
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn certificates_behind_the_leaf_are_those_that_openssl_reads(
        edits in prop::collection::vec(edit(), 1..5),
    ) {
        let text = edited(&edits);
        let judged = judge(&[&bytes("leaf.pem"), &text[..]].concat());
        let ours: Vec<_> = judged.sent.iter().map(|sent| sent.der().to_vec()).collect();
        let first = X509::from_pem(&text).and_then(|first| first.to_der()).ok();
        // OpenSSL does not look at a certificate's inside before it needs it.
        prop_assume!(first.as_ref().is_none_or(|first| Certificate::read(first).is_ok()));
        assert!(ours.first() == first.as_ref(), "{edits:?}");
        // Without an answer when one of them is damaged.
        if let Ok(stack) = X509::stack_from_pem(&text) {
            let theirs: Vec<_> = stack.iter().map(|one| one.to_der().unwrap()).collect();
            prop_assume!(theirs.iter().all(|one| Certificate::read(one).is_ok()));
            assert!(ours == theirs, "{edits:?}");
        }
    }

    #[test]
    fn the_key_is_the_one_that_openssl_reads(edits in prop::collection::vec(edit(), 1..5)) {
        let text = edited(&edits);
        let ours = judge_pair(&bytes("leaf.pem"), &text).key;
        // lighttpd has read the certificates before, and what ended them is still in OpenSSL's queue of
        // errors: with that in it, OpenSSL 3 does not pass over a damaged key.
        X509::from_pem(b"").unwrap_err().put();
        // Without a passphrase, as for lighttpd without a terminal.
        let theirs = PKey::private_key_from_pem_callback(&text, |_| Ok(0));
        let theirs = theirs.and_then(|key| key.private_key_to_pkcs8()).ok();
        assert!(ours.map(|key| key.to_pkcs8_der().expose().to_vec()) == theirs, "{edits:?}");
    }

    #[test]
    fn arbitrary_bytes_are_no_pemfile(noise in prop::collection::vec(any::<u8>(), 0..300)) {
        assert_ne!(judge(&noise).verdict, Verdict::Works);
    }
}
