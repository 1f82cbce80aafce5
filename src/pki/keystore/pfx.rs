//! The outer layers of a PKCS#12 file (RFC 7292, section 4): PFX, AuthenticatedSafe, MacData.

use std::borrow::Cow;

use crate::pki::asn1::read::{Malformed, Reader};
use crate::pki::asn1::{oid, tag};
use crate::pki::encryption::{
    AlgorithmError, Derivation, DerivedKeys, Digest, Encryption, Function, Purpose, iterations,
};

/// Why a file cannot be taken apart, and nothing was decrypted yet.
#[derive(Debug)]
pub(super) enum Fault {
    Algorithm(AlgorithmError),
    NoMac,
}

impl From<AlgorithmError> for Fault {
    fn from(error: AlgorithmError) -> Self {
        Self::Algorithm(error)
    }
}

impl From<Malformed> for Fault {
    fn from(error: Malformed) -> Self {
        Self::Algorithm(error.into())
    }
}

pub(super) struct Pfx<'a> {
    /// What the MAC is over: an AuthenticatedSafe.
    pub(super) content: Cow<'a, [u8]>,
    pub(super) mac: Mac,
}

/// The integrity check. Its key is derived from the passphrase, so it proves that too.
pub(super) struct Mac {
    pub(super) digest: Digest,
    pub(super) derivation: Derivation,
    expected: Vec<u8>,
}

/// One ContentInfo of the AuthenticatedSafe: SafeContents, plain or encrypted.
pub(super) enum Safe<'a> {
    Encrypted(Encryption, Cow<'a, [u8]>),
    Plain(Cow<'a, [u8]>),
}

impl<'a> Pfx<'a> {
    /// Bytes after the end are ignored, as by OpenSSL and Java.
    pub(super) fn parse(file: &'a [u8]) -> Result<Self, Fault> {
        let mut fields = Reader::new(file).sequence("PKCS#12 sequence at the start")?;
        if fields.unsigned("version number")? != 3 {
            return Err(Malformed("version 3").into());
        }
        let content = data(&mut fields.sequence("authenticated safe")?)?;
        if fields.is_empty() {
            return Err(Fault::NoMac);
        }
        let mac = Mac::parse(&mut fields.sequence("integrity check")?)?;
        Ok(Self { content, mac })
    }

    pub(super) fn safes(&self) -> Result<Vec<Safe<'_>>, Fault> {
        let mut infos = Reader::new(&self.content).sequence("list of contents")?;
        let mut safes = Vec::new();
        while !infos.is_empty() {
            let mut info = infos.sequence("content")?;
            safes.push(Safe::parse(&mut info)?);
        }
        Ok(safes)
    }
}

impl Mac {
    fn parse(fields: &mut Reader<'_>) -> Result<Self, Fault> {
        let mut info = fields.sequence("digest of the integrity check")?;
        let name = info.sequence("digest algorithm")?.oid("digest algorithm")?;
        let expected = info.octets("digest")?.into_owned();
        let salt = fields.octets("salt of the integrity check")?.into_owned();
        let count = match fields.is_empty() {
            true => 1,
            false => fields.unsigned("number of iterations")?,
        };
        let digest = Digest::from_oid(name)
            .ok_or_else(|| AlgorithmError::Unsupported(oid::describe(name)))?;
        let derivation = Derivation {
            function: Function::Pkcs12(digest, Purpose::Mac),
            salt,
            iterations: iterations(count)?,
            length: digest.length(),
        };
        Ok(Self {
            digest,
            derivation,
            expected,
        })
    }

    pub(super) fn fits(&self, keys: &DerivedKeys, content: &[u8]) -> bool {
        let Some(key) = keys.derive(&self.derivation) else {
            return false;
        };
        let found = self.digest.hmac(key.expose(), content);
        !found.is_empty() && found == self.expected.clone().into()
    }
}

impl<'a> Safe<'a> {
    fn parse(info: &mut Reader<'a>) -> Result<Self, Fault> {
        match info.oid("type of content")? {
            oid::DATA => Ok(Self::Plain(explicit(info)?.octets("content")?)),
            oid::ENCRYPTED_DATA => {
                let mut data = explicit(info)?.sequence("encrypted data")?;
                data.unsigned("version of the encrypted data")?;
                let mut content = data.sequence("encrypted content")?;
                content.oid("type of the encrypted content")?;
                let algorithm = content.expect(tag::SEQUENCE, "encryption algorithm")?;
                let encryption = Encryption::parse(algorithm)?;
                let encrypted = content.element()?;
                if encrypted.tag & !tag::CONSTRUCTED != tag::IMPLICIT_0 {
                    return Err(Malformed("encrypted content").into());
                }
                Ok(Self::Encrypted(
                    encryption,
                    encrypted.octets("encrypted content")?,
                ))
            }
            other => Err(AlgorithmError::Unsupported(oid::describe(other)).into()),
        }
    }
}

/// A ContentInfo of plain data.
fn data<'a>(info: &mut Reader<'a>) -> Result<Cow<'a, [u8]>, Fault> {
    match info.oid("type of content")? {
        oid::DATA => Ok(explicit(info)?.octets("content")?),
        other => Err(AlgorithmError::Unsupported(oid::describe(other)).into()),
    }
}

fn explicit<'a>(info: &mut Reader<'a>) -> Result<Reader<'a>, Malformed> {
    Ok(info.expect(tag::EXPLICIT_0, "content")?.inside())
}
