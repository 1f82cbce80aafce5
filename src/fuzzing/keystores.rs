//! PKCS#12 keystores.

use crate::pki::asn1::read::Reader;
use crate::pki::asn1::tag;
use crate::pki::keystore::{Entry, Keystore};
use crate::secret::Secret;

/// Rounds of a derivation: more of them find nothing else.
const MOST_ROUNDS: u64 = 2_500;
const RSA_EXPONENT: u64 = 65_537;

/// Opens the input as a keystore, and once more with an integrity check that fits what it holds, which
/// no mutation would ever hit.
pub fn keystore(bytes: &[u8]) {
    if !is_affordable(bytes) {
        return;
    }
    let _ = Keystore::outline(bytes);
    opened(bytes);
    if let Some(fitting) = Keystore::with_fitting_mac(bytes, &passphrase()) {
        opened(&fitting);
    }
}

fn opened(bytes: &[u8]) {
    let Ok(keystore) = Keystore::open("file", bytes, &passphrase()) else {
        return;
    };
    let other = Secret::new(b"changeit2".to_vec());
    assert!(Keystore::open("file", bytes, &other).is_err());
    for entry in &keystore.entries {
        if let Entry::Key(entry) = entry {
            assert!(keystore.key_entry(&entry.alias).is_some());
            let leaf = entry.chain.first();
            assert!(leaf.is_none_or(|leaf| entry.key.is_key_of(leaf)));
        }
    }
}

fn passphrase() -> Secret {
    Secret::new(b"changeit".to_vec())
}

/// Whether no number in it, taken for rounds of a derivation, would take long.
pub(super) fn is_affordable(bytes: &[u8]) -> bool {
    numbers_are_small(bytes, 0)
}

fn numbers_are_small(bytes: &[u8], depth: usize) -> bool {
    let mut reader = Reader::new(bytes);
    while !reader.is_empty() && depth < 24 {
        let Ok(element) = reader.element() else {
            return true;
        };
        let is_small = match element.tag {
            tag::INTEGER => Reader::new(element.whole)
                .unsigned("")
                .map_or(true, |number| {
                    number <= MOST_ROUNDS || number == RSA_EXPONENT
                }),
            _ => true,
        };
        let may_hold_more = element.tag & tag::CONSTRUCTED != 0 || element.tag == tag::OCTET_STRING;
        if !is_small || (may_hold_more && !numbers_are_small(element.contents, depth + 1)) {
            return false;
        }
    }
    true
}
