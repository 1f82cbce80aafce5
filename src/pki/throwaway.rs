//! Certificates for testing: a self-signed one (`--self-signed`), and an authority for the demo and for
//! tests. Times are the caller's; keys come from OpenSSL, since ring cannot make RSA ones.

use openssl::ec::{EcGroup, EcKey};
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::sign::Signer;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyUsagePurpose, PublicKeyData, SanType, SignatureAlgorithm, SigningKey,
};
use time::{Duration, OffsetDateTime};

use crate::error::CertificateError;
use crate::pki::certificate::Certificate;
use crate::pki::key::PrivateKey;
use crate::pki::names::ServerName;
use crate::secret::Secret;

/// A private key with what it certifies; nobody else vouches for it.
#[derive(Debug)]
pub(crate) struct Throwaway {
    /// DER, unencrypted.
    pub(crate) key: Secret,
    pub(crate) certificate: Certificate,
}

impl Throwaway {
    /// # Errors
    /// OpenSSL does not read the key that it made.
    pub(crate) fn private_key(&self) -> Result<PrivateKey, CertificateError> {
        PrivateKey::from_der(self.key.expose()).ok_or(CertificateError::Throwaway {
            reason: "the new key cannot be read back".to_owned(),
        })
    }
}

/// Which key a throw-away certificate gets.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum KeyType {
    /// Made in a millisecond.
    P256,
    /// 2,048 bits: what every Java of every server understands; takes a tenth of a second.
    Rsa,
}

/// A root with an intermediate below it, valid for ten years from the day before.
pub(crate) struct Authority {
    root: CertifiedIssuer<'static, Key>,
    intermediate: CertifiedIssuer<'static, Key>,
}

/// A self-signed certificate for `host`, valid for `days` from `now` (and the hour before, for clocks
/// that are slow), with all that the checks of an install ask for.
pub(crate) fn self_signed(
    host: &ServerName,
    now: OffsetDateTime,
    days: u32,
) -> Result<Throwaway, CertificateError> {
    let make = || -> Result<Throwaway, Failure> {
        let key = Key::generate(KeyType::Rsa)?;
        let params = leaf_params(host, KeyType::Rsa, now, days)?;
        let certificate = params.self_signed(&key)?;
        key.with_certificate(certificate.der())
    };
    make().map_err(Failure::into_error)
}

impl Authority {
    /// `name` is what the common names begin with.
    pub(crate) fn new(name: &str, now: OffsetDateTime) -> Result<Self, CertificateError> {
        let make = || -> Result<Self, Failure> {
            let root_params = ca_params(&format!("{name} root"), now, 1)?;
            let root = CertifiedIssuer::self_signed(root_params, Key::generate(KeyType::P256)?)?;
            let params = ca_params(&format!("{name} intermediate"), now, 0)?;
            let key = Key::generate(KeyType::P256)?;
            let intermediate = CertifiedIssuer::signed_by(params, key, &root)?;
            Ok(Self { root, intermediate })
        };
        make().map_err(Failure::into_error)
    }

    /// A leaf for `host`, signed by the intermediate, valid from `now` for `days`.
    pub(crate) fn issue(
        &self,
        host: &ServerName,
        key_type: KeyType,
        now: OffsetDateTime,
        days: u32,
    ) -> Result<Throwaway, CertificateError> {
        let make = || -> Result<Throwaway, Failure> {
            let key = Key::generate(key_type)?;
            let params = leaf_params(host, key_type, now, days)?;
            let certificate = params.signed_by(&key, &self.intermediate)?;
            key.with_certificate(certificate.der())
        };
        make().map_err(Failure::into_error)
    }

    pub(crate) fn root(&self) -> Result<Certificate, CertificateError> {
        Certificate::from_der(self.root.der())
    }

    pub(crate) fn intermediate(&self) -> Result<Certificate, CertificateError> {
        Certificate::from_der(self.intermediate.der())
    }
}

/// An OpenSSL key as rcgen wants to see it.
struct Key {
    pair: PKey<Private>,
    public: Vec<u8>,
    algorithm: &'static SignatureAlgorithm,
}

