//! Pemfiles in all the forms that people make; what becomes of lighttpd with each, and of the same file
//! given as `--crt` and `--key`.

use super::parts::{Parts, openssl};

/// The form, the verdict, and what is said when the file is read as input. Numbers do not count.
const FORMS: &str = "\
key, leaf, intermediate | works | as it is
leaf, key, intermediate | works | as it is
leaf, intermediate, key | works | as it is
no intermediate | works | incomplete-chain
unrelated intermediate | works | Test intermediate: left out, it did not issue this one; incomplete-chain
root at the end | works | Test root: left out, clients have the root
root before the intermediate | works | Test root: left out, clients have the root
leaf twice | works | localhost: left out, it is there twice
another key last | works | other keys left out
another key first | does not start: the key in line N comes before the certificate's own | other keys left out
another key | does not start: the key is of none of the certificates | key-mismatch
intermediate before the leaf | does not start: the certificate in line N comes before the server's own | chain-order
root before the leaf | does not start: the certificate in line N comes before the server's own | Test root: left out, clients have the root; chain-order
empty | does not start: it is empty | refused: x is empty
blank | does not start: it is empty | refused: x is empty
text | does not start: it holds no certificate | refused: x holds something unknown, not a certificate
no certificate | does not start: it holds no certificate | refused: x holds a private key, not a certificate
no key | does not start: it holds no private key | refused: x holds no private key, but a certificate
PKCS#1 or SEC 1 | works | as it is
EC PARAMETERS | works | as it is
DH PARAMETERS | works | as it is
public key first | works | as it is
encrypted | does not start: the key in line N is encrypted | refused: the private key x is encrypted
DEK-Info | does not start: the key in line N is encrypted | refused: the private key x is encrypted
encrypted before plain | does not start: the key in line N is encrypted | other keys left out
plain before encrypted | works | other keys left out
damaged key | does not start: the block is damaged (line N) | refused: x is not a whole private key: cut off or altered
damaged key before a whole one | does not start: the block is damaged (line N) | other keys left out
key that is no base64 | does not start: the block is damaged (line N) | refused: x is not a whole private key: cut off or altered
the same behind the leaf | does not start: the block is damaged (line N) | refused: x is not a whole private key: cut off or altered
indented key | does not start: the block is indented (line N) | blanks before or within lines
OpenSSH | does not start: it holds no private key | refused: cannot read the private key x: the OpenSSH format is not supported
X509 CERTIFICATE | works | as it is
TRUSTED CERTIFICATE | works | as it is
intermediate that is a TRUSTED CERTIFICATE | sends less: lighttpd passes over certificates in this format (line N) | as it is
intermediate in PKCS#7 | sends less: lighttpd passes over certificates in this format (line N) | as it is
bytes behind the leaf | does not start: the block is damaged (line N) | refused: x:N: damaged block: more bytes follow it
bytes behind the intermediate | works | refused: x:N: damaged block: more bytes follow it
a broken block before the key | does not start: the block is damaged (line N) | refused: x:N: damaged block: it is not base64
a damaged block before the key | sends less: the block is damaged (line N) | refused: x:N: damaged block: it is not DER as RFC 5280 has it
PKCS#8 with the label of SEC 1 or PKCS#1 | works | as it is
SEC 1 or PKCS#1 with the label of PKCS#8 | does not start: the block is written in a way that lighttpd does not read (line N) | as it is
another kind's label | does not start: the block is written in a way that lighttpd does not read (line N) | as it is
damaged leaf | does not start: the block is damaged (line N) | refused: x:N: damaged block: it is not DER as RFC 5280 has it
leaf cut off | does not start: the block is damaged (line N) | refused: x:N: damaged block: it has no END line
damaged intermediate | sends less: the block is damaged (line N) | refused: x:N: damaged block: it is not DER as RFC 5280 has it
intermediate that is no base64 | sends less: the block is damaged (line N) | refused: x:N: damaged block: it is not base64
intermediate cut off | sends less: the block is damaged (line N) | refused: x:N: damaged block: it has no END line
whole behind damaged | sends less: the block is damaged (line N) | refused: x:N: damaged block: it is not DER as RFC 5280 has it
indented leaf | does not start: the block is indented (line N) | blanks before or within lines
indented intermediate | sends less: the block is indented (line N) | blanks before or within lines
everything indented | does not start: the block is indented (line N) | blanks before or within lines
indented bodies | works | blanks before or within lines
CRLF | works | Windows line ends
CR | does not start: the line ends in CR alone (line N) | Windows line ends
no newline at the end | works | no newline at the end
key joined with leaf | does not start: two blocks on one line, as of files joined without a newline between (line N) | two blocks on one line
leaf joined with intermediate | does not start: two blocks on one line, as of files joined without a newline between (line N) | two blocks on one line
text behind END | does not start: text on the line of a BEGIN or END (line N) | text around the blocks
text before BEGIN | does not start: text on the line of a BEGIN or END (line N) | text around the blocks
blanks at the ends | works | blanks before or within lines
empty lines between blocks | works | as it is
an empty line behind BEGIN | works | empty lines within a block
an empty line before END | does not start: the block is written in a way that lighttpd does not read (line N) | empty lines within a block
lines of odd length | works | as it is
lines of 77 | works | lines too long for other programs
a body on one line | works | lines too long for other programs
bag text | works | text around the blocks
byte order mark | works | byte order mark
garbage at the end | works | text around the blocks
UTF-16 | does not start: the file is UTF-16 text (line N) | UTF-16 text
";

