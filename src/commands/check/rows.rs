//! What was judged, as rows of the report.

use time::OffsetDateTime;

use crate::pki::certificate::Certificate;
use crate::pki::findings::Finding;
use crate::pki::judgement::{Judged, Judgement, Place};
use crate::pki::thresholds::Thresholds;
use crate::report::scan::{CertificateRow, ErrorRow, FindingRow, Kind};
use crate::server::settings::Ignore;

/// Makes the rows. Words are costly: of certificates that nobody will read of there are none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clerk<'a> {
    pub(super) now: OffsetDateTime,
    pub(super) thresholds: &'a Thresholds,
    pub(super) ignore: &'a [Ignore],
    /// Certificates without a finding need no row.
    pub(super) only_wrong: bool,
}

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
        let errors = judgement.errors.into_iter();
        report.errors = errors.map(|finding| self.error(source, finding)).collect();
        for judged in judgement.certificates {
            if !self.only_wrong || !judged.findings.is_empty() {
                report.certificates.push(self.row(source, &judged));
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

    fn row(&self, source: &str, judged: &Judged) -> CertificateRow {
        let certificate = &judged.certificate;
        let left = certificate.not_after() - self.now;
        let lifetime = certificate.not_after() - certificate.not_before();
        let findings = judged.findings.iter().cloned();
        CertificateRow {
            source: source.to_owned(),
            kind: match judged.place {
                Place::Intermediate => Kind::Intermediate,
                Place::Leaf => Kind::Leaf,
                Place::Root => Kind::Root,
            },
            alias: judged.alias.clone(),
            subject: certificate.subject(),
            issuer: certificate.issuer(),
            serial: certificate.serial(),
            dns_names: texts(certificate.dns_names()),
            ip_addresses: texts(certificate.ip_addresses()),
            not_before: certificate.not_before(),
            not_after: certificate.not_after(),
            days_left: left.whole_seconds().div_euclid(24 * 60 * 60),
            self_signed: certificate.is_self_signed(),
            key: certificate.key_kind().to_string(),
            signature: certificate.signature_algorithm().to_string(),
            sha256: format!("{:x}", certificate.fingerprint()),
            findings: findings
                .map(|finding| self.finding(source, finding))
                .collect(),
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

fn texts(values: &[impl ToString]) -> Vec<String> {
    values.iter().map(ToString::to_string).collect()
}
