//! What one source holds, and which of its certificates are leaves.

use std::collections::HashSet;

use crate::pki::certificate::Certificate;
use crate::pki::chain::is_key_of;
use crate::pki::findings::{Code, Finding};
use crate::pki::keystore::{Entry, KeyEntry, Keystore};

/// The certificates of one file, keystore or endpoint, each once.
#[derive(Debug)]
pub(crate) struct Contents {
    pub(super) held: Vec<Held>,
    pub(super) origin: Origin,
    pub(super) errors: Vec<Finding>,
    /// That a key is of none of the certificates.
    pub(super) mismatch: Option<Finding>,
}

#[derive(Debug)]
pub(super) struct Held {
    pub(super) certificate: Certificate,
    pub(super) alias: Option<String>,
    pub(super) role: Role,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Origin {
    /// A part of a large file.
    Collection,
    File,
    Keystore,
    Served,
}

/// What a certificate is there for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Role {
    /// From another source, to complete a leaf's chain.
    Elsewhere,
    Leaf,
    /// To complete a leaf's chain, or for nothing.
    Other,
    /// There in its own right: in a trust store.
    Trusted,
}

impl Role {
    pub(super) fn is_leaf(&self) -> bool {
        *self == Self::Leaf
    }
}

impl Contents {
    /// Of a file. The certificate of `key`, a SubjectPublicKeyInfo, is the leaf; without a key all that
    /// are no CA's are.
    pub(crate) fn of_file(certificates: Vec<Certificate>, key: Option<&[u8]>) -> Self {
        let certificates = without_duplicates(certificates);
        let keys_own = key.and_then(|key| {
            let of_key = |certificate: &Certificate| is_key_of(certificate, key);
            certificates.iter().position(of_key)
        });
        let roles: Vec<Role> = match keys_own {
            Some(leaf) => (0..certificates.len())
                .map(|place| role(place == leaf))
                .collect(),
            None => leaves(&certificates),
        };
        let mismatch = (key.is_some() && keys_own.is_none()).then(|| {
            let message = "the private key beside the certificates belongs to none of them";
            Finding::new(Code::KeyMismatch, message)
        });
        // A file of CAs only has no leaf to blame.
        let blamed = mismatch.is_some() && roles.iter().any(Role::is_leaf);
        let held = certificates.into_iter().zip(roles);
        let (mismatch, errors) = match blamed {
            true => (mismatch, Vec::new()),
            false => (None, mismatch.into_iter().collect()),
        };
        Self {
            held: held
                .map(|(certificate, role)| Held {
                    certificate,
                    alias: None,
                    role,
                })
                .collect(),
            origin: Origin::File,
            errors,
            mismatch,
        }
    }

    /// A part of a file that holds more certificates than any server sends. `has_issued` tells those that
    /// others of them say they are from; `has_leaves`, whether it is no trust store.
    pub(crate) fn of_collection(
        part: Vec<Certificate>,
        has_leaves: bool,
        has_issued: impl Fn(&Certificate) -> bool,
    ) -> Self {
        let held = part.into_iter().map(|certificate| Held {
            role: match is_leaf(&certificate, &has_issued) {
                true => Role::Leaf,
                false if has_leaves && !has_issued(&certificate) => Role::Other,
                false => Role::Trusted,
            },
            certificate,
            alias: None,
        });
        Self {
            held: held.collect(),
            origin: Origin::Collection,
            errors: Vec::new(),
            mismatch: None,
        }
    }

    /// Of a keystore: each key entry is a leaf with its chain; the rest belongs to no entry or is one.
    pub(crate) fn of_keystore(keystore: &Keystore) -> Self {
        let mut contents = Self {
            held: Vec::new(),
            origin: Origin::Keystore,
            errors: Vec::new(),
            mismatch: None,
        };
        if keystore.protection.has_bare_key {
            let message = "a private key in the keystore is not encrypted, and Java passes over it";
            let finding = Finding::new(Code::DamagedKeystore, message);
            contents.errors.push(finding);
        }
        for entry in &keystore.entries {
            match entry {
                Entry::Key(entry) => contents.take_key_entry(entry),
                Entry::Trusted { alias, certificate } => {
                    contents.take(certificate, Some(alias), Role::Trusted);
                }
                Entry::Other { .. } => {}
            }
        }
        for certificate in &keystore.extra_certificates {
            contents.take(certificate, None, Role::Other);
        }
        contents
    }

