//! A certificate as facts. Parsed once, into a few offsets and small values over its own DER, so that
//! thousands can be judged in a second; words are made only when someone asks for them.

pub(crate) mod details;
pub(crate) mod distinguished_name;
pub(crate) mod extensions;
pub(crate) mod fingerprint;
pub(crate) mod name_constraints;
pub(crate) mod public_key;

use std::fmt::{self, Write as _};
use std::net::IpAddr;
use std::ops::Range;
use std::sync::OnceLock;

use time::OffsetDateTime;
use x509_parser::certificate::{X509Certificate, X509CertificateParser};
use x509_parser::nom::Parser as _;

use crate::error::CertificateError;
use crate::pki::signature::{self, SignatureAlgorithm};
use extensions::Extensions;
use fingerprint::Fingerprint;
use public_key::KeyKind;

/// Cheap to make (about 5 µs), owns its DER.
pub(crate) struct Certificate {
    der: Box<[u8]>,
    /// 1 to 3.
    version: u32,
    subject: Range<usize>,
    issuer: Range<usize>,
    serial: Range<usize>,
    public_key: Range<usize>,
    not_before: OffsetDateTime,
    not_after: OffsetDateTime,
    key_kind: KeyKind,
    signature_algorithm: SignatureAlgorithm,
    extensions: Extensions,
    self_signed: OnceLock<bool>,
}

impl Certificate {
    /// Reads one DER certificate; nothing may follow it.
    ///
    /// The error has no file name: whoever knows it uses [`Self::read`] or fills it in.
    pub(crate) fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        Self::read(der).map_err(|reason| CertificateError::Damaged {
            name: String::new(),
            line: None,
            reason,
        })
    }

    /// Like [`Self::from_der`]; the error is the reason alone.
    pub(crate) fn read(der: &[u8]) -> Result<Self, &'static str> {
        let (rest, parsed) = parse(der).ok_or("it is not DER as RFC 5280 has it")?;
        if !rest.is_empty() {
            return Err("more bytes follow it");
        }
        // RFC 5280, 4.1.1.2: a forger could change the outer one.
        if parsed.signature_algorithm != parsed.tbs_certificate.signature {
            return Err("its two signature algorithms differ");
        }
        let span = |part: &[u8]| span_of(der, part);
        let validity = parsed.validity();
        Ok(Self {
            version: parsed.version().0.saturating_add(1),
            subject: span(parsed.subject().as_raw()),
            issuer: span(parsed.issuer().as_raw()),
            serial: span(parsed.raw_serial()),
            public_key: span(parsed.public_key().raw),
            not_before: validity.not_before.to_datetime(),
            not_after: validity.not_after.to_datetime(),
            key_kind: KeyKind::of(parsed.public_key()),
            signature_algorithm: SignatureAlgorithm::of(&parsed.signature_algorithm),
            extensions: Extensions::of(parsed.extensions()),
            self_signed: OnceLock::new(),
            der: der.into(),
        })
    }

    /// The whole certificate.
    pub(crate) fn der(&self) -> &[u8] {
        &self.der
    }

    /// RFC 4514, most specific part first, as `openssl x509 -nameopt RFC2253` prints it; anything that
    /// could disturb a terminal or a log is escaped.
    pub(crate) fn subject(&self) -> String {
        distinguished_name::to_text(self.subject_der())
    }

    /// Like [`Self::subject`].
    pub(crate) fn issuer(&self) -> String {
        distinguished_name::to_text(self.issuer_der())
    }

    /// The last common name of the subject, escaped.
    pub(crate) fn common_name(&self) -> Option<String> {
        distinguished_name::common_name(self.subject_der())
    }

    /// What a person would call this certificate: its common name, else a DNS name, else the subject.
    pub(crate) fn title(&self) -> String {
        self.common_name()
            .or_else(|| self.dns_names().first().map(|name| name.to_string()))
            .unwrap_or_else(|| self.subject())
    }

    /// 1 to 3: only certificates of version 3 have extensions.
    pub(crate) fn version(&self) -> u32 {
        self.version
    }

    pub(crate) fn subject_der(&self) -> &[u8] {
        self.part(&self.subject)
    }

    pub(crate) fn issuer_der(&self) -> &[u8] {
        self.part(&self.issuer)
    }

    /// Upper-case hex as `openssl x509 -serial` prints it; negative ones with a minus.
    pub(crate) fn serial(&self) -> String {
        serial_text(self.part(&self.serial))
    }

    /// The first second of its validity.
    pub(crate) fn not_before(&self) -> OffsetDateTime {
        self.not_before
    }

    /// The last second of its validity.
    pub(crate) fn not_after(&self) -> OffsetDateTime {
        self.not_after
    }

    /// DNS names of the subject alternative name, escaped, in the certificate's order and case.
    pub(crate) fn dns_names(&self) -> &[Box<str>] {
        &self.extensions.alternative_names.dns
    }

    /// IP addresses of the subject alternative name.
    pub(crate) fn ip_addresses(&self) -> &[IpAddr] {
        &self.extensions.alternative_names.ip
    }

    /// Whether it names a DNS name or an IP address the modern way; the common name does not count.
    pub(crate) fn has_server_names(&self) -> bool {
        !self.dns_names().is_empty() || !self.ip_addresses().is_empty()
    }

    /// The SubjectPublicKeyInfo, DER: equal bytes are the same key.
    pub(crate) fn public_key_der(&self) -> &[u8] {
        self.part(&self.public_key)
    }

    pub(crate) fn key_kind(&self) -> KeyKind {
        self.key_kind
    }

    pub(crate) fn signature_algorithm(&self) -> SignatureAlgorithm {
        self.signature_algorithm
    }

    pub(crate) fn extensions(&self) -> &Extensions {
        &self.extensions
    }

    /// SHA-256 of the DER.
    pub(crate) fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.der)
    }

    /// Whether it may issue certificates (basicConstraints, RFC 5280, 4.2.1.9).
    pub(crate) fn is_ca(&self) -> bool {
        self.extensions.is_ca()
    }

    /// Subject and issuer are the same name.
    pub(crate) fn is_self_issued(&self) -> bool {
        distinguished_name::equal(self.subject_der(), self.issuer_der())
    }

    /// Signed by its own key; checked once, then remembered.
    pub(crate) fn is_self_signed(&self) -> bool {
        *self
            .self_signed
            .get_or_init(|| self.is_issued_by(self) && signature::is_signed_by(self, self))
    }

    /// Remembers for [`Self::is_self_signed`] what `accepts` makes of its signature by its own key, which
    /// is asked only where names say so.
    pub(crate) fn settle_self_signed(&self, accepts: impl FnOnce(&Self) -> bool) {
        self.self_signed
            .get_or_init(|| self.is_issued_by(self) && accepts(self));
    }

    /// Whether names and key identifiers say so; the signature is for [`signature::is_signed_by`].
    pub(crate) fn is_issued_by(&self, issuer: &Self) -> bool {
        // As OpenSSL does: a key identifier that contradicts (RFC 5280, 4.2.1.1) rules the issuer out.
        let wanted = self.extensions.authority_key_id.as_deref();
        let offered = issuer.extensions.subject_key_id.as_deref();
        let contradicts = wanted.is_some() && offered.is_some() && wanted != offered;
        !contradicts && distinguished_name::equal(self.issuer_der(), issuer.subject_der())
    }

    /// The same subject and key: another certificate for the same authority.
    pub(crate) fn is_same_entity(&self, other: &Self) -> bool {
        self.public_key_der() == other.public_key_der()
            && distinguished_name::equal(self.subject_der(), other.subject_der())
    }

    fn part(&self, range: &Range<usize>) -> &[u8] {
        self.der.get(range.clone()).unwrap_or_default()
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der
    }
}