impl Key {
    fn generate(key_type: KeyType) -> Result<Self, Failure> {
        Ok(match key_type {
            KeyType::P256 => {
                let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1)?;
                let key = EcKey::generate(&group)?;
                let form = openssl::ec::PointConversionForm::UNCOMPRESSED;
                let mut context = openssl::bn::BigNumContext::new()?;
                Self {
                    public: key.public_key().to_bytes(&group, form, &mut context)?,
                    pair: PKey::from_ec_key(key)?,
                    algorithm: &rcgen::PKCS_ECDSA_P256_SHA256,
                }
            }
            KeyType::Rsa => {
                let key = Rsa::generate(2048)?;
                Self {
                    public: key.public_key_to_der_pkcs1()?,
                    pair: PKey::from_rsa(key)?,
                    algorithm: &rcgen::PKCS_RSA_SHA256,
                }
            }
        })
    }

    fn with_certificate(&self, der: &[u8]) -> Result<Throwaway, Failure> {
        // PKCS#1 for RSA: OpenSSL leaves its PKCS#8 in freed memory (3.0).
        let key = match self.pair.rsa() {
            Ok(rsa) => rsa.private_key_to_der()?,
            Err(_) => self.pair.private_key_to_pkcs8()?,
        };
        Ok(Throwaway {
            key: Secret::new(key),
            certificate: Certificate::from_der(der)?,
        })
    }
}

impl PublicKeyData for Key {
    fn der_bytes(&self) -> &[u8] {
        &self.public
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        self.algorithm
    }
}

impl SigningKey for Key {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        let sign =
            || Signer::new(MessageDigest::sha256(), &self.pair)?.sign_oneshot_to_vec(message);
        sign().map_err(|_| rcgen::Error::RemoteKeyError)
    }
}

fn leaf_params(
    host: &ServerName,
    key_type: KeyType,
    now: OffsetDateTime,
    days: u32,
) -> Result<CertificateParams, Failure> {
    let hour_ago = now.checked_sub(Duration::HOUR).ok_or(Failure::Date)?;
    let validity = Duration::days(i64::from(days)) + Duration::HOUR;
    let mut params = params(&host.to_string(), hour_ago, validity);
    params.subject_alt_names = vec![match host.ip() {
        Some(ip) => SanType::IpAddress(ip),
        None => SanType::DnsName(host.to_string().try_into()?),
    }];
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    if key_type == KeyType::Rsa {
        params.key_usages.push(KeyUsagePurpose::KeyEncipherment);
    }
    // Newer releases of Deephaven use the same certificate towards other services.
    params.extended_key_usages = vec![
        ExtendedKeyUsagePurpose::ServerAuth,
        ExtendedKeyUsagePurpose::ClientAuth,
    ];
    Ok(params)
}

fn ca_params(name: &str, now: OffsetDateTime, below: u8) -> Result<CertificateParams, Failure> {
    let yesterday = now.checked_sub(Duration::DAY).ok_or(Failure::Date)?;
    let mut params = params(name, yesterday, Duration::days(3650));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(below));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok(params)
}

fn params(name: &str, from: OffsetDateTime, validity: Duration) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.not_before = from;
    params.not_after = from.saturating_add(validity);
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.use_authority_key_identifier_extension = true;
    params
}

/// Why making one failed, before it is put into words.
enum Failure {
    Certificate(CertificateError),
    Date,
    Openssl(ErrorStack),
    Rcgen(rcgen::Error),
}

impl Failure {
    fn into_error(self) -> CertificateError {
        let reason = match self {
            Self::Certificate(error) => return error,
            Self::Date => "the date is out of range".to_owned(),
            Self::Openssl(error) => error.to_string(),
            Self::Rcgen(error) => error.to_string(),
        };
        CertificateError::Throwaway { reason }
    }
}

impl From<CertificateError> for Failure {
    fn from(error: CertificateError) -> Self {
        Self::Certificate(error)
    }
}

impl From<ErrorStack> for Failure {
    fn from(error: ErrorStack) -> Self {
        Self::Openssl(error)
    }
}

impl From<rcgen::Error> for Failure {
    fn from(error: rcgen::Error) -> Self {
        Self::Rcgen(error)
    }
}

#[cfg(test)]
mod tests;
