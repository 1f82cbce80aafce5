//! What is well-formed for some, and for others no certificate at all: those do not get as far as a path.

use crate::pki::certificate::Certificate;
use crate::pki::certificate::public_key::{Curve, KeyKind};

/// Each in words that follow the certificate's title.
///
/// Java's `X509CertImpl` (8 to 25) does not read them, so neither a server with such a keystore nor a
/// launcher works; OpenSSL refuses explicit curves as well ("explicit ECC parameters").
pub(super) fn faults_of_form(certificate: &Certificate) -> impl Iterator<Item = &'static str> {
    let has_names = certificate.extensions().alternative_names.is_critical;
    let no_issuer = is_empty(certificate.issuer_der());
    // RFC 5280, 4.1.2.6.
    let no_subject = is_empty(certificate.subject_der()) && !has_names;
    let explicit = certificate.key_kind() == KeyKind::Ec(Curve::Explicit);
    let faults = [
        no_issuer.then_some("names no issuer, and Java reads no such certificate"),
        no_subject.then_some(
            "has neither a subject nor a critical subject alternative name, and Java reads no such \
             certificate",
        ),
        explicit.then_some(
            "has a key on a curve given by its parameters, which neither Java nor OpenSSL accepts",
        ),
    ];
    faults.into_iter().flatten()
}

/// A tag and no content: names are not parsed for this, since all certificates come by.
fn is_empty(name: &[u8]) -> bool {
    matches!(name, [_, 0])
}