impl Eq for Certificate {}

impl Clone for Certificate {
    fn clone(&self) -> Self {
        Self {
            der: self.der.clone(),
            subject: self.subject.clone(),
            issuer: self.issuer.clone(),
            serial: self.serial.clone(),
            public_key: self.public_key.clone(),
            extensions: self.extensions.clone(),
            self_signed: self.self_signed.clone(),
            ..*self
        }
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({}, {})", self.subject(), self.serial())
    }
}

/// x509-parser's view of one certificate, extensions left alone, and the bytes that follow it.
pub(crate) fn parse(der: &[u8]) -> Option<(&[u8], X509Certificate<'_>)> {
    X509CertificateParser::new()
        .with_deep_parse_extensions(false)
        .parse(der)
        .ok()
}

/// Where `part`, a slice of `whole`, lies in it.
fn span_of(whole: &[u8], part: &[u8]) -> Range<usize> {
    let start = part.as_ptr().addr().saturating_sub(whole.as_ptr().addr());
    start..start + part.len()
}

fn serial_text(bytes: &[u8]) -> String {
    let negative = bytes.first().is_some_and(|first| first & 0x80 != 0);
    let mut magnitude = bytes.to_vec();
    if negative {
        negate(&mut magnitude);
    }
    let leading = magnitude.iter().take_while(|byte| **byte == 0).count();
    let significant = leading.min(magnitude.len().saturating_sub(1));
    let mut text = String::from(if negative { "-" } else { "" });
    for byte in magnitude.iter().skip(significant) {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02X}");
    }
    text
}

/// Two's complement, in place.
fn negate(bytes: &mut [u8]) {
    let mut carry = true;
    for byte in bytes.iter_mut().rev() {
        let (sum, overflow) = (!*byte).overflowing_add(u8::from(carry));
        *byte = sum;
        carry = overflow;
    }
}

#[cfg(test)]
pub(crate) mod fixtures;
#[cfg(test)]
mod tests;
