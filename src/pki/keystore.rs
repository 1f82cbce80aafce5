//! PKCS#12 keystores (RFC 7292) as Java, OpenSSL and Windows write them, and as every Java reads
//! them. A reader and a writer of our own: no library reads all of these dialects, and the writers
//! leave the passphrase in memory. docs/formats.md says who reads what.

mod bags;
mod encode;
mod entries;
mod open;
mod outline;
mod pfx;

use crate::error::KeystoreError;
use crate::pki::key::PrivateKey;
use crate::pki::passphrase::Candidates;
use crate::secret::Secret;

pub(crate) use outline::Outline;

/// An opened keystore: its integrity is proven and every key decrypted.
#[derive(Debug)]
pub(crate) struct Keystore {
    pub(crate) entries: Vec<Entry>,
    /// Certificates, in DER, that belong to no entry. Java ignores them.
    pub(crate) extra_certificates: Vec<Vec<u8>>,
    pub(crate) protection: Protection,
}

/// What Java calls an entry. An alias is as written; Java compares it in lower case, and counts from
/// `1` where there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    Key(KeyEntry),
    /// A secret key, a CRL or something of a vendor's; `kind` says which.
    Other {
        alias: String,
        kind: String,
    },
    Trusted {
        alias: String,
        certificate: Vec<u8>,
    },
}

/// A key with its certificates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyEntry {
    pub(crate) alias: String,
    pub(crate) key: PrivateKey,
    /// In DER, the leaf first; built by issuer names, as Java does. Empty when no certificate is the
    /// key's.
    pub(crate) chain: Vec<Vec<u8>>,
}

/// How a keystore is protected, in words and in what follows for its readers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Protection {
    /// Of the integrity check: `HMAC-SHA256`.
    pub(crate) mac: String,
    pub(crate) mac_iterations: u32,
    /// None when there are no keys, or none of them is encrypted.
    pub(crate) keys: Option<Algorithm>,
    pub(crate) certificates: Option<Algorithm>,
    /// Whether a key lies in it without encryption of its own. Java passes over such keys (17:
    /// `PKCS12KeyStore.java` knows no keyBag), whatever is around them.
    pub(crate) has_bare_key: bool,
    /// The family, for `--profile auto` when the Java is not known.
    pub(crate) profile: Profile,
}

/// `AES-256-CBC, PBKDF2 with HMAC-SHA256`
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Algorithm {
    pub(crate) name: String,
    pub(crate) iterations: u32,
}

/// Which algorithms a keystore is written with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    /// 3DES and a SHA-1 MAC: read by every Java and every OpenSSL.
    Java8,
    /// AES-256 and a SHA-256 MAC: Java 8u301 (OpenJDK 8u342), 11.0.12 and later.
    Modern,
}

impl Profile {
    /// As typed after `--profile`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Java8 => "java8",
            Self::Modern => "modern",
        }
    }
}

impl Keystore {
    /// Opens a keystore. `name` is the file as the user named it.
    ///
    /// # Errors
    /// [`KeystoreError::WrongPassphrase`]; `Damaged` when the bytes are not whole, or the passphrase is
    /// right and the integrity check fails; `Unsupported` for algorithms and formats; `NoMac`;
    /// `TooManyIterations`; `KeyPassphrase`.
    pub(crate) fn open(
        name: &str,
        bytes: &[u8],
        passphrase: &Secret,
    ) -> Result<Self, KeystoreError> {
        open::open(name, bytes, passphrase)
    }

    /// What can be told without the passphrase: how it is protected, and the aliases that are not
    /// encrypted. `None` for what cannot be taken apart.
    pub(crate) fn outline(bytes: &[u8]) -> Option<Outline> {
        outline::outline(bytes)
    }

    /// Opens a keystore with whichever candidate fits, the stripped one first, and says which did.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub(crate) fn open_with<'a>(
        name: &str,
        bytes: &[u8],
        candidates: &'a Candidates,
    ) -> Result<(Self, &'a Secret), KeystoreError> {
        let stripped = candidates.stripped();
        match (Self::open(name, bytes, stripped), candidates.raw()) {
            (Err(KeystoreError::WrongPassphrase { .. }), Some(raw)) => {
                Self::open(name, bytes, raw).map(|keystore| (keystore, raw))
            }
            (result, _) => result.map(|keystore| (keystore, stripped)),
        }
    }

    /// Writes a keystore with one key entry, leaf and whole chain. The salts are random, so equal
    /// content gives other bytes: compare with [`Self::holds_only`].
    ///
    /// # Errors
    /// `Alias`, `Key`, `Leaf` or `Passphrase` for what Java would not read or serve; `Encode`.
    pub(crate) fn encode(
        entry: &KeyEntry,
        passphrase: &Secret,
        profile: Profile,
    ) -> Result<Secret, KeystoreError> {
        encode::encode(entry, passphrase, profile)
    }

    /// The same content with an integrity check that fits it, of one round, so that what it holds can be
    /// changed at will. `None` for what cannot be taken apart.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(crate) fn with_fitting_mac(bytes: &[u8], passphrase: &Secret) -> Option<Vec<u8>> {
        encode::with_fitting_mac(bytes, passphrase)
    }

    /// Whether this is what [`Self::encode`] makes of `entry`: the same alias but for upper and lower
    /// case, key, leaf, other certificates in any order, family of algorithms; and nothing else.
    pub(crate) fn holds_only(&self, entry: &KeyEntry, profile: Profile) -> bool {
        let [Entry::Key(found)] = self.entries.as_slice() else {
            return false;
        };
        let others = found.chain.iter().skip(1).chain(&self.extra_certificates);
        found.alias.eq_ignore_ascii_case(&entry.alias)
            && found.key == entry.key
            && found.chain.first() == entry.chain.first()
            && sorted(others) == sorted(entry.chain.iter().skip(1))
            && self.protection.profile == profile
            && !self.protection.has_bare_key
    }

    /// The key entry of that alias, found as Java finds it.
    pub(crate) fn key_entry(&self, alias: &str) -> Option<&KeyEntry> {
        self.key_entries()
            .find(|entry| entry.alias.eq_ignore_ascii_case(alias))
    }

    pub(crate) fn key_entries(&self) -> impl Iterator<Item = &KeyEntry> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Key(key) => Some(key),
            Entry::Other { .. } | Entry::Trusted { .. } => None,
        })
    }
}

impl Entry {
    pub(crate) fn alias(&self) -> &str {
        match self {
            Self::Key(KeyEntry { alias, .. })
            | Self::Other { alias, .. }
            | Self::Trusted { alias, .. } => alias,
        }
    }
}

fn sorted<'a>(certificates: impl Iterator<Item = &'a Vec<u8>>) -> Vec<&'a Vec<u8>> {
    let mut certificates: Vec<_> = certificates.collect();
    certificates.sort_unstable();
    certificates
}

#[cfg(test)]
mod tests;
