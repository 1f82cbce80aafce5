//! From a heap of certificates to what a server has to send: the leaf, then its intermediates in order.

mod note;
mod search;
mod select;
mod way;

use time::OffsetDateTime;

use crate::error::CertificateError;
use crate::pki::certificate::Certificate;
use crate::pki::findings::{self, Code, Finding};
use crate::pki::names::ServerName;
use crate::pki::signature::Verifier;
use crate::pki::trust::{Origin, TrustAnchors};
use search::{End, Route, Search};

pub(crate) use note::Note;
pub(crate) use select::is_key_of;
pub(crate) use way::{Way, Ways};

/// What a server has to send, and what is known about it.
#[derive(Clone, Debug)]
pub(crate) struct Chain {
    pub(crate) leaf: Certificate,
    /// Issuers upwards, without the root; then cross-certificates kept for older clients.
    pub(crate) intermediates: Vec<Certificate>,
    /// What was left out or kept, for the user to know.
    pub(crate) notes: Vec<Note>,
    pub(crate) trust: Trust,
    /// How many of the intermediates lie on the way to the anchor.
    on_path: usize,
    /// The root that the path ends in, where we have it.
    root: Option<Certificate>,
    faults: Vec<Finding>,
}

/// Who vouches for the leaf.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Trust {
    /// An anchor given with `--ca`.
    Given,
    /// Nobody that we know: a certificate is missing.
    Incomplete(Gap),
    /// A root that came with the certificates, but is no anchor here.
    Private,
    /// The leaf itself.
    SelfSigned,
    /// An anchor of the system.
    System,
}

/// Where a path breaks off. Texts are escaped.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Gap {
    /// Whose issuer is missing.
    pub(crate) below: String,
    /// The missing certificate's subject.
    pub(crate) missing: String,
    /// Where it can be fetched, if the certificate says so.
    pub(crate) url: Option<String>,
    /// One of that name is here, but another key signed.
    pub(crate) other_key: bool,
    /// No trust anchors were found at all.
    pub(crate) no_anchors: bool,
}

/// What to assemble: `certificates` in the order of their file, `extra` ones from `--chain` in any.
#[derive(Debug)]
pub(crate) struct Heap<'a> {
    pub(crate) certificates: Vec<Certificate>,
    pub(crate) extra: Vec<Certificate>,
    /// The leaf's private key, as SubjectPublicKeyInfo.
    pub(crate) key: &'a [u8],
}

impl Chain {
    /// Finds the leaf and the best way from it to an anchor: one without faults at `now` before one with,
    /// then the shortest. Root, duplicates and unrelated certificates are left out.
    ///
    /// Without a certificate for the key the likeliest leaf is taken, so that all findings can be shown
    /// at once; `key-mismatch` is among them then.
    ///
    /// # Errors
    /// [`CertificateError::NoCertificate`] when the heap is empty.
    pub(crate) fn assemble(
        heap: Heap<'_>,
        anchors: &TrustAnchors,
        now: OffsetDateTime,
    ) -> Result<Self, CertificateError> {
        let mut notes = Vec::new();
        let own = heap.certificates.len();
        let (pool, leaf) = select::pool_and_leaf(heap, now, &mut notes)?;
        let Some(leaf_certificate) = pool.get(leaf.index).cloned() else {
            return Err(CertificateError::NoCertificate {
                name: String::new(),
            });
        };
        let verifier = Verifier::checking();
        let route = Search::new(&pool, anchors, &verifier, now).best_route(leaf.index);
        let mut faults: Vec<_> = leaf.mismatch.into_iter().collect();
        faults.extend(order_fault(&route, leaf.index, own));
        let trust = trust_of(&route, &pool, anchors);
        let root = route.root(&pool).cloned();
        let cross = cross_certificates(&route, &pool, now);
        notes.extend(note::left_out(&route, &pool, &cross));
        let mut intermediates: Vec<_> = route.intermediates(&pool).cloned().collect();
        let on_path = intermediates.len();
        intermediates.extend(cross.iter().filter_map(|index| pool.get(*index)).cloned());
        Ok(Self {
            leaf: leaf_certificate,
            intermediates,
            notes,
            trust,
            on_path,
            root,
            faults,
        })
    }

