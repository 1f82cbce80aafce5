//! The chains of one source, from each leaf upwards.

use std::collections::HashSet;

use time::OffsetDateTime;

use crate::pki::certificate::Certificate;
use crate::pki::chain::{Way, Ways};
use crate::pki::findings::{Code, Finding, Severity};
use crate::pki::judgement::{Judged, Place, Terms};
use crate::pki::trust::TrustAnchors;
use crate::report::show::certificate::kind;
use crate::report::show::chain::{self, ChainView, LinkView};

/// A certificate that another source has.
pub(super) struct Elsewhere {
    pub(super) source: String,
    pub(super) certificate: Certificate,
}

/// The chains of one source.
pub(super) struct Drawing<'a> {
    judged: &'a [Judged],
    own: usize,
    elsewhere: &'a [Elsewhere],
    /// Whom its certificates name as their issuers, in DER, but for those that name themselves.
    issuers: HashSet<&'a [u8]>,
    anchors: &'a TrustAnchors,
    now: OffsetDateTime,
}

impl<'a> Drawing<'a> {
    /// `judged` are the source's `own` certificates, then those from elsewhere.
    pub(super) fn new(
        judged: &'a [Judged],
        own: usize,
        elsewhere: &'a [Elsewhere],
        terms: &Terms<'a>,
    ) -> Self {
        Self {
            judged,
            own,
            elsewhere,
            issuers: issuers(judged.iter().take(own).map(|it| &it.certificate)),
            anchors: terms.anchors,
            now: terms.now,
        }
    }

    /// One from each leaf, and one from each certificate that is on none of them and issued no other.
    pub(super) fn chains(&self, mut ways: Ways<'_>) -> Vec<ChainView> {
        let mut drawn = HashSet::new();
        let mut chains = Vec::new();
        for class in [Self::is_leaf, Self::is_lowest, Self::is_any] {
            for place in 0..self.own {
                if drawn.contains(&place) || !class(self, place) {
                    continue;
                }
                let way = ways.from(place);
                drawn.extend(self.places(&way).into_iter().flatten());
                chains.push(self.chain(&way));
            }
        }
        chains
    }

    fn is_leaf(&self, place: usize) -> bool {
        let judged = self.judged.get(place);
        judged.is_some_and(|it| it.place == Place::Leaf)
    }

    /// No other certificate of the source names it as its issuer.
    fn is_lowest(&self, place: usize) -> bool {
        let judged = self.judged.get(place);
        judged.is_some_and(|it| !self.issuers.contains(it.certificate.subject_der()))
    }

    fn is_any(&self, _: usize) -> bool {
        true
    }

    fn chain(&self, way: &Way<'_>) -> ChainView {
        let critical = self.critical(way);
        let (trusted, reason) =
            chain::trust(&way.path, way.trust.as_ref(), &critical, self.anchors);
        let links = way.path.iter().zip(self.places(way));
        ChainView {
            links: links
                .map(|(certificate, place)| self.link(place, certificate))
                .collect(),
            missing: way
                .is_incomplete
                .then(|| way.path.last().map(|top| top.issuer()))
                .flatten(),
            trusted,
            reason,
        }
    }

    /// For each certificate of the path where it is among the judged ones. An anchor may be there too,
    /// although the way did not take it from there.
    fn places(&self, way: &Way<'_>) -> Vec<Option<usize>> {
        let places = way.places.iter().copied().map(Some);
        let above = way.path.iter().skip(way.places.len());
        let own = |certificate: &&Certificate| {
            let mut judged = self.judged.iter();
            judged.position(|it| it.certificate == **certificate)
        };
        places.chain(above.map(own)).collect()
    }

    /// Each code once.
    fn critical(&self, way: &Way<'_>) -> Vec<Code> {
        let judged = way
            .places
            .iter()
            .filter_map(|place| self.judged.get(*place));
        let findings = judged.flat_map(|judged| &judged.findings);
        // One that expires in a week is accepted until then.
        let is_fatal = |finding: &&Finding| {
            finding.severity == Severity::Critical && finding.code != Code::Expiring
        };
        let mut codes: Vec<Code> = findings.filter(is_fatal).map(|it| it.code).collect();
        codes.sort_unstable();
        codes.dedup();
        codes
    }

    fn link(&self, place: Option<usize>, certificate: &Certificate) -> LinkView {
        let judged = place.and_then(|place| self.judged.get(place));
        let place_in_chain = match judged {
            Some(judged) => judged.place,
            None if certificate.is_self_issued() => Place::Root,
            None => Place::Intermediate,
        };
        let mut link = LinkView::of(certificate, kind(place_in_chain), self.now);
        link.number = place
            .filter(|place| *place < self.own)
            .map(|place| place + 1);
        if link.number.is_none() {
            let same = |it: &&Elsewhere| it.certificate == *certificate;
            let elsewhere = self.elsewhere.iter().find(same);
            let file = elsewhere.map(|it| it.source.clone());
            link.from = file.filter(|_| place.is_some()).or_else(|| {
                let origin = self.anchors.origin_of(certificate);
                origin.map(|origin| chain::origin_words(origin).to_owned())
            });
        }
        link
    }
}

fn issuers<'a>(certificates: impl Iterator<Item = &'a Certificate>) -> HashSet<&'a [u8]> {
    let issued = certificates.filter(|it| it.issuer_der() != it.subject_der());
    issued.map(Certificate::issuer_der).collect()
}
