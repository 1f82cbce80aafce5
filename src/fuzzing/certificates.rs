//! Certificates, alone and in files of any kind, and requests.

use time::macros::datetime;

use crate::pki::bundle::{self, certificates_in_piece};
use crate::pki::certificate::Certificate;
use crate::pki::certificate::details::Details;
use crate::pki::certificate::distinguished_name::is_invisible;
use crate::pki::items::{self as pki_items, Item};
use crate::pki::judgement::{Contents, Terms, judge};
use crate::pki::names::ServerName;
use crate::pki::request::Request;
use crate::pki::signature::{Verifier, is_signed_by};
use crate::pki::thresholds::Thresholds;
use crate::pki::trust::TrustAnchors;

/// Certificates in whatever form: PEM with all its accidents, DER, PKCS#7, base64. Whoever only looks
/// finds the same, and what is written of them is read without a mend.
pub fn certificates(bytes: &[u8]) {
    let found = bundle::decode("file", bytes);
    let looked = bundle::read("file", bytes);
    let (Ok(found), Ok(looked)) = (&found, &looked) else {
        let errors = [found.err(), looked.err()].map(|error| error.map(|it| it.to_string()));
        assert_eq!(errors[0], errors[1]);
        return;
    };
    assert!(!found.certificates.is_empty());
    assert_eq!(found.certificates, looked.certificates);
    let written = bundle::encode_pem(&found.certificates);
    let again = bundle::decode("file", &written).expect("what is written is read");
    assert_eq!(again.certificates, found.certificates);
    assert!(!again.has_key && again.mended.is_empty());
    in_pieces(&written, bytes.len() % written.len(), &found.certificates);
    found.certificates.iter().for_each(is_printable);
    judged(found.certificates.clone());
}

/// One certificate in DER.
pub fn der(bytes: &[u8]) {
    let Ok(certificate) = Certificate::read(bytes) else {
        return;
    };
    is_printable(&certificate);
    let again = Certificate::read(certificate.der());
    assert_eq!(again.as_ref(), Ok(&certificate));
    let _ = is_signed_by(&certificate, &certificate);
    let name = ServerName::of_certificate(&certificate, None);
    if let Ok(name) = name {
        assert!(name.is_covered_by(&certificate));
    }
    judged(vec![certificate]);
}

/// A certificate request in DER.
pub fn request(bytes: &[u8]) {
    if let Ok(request) = Request::read(bytes) {
        is_visible(&request.subject);
        is_visible(&format!(
            "{} {}",
            request.key_kind, request.signature_algorithm
        ));
    }
}

/// Everything that a file holds. What is named is fit for a terminal.
pub fn items(bytes: &[u8]) {
    let found = pki_items::read("file", bytes);
    for item in &found.items {
        match item {
            Item::Certificate(certificate) => is_printable(certificate),
            Item::Request(request) => is_visible(&request.subject),
            Item::RevocationList(text) => is_visible(text),
            Item::Key(_) | Item::PublicKey(_) => {}
        }
    }
    for mend in &found.mended {
        is_visible(&mend.to_string());
    }
}

/// A text cut in two holds the same certificates.
fn in_pieces(text: &[u8], cut: usize, certificates: &[Certificate]) {
    let mut found = Vec::new();
    let mut each = |certificate| found.push(certificate);
    let done = certificates_in_piece(&text[..cut], false, &mut each);
    let done = done.expect("an end that is missing is to come");
    let rest = certificates_in_piece(&text[done..], true, &mut each);
    assert_eq!(rest, Ok(text.len() - done));
    assert_eq!(found, certificates);
}

fn judged(certificates: Vec<Certificate>) {
    let terms = Terms {
        now: datetime!(2026-03-01 12:00 UTC),
        anchors: &TrustAnchors::none(),
        thresholds: &Thresholds::default(),
        verifier: &Verifier::checking(),
    };
    let host = ServerName::parse("deephaven.example.com").expect("it is a name");
    let judgement = judge(Contents::of_file(certificates, None), &[host], &terms);
    for judged in &judgement.certificates {
        for finding in &judged.findings {
            is_visible(&finding.message);
        }
    }
}

fn is_printable(certificate: &Certificate) {
    let details = Details::of(certificate);
    let texts = [
        certificate.subject(),
        certificate.issuer(),
        certificate.title(),
        certificate.serial(),
        certificate.key_kind().to_string(),
    ];
    let lists = [
        &details.other_names,
        &details.name_constraints,
        &details.issuer_urls,
        &details.ocsp_urls,
        &details.crl_urls,
        &details.policies,
    ];
    let texts = texts.iter().chain(lists.into_iter().flatten());
    texts.for_each(|text| is_visible(text));
}

fn is_visible(text: &str) {
    assert!(!text.contains(is_invisible), "{}", text.escape_debug());
}
