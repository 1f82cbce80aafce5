//! What one `dhtls check` found, as data: text, nagios, json and prometheus all say the same of it.

use std::cmp::Reverse;
use std::collections::HashSet;
use std::fmt;
use std::net::IpAddr;
use std::ops::Deref;
use std::sync::Arc;

use serde::{Serialize, Serializer};
use time::{OffsetDateTime, UtcOffset};

use crate::pki::certificate::distinguished_name::values;
use crate::pki::certificate::fingerprint::Fingerprint;
use crate::pki::certificate::public_key::KeyKind;
use crate::pki::findings::{Code, Severity};
use crate::pki::signature::SignatureAlgorithm;
use crate::report::rfc3339;

/// One run over all targets.
#[derive(Debug, Serialize)]
pub(crate) struct Scan {
    pub(crate) status: Status,
    /// The moment as of which all is judged: now, or `--at`.
    #[serde(serialize_with = "in_seconds")]
    pub(crate) checked_at: OffsetDateTime,
    pub(crate) certificates: Vec<CertificateRow>,
    /// Findings without a certificate.
    pub(crate) errors: Vec<ErrorRow>,
    /// Files in folders that were passed over: names that are none of a certificate, keys alone.
    #[serde(skip)]
    pub(crate) skipped: usize,
    /// What has no rows, since nobody is going to read them.
    #[serde(skip)]
    pub(crate) unlisted: Unlisted,
}

/// Certificates without any finding, and the sources that have no others.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Unlisted {
    pub(crate) certificates: usize,
    pub(crate) sources: usize,
}

/// The greatest decides: CRITICAL if any, else UNKNOWN, else WARNING, else OK.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Status {
    Ok,
    Warning,
    Unknown,
    Critical,
}

/// A certificate in one place; the same one elsewhere is another row. Small, for there may be 100,000.
#[derive(Debug, Serialize)]
pub(crate) struct CertificateRow {
    /// Path or endpoint, as it was named or found.
    pub(crate) source: Arc<str>,
    pub(crate) kind: Kind,
    /// Of a keystore's entry.
    pub(crate) alias: Option<Box<str>>,
    /// The same wherever the certificate is found; the row has all of it as its own.
    #[serde(flatten)]
    pub(crate) facts: Arc<Facts>,
    pub(crate) findings: Vec<FindingRow>,
}

/// What a certificate says, whoever looks at it.
#[derive(Debug, Serialize)]
pub(crate) struct Facts {
    pub(crate) subject: Box<str>,
    pub(crate) issuer: Box<str>,
    /// Upper-case hex.
    pub(crate) serial: Box<str>,
    pub(crate) dns_names: Box<[Box<str>]>,
    pub(crate) ip_addresses: Box<[IpAddr]>,
    #[serde(serialize_with = "in_seconds")]
    pub(crate) not_before: OffsetDateTime,
    #[serde(serialize_with = "in_seconds")]
    pub(crate) not_after: OffsetDateTime,
    /// Whole days, rounded down; negative once it has expired.
    pub(crate) days_left: i64,
    pub(crate) self_signed: bool,
    /// `RSA 2048`
    #[serde(serialize_with = "as_text")]
    pub(crate) key: KeyKind,
    #[serde(serialize_with = "as_text")]
    pub(crate) signature: SignatureAlgorithm,
    /// Lower-case hex.
    #[serde(serialize_with = "in_hex")]
    pub(crate) sha256: Fingerprint,
    /// Days before its end from which on it is `expiring`: warning, critical.
    #[serde(skip)]
    pub(crate) limits: [f64; 2],
}

/// A certificate's place in its chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Intermediate,
    Leaf,
    Root,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct FindingRow {
    #[serde(serialize_with = "as_text")]
    pub(crate) code: Code,
    #[serde(serialize_with = "as_text")]
    pub(crate) severity: Severity,
    pub(crate) message: String,
    /// Known, and accepted with `--ignore`: shown, not counted.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) ignored: bool,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct ErrorRow {
    pub(crate) source: String,
    #[serde(flatten)]
    pub(crate) finding: FindingRow,
}

