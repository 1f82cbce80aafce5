//! Pemfiles in all the forms that people make, and what becomes of lighttpd with each.

use super::parts::{Parts, openssl};

/// What to call it, how it is made, and the verdict in words.
pub(super) type Form = (&'static str, fn(&Parts) -> Vec<u8>, &'static str);

const MISSING: &str = "does not start: it holds no certificate";
const KEY_MISSING: &str = "does not start: it holds no private key";
const NOT_FIRST: &str = "does not start: the certificate in line N comes before the server's own";
const OTHER_KEY: &str = "does not start: the key in line N comes before the certificate's own";
const MISMATCH: &str = "does not start: the key is of none of the certificates";
const ENCRYPTED: &str = "does not start: the key in line N is encrypted";
const INDENTED: &str = "does not start: the block is indented (line N)";
const JOINED: &str =
    "does not start: two blocks on one line, as of files joined without a newline between (line N)";
const DAMAGED: &str = "does not start: the block is damaged (line N)";
const UNUSUAL: &str =
    "does not start: the block is written in a way that lighttpd does not read (line N)";
const LONE_CR: &str = "does not start: the line ends in CR alone (line N)";
const UTF16: &str = "does not start: the file is UTF-N text (line N)";
const BESIDE: &str = "does not start: text on the line of a BEGIN or END (line N)";
const LESS_DAMAGED: &str = "sends less: the block is damaged (line N)";
const LESS_INDENTED: &str = "sends less: the block is indented (line N)";
const LESS_FORMAT: &str = "sends less: lighttpd passes over certificates in this format (line N)";

