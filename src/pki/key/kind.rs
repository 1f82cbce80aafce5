//! Which kind of key it is, in words, and which Java can serve it.

use std::fmt;

use openssl::ec::Asn1Flag;
use openssl::pkey::{Id, PKey, Private};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum KeyKind {
    Dsa {
        bits: u32,
    },
    /// By NIST's name (`P-256`) or else OpenSSL's; none when the parameters are spelled out.
    Ec {
        curve: Option<&'static str>,
    },
    Ed25519,
    Ed448,
    /// Nothing that signs: X25519 and the like.
    Other,
    Rsa {
        bits: u32,
    },
    /// Bound to PSS signatures (RFC 4055, id-RSASSA-PSS).
    RsaPss {
        bits: u32,
    },
}

/// Which Java completes a TLS handshake with a key (measured with 8u504, 11.0.33, 17.0.15, 21.0.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JavaSupport {
    Every,
    /// This feature release and later ones.
    From(u32),
    Never,
}

impl KeyKind {
    pub(super) fn of(pkey: &PKey<Private>) -> Self {
        match pkey.id() {
            Id::DSA => Self::Dsa { bits: pkey.bits() },
            Id::EC => Self::Ec {
                curve: named_curve(pkey),
            },
            Id::ED25519 => Self::Ed25519,
            Id::ED448 => Self::Ed448,
            Id::RSA => Self::Rsa { bits: pkey.bits() },
            Id::RSA_PSS => Self::RsaPss { bits: pkey.bits() },
            _ => Self::Other,
        }
    }

    pub(crate) fn java_support(&self) -> JavaSupport {
        match self {
            Self::Rsa { .. } | Self::RsaPss { .. } => JavaSupport::Every,
            Self::Ec {
                curve: Some("P-256" | "P-384" | "P-521"),
            } => JavaSupport::Every,
            Self::Ed25519 | Self::Ed448 => JavaSupport::From(17),
            // Loaded by Java, but no handshake ever succeeds.
            Self::Ec { .. } | Self::Dsa { .. } | Self::Other => JavaSupport::Never,
        }
    }
}

fn named_curve(pkey: &PKey<Private>) -> Option<&'static str> {
    let key = pkey.ec_key().ok()?;
    // A well-known curve spelled out number by number: Java wants the name.
    if key.group().asn1_flag() != Asn1Flag::NAMED_CURVE {
        return None;
    }
    Some(known_name(key.group().curve_name()?.short_name().ok()?))
}

/// NIST's name for a curve that has one.
fn known_name(short_name: &'static str) -> &'static str {
    match short_name {
        "prime256v1" => "P-256",
        "secp384r1" => "P-384",
        "secp521r1" => "P-521",
        other => other,
    }
}

/// `RSA 2048`, `EC P-256`, `Ed25519`
impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dsa { bits } => write!(f, "DSA {bits}"),
            Self::Ec { curve: Some(curve) } => write!(f, "EC {curve}"),
            Self::Ec { curve: None } => f.write_str("EC with explicit parameters"),
            Self::Ed25519 => f.write_str("Ed25519"),
            Self::Ed448 => f.write_str("Ed448"),
            Self::Other => f.write_str("not a signing key"),
            Self::Rsa { bits } => write!(f, "RSA {bits}"),
            Self::RsaPss { bits } => write!(f, "RSA-PSS {bits}"),
        }
    }
}
