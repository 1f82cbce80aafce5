//! What was judged, as rows of the report.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use time::OffsetDateTime;

use crate::pki::certificate::Certificate;
use crate::pki::certificate::fingerprint::Fingerprint;
use crate::pki::findings::Finding;
use crate::pki::judgement::{Judged, Judgement, Place};
use crate::pki::thresholds::Thresholds;
use crate::report::scan::{CertificateRow, ErrorRow, Facts, FindingRow, Kind};
use crate::server::settings::Ignore;

/// Makes the rows. Words are costly: of certificates that nobody will read of there are none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clerk<'a> {
    pub(super) now: OffsetDateTime,
    pub(super) thresholds: &'a Thresholds,
    pub(super) ignore: &'a [Ignore],
    /// Certificates without a finding need no row.
    pub(super) only_wrong: bool,
    /// Authorities that some row has already.
    pub(super) known: &'a Known,
}

pub(super) type Known = Mutex<HashMap<Fingerprint, Arc<Facts>>>;

/// What became of one source.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub(super) certificates: Vec<CertificateRow>,
    pub(super) errors: Vec<ErrorRow>,
    /// How many certificates there were, those without a row included.
    pub(super) judged: usize,
    /// A file that was passed over.
    pub(super) skipped: usize,
    pub(super) leaves: Vec<Certificate>,
}

impl Report {
    pub(super) fn add(&mut self, other: Self) {
        self.certificates.extend(other.certificates);
        self.errors.extend(other.errors);
        self.judged += other.judged;
        self.skipped += other.skipped;
        self.leaves.extend(other.leaves);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.judged == 0 && self.errors.is_empty()
    }
}

impl Clerk<'_> {
    /// Takes the rows down; `keep_leaves` for a comparison later on.
    pub(super) fn report(&self, source: &str, judgement: Judgement, keep_leaves: bool) -> Report {
        let mut report = Report {
            judged: judgement.certificates.len(),
            ..Report::default()
        };
        let shared: Arc<str> = source.into();
        let errors = judgement.errors.into_iter();
        report.errors = errors.map(|finding| self.error(source, finding)).collect();
        for judged in judgement.certificates {
            if !self.only_wrong || !judged.findings.is_empty() {
                report.certificates.push(self.row(&shared, &judged));
            }
            if keep_leaves && judged.place == Place::Leaf {
                report.leaves.push(judged.certificate);
            }
        }
        report
    }

    /// A source about which there is only this to say.
    pub(super) fn complaint(&self, source: &str, finding: Finding) -> Report {
        Report {
            errors: vec![self.error(source, finding)],
            ..Report::default()
        }
    }

    pub(super) fn error(&self, source: &str, finding: Finding) -> ErrorRow {
        ErrorRow {
            source: source.to_owned(),
            finding: self.finding(source, finding),
        }
    }

    fn row(&self, source: &Arc<str>, judged: &Judged) -> CertificateRow {
        let findings = judged.findings.iter().cloned();
        CertificateRow {
            source: Arc::clone(source),
            kind: match judged.place {
                Place::Intermediate => Kind::Intermediate,
                Place::Leaf => Kind::Leaf,
                Place::Root => Kind::Root,
            },
            alias: judged.alias.as_deref().map(Box::from),
            facts: self.facts(judged),
            findings: findings
                .map(|finding| self.finding(source, finding))
                .collect(),
        }
    }

    /// Those of an authority are kept for the next source that has it: all have.
    fn facts(&self, judged: &Judged) -> Arc<Facts> {
        let certificate = &judged.certificate;
        let make = || Arc::new(self.facts_of(certificate));
        if judged.place == Place::Leaf {
            return make();
        }
        // Nothing panics while it holds the lock; and if it did, the map would still be true.
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(known.entry(certificate.fingerprint()).or_insert_with(make))
    }

    fn facts_of(&self, certificate: &Certificate) -> Facts {
        let left = certificate.not_after() - self.now;
        let lifetime = certificate.not_after() - certificate.not_before();
        Facts {
            subject: certificate.subject().into(),
            issuer: certificate.issuer().into(),
            serial: certificate.serial().into(),
            dns_names: certificate.dns_names().into(),
            ip_addresses: certificate.ip_addresses().into(),
            not_before: certificate.not_before(),
            not_after: certificate.not_after(),
            days_left: left.whole_seconds().div_euclid(24 * 60 * 60),
            self_signed: certificate.is_self_signed(),
            key: certificate.key_kind(),
            signature: certificate.signature_algorithm(),
            sha256: certificate.fingerprint(),
            limits: self.thresholds.limits(lifetime),
        }
    }

    fn finding(&self, source: &str, finding: Finding) -> FindingRow {
        let covers = |known: &Ignore| known.covers(finding.code, source);
        FindingRow {
            ignored: self.ignore.iter().any(covers),
            code: finding.code,
            severity: finding.severity,
            message: finding.message,
        }
    }
}