pub(super) const FORMS: &[Form] = &[
    // The order of blocks.
    (
        "key, leaf, intermediate",
        |p| file(&[&p.key, &p.leaf, &p.intermediate]),
        "works",
    ),
    (
        "leaf, key, intermediate",
        |p| file(&[&p.leaf, &p.key, &p.intermediate]),
        "works",
    ),
    (
        "leaf, intermediate, key",
        |p| file(&[&p.leaf, &p.intermediate, &p.key]),
        "works",
    ),
    ("no intermediate", |p| file(&[&p.key, &p.leaf]), "works"),
    (
        "root at the end",
        |p| file(&[&p.key, &p.leaf, &p.intermediate, &p.root]),
        "works",
    ),
    (
        "root before the intermediate",
        |p| file(&[&p.key, &p.leaf, &p.root, &p.intermediate]),
        "works",
    ),
    (
        "leaf twice",
        |p| file(&[&p.key, &p.leaf, &p.leaf, &p.intermediate]),
        "works",
    ),
    (
        "another key last",
        |p| file(&[&p.key, &p.leaf, &p.intermediate, &p.other_key]),
        "works",
    ),
    (
        "another key first",
        |p| file(&[&p.other_key, &p.key, &p.leaf, &p.intermediate]),
        OTHER_KEY,
    ),
    ("another key", |p| with_key(p, &p.other_key), MISMATCH),
    (
        "intermediate before the leaf",
        |p| file(&[&p.key, &p.intermediate, &p.leaf]),
        NOT_FIRST,
    ),
    (
        "root before the leaf",
        |p| file(&[&p.key, &p.root, &p.leaf, &p.intermediate]),
        NOT_FIRST,
    ),
    // Parts that are not there.
    ("empty", |_| Vec::new(), "does not start: it is empty"),
    (
        "blank",
        |_| b"\n \n".to_vec(),
        "does not start: it is empty",
    ),
    ("text", |_| b"to be done\n".to_vec(), MISSING),
    ("no certificate", |p| file(&[&p.key]), MISSING),
    ("no key", |p| file(&[&p.leaf, &p.intermediate]), KEY_MISSING),
    // Forms of a key.
    (
        "PKCS#1 or SEC 1",
        |p| with_key(p, &traditional(p, "")),
        "works",
    ),
    (
        "EC PARAMETERS",
        |p| {
            with_key(
                p,
                &(openssl("ecparam -name prime256v1", "") + &traditional(p, "")),
            )
        },
        "works",
    ),
    (
        "DH PARAMETERS",
        |p| with_key(p, &(openssl("dhparam -dsaparam 512", "") + &p.key)),
        "works",
    ),
    (
        "public key first",
        |p| with_key(p, &(openssl("pkey -pubout", &p.key) + &p.key)),
        "works",
    ),
    ("encrypted", |p| with_key(p, &encrypted(&p.key)), ENCRYPTED),
    (
        "DEK-Info",
        |p| with_key(p, &traditional(p, " -aes128 -passout pass:changeit")),
        ENCRYPTED,
    ),
    (
        "encrypted before plain",
        |p| with_key(p, &(encrypted(&p.key) + &p.key)),
        ENCRYPTED,
    ),
    (
        "plain before encrypted",
        |p| with_key(p, &(p.key.clone() + &encrypted(&p.key))),
        "works",
    ),
    (
        "damaged key",
        |p| with_key(p, &p.key.replacen("\nM", "\nN", 1)),
        DAMAGED,
    ),
    (
        "damaged key before a whole one",
        |p| with_key(p, &(p.key.replacen("\nM", "\nN", 1) + &p.key)),
        DAMAGED,
    ),
    (
        "key that is no base64",
        |p| with_key(p, &p.key.replacen("\nM", "\n!", 1)),
        DAMAGED,
    ),
    (
        "the same behind the leaf",
        |p| file(&[&p.leaf, &p.key.replacen("\nM", "\n!", 1)]),
        DAMAGED,
    ),
    ("indented key", |p| with_key(p, &indented(&p.key)), INDENTED),
    (
        "OpenSSH",
        |p| with_key(p, &p.key.replace("PRIVATE", "OPENSSH PRIVATE")),
        KEY_MISSING,
    ),
    // Forms of a certificate.
    (
        "X509 CERTIFICATE",
        |p| whole(p, |text| text.replace(" CERT", " X509 CERT")),
        "works",
    ),
    (
        "TRUSTED CERTIFICATE",
        |p| with_leaf(p, &trusted(&p.leaf)),
        "works",
    ),
    (
        "intermediate that is a TRUSTED CERTIFICATE",
        |p| with_intermediate(p, &trusted(&p.intermediate)),
        LESS_FORMAT,
    ),
    (
        "intermediate in PKCS#7",
        |p| with_intermediate(p, &pkcs7(&p.intermediate)),
        LESS_FORMAT,
    ),
    (
        "bytes behind the leaf",
        |p| with_leaf(p, &longer(&p.leaf)),
        DAMAGED,
    ),
    (
        "bytes behind the intermediate",
        |p| with_intermediate(p, &longer(&p.intermediate)),
        "works",
    ),
    (
        "a broken block before the key",
        |p| file(&[&p.leaf, &p.root.replace("\nMI", "\n!I"), &p.key]),
        DAMAGED,
    ),
    (
        "a damaged block before the key",
        |p| file(&[&p.leaf, &p.root.replace("\nMI", "\nNI"), &p.key]),
        LESS_DAMAGED,
    ),
    (
        "PKCS#8 with the label of SEC 1 or PKCS#1",
        |p| {
            with_key(
                p,
                &p.key
                    .replace(" PRIV", &(" ".to_owned() + kind(p) + " PRIV")),
            )
        },
        "works",
    ),
    (
        "SEC 1 or PKCS#1 with the label of PKCS#8",
        |p| with_key(p, &traditional(p, "").replace(&format!("{} ", kind(p)), "")),
        UNUSUAL,
    ),
    (
        "another kind's label",
        |p| with_key(p, &p.key.replace(" PRIV", " DSA PRIV")),
        UNUSUAL,
    ),
    (
        "damaged leaf",
        |p| with_leaf(p, &p.leaf.replace("\nMI", "\nNI")),
        DAMAGED,
    ),
    ("leaf cut off", |p| with_leaf(p, &p.leaf[..300]), DAMAGED),
    (
        "damaged intermediate",
        |p| with_intermediate(p, &p.intermediate.replace("\nMI", "\nNI")),
        LESS_DAMAGED,
    ),
    (
        "intermediate that is no base64",
        |p| with_intermediate(p, &p.intermediate.replace("\nMI", "\n!I")),
        LESS_DAMAGED,
    ),
    (
        "intermediate cut off",
        |p| with_intermediate(p, &p.intermediate[..300]),
        LESS_DAMAGED,
    ),
    (
        "whole behind damaged",
        |p| with_intermediate(p, &(p.intermediate.replace("\nMI", "\nNI") + &p.root)),
        LESS_DAMAGED,
    ),
    (
        "indented leaf",
        |p| with_leaf(p, &indented(&p.leaf)),
        INDENTED,
    ),
    (
        "indented intermediate",
        |p| with_intermediate(p, &indented(&p.intermediate)),
        LESS_INDENTED,
    ),
    // Lines.
    (
        "everything indented",
        |p| whole(p, |text| indented(&text)),
        INDENTED,
    ),
    (
        "indented bodies",
        |p| whole(p, |text| text.replace("\nM", "\n\tM")),
        "works",
    ),
    (
        "CRLF",
        |p| whole(p, |text| text.replace('\n', "\r\n")),
        "works",
    ),
    ("CR", |p| whole(p, |text| text.replace('\n', "\r")), LONE_CR),
    (
        "no newline at the end",
        |p| whole(p, |text| text.trim_end().to_owned()),
        "works",
    ),
    (
        "key joined with leaf",
        |p| with_key(p, p.key.trim_end()),
        JOINED,
    ),
    (
        "leaf joined with intermediate",
        |p| with_leaf(p, p.leaf.trim_end()),
        JOINED,
    ),
    (
        "text behind END",
        |p| with_leaf(p, &(p.leaf.trim_end().to_owned() + " mine\n")),
        BESIDE,
    ),
    (
        "text before BEGIN",
        |p| with_leaf(p, &("cert: ".to_owned() + &p.leaf)),
        BESIDE,
    ),
    (
        "blanks at the ends",
        |p| whole(p, |text| text.replace('\n', " \t\n")),
        "works",
    ),
    (
        "empty lines between blocks",
        |p| whole(p, |text| text.replace("\n-----B", "\n\n\n-----B")),
        "works",
    ),
    (
        "an empty line behind BEGIN",
        |p| with_leaf(p, &p.leaf.replacen('\n', "\n\n", 1)),
        "works",
    ),
    (
        "an empty line before END",
        |p| with_leaf(p, &p.leaf.replace("\n-----E", "\n\n-----E")),
        UNUSUAL,
    ),
    (
        "lines of odd length",
        |p| whole(p, |text| wrapped(&text, 7)),
        "works",
    ),
    (
        "lines of 77",
        |p| whole(p, |text| wrapped(&text, 77)),
        "works",
    ),
    (
        "a body on one line",
        |p| whole(p, |text| wrapped(&text, 9999)),
        "works",
    ),
    // Around the blocks.
    (
        "bag text",
        |p| {
            whole(p, |text| {
                text.replace("-----BEGIN", &(BAG.to_owned() + "-----BEGIN"))
            })
        },
        "works",
    ),
    (
        "byte order mark",
        |p| whole(p, |text| "\u{feff}".to_owned() + &text),
        "works",
    ),
    (
        "garbage at the end",
        |p| whole(p, |text| text + "regards\0\u{e9} -----\n"),
        "works",
    ),
    ("UTF-16", |p| utf16(&whole(p, |text| text)), UTF16),
];

