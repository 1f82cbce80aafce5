//! Encryption under a passphrase, as in keystores and encrypted keys: PBES2 (RFC 8018) with PBKDF2
//! or scrypt, and the older PKCS#12 schemes (RFC 7292, appendix C) with 3DES or RC2.

mod cipher;
mod derive;
mod digest;
mod rounds;

pub(crate) use cipher::Cipher;
pub(crate) use derive::{Derivation, DerivedKeys, Function, Passphrase, Purpose};
pub(crate) use digest::Digest;

use crate::pki::asn1::read::{Element, Malformed, Reader};
use crate::pki::asn1::{oid, tag, write};
use crate::secret::Secret;

/// Java's own limit (JDK 17, `PKCS12KeyStore.java`, MAX_ITERATION_COUNT): a few seconds of work.
pub(crate) const MAX_ITERATIONS: u64 = 5_000_000;

/// Why an algorithm identifier is of no use. The caller knows which file it is in.
#[derive(Debug)]
pub(crate) enum AlgorithmError {
    Iterations(u64),
    Malformed(Malformed),
    Unsupported(String),
}

impl From<Malformed> for AlgorithmError {
    fn from(error: Malformed) -> Self {
        Self::Malformed(error)
    }
}

/// A cipher, and where its key and initial vector come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Encryption {
    cipher: Cipher,
    key: Derivation,
    iv: InitialVector,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum InitialVector {
    Derived(Derivation),
    Given(Vec<u8>),
}

impl Encryption {
    /// PBES2: AES-256-CBC, PBKDF2 with HMAC-SHA256.
    pub(crate) fn aes256(salt: &[u8], iterations: u32, iv: &[u8]) -> Self {
        Self {
            cipher: Cipher::Aes256,
            key: Derivation {
                function: Function::Pbkdf2(Digest::Sha256),
                salt: salt.to_vec(),
                iterations,
                length: Cipher::Aes256.key_length(),
            },
            iv: InitialVector::Given(iv.to_vec()),
        }
    }

    /// pbeWithSHAAnd3-KeyTripleDES-CBC.
    pub(crate) fn triple_des(salt: &[u8], iterations: u32) -> Self {
        Self::pkcs12(Cipher::TripleDes, salt, iterations)
    }

    fn pkcs12(cipher: Cipher, salt: &[u8], iterations: u32) -> Self {
        let derive = |purpose, length| Derivation {
            function: Function::Pkcs12(Digest::Sha1, purpose),
            salt: salt.to_vec(),
            iterations,
            length,
        };
        Self {
            cipher,
            key: derive(Purpose::Key, cipher.key_length()),
            iv: InitialVector::Derived(derive(Purpose::Iv, cipher.block_length())),
        }
    }

    /// Reads an AlgorithmIdentifier.
    pub(crate) fn parse(algorithm: Element<'_>) -> Result<Self, AlgorithmError> {
        let mut fields = algorithm.inside();
        let scheme = fields.oid("an encryption algorithm")?;
        let cipher = match scheme {
            oid::PBES2 => return Self::parse_pbes2(&mut fields),
            oid::PBE_3DES => Cipher::TripleDes,
            oid::PBE_RC2_128 => Cipher::Rc2 { key_length: 16 },
            oid::PBE_RC2_40 => Cipher::Rc2 { key_length: 5 },
            other => return Err(AlgorithmError::Unsupported(oid::describe(other))),
        };
        let mut parameters = fields.sequence("salt and iterations")?;
        let salt = parameters.octets("a salt")?;
        let iterations = iterations(parameters.unsigned("a number of iterations")?)?;
        Ok(Self::pkcs12(cipher, &salt, iterations))
    }

    fn parse_pbes2(fields: &mut Reader<'_>) -> Result<Self, AlgorithmError> {
        let mut parameters = fields.sequence("PBES2 parameters")?;
        let mut derivation = parameters.sequence("a key derivation function")?;
        let mut encryption = parameters.sequence("a cipher")?;
        let cipher = match encryption.oid("a cipher's name")? {
            oid::AES_128_CBC => Cipher::Aes128,
            oid::AES_192_CBC => Cipher::Aes192,
            oid::AES_256_CBC => Cipher::Aes256,
            oid::DES_EDE3_CBC => Cipher::TripleDes,
            other => return Err(AlgorithmError::Unsupported(oid::describe(other))),
        };
        let iv = encryption.octets("an initial vector")?.into_owned();
        if iv.len() != cipher.block_length() {
            return Err(Malformed("an initial vector of one block").into());
        }
        Ok(Self {
            cipher,
            key: Derivation::parse(&mut derivation, cipher.key_length())?,
            iv: InitialVector::Given(iv),
        })
    }

