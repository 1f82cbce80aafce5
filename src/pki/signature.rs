//! Signatures: ring where it can, since it is ten times faster; OpenSSL for the rest (P-521, RSA-PSS,
//! small or odd RSA keys, Ed448, MD5 and SHA-1 in old chains).

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use openssl::pkey::PKey;
use openssl::x509::X509;
use sha2::{Digest, Sha256};
use x509_parser::der_parser::oid;
use x509_parser::prelude::FromDer as _;
use x509_parser::signature_algorithm::RsaSsaPssParams;
use x509_parser::x509::{AlgorithmIdentifier, SubjectPublicKeyInfo};

use crate::pki::certificate::{self, Certificate};

/// Algorithms by name; `Display` is openssl's name for them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum SignatureAlgorithm {
    DsaSha1,
    DsaSha256,
    EcdsaSha1,
    EcdsaSha224,
    EcdsaSha256,
    EcdsaSha384,
    EcdsaSha512,
    Ed25519,
    Ed448,
    Other,
    RsaMd2,
    RsaMd5,
    RsaPss { weak_hash: bool },
    RsaSha1,
    RsaSha224,
    RsaSha256,
    RsaSha384,
    RsaSha512,
}

impl SignatureAlgorithm {
    pub(crate) fn of(algorithm: &AlgorithmIdentifier<'_>) -> Self {
        let known = NAMES
            .iter()
            .find(|(oid, ..)| *oid == algorithm.algorithm.as_bytes());
        match known {
            Some((_, Self::RsaPss { .. }, _)) => Self::RsaPss {
                weak_hash: pss_hash_is_weak(algorithm),
            },
            Some((_, found, _)) => *found,
            None => Self::Other,
        }
    }

    /// The broken hash it rests on, if so: MD2, MD5 or SHA-1.
    pub(crate) fn weak_hash(self) -> Option<&'static str> {
        match self {
            Self::RsaMd2 => Some("MD2"),
            Self::RsaMd5 => Some("MD5"),
            Self::DsaSha1 | Self::EcdsaSha1 | Self::RsaSha1 => Some("SHA-1"),
            Self::RsaPss { weak_hash: true } => Some("SHA-1"),
            Self::DsaSha256
            | Self::EcdsaSha224
            | Self::EcdsaSha256
            | Self::EcdsaSha384
            | Self::EcdsaSha512
            | Self::Ed25519
            | Self::Ed448
            | Self::Other
            | Self::RsaPss { weak_hash: false }
            | Self::RsaSha224
            | Self::RsaSha256
            | Self::RsaSha384
            | Self::RsaSha512 => None,
        }
    }

    fn is_pss(self) -> bool {
        matches!(self, Self::RsaPss { .. })
    }
}

impl fmt::Display for SignatureAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let same = |other: &Self| other == self || (other.is_pss() && self.is_pss());
        let known = NAMES.iter().find(|(_, algorithm, _)| same(algorithm));
        f.write_str(known.map_or("unknown", |(.., name)| name))
    }
}

/// Whether `issuer`'s key made the signature of `certificate`. Names are not looked at.
pub(crate) fn is_signed_by(certificate: &Certificate, issuer: &Certificate) -> bool {
    // x509-parser looks at neither salt length nor mask function of RSA-PSS.
    let by_ring = !certificate.signature_algorithm().is_pss() && ring_accepts(certificate, issuer);
    by_ring || openssl_accepts(certificate, issuer)
}

/// Checks signatures for a run over many sources: each certificate's once, since sources share their
/// intermediates.
#[derive(Debug)]
pub(crate) enum Verifier {
    /// By the SHA-256 of the certificate and its issuer's key.
    Checking(Mutex<HashMap<[u8; 32], bool>>),
    /// Names and key identifiers are taken for the truth.
    Trusting,
}

impl Verifier {
    pub(crate) fn checking() -> Self {
        Self::Checking(Mutex::default())
    }

    pub(crate) fn checks(&self) -> bool {
        matches!(self, Self::Checking(_))
    }

    /// As [`is_signed_by`], or true.
    pub(crate) fn accepts(&self, certificate: &Certificate, issuer: &Certificate) -> bool {
        let Self::Checking(known) = self else {
            return true;
        };
        let pair = Sha256::new()
            .chain_update(certificate.der())
            .chain_update(issuer.public_key_der());
        let pair = pair.finalize().into();
        // Nothing panics while it holds the lock; and if it did, the map would still be true.
        let known = || known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(answer) = known().get(&pair) {
            return *answer;
        }
        let answer = is_signed_by(certificate, issuer);
        known().insert(pair, answer);
        answer
    }
}

