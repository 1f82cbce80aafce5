//! Block ciphers in CBC mode with PKCS#7 padding.

use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockDecryptMut, KeyIvInit};
use openssl::symm;
use rc2::Rc2;

use crate::secret::Secret;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cipher {
    Aes128,
    Aes192,
    Aes256,
    /// Read only. `key_length` in bytes is the effective length too.
    Rc2 {
        key_length: usize,
    },
    TripleDes,
}

impl Cipher {
    pub(crate) fn key_length(self) -> usize {
        match self {
            Self::Aes128 => 16,
            Self::Aes192 | Self::TripleDes => 24,
            Self::Aes256 => 32,
            Self::Rc2 { key_length } => key_length,
        }
    }

    pub(crate) fn block_length(self) -> usize {
        match self {
            Self::Aes128 | Self::Aes192 | Self::Aes256 => 16,
            Self::Rc2 { .. } | Self::TripleDes => 8,
        }
    }

    pub(crate) fn name(self) -> String {
        match self {
            Self::Aes128 => "AES-128-CBC".to_owned(),
            Self::Aes192 => "AES-192-CBC".to_owned(),
            Self::Aes256 => "AES-256-CBC".to_owned(),
            Self::Rc2 { key_length } => format!("RC2-{}-CBC", key_length * 8),
            Self::TripleDes => "3DES-CBC".to_owned(),
        }
    }

    /// Nothing when the padding is wrong or a length does not fit.
    pub(crate) fn decrypt(self, key: &[u8], iv: &[u8], encrypted: &[u8]) -> Option<Secret> {
        match self.openssl() {
            Some(cipher) => {
                let plain = symm::decrypt(cipher, key, Some(iv), encrypted).ok()?;
                Some(Secret::new(plain))
            }
            None => decrypt_rc2(key, iv, encrypted),
        }
    }

    /// Nothing for RC2, which only exists to be read.
    pub(crate) fn encrypt(self, key: &[u8], iv: &[u8], plain: &[u8]) -> Option<Vec<u8>> {
        symm::encrypt(self.openssl()?, key, Some(iv), plain).ok()
    }

    fn openssl(self) -> Option<symm::Cipher> {
        Some(match self {
            Self::Aes128 => symm::Cipher::aes_128_cbc(),
            Self::Aes192 => symm::Cipher::aes_192_cbc(),
            Self::Aes256 => symm::Cipher::aes_256_cbc(),
            Self::TripleDes => symm::Cipher::des_ede3_cbc(),
            Self::Rc2 { .. } => return None,
        })
    }
}

fn decrypt_rc2(key: &[u8], iv: &[u8], encrypted: &[u8]) -> Option<Secret> {
    let mut buffer = zeroize::Zeroizing::new(encrypted.to_vec());
    let plain = cbc::Decryptor::<Rc2>::new_from_slices(key, iv)
        .ok()?
        .decrypt_padded_mut::<Pkcs7>(&mut buffer)
        .ok()?;
    Some(Secret::new(plain.to_vec()))
}
