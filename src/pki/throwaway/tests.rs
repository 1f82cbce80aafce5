use time::macros::datetime;

use super::{Authority, KeyType, self_signed};
use crate::pki::chain::{Chain, Heap, Trust};
use crate::pki::findings::Code;
use crate::pki::names::ServerName;
use crate::pki::trust::TrustAnchors;

const NOW: time::OffsetDateTime = datetime!(2026-03-01 12:00 UTC);

#[test]
fn a_self_signed_certificate_has_no_other_finding_than_that() {
    for host in ["deephaven.example.com", "192.0.2.7", "2001:db8::7"] {
        let host = ServerName::parse(host).unwrap();
        let made = self_signed(&host, NOW, 90).unwrap();
        let public = made.certificate.public_key_der().to_vec();
        let heap = Heap {
            certificates: vec![made.certificate],
            extra: Vec::new(),
            key: &public,
        };
        let anchors = TrustAnchors::new(Vec::new(), Vec::new);
        let chain = Chain::assemble(heap, &anchors, NOW).unwrap();
        let findings = chain.findings(Some(&host), NOW);
        let codes: Vec<_> = findings.iter().map(|finding| finding.code).collect();
        assert_eq!(codes, [Code::SelfSigned], "{findings:?}");
    }
}

#[test]
fn the_key_is_the_certificates() {
    let host = ServerName::parse("deephaven.example.com").unwrap();
    let made = self_signed(&host, NOW, 90).unwrap();
    let key = openssl::pkey::PKey::private_key_from_der(made.key.expose()).unwrap();
    let public = key.public_key_to_der().unwrap();
    assert_eq!(public, made.certificate.public_key_der());
}

#[test]
fn an_authoritys_leaf_is_faultless_for_whoever_trusts_its_root() {
    let host = ServerName::parse("deephaven.example.com").unwrap();
    let authority = Authority::new("Test", NOW).unwrap();
    for key_type in [KeyType::P256, KeyType::Rsa] {
        let made = authority.issue(&host, key_type, NOW, 90).unwrap();
        let public = made.certificate.public_key_der().to_vec();
        let heap = Heap {
            certificates: vec![made.certificate, authority.intermediate().unwrap()],
            extra: Vec::new(),
            key: &public,
        };
        let anchors = TrustAnchors::new(vec![authority.root().unwrap()], Vec::new);
        let chain = Chain::assemble(heap, &anchors, NOW).unwrap();
        assert_eq!(chain.trust, Trust::Given);
        assert_eq!(chain.findings(Some(&host), NOW), []);
    }
}
