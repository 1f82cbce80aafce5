//! The same files given as `--crt` and `--key`: what is mended, what is refused.

use time::macros::datetime;

use super::forms::FORMS;
use super::parts::Parts;
use crate::pki::bundle;
use crate::pki::chain::{Chain, Heap, Leaf};
use crate::pki::key::PrivateKey;
use crate::pki::pemfile::encode;
use crate::pki::throwaway::KeyType;
use crate::pki::trust::TrustAnchors;

/// What is written for a file, and what is said about it.
fn installed(file: &[u8], p: &Parts) -> Result<(Vec<u8>, Vec<String>), String> {
    let bundle = bundle::decode("x", file).map_err(|error| error.to_string())?;
    let key = PrivateKey::decode_for(&bundle.certificates, "x", file, None);
    let (key, others) = key.map_err(|error| error.to_string())?;
    let root = p.certificates[2].clone();
    let anchors = TrustAnchors::new(vec![root], Vec::new);
    let heap = Heap {
        certificates: bundle.certificates,
        extra: Vec::new(),
        leaf: Leaf::Key(key.public_key_der()),
    };
    let now = datetime!(2026-03-02 12:00 UTC);
    let chain = Chain::assemble(heap, &anchors, now).map_err(|error| error.to_string())?;
    let mut said: Vec<_> = bundle.mended.iter().map(ToString::to_string).collect();
    said.extend((others > 0).then(|| format!("{others} other key left out")));
    said.extend(chain.notes.iter().map(ToString::to_string));
    said.extend(
        chain
            .findings(None, now)
            .iter()
            .map(|finding| finding.code.to_string()),
    );
    let written = encode(&key, &chain.leaf, &chain.intermediates);
    Ok((written.expose().to_vec(), said))
}

#[test]
fn x() {
    let p = Parts::new(KeyType::Rsa);
    for (name, build, _) in FORMS {
        let file = build(&p);
        let r = installed(&file, &p).map(|(_, said)| said);
        println!("{name:40} {r:?}");
    }
    panic!();
}
