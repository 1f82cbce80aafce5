//! Hand-made scans in all formats, whole outputs compared.

mod agreement;
mod json;
mod nagios;
mod prometheus;
mod text;

use std::sync::Arc;

use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use super::{Format, Look, render};
use crate::pki::certificate::fingerprint::Fingerprint;
use crate::pki::certificate::public_key::{Curve, KeyKind};
use crate::pki::findings::{Code, Severity};
use crate::pki::signature::SignatureAlgorithm;
use crate::report::scan::{CertificateRow, ErrorRow, Facts, FindingRow, Kind, Scan, Unlisted};

const NOW: OffsetDateTime = datetime!(2026-03-01 12:00 UTC);

/// A leaf of 200 days that ends in `days`, with nothing against it.
fn certificate(source: &str, name: &str, days: i64) -> CertificateRow {
    let not_after = NOW + Duration::days(days) + Duration::minutes(90);
    let facts = Facts {
        subject: format!("CN={name},O=Example\\, Inc.,C=US").into(),
        issuer: "CN=Example CA G2,O=Example Trust".into(),
        serial: "0A1B".into(),
        dns_names: [name.into()].into(),
        ip_addresses: ["10.0.0.7", "2001:db8::7"]
            .map(|ip| ip.parse().unwrap())
            .into(),
        not_before: not_after - Duration::days(200),
        not_after,
        days_left: days,
        self_signed: false,
        key: KeyKind::Ec(Curve::P256),
        signature: SignatureAlgorithm::RsaSha256,
        sha256: Fingerprint::of(b"any"),
        limits: [30.0, 7.0],
    };
    CertificateRow {
        source: source.into(),
        kind: Kind::Leaf,
        alias: None,
        facts: Arc::new(facts),
        findings: Vec::new(),
    }
}

/// Of a row that shares them with no other.
fn facts(row: &mut CertificateRow) -> &mut Facts {
    Arc::get_mut(&mut row.facts).unwrap()
}

fn finding(code: Code, severity: Severity, message: &str) -> FindingRow {
    FindingRow {
        code,
        severity,
        message: message.to_owned(),
        ignored: false,
    }
}

fn error(source: &str, code: Code, message: &str) -> ErrorRow {
    ErrorRow {
        source: source.to_owned(),
        finding: finding(code, Severity::Unknown, message),
    }
}

fn scan(certificates: Vec<CertificateRow>, errors: Vec<ErrorRow>) -> Scan {
    let mut scan = Scan {
        status: crate::report::scan::Status::Ok,
        checked_at: NOW + Duration::milliseconds(250),
        certificates,
        errors,
        skipped: 0,
        unlisted: Unlisted::default(),
    };
    scan.status = scan.worst();
    scan
}

/// A server with a bit of everything.
fn server() -> Scan {
    let keystore = "/etc/sysconfig/illumon.d/auth/keystore.webapi.p12";
    let mut web = certificate(keystore, "web.example.com", 83);
    web.alias = Some("webapi".into());
    let mut authority = certificate(keystore, "Example CA G2", 3);
    authority.kind = Kind::Intermediate;
    facts(&mut authority).serial = "02".into();
    authority.findings = vec![
        finding(
            Code::Expiring,
            Severity::Critical,
            "Example CA G2 ends on 2026-03-04 13:30:00 UTC, in 3 days",
        ),
        finding(
            Code::WeakKey,
            Severity::Warning,
            "Example CA G2 has an RSA key of 1024 bits",
        ),
    ];
    let mut known = certificate("127.0.0.1:8123", "test.example.com", 12);
    known.findings = vec![
        finding(
            Code::Expiring,
            Severity::Warning,
            "test.example.com ends on 2026-03-13, in 12 days",
        ),
        FindingRow {
            ignored: true,
            ..finding(
                Code::SelfSigned,
                Severity::Warning,
                "test.example.com is self-signed",
            )
        },
    ];
    let locked = error(
        "/etc/old.p12",
        Code::WrongPassphrase,
        "/etc/old.p12 cannot be opened without its passphrase",
    );
    let mut scan = scan(vec![web, authority, known], vec![locked]);
    scan.skipped = 2;
    scan
}

fn rendered(scan: &Scan, format: Format, look: &Look) -> String {
    let mut out = Vec::new();
    render(scan, format, look, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn plain(scan: &Scan, format: Format) -> String {
    rendered(scan, format, &Look::default())
}
