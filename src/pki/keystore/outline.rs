//! A keystore from outside: what is not encrypted of it.

use super::bags::{self, Content};
use super::pfx::{Pfx, Safe};
use super::{Algorithm, Profile, Protection};
use crate::pki::encryption::{Digest, Encryption};

/// What a keystore tells without its passphrase.
#[derive(Debug)]
pub(crate) struct Outline {
    /// Taken as it is usual: the encrypted part holds certificates, the plain one encrypted keys.
    pub(crate) protection: Protection,
    /// Of the keys; certificates have theirs in the encrypted part.
    pub(crate) aliases: Vec<String>,
}

pub(super) fn outline(bytes: &[u8]) -> Option<Outline> {
    let pfx = Pfx::parse(bytes).ok()?;
    let mut outline = Outline {
        protection: Protection {
            mac: format!("HMAC-{}", pfx.mac.digest.name()),
            mac_iterations: pfx.mac.derivation.iterations,
            keys: None,
            certificates: None,
            has_bare_key: false,
            profile: Profile::Java8,
        },
        aliases: Vec::new(),
    };
    if pfx.mac.digest != Digest::Sha1 {
        outline.protection.profile = Profile::Modern;
    }
    for safe in &pfx.safes().ok()? {
        outline.take(safe);
    }
    Some(outline)
}

impl Outline {
    fn take(&mut self, safe: &Safe<'_>) {
        let content = match safe {
            Safe::Encrypted(encryption, _) => {
                let algorithm = self.algorithm(encryption);
                self.protection.certificates.get_or_insert(algorithm);
                return;
            }
            Safe::Plain(content) => content,
        };
        for bag in bags::parse(content).unwrap_or_default() {
            match &bag.content {
                Content::EncryptedKey(encryption, _) => {
                    let algorithm = self.algorithm(encryption);
                    self.protection.keys.get_or_insert(algorithm);
                }
                Content::Key(_) => self.protection.has_bare_key = true,
                Content::Certificate(_) | Content::Other(_) => {}
            }
            self.aliases.extend(bag.friendly_name);
        }
    }

    fn algorithm(&mut self, encryption: &Encryption) -> Algorithm {
        if !encryption.is_for_old_java() {
            self.protection.profile = Profile::Modern;
        }
        Algorithm {
            name: encryption.name(),
            iterations: encryption.iterations(),
        }
    }
}