/// A pemfile and what to expect of it.
pub(super) struct Form {
    pub(super) name: &'static str,
    pub(super) pemfile: Vec<u8>,
    pub(super) verdict: &'static str,
    pub(super) as_input: &'static str,
}

pub(super) fn forms(p: &Parts) -> Vec<Form> {
    let rows = FORMS
        .lines()
        .map(|row| row.split(" | ").collect::<Vec<_>>());
    let forms = rows.map(|row| Form {
        name: row[0],
        pemfile: build(row[0], p),
        verdict: row[1],
        as_input: row[2],
    });
    forms.collect()
}

fn build(name: &str, p: &Parts) -> Vec<u8> {
    match name {
        // The order of blocks.
        "key, leaf, intermediate" => file(&[&p.key, &p.leaf, &p.intermediate]),
        "leaf, key, intermediate" => file(&[&p.leaf, &p.key, &p.intermediate]),
        "leaf, intermediate, key" => file(&[&p.leaf, &p.intermediate, &p.key]),
        "no intermediate" => file(&[&p.key, &p.leaf]),
        "unrelated intermediate" => file(&[&p.key, &p.leaf, &p.stranger]),
        "root at the end" => file(&[&p.key, &p.leaf, &p.intermediate, &p.root]),
        "root before the intermediate" => file(&[&p.key, &p.leaf, &p.root, &p.intermediate]),
        "leaf twice" => file(&[&p.key, &p.leaf, &p.leaf, &p.intermediate]),
        "another key last" => file(&[&p.key, &p.leaf, &p.intermediate, &p.other_key]),
        "another key first" => file(&[&p.other_key, &p.key, &p.leaf, &p.intermediate]),
        "another key" => with_key(p, &p.other_key),
        "intermediate before the leaf" => file(&[&p.key, &p.intermediate, &p.leaf]),
        "root before the leaf" => file(&[&p.key, &p.root, &p.leaf, &p.intermediate]),
        // Parts that are not there.
        "empty" => Vec::new(),
        "blank" => b"\n \n".to_vec(),
        "text" => b"to be done\n".to_vec(),
        "no certificate" => file(&[&p.key]),
        "no key" => file(&[&p.leaf, &p.intermediate]),
        // Forms of a key.
        "PKCS#1 or SEC 1" => with_key(p, &traditional(p, "")),
        "EC PARAMETERS" => with_key(
            p,
            &(openssl("ecparam -name prime256v1", "") + &traditional(p, "")),
        ),
        "DH PARAMETERS" => with_key(p, &(openssl("dhparam -dsaparam 512", "") + &p.key)),
        "public key first" => with_key(p, &(openssl("pkey -pubout", &p.key) + &p.key)),
        "encrypted" => with_key(p, &encrypted(&p.key)),
        "DEK-Info" => with_key(p, &traditional(p, " -aes128 -passout pass:changeit")),
        "encrypted before plain" => with_key(p, &(encrypted(&p.key) + &p.key)),
        "plain before encrypted" => with_key(p, &(p.key.clone() + &encrypted(&p.key))),
        "damaged key" => with_key(p, &p.key.replacen("\nM", "\nN", 1)),
        "damaged key before a whole one" => {
            with_key(p, &(p.key.replacen("\nM", "\nN", 1) + &p.key))
        }
        "key that is no base64" => with_key(p, &p.key.replacen("\nM", "\n!", 1)),
        "the same behind the leaf" => file(&[&p.leaf, &p.key.replacen("\nM", "\n!", 1)]),
        "indented key" => with_key(p, &indented(&p.key)),
        "OpenSSH" => with_key(p, &p.key.replace("PRIVATE", "OPENSSH PRIVATE")),
        // Forms of a certificate.
        "X509 CERTIFICATE" => whole(p, |text| text.replace(" CERT", " X509 CERT")),
        "TRUSTED CERTIFICATE" => with_leaf(p, &trusted(&p.leaf)),
        "intermediate that is a TRUSTED CERTIFICATE" => {
            with_intermediate(p, &trusted(&p.intermediate))
        }
        "intermediate in PKCS#7" => with_intermediate(p, &pkcs7(&p.intermediate)),
        "bytes behind the leaf" => with_leaf(p, &longer(&p.leaf)),
        "bytes behind the intermediate" => with_intermediate(p, &longer(&p.intermediate)),
        "a broken block before the key" => {
            file(&[&p.leaf, &p.root.replace("\nMI", "\n!I"), &p.key])
        }
        "a damaged block before the key" => {
            file(&[&p.leaf, &p.root.replace("\nMI", "\nNI"), &p.key])
        }
        "PKCS#8 with the label of SEC 1 or PKCS#1" => with_key(
            p,
            &p.key
                .replace(" PRIV", &(" ".to_owned() + kind(p) + " PRIV")),
        ),
        "SEC 1 or PKCS#1 with the label of PKCS#8" => {
            with_key(p, &traditional(p, "").replace(&format!("{} ", kind(p)), ""))
        }
        "another kind's label" => with_key(p, &p.key.replace(" PRIV", " DSA PRIV")),
        "damaged leaf" => with_leaf(p, &p.leaf.replace("\nMI", "\nNI")),
        "leaf cut off" => with_leaf(p, &p.leaf[..300]),
        "damaged intermediate" => with_intermediate(p, &p.intermediate.replace("\nMI", "\nNI")),
        "intermediate that is no base64" => {
            with_intermediate(p, &p.intermediate.replace("\nMI", "\n!I"))
        }
        "intermediate cut off" => with_intermediate(p, &p.intermediate[..300]),
        "whole behind damaged" => {
            with_intermediate(p, &(p.intermediate.replace("\nMI", "\nNI") + &p.root))
        }
        "indented leaf" => with_leaf(p, &indented(&p.leaf)),
        "indented intermediate" => with_intermediate(p, &indented(&p.intermediate)),
        // Lines.
        "everything indented" => whole(p, |text| indented(&text)),
        "indented bodies" => whole(p, |text| text.replace("\nM", "\n\tM")),
        "CRLF" => whole(p, |text| text.replace('\n', "\r\n")),
        "CR" => whole(p, |text| text.replace('\n', "\r")),
        "no newline at the end" => whole(p, |text| text.trim_end().to_owned()),
        "key joined with leaf" => with_key(p, p.key.trim_end()),
        "leaf joined with intermediate" => with_leaf(p, p.leaf.trim_end()),
        "text behind END" => with_leaf(p, &(p.leaf.trim_end().to_owned() + " mine\n")),
        "text before BEGIN" => with_leaf(p, &("cert: ".to_owned() + &p.leaf)),
        "blanks at the ends" => whole(p, |text| text.replace('\n', " \t\n")),
        "empty lines between blocks" => whole(p, |text| text.replace("\n-----B", "\n\n\n-----B")),
        "an empty line behind BEGIN" => with_leaf(p, &p.leaf.replacen('\n', "\n\n", 1)),
        "an empty line before END" => with_leaf(p, &p.leaf.replace("\n-----E", "\n\n-----E")),
        "lines of odd length" => whole(p, |text| wrapped(&text, 7)),
        "lines of 77" => whole(p, |text| wrapped(&text, 77)),
        "a body on one line" => whole(p, |text| wrapped(&text, 9999)),
        // Around the blocks.
        "bag text" => whole(p, |text| {
            text.replace("-----BEGIN", &(BAG.to_owned() + "-----BEGIN"))
        }),
        "byte order mark" => whole(p, |text| "\u{feff}".to_owned() + &text),
        "garbage at the end" => whole(p, |text| text + "regards\0\u{e9} -----\n"),
        "UTF-16" => utf16(&whole(p, |text| text)),
        other => panic!("{other}"),
    }
}

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
