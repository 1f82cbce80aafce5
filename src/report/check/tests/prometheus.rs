//! What node_exporter picks up, held against promtool where there is one.

use std::collections::HashSet;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::{NOW, certificate, error, facts, finding, plain, scan, server};
use crate::pki::findings::{Code, Severity};
use crate::report::check::Format;
use crate::report::scan::{FindingRow, Kind, Scan};

/// The lines of one family without its head.
fn family(scan: &Scan, name: &str) -> Vec<String> {
    let text = plain(scan, Format::Prometheus);
    let begins = [format!("{name}{{"), format!("{name} ")];
    let lines = text
        .lines()
        .filter(|line| begins.iter().any(|begin| line.starts_with(begin)));
    lines.map(str::to_owned).collect()
}

#[test]
fn a_scan_is_one_whole_file() {
    let mut row = certificate("/etc/ssl/a.pem", "a.example", 9);
    row.findings = vec![finding(Code::Expiring, Severity::Warning, "so")];
    let scan = scan(vec![row], vec![error("b.pem", Code::Unreadable, "no")]);
    let expected = r#"# HELP dhtls_certificate_not_after_timestamp_seconds The last second of the certificate's validity, in seconds since 1970.
# TYPE dhtls_certificate_not_after_timestamp_seconds gauge
dhtls_certificate_not_after_timestamp_seconds{source="/etc/ssl/a.pem",kind="leaf",subject="CN=a.example,O=Example\\, Inc.,C=US",serial="0A1B"} 1773149400
# HELP dhtls_certificate_not_before_timestamp_seconds The first second of the certificate's validity, in seconds since 1970.
# TYPE dhtls_certificate_not_before_timestamp_seconds gauge
dhtls_certificate_not_before_timestamp_seconds{source="/etc/ssl/a.pem",kind="leaf",subject="CN=a.example,O=Example\\, Inc.,C=US",serial="0A1B"} 1755869400
# HELP dhtls_certificate_finding What can be said against a certificate or its source: 1, or 0 when it is accepted with --ignore.
# TYPE dhtls_certificate_finding gauge
dhtls_certificate_finding{source="/etc/ssl/a.pem",kind="leaf",subject="CN=a.example,O=Example\\, Inc.,C=US",serial="0A1B",code="expiring",severity="warning"} 1
dhtls_certificate_finding{source="b.pem",kind="",subject="",serial="",code="unreadable",severity="unknown"} 1
# HELP dhtls_check_status The result as a whole: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.
# TYPE dhtls_check_status gauge
dhtls_check_status 3
# HELP dhtls_check_timestamp_seconds When the check ran, in seconds since 1970.
# TYPE dhtls_check_timestamp_seconds gauge
dhtls_check_timestamp_seconds 1772366400
# HELP x509_cert_not_after The certificate's end, as x509-certificate-exporter has it.
# TYPE x509_cert_not_after gauge
x509_cert_not_after{filename="a.pem",filepath="/etc/ssl/a.pem",serial_number="2587",issuer_C="",issuer_ST="",issuer_L="",issuer_O="Example Trust",issuer_OU="",issuer_CN="Example CA G2",subject_C="US",subject_ST="",subject_L="",subject_O="Example, Inc.",subject_OU="",subject_CN="a.example"} 1773149400
# HELP x509_cert_not_before The certificate's beginning, as x509-certificate-exporter has it.
# TYPE x509_cert_not_before gauge
x509_cert_not_before{filename="a.pem",filepath="/etc/ssl/a.pem",serial_number="2587",issuer_C="",issuer_ST="",issuer_L="",issuer_O="Example Trust",issuer_OU="",issuer_CN="Example CA G2",subject_C="US",subject_ST="",subject_L="",subject_O="Example, Inc.",subject_OU="",subject_CN="a.example"} 1755869400
"#;
    assert_eq!(plain(&scan, Format::Prometheus), expected);
}

/// Twins in one source, and strangers that differ only in what no label holds.
fn alike() -> Scan {
    let mut twin = certificate("a.pem", "a.example", 9);
    let mut other = certificate("a.pem", "a.example", 5);
    let known = FindingRow {
        ignored: true,
        ..finding(Code::WeakKey, Severity::Warning, "one")
    };
    twin.findings = vec![
        known.clone(),
        finding(Code::NoSan, Severity::Critical, "one"),
    ];
    other.findings = vec![
        FindingRow {
            ignored: true,
            ..known
        },
        finding(Code::WeakKey, Severity::Warning, "another"),
    ];
    let mut stranger = certificate("a.pem", "a.example", 7);
    let issuer = format!("{},emailAddress=ca@example.com", stranger.issuer);
    facts(&mut stranger).issuer = issuer.into();
    stranger.kind = Kind::Intermediate;
    let errors = vec![
        error("b.pem", Code::Unreadable, "no"),
        error("b.pem", Code::Unreadable, "no, again"),
    ];
    scan(
        vec![twin, certificate("b.pem", "a.example", 8), stranger, other],
        errors,
    )
}