const BAG: &str = "Bag Attributes\n    friendlyName: webapi\nKey Attributes: <No Attributes>\n";

fn file(blocks: &[&str]) -> Vec<u8> {
    blocks.concat().into_bytes()
}

fn with_key(p: &Parts, key: &str) -> Vec<u8> {
    file(&[key, &p.leaf, &p.intermediate])
}

fn with_leaf(p: &Parts, leaf: &str) -> Vec<u8> {
    file(&[&p.key, leaf, &p.intermediate])
}

fn with_intermediate(p: &Parts, intermediate: &str) -> Vec<u8> {
    file(&[&p.key, &p.leaf, intermediate])
}

/// A good pemfile that something happened to.
fn whole(p: &Parts, change: fn(String) -> String) -> Vec<u8> {
    change([&*p.key, &p.leaf, &p.intermediate].concat()).into_bytes()
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}\n")).collect()
}

fn wrapped(text: &str, width: usize) -> String {
    let mut wrapped = String::new();
    let mut body = String::new();
    for line in text.lines() {
        if !line.starts_with("-----") {
            body.push_str(line);
            continue;
        }
        for piece in body.as_bytes().chunks(width) {
            wrapped.push_str(std::str::from_utf8(piece).unwrap());
            wrapped.push('\n');
        }
        body.clear();
        wrapped.push_str(line);
        wrapped.push('\n');
    }
    wrapped
}

/// DER with three bytes behind it.
fn longer(certificate: &str) -> String {
    let pem = certificate.as_bytes();
    let der = openssl::x509::X509::from_pem(pem)
        .unwrap()
        .to_der()
        .unwrap();
    let longer = openssl::base64::encode_block(&[&der[..], b"abc"].concat());
    format!("-----BEGIN CERTIFICATE-----\n{longer}\n-----END CERTIFICATE-----\n")
}

fn utf16(text: &[u8]) -> Vec<u8> {
    let units = text.iter().flat_map(|byte| [*byte, 0]);
    [0xFF, 0xFE].into_iter().chain(units).collect()
}

fn encrypted(key: &str) -> String {
    openssl("pkcs8 -topk8 -passout pass:changeit", key)
}

fn trusted(certificate: &str) -> String {
    openssl("x509 -trustout -addtrust serverAuth", certificate)
}

fn pkcs7(certificate: &str) -> String {
    openssl("crl2pkcs7 -nocrl -certfile /dev/stdin", certificate)
}

/// As OpenSSL wrote keys before PKCS#8.
fn traditional(p: &Parts, flags: &str) -> String {
    let program = if kind(p) == "RSA" {
        "rsa -traditional"
    } else {
        "ec"
    };
    openssl(&format!("{program}{flags}"), &p.key)
}

fn kind(p: &Parts) -> &'static str {
    let is_rsa = p.private_key.kind().to_string().starts_with("RSA");
    if is_rsa { "RSA" } else { "EC" }
}
