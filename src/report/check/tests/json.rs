//! The document, held against the schema that we publish.

use serde_json::{Map, Value, json};

use super::{certificate, error, facts, finding, plain, scan, server};
use crate::pki::certificate::fingerprint::Fingerprint;
use crate::pki::findings::{Code, Severity};
use crate::report::check::Format;
use crate::report::scan::Scan;

const SCHEMA: &str = include_str!("../../../../docs/check.schema.json");

fn schema() -> Value {
    serde_json::from_str(SCHEMA).unwrap()
}

fn document(scan: &Scan) -> Value {
    serde_json::from_str(&plain(scan, Format::Json)).unwrap()
}

/// What the schema has against `document`, formats of dates and addresses included.
fn faults(document: &Value) -> Vec<String> {
    let validator = jsonschema::draft202012::options()
        .should_validate_formats(true)
        .build(&schema())
        .unwrap();
    let faults = validator.iter_errors(document);
    faults
        .map(|fault| format!("{} {fault}", fault.instance_path()))
        .collect()
}

#[test]
fn the_schema_is_one() {
    assert!(jsonschema::draft202012::meta::is_valid(&schema()));
}

#[test]
fn scans_are_as_the_schema_says() {
    let mut odd = certificate("/tmp/\"a\\b\n\u{1b}🔒", "x", -3);
    facts(&mut odd).serial = "-0A".into();
    facts(&mut odd).not_after = time::macros::datetime!(1970-01-01 01:00:00.5 +1);
    for scan in [server(), scan(vec![], vec![]), scan(vec![odd], vec![])] {
        assert_eq!(faults(&document(&scan)), Vec::<String>::new());
    }
}

#[test]
fn the_schema_knows_every_code_and_severity() {
    let mut row = certificate("a", "a", 1);
    row.findings = Code::all()
        .flat_map(|code| {
            [Severity::Warning, Severity::Unknown, Severity::Critical]
                .map(|severity| finding(code, severity, "so"))
        })
        .collect();
    let errors = Code::all().map(|code| error("a", code, "so")).collect();
    assert_eq!(
        faults(&document(&scan(vec![row], errors))),
        Vec::<String>::new()
    );
}

#[test]
fn the_schema_accepts_no_other_field_and_misses_none() {
    let good = document(&server());
    for path in [
        "",
        "/certificates/0",
        "/certificates/1/findings/0",
        "/errors/0",
    ] {
        let fields = good.pointer(path).unwrap().as_object().unwrap();
        let faults_with = |fields: Map<String, Value>| {
            let mut document = good.clone();
            *document.pointer_mut(path).unwrap() = fields.into();
            faults(&document).len()
        };
        let mut more = fields.clone();
        more.insert("more".to_owned(), json!(1));
        assert_eq!(faults_with(more), 1, "one more in {path}");
        for name in fields.keys() {
            let mut less = fields.clone();
            less.remove(name);
            assert_eq!(faults_with(less), 1, "no {name} in {path}");
        }
    }
}

#[test]
fn the_document_is_the_contract_s() {
    let row = json!({
        "source": "a.pem", "kind": "leaf", "alias": null,
        "subject": "CN=a.example,O=Example\\, Inc.,C=US",
        "issuer": "CN=Example CA G2,O=Example Trust",
        "serial": "0A1B", "dns_names": ["a.example"], "ip_addresses": ["10.0.0.7", "2001:db8::7"],
        "not_before": "2025-08-22T13:30:00Z", "not_after": "2026-03-10T13:30:00Z",
        "days_left": 9, "self_signed": false, "key": "EC P-256", "signature": "sha256WithRSAEncryption",
        "sha256": format!("{:x}", Fingerprint::of(b"any")),
        "findings": [
            {"code": "weak-key", "severity": "warning", "message": "so"},
            {"code": "no-san", "severity": "critical", "message": "so", "ignored": true},
        ],
    });
    let expected = json!({
        "status": "UNKNOWN",
        "checked_at": "2026-03-01T12:00:00Z",
        "certificates": [row],
        "errors": [
            {"source": "b.pem", "code": "unreadable", "severity": "unknown", "message": "no"},
        ],
    });
    let mut certificate = certificate("a.pem", "a.example", 9);
    let mut known = finding(Code::NoSan, Severity::Critical, "so");
    known.ignored = true;
    certificate.findings = vec![finding(Code::WeakKey, Severity::Warning, "so"), known];
    let scan = scan(
        vec![certificate],
        vec![error("b.pem", Code::Unreadable, "no")],
    );
    assert_eq!(document(&scan), expected);
}
