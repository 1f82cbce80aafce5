//! What happened to certificates that are not simply sent.

use std::fmt;

use time::OffsetDateTime;

use crate::pki::certificate::Certificate;
use crate::pki::findings::date;

use super::Gap;
use super::search::Route;

/// Each names the certificate; `Display` is a line for people.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Note {
    CrossCertificateKept(String),
    Duplicate(String),
    RootLeftOut(String),
    /// Another certificate for the same key, and its last day.
    SameKey(String, OffsetDateTime),
    Unrelated(String),
}

/// Notes about everything in the pool that is neither sent for the path's sake nor the leaf.
pub(super) fn left_out(route: &Route<'_>, pool: &[Certificate], cross: &[usize]) -> Vec<Note> {
    let root = route.root(pool);
    let leaf = route.leaf(pool);
    let mut notes = Vec::new();
    for (index, certificate) in pool.iter().enumerate() {
        let is_root = root.is_some_and(|root| certificate.is_same_entity(root));
        let same_key = |leaf: &Certificate| leaf.public_key_der() == certificate.public_key_der();
        let title = certificate.title();
        if cross.contains(&index) {
            notes.push(Note::CrossCertificateKept(title));
        } else if is_root && certificate.is_self_issued() && Some(certificate) != leaf {
            notes.push(Note::RootLeftOut(title));
        } else if !route.indexes.contains(&index) && !leaf.is_some_and(same_key) {
            notes.push(Note::Unrelated(title));
        }
    }
    notes
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CrossCertificateKept(title) => {
                write!(f, "{title}: cross-certificate kept for older clients")
            }
            Self::Duplicate(title) => write!(f, "{title}: left out, it is there twice"),
            Self::RootLeftOut(title) => write!(f, "{title}: left out, clients have the root"),
            Self::SameKey(title, until) => write!(
                f,
                "{title}: left out, an older or newer one for the same key, valid until {}",
                date(*until)
            ),
            Self::Unrelated(title) => write!(f, "{title}: left out, it did not issue this one"),
        }
    }
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the issuer of {} is missing: {}",
            self.below, self.missing
        )?;
        if self.other_key {
            f.write_str(" (a certificate of that name is here, but another key signed)")?;
        }
        if let Some(url) = &self.url {
            write!(f, " (to be had at {url})")?;
        }
        if self.no_anchors {
            f.write_str(" (this system has no trust anchors to compare with)")?;
        }
        Ok(())
    }
}
