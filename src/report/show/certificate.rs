//! A certificate, a request and a key as facts to print.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use time::OffsetDateTime;

use crate::pki::certificate::Certificate;
use crate::pki::certificate::details::{Details, OtherExtension};
use crate::pki::certificate::public_key::KeyKind;
use crate::pki::findings::Finding;
use crate::pki::judgement::Place;
use crate::pki::request::Request;
use crate::report::scan::{FindingRow, Kind};
use crate::report::show::moment;

/// Names that `dhtls check` has too mean the same here.
#[derive(Debug, Serialize)]
pub(crate) struct CertificateView {
    /// Its place in the source, from 1.
    pub(crate) number: usize,
    pub(crate) kind: Kind,
    /// Of the keystore's entry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) alias: Option<String>,
    /// What a person would call it.
    #[serde(skip)]
    pub(crate) title: String,
    pub(crate) subject: String,
    pub(crate) issuer: String,
    /// Upper-case hex.
    pub(crate) serial: String,
    pub(crate) dns_names: Vec<String>,
    pub(crate) ip_addresses: Vec<String>,
    /// `email:a@b`
    pub(crate) other_names: Vec<String>,
    /// RFC 3339, UTC.
    pub(crate) not_before: String,
    pub(crate) not_after: String,
    /// Whole days, rounded down; negative once it has expired.
    pub(crate) days_left: i64,
    pub(crate) self_signed: bool,
    /// `RSA 2048`
    pub(crate) key: String,
    pub(crate) signature: String,
    pub(crate) ca: bool,
    #[serde(flatten)]
    pub(crate) extensions: ExtensionsView,
    /// Lower-case hex.
    pub(crate) sha256: String,
    pub(crate) sha1: String,
    /// Of the public key, base64 as curl's --pinnedpubkey and HPKP have it.
    pub(crate) spki_sha256: String,
    /// 1 to 3.
    pub(crate) version: u32,
    /// Bytes.
    pub(crate) der_length: usize,
    pub(crate) findings: Vec<FindingRow>,
}

/// What the extensions say; of a request, what they are asked to.
#[derive(Debug, Default, Serialize)]
pub(crate) struct ExtensionsView {
    /// Null: everything is allowed.
    pub(crate) key_usage: Option<Vec<String>>,
    pub(crate) extended_key_usage: Option<Vec<String>>,
    pub(crate) path_length: Option<u32>,
    pub(crate) name_constraints: Vec<String>,
    /// Where the issuer's certificate can be fetched.
    pub(crate) issuer_urls: Vec<String>,
    pub(crate) ocsp_urls: Vec<String>,
    pub(crate) crl_urls: Vec<String>,
    pub(crate) policies: Vec<String>,
    pub(crate) subject_key_id: Option<String>,
    pub(crate) authority_key_id: Option<String>,
    pub(crate) other_extensions: Vec<OtherExtensionView>,
}

#[derive(Debug, Serialize)]
pub(crate) struct OtherExtensionView {
    pub(crate) oid: String,
    pub(crate) critical: bool,
    /// Bytes.
    pub(crate) length: usize,
}

#[derive(Debug, Serialize)]
pub(crate) struct RequestView {
    pub(crate) subject: String,
    pub(crate) dns_names: Vec<String>,
    pub(crate) ip_addresses: Vec<String>,
    pub(crate) other_names: Vec<String>,
    pub(crate) key: String,
    /// Why the key is weak.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) weakness: Option<&'static str>,
    pub(crate) signature: String,
    /// By its own key: whoever made the request has the private one.
    pub(crate) signature_valid: bool,
    pub(crate) spki_sha256: String,
    pub(crate) ca: bool,
    #[serde(flatten)]
    pub(crate) extensions: ExtensionsView,
}

/// A key, or what can be told of one that stays closed.
#[derive(Debug, Serialize)]
pub(crate) struct KeyView {
    pub(crate) private: bool,
    /// Null while it is closed.
    pub(crate) key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) weakness: Option<&'static str>,
    pub(crate) spki_sha256: Option<String>,
    /// `AES-256-CBC, PBKDF2 with HMAC-SHA256, 2048 rounds`; null when everyone can read it.
    pub(crate) encryption: Option<String>,
    /// Certificates and requests of this call that are of this key.
    pub(crate) belongs_to: Vec<String>,
    /// Whether there was any to be held against.
    #[serde(skip)]
    pub(crate) was_compared: bool,
}

