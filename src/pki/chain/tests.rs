use time::Duration;

use super::{Chain, Heap, Note, Trust, Ways};
use crate::pki::certificate::Certificate;
use crate::pki::certificate::fixtures::{NOW, bytes, certificate, certificates, public_key};
use crate::pki::findings::{Code, Finding};
use crate::pki::names::ServerName;
use crate::pki::signature::Verifier;
use crate::pki::trust::TrustAnchors;

const HOST: &str = "deephaven.example.com";

fn system(roots: &[&str]) -> TrustAnchors {
    let pem: Vec<u8> = roots
        .iter()
        .flat_map(|root| bytes(&format!("{root}.pem")))
        .collect();
    TrustAnchors::new(Vec::new(), || pem)
}

fn assemble(given: &[&str], key: &str, anchors: &TrustAnchors) -> Chain {
    let key = public_key(key);
    let heap = Heap {
        certificates: given.iter().flat_map(|stem| certificates(stem)).collect(),
        extra: Vec::new(),
        key: &key,
    };
    Chain::assemble(heap, anchors, NOW).unwrap()
}

fn findings(given: &[&str], key: &str) -> Vec<Finding> {
    let host = ServerName::parse(HOST).unwrap();
    assemble(given, key, &system(&["root"])).findings(Some(&host), NOW)
}

fn titles<'a>(certificates: impl IntoIterator<Item = &'a Certificate>) -> Vec<String> {
    certificates.into_iter().map(Certificate::title).collect()
}

#[test]
fn a_sound_pair_has_no_finding() {
    let chain = assemble(&["chain"], "leaf", &system(&["root"]));
    let host = ServerName::parse(HOST).unwrap();
    assert_eq!(chain.findings(Some(&host), NOW), []);
    assert_eq!((chain.trust.clone(), chain.notes.len()), (Trust::System, 0));
    assert_eq!(titles(chain.certificates()), [HOST, "Example Issuing CA"]);
    assert_eq!(
        titles(chain.path()),
        [HOST, "Example Issuing CA", "Example Root CA"]
    );
}

#[test]
fn a_heap_is_put_in_order_and_what_is_left_out_is_said() {
    let chain = assemble(&["shuffled"], "leaf", &system(&["root"]));
    assert_eq!(titles(chain.certificates()), [HOST, "Example Issuing CA"]);
    let notes = [
        Note::Duplicate(HOST.to_owned()),
        Note::RootLeftOut("Example Root CA".to_owned()),
        Note::Unrelated("Other Root CA".to_owned()),
    ];
    assert_eq!(chain.notes, notes);
    let codes: Vec<_> = chain
        .findings(None, NOW)
        .iter()
        .map(|finding| finding.code)
        .collect();
    assert_eq!(codes, [Code::ChainOrder]);
}

/// Files, key, code, part of the message. Each stands behind the intermediate, so that each is out of
/// order as well; those without another fault have only that.
const FAULTS: &str = "\
expired | leaf | expired | expired on 2026-02-01 00:00:00 UTC
not-yet-valid | leaf | not-yet-valid | is not valid before 2026-06-01
leaf | other-key | key-mismatch | belongs to none of the certificates \"Example Issuing CA\", \"deep
wildcard | leaf | chain-order |
ip | leaf | host-mismatch | does not cover deephaven.example.com, only 192.0.2.7, 2001:db8::7
no-san | leaf | no-san | no subject alternative name
empty-subject | leaf | chain-order |
names | leaf | chain-order |
intermediate | intermediate | wrong-usage | is a CA's certificate
client-only | leaf | wrong-usage | lacks digitalSignature
client-only | leaf | wrong-usage | lacks keyEncipherment
client-only | leaf | wrong-usage | lacks serverAuth
unknown-critical | leaf | wrong-usage | critical extension 1.2.3.4
precertificate | leaf | wrong-usage | is a precertificate
v1 | leaf | no-san |
sha1 | leaf | weak-signature | signed with SHA-1
md5 | leaf | weak-signature | signed with MD5
pss | leaf | chain-order |
past-2050 | leaf | chain-order |
rsa1024 | rsa1024 | weak-key | (RSA 1024)
secp256k1 | secp256k1 | chain-order |
p521 | p521 | chain-order |
self-signed | leaf | self-signed | is self-signed
constrained-leaf constrained | leaf | wrong-usage | may not issue certificates for
below-pathlen-leaf below-pathlen | leaf | wrong-usage | allows fewer intermediates
not-a-ca-leaf other-key | leaf | wrong-usage | is not a CA's certificate
";

