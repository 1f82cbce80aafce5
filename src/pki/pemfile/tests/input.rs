//! The same files given as `--crt` and `--key`: what is mended, what is refused.

use super::forms::forms;
use super::parts::{Parts, without_numbers};
use crate::pki::bundle;
use crate::pki::chain::{Chain, Heap};
use crate::pki::key::PrivateKey;
use crate::pki::pemfile::encode;
use crate::pki::throwaway::KeyType;
use crate::pki::trust::TrustAnchors;
use crate::secret::Secret;

/// What is written for a file, and what is said about it.
fn installed(file: &[u8], p: &Parts) -> Result<(Secret, Vec<String>), String> {
    let bundle = bundle::decode("x", file).map_err(|error| error.to_string())?;
    let key = PrivateKey::decode_for(&bundle.certificates, "x", file, None);
    let (key, others) = key.map_err(|error| error.to_string())?;
    let root = p.certificates[2].clone();
    let anchors = TrustAnchors::new(vec![root], Vec::new);
    let heap = Heap {
        certificates: bundle.certificates,
        extra: Vec::new(),
        key: key.public_key_der(),
    };
    let chain = Chain::assemble(heap, &anchors, p.now).map_err(|error| error.to_string())?;
    let mut said: Vec<_> = bundle.mended.iter().map(ToString::to_string).collect();
    said.extend((others > 0).then(|| "other keys left out".to_owned()));
    said.extend(chain.notes.iter().map(ToString::to_string));
    let findings = chain.findings(None, p.now);
    said.extend(findings.iter().map(|finding| finding.code.to_string()));
    let written = encode(&key, &chain.leaf, &chain.intermediates);
    Ok((written, said))
}

/// lighttpd serves the good pemfile with its whole chain (see the verdicts): nothing else is written.
fn written_or_refused(key_type: KeyType) {
    let p = Parts::new(key_type);
    let good = [&*p.key, &p.leaf, &p.intermediate].concat();
    for form in forms(&p) {
        let (written, said) = match installed(&form.pemfile, &p) {
            Ok((written, said)) if said.is_empty() => (Some(written), "as it is".to_owned()),
            Ok((written, said)) => (Some(written), said.join("; ")),
            Err(refusal) => (None, format!("refused: {refusal}")),
        };
        assert_eq!(
            without_numbers(&said),
            without_numbers(form.as_input),
            "{}",
            form.name
        );
        let is_refused = said.contains("key-mismatch") || said.contains("incomplete-chain");
        if let Some(written) = written.filter(|_| !is_refused) {
            assert!(written.expose() == good.as_bytes(), "{}", form.name);
        }
    }
}

#[test]
fn an_rsa_pair_in_any_form_is_written_in_the_one_that_lighttpd_serves_or_refused() {
    written_or_refused(KeyType::Rsa);
}

#[test]
fn an_ec_pair_in_any_form_is_written_in_the_one_that_lighttpd_serves_or_refused() {
    written_or_refused(KeyType::P256);
}
