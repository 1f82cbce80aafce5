//! From bags to entries: keys are decrypted, certificates find their keys, and chains are built.

use x509_parser::prelude::{FromDer, X509Certificate};

use super::bags::{Bag, Content};
use super::{Entry, KeyEntry, Keystore, Protection};
use crate::error::KeystoreError;
use crate::pki::encryption::DerivedKeys;
use crate::pki::key::PrivateKey;
use crate::secret::Secret;

struct Certificate {
    der: Vec<u8>,
    local_key_id: Option<Vec<u8>>,
    is_used: bool,
}

pub(super) fn pair(
    name: &str,
    bags: Vec<Bag>,
    keys: &DerivedKeys,
    protection: Protection,
) -> Result<Keystore, KeystoreError> {
    let mut aliases = Aliases { unnamed: 0 };
    let mut entries = Vec::new();
    let mut local_key_ids = Vec::new();
    let mut certificates = Vec::new();
    for bag in bags {
        let Bag {
            content,
            friendly_name,
            local_key_id,
            is_trusted,
        } = bag;
        match content {
            Content::Certificate(certificate) if is_trusted => {
                let alias = aliases.name(friendly_name);
                entries.push(Entry::Trusted { alias, certificate });
            }
            Content::Certificate(der) => {
                certificates.push(Certificate {
                    der,
                    local_key_id,
                    is_used: false,
                });
            }
            Content::Other(kind) => {
                entries.push(Entry::Other {
                    alias: aliases.name(friendly_name),
                    kind,
                });
            }
            Content::EncryptedKey(encryption, encrypted) => {
                let alias = aliases.name(friendly_name);
                let der = encryption.decrypt(keys, &encrypted);
                let key =
                    der.as_ref()
                        .and_then(load)
                        .ok_or_else(|| KeystoreError::KeyPassphrase {
                            name: name.to_owned(),
                            alias: alias.clone(),
                        })?;
                entries.push(Entry::Key(KeyEntry {
                    alias,
                    key,
                    chain: Vec::new(),
                }));
                local_key_ids.push(local_key_id);
            }
            Content::Key(der) => {
                let what = "private key that can be read";
                let key = load(&der).ok_or_else(|| KeystoreError::Damaged {
                    name: name.to_owned(),
                    what,
                })?;
                let alias = aliases.name(friendly_name);
                entries.push(Entry::Key(KeyEntry {
                    alias,
                    key,
                    chain: Vec::new(),
                }));
                local_key_ids.push(local_key_id);
            }
        }
    }
    let key_entries = entries.iter_mut().filter_map(|entry| match entry {
        Entry::Key(key) => Some(key),
        Entry::Other { .. } | Entry::Trusted { .. } => None,
    });
    for (entry, id) in key_entries.zip(local_key_ids) {
        entry.chain = chain(&entry.key, id.as_deref(), &mut certificates);
    }
    let extra = certificates
        .into_iter()
        .filter(|certificate| !certificate.is_used);
    let extra_certificates = extra.map(|certificate| certificate.der).collect();
    Ok(Keystore {
        entries,
        extra_certificates,
        protection,
    })
}

fn load(pkcs8: &Secret) -> Option<PrivateKey> {
    PrivateKey::from_der(pkcs8.expose())
}

/// Java counts the entries that have no name (JDK 17, `PKCS12KeyStore.java`, getUnfriendlyName).
struct Aliases {
    unnamed: usize,
}

impl Aliases {
    fn name(&mut self, friendly_name: Option<String>) -> String {
        friendly_name.unwrap_or_else(|| {
            self.unnamed += 1;
            self.unnamed.to_string()
        })
    }
}

/// The leaf of `key`, then issuer by issuer what the keystore has of them.
fn chain(
    key: &PrivateKey,
    local_key_id: Option<&[u8]>,
    certificates: &mut [Certificate],
) -> Vec<Vec<u8>> {
    // Several certificates can be of one key, after a renewal: the local key id tells which is meant.
    let mut of_key: Vec<&mut Certificate> = certificates
        .iter_mut()
        .filter(|certificate| key.is_key_of(&certificate.der))
        .collect();
    of_key.sort_by_key(|certificate| {
        local_key_id.is_none() || certificate.local_key_id.as_deref() != local_key_id
    });
    let Some(leaf) = of_key.into_iter().next() else {
        return Vec::new();
    };
    leaf.is_used = true;
    let mut chain = vec![leaf.der.clone()];
    while let Some(issuer) = issuer_of(chain.last(), certificates) {
        issuer.is_used = true;
        if chain.contains(&issuer.der) {
            break;
        }
        chain.push(issuer.der.clone());
    }
    chain
}

/// By name, as Java does; nothing for a certificate that names itself.
fn issuer_of<'a>(
    certificate: Option<&Vec<u8>>,
    certificates: &'a mut [Certificate],
) -> Option<&'a mut Certificate> {
    let (subject, issuer) = names(certificate?)?;
    if subject == issuer {
        return None;
    }
    certificates
        .iter_mut()
        .find(|candidate| names(&candidate.der).is_some_and(|(subject, _)| subject == issuer))
}

/// Subject and issuer, in DER.
fn names(certificate: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let (_, parsed) = X509Certificate::from_der(certificate).ok()?;
    Some((
        parsed.subject().as_raw().to_vec(),
        parsed.issuer().as_raw().to_vec(),
    ))
}