fn ring_accepts(certificate: &Certificate, issuer: &Certificate) -> bool {
    let Some((_, parsed)) = certificate::parse(certificate.der()) else {
        return false;
    };
    SubjectPublicKeyInfo::from_der(issuer.public_key_der())
        .is_ok_and(|(_, key)| parsed.verify_signature(Some(&key)).is_ok())
}

fn openssl_accepts(certificate: &Certificate, issuer: &Certificate) -> bool {
    let Ok(key) = PKey::public_key_from_der(issuer.public_key_der()) else {
        return false;
    };
    X509::from_der(certificate.der())
        .and_then(|certificate| certificate.verify(&key))
        .unwrap_or(false)
}

fn pss_hash_is_weak(algorithm: &AlgorithmIdentifier<'_>) -> bool {
    let parameters = algorithm.parameters.as_ref();
    let read = parameters.and_then(|any| RsaSsaPssParams::try_from(any).ok());
    // RFC 8017, A.2.3: absent parameters mean SHA-1.
    read.is_none_or(|read| read.hash_algorithm_oid().as_bytes() == SHA1)
}

const SHA1: &[u8] = &oid!(raw 1.3.14.3.2.26);

type Known = (&'static [u8], SignatureAlgorithm, &'static str);

/// Object identifier, algorithm, name. RFC 3279, 4055, 5758, 8410.
const NAMES: [Known; 18] = {
    use SignatureAlgorithm as S;
    [
        (
            &oid!(raw 1.2.840.113549.1.1.11),
            S::RsaSha256,
            "sha256WithRSAEncryption",
        ),
        (
            &oid!(raw 1.2.840.10045.4.3.2),
            S::EcdsaSha256,
            "ecdsa-with-SHA256",
        ),
        (
            &oid!(raw 1.2.840.10045.4.3.3),
            S::EcdsaSha384,
            "ecdsa-with-SHA384",
        ),
        (
            &oid!(raw 1.2.840.113549.1.1.12),
            S::RsaSha384,
            "sha384WithRSAEncryption",
        ),
        (
            &oid!(raw 1.2.840.113549.1.1.13),
            S::RsaSha512,
            "sha512WithRSAEncryption",
        ),
        (
            &oid!(raw 1.2.840.113549.1.1.10),
            S::RsaPss { weak_hash: false },
            "rsassaPss",
        ),
        (
            &oid!(raw 1.2.840.10045.4.3.4),
            S::EcdsaSha512,
            "ecdsa-with-SHA512",
        ),
        (&oid!(raw 1.3.101.112), S::Ed25519, "ED25519"),
        (&oid!(raw 1.3.101.113), S::Ed448, "ED448"),
        (
            &oid!(raw 1.2.840.113549.1.1.5),
            S::RsaSha1,
            "sha1WithRSAEncryption",
        ),
        (&oid!(raw 1.3.14.3.2.29), S::RsaSha1, "sha1WithRSA"),
        (
            &oid!(raw 1.2.840.113549.1.1.4),
            S::RsaMd5,
            "md5WithRSAEncryption",
        ),
        (
            &oid!(raw 1.2.840.113549.1.1.2),
            S::RsaMd2,
            "md2WithRSAEncryption",
        ),
        (
            &oid!(raw 1.2.840.113549.1.1.14),
            S::RsaSha224,
            "sha224WithRSAEncryption",
        ),
        (
            &oid!(raw 1.2.840.10045.4.1),
            S::EcdsaSha1,
            "ecdsa-with-SHA1",
        ),
        (
            &oid!(raw 1.2.840.10045.4.3.1),
            S::EcdsaSha224,
            "ecdsa-with-SHA224",
        ),
        (&oid!(raw 1.2.840.10040.4.3), S::DsaSha1, "dsaWithSHA1"),
        (
            &oid!(raw 2.16.840.1.101.3.4.3.2),
            S::DsaSha256,
            "dsa_with_SHA256",
        ),
    ]
};

#[cfg(test)]
mod tests {
    use super::is_signed_by;
    use crate::pki::certificate::Certificate;
    use crate::pki::certificate::fixtures::certificate;

    #[test]
    fn good_signatures_of_every_algorithm_are_accepted_and_changed_ones_are_not() {
        let intermediate = certificate("intermediate");
        for file in ["leaf", "sha1", "md5", "pss"] {
            let leaf = certificate(file);
            assert!(is_signed_by(&leaf, &intermediate), "{file}");
            assert!(!is_signed_by(&leaf, &certificate("root")), "{file}");
            let mut changed = leaf.der().to_vec();
            *changed.last_mut().unwrap() ^= 1;
            let changed = Certificate::from_der(&changed).unwrap();
            assert!(!is_signed_by(&changed, &intermediate), "{file}");
        }
    }
}
