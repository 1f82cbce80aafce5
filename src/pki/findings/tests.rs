use std::collections::HashSet;

use super::{Code, Finding, Handling, Severity, TABLE};

#[test]
fn each_code_has_one_row_and_one_name() {
    let codes: HashSet<_> = Code::all().collect();
    let names: HashSet<_> = Code::all().map(Code::name).collect();
    assert_eq!((codes.len(), names.len()), (TABLE.len(), TABLE.len()));
    // The declaration is in alphabetical order: the last one's number is the count.
    assert_eq!(Code::WrongUsage as usize + 1, TABLE.len());
}

#[test]
fn names_are_read_back() {
    for code in Code::all() {
        assert_eq!(code.to_string().parse(), Ok(code));
    }
    let error = "expierd".parse::<Code>().unwrap_err();
    assert!(error.contains("expired, expiring,"), "{error}");
}

#[test]
fn what_can_be_allowed_refuses_until_it_is() {
    let refuses = |code, allowed: &[Code]| Finding::new(code, "").refuses(allowed);
    assert!(refuses(Code::Expired, &[Code::Expired]));
    assert!(refuses(Code::SelfSigned, &[Code::WeakKey]));
    assert!(!refuses(Code::SelfSigned, &[Code::SelfSigned]));
    assert!(!refuses(Code::Untrusted, &[]));
}

#[test]
fn the_contract_for_installing_is_kept() {
    let of = |handling| Code::all().filter(move |code| code.handling() == handling);
    let refused: Vec<_> = of(Handling::Refuse).map(Code::name).collect();
    assert_eq!(
        refused,
        [
            "expired",
            "host-mismatch",
            "key-mismatch",
            "no-san",
            "not-yet-valid",
            "unreadable",
            "wrong-passphrase",
            "wrong-usage"
        ]
    );
    let allowable: Vec<_> = of(Handling::RefuseUnlessAllowed).map(Code::name).collect();
    assert_eq!(
        allowable,
        [
            "damaged-keystore",
            "incomplete-chain",
            "other-entries",
            "self-signed",
            "weak-key",
            "weak-signature"
        ]
    );
}

#[test]
fn the_worst_severity_is_the_greatest() {
    let mut severities = [Severity::Critical, Severity::Warning, Severity::Unknown];
    severities.sort();
    assert_eq!(
        severities,
        [Severity::Warning, Severity::Unknown, Severity::Critical]
    );
}
