//! From bags to entries: keys are decrypted, certificates find their keys, and chains are built.

use x509_parser::prelude::{FromDer, X509Certificate};

use super::bags::{Bag, Content};
use super::{Entry, KeyEntry, Keystore, Protection};
use crate::error::KeystoreError;
use crate::pki::encryption::DerivedKeys;
use crate::pki::key::PrivateKey;

struct Certificate {
    der: Vec<u8>,
    local_key_id: Option<Vec<u8>>,
}

/// A key entry that has no chain yet.
struct Lone {
    entry: KeyEntry,
    local_key_id: Option<Vec<u8>>,
}

/// What the bags hold, sorted out.
#[derive(Default)]
struct Sorted {
    keys: Vec<Lone>,
    /// All of them, trusted ones too: those can be part of a chain all the same.
    certificates: Vec<Certificate>,
    others: Vec<Entry>,
    /// Java counts the entries that have no name (JDK 17, `PKCS12KeyStore.java`, getUnfriendlyName).
    unnamed: usize,
}

/// Key entries come first, and each kind in the order of the file.
pub(super) fn pair(
    name: &str,
    bags: Vec<Bag>,
    keys: &DerivedKeys,
    protection: Protection,
) -> Result<Keystore, KeystoreError> {
    let mut sorted = Sorted::default();
    for bag in bags {
        sorted.take(name, bag, keys)?;
    }
    let Sorted {
        keys,
        certificates,
        others,
        ..
    } = sorted;
    let with_chain = |Lone {
                          entry,
                          local_key_id,
                      }| {
        let chain = chain(&entry.key, local_key_id.as_deref(), &certificates);
        Entry::Key(KeyEntry { chain, ..entry })
    };
    let entries: Vec<Entry> = keys.into_iter().map(with_chain).chain(others).collect();
    let extra_certificates = certificates
        .iter()
        .filter(|certificate| {
            !entries
                .iter()
                .any(|entry| entry.has_certificate(&certificate.der))
        })
        .map(|certificate| certificate.der.clone())
        .collect();
    Ok(Keystore {
        entries,
        extra_certificates,
        protection,
    })
}

impl Sorted {
    fn take(&mut self, name: &str, bag: Bag, keys: &DerivedKeys) -> Result<(), KeystoreError> {
        let Bag {
            content,
            friendly_name,
            local_key_id,
            is_trusted,
        } = bag;
        match content {
            Content::Certificate(der) => {
                if is_trusted {
                    let (alias, certificate) = (self.alias(friendly_name), der.clone());
                    self.others.push(Entry::Trusted { alias, certificate });
                }
                self.certificates.push(Certificate { der, local_key_id });
            }
            Content::EncryptedKey(encryption, encrypted) => {
                let alias = self.alias(friendly_name);
                let key = encryption.decrypt(keys, &encrypted);
                let key = key.and_then(|key| PrivateKey::from_der(key.expose()));
                let Some(key) = key else {
                    return Err(KeystoreError::KeyPassphrase {
                        name: name.to_owned(),
                        alias,
                    });
                };
                self.take_key(alias, key, local_key_id);
            }
            Content::Key(der) => {
                let alias = self.alias(friendly_name);
                let Some(key) = PrivateKey::from_der(der.expose()) else {
                    let what = "private key that can be read";
                    return Err(KeystoreError::Damaged {
                        name: name.to_owned(),
                        what,
                    });
                };
                self.take_key(alias, key, local_key_id);
            }
            Content::Other(kind) => {
                let alias = self.alias(friendly_name);
                self.others.push(Entry::Other { alias, kind });
            }
        }
        Ok(())
    }

    fn take_key(&mut self, alias: String, key: PrivateKey, local_key_id: Option<Vec<u8>>) {
        let entry = KeyEntry {
            alias,
            key,
            chain: Vec::new(),
        };
        self.keys.push(Lone {
            entry,
            local_key_id,
        });
    }

    fn alias(&mut self, friendly_name: Option<String>) -> String {
        friendly_name.unwrap_or_else(|| {
            self.unnamed += 1;
            self.unnamed.to_string()
        })
    }
}

impl Entry {
    fn has_certificate(&self, der: &[u8]) -> bool {
        match self {
            Self::Key(entry) => entry.chain.iter().any(|certificate| certificate == der),
            Self::Other { .. } => false,
            Self::Trusted { certificate, .. } => certificate == der,
        }
    }
}

/// The leaf of `key`, then issuer by issuer what the keystore has of them.
fn chain(
    key: &PrivateKey,
    local_key_id: Option<&[u8]>,
    certificates: &[Certificate],
) -> Vec<Vec<u8>> {
    let is_meant = |certificate: &&Certificate| {
        local_key_id.is_some() && certificate.local_key_id.as_deref() == local_key_id
    };
    // Several certificates can be of one key, after a renewal: the local key id tells which is meant.
    let of_key = || {
        certificates
            .iter()
            .filter(|certificate| key.is_key_of(&certificate.der))
    };
    let Some(leaf) = of_key().find(is_meant).or_else(|| of_key().next()) else {
        return Vec::new();
    };
    let mut chain = vec![leaf.der.clone()];
    while let Some(issuer) = chain.last().and_then(|last| issuer_of(last, certificates)) {
        if chain.contains(&issuer.der) {
            break;
        }
        chain.push(issuer.der.clone());
    }
    chain
}

/// By name, as Java does; nothing for a certificate that names itself.
fn issuer_of<'a>(certificate: &[u8], certificates: &'a [Certificate]) -> Option<&'a Certificate> {
    let (subject, issuer) = names(certificate)?;
    if subject == issuer {
        return None;
    }
    certificates
        .iter()
        .find(|candidate| names(&candidate.der).is_some_and(|(subject, _)| subject == issuer))
}

/// Subject and issuer, in DER.
fn names(certificate: &[u8]) -> Option<(&[u8], &[u8])> {
    let (_, parsed) = X509Certificate::from_der(certificate).ok()?;
    Some((
        parsed.tbs_certificate.subject.as_raw(),
        parsed.tbs_certificate.issuer.as_raw(),
    ))
}
