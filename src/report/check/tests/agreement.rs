//! One scan, one verdict: whatever the format, it is that of the exit code.

use serde_json::Value;

use super::{NOW, certificate, error, finding, plain, scan, server};
use crate::pki::findings::{Code, Severity};
use crate::report::check::Format;
use crate::report::scan::{FindingRow, Scan, Status};

/// The status that each format tells, as an exit code.
fn verdicts(scan: &Scan) -> [u8; 4] {
    let code = |word: &str| match word {
        "OK" => 0,
        "WARNING" => 1,
        "CRITICAL" => 2,
        "UNKNOWN" => 3,
        _ => panic!("{word}"),
    };
    let text = plain(scan, Format::Text);
    let last = text.lines().last().unwrap();
    let nagios = plain(scan, Format::Nagios);
    let json: Value = serde_json::from_str(&plain(scan, Format::Json)).unwrap();
    let prometheus = plain(scan, Format::Prometheus);
    let series = prometheus
        .lines()
        .find_map(|line| line.strip_prefix("dhtls_check_status "));
    [
        code(last.split_once(':').unwrap().0),
        code(nagios.split(' ').nth(1).unwrap()),
        code(json["status"].as_str().unwrap()),
        series.unwrap().parse().unwrap(),
    ]
}

/// Every combination of one finding, ignored or not, of a certificate and one without.
fn scans() -> Vec<Scan> {
    let choices = || {
        let severities = [Severity::Warning, Severity::Unknown, Severity::Critical];
        let findings = severities.map(|severity| finding(Code::WeakKey, severity, "so"));
        let ignored = findings.clone().map(|finding| FindingRow {
            ignored: true,
            ..finding
        });
        let some = findings.into_iter().chain(ignored).map(Some);
        some.chain([None])
    };
    let mut scans = vec![server(), scan(vec![], vec![])];
    for of_certificate in choices() {
        for without in choices() {
            let mut row = certificate("a.pem", "a.example", 40);
            row.findings.extend(of_certificate.clone());
            let errors = without.map(|finding| {
                let mut row = error("b.pem", Code::Unreadable, "so");
                row.finding = finding;
                row
            });
            scans.push(scan(vec![row], errors.into_iter().collect()));
        }
    }
    scans
}

#[test]
fn all_formats_give_the_verdict_of_the_exit_code() {
    let mut seen = Vec::new();
    for scan in scans() {
        let code = scan.status.exit_code();
        assert_eq!(verdicts(&scan), [code; 4], "{scan:?}");
        seen.push(code);
    }
    for code in 0..=3 {
        assert!(seen.contains(&code), "a scan of each status, {code} too");
    }
}

#[test]
fn all_formats_name_every_finding_with_its_code() {
    let scan = server();
    for format in [
        Format::Text,
        Format::Nagios,
        Format::Json,
        Format::Prometheus,
    ] {
        let text = plain(&scan, format);
        for (source, finding) in scan.findings() {
            assert!(text.contains(source), "{format:?} names {source}");
            let code = finding.code.to_string();
            assert!(text.contains(&code), "{format:?} names {code}");
        }
    }
}

/// The status of a scan is the caller's to set; nobody judges again.
#[test]
fn no_format_has_an_opinion_of_its_own() {
    let mut scan = scan(vec![certificate("a.pem", "a.example", 40)], vec![]);
    scan.status = Status::Critical;
    scan.checked_at = NOW;
    assert_eq!(verdicts(&scan), [2; 4]);
}
