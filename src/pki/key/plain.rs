//! Private keys of the kinds that nearly everyone has, RSA and the three curves of every Java, brought to
//! the PKCS#8 that OpenSSL writes, by hand: OpenSSL's own decoders and encoders (3.0) leave private numbers
//! in freed memory, and take half a millisecond, as long as deriving a keystore's keys.

use openssl::bn::{BigNum, BigNumContext};
use openssl::ec::{EcGroup, EcPoint, PointConversionForm};
use openssl::error::ErrorStack;
use openssl::nid::Nid;

use crate::pki::asn1::read::{Element, Reader};
use crate::pki::asn1::{oid, tag, write};
use crate::secret::Secret;

pub(super) struct Plain {
    pub(super) pkcs8: Secret,
    /// The SubjectPublicKeyInfo.
    pub(super) public_key: Vec<u8>,
}

struct Curve {
    oid: &'static [u8],
    nid: Nid,
    /// Bytes of a coordinate, and of the private number.
    length: usize,
}

const CURVES: [Curve; 3] = [
    Curve {
        oid: oid::P256,
        nid: Nid::X9_62_PRIME256V1,
        length: 32,
    },
    Curve {
        oid: oid::P384,
        nid: Nid::SECP384R1,
        length: 48,
    },
    Curve {
        oid: oid::P521,
        nid: Nid::SECP521R1,
        length: 66,
    },
];

impl Plain {
    /// Takes PKCS#8 (RFC 5208, 5), PKCS#1 (RFC 8017, A.1.2) or SEC 1 (RFC 5915, 3) in DER that is not
    /// encrypted. `None` for other kinds of keys, and for what is not as it should be.
    pub(super) fn from_der(der: &[u8]) -> Option<Self> {
        let mut whole = Reader::new(der);
        let mut fields = whole.sequence("a key").ok()?;
        let version = fields.unsigned("a version").ok()?;
        let next = fields.element().ok()?;
        if !whole.is_empty() {
            return None;
        }
        match (version, next.tag) {
            (0, tag::SEQUENCE) => {
                let key = fields.expect(tag::OCTET_STRING, "a key").ok()?;
                let key = fields.is_empty().then_some(key.contents)?;
                Self::with_algorithm(&next, key)
            }
            (0, tag::INTEGER) => rsa(der),
            (1, tag::OCTET_STRING) => ec(der, None),
            _ => None,
        }
    }

    fn with_algorithm(algorithm: &Element<'_>, key: &[u8]) -> Option<Self> {
        let mut names = algorithm.inside();
        match names.oid("its name").ok()? {
            oid::RSA_ENCRYPTION => rsa(key),
            oid::EC_PUBLIC_KEY => ec(key, Some(names.oid("a curve").ok()?)),
            _ => None,
        }
    }

    fn new(algorithm: &[u8], private: &[u8], public: &[u8]) -> Self {
        let private = Secret::new(write::octet_string(private));
        let pkcs8 = write::sequence(&[&write::unsigned(0), algorithm, private.expose()]);
        let bits = write::element(tag::BIT_STRING, &[&[0], public]);
        Self {
            pkcs8: Secret::new(pkcs8),
            public_key: write::sequence(&[algorithm, &bits]),
        }
    }
}

/// A version, then modulus, exponent, and six more numbers.
fn rsa(key: &[u8]) -> Option<Plain> {
    let mut whole = Reader::new(key);
    let outer = whole.expect(tag::SEQUENCE, "an RSA key").ok()?;
    let mut fields = outer.inside();
    let mut numbers = Vec::with_capacity(9);
    while !fields.is_empty() {
        let number = fields.expect(tag::INTEGER, "a number").ok()?;
        let is_plain = is_der(&number) && is_positive(number.contents);
        numbers.push(is_plain.then_some(number)?);
    }
    let [version, modulus, exponent, _, _, _, _, _, _] = &numbers[..] else {
        return None;
    };
    if version.contents != [0] || !is_der(&outer) || !whole.is_empty() {
        return None;
    }
    let algorithm = write::sequence(&[&write::oid(oid::RSA_ENCRYPTION), &write::null()]);
    let public = write::sequence(&[modulus.whole, exponent.whole]);
    Some(Plain::new(&algorithm, key, &public))
}

/// Whether its length is written as DER wants it.
fn is_der(element: &Element<'_>) -> bool {
    let mut header = Vec::with_capacity(6);
    write::header(&mut header, element.tag, element.contents.len());
    element.whole.len() == header.len() + element.contents.len()
        && element.whole.starts_with(&header)
}

/// As short as can be, and not negative (X.690, 8.3).
fn is_positive(number: &[u8]) -> bool {
    match number {
        [] | [0x80..=0xff, ..] | [0, 0..=0x7f, ..] => false,
        [_, ..] => true,
    }
}

/// A version, the private number, perhaps the curve, and perhaps the public point.
fn ec(key: &[u8], name: Option<&[u8]>) -> Option<Plain> {
    let mut whole = Reader::new(key);
    let mut fields = whole.sequence("a key of a curve").ok()?;
    if fields.unsigned("a version").ok()? != 1 {
        return None;
    }
    let number = fields.expect(tag::OCTET_STRING, "a private number").ok()?;
    let inner = fields.optional(tag::EXPLICIT_0).ok()?;
    let inner = inner
        .map(|it| it.inside().oid("a curve"))
        .transpose()
        .ok()?;
    let name = name.or(inner)?;
    let curve = CURVES.iter().find(|curve| curve.oid == name)?;
    let point = fields.optional(tag::EXPLICIT_1).ok()?;
    if inner.is_some_and(|inner| inner != name) || !fields.is_empty() || !whole.is_empty() {
        return None;
    }
    let bits = point.map(|point| point.inside().expect(tag::BIT_STRING, "a point"));
    match bits.transpose().ok()?.map(|bits| bits.contents) {
        // No unused bits, not compressed: as certificates have it.
        Some([0, point @ ..]) if point.first() == Some(&4) => curve.key(number.contents, point),
        Some([0, 2 | 3, ..]) | None => {
            // Java leaves it out.
            let point = curve.point(number.contents).ok()?;
            curve.key(number.contents, &point)
        }
        Some(_) => None,
    }
}

impl Curve {
    fn key(&self, number: &[u8], point: &[u8]) -> Option<Plain> {
        if point.len() != 1 + 2 * self.length {
            return None;
        }
        let zeros = vec![0; self.length.checked_sub(number.len())?];
        let number = Secret::new(write::element(tag::OCTET_STRING, &[&zeros, number]));
        let bits = write::element(tag::BIT_STRING, &[&[0], point]);
        let private = Secret::new(write::sequence(&[
            &write::unsigned(1),
            number.expose(),
            &write::element(tag::EXPLICIT_1, &[&bits]),
        ]));
        let algorithm = write::sequence(&[&write::oid(oid::EC_PUBLIC_KEY), &write::oid(self.oid)]);
        Some(Plain::new(&algorithm, private.expose(), point))
    }

    /// The public point of a private number.
    fn point(&self, number: &[u8]) -> Result<Vec<u8>, ErrorStack> {
        let group = EcGroup::from_curve_name(self.nid)?;
        let mut context = BigNumContext::new()?;
        let mut number = BigNum::from_slice(number)?;
        let mut point = EcPoint::new(&group)?;
        let made = point.mul_generator2(&group, &number, &mut context);
        // It is not wiped when it is dropped.
        number.clear();
        made?;
        point.to_bytes(&group, PointConversionForm::UNCOMPRESSED, &mut context)
    }
}
