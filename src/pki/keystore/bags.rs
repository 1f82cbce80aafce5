//! SafeContents: bags of keys, certificates and other things, with names (RFC 7292, 4.2).

use std::borrow::Cow;

use crate::pki::asn1::read::{Element, Malformed, Reader};
use crate::pki::asn1::{oid, tag};
use crate::pki::encryption::{AlgorithmError, Encryption, parse_encrypted_key};
use crate::secret::Secret;

pub(super) struct Bag {
    pub(super) content: Content,
    pub(super) friendly_name: Option<String>,
    pub(super) local_key_id: Option<Vec<u8>>,
    /// Marked by Java as a trusted certificate entry.
    pub(super) is_trusted: bool,
}

pub(super) enum Content {
    Certificate(Vec<u8>),
    /// PKCS#8, encrypted.
    EncryptedKey(Encryption, Vec<u8>),
    /// PKCS#8, not encrypted.
    Key(Secret),
    /// Listed, not opened; this says what it is.
    Other(String),
}

/// Bags within bags: more than anyone writes.
const MAX_DEPTH: usize = 8;

/// All bags of a SafeContents, those of nested ones in place.
pub(super) fn parse(safe_contents: &[u8]) -> Result<Vec<Bag>, AlgorithmError> {
    let mut bags = Vec::new();
    collect(&mut Reader::new(safe_contents), &mut bags, 0)?;
    Ok(bags)
}

fn collect(
    reader: &mut Reader<'_>,
    bags: &mut Vec<Bag>,
    depth: usize,
) -> Result<(), AlgorithmError> {
    if depth > MAX_DEPTH {
        return Err(Malformed("end of nested bags").into());
    }
    let mut list = reader.sequence("list of bags")?;
    while !list.is_empty() {
        let mut fields = list.sequence("bag")?;
        let kind = fields.oid("type of bag")?;
        let mut value = fields.expect(tag::EXPLICIT_0, "content of a bag")?.inside();
        if kind == oid::SAFE_CONTENTS_BAG {
            collect(&mut value, bags, depth + 1)?;
        } else {
            bags.push(Bag::parse(kind, &mut value, &mut fields)?);
        }
    }
    Ok(())
}

impl Bag {
    fn parse(
        kind: &[u8],
        value: &mut Reader<'_>,
        fields: &mut Reader<'_>,
    ) -> Result<Self, AlgorithmError> {
        let mut bag = Self {
            content: Content::parse(kind, value)?,
            friendly_name: None,
            local_key_id: None,
            is_trusted: false,
        };
        if let Some(attributes) = fields.optional(tag::SET)? {
            let mut attributes = attributes.inside();
            while !attributes.is_empty() {
                bag.take_attribute(&mut attributes.sequence("attribute")?)?;
            }
        }
        Ok(bag)
    }

    /// An attribute that means nothing to us, or has no value, is passed over.
    fn take_attribute(&mut self, attribute: &mut Reader<'_>) -> Result<(), Malformed> {
        let name = attribute.oid("name of an attribute")?;
        let mut values = attribute
            .expect(tag::SET, "values of an attribute")?
            .inside();
        let value = match values.is_empty() {
            true => None,
            false => Some(values.element()?),
        };
        match (name, value) {
            (oid::FRIENDLY_NAME, Some(value)) if value.tag == tag::BMP_STRING => {
                self.friendly_name = Some(utf16(value)).filter(|name| !name.is_empty());
            }
            (oid::LOCAL_KEY_ID, Some(value)) => {
                self.local_key_id = Some(value.octets("local key id")?.into_owned());
            }
            (oid::TRUSTED_KEY_USAGE, _) => self.is_trusted = true,
            (_, _) => {}
        }
        Ok(())
    }
}

impl Content {
    fn parse(kind: &[u8], value: &mut Reader<'_>) -> Result<Self, AlgorithmError> {
        Ok(match kind {
            oid::KEY_BAG => {
                let key = value.expect(tag::SEQUENCE, "private key")?;
                Self::Key(Secret::new(key.whole.to_vec()))
            }
            oid::SHROUDED_KEY_BAG => {
                let mut fields = value.sequence("encrypted key")?;
                let (encryption, encrypted) = parse_encrypted_key(&mut fields)?;
                Self::EncryptedKey(encryption, encrypted)
            }
            oid::CERT_BAG => Self::parse_certificate(value)?,
            oid::CRL_BAG => Self::Other("a revocation list".to_owned()),
            oid::SECRET_BAG => Self::Other("a secret key".to_owned()),
            other => Self::Other(oid::describe(other)),
        })
    }

    fn parse_certificate(value: &mut Reader<'_>) -> Result<Self, Malformed> {
        let mut fields = value.sequence("certificate bag")?;
        if fields.oid("type of certificate")? != oid::X509_CERTIFICATE {
            return Ok(Self::Other("a certificate that is not X.509".to_owned()));
        }
        let mut value = fields.expect(tag::EXPLICIT_0, "certificate")?.inside();
        Ok(Self::Certificate(
            value.octets("certificate").map(Cow::into_owned)?,
        ))
    }
}

fn utf16(string: Element<'_>) -> String {
    let units: Vec<u16> = string
        .contents
        .chunks_exact(2)
        .map(|pair| {
            pair.iter()
                .fold(0, |unit, byte| unit << 8 | u16::from(*byte))
        })
        .collect();
    // Windows counts the final NUL of its strings in.
    String::from_utf16_lossy(&units)
        .trim_end_matches('\0')
        .to_owned()
}