    /// As a server sent them, DER: the first is the leaf.
    pub(crate) fn of_server(chain: &[Vec<u8>]) -> Self {
        let mut contents = Self {
            held: Vec::new(),
            origin: Origin::Served,
            errors: Vec::new(),
            mismatch: None,
        };
        for (place, certificate) in chain.iter().enumerate() {
            contents.take(certificate, None, role(place == 0));
        }
        contents
    }

    /// Says something that no certificate can be blamed for.
    pub(crate) fn complain(&mut self, finding: Finding) {
        self.errors.push(finding);
    }

    /// How many certificates there are.
    pub(crate) fn len(&self) -> usize {
        self.held.len()
    }

    /// The same, with certificates from elsewhere that may complete its chains; they come last.
    pub(crate) fn with_issuers<'a>(
        mut self,
        others: impl IntoIterator<Item = &'a Certificate>,
    ) -> Self {
        let mut seen: HashSet<Vec<u8>> = self
            .held
            .iter()
            .map(|held| held.certificate.der().to_vec())
            .collect();
        let new = others
            .into_iter()
            .filter(|other| seen.insert(other.der().to_vec()));
        let new: Vec<Held> = new
            .map(|certificate| Held {
                certificate: certificate.clone(),
                alias: None,
                role: Role::Elsewhere,
            })
            .collect();
        self.held.extend(new);
        self
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.held.is_empty() && self.errors.is_empty()
    }

    fn take_key_entry(&mut self, entry: &KeyEntry) {
        let alias = Some(&entry.alias);
        for (place, certificate) in entry.chain.iter().enumerate() {
            self.take(certificate, alias, role(place == 0));
        }
        if entry.chain.is_empty() {
            let message = format!("the key {:?} has no certificate beside it", entry.alias);
            self.errors.push(Finding::new(Code::KeyMismatch, message));
        }
    }

    fn take(&mut self, der: &[u8], alias: Option<&String>, role: Role) {
        let same = |held: &&mut Held| held.certificate.der() == der;
        if let Some(held) = self.held.iter_mut().find(same) {
            // The chain of one entry may be the leaf of another.
            if role.is_leaf() {
                held.role = role;
            }
            return;
        }
        match Certificate::read(der) {
            Ok(certificate) => self.held.push(Held {
                certificate,
                alias: alias.cloned(),
                role,
            }),
            Err(reason) => {
                let message = match alias {
                    Some(alias) => {
                        format!("a certificate of the entry {alias:?} is damaged: {reason}")
                    }
                    None => format!("a certificate is damaged: {reason}"),
                };
                self.errors.push(Finding::new(Code::Unreadable, message));
            }
        }
    }
}

fn role(is_leaf: bool) -> Role {
    match is_leaf {
        true => Role::Leaf,
        false => Role::Other,
    }
}

/// Without any leaf it is a trust store.
fn leaves(certificates: &[Certificate]) -> Vec<Role> {
    let issued = certificates
        .iter()
        .filter(|it| it.issuer_der() != it.subject_der());
    let issuers: HashSet<&[u8]> = issued.map(Certificate::issuer_der).collect();
    let has_issued = |certificate: &Certificate| issuers.contains(certificate.subject_der());
    let roles = certificates.iter().map(|it| role(is_leaf(it, has_issued)));
    let mut roles: Vec<Role> = roles.collect();
    if !roles.iter().any(Role::is_leaf) {
        roles.fill(Role::Trusted);
    }
    roles
}

/// A certificate that is no CA's, or a CA's in name only.
pub(crate) fn is_leaf(
    certificate: &Certificate,
    has_issued: impl Fn(&Certificate) -> bool,
) -> bool {
    match certificate.is_ca() {
        // `openssl req -x509` marks a server's self-signed certificate as a CA's.
        true => {
            certificate.has_server_names()
                && certificate.is_self_issued()
                && !has_issued(certificate)
        }
        // Roots of version 1 are not marked at all.
        false => !(certificate.is_self_issued() && has_issued(certificate)),
    }
}

fn without_duplicates(certificates: Vec<Certificate>) -> Vec<Certificate> {
    let mut seen = HashSet::with_capacity(certificates.len());
    let is_new: Vec<bool> = certificates
        .iter()
        .map(|it| seen.insert(it.der()))
        .collect();
    let kept = certificates.into_iter().zip(is_new);
    kept.filter_map(|(certificate, is_new)| is_new.then_some(certificate))
        .collect()
}
