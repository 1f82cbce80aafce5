//! The encryption of OpenSSL before PKCS#8, told by the PEM header `DEK-Info: AES-256-CBC,<iv>`
//! (`openssl-format-options(1)`, "traditional").

use openssl::hash::MessageDigest;
use openssl::pkcs5;
use zeroize::Zeroize;

use crate::pki::encryption::Cipher;
use crate::secret::Secret;

/// Why there is no key.
pub(super) enum Fault {
    /// The header makes no sense.
    Damaged,
    Unsupported(String),
    WrongPassphrase,
}

pub(super) fn decrypt(
    dek_info: &str,
    passphrase: &Secret,
    encrypted: &[u8],
) -> Result<Secret, Fault> {
    let (name, iv) = dek_info.split_once(',').ok_or(Fault::Damaged)?;
    let name = name.trim().to_ascii_uppercase();
    let (cipher, openssl) = match name.as_str() {
        "AES-128-CBC" => (Cipher::Aes128, openssl::symm::Cipher::aes_128_cbc()),
        "AES-192-CBC" => (Cipher::Aes192, openssl::symm::Cipher::aes_192_cbc()),
        "AES-256-CBC" => (Cipher::Aes256, openssl::symm::Cipher::aes_256_cbc()),
        "DES-EDE3-CBC" => (Cipher::TripleDes, openssl::symm::Cipher::des_ede3_cbc()),
        other => return Err(Fault::Unsupported(other.chars().take(40).collect())),
    };
    let iv = hex(iv.trim())
        .filter(|iv| iv.len() == cipher.block_length())
        .ok_or(Fault::Damaged)?;
    let salt = iv.get(..8);
    let md5 = MessageDigest::md5();
    let mut derived = pkcs5::bytes_to_key(openssl, md5, passphrase.expose(), salt, 1)
        .map_err(|_| Fault::Unsupported("a key derivation with MD5".to_owned()))?;
    let plain = cipher.decrypt(&derived.key, &iv, encrypted);
    derived.key.zeroize();
    plain.ok_or(Fault::WrongPassphrase)
}

fn hex(digits: &str) -> Option<Vec<u8>> {
    let nibbles: Option<Vec<u8>> = digits
        .chars()
        .map(|digit| {
            digit
                .to_digit(16)
                .and_then(|value| u8::try_from(value).ok())
        })
        .collect();
    let pairs = nibbles?;
    let bytes = pairs.chunks_exact(2);
    if !bytes.remainder().is_empty() {
        return None;
    }
    Some(
        bytes
            .map(|pair| pair.iter().fold(0, |byte, nibble| byte << 4 | nibble))
            .collect(),
    )
}
