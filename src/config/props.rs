//! Deephaven's `.prop` files, read as the server reads them and edited without loss.
//!
//! The grammar is not that of `java.util.Properties`; docs/formats.md has it in full. Bytes, not `str`:
//! the server reads them in whatever charset it was started with.

mod edit;
mod escape;
mod file;
mod load;
mod resolve;
mod scope;
mod statement;
#[cfg(test)]
mod tests;
mod text;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

use crate::config::props::file::PropFile;
use crate::config::props::resolve::Place;
use crate::config::props::text::is_blank;
use crate::error::{Position, PropsError};

pub(crate) use scope::Scope;

/// A file as it was read.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    /// As shown in messages; two files are the same if their paths are.
    pub(crate) path: PathBuf,
    pub(crate) bytes: Vec<u8>,
}

/// A property file with all that it includes.
#[derive(Debug)]
pub(crate) struct Properties {
    /// The main file is the first.
    files: Vec<Loaded>,
}

#[derive(Debug)]
struct Loaded {
    file: PropFile,
    /// The bytes as they were read.
    original: Vec<u8>,
    /// For each name of its `includefiles` the file, if there is one.
    included: Vec<Option<usize>>,
}

/// An assignment and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Property {
    pub(crate) key: String,
    /// Escapes undone. A blank at the end belongs to the value, see [`Property::ends_in_blank`].
    pub(crate) value: Vec<u8>,
    /// The scopes around it as in `[service.name=dbquery|dbmerge]`; empty in the global one.
    pub(crate) scope: String,
    pub(crate) at: Position,
    /// Whether a `final` or `finalize` forbids to assign the key once more.
    pub(crate) locked: bool,
}

impl Property {
    /// The value for people, and for programs if it is UTF-8.
    pub(crate) fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.value)
    }

    /// A blank after a path stays in the value, so the server looks for a file of that name.
    pub(crate) fn ends_in_blank(&self) -> bool {
        self.value.last().is_some_and(|last| is_blank(*last))
    }
}

/// What [`Properties::set`] did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    /// A line was added.
    Appended(Position),
    /// The value of that line was replaced.
    Changed(Position),
    /// The value is there already.
    Unchanged(Position),
}

/// Something about the files that a person may want to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Note {
    /// The byte order mark is part of the first key.
    ByteOrderMark(PathBuf),
    /// An included file is not there. The server may find it elsewhere on its class path.
    MissingInclude { at: Position, name: String },
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ByteOrderMark(path) => {
                write!(
                    f,
                    "{}:1: a byte order mark makes this line another one for the server",
                    path.display()
                )
            }
            Self::MissingInclude { at, name } => write!(f, "{at}: included file {name} not found"),
        }
    }
}

impl Properties {
    /// The assignment that decides on `key` for a process, if there is one. An error if the server would
    /// not start with these files, or if the value hangs on something not known of the process.
    pub(crate) fn effective(
        &self,
        key: &str,
        scope: &Scope,
    ) -> Result<Option<Property>, PropsError> {
        let decision = self.decide(key, scope)?;
        let value = |place| self.assignment(place).map(|assignment| &assignment.value);
        let last = decision.last.and_then(value);
        match decision.doubts.iter().find(|doubt| value(**doubt) != last) {
            Some(doubt) => Err(self.uncertain(key, *doubt)),
            None => Ok(decision
                .last
                .and_then(|last| self.property(last, decision.lock.is_some()))),
        }
    }

    /// Every assignment, for whichever process, of the keys that end in `suffix`.
    pub(crate) fn assignments(&self, suffix: &str) -> Vec<Property> {
        let mut found = Vec::new();
        for (file, loaded) in self.files.iter().enumerate() {
            for statement in 0..loaded.file.parsed.statements.len() {
                let place = Place { file, statement };
                let assignment = self
                    .assignment(place)
                    .filter(|it| it.key.ends_with(suffix.as_bytes()));
                let locked = assignment.map(|assignment| !assignment.locks.is_empty());
                found.extend(locked.and_then(|locked| self.property(place, locked)));
            }
        }
        found
    }

    /// The names of services of which some scope speaks, each once.
    pub(crate) fn services(&self) -> Vec<String> {
        let blocks = self.files.iter().flat_map(|it| &it.file.parsed.blocks);
        let conditions = blocks.flat_map(|block| &block.conditions);
        let names = conditions
            .filter(|condition| condition.token == scope::SERVICE)
            .flat_map(|condition| &condition.any_of);
        let names = names.map(|name| String::from_utf8_lossy(name).into_owned());
        names.collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// The files whose bytes are other than when they were read.
    pub(crate) fn changed_files(&self) -> impl Iterator<Item = (&Path, &[u8])> {
        let changed = self
            .files
            .iter()
            .filter(|loaded| loaded.file.bytes != loaded.original);
        changed.map(|loaded| (loaded.file.path.as_path(), loaded.file.bytes.as_slice()))
    }
}