impl Status {
    pub(crate) fn exit_code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Warning => 1,
            Self::Critical => 2,
            Self::Unknown => 3,
        }
    }

    pub(crate) fn of(severity: Severity) -> Self {
        match severity {
            Severity::Warning => Self::Warning,
            Severity::Unknown => Self::Unknown,
            Severity::Critical => Self::Critical,
        }
    }
}

impl Scan {
    /// As long as nothing is found.
    pub(crate) fn of_nothing(checked_at: OffsetDateTime) -> Self {
        Self {
            status: Status::Unknown,
            checked_at,
            certificates: Vec::new(),
            errors: Vec::new(),
            skipped: 0,
            unlisted: Unlisted::default(),
        }
    }

    /// Every finding with the source that it is about.
    pub(crate) fn findings(&self) -> impl Iterator<Item = (&str, &FindingRow)> {
        let of_certificates = self
            .certificates
            .iter()
            .flat_map(|row| row.findings.iter().map(|finding| (&*row.source, finding)));
        let others = self
            .errors
            .iter()
            .map(|row| (row.source.as_str(), &row.finding));
        of_certificates.chain(others)
    }

    /// Certificates, the worst first; of equal ones that which ends first.
    pub(crate) fn worst_first(&self) -> Vec<&CertificateRow> {
        let mut rows: Vec<_> = self.certificates.iter().collect();
        rows.sort_by_cached_key(|row| (Reverse(row.status()), row.not_after));
        rows
    }

    /// How many files and endpoints have something to tell.
    pub(crate) fn sources(&self) -> usize {
        let of_certificates = self.certificates.iter().map(|row| &*row.source);
        let of_errors = self.errors.iter().map(|row| row.source.as_str());
        let distinct: HashSet<_> = of_certificates.chain(of_errors).collect();
        distinct.len() + self.unlisted.sources
    }

    /// How many certificates were judged.
    pub(crate) fn judged(&self) -> usize {
        self.certificates.len() + self.unlisted.certificates
    }

    /// What all findings that count come to. Without any certificate nothing was judged: UNKNOWN.
    pub(crate) fn worst(&self) -> Status {
        match worst(self.findings().map(|(_, finding)| finding)) {
            None if self.judged() == 0 => Status::Unknown,
            None => Status::Ok,
            Some(worst) => worst,
        }
    }
}

impl CertificateRow {
    /// What the findings of this certificate that count come to.
    pub(crate) fn status(&self) -> Status {
        worst(&self.findings).unwrap_or(Status::Ok)
    }
}

impl Deref for CertificateRow {
    type Target = Facts;

    fn deref(&self) -> &Facts {
        &self.facts
    }
}

impl Facts {
    /// What a person would call it: its common name, else a DNS name, else the subject.
    pub(crate) fn title(&self) -> String {
        let common_name = values(&self.subject, "CN").into_iter().next();
        common_name.unwrap_or_else(|| self.dns_names.first().unwrap_or(&self.subject).to_string())
    }

    /// Negative once it has ended.
    pub(crate) fn days_left_at(&self, moment: OffsetDateTime) -> f64 {
        (self.not_after - moment).as_seconds_f64() / SECONDS_A_DAY
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Ok => "OK",
            Self::Warning => "WARNING",
            Self::Unknown => "UNKNOWN",
            Self::Critical => "CRITICAL",
        })
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Intermediate => "intermediate",
            Self::Leaf => "leaf",
            Self::Root => "root",
        })
    }
}

const SECONDS_A_DAY: f64 = 86_400.0;

fn worst<'a>(findings: impl IntoIterator<Item = &'a FindingRow>) -> Option<Status> {
    let counted = findings.into_iter().filter(|finding| !finding.ignored);
    counted.map(|finding| Status::of(finding.severity)).max()
}

fn as_text<S: Serializer>(value: &impl fmt::Display, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

fn in_hex<S: Serializer>(value: &Fingerprint, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{value:x}"))
}

/// A clock's nanoseconds say nothing here.
fn in_seconds<S: Serializer>(time: &OffsetDateTime, serializer: S) -> Result<S::Ok, S::Error> {
    let time = time.to_offset(UtcOffset::UTC);
    let whole = time.replace_nanosecond(0).unwrap_or(time);
    serializer.serialize_str(&rfc3339(whole))
}
