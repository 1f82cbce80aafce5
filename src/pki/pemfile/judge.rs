//! What lighttpd makes of a pemfile, measured with 1.4.69 and OpenSSL 3.0: the first certificate is the
//! leaf, those behind it are sent until one cannot be read, and the first key is the key. Nothing is
//! looked for further down, and blocks of other kinds are passed over when their base64 is whole.

use openssl::x509::X509;

use super::strict::{self, Block};
use super::unseen::{self, Kind};
use super::{Fault, Judged, Verdict};
use crate::pki::certificate::Certificate;
use crate::pki::key::PrivateKey;
use crate::pki::pem;

/// Of base64 that every OpenSSL decodes.
const LONGEST_LINE: usize = 76;

/// Judges a pemfile that holds its key.
pub(crate) fn judge(pemfile: &[u8]) -> Judged {
    judge_pair(pemfile, pemfile)
}

/// Judges a pemfile of certificates, such as certbot's fullchain.pem, with the key in a file of its own
/// (`ssl.privkey`, since 1.4.53).
pub(crate) fn judge_pair(pemfile: &[u8], privkey: &[u8]) -> Judged {
    let served = served(pemfile);
    let key = first_key(privkey);
    let verdict = match (&served, &key) {
        (Err(fault), _) | (Ok(_), Err(fault)) => Verdict::DoesNotStart(*fault),
        (Ok(served), Ok(key)) => match mismatch(served, key, pemfile, privkey) {
            Some(fault) => Verdict::DoesNotStart(fault),
            None => unseen::certificate(pemfile, &served.starts)
                .map_or(Verdict::Works, Verdict::SendsLess),
        },
    };
    let (leaf, sent) = served.map_or_else(
        |_| (None, Vec::new()),
        |served| (Some(served.leaf), served.sent),
    );
    Judged {
        key: key.ok().map(|key| key.key),
        leaf,
        sent,
        verdict,
        is_plain: is_plain(pemfile) && is_plain(privkey),
    }
}

/// What OpenSSL 3 has learnt to read and the releases before it, which older servers have, do not: a byte
/// order mark (measured with 1.1.1w), and lines of base64 beyond 80 characters (1.0.2, by its source).
fn is_plain(text: &[u8]) -> bool {
    let mut in_block = false;
    let mut lines = text.split(|byte| *byte == b'\n');
    let has_long_line = lines.any(|line| {
        in_block = match line {
            [b'-', ..] => line.starts_with(b"-----BEGIN "),
            _ => in_block,
        };
        in_block && line.trim_ascii_end().len() > LONGEST_LINE
    });
    !text.starts_with(pem::BOM) && !has_long_line
}

/// The certificates that lighttpd reads, and where their blocks start.
struct Served {
    leaf: Certificate,
    sent: Vec<Certificate>,
    starts: Vec<usize>,
}

/// A key and where its block starts.
struct Key {
    key: PrivateKey,
    start: usize,
}

fn served(pemfile: &[u8]) -> Result<Served, Fault> {
    let mut blocks = strict::blocks(pemfile);
    let flawed = |start| Fault::Certificate(unseen::flaw(pemfile, start));
    let (leaf, start) = loop {
        let block = match blocks.next() {
            Some(block) => block.map_err(|broken| flawed(broken.start))?,
            None => return Err(unseen::fault(pemfile, Kind::Certificate)),
        };
        if is_certificate(&block) || block.label == b"TRUSTED CERTIFICATE" {
            break (
                leaf(&block).ok_or_else(|| flawed(block.start))?,
                block.start,
            );
        }
    };
    let mut served = Served {
        leaf,
        sent: Vec::new(),
        starts: vec![start],
    };
    for block in blocks.map_while(Result::ok).filter(is_certificate) {
        let Some((certificate, _)) = certificate(&block) else {
            break;
        };
        served.sent.push(certificate);
        served.starts.push(block.start);
    }
    Ok(served)
}

fn is_certificate(block: &Block<'_>) -> bool {
    matches!(block.label, b"CERTIFICATE" | b"X509 CERTIFICATE")
}

/// OpenSSL's trust settings may follow it, where the label says so.
fn leaf(block: &Block<'_>) -> Option<Certificate> {
    let (certificate, rest) = certificate(block)?;
    (rest == 0 || !is_certificate(block)).then_some(certificate)
}

/// The certificate, and how many bytes follow it.
fn certificate(block: &Block<'_>) -> Option<(Certificate, usize)> {
    let der = X509::from_der(&block.der).and_then(|parsed| parsed.to_der());
    let der = der.ok().filter(|_| !block.headed)?;
    let certificate = Certificate::read(&der).ok()?;
    Some((certificate, block.der.len().saturating_sub(der.len())))
}

fn first_key(privkey: &[u8]) -> Result<Key, Fault> {
    for block in strict::blocks(privkey) {
        let block = block.map_err(|broken| Fault::Key(unseen::flaw(privkey, broken.start)))?;
        if !PrivateKey::is_label(block.label) {
            continue;
        }
        if block.headed || block.label == b"ENCRYPTED PRIVATE KEY" {
            let line = pem::line_at(privkey, block.start);
            return Err(Fault::KeyEncrypted { line });
        }
        let start = block.start;
        let key = key(&block).map(|key| Key { key, start });
        return key.ok_or_else(|| Fault::Key(unseen::flaw(privkey, start)));
    }
    Err(unseen::fault(privkey, Kind::Key))
}

/// The label says how to read it: as PKCS#8, or as a key of that kind.
fn key(block: &Block<'_>) -> Option<PrivateKey> {
    let key = PrivateKey::from_der(&block.der)?;
    let kind = key.kind().to_string();
    let is_right = match block.label {
        b"PRIVATE KEY" => PrivateKey::is_pkcs8(&block.der),
        b"RSA PRIVATE KEY" => kind.starts_with("RSA "),
        b"EC PRIVATE KEY" => kind.starts_with("EC "),
        _ => false,
    };
    is_right.then_some(key)
}

/// Why the first key is not the first certificate's.
fn mismatch(served: &Served, key: &Key, pemfile: &[u8], privkey: &[u8]) -> Option<Fault> {
    if key.key.is_key_of(served.leaf.der()) {
        return None;
    }
    let blocks = strict::blocks(privkey).map_while(Result::ok);
    let mut keys = blocks.filter_map(|block| PrivateKey::from_der(&block.der));
    if keys.any(|other| other.is_key_of(served.leaf.der())) {
        let line = pem::line_at(privkey, key.start);
        return Some(Fault::OtherKeyFirst { line });
    }
    Some(unseen::leaf(pemfile, &key.key, &served.starts).unwrap_or(Fault::KeyMismatch))
}