    /// The AlgorithmIdentifier of what [`Self::aes256`] and [`Self::triple_des`] made.
    pub(crate) fn to_der(&self) -> Vec<u8> {
        let salt = write::octet_string(&self.key.salt);
        let iterations = write::unsigned(self.key.iterations);
        match &self.iv {
            InitialVector::Derived(_) => {
                let parameters = write::sequence(&[&salt, &iterations]);
                write::sequence(&[&write::oid(oid::PBE_3DES), &parameters])
            }
            InitialVector::Given(iv) => {
                let prf = write::sequence(&[&write::oid(oid::HMAC_SHA256), &write::null()]);
                let parameters = write::sequence(&[&salt, &iterations, &prf]);
                let kdf = write::sequence(&[&write::oid(oid::PBKDF2), &parameters]);
                let cipher =
                    write::sequence(&[&write::oid(oid::AES_256_CBC), &write::octet_string(iv)]);
                write::sequence(&[&write::oid(oid::PBES2), &write::sequence(&[&kdf, &cipher])])
            }
        }
    }

    /// What has to be derived from the passphrase before anything can be decrypted.
    pub(crate) fn derivations(&self) -> impl Iterator<Item = &Derivation> {
        let iv = match &self.iv {
            InitialVector::Derived(derivation) => Some(derivation),
            InitialVector::Given(_) => None,
        };
        std::iter::once(&self.key).chain(iv)
    }

    /// The plain text; nothing when the padding is wrong, which is what a wrong key looks like.
    pub(crate) fn decrypt(&self, keys: &DerivedKeys, encrypted: &[u8]) -> Option<Secret> {
        let (key, iv) = self.key_and_iv(keys)?;
        self.cipher.decrypt(key.expose(), iv.expose(), encrypted)
    }

    pub(crate) fn encrypt(&self, keys: &DerivedKeys, plain: &[u8]) -> Option<Vec<u8>> {
        let (key, iv) = self.key_and_iv(keys)?;
        self.cipher.encrypt(key.expose(), iv.expose(), plain)
    }

    fn key_and_iv(&self, keys: &DerivedKeys) -> Option<(Secret, Secret)> {
        let key = keys.derive(&self.key)?;
        let iv = match &self.iv {
            InitialVector::Derived(derivation) => keys.derive(derivation)?,
            InitialVector::Given(iv) => Secret::new(iv.clone()),
        };
        Some((key, iv))
    }

    pub(crate) fn iterations(&self) -> u32 {
        self.key.iterations
    }

    /// Whether Java before 8u301 and 11.0.12 can decrypt it.
    pub(crate) fn is_for_old_java(&self) -> bool {
        matches!(self.iv, InitialVector::Derived(_))
    }

    /// `AES-256-CBC, PBKDF2 with HMAC-SHA256`
    pub(crate) fn name(&self) -> String {
        format!("{}, {}", self.cipher.name(), self.key.function.name())
    }
}

/// Refuses a count that would keep the processor busy for minutes, before any work is done.
pub(crate) fn iterations(count: u64) -> Result<u32, AlgorithmError> {
    match u32::try_from(count) {
        Ok(small @ 1..) if count <= MAX_ITERATIONS => Ok(small),
        Ok(_) | Err(_) => Err(AlgorithmError::Iterations(count)),
    }
}

/// The two fields of an EncryptedPrivateKeyInfo (RFC 5208, section 6).
pub(crate) fn parse_encrypted_key(
    fields: &mut Reader<'_>,
) -> Result<(Encryption, Vec<u8>), AlgorithmError> {
    let algorithm = fields.expect(tag::SEQUENCE, "an encryption algorithm")?;
    let encrypted = fields.octets("an encrypted key")?.into_owned();
    Ok((Encryption::parse(algorithm)?, encrypted))
}
