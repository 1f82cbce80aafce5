//! Certificates out of whatever an administrator has: PEM with all its accidents, DER, PKCS#7, bare
//! base64. What had to be mended is said; what is something else is called by its name.

mod der;
mod mend;
mod piece;

use zeroize::Zeroizing;

use crate::error::CertificateError;
use crate::error::certificate::Found;
use crate::pki::certificate::Certificate;
use crate::pki::pem::{self, Block};
use der::Content;

pub(crate) use mend::Mend;
pub(crate) use piece::certificates_in_piece;

/// What a file holds; at least one certificate.
#[derive(Debug)]
pub(crate) struct Bundle {
    /// In the order of the file, duplicates included.
    pub(crate) certificates: Vec<Certificate>,
    /// Whether a private key lies beside them. It is not read here.
    pub(crate) has_key: bool,
    /// What programs less forgiving than this one would stumble over.
    pub(crate) mended: Vec<Mend>,
}

/// Reads all certificates in `bytes`. `name` is what errors call the file.
///
/// Takes time in proportion to the length, whatever the bytes are.
pub(crate) fn decode(name: &str, bytes: &[u8]) -> Result<Bundle, CertificateError> {
    decode_nameless(bytes, Care::Mends).map_err(|error| with_name(error, name))
}

/// The same for those who only look: what has to be mended is left unsaid, and half of the work undone.
pub(crate) fn read(name: &str, bytes: &[u8]) -> Result<Bundle, CertificateError> {
    decode_nameless(bytes, Care::Certificates).map_err(|error| with_name(error, name))
}

/// What the reader wants to know.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Care {
    Certificates,
    Mends,
}

/// What is amiss with a PEM text whose blocks are read elsewhere, as a private key's are; nothing for
/// what is no PEM.
pub(crate) fn mends(text: &[u8]) -> Vec<Mend> {
    if let Some(decoded) = pem::from_utf16(text) {
        let mut mends = mends(&decoded);
        mends.insert(0, Mend::Utf16);
        return mends;
    }
    if !pem::begins_somewhere(text) {
        return Vec::new();
    }
    let mut mends = mend::Observer::new(text);
    for block in pem::blocks(text).flatten() {
        mends.observe(&block);
    }
    mends.finish()
}

/// The certificates of a file that holds nothing else of interest (the system's trust anchors), as
/// DER; unreadable ones are left out.
pub(crate) fn certificates_only(text: &[u8]) -> impl Iterator<Item = Zeroizing<Vec<u8>>> {
    let whole = pem::blocks(text).map_while(Result::ok);
    whole.filter_map(|block| match block.label {
        "CERTIFICATE" | "X509 CERTIFICATE" => block.decode(),
        _ => None,
    })
}

/// As [`pem::encode`] has it.
pub(crate) fn encode_pem(certificates: &[Certificate]) -> Vec<u8> {
    let blocks = certificates
        .iter()
        .map(|certificate| ("CERTIFICATE", certificate.der()));
    pem::encode(blocks).expose().to_vec()
}

/// All certificates of one block; none when it holds something else or is damaged.
pub(crate) fn certificates_of(block: &Block<'_>) -> Vec<Certificate> {
    let readable = is_certificate_label(block.label).then(|| decode_block(block).ok());
    readable.flatten().unwrap_or_default()
}

/// Whether a block of this label promises certificates.
pub(crate) fn is_certificate_label(label: &str) -> bool {
    other_than_certificates(label).is_none()
}

fn decode_nameless(bytes: &[u8], care: Care) -> Result<Bundle, CertificateError> {
    let name = String::new();
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(CertificateError::Empty { name });
    }
    if let Some(text) = pem::from_utf16(bytes) {
        let mut bundle = decode_pem(&text, care)?;
        bundle.mended.insert(0, Mend::Utf16);
        return Ok(bundle);
    }
    if pem::begins_somewhere(bytes) {
        return decode_pem(bytes, care);
    }
    if let Some(decoded) = pem::bare_base64(bytes) {
        let mut bundle = decode_der(&decoded)?;
        bundle.mended.push(Mend::NoArmor);
        return Ok(bundle);
    }
    match pem::broken_marker(bytes) {
        Some(line) => Err(CertificateError::Damaged {
            name,
            line: Some(line),
            reason: "five hyphens belong on both sides of BEGIN and END",
        }),
        None => decode_der(bytes),
    }
}

