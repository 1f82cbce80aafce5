//! What kind of public key a certificate carries, and who can use it.

use std::fmt;

use x509_parser::asn1_rs::{Oid, Tag};
use x509_parser::der_parser::oid;
use x509_parser::prelude::FromDer as _;
use x509_parser::public_key::RSAPublicKey;
use x509_parser::x509::{AlgorithmIdentifier, SubjectPublicKeyInfo};

/// `Display` is what reports call it: `RSA 2048`, `EC P-256`, `Ed25519`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum KeyKind {
    Dsa,
    Ec(Curve),
    Ed25519,
    Ed448,
    Other,
    Rsa { bits: usize },
    RsaPss { bits: usize },
}

/// Curves that turn up in certificates.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Curve {
    Brainpool,
    /// Given by its parameters instead of its name.
    Explicit,
    Other,
    P192,
    P224,
    P256,
    P384,
    P521,
    Secp256k1,
}

impl KeyKind {
    /// Of a SubjectPublicKeyInfo in DER.
    pub(crate) fn of_der(key: &[u8]) -> Self {
        SubjectPublicKeyInfo::from_der(key).map_or(Self::Other, |(_, key)| Self::of(&key))
    }

    pub(crate) fn of(key: &SubjectPublicKeyInfo<'_>) -> Self {
        match key.algorithm.algorithm.as_bytes() {
            RSA => Self::Rsa {
                bits: rsa_bits(key),
            },
            RSA_PSS => Self::RsaPss {
                bits: rsa_bits(key),
            },
            EC => Self::Ec(Curve::of(&key.algorithm)),
            DSA => Self::Dsa,
            ED25519 => Self::Ed25519,
            ED448 => Self::Ed448,
            _ => Self::Other,
        }
    }

    /// The oldest Java that serves TLS with such a key; `None`: no Java does.
    ///
    /// Measured with 8u504, 11, 17 and 21: secp256k1 and brainpool load, but never shake hands.
    pub(crate) fn java_since(self) -> Option<u32> {
        match self {
            Self::Rsa { .. } | Self::RsaPss { .. } => Some(8),
            Self::Ec(Curve::P256 | Curve::P384 | Curve::P521) => Some(8),
            Self::Ed25519 | Self::Ed448 => Some(17),
            Self::Dsa | Self::Ec(_) | Self::Other => None,
        }
    }

    /// Why it should not be used, if so. 2,048 bits for RSA: NIST SP 800-131A, CA/Browser Forum 6.1.5.
    pub(crate) fn weakness(self) -> Option<&'static str> {
        match self {
            Self::Rsa { bits } | Self::RsaPss { bits } if bits < 2048 => {
                Some("RSA keys need 2048 bits or more")
            }
            Self::Ec(Curve::P192 | Curve::P224) => Some("EC keys need 256 bits or more"),
            Self::Dsa => Some("TLS has given up DSA"),
            Self::Ec(_)
            | Self::Ed25519
            | Self::Ed448
            | Self::Other
            | Self::Rsa { .. }
            | Self::RsaPss { .. } => None,
        }
    }
}

impl Curve {
    fn of(algorithm: &AlgorithmIdentifier<'_>) -> Self {
        let parameters = algorithm.parameters.as_ref();
        // The conversion alone takes any bytes, whatever their tag.
        let named = parameters.filter(|any| any.tag() == Tag::Oid);
        let named = named.and_then(|any| Oid::try_from(any).ok());
        match named.as_ref().map(Oid::as_bytes) {
            Some(P192) => Self::P192,
            Some(P224) => Self::P224,
            Some(P256) => Self::P256,
            Some(P384) => Self::P384,
            Some(P521) => Self::P521,
            Some(SECP256K1) => Self::Secp256k1,
            Some(oid) if oid.starts_with(BRAINPOOL) => Self::Brainpool,
            Some(_) => Self::Other,
            None => Self::Explicit,
        }
    }
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dsa => f.write_str("DSA"),
            Self::Ec(curve) => write!(f, "EC {curve}"),
            Self::Ed25519 => f.write_str("Ed25519"),
            Self::Ed448 => f.write_str("Ed448"),
            Self::Other => f.write_str("unknown"),
            Self::Rsa { bits } => write!(f, "RSA {bits}"),
            Self::RsaPss { bits } => write!(f, "RSA-PSS {bits}"),
        }
    }
}

impl fmt::Display for Curve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Brainpool => "brainpool",
            Self::Explicit => "on a curve given by its parameters",
            Self::Other => "on an unknown curve",
            Self::P192 => "P-192",
            Self::P224 => "P-224",
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
            Self::Secp256k1 => "secp256k1",
        })
    }
}

fn rsa_bits(key: &SubjectPublicKeyInfo<'_>) -> usize {
    let Ok((_, rsa)) = RSAPublicKey::from_der(&key.subject_public_key.data) else {
        return 0;
    };
    let mut bytes = rsa.modulus.iter().skip_while(|byte| **byte == 0);
    let Some(first) = bytes.next() else { return 0 };
    let first_bits = 8 - first.leading_zeros() as usize;
    first_bits + bytes.count() * 8
}

const BRAINPOOL: &[u8] = &oid!(raw 1.3.36.3.3.2.8.1.1);
const DSA: &[u8] = &oid!(raw 1.2.840.10040.4.1);
const EC: &[u8] = &oid!(raw 1.2.840.10045.2.1);
const ED25519: &[u8] = &oid!(raw 1.3.101.112);
const ED448: &[u8] = &oid!(raw 1.3.101.113);
const P192: &[u8] = &oid!(raw 1.2.840.10045.3.1.1);
const P224: &[u8] = &oid!(raw 1.3.132.0.33);
const P256: &[u8] = &oid!(raw 1.2.840.10045.3.1.7);
const P384: &[u8] = &oid!(raw 1.3.132.0.34);
const P521: &[u8] = &oid!(raw 1.3.132.0.35);
const RSA: &[u8] = &oid!(raw 1.2.840.113549.1.1.1);
const RSA_PSS: &[u8] = &oid!(raw 1.2.840.113549.1.1.10);
const SECP256K1: &[u8] = &oid!(raw 1.3.132.0.10);
