use std::collections::HashSet;

use openssl::asn1::Asn1Time;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::PKey;
use openssl::x509::{X509, X509Name};
use rcgen::{CertificateParams, CustomExtension, DistinguishedName, KeyPair};

use super::{Code, Finding, Handling, Severity, TABLE, judge_alone, judge_issuer};
use crate::pki::certificate::Certificate;
use crate::pki::certificate::fixtures::{NOW, certificate};

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

/// Signed by itself, for one name, and otherwise as `change` has it.
fn made(change: impl FnOnce(&mut CertificateParams)) -> Certificate {
    let mut params = CertificateParams::new(vec!["deephaven.example.com".to_owned()]).unwrap();
    change(&mut params);
    let key = KeyPair::generate().unwrap();
    Certificate::from_der(params.self_signed(&key).unwrap().der()).unwrap()
}

/// rcgen makes none.
fn root_of_version_1() -> Certificate {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    let key = PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap();
    let mut name = X509Name::builder().unwrap();
    name.append_entry_by_nid(Nid::COMMONNAME, "Old Root CA")
        .unwrap();
    let name = name.build();
    let mut root = X509::builder().unwrap();
    root.set_subject_name(&name).unwrap();
    root.set_issuer_name(&name).unwrap();
    root.set_not_before(&Asn1Time::from_unix(0).unwrap())
        .unwrap();
    root.set_not_after(&Asn1Time::days_from_now(9000).unwrap())
        .unwrap();
    root.set_pubkey(&key).unwrap();
    root.sign(&key, MessageDigest::sha256()).unwrap();
    Certificate::from_der(&root.build().to_der().unwrap()).unwrap()
}

fn said_of(certificate: &Certificate) -> Vec<String> {
    let found = judge_alone(certificate, NOW).into_iter();
    let found = found.map(|finding| (finding.code, finding.message));
    found
        .map(|(code, message)| format!("{code}: {message}"))
        .collect()
}

#[test]
fn extensions_that_java_refuses_where_they_are_critical_are_named() {
    let uri = b"\x30\x0b\x30\x09\xa0\x07\xa0\x05\x86\x03a:b";
    let extensions: [(&[u64], &[u8], &str); 4] = [
        (&[2, 5, 29, 31], uri, "crlDistributionPoints"),
        (
            &[2, 5, 29, 35],
            b"\x30\x03\x80\x01\x01",
            "authorityKeyIdentifier",
        ),
        (&[2, 5, 29, 14], b"\x04\x01\x01", "subjectKeyIdentifier"),
        (
            &[1, 3, 6, 1, 5, 5, 7, 1, 1],
            b"\x30\x00",
            "authorityInfoAccess",
        ),
    ];
    for (oid, content, name) in extensions {
        let with = |critical| {
            made(|params| {
                let mut extension = CustomExtension::from_oid_content(oid, content.to_vec());
                extension.set_criticality(critical);
                params.custom_extensions.push(extension);
            })
        };
        let refused = format!(" marks its {name} as critical, which Java clients refuse");
        assert_eq!(said_of(&with(false)), Vec::<String>::new(), "{name}");
        let said = said_of(&with(true));
        assert!(
            said.len() == 1 && said[0].starts_with("wrong-usage: "),
            "{said:?}"
        );
        assert!(said[0].ends_with(&refused), "{said:?}");
    }
}

#[test]
fn a_certificate_without_an_issuer_is_none_for_java() {
    let nameless = made(|params| params.distinguished_name = DistinguishedName::new());
    let said = said_of(&nameless);
    assert!(said[0].contains(" names no issuer, "), "{said:?}");
    // A subject may be empty where critical names stand for it.
    assert_eq!(said_of(&certificate("empty-subject")), Vec::<String>::new());
}

#[test]
fn a_root_of_version_3_has_to_say_that_it_is_a_ca() {
    let leaf = certificate("leaf");
    let old = judge_issuer(&root_of_version_1(), &[&leaf]);
    assert_eq!(old, []);
    let bare = judge_issuer(&made(|_| ()), &[&leaf]);
    let [finding] = bare.as_slice() else {
        panic!("{bare:?}");
    };
    assert!(
        finding.message.contains("is not a CA's certificate"),
        "{finding:?}"
    );
}