#[test]
fn each_fault_has_its_finding_and_no_other() {
    for row in FAULTS.lines() {
        let [files, key, code, words] = row.split('|').map(str::trim).collect::<Vec<_>>()[..]
        else {
            panic!("{row}");
        };
        let given: Vec<_> = ["intermediate"]
            .into_iter()
            .chain(files.split(' '))
            .collect();
        let code: Code = code.parse().unwrap();
        let found = findings(&given, key);
        let expected = |finding: &&Finding| finding.code == code && finding.message.contains(words);
        assert_eq!(found.iter().filter(expected).count(), 1, "{row}: {found:?}");
        let accompanying = [code, Code::ChainOrder, Code::HostMismatch, Code::NoSan];
        let other = found
            .iter()
            .find(|finding| !accompanying.contains(&finding.code));
        assert_eq!(other, None, "{row}");
    }
}

#[test]
fn all_faults_are_shown_at_once() {
    let host = ServerName::parse("other.example.com").unwrap();
    let chain = assemble(&["expired"], "other-key", &system(&["root"]));
    let codes: Vec<_> = chain
        .findings(Some(&host), NOW)
        .iter()
        .map(|f| f.code)
        .collect();
    assert_eq!(
        codes,
        [
            Code::KeyMismatch,
            Code::HostMismatch,
            Code::Expired,
            Code::IncompleteChain
        ]
    );
}

#[test]
fn a_missing_intermediate_is_named_with_the_place_to_get_it() {
    let found = findings(&["leaf"], "leaf");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].code, Code::IncompleteChain);
    assert_eq!(
        found[0].message,
        "the issuer of deephaven.example.com is missing: CN=Example Issuing CA,O=Example Corp,C=US \
         (to be had at http://ca.example.com/intermediate.crt); an intermediate is given with \
         --chain FILE, a private root with --ca FILE"
    );
}

#[test]
fn without_any_trust_anchors_the_finding_says_so() {
    let chain = assemble(&["chain"], "leaf", &system(&[]));
    let found = chain.findings(None, NOW);
    assert!(
        found[0]
            .message
            .contains("this system has no trust anchors"),
        "{found:?}"
    );
}

#[test]
fn intermediates_may_come_separately_in_any_order() {
    let key = public_key("leaf");
    let heap = Heap {
        certificates: certificates("leaf"),
        extra: ["other-root", "intermediate"].map(certificate).into(),
        key: &key,
    };
    let chain = Chain::assemble(heap, &system(&["root"]), NOW).unwrap();
    assert_eq!(titles(&chain.intermediates), ["Example Issuing CA"]);
    assert_eq!(chain.findings(None, NOW), []);
}

#[test]
fn a_private_root_is_a_warning_until_it_is_given() {
    let codes = |anchors: &TrustAnchors| {
        let chain = assemble(&["leaf", "intermediate", "root"], "leaf", anchors);
        let codes: Vec<_> = chain.findings(None, NOW).iter().map(|f| f.code).collect();
        (chain.trust, codes)
    };
    assert_eq!(
        codes(&system(&["other-root"])),
        (Trust::Private, vec![Code::Untrusted])
    );
    let given = TrustAnchors::new(certificates("root"), Vec::new);
    assert_eq!(codes(&given), (Trust::Given, vec![]));
}

#[test]
fn a_self_signed_certificate_given_as_anchor_is_trusted() {
    let given = TrustAnchors::new(certificates("self-signed"), Vec::new);
    let chain = assemble(&["self-signed"], "leaf", &given);
    assert_eq!(
        (chain.trust.clone(), chain.findings(None, NOW)),
        (Trust::Given, vec![])
    );
}

#[test]
fn the_shortest_way_wins_and_cross_certificates_are_kept() {
    let chain = assemble(&["with-cross"], "leaf", &system(&["root", "other-root"]));
    assert_eq!(
        titles(chain.path()),
        [HOST, "Example Issuing CA", "Example Root CA"]
    );
    let sent = [HOST, "Example Issuing CA", "Example Root CA"];
    assert_eq!(titles(chain.certificates()), sent);
    assert_eq!(chain.intermediates[1], certificate("cross"));
    assert_eq!(
        chain.notes,
        [Note::CrossCertificateKept("Example Root CA".to_owned())]
    );
    assert_eq!(chain.findings(None, NOW), []);
}

