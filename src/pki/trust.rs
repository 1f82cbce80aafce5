//! Trust anchors: the system's, and those given with `--ca`.

use std::collections::HashMap;
use std::fmt;
use std::sync::LazyLock;

use crate::pki::bundle;
use crate::pki::certificate::Certificate;
use crate::pki::certificate::distinguished_name::{Canonical, canonical};

/// Whom clients trust. The system's file is read when it is first asked for, and then once.
pub(crate) struct TrustAnchors {
    given: Index,
    system: LazyLock<Index, Box<dyn FnOnce() -> Index + Send>>,
}

/// Where an anchor comes from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Origin {
    /// `--ca`, or `ca` in the settings.
    Given,
    System,
}

#[derive(Default)]
struct Index(HashMap<Canonical, Vec<Certificate>>);

impl TrustAnchors {
    /// `system` returns the system's PEM bundle, nothing if there is none; it is called at most once.
    pub(crate) fn new(
        given: Vec<Certificate>,
        system: impl FnOnce() -> Vec<u8> + Send + 'static,
    ) -> Self {
        let read = move || {
            let pem = system();
            let certificates = bundle::certificates_only(&pem);
            Index::of(certificates.filter_map(|der| Certificate::from_der(&der).ok()))
        };
        Self {
            given: Index::of(given),
            system: LazyLock::new(Box::new(read)),
        }
    }

    /// Nobody is trusted.
    pub(crate) fn none() -> Self {
        Self::new(Vec::new(), Vec::new)
    }

    /// Anchors that could have issued `certificate`, by names and key identifiers; given ones first.
    pub(crate) fn issuers_of<'a>(
        &'a self,
        certificate: &Certificate,
    ) -> impl Iterator<Item = (&'a Certificate, Origin)> {
        self.named(certificate.issuer_der())
            .filter(|(anchor, _)| certificate.is_issued_by(anchor))
    }

    /// Whether `certificate` is an anchor itself: the same name and key.
    pub(crate) fn origin_of(&self, certificate: &Certificate) -> Option<Origin> {
        self.named(certificate.subject_der())
            .find(|(anchor, _)| anchor.is_same_entity(certificate))
            .map(|(_, origin)| origin)
    }

    /// Whether there is nobody at all to trust: then nothing can be said about trust.
    pub(crate) fn is_empty(&self) -> bool {
        self.given.0.is_empty() && self.system.0.is_empty()
    }

    fn named(&self, subject: &[u8]) -> impl Iterator<Item = (&Certificate, Origin)> {
        let subject = match self.is_empty() {
            true => Canonical::default(),
            false => canonical(subject).unwrap_or_default(),
        };
        let given = self.given.named(&subject).iter();
        let system = self.system.named(&subject).iter();
        let given = given.map(|anchor| (anchor, Origin::Given));
        given.chain(system.map(|anchor| (anchor, Origin::System)))
    }
}

impl Index {
    fn of(certificates: impl IntoIterator<Item = Certificate>) -> Self {
        let mut index = Self::default();
        for certificate in certificates {
            if let Some(subject) = canonical(certificate.subject_der()) {
                index.0.entry(subject).or_default().push(certificate);
            }
        }
        index
    }

    fn named(&self, subject: &Canonical) -> &[Certificate] {
        self.0.get(subject).map_or(&[], Vec::as_slice)
    }
}

impl fmt::Debug for TrustAnchors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TrustAnchors")
    }
}

#[cfg(test)]
mod tests {
    use super::{Origin, TrustAnchors};
    use crate::pki::certificate::fixtures::{bytes, certificate, certificates};

    #[test]
    fn the_systems_file_is_read_when_asked_for_and_damage_in_it_is_passed_over() {
        let damaged = "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n";
        let pem = [damaged.as_bytes(), &bytes("root.pem")].concat();
        let anchors = TrustAnchors::new(certificates("other-root"), || pem);
        let found = |stem| {
            let certificate = certificate(stem);
            let issuers = anchors.issuers_of(&certificate);
            issuers
                .map(|(anchor, origin)| (anchor.title(), origin))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            found("intermediate"),
            [("Example Root CA".to_owned(), Origin::System)]
        );
        assert_eq!(
            found("cross"),
            [("Other Root CA".to_owned(), Origin::Given)]
        );
        assert_eq!(found("leaf"), []);
        assert_eq!(
            anchors.origin_of(&certificate("cross")),
            Some(Origin::System)
        );
        assert!(!anchors.is_empty());
    }

    #[test]
    fn nobody_asks_nobody_reads() {
        drop(TrustAnchors::new(Vec::new(), || {
            panic!("read without need")
        }));
    }
}
