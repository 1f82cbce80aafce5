//! What there is to say about the certificates of one source: each leaf with its way to an anchor, each
//! other certificate for itself.

mod contents;

use time::OffsetDateTime;

use crate::pki::certificate::Certificate;
use crate::pki::chain::{Way, Ways};
use crate::pki::findings::{self, Code, Finding, Severity};
use crate::pki::names::ServerName;
use crate::pki::signature::Verifier;
use crate::pki::thresholds::Thresholds;
use crate::pki::trust::TrustAnchors;
use contents::{Origin, Role};

pub(crate) use contents::{Contents, is_leaf};

/// By what is judged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms<'a> {
    pub(crate) now: OffsetDateTime,
    pub(crate) anchors: &'a TrustAnchors,
    pub(crate) thresholds: &'a Thresholds,
    /// One that checks nothing leaves all trust unjudged: dates, names, strength and order only.
    pub(crate) verifier: &'a Verifier,
}

/// All that was found in one source.
#[derive(Debug, Default)]
pub(crate) struct Judgement {
    /// In the order of the source, each once.
    pub(crate) certificates: Vec<Judged>,
    /// What no certificate can be blamed for.
    pub(crate) errors: Vec<Finding>,
}

#[derive(Debug)]
pub(crate) struct Judged {
    pub(crate) certificate: Certificate,
    /// Of the keystore's entry.
    pub(crate) alias: Option<String>,
    pub(crate) place: Place,
    pub(crate) findings: Vec<Finding>,
}

/// A certificate's place in its chain.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Place {
    Intermediate,
    Leaf,
    Root,
}

/// Judges every certificate; every leaf has to be one for each of the `hosts`.
pub(crate) fn judge(contents: Contents, hosts: &[ServerName], terms: &Terms<'_>) -> Judgement {
    judge_among(contents, &mut Vec::new(), hosts, terms)
}

/// The same for a part of a source that is too large to be held whole. `issuers` are those of its
/// certificates that have issued others; each is judged as one of the `contents` as well.
pub(crate) fn judge_among(
    contents: Contents,
    issuers: &mut Vec<Certificate>,
    hosts: &[ServerName],
    terms: &Terms<'_>,
) -> Judgement {
    let Contents {
        held,
        origin,
        errors,
        mismatch,
    } = contents;
    let (mut pool, labels): (Vec<_>, Vec<_>) = held
        .into_iter()
        .map(|held| (held.certificate, (held.alias, held.role)))
        .unzip();
    let roles: Vec<Role> = labels.iter().map(|(_, role)| *role).collect();
    pool.append(issuers);
    for certificate in &pool {
        certificate.settle_self_signed(|own| terms.verifier.accepts(own, own));
    }
    let case = Case::new(&pool, &roles, origin, hosts, *terms);
    let findings = case.judge(mismatch);
    *issuers = pool.split_off(roles.len());
    let judged = pool.into_iter().zip(labels).zip(findings);
    let certificates = judged.map(|((certificate, (alias, role)), findings)| Judged {
        place: Place::of(&certificate, role),
        certificate,
        alias,
        findings,
    });
    Judgement {
        certificates: certificates.collect(),
        errors,
    }
}

impl Judgement {
    /// What is said about certificates.
    pub(crate) fn findings_mut(&mut self) -> impl Iterator<Item = &mut Finding> {
        let certificates = self.certificates.iter_mut();
        certificates.flat_map(|judged| &mut judged.findings)
    }
}

impl Place {
    fn of(certificate: &Certificate, role: Role) -> Self {
        match role {
            Role::Leaf => Self::Leaf,
            Role::Elsewhere | Role::Other | Role::Trusted if certificate.is_self_issued() => {
                Self::Root
            }
            Role::Elsewhere | Role::Other | Role::Trusted if certificate.is_ca() => {
                Self::Intermediate
            }
            Role::Elsewhere | Role::Other | Role::Trusted => Self::Leaf,
        }
    }
}

/// One source while it is judged.
struct Case<'a> {
    pool: &'a [Certificate],
    /// Of the first of the pool; the others are judged elsewhere.
    roles: &'a [Role],
    origin: Origin,
    hosts: &'a [ServerName],
    terms: Terms<'a>,
    /// By the places in the pool, as the following.
    findings: Vec<Vec<Finding>>,
    /// Whether it is on the way of a leaf.
    on_path: Vec<bool>,
}