#[test]
fn a_cross_certificate_leads_to_the_only_anchor_there_is() {
    let chain = assemble(&["with-cross", "root"], "leaf", &system(&["other-root"]));
    assert_eq!(chain.trust, Trust::System);
    let path = [
        HOST,
        "Example Issuing CA",
        "Example Root CA",
        "Other Root CA",
    ];
    assert_eq!(titles(chain.path()), path);
    assert_eq!(titles(chain.certificates()), path[..3]);
}

#[test]
fn of_two_certificates_for_one_key_the_valid_one_is_meant() {
    let chain = assemble(
        &["expired", "leaf", "intermediate"],
        "leaf",
        &system(&["root"]),
    );
    assert_eq!(chain.leaf, certificate("leaf"));
    let until = certificate("expired").not_after();
    assert_eq!(chain.notes, [Note::SameKey(HOST.to_owned(), until)]);
}

#[test]
fn an_issuer_of_the_right_name_and_the_wrong_key_is_not_taken() {
    let mut forged = certificate("leaf").der().to_vec();
    // The last byte of the signature.
    *forged.last_mut().unwrap() ^= 1;
    let key = public_key("leaf");
    let heap = Heap {
        certificates: vec![
            Certificate::from_der(&forged).unwrap(),
            certificate("intermediate"),
        ],
        extra: Vec::new(),
        key: &key,
    };
    let chain = Chain::assemble(heap, &system(&["root"]), NOW).unwrap();
    let found = chain.findings(None, NOW);
    assert!(
        found[0].message.contains("but another key signed"),
        "{found:?}"
    );
}

#[test]
fn validity_includes_its_first_and_last_second() {
    let leaf = certificate("leaf");
    let chain = assemble(&["chain"], "leaf", &system(&["root"]));
    let valid = |at| chain.findings(None, at).is_empty();
    assert!(valid(leaf.not_before()) && valid(leaf.not_after()));
    assert!(valid(leaf.not_after() + Duration::milliseconds(999)));
    assert!(!valid(leaf.not_before() - Duration::milliseconds(1)));
    assert!(!valid(leaf.not_after() + Duration::SECOND));
}

#[test]
fn every_certificate_of_a_pool_has_its_way() {
    let (pool, anchors, verifier) = (
        certificates("shuffled"),
        system(&["root"]),
        Verifier::checking(),
    );
    let mut ways = Ways::new(&pool, &anchors, &verifier, NOW);
    let ends: Vec<_> = (0..pool.len())
        .map(|place| titles(ways.from(place).path).pop().unwrap())
        .collect();
    let root = "Example Root CA".to_owned();
    let expected = pool.iter().map(|it| match it.title().as_str() {
        "Other Root CA" => "Other Root CA".to_owned(),
        _ => root.clone(),
    });
    assert_eq!(ends, expected.collect::<Vec<_>>());
}

/// Twelve CAs that all certify each other: more ways than anybody could walk.
#[test]
fn a_maze_of_cross_certificates_is_given_up_in_time() {
    let params = |name: String| {
        let mut params = rcgen::CertificateParams::default();
        params
            .distinguished_name
            .push(rcgen::DnType::CommonName, name);
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        params
    };
    let cas: Vec<_> = (0..12).map(|ca| params(format!("CA {ca}"))).collect();
    let keys: Vec<_> = cas
        .iter()
        .map(|_| rcgen::KeyPair::generate().unwrap())
        .collect();
    let mut maze = Vec::new();
    for (above, issuer_key) in cas.iter().zip(&keys) {
        let issuer = rcgen::Issuer::from_params(above, issuer_key);
        for (below, key) in cas.iter().zip(&keys).filter(|(below, _)| *below != above) {
            let made = below.signed_by(key, &issuer).unwrap();
            maze.push(Certificate::from_der(made.der()).unwrap());
        }
    }
    let (anchors, verifier) = (system(&["root"]), Verifier::checking());
    assert!(
        Ways::new(&maze, &anchors, &verifier, NOW)
            .from(0)
            .is_incomplete
    );
}

#[test]
fn an_empty_heap_is_an_error() {
    let heap = Heap {
        certificates: Vec::new(),
        extra: Vec::new(),
        key: &[],
    };
    assert!(Chain::assemble(heap, &system(&[]), NOW).is_err());
}
