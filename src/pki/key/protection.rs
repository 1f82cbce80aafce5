//! How a key is encrypted, for people.

use super::decode;
use crate::pki::asn1::read::Reader;
use crate::pki::encryption::{self, AlgorithmError};
use crate::pki::pem;

/// Of one key, in PEM or DER; `None` when it is not encrypted.
pub(super) fn encryption(bytes: &[u8]) -> Option<String> {
    let Some(block) = pem::blocks(bytes).flatten().next() else {
        return decode::is_encrypted_pkcs8(bytes).then(|| of_der(bytes));
    };
    if let Some(dek_info) = block.header("DEK-Info") {
        let cipher = dek_info.split(',').next().unwrap_or_default();
        let known = |c: char| c.is_ascii_alphanumeric() || c == '-';
        let cipher = if cipher.chars().all(known) {
            cipher
        } else {
            "unknown cipher"
        };
        // EVP_BytesToKey: there is nothing between the passphrase and who tries them all.
        return Some(format!("{cipher}, MD5, 1 round"));
    }
    let der = block.decode()?;
    decode::is_encrypted_pkcs8(&der).then(|| of_der(&der))
}

fn of_der(der: &[u8]) -> String {
    let parsed = Reader::new(der)
        .sequence("an encrypted key")
        .map_err(AlgorithmError::from)
        .and_then(|mut fields| encryption::parse_encrypted_key(&mut fields));
    match parsed {
        Ok((encryption, _)) => {
            format!("{}, {} rounds", encryption.name(), encryption.iterations())
        }
        Err(AlgorithmError::Iterations(count)) => format!("{count} rounds"),
        Err(AlgorithmError::Unsupported(what)) => what,
        Err(AlgorithmError::Malformed(_)) => "a damaged algorithm".to_owned(),
    }
}
