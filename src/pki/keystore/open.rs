//! Opening: the bytes are taken apart, all keys derived at once, the MAC checked, and only then is
//! anything decrypted.

use super::bags::{self, Bag, Content};
use super::pfx::{Fault, Pfx, Safe};
use super::{Algorithm, Keystore, Profile, Protection, entries};
use crate::error::KeystoreError;
use crate::error::keystore::{JKS, PEM};
use crate::pki::asn1::read::{Malformed, Reader};
use crate::pki::encryption::{
    AlgorithmError, Derivation, DerivedKeys, Digest, Encryption, MAX_ITERATIONS, Passphrase,
};
use crate::secret::Secret;

/// Magic numbers of JKS and JCEKS (JDK, `JavaKeyStore.java`, `JceKeyStore.java`).
const JKS_MAGIC: [&[u8]; 2] = [b"\xfe\xed\xfe\xed", b"\xce\xce\xce\xce"];

pub(super) fn open(
    name: &str,
    bytes: &[u8],
    passphrase: &Secret,
) -> Result<Keystore, KeystoreError> {
    if let Some(what) = other_format(bytes) {
        let (name, what) = (name.to_owned(), what.to_owned());
        return Err(KeystoreError::Unsupported { name, what });
    }
    let explain = |fault| explain(name, fault);
    let pfx = Pfx::parse(bytes).map_err(explain)?;
    let safes = pfx.safes().map_err(explain)?;
    let keys = unlock(name, &pfx, &safes, passphrase)?;

    let mut protection = Protection {
        mac: format!("HMAC-{}", pfx.mac.digest.name()),
        mac_iterations: pfx.mac.derivation.iterations,
        keys: None,
        certificates: None,
        has_bare_key: false,
        profile: Profile::Java8,
    };
    if pfx.mac.digest != Digest::Sha1 {
        protection.profile = Profile::Modern;
    }
    let mut bags = Vec::new();
    for safe in &safes {
        let found = open_safe(safe, &keys).map_err(explain)?;
        protection.note(safe, &found);
        bags.extend(found);
    }
    entries::pair(name, bags, &keys, protection)
}

/// Whether the outermost layer is that of a PKCS#12 file.
pub(super) fn is_pkcs12(bytes: &[u8]) -> bool {
    !matches!(
        Pfx::parse(bytes),
        Err(Fault::Algorithm(AlgorithmError::Malformed(_)))
    )
}

fn other_format(bytes: &[u8]) -> Option<&'static str> {
    if JKS_MAGIC.iter().any(|magic| bytes.starts_with(magic)) {
        return Some(JKS);
    }
    let is_pem = bytes.windows(11).any(|window| window == b"-----BEGIN ");
    (is_pem && !is_pkcs12(bytes)).then_some(PEM)
}

/// Derives the keys and proves passphrase and content by the MAC.
fn unlock(
    name: &str,
    pfx: &Pfx<'_>,
    safes: &[Safe<'_>],
    passphrase: &Secret,
) -> Result<DerivedKeys, KeystoreError> {
    let wanted = wanted(pfx, safes);
    let count: u64 = wanted
        .iter()
        .map(|derivation| u64::from(derivation.iterations))
        .sum();
    if count > 2 * MAX_ITERATIONS {
        return Err(KeystoreError::TooManyIterations {
            name: name.to_owned(),
            count,
        });
    }
    let derive = |passphrase| DerivedKeys::new(passphrase, &wanted);
    let keys = derive(Passphrase::new(passphrase));
    if pfx.mac.fits(&keys, &pfx.content) {
        return Ok(keys);
    }
    if passphrase.is_empty() {
        let keys = derive(Passphrase::none());
        if pfx.mac.fits(&keys, &pfx.content) {
            return Ok(keys);
        }
    }
    if safes.iter().any(|safe| opens(safe, &keys)) {
        let what = "content that fits its own integrity check";
        return Err(KeystoreError::Damaged {
            name: name.to_owned(),
            what,
        });
    }
    Err(KeystoreError::WrongPassphrase {
        name: name.to_owned(),
    })
}

/// What will be derived, as far as it can be told before anything is decrypted: with Java's and
/// OpenSSL's files, all of it.
fn wanted(pfx: &Pfx<'_>, safes: &[Safe<'_>]) -> Vec<Derivation> {
    let mut wanted = Vec::new();
    for safe in safes {
        match safe {
            Safe::Encrypted(encryption, _) => wanted.extend(encryption.derivations().cloned()),
            // A fault in it is reported after the MAC, which may explain it.
            Safe::Plain(content) => {
                bags::parse(content)
                    .unwrap_or_default()
                    .iter()
                    .for_each(|bag| {
                        if let Content::EncryptedKey(encryption, _) = &bag.content {
                            wanted.extend(encryption.derivations().cloned());
                        }
                    })
            }
        }
    }
    wanted.push(pfx.mac.derivation.clone());
    wanted
}