impl CertificateView {
    pub(crate) fn of(certificate: &Certificate, place: Place, now: OffsetDateTime) -> Self {
        let details = Details::of(certificate);
        Self {
            number: 0,
            kind: kind(place),
            alias: None,
            title: certificate.title(),
            subject: certificate.subject(),
            issuer: certificate.issuer(),
            serial: certificate.serial(),
            dns_names: texts(certificate.dns_names()),
            ip_addresses: texts(certificate.ip_addresses()),
            not_before: moment(certificate.not_before()),
            not_after: moment(certificate.not_after()),
            days_left: days_left(certificate, now),
            self_signed: certificate.is_self_signed(),
            key: certificate.key_kind().to_string(),
            signature: certificate.signature_algorithm().to_string(),
            ca: certificate.is_ca(),
            version: details.version,
            other_names: details.other_names.clone(),
            extensions: details.into(),
            sha256: format!("{:x}", certificate.fingerprint()),
            sha1: hex(&openssl::sha::sha1(certificate.der())),
            spki_sha256: pin(certificate.public_key_der()),
            der_length: certificate.der().len(),
            findings: Vec::new(),
        }
    }
}

impl RequestView {
    pub(crate) fn of(request: Request) -> Self {
        let names = &request.extensions.alternative_names;
        Self {
            dns_names: texts(&names.dns),
            ip_addresses: texts(&names.ip),
            other_names: request.details.other_names.clone(),
            key: request.key_kind.to_string(),
            weakness: request.key_kind.weakness(),
            signature: request.signature_algorithm.to_string(),
            signature_valid: request.is_signed,
            spki_sha256: pin(&request.public_key),
            ca: request.extensions.is_ca(),
            subject: request.subject,
            extensions: request.details.into(),
        }
    }
}

impl KeyView {
    /// Of a SubjectPublicKeyInfo.
    pub(crate) fn of(public_key: &[u8], private: bool, encryption: Option<String>) -> Self {
        let kind = KeyKind::of_der(public_key);
        Self {
            private,
            key: Some(kind.to_string()),
            weakness: kind.weakness(),
            spki_sha256: Some(pin(public_key)),
            encryption,
            belongs_to: Vec::new(),
            was_compared: false,
        }
    }

    /// A private key whose passphrase is not known.
    pub(crate) fn closed(encryption: Option<String>) -> Self {
        Self {
            private: true,
            key: None,
            weakness: None,
            spki_sha256: None,
            encryption,
            belongs_to: Vec::new(),
            was_compared: false,
        }
    }
}

impl From<Details> for ExtensionsView {
    fn from(details: Details) -> Self {
        let other = |extension: OtherExtension| OtherExtensionView {
            oid: extension.oid,
            critical: extension.critical,
            length: extension.length,
        };
        Self {
            key_usage: details.key_usage,
            extended_key_usage: details.extended_key_usage,
            path_length: details.path_length,
            name_constraints: details.name_constraints,
            issuer_urls: details.issuer_urls,
            ocsp_urls: details.ocsp_urls,
            crl_urls: details.crl_urls,
            policies: details.policies,
            subject_key_id: details.subject_key_id,
            authority_key_id: details.authority_key_id,
            other_extensions: details.other_extensions.into_iter().map(other).collect(),
        }
    }
}

pub(crate) fn finding_row(finding: Finding) -> FindingRow {
    FindingRow {
        code: finding.code,
        severity: finding.severity,
        message: finding.message,
        ignored: false,
    }
}

pub(crate) fn kind(place: Place) -> Kind {
    match place {
        Place::Intermediate => Kind::Intermediate,
        Place::Leaf => Kind::Leaf,
        Place::Root => Kind::Root,
    }
}

/// Whole days, rounded down.
pub(crate) fn days_left(certificate: &Certificate, now: OffsetDateTime) -> i64 {
    let left = certificate.not_after().unix_timestamp() - now.unix_timestamp();
    left.div_euclid(86_400)
}

fn texts(things: &[impl ToString]) -> Vec<String> {
    things.iter().map(ToString::to_string).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn pin(public_key: &[u8]) -> String {
    STANDARD.encode(openssl::sha::sha256(public_key))
}
