//! Certificate requests (PKCS#10, RFC 2986): what a person asked a CA for.

use openssl::x509::X509Req;
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::cri_attributes::ParsedCriAttribute;
use x509_parser::extensions::X509Extension;
use x509_parser::prelude::FromDer as _;

use crate::pki::certificate::details::Details;
use crate::pki::certificate::distinguished_name;
use crate::pki::certificate::extensions::Extensions;
use crate::pki::certificate::public_key::KeyKind;
use crate::pki::signature::SignatureAlgorithm;

/// All texts are escaped.
#[derive(Debug)]
pub(crate) struct Request {
    /// RFC 4514.
    pub(crate) subject: String,
    /// The SubjectPublicKeyInfo, DER.
    pub(crate) public_key: Vec<u8>,
    pub(crate) key_kind: KeyKind,
    pub(crate) signature_algorithm: SignatureAlgorithm,
    /// By its own key: whoever made the request has the private one.
    pub(crate) is_signed: bool,
    /// The names and usages asked for.
    pub(crate) extensions: Extensions,
    pub(crate) details: Details,
}

impl Request {
    /// Reads one request in DER; nothing may follow it.
    pub(crate) fn read(der: &[u8]) -> Result<Self, &'static str> {
        let Ok((rest, parsed)) = X509CertificationRequest::from_der(der) else {
            return Err("it is not a request as RFC 2986 has it");
        };
        if !rest.is_empty() {
            return Err("more bytes follow it");
        }
        let info = &parsed.certification_request_info;
        let wanted = wanted_extensions(&parsed);
        Ok(Self {
            subject: distinguished_name::to_text(info.subject.as_raw()),
            public_key: info.subject_pki.raw.to_vec(),
            key_kind: KeyKind::of(&info.subject_pki),
            signature_algorithm: SignatureAlgorithm::of(&parsed.signature_algorithm),
            is_signed: is_signed(der),
            extensions: Extensions::of(wanted),
            details: Details::of_extensions(wanted),
        })
    }
}

/// The extensionRequest attribute (RFC 2985, 5.4.2).
fn wanted_extensions<'a>(request: &'a X509CertificationRequest<'_>) -> &'a [X509Extension<'a>] {
    let attributes = request.certification_request_info.iter_attributes();
    let mut wanted = attributes.filter_map(|attribute| match attribute.parsed_attribute() {
        ParsedCriAttribute::ExtensionRequest(wanted) => Some(wanted.extensions.as_slice()),
        ParsedCriAttribute::ChallengePassword(_) | ParsedCriAttribute::UnsupportedAttribute => None,
    });
    wanted.next().unwrap_or_default()
}

fn is_signed(der: &[u8]) -> bool {
    let verified = X509Req::from_der(der).and_then(|request| {
        let key = request.public_key()?;
        request.verify(&key)
    });
    verified.unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::Request;
    use crate::pki::certificate::fixtures::{bytes, public_key};
    use crate::pki::pem;

    fn der() -> Vec<u8> {
        let pem = bytes("other.request.pem");
        let block = pem::blocks(&pem).next().unwrap().unwrap();
        block.decode().unwrap().to_vec()
    }

    #[test]
    fn a_request_tells_its_subject_and_key_and_that_it_is_signed() {
        let request = Request::read(&der()).unwrap();
        assert_eq!(
            request.subject,
            "CN=deephaven.example.com,O=Example Corp,C=US"
        );
        assert_eq!(request.public_key, public_key("leaf"));
        assert!(request.is_signed);
    }

    #[test]
    fn a_changed_request_is_no_longer_signed_and_a_cut_one_is_none() {
        let der = der();
        let mut changed = der.clone();
        *changed.last_mut().unwrap() ^= 1;
        assert!(!Request::read(&changed).unwrap().is_signed);
        for length in 0..der.len() {
            assert!(Request::read(&der[..length]).is_err(), "{length}");
        }
        assert!(Request::read(&[der, vec![0]].concat()).is_err());
    }
}
