//! Passphrases as files hold them: base64 for the Web API's keystore, a first line for a key's.

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

use crate::error::KeystoreError;
use crate::error::keystore::PassphraseFault;
use crate::secret::Secret;

/// As `java.util.Base64` has it: the padding may be missing.
const ENGINE: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What the passphrase of the keystore may be. The runbook's `$(base64 -d FILE)` drops the newlines
/// at the end of the decoded text; a keystore made in another way may have kept them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Candidates {
    stripped: Secret,
    raw: Option<Secret>,
}

impl Candidates {
    /// The one to write keystores with: final newlines dropped, printable ASCII only.
    pub(crate) fn stripped(&self) -> &Secret {
        &self.stripped
    }

    /// The text with its final newlines, when it has any. No Java opens or writes a keystore with it
    /// ("Password is not ASCII", measured with 17.0.15 in both profiles), but openssl and others do.
    pub(crate) fn raw(&self) -> Option<&Secret> {
        self.raw.as_ref()
    }
}

/// Decodes the passphrase file of the Web API server. Newlines within the base64 are ignored, CRLF
/// and missing padding too.
///
/// # Errors
/// [`KeystoreError::Passphrase`]: not base64, empty, or a character that Java refuses.
pub(crate) fn decode_base64_file(name: &str, bytes: &Secret) -> Result<Candidates, KeystoreError> {
    let refuse = |fault| KeystoreError::Passphrase {
        name: name.to_owned(),
        fault,
    };
    let decoded = decode(bytes.expose()).map_err(refuse)?;
    let text = strip_newlines(&decoded);
    check_printable(text).map_err(refuse)?;
    let stripped = Secret::new(text.to_vec());
    let raw = (text.len() < decoded.len()).then(|| Secret::new(decoded.to_vec()));
    Ok(Candidates { stripped, raw })
}

/// The first line without its end: what `--passphrase-file` means.
pub(crate) fn first_line(bytes: &Secret) -> Secret {
    let line = bytes
        .expose()
        .split(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default();
    Secret::new(line.strip_suffix(b"\r").unwrap_or(line).to_vec())
}

/// Java takes 0x20 to 0x7e (JDK 17, `PBEKey.java`: "Password is not ASCII").
pub(crate) fn check_printable(passphrase: &[u8]) -> Result<(), PassphraseFault> {
    if passphrase.is_empty() {
        return Err(PassphraseFault::Empty);
    }
    let bad = passphrase
        .iter()
        .zip(1..)
        .find(|(byte, _)| !matches!(**byte, 0x20..=0x7e));
    match bad {
        None => Ok(()),
        Some((0, at)) => Err(PassphraseFault::Nul { at }),
        Some((0x80.., at)) => Err(PassphraseFault::NotAscii { at }),
        Some((_, at)) => Err(PassphraseFault::NotPrintable { at }),
    }
}

fn decode(file: &[u8]) -> Result<Zeroizing<Vec<u8>>, PassphraseFault> {
    let mut text = Zeroizing::new(Vec::with_capacity(file.len()));
    for (line, number) in file.split(|byte| *byte == b'\n').zip(1..) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if !line
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(byte))
        {
            return Err(PassphraseFault::NotBase64 { line: number });
        }
        text.extend_from_slice(line);
    }
    // Room for all: a vector that grows leaves its old memory behind.
    let mut decoded = Zeroizing::new(vec![0; base64::decoded_len_estimate(text.len())]);
    let length = ENGINE
        .decode_slice(&*text, &mut decoded)
        .map_err(|_| PassphraseFault::NotBase64 { line: 1 })?;
    decoded.truncate(length);
    Ok(decoded)
}

fn strip_newlines(text: &[u8]) -> &[u8] {
    let mut text = text;
    while let Some(shorter) = text.strip_suffix(b"\n") {
        text = shorter;
    }
    text
}

#[cfg(test)]
mod tests;