/// Whether the keys decrypt something in it to what looks right: then the passphrase is not at fault.
fn opens(safe: &Safe<'_>, keys: &DerivedKeys) -> bool {
    let is_sequence = |encryption: &Encryption, encrypted: &[u8]| {
        encryption
            .decrypt(keys, encrypted)
            .is_some_and(|plain| Reader::new(plain.expose()).sequence("").is_ok())
    };
    match safe {
        Safe::Encrypted(encryption, encrypted) => is_sequence(encryption, encrypted),
        Safe::Plain(content) => {
            bags::parse(content)
                .unwrap_or_default()
                .iter()
                .any(|bag| match &bag.content {
                    Content::EncryptedKey(encryption, encrypted) => {
                        is_sequence(encryption, encrypted)
                    }
                    Content::Certificate(_) | Content::Key(_) | Content::Other(_) => false,
                })
        }
    }
}

fn open_safe(safe: &Safe<'_>, keys: &DerivedKeys) -> Result<Vec<Bag>, Fault> {
    match safe {
        Safe::Encrypted(encryption, encrypted) => {
            let plain = encryption
                .decrypt(keys, encrypted)
                .ok_or(Malformed("content that can be decrypted"))?;
            Ok(bags::parse(plain.expose())?)
        }
        Safe::Plain(content) => Ok(bags::parse(content)?),
    }
}

impl Protection {
    /// Takes down how keys and certificates are encrypted: the first of each that is.
    fn note(&mut self, safe: &Safe<'_>, bags: &[Bag]) {
        for bag in bags {
            self.has_bare_key |= matches!(bag.content, Content::Key(_));
            let (slot, encryption) = match (&bag.content, safe) {
                (Content::EncryptedKey(encryption, _), _)
                | (Content::Key(_), Safe::Encrypted(encryption, _)) => (&mut self.keys, encryption),
                (Content::Certificate(_), Safe::Encrypted(encryption, _)) => {
                    (&mut self.certificates, encryption)
                }
                (_, _) => continue,
            };
            if !encryption.is_for_old_java() {
                self.profile = Profile::Modern;
            }
            slot.get_or_insert_with(|| Algorithm {
                name: encryption.name(),
                iterations: encryption.iterations(),
            });
        }
    }
}

fn explain(name: &str, fault: Fault) -> KeystoreError {
    let name = name.to_owned();
    match fault {
        Fault::NoMac => KeystoreError::NoMac { name },
        Fault::Algorithm(AlgorithmError::Iterations(count)) => {
            KeystoreError::TooManyIterations { name, count }
        }
        Fault::Algorithm(AlgorithmError::Malformed(Malformed(what))) => {
            KeystoreError::Damaged { name, what }
        }
        Fault::Algorithm(AlgorithmError::Unsupported(what)) => {
            KeystoreError::Unsupported { name, what }
        }
    }
}
