//! What monitoring reads, held against a parser after the Monitoring Plugins Development Guidelines.

use super::{certificate, error, facts, finding, plain, scan, server};
use crate::pki::findings::{Code, Severity};
use crate::report::check::Format;
use crate::report::scan::Scan;

/// Label, value, and what each range alarms below.
type Series = (String, f64, f64, f64);

/// The first line without its performance data, the series, and the long output. Panics at whatever a
/// monitoring system could stumble over.
fn parsed(output: &str) -> (&str, Vec<Series>, Vec<&str>) {
    assert!(output.len() < 4096, "{} bytes", output.len());
    assert!(output.ends_with('\n'));
    assert!(output.matches('|').count() <= 1, "{output}");
    let (first, long) = output.split_once('\n').unwrap();
    let (text, perfdata) = first.split_once('|').unwrap_or((first, ""));
    let mut series = Vec::new();
    let mut rest = perfdata;
    while !rest.is_empty() {
        let (label, after) = rest.strip_prefix('\'').unwrap().split_once('\'').unwrap();
        assert!(!label.contains('='), "{label}");
        let (point, after) = after.split_once(' ').unwrap_or((after, ""));
        let fields: Vec<_> = point.strip_prefix('=').unwrap().split(';').collect();
        let [value, warning, critical] = fields[..] else {
            panic!("{point}");
        };
        let below = |range: &str| range.strip_suffix(':').unwrap().parse().unwrap();
        assert!(
            value.bytes().all(|byte| b"-.0123456789".contains(&byte)),
            "{value}"
        );
        series.push((
            label.to_owned(),
            value.parse().unwrap(),
            below(warning),
            below(critical),
        ));
        rest = after;
    }
    (text, series, long.lines().collect())
}

#[test]
fn one_line_tells_it_all_and_a_line_a_finding_follows() {
    let expected = "\
DHTLS CRITICAL - /etc/sysconfig/illumon.d/auth/keystore.webapi.p12: Example CA G2 ends on 2026-03-04 13:30:00 UTC, in 3 days (expiring); 3 more, 3 certificates of 3 sources|'/etc/sysconfig/illumon.d/auth/keystore.webapi.p12'=3.06;30:;7: '127.0.0.1:8123'=12.06;30:;7:
CRITICAL /etc/sysconfig/illumon.d/auth/keystore.webapi.p12: Example CA G2 ends on 2026-03-04 13:30:00 UTC, in 3 days (expiring)
UNKNOWN /etc/old.p12 cannot be opened without its passphrase (wrong-passphrase)
WARNING /etc/sysconfig/illumon.d/auth/keystore.webapi.p12: Example CA G2 has an RSA key of 1024 bits (weak-key)
WARNING 127.0.0.1:8123: test.example.com ends on 2026-03-13, in 12 days (expiring)
ignored 127.0.0.1:8123: test.example.com is self-signed (self-signed)
";
    assert_eq!(plain(&server(), Format::Nagios), expected);
    parsed(expected);
}

#[test]
fn well_is_one_line() {
    let rows = vec![
        certificate("b.pem", "b.example", 99),
        certificate("a.pem", "a.example", 40),
    ];
    assert_eq!(
        plain(&scan(rows, vec![]), Format::Nagios),
        "DHTLS OK - 2 certificates of 2 sources, the first ends in 40 days: a.pem\
         |'b.pem'=99.06;30:;7: 'a.pem'=40.06;30:;7:\n"
    );
}

#[test]
fn without_a_certificate_there_is_no_performance_data() {
    assert_eq!(
        plain(&scan(vec![], vec![]), Format::Nagios),
        "DHTLS UNKNOWN - no certificate was found\n"
    );
}

#[test]
fn the_series_of_a_source_is_the_certificate_that_alarms_first() {
    let mut short_lived = certificate("a.pem", "leaf.example", 20);
    facts(&mut short_lived).limits = [47.0 / 3.0, 4.7];
    let authority = certificate("a.pem", "Example CA", 25);
    let root = certificate("a.pem", "Example Root", 900);
    let output = plain(
        &scan(vec![short_lived, authority, root], vec![]),
        Format::Nagios,
    );
    let (_, series, _) = parsed(&output);
    assert_eq!(series, [("a.pem".to_owned(), 25.06, 30.0, 7.0)]);
}

