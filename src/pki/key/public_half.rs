//! The public half of a private key, read where it is written. OpenSSL's decoders take half a
//! millisecond for what is a few bytes at a known place: as long as deriving a keystore's keys.

use crate::pki::asn1::read::Reader;
use crate::pki::asn1::{oid, tag, write};

/// The SubjectPublicKeyInfo of a key in PKCS#8 that is not encrypted: RSA, and the three curves of every
/// Java. `None` for other kinds and for what is not as it should be, and for keys of a curve without
/// their public half, as Java writes them: those want arithmetic.
pub(super) fn public_half(pkcs8: &[u8]) -> Option<Vec<u8>> {
    let mut whole = Reader::new(pkcs8);
    let mut fields = whole.sequence("a key").ok()?;
    if !whole.is_empty() || fields.unsigned("a version").ok()? != 0 {
        return None;
    }
    let algorithm = fields.expect(tag::SEQUENCE, "an algorithm").ok()?;
    let key = fields.octets("a key").ok()?;
    let mut names = algorithm.inside();
    match names.oid("its name").ok()? {
        oid::RSA_ENCRYPTION => rsa(&key),
        oid::EC_PUBLIC_KEY => {
            let length = point_length(names.oid("a curve").ok()?)?;
            let point = ec(&key, length)?;
            Some(public_key_info(algorithm.whole, point))
        }
        _ => None,
    }
}

/// RFC 8017, A.1.2: a version, then modulus, exponent, and six more numbers.
fn rsa(key: &[u8]) -> Option<Vec<u8>> {
    let mut fields = Reader::new(key).sequence("an RSA key").ok()?;
    if fields.unsigned("a version").ok()? != 0 {
        return None;
    }
    let mut number = || fields.expect(tag::INTEGER, "a number").ok();
    let (modulus, exponent) = (number()?, number()?);
    for _ in 0..6 {
        number()?;
    }
    let key = write::sequence(&[modulus.whole, exponent.whole]);
    let algorithm = write::sequence(&[&write::oid(oid::RSA_ENCRYPTION), &write::null()]);
    fields.is_empty().then(|| public_key_info(&algorithm, &key))
}

/// RFC 5915, 3: a version, the private number, perhaps the curve again, and the public point.
fn ec(key: &[u8], length: usize) -> Option<&[u8]> {
    let mut fields = Reader::new(key).sequence("a key of a curve").ok()?;
    if fields.unsigned("a version").ok()? != 1 {
        return None;
    }
    fields.octets("a private number").ok()?;
    fields.optional(tag::EXPLICIT_0).ok()?;
    let mut inside = fields.expect(tag::EXPLICIT_1, "a point").ok()?.inside();
    let bits = inside.expect(tag::BIT_STRING, "a point").ok()?.contents;
    // No unused bits, not compressed: as certificates have it.
    let point = bits.strip_prefix(&[0])?;
    (point.first() == Some(&4) && point.len() == length).then_some(point)
}

fn point_length(curve: &[u8]) -> Option<usize> {
    let coordinate = match curve {
        oid::P256 => 32,
        oid::P384 => 48,
        oid::P521 => 66,
        _ => return None,
    };
    Some(1 + 2 * coordinate)
}

fn public_key_info(algorithm: &[u8], key: &[u8]) -> Vec<u8> {
    let bits = write::element(tag::BIT_STRING, &[&[0], key]);
    write::sequence(&[algorithm, &bits])
}
