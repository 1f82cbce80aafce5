//! Pairs that rcgen does not make: weak keys, curves that no Java serves, signatures of old.

use super::authority::Pair;
use super::program::{fingerprint, run};
use super::scratch::Scratch;
use super::stand_in::HOST;

/// A leaf of openssl's with the root that issued it.
pub(crate) struct OddPair {
    pub(crate) pair: Pair,
    pub(crate) root: String,
}

/// `key`: options of `openssl req -newkey`; `digest`: what the leaf is signed with.
pub(crate) fn by_openssl(key: &[&str], digest: &str) -> OddPair {
    let scratch = Scratch::new();
    let path = |name: &str| scratch.text(name);
    let curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
    let (root, root_key) = (path("root.crt"), path("root.key"));
    let subject = ["-subj", "/CN=odd root", "-days", "3650", "-nodes"];
    let root_files = ["-keyout", &root_key, "-out", &root];
    run(
        "openssl",
        &[&["req", "-x509"], &curve[..], &subject, &root_files].concat(),
    );
    let (leaf, leaf_key, request) = (path("leaf.crt"), path("leaf.key"), path("leaf.csr"));
    let leaf_files = ["-keyout", &leaf_key, "-out", &request];
    let subject = ["-subj", "/CN=odd leaf", "-nodes"];
    run(
        "openssl",
        &[&["req", "-new"], key, &subject, &leaf_files].concat(),
    );
    let extensions = scratch.write(
        "extensions",
        format!(
            "subjectAltName=DNS:{HOST}\nkeyUsage=digitalSignature,keyEncipherment\n\
             extendedKeyUsage=serverAuth\n"
        ),
    );
    let sign = [
        "x509", "-req", "-in", &request, "-CA", &root, "-CAkey", &root_key,
    ];
    let extensions = extensions.display().to_string();
    let how = [
        "-days",
        "365",
        "-CAcreateserial",
        "-extfile",
        &extensions,
        digest,
    ];
    run("openssl", &[&sign[..], &how, &["-out", &leaf]].concat());
    let text = |name: &str| String::from_utf8(scratch.read(name)).unwrap();
    let leaf = text("leaf.crt");
    OddPair {
        pair: Pair {
            sha256: fingerprint(&leaf),
            leaf,
            intermediate: String::new(),
            key: text("leaf.key"),
        },
        root: text("root.crt"),
    }
}