#[test]
fn limits_in_percent_and_days_past_the_end_are_numbers_too() {
    let mut row = certificate("a.pem", "leaf.example", -4);
    facts(&mut row).limits = [47.0 / 3.0, 0.5];
    let output = plain(&scan(vec![row], vec![]), Format::Nagios);
    assert_eq!(parsed(&output).1, [("a.pem".to_owned(), -3.94, 15.66, 0.5)]);
}

#[test]
fn nasty_strings_break_neither_lines_nor_performance_data() {
    let mut row = certificate("/tmp/a'b=c|d e\n\\f 🔒;1:.pem", "x", 9);
    row.findings = vec![finding(Code::WeakKey, Severity::Warning, "a|b\nc 'd' 🔒")];
    let failed = error("x|y=\u{1b}", Code::Unreadable, "cannot read x|y=\u{1b}");
    let output = plain(&scan(vec![row], vec![failed]), Format::Nagios);
    let (text, series, long) = parsed(&output);
    assert_eq!(
        text,
        r"DHTLS UNKNOWN - cannot read x\u{7c}y=\u{1b} (unreadable); 1 more, 1 certificate of 2 sources"
    );
    let label = r"/tmp/a\u{27}b\u{3d}c\u{7c}d e\u{a}\f 🔒;1:.pem";
    assert_eq!(series, [(label.to_owned(), 9.06, 30.0, 7.0)]);
    assert_eq!(
        long,
        [
            r"UNKNOWN cannot read x\u{7c}y=\u{1b} (unreadable)",
            r"WARNING /tmp/a'b=c\u{7c}d e\u{a}\f 🔒;1:.pem: a\u{7c}b\u{a}c 'd' 🔒 (weak-key)",
        ]
    );
}

/// Certificates each in a file of its own, with one finding each.
fn crowd(number: i64) -> Scan {
    let row = |number: i64| {
        let mut row = certificate(
            &format!("/etc/ssl/{number:05}.pem"),
            "x.example",
            number % 90,
        );
        let severity = if number % 90 < 7 {
            Severity::Critical
        } else {
            Severity::Warning
        };
        row.findings = vec![finding(Code::Expiring, severity, "x.example ends soon")];
        row
    };
    scan((0..number).map(row).collect(), vec![])
}

#[test]
fn ten_thousand_certificates_fit_with_the_worst_and_the_number_of_the_rest() {
    let output = plain(&crowd(10_000), Format::Nagios);
    let (text, series, long) = parsed(&output);
    assert_eq!(
        text,
        "DHTLS CRITICAL - /etc/ssl/00000.pem: x.example ends soon (expiring); 9999 more, \
         10000 certificates of 10000 sources"
    );
    assert!(series.len() > 40, "{}", series.len());
    assert!(
        series.iter().all(|(_, days, ..)| *days < 1.0),
        "the soonest ends stay"
    );
    assert!(
        series.is_sorted_by(|(a, ..), (b, ..)| a < b),
        "in the order of the scan"
    );
    let (note, lines) = long.split_last().unwrap();
    assert!(lines.len() > 20, "{}", lines.len());
    assert!(lines.iter().all(|line| line.starts_with("CRITICAL ")));
    assert_eq!(
        *note,
        format!(
            "left out: {} more findings, performance data of {} sources",
            10_000 - lines.len(),
            10_000 - series.len()
        )
    );
}

#[test]
fn endless_names_and_messages_are_cut_between_characters() {
    for unit in ["é", "e\u{301}", "🔒", "x "] {
        let mut row = certificate(&unit.repeat(9_000), "x", 40);
        row.findings = vec![finding(Code::WeakKey, Severity::Warning, &unit.repeat(9_000)); 9];
        let output = plain(&scan(vec![row], vec![]), Format::Nagios);
        let (text, series, long) = parsed(&output);
        assert!(text.starts_with("DHTLS WARNING - ") && text.contains('…'));
        assert!(
            text.ends_with("(weak-key); 8 more, 1 certificate of 1 source"),
            "{text}"
        );
        assert_eq!(series, []);
        assert!(
            long.last()
                .unwrap()
                .contains("performance data of 1 source")
        );
    }
}