impl<'a> Case<'a> {
    fn new(
        pool: &'a [Certificate],
        roles: &'a [Role],
        origin: Origin,
        hosts: &'a [ServerName],
        terms: Terms<'a>,
    ) -> Self {
        let alone = |certificate| {
            let mut findings = findings::judge_alone(certificate, terms.now);
            findings.extend(terms.thresholds.judge(certificate, terms.now));
            findings
        };
        Self {
            pool,
            roles,
            origin,
            hosts,
            terms,
            findings: pool.iter().take(roles.len()).map(alone).collect(),
            on_path: vec![false; roles.len()],
        }
    }

    fn judge(mut self, mismatch: Option<Finding>) -> Vec<Vec<Finding>> {
        let leaves = (0..).zip(self.roles).filter(|(_, role)| role.is_leaf());
        let leaves: Vec<usize> = leaves.map(|(place, _)| place).collect();
        if let Some(first) = leaves.first() {
            self.complain(*first, mismatch);
            let Terms {
                now,
                anchors,
                verifier,
                ..
            } = self.terms;
            let mut ways = Ways::new(self.pool, anchors, verifier, now);
            for leaf in &leaves {
                self.judge_leaf(*leaf);
                self.judge_way(*leaf, ways.from(*leaf), leaves.len());
            }
        }
        self.soften_extras();
        self.findings
    }

    fn judge_way(&mut self, leaf: usize, way: Way<'_>, leaves: usize) {
        self.judge_order(leaf, &way, leaves);
        if self.terms.verifier.checks() {
            self.judge_issuers(leaf, &way);
            self.judge_trust(leaf, way.trust, way.is_incomplete);
        }
        for place in way.places {
            if let Some(on_path) = self.on_path.get_mut(place) {
                *on_path = true;
            }
        }
    }

    fn judge_leaf(&mut self, leaf: usize) {
        let Some(certificate) = self.pool.get(leaf) else {
            return;
        };
        self.complain(leaf, findings::judge_leaf(certificate));
        for host in self.hosts {
            self.complain(leaf, findings::judge_host(certificate, host));
        }
    }

    /// Programs that take a file as it is want the leaf first and then upwards; with several leaves in it
    /// the file is for none of them. Java orders a keystore by itself.
    fn judge_order(&mut self, leaf: usize, way: &Way<'_>, leaves: usize) {
        let is_own = |place: &&usize| self.roles.get(**place) != Some(&Role::Elsewhere);
        let is_ordered = leaf == 0 && way.places.iter().filter(is_own).is_sorted();
        let counts = matches!(self.origin, Origin::File | Origin::Served);
        if is_ordered || leaves > 1 || !counts {
            return;
        }
        let message = "the certificates are not in the order leaf, intermediates";
        self.complain(leaf, [Finding::new(Code::ChainOrder, message)]);
    }

    /// Who may issue for whom. What an anchor elsewhere is guilty of stands with the leaf.
    fn judge_issuers(&mut self, leaf: usize, way: &Way<'_>) {
        for (depth, issuer) in way.path.iter().enumerate().skip(1) {
            let below = way.path.get(..depth).unwrap_or_default();
            let place = way.places.get(depth).copied();
            let place = place.filter(|place| *place < self.roles.len());
            let mut found = findings::judge_issuer(issuer, below);
            if !self.pool.iter().any(|own| std::ptr::eq(own, *issuer)) {
                found.extend(findings::judge_alone(issuer, self.terms.now));
            }
            self.complain(place.unwrap_or(leaf), found);
        }
    }

    fn judge_trust(&mut self, leaf: usize, trust: Option<Finding>, is_incomplete: bool) {
        let Some(mut finding) = trust else {
            return;
        };
        if is_incomplete {
            finding
                .message
                .push_str("; --ca FILE makes a private root known");
            if self.origin == Origin::Served {
                finding.severity = Severity::Critical;
            }
        }
        self.complain(leaf, [finding]);
    }

    /// A certificate beside the path harms nobody when it ends: clients do not look at it.
    fn soften_extras(&mut self) {
        let beside = |(on_path, role): (&bool, &Role)| !on_path && *role == Role::Other;
        let extras = self.on_path.iter().zip(self.roles).map(beside);
        for (findings, is_extra) in self.findings.iter_mut().zip(extras) {
            let ends = |finding: &&mut Finding| {
                is_extra && matches!(finding.code, Code::Expired | Code::Expiring)
            };
            for finding in findings.iter_mut().filter(ends) {
                finding.severity = Severity::Warning;
            }
        }
    }

    /// The same fault of an intermediate is found again for each leaf.
    fn complain(&mut self, place: usize, new: impl IntoIterator<Item = Finding>) {
        let Some(findings) = self.findings.get_mut(place) else {
            return;
        };
        for finding in new {
            if !findings.contains(&finding) {
                findings.push(finding);
            }
        }
    }
}

#[cfg(test)]
mod tests;
