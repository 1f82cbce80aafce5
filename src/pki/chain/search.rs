//! The way from a leaf to an anchor through a pool of candidates (RFC 4158), breadth first, so that the
//! first faultless way found is the shortest.

use std::cmp::Reverse;
use std::collections::hash_map::RandomState;
use std::collections::{HashMap, VecDeque};
use std::hash::BuildHasher as _;

use time::OffsetDateTime;

use crate::pki::certificate::Certificate;
use crate::pki::certificate::distinguished_name::canonical;
use crate::pki::findings::judge_path;
use crate::pki::signature::Verifier;
use crate::pki::trust::{Origin, TrustAnchors};

/// Signatures checked for one leaf at most. Honest heaps need a handful; hostile ones are built to need
/// millions.
const SIGNATURES: u32 = 200;

/// Ways looked at for one leaf at most: cross-certificates multiply them.
const WAYS: usize = 500;

/// Candidates of the same name looked at for one certificate at most.
const NAMESAKES: usize = 500;

/// Certificates in one path at most, the leaf included.
const LENGTH: usize = 12;

/// A way upwards, as places in the pool, leaf first.
#[derive(Clone, Debug)]
pub(super) struct Route<'a> {
    pub(super) indexes: Vec<usize>,
    pub(super) end: End<'a>,
}

/// Where a way ends.
#[derive(Clone, Copy, Debug)]
pub(super) enum End<'a> {
    /// Below this anchor; `None`: the last certificate is one itself.
    Anchor(Option<&'a Certificate>, Origin),
    /// The issuer is not there.
    Gap { other_key: bool },
    /// The last certificate is self-signed and no anchor.
    Root,
}

impl<'a> Route<'a> {
    pub(super) fn leaf<'p>(&self, pool: &'p [Certificate]) -> Option<&'p Certificate> {
        pool.get(*self.indexes.first()?)
    }

    pub(super) fn top<'p>(&self, pool: &'p [Certificate]) -> Option<&'p Certificate> {
        pool.get(*self.indexes.last()?)
    }

    /// The self-signed end of the way, or the anchor above it; not the leaf itself.
    pub(super) fn root<'p>(&self, pool: &'p [Certificate]) -> Option<&'p Certificate>
    where
        'a: 'p,
    {
        match self.end {
            End::Anchor(Some(anchor), _) => Some(anchor),
            End::Anchor(None, _) | End::Root => self
                .top(pool)
                .filter(|top| self.indexes.len() > 1 && top.is_self_issued()),
            End::Gap { .. } => None,
        }
    }

    /// What lies between leaf and root.
    pub(super) fn intermediates<'p>(
        &self,
        pool: &'p [Certificate],
    ) -> impl Iterator<Item = &'p Certificate> {
        let above = self
            .indexes
            .iter()
            .skip(1)
            .filter_map(|index| pool.get(*index));
        let root_inside = !matches!(self.end, End::Anchor(Some(_), _));
        let last = self.indexes.len().saturating_sub(2);
        above.enumerate().filter_map(move |(depth, certificate)| {
            let is_root = root_inside && depth == last && certificate.is_self_issued();
            (!is_root).then_some(certificate)
        })
    }
}

/// Smaller is better: faultless ways before faulty ones, anchors before unknown roots before gaps, and
/// then the shortest; of ways that break off the longest.
fn rank(route: &Route<'_>, pool: &[Certificate], now: OffsetDateTime) -> (u8, Reverse<isize>) {
    let certificates = route.indexes.iter().filter_map(|index| pool.get(*index));
    let mut path: Vec<_> = certificates.collect();
    let leaf_faults = path.get(..1).map_or(0, |leaf| judge_path(leaf, now).len());
    if let End::Anchor(Some(anchor), _) = route.end {
        path.push(anchor);
    }
    let faulty = judge_path(&path, now).len() > leaf_faults;
    let length = path.len().cast_signed();
    match (route.end, faulty) {
        (End::Anchor(..), false) => (0, Reverse(-length)),
        (End::Root, false) => (1, Reverse(-length)),
        (End::Anchor(..), true) => (2, Reverse(-length)),
        (End::Root, true) => (3, Reverse(-length)),
        (End::Gap { .. }, false) => (4, Reverse(length)),
        (End::Gap { .. }, true) => (5, Reverse(length)),
    }
}

/// Searches from any certificate of one pool; what was learnt about signatures on one way serves the
/// next.
pub(super) struct Search<'p> {
    pool: &'p [Certificate],
    anchors: &'p TrustAnchors,
    verifier: &'p Verifier,
    now: OffsetDateTime,
    subjects: Subjects,
    /// How many more may be checked.
    signatures: u32,
    checked: HashMap<(usize, usize), bool>,
}

impl<'p> Search<'p> {
    pub(super) fn new(
        pool: &'p [Certificate],
        anchors: &'p TrustAnchors,
        verifier: &'p Verifier,
        now: OffsetDateTime,
    ) -> Self {
        Self {
            pool,
            anchors,
            verifier,
            now,
            subjects: Subjects::of(pool),
            signatures: SIGNATURES,
            checked: HashMap::new(),
        }
    }