#[test]
fn the_same_labels_are_one_series_with_the_soonest_end_and_the_latest_beginning() {
    let values = |name| -> Vec<i64> {
        let lines = family(&alike(), name);
        let values = lines.iter().map(|line| line.rsplit_once(' ').unwrap().1);
        values.map(|value| value.parse().unwrap()).collect()
    };
    let day = |days: i64| NOW.unix_timestamp() + days * 86_400 + 5_400;
    let own = "dhtls_certificate_not_after_timestamp_seconds";
    assert_eq!(values(own), [day(7), day(5), day(8)]);
    let own = "dhtls_certificate_not_before_timestamp_seconds";
    assert_eq!(values(own), [day(7 - 200), day(9 - 200), day(8 - 200)]);
    assert_eq!(values("x509_cert_not_after"), [day(5), day(8)]);
    assert_eq!(values("x509_cert_not_before"), [day(9 - 200), day(8 - 200)]);
}

#[test]
fn a_finding_that_anyone_counts_is_one_and_an_ignored_one_zero() {
    let findings = family(&alike(), "dhtls_certificate_finding");
    let ends = findings
        .iter()
        .map(|line| line.split_once("code=").unwrap().1);
    let expected = [
        r#""no-san",severity="critical"} 1"#,
        r#""weak-key",severity="warning"} 1"#,
        r#""unreadable",severity="unknown"} 1"#,
    ];
    assert_eq!(ends.collect::<Vec<_>>(), expected);
    let known = family(&server(), "dhtls_certificate_finding");
    let known = known.iter().find(|line| line.contains("self-signed"));
    assert!(known.unwrap().ends_with(" 0"));
}

#[test]
fn no_series_comes_twice() {
    for scan in [server(), alike()] {
        let text = plain(&scan, Format::Prometheus);
        let mut seen = HashSet::new();
        for line in text.lines() {
            let series = match line.starts_with('#') {
                true => line,
                false => line.rsplit_once(' ').unwrap().0,
            };
            assert!(seen.insert(series), "{series} comes twice");
        }
    }
}

#[test]
fn labels_hold_any_text() {
    let mut row = certificate("/tmp/a\"b\\c\nd\u{1b}|🔒/", "x", 9);
    facts(&mut row).serial = "00FFEEDDCCBBAA99887766554433221100".into();
    facts(&mut row).subject =
        r"CN=first\, \22x\22,CN=second,OU=last+OU=some,O=\#1 \C3\A9\0A,O=#0500".into();
    facts(&mut row).issuer = "".into();
    let line = family(&scan(vec![row], vec![]), "x509_cert_not_after").remove(0);
    assert_eq!(
        line,
        r##"x509_cert_not_after{filename="/tmp/a\"b\\c\\u{a}d\\u{1b}|🔒/",filepath="/tmp/a\"b\\c\\u{a}d\\u{1b}|🔒/",serial_number="340193404210632335760508365704335069440",issuer_C="",issuer_ST="",issuer_L="",issuer_O="",issuer_OU="",issuer_CN="",subject_C="",subject_ST="",subject_L="",subject_O="#1 é\\u{a}",subject_OU="some",subject_CN="first, \"x\""} 1773149400"##
    );
}

#[test]
#[expect(clippy::print_stderr, reason = "a test that skips says so")]
fn promtool_has_nothing_against_it() {
    let Some(promtool) = promtool() else {
        eprintln!("skipped: no promtool, which tests/run.sh fetches");
        return;
    };
    let mut odd = certificate("/tmp/a\"b\\c\nd\u{1b}|🔒", "x", 9);
    odd.findings = vec![finding(Code::WeakKey, Severity::Warning, "so")];
    for scan in [
        server(),
        alike(),
        scan(vec![], vec![]),
        scan(vec![odd], vec![]),
    ] {
        let mut child = Command::new(&promtool)
            .args(["check", "metrics"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let text = plain(&scan, Format::Prometheus);
        child
            .stdin
            .take()
            .unwrap()
            .write_all(text.as_bytes())
            .unwrap();
        let output = child.wait_with_output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        assert_eq!(String::from_utf8_lossy(&said), "");
        assert!(output.status.success());
    }
}

/// Where tests/run.sh puts it, else on the path.
fn promtool() -> Option<PathBuf> {
    let variable = |name| std::env::var_os(name).map(PathBuf::from);
    let cache = variable("XDG_CACHE_HOME").or_else(|| Some(variable("HOME")?.join(".cache")));
    let fetched = cache.map(|cache| cache.join("dhtls/promtool"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path);
    let on_path = folders.map(|folder| folder.join("promtool"));
    fetched
        .into_iter()
        .chain(on_path)
        .find(|program| program.is_file())
}