    /// What the server sends: leaf first, no root.
    pub(crate) fn certificates(&self) -> impl Iterator<Item = &Certificate> {
        std::iter::once(&self.leaf).chain(&self.intermediates)
    }

    /// The leaf and its issuers up to the root or anchor, as far as they are known.
    pub(crate) fn path(&self) -> Vec<&Certificate> {
        let sent = self.certificates().take(1 + self.on_path);
        sent.chain(&self.root).collect()
    }

    /// Everything that is wrong with it as the certificate of `host` at `now`, in one list.
    pub(crate) fn findings(&self, host: Option<&ServerName>, now: OffsetDateTime) -> Vec<Finding> {
        let mut findings = self.faults.clone();
        findings.extend(findings::judge_leaf(&self.leaf));
        findings.extend(host.and_then(|host| findings::judge_host(&self.leaf, host)));
        findings.extend(findings::judge_path(&self.path(), now));
        findings.extend(self.judge_trust());
        findings
    }

    fn judge_trust(&self) -> Option<Finding> {
        let mut finding = self.trust.judge(&self.leaf, self.root.as_ref())?;
        if matches!(self.trust, Trust::Incomplete(_)) {
            let ways_out =
                "; an intermediate is given with --chain FILE, a private root with --ca FILE";
            finding.message.push_str(ways_out);
        }
        Some(finding)
    }
}

impl Trust {
    /// What there is to say about it for `leaf`; `root` is where its path ends.
    fn judge(&self, leaf: &Certificate, root: Option<&Certificate>) -> Option<Finding> {
        match self {
            Self::Given | Self::System => None,
            Self::Incomplete(gap) => Some(Finding::new(Code::IncompleteChain, gap.to_string())),
            Self::Private => {
                let title = leaf.title();
                let root = root.map(Certificate::subject).unwrap_or_default();
                let message = format!(
                    "{title} comes from a private CA, {root}; every client needs that root (--ca FILE \
                     makes it known here)"
                );
                Some(Finding::new(Code::Untrusted, message))
            }
            Self::SelfSigned => {
                let title = leaf.title();
                let message = format!("{title} is self-signed; clients will not trust it");
                Some(Finding::new(Code::SelfSigned, message))
            }
        }
    }
}

fn trust_of(route: &Route<'_>, pool: &[Certificate], anchors: &TrustAnchors) -> Trust {
    match route.end {
        End::Anchor(_, Origin::Given) => Trust::Given,
        End::Anchor(_, Origin::System) => Trust::System,
        End::Gap { other_key } => {
            let top = route.top(pool);
            Trust::Incomplete(Gap {
                below: top.map(Certificate::title).unwrap_or_default(),
                missing: top.map(Certificate::issuer).unwrap_or_default(),
                url: top.and_then(|top| top.extensions().issuer_url.as_deref().map(str::to_owned)),
                other_key,
                no_anchors: anchors.is_empty(),
            })
        }
        End::Root if route.indexes.len() == 1 => Trust::SelfSigned,
        End::Root => Trust::Private,
    }
}

/// Programs that take the file as it is (lighttpd, Java's keytool) want the leaf first, then upwards.
/// Only the first `own` of the pool come from one file.
fn order_fault(route: &Route<'_>, leaf: usize, own: usize) -> Option<Finding> {
    let in_file = route.indexes.iter().filter(|index| **index < own);
    let is_ordered = leaf == 0 && in_file.is_sorted();
    (!is_ordered).then(|| {
        let message =
            "the certificates were not in the order leaf, intermediates; they are put right";
        Finding::new(Code::ChainOrder, message)
    })
}

/// Certificates for the root's own key by another CA, which the issuer put in for older clients: a
/// client that knows only the other CA needs them, and no client minds.
fn cross_certificates(route: &Route<'_>, pool: &[Certificate], now: OffsetDateTime) -> Vec<usize> {
    let Some(root) = route.root(pool) else {
        return Vec::new();
    };
    let serves = |certificate: &Certificate| {
        certificate.is_same_entity(root)
            && !certificate.is_self_issued()
            && (certificate.not_before()..=certificate.not_after()).contains(&now)
    };
    let outside = (0..pool.len()).filter(|index| !route.indexes.contains(index));
    outside
        .filter(|index| pool.get(*index).is_some_and(serves))
        .collect()
}

#[cfg(test)]
mod tests;