    /// The best way that starts at `leaf`; see [`rank`].
    pub(super) fn best_route(&mut self, leaf: usize) -> Route<'p> {
        self.signatures = SIGNATURES;
        let mut best = Route {
            indexes: vec![leaf],
            end: End::Gap { other_key: false },
        };
        let mut best_rank = None;
        let mut waiting = VecDeque::from([vec![leaf]]);
        for _ in 0..WAYS {
            let Some(indexes) = waiting.pop_front() else {
                break;
            };
            for end in self.step(&indexes, &mut waiting) {
                let indexes = indexes.clone();
                let route = Route { indexes, end };
                let rank = rank(&route, self.pool, self.now);
                if best_rank.is_none_or(|best| rank < best) {
                    best_rank = Some(rank);
                    best = route;
                }
            }
            if best_rank.is_some_and(|(class, _)| class == 0) {
                break;
            }
        }
        best
    }

    /// The ends of the way `indexes`, if any; longer ways go to `waiting`.
    fn step(&mut self, indexes: &[usize], waiting: &mut VecDeque<Vec<usize>>) -> Vec<End<'p>> {
        let pool = self.pool;
        let Some((top_index, top)) = indexes.last().and_then(|top| Some((*top, pool.get(*top)?)))
        else {
            return Vec::new();
        };
        if let Some(origin) = self.anchors.origin_of(top) {
            return vec![End::Anchor(None, origin)];
        }
        if top.is_self_signed() {
            return vec![End::Root];
        }
        let mut ends = self.anchors_above(top);
        let named = self.subjects.named(top.issuer_der());
        let mut signed = 0;
        for candidate in named.iter().copied().filter(|index| *index != top_index) {
            if self.is_signed(top_index, candidate) {
                signed += 1;
                if indexes.len() < LENGTH && !self.is_on_path(indexes, candidate) {
                    waiting.push_back([indexes, &[candidate]].concat());
                }
            }
        }
        if ends.is_empty() && signed == 0 {
            let other_key = !named.is_empty();
            ends.push(End::Gap { other_key });
        }
        ends
    }

    fn anchors_above(&mut self, top: &Certificate) -> Vec<End<'p>> {
        let mut ends = Vec::new();
        for (anchor, origin) in self.anchors.issuers_of(top) {
            if self.signatures > 0 {
                self.signatures -= 1;
                if self.verifier.accepts(top, anchor) {
                    ends.push(End::Anchor(Some(anchor), origin));
                }
            }
        }
        ends
    }

    /// Remembers: in a heap of cross-certificates the same pair comes up again and again.
    fn is_signed(&mut self, certificate: usize, issuer: usize) -> bool {
        let (Some(below), Some(above)) = (self.pool.get(certificate), self.pool.get(issuer)) else {
            return false;
        };
        if let Some(known) = self.checked.get(&(certificate, issuer)) {
            return *known;
        }
        if !below.is_issued_by(above) || self.signatures == 0 {
            return false;
        }
        self.signatures -= 1;
        let signed = self.verifier.accepts(below, above);
        self.checked.insert((certificate, issuer), signed);
        signed
    }

    /// The same name and key twice in one path is a circle.
    fn is_on_path(&self, indexes: &[usize], candidate: usize) -> bool {
        let candidate = self.pool.get(candidate);
        let certificates = indexes.iter().filter_map(|index| self.pool.get(*index));
        let mut same = certificates
            .filter(|on_path| candidate.is_some_and(|candidate| candidate.is_same_entity(on_path)));
        same.next().is_some()
    }
}

/// Places in the pool by the hash of their subject; 16 bytes a certificate, for there may be many.
struct Subjects {
    hasher: RandomState,
    /// Sorted.
    places: Vec<(u64, u32)>,
}

impl Subjects {
    fn of(pool: &[Certificate]) -> Self {
        let hasher = RandomState::new();
        let place = |(place, certificate): (u32, &Certificate)| {
            (Self::hash(&hasher, certificate.subject_der()), place)
        };
        let mut places: Vec<_> = (0..).zip(pool).map(place).collect();
        places.sort_unstable();
        Self { hasher, places }
    }

    /// Those of that name, and once in an age one of another: names are compared again.
    fn named(&self, name: &[u8]) -> Vec<usize> {
        let hash = Self::hash(&self.hasher, name);
        let start = self.places.partition_point(|(other, _)| *other < hash);
        let from = self.places.get(start..).unwrap_or_default().iter();
        let same = from.take_while(|(other, _)| *other == hash);
        same.take(NAMESAKES)
            .map(|(_, place)| *place as usize)
            .collect()
    }

    fn hash(hasher: &RandomState, name: &[u8]) -> u64 {
        hasher.hash_one(canonical(name).unwrap_or_default())
    }
}
