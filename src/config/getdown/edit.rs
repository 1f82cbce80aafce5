//! Pointing the launchers to another scheme, host or port.

use crate::config::getdown::address::Found;
use crate::config::getdown::origin::Parts;
use crate::config::getdown::pair::{pair, pairs, slice};
use crate::config::getdown::{Address, Launcher, Origin};
use crate::config::lines::{Line, line_ending, lines};
use crate::error::GetdownError;

/// Begins the comment that keeps an original line.
///
/// A bare `#` would not do: the example of a vendor, commented out above the line, could not be told from
/// the original, and then one of them would be lost or the comments would pile up.
const ORIGINAL: &[u8] = b"# before dhtls: ";

/// What [`Launcher::point_to`] made of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Edited {
    pub(crate) bytes: Vec<u8>,
    pub(crate) changed: Vec<Changed>,
    /// Addresses that point there already.
    pub(crate) unchanged: Vec<Address>,
    /// Left as they are although they point elsewhere: every `latest`, and a `ui.install_error` that is no
    /// http or https address.
    pub(crate) kept: Vec<Address>,
}

/// An address that points elsewhere now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Changed {
    pub(crate) old: String,
    /// Its line is the one in the edited file.
    pub(crate) new: Address,
}

impl Launcher {
    /// Points `appbase` and every `ui.install_error` to `origin`: user, path and query are kept, and the
    /// original line as a comment above, unless there is one already. So the first original stays,
    /// however often the addresses change.
    ///
    /// What was done is read again and proven. An error if there is no `appbase`.
    pub(crate) fn point_to(&self, origin: &Origin) -> Result<Edited, GetdownError> {
        self.appbase()?;
        self.point_what_is_there_to(origin)
    }

    /// As [`Launcher::point_to`], for a file that need not have an `appbase`, as `getdown.global`.
    pub(crate) fn point_what_is_there_to(&self, origin: &Origin) -> Result<Edited, GetdownError> {
        let mut bytes = Vec::with_capacity(self.bytes.len() + 256);
        let mut copied = 0;
        for (found, parts) in self.to_change(origin) {
            let line = found.line();
            bytes.extend_from_slice(slice(&self.bytes, &(copied..line.start)));
            bytes.extend_from_slice(&self.comment(found));
            bytes.extend_from_slice(slice(&self.bytes, &(line.start..found.pair.value.start)));
            let value = found.pair.value(&self.bytes);
            bytes.extend_from_slice(&repointed(value, parts, origin));
            copied = found.pair.value.end;
        }
        bytes.extend_from_slice(slice(&self.bytes, &(copied..self.bytes.len())));
        self.proven(bytes, origin)
    }

    /// The addresses that point elsewhere.
    fn to_change(&self, origin: &Origin) -> impl Iterator<Item = (&Found, &Parts)> {
        self.found
            .iter()
            .filter(|found| !found.address.is_latest())
            .filter(|found| found.address.origin.as_ref() != Some(origin))
            .filter_map(|found| Some((found, found.parts.as_ref()?)))
    }

    /// The original line as a comment; nothing if the line above is one.
    fn comment(&self, found: &Found) -> Vec<u8> {
        let line = found.line();
        let above = lines(&self.bytes)
            .take_while(|other| other.next <= line.start)
            .last();
        if above.is_some_and(|above| self.is_original_of(above, found)) {
            return Vec::new();
        }
        let ending = match slice(&self.bytes, &(line.end..line.next)) {
            [] => line_ending(&self.bytes),
            ending => ending,
        };
        [
            ORIGINAL,
            slice(&self.bytes, &(line.start..line.end)),
            ending,
        ]
        .concat()
    }

    fn is_original_of(&self, above: Line, found: &Found) -> bool {
        let comment = slice(&self.bytes, &(above.start..above.end));
        if !comment.starts_with(ORIGINAL) {
            return false;
        }
        let original = Line {
            start: above.start + ORIGINAL.len(),
            ..above
        };
        let bytes = &self.bytes;
        let original = pair(bytes, 0, original, self.strict);
        original.is_some_and(|original| {
            original.key(bytes) == found.pair.key(bytes)
                && original.qualifier(bytes) == found.pair.qualifier(bytes)
        })
    }

    /// Reads an edited file again. Checked in every build: launchers that do not start would have to be
    /// mended by hand on every desk.
    pub(super) fn proven(&self, bytes: Vec<u8>, origin: &Origin) -> Result<Edited, GetdownError> {
        let not_proven = || GetdownError::NotProven {
            path: self.path.clone(),
        };
        let edited = Self::parse(&self.path, &bytes).map_err(|_| not_proven())?;
        if !self.keeps_the_rest(&edited, origin) || edited.to_change(origin).next().is_some() {
            return Err(not_proven());
        }
        let mut result = Edited {
            bytes,
            changed: Vec::new(),
            unchanged: Vec::new(),
            kept: Vec::new(),
        };
        for (old, new) in self.addresses().zip(edited.addresses()) {
            let new = new.clone();
            match (old.value == new.value, new.origin.as_ref() == Some(origin)) {
                (false, _) => {
                    let old = old.value.clone();
                    result.changed.push(Changed { old, new });
                }
                (true, true) => result.unchanged.push(new),
                (true, false) if new.value.is_empty() => {}
                (true, false) => result.kept.push(new),
            }
        }
        Ok(result)
    }

    /// Whether all keys, platforms and values are the same, but for the addresses that should change.
    fn keeps_the_rest(&self, edited: &Self, origin: &Origin) -> bool {
        let before = pairs(&self.bytes, self.strict);
        let after = pairs(&edited.bytes, edited.strict);
        let to_change: Vec<Line> = self.to_change(origin).map(|(it, _)| it.line()).collect();
        before.len() == after.len()
            && before.iter().zip(&after).all(|(old, new)| {
                old.key(&self.bytes) == new.key(&edited.bytes)
                    && old.qualifier(&self.bytes) == new.qualifier(&edited.bytes)
                    && (to_change.contains(&old.line)
                        || old.value(&self.bytes) == new.value(&edited.bytes))
            })
    }
}

/// The address with another scheme, host and port.
fn repointed(value: &[u8], parts: &Parts, origin: &Origin) -> Vec<u8> {
    let scheme = format!("{}://", origin.scheme);
    let rest = parts.authority.end..value.len();
    [
        scheme.as_bytes(),
        slice(value, &parts.user),
        origin.authority().as_bytes(),
        slice(value, &rest),
    ]
    .concat()
}
