//! The ways of many leaves through one pool, without copies: for those who judge and do not install.

use time::OffsetDateTime;

use crate::pki::certificate::Certificate;
use crate::pki::findings::Finding;
use crate::pki::signature::Verifier;
use crate::pki::trust::TrustAnchors;

use super::search::{End, Search};
use super::{Trust, trust_of};

/// A pool in which one leaf after the other is looked for.
pub(crate) struct Ways<'p> {
    pool: &'p [Certificate],
    anchors: &'p TrustAnchors,
    search: Search<'p>,
}

/// The best way upwards from one leaf.
#[derive(Debug)]
pub(crate) struct Way<'p> {
    /// Places in the pool, the leaf's first.
    pub(crate) places: Vec<usize>,
    /// The certificates, the leaf first; at the end the anchor, though it be not in the pool.
    pub(crate) path: Vec<&'p Certificate>,
    /// What there is to say about who vouches for the leaf.
    pub(crate) trust: Option<Finding>,
    /// Whether a certificate is missing on it.
    pub(crate) is_incomplete: bool,
}

impl<'p> Ways<'p> {
    pub(crate) fn new(
        pool: &'p [Certificate],
        anchors: &'p TrustAnchors,
        verifier: &'p Verifier,
        now: OffsetDateTime,
    ) -> Self {
        Self {
            pool,
            anchors,
            search: Search::new(pool, anchors, verifier, now),
        }
    }

    /// The way from the certificate at that place; see [`super::Chain::assemble`].
    pub(crate) fn from(&mut self, leaf: usize) -> Way<'p> {
        let route = self.search.best_route(leaf);
        let places = route.indexes.iter();
        let mut path: Vec<_> = places.filter_map(|place| self.pool.get(*place)).collect();
        let trust = trust_of(&route, self.pool, self.anchors);
        let root = route.root(self.pool);
        let finding = route
            .leaf(self.pool)
            .and_then(|leaf| trust.judge(leaf, root));
        if let End::Anchor(Some(anchor), _) = route.end {
            path.push(anchor);
        }
        Way {
            path,
            trust: finding,
            is_incomplete: matches!(trust, Trust::Incomplete(_)),
            places: route.indexes,
        }
    }
}
