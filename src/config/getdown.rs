//! The launcher file `getdown.txt`: addresses changed in place, every other byte kept.
//!
//! Read as `com.threerings.getdown.util.Config` of getdown reads it; docs/formats.md has its rules.
//! Bytes, not `str`: one wrong byte in a comment must not keep an address from being changed.

mod address;
mod edit;
mod origin;
mod pair;
mod platform;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use crate::config::getdown::address::{Found, is_address_key, misspelt};
use crate::config::getdown::pair::{Pair, pairs};
use crate::error::{GetdownError, Position};

pub(crate) use address::Address;
pub(crate) use edit::Edited;
pub(crate) use origin::{Origin, Scheme};
pub(crate) use platform::Clash;

/// A launcher file that launchers can read.
#[derive(Debug)]
pub(crate) struct Launcher {
    path: PathBuf,
    bytes: Vec<u8>,
    /// Whether `#` begins a comment in the first column only.
    strict: bool,
    /// In the order of the file.
    found: Vec<Found>,
}

impl Launcher {
    /// Reads a file; `path` is for messages. An error if launchers could not start with it, or would not
    /// see an address that a person sees.
    pub(crate) fn parse(path: &Path, bytes: &[u8]) -> Result<Self, GetdownError> {
        let file = File { path, bytes };
        file.refuse_what_is_no_text()?;
        let loose = pairs(bytes, false);
        let mut switches = loose
            .iter()
            .filter(|pair| pair.key(bytes) == b"strict_comments");
        let switch = switches.next();
        if let (Some(first), Some(second)) = (switch, switches.next()) {
            return Err(file.duplicate("strict_comments", first, second));
        }
        // Java's `Boolean.parseBoolean`.
        let switch = switch.filter(|pair| pair.value(bytes).eq_ignore_ascii_case(b"true"));
        let found = match switch {
            None => file.addresses(&loose)?,
            Some(_) => file.addresses(&pairs(bytes, true))?,
        };
        if let Some(switch) = switch
            && switch.qualifier.is_some()
            && file.addresses(&loose).as_ref() != Ok(&found)
        {
            let at = file.position(switch);
            return Err(GetdownError::StrictOnSomePlatforms { at });
        }
        Ok(Self {
            path: path.to_owned(),
            bytes: bytes.to_vec(),
            strict: switch.is_some(),
            found,
        })
    }

    /// Every `appbase`, `latest`, `ui.install_error` and `ui.install_error.LANGUAGE`, in the order of the file.
    pub(crate) fn addresses(&self) -> impl Iterator<Item = &Address> {
        self.found.iter().map(|found| &found.address)
    }

    /// Where launchers find their files: the `appbase` for all platforms, else the first one.
    pub(crate) fn appbase(&self) -> Result<&Address, GetdownError> {
        let appbases = || self.addresses().filter(|address| address.is_appbase());
        appbases()
            .find(|address| address.qualifier.is_none())
            .or_else(|| appbases().next())
            .ok_or_else(|| GetdownError::NoAppbase {
                path: self.path.clone(),
            })
    }

    /// Lines of one key for different platforms that both apply on some platform, where launchers then do
    /// not start. No reason to refuse: on the other platforms they do.
    pub(crate) fn clashes(&self) -> Vec<Clash> {
        let mut clashes = Vec::new();
        for (index, second) in self.found.iter().enumerate() {
            let earlier = self.found.iter().take(index);
            let clash = earlier.filter_map(|first| Clash::between(&first.address, &second.address));
            clashes.extend(clash);
        }
        clashes
    }
}

/// A file while it is read.
struct File<'a> {
    path: &'a Path,
    bytes: &'a [u8],
}

impl File<'_> {
    fn refuse_what_is_no_text(&self) -> Result<(), GetdownError> {
        let marks: [&[u8]; 3] = [b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"];
        if marks.iter().any(|mark| self.bytes.starts_with(mark)) {
            let at = self.at(1);
            return Err(GetdownError::ByteOrderMark { at });
        }
        let lines = crate::config::lines::lines(self.bytes);
        let text = |line: &crate::config::lines::Line| self.bytes.get(line.start..line.end);
        match (1..)
            .zip(lines)
            .find(|(_, line)| text(line).is_some_and(|text| text.contains(&0)))
        {
            Some((number, _)) => Err(GetdownError::Nul {
                at: self.at(number),
            }),
            None => Ok(()),
        }
    }

    /// The addresses among `pairs`; refuses what launchers would refuse or overlook.
    fn addresses(&self, pairs: &[Pair]) -> Result<Vec<Found>, GetdownError> {
        let mut found: Vec<(&Pair, Found)> = Vec::new();
        for pair in pairs {
            let key = pair.key(self.bytes);
            if let Some((key, fault)) = misspelt(pair, self.bytes) {
                let at = self.position(pair);
                return Err(GetdownError::Address { key, at, fault });
            }
            if !is_address_key(key) {
                continue;
            }
            let this = Found::read(pair, self.bytes, self.position(pair))?;
            if let Some((first, _)) = found
                .iter()
                .find(|(_, earlier)| earlier.address.replaces(&this.address))
            {
                return Err(self.duplicate(&this.address.key, first, pair));
            }
            found.push((pair, this));
        }
        Ok(found.into_iter().map(|(_, found)| found).collect())
    }

    fn duplicate(&self, key: &str, first: &Pair, second: &Pair) -> GetdownError {
        GetdownError::Duplicate {
            key: key.to_owned(),
            first: self.position(first),
            second: self.position(second),
        }
    }

    fn position(&self, pair: &Pair) -> Position {
        self.at(pair.number)
    }

    fn at(&self, line: usize) -> Position {
        Position {
            path: self.path.to_owned(),
            line,
        }
    }
}
