//! Prometheus' text format, for node_exporter's textfile collector.
//!
//! A run writes the whole file, so nothing outlives its certificate. The same labels twice would be an
//! error to every reader: the same certificate twice in one source is one series, with its soonest end,
//! its latest beginning and all findings.

mod labels;

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::report::scan::{CertificateRow, FindingRow, Scan};
use labels::{exporter, own};

pub(super) fn write(scan: &Scan, out: &mut impl Write) -> io::Result<()> {
    let rows = sorted(scan);
    dates(&END, &rows, own, out)?;
    dates(&BEGINNING, &rows, own, out)?;
    findings(scan, out)?;
    gauge(STATUS, i64::from(scan.status.exit_code()), out)?;
    gauge(CHECKED_AT, scan.checked_at.unix_timestamp(), out)?;
    dates(&EXPORTER_END, &rows, exporter, out)?;
    dates(&EXPORTER_BEGINNING, &rows, exporter, out)
}

/// A family of series: its name, and its HELP.
type Family = (&'static str, &'static str);

const FINDING: Family = (
    "dhtls_certificate_finding",
    "What can be said against a certificate or its source: 1, or 0 when it is accepted with --ignore.",
);
const STATUS: Family = (
    "dhtls_check_status",
    "The result as a whole: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.",
);
const CHECKED_AT: Family = (
    "dhtls_check_timestamp_seconds",
    "When the check ran, in seconds since 1970.",
);

/// One of a certificate's two dates.
struct Date {
    family: Family,
    of: fn(&CertificateRow) -> i64,
    /// Which one stands for several certificates with the same labels: that which alarms first.
    merge: fn(i64, i64) -> i64,
}

const END: Date = Date {
    family: (
        "dhtls_certificate_not_after_timestamp_seconds",
        "The last second of the certificate's validity, in seconds since 1970.",
    ),
    of: |row| row.not_after.unix_timestamp(),
    merge: Ord::min,
};
const BEGINNING: Date = Date {
    family: (
        "dhtls_certificate_not_before_timestamp_seconds",
        "The first second of the certificate's validity, in seconds since 1970.",
    ),
    of: |row| row.not_before.unix_timestamp(),
    merge: Ord::max,
};
/// With the labels of x509-certificate-exporter, for its dashboards and alerts.
const EXPORTER_END: Date = Date {
    family: (
        "x509_cert_not_after",
        "The certificate's end, as x509-certificate-exporter has it.",
    ),
    ..END
};
const EXPORTER_BEGINNING: Date = Date {
    family: (
        "x509_cert_not_before",
        "The certificate's beginning, as x509-certificate-exporter has it.",
    ),
    ..BEGINNING
};

/// Rows whose labels may be equal stand side by side.
fn sorted(scan: &Scan) -> Vec<&CertificateRow> {
    let mut rows: Vec<_> = scan.certificates.iter().collect();
    rows.sort_by(|a, b| (&a.source, &a.serial).cmp(&(&b.source, &b.serial)));
    rows
}

fn dates(
    date: &Date,
    rows: &[&CertificateRow],
    labels: fn(&CertificateRow) -> String,
    out: &mut impl Write,
) -> io::Result<()> {
    let name = head(date.family, out)?;
    let alike =
        |a: &&CertificateRow, b: &&CertificateRow| (&a.source, &a.serial) == (&b.source, &b.serial);
    for rows in rows.chunk_by(alike) {
        let mut series: BTreeMap<String, i64> = BTreeMap::new();
        for row in rows {
            let value = (date.of)(row);
            let merged = series.entry(labels(row)).or_insert(value);
            *merged = (date.merge)(*merged, value);
        }
        for (labels, value) in series {
            writeln!(out, "{name}{{{labels}}} {value}")?;
        }
    }
    Ok(())
}

/// A finding without a certificate has empty labels where a certificate would have its own.
fn findings(scan: &Scan, out: &mut impl Write) -> io::Result<()> {
    let name = head(FINDING, out)?;
    let mut series: BTreeMap<(String, String, String), bool> = BTreeMap::new();
    let mut add = |labels: String, finding: &FindingRow| {
        let key = (
            labels,
            finding.code.to_string(),
            finding.severity.to_string(),
        );
        *series.entry(key).or_default() |= !finding.ignored;
    };
    for row in &scan.certificates {
        for finding in &row.findings {
            add(own(row), finding);
        }
    }
    for row in &scan.errors {
        add(labels::of_source(&row.source), &row.finding);
    }
    for ((labels, code, severity), counted) in series {
        let value = u8::from(counted);
        writeln!(
            out,
            r#"{name}{{{labels},code="{code}",severity="{severity}"}} {value}"#
        )?;
    }
    Ok(())
}

fn gauge(family: Family, value: i64, out: &mut impl Write) -> io::Result<()> {
    let name = head(family, out)?;
    writeln!(out, "{name} {value}")
}

fn head((name, help): Family, out: &mut impl Write) -> io::Result<&'static str> {
    writeln!(out, "# HELP {name} {help}\n# TYPE {name} gauge")?;
    Ok(name)
}