fn decode_pem(text: &[u8], care: Care) -> Result<Bundle, CertificateError> {
    let mut certificates = Vec::new();
    let mut has_key = false;
    let mut other = None;
    let mut mends = (care == Care::Mends).then(|| mend::Observer::new(text));
    for block in pem::blocks(text) {
        let block = block.map_err(|damage| located(text, damage.offset, damage.reason))?;
        if let Some(mends) = &mut mends {
            mends.observe(&block);
        }
        match other_than_certificates(block.label) {
            None => {
                let read = decode_block(&block);
                certificates.extend(read.map_err(|reason| located(text, block.start, reason))?);
            }
            Some(Found::PrivateKey) => has_key = true,
            Some(found) => other = other.or(Some(found)),
        }
    }
    let found = if has_key {
        Some(Found::PrivateKey)
    } else {
        other
    };
    match (certificates.is_empty(), found) {
        (false, _) => Ok(Bundle {
            certificates,
            has_key,
            mended: mends.map(mend::Observer::finish).unwrap_or_default(),
        }),
        (true, Some(found)) => Err(other_content(found)),
        (true, None) => Err(CertificateError::NoCertificate {
            name: String::new(),
        }),
    }
}

/// What a block's label promises; `None`: certificates.
fn other_than_certificates(label: &str) -> Option<Found> {
    Some(match label {
        "CERTIFICATE"
        | "X509 CERTIFICATE"
        | "TRUSTED CERTIFICATE"
        | "PKCS7"
        | "CMS"
        | "PKCS #7 SIGNED DATA" => return None,
        "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => Found::CertificateRequest,
        "X509 CRL" => Found::RevocationList,
        "PKCS12" => Found::Pkcs12,
        label if label.ends_with("PRIVATE KEY") => Found::PrivateKey,
        label if label.ends_with("PUBLIC KEY") => Found::PublicKey,
        _ => Found::Unknown,
    })
}

fn decode_block(block: &Block<'_>) -> Result<Vec<Certificate>, &'static str> {
    let bytes = block.decode().ok_or("it is not base64")?;
    match block.label {
        // OpenSSL appends its trust settings to the certificate.
        "TRUSTED CERTIFICATE" => {
            let certificate = der::first(&bytes).ok_or("it is not DER")?;
            Ok(vec![Certificate::read(certificate)?])
        }
        label if label.contains('7') || label == "CMS" => certificates_of_pkcs7(&bytes),
        _ => Ok(vec![Certificate::read(&bytes)?]),
    }
}

/// One DER object, or several certificates one after the other.
fn decode_der(bytes: &[u8]) -> Result<Bundle, CertificateError> {
    let unlocated = |reason| CertificateError::Damaged {
        name: String::new(),
        line: None,
        reason,
    };
    let certificates = match der::recognise(bytes) {
        Content::Certificate => {
            let parts = der::sequence_of(bytes).ok_or(unlocated("it is cut off"))?;
            let read = parts
                .into_iter()
                .map(Certificate::read)
                .collect::<Result<_, _>>();
            read.map_err(unlocated)?
        }
        Content::Pkcs7 => certificates_of_pkcs7(bytes).map_err(unlocated)?,
        Content::Other(found) => return Err(other_content(found)),
    };
    if certificates.is_empty() {
        return Err(CertificateError::NoCertificate {
            name: String::new(),
        });
    }
    Ok(Bundle {
        certificates,
        has_key: false,
        mended: Vec::new(),
    })
}

fn certificates_of_pkcs7(bytes: &[u8]) -> Result<Vec<Certificate>, &'static str> {
    let parts = der::pkcs7_certificates(bytes).ok_or("it is not PKCS#7 signed data")?;
    parts.into_iter().map(Certificate::read).collect()
}

fn other_content(found: Found) -> CertificateError {
    CertificateError::Other {
        name: String::new(),
        found,
    }
}

fn located(text: &[u8], offset: usize, reason: &'static str) -> CertificateError {
    CertificateError::Damaged {
        name: String::new(),
        line: Some(pem::line_at(text, offset)),
        reason,
    }
}

fn with_name(error: CertificateError, to: &str) -> CertificateError {
    let mut error = error;
    if let CertificateError::Damaged { name, .. }
    | CertificateError::Empty { name }
    | CertificateError::NoCertificate { name }
    | CertificateError::Other { name, .. } = &mut error
    {
        to.clone_into(name);
    }
    error
}

#[cfg(test)]
mod tests;
