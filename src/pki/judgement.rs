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
use contents::{Held, Origin, Role};

pub(crate) use contents::Contents;

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
    let Contents {
        held,
        origin,
        errors,
        mismatch,
    } = contents;
    let mut pool = Vec::with_capacity(held.len());
    let mut labels = Vec::with_capacity(held.len());
    for Held {
        certificate,
        alias,
        role,
    } in held
    {
        certificate.settle_self_signed(|own| terms.verifier.accepts(own, own));
        pool.push(certificate);
        labels.push((alias, role));
    }
    let roles: Vec<Role> = labels.iter().map(|(_, role)| *role).collect();
    let mut findings = Bench::new(&pool, &roles, origin, hosts, *terms).judge();
    if let (Some(mismatch), Some(leaf)) = (mismatch, roles.iter().position(Role::is_leaf)) {
        findings
            .get_mut(leaf)
            .into_iter()
            .for_each(|findings| findings.insert(0, mismatch.clone()));
    }
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
struct Bench<'a> {
    pool: &'a [Certificate],
    roles: &'a [Role],
    origin: Origin,
    hosts: &'a [ServerName],
    terms: Terms<'a>,
    /// By the places in the pool, as the following.
    findings: Vec<Vec<Finding>>,
    /// Whether it is on the way of a leaf.
    on_path: Vec<bool>,
}

impl<'a> Bench<'a> {
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
            findings: pool.iter().map(alone).collect(),
            on_path: vec![false; pool.len()],
        }
    }

    fn judge(mut self) -> Vec<Vec<Finding>> {
        let leaves = (0..).zip(self.roles).filter(|(_, role)| role.is_leaf());
        let leaves: Vec<usize> = leaves.map(|(place, _)| place).collect();
        if leaves.is_empty() {
            return self.findings;
        }
        let Terms {
            now,
            anchors,
            verifier,
            ..
        } = self.terms;
        let mut ways = Ways::new(self.pool, anchors, verifier, now);
        for leaf in &leaves {
            let way = ways.from(*leaf);
            self.judge_leaf(*leaf);
            self.judge_order(*leaf, &way, leaves.len());
            if verifier.checks() {
                self.judge_issuers(*leaf, &way);
                self.judge_trust(*leaf, way.trust, way.is_incomplete);
            }
            for place in way.places {
                self.on_path
                    .get_mut(place)
                    .into_iter()
                    .for_each(|on_path| *on_path = true);
            }
        }
        self.soften_extras();
        self.findings
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
        if is_ordered || leaves > 1 || self.origin == Origin::Keystore {
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
            let mut found = findings::judge_issuer(issuer, below);
            if place.is_none() {
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
