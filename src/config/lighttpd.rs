//! The configuration of lighttpd, read as lighttpd reads it and edited without touching another byte.
//!
//! docs/formats.md has the grammar and its sources. Bytes, not `str`: lighttpd knows no charset.

mod comment;
mod edit;
mod entries;
mod evaluate;
mod expression;
mod file;
mod lexer;
mod load;
mod modules;
mod parser;
mod place;
mod scope;
mod sockets;
mod syntax;
#[cfg(test)]
mod tests;
mod value;

use std::borrow::Cow;
use std::path::Path;
use std::rc::Rc;

use crate::config::lighttpd::file::{ConfigFile, Splice, before};
use crate::config::lighttpd::load::ByName;
use crate::config::lighttpd::scope::{Entry, Place, State};
use crate::config::lighttpd::value::entry;
use crate::error::Position;

pub(crate) use crate::config::props::{Change, Source};
pub(crate) use edit::Value;
pub(crate) use lexer::texts;
pub(crate) use load::{include_path, is_pattern};
pub(crate) use sockets::Conditional;
pub(crate) use value::Data;

/// A configuration with all that it includes. Only the main file is ever edited.
#[derive(Debug)]
pub(crate) struct Configuration {
    /// The main file is the first.
    files: Vec<Rc<ConfigFile>>,
    /// The main file as it was read, and what was done to it since.
    original: Rc<ConfigFile>,
    edits: Vec<Vec<Splice>>,
    included: ByName,
    state: State,
}

/// A setting of the global scope, as it is when all files are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Setting {
    pub(crate) key: String,
    pub(crate) data: Data,
    /// The last statement that had a part in it.
    pub(crate) at: Position,
}

impl Setting {
    /// Whether all of it is known. What is not depends on the environment or on an `include_shell`.
    pub(crate) fn is_known(&self) -> bool {
        self.data.is_known()
    }

    /// The value if it is a string.
    pub(crate) fn text(&self) -> Option<Cow<'_, str>> {
        match &self.data {
            Data::Text(text) => Some(String::from_utf8_lossy(text)),
            Data::Integer(_) | Data::List(_) | Data::Unknown => None,
        }
    }

    /// The value if it is a number or a string of digits.
    pub(crate) fn integer(&self) -> Option<i32> {
        self.data.integer()
    }

    /// Whether it is enabled or disabled; none if it is neither.
    pub(crate) fn switch(&self) -> Option<bool> {
        self.data.switch()
    }

    /// The strings of a list.
    pub(crate) fn list(&self) -> Vec<Cow<'_, str>> {
        let Data::List(list) = &self.data else {
            return Vec::new();
        };
        let texts = list.iter().filter_map(|(_, value)| match value {
            Data::Text(text) => Some(String::from_utf8_lossy(text)),
            Data::Integer(_) | Data::List(_) | Data::Unknown => None,
        });
        texts.collect()
    }

    /// The value of one entry of a map.
    pub(crate) fn entry(&self, name: &str) -> Option<&Data> {
        match &self.data {
            Data::List(list) => entry(list, name.as_bytes()),
            Data::Integer(_) | Data::Text(_) | Data::Unknown => None,
        }
    }
}

impl Configuration {
    /// The value of a key for the whole server. Upper and lower case are the same.
    pub(crate) fn value(&self, key: &str) -> Option<Setting> {
        let entry = self.entry(key)?;
        let last = entry.assignments.last()?;
        Some(Setting {
            key: key.to_owned(),
            data: entry.data.clone(),
            at: self.position(last.place()),
        })
    }

    /// The modules that are loaded, in order, less those that lighttpd adds by itself.
    pub(crate) fn modules(&self) -> Vec<String> {
        let modules = self.value(modules::MODULES);
        let list = modules.iter().flat_map(Setting::list);
        list.map(Cow::into_owned).collect()
    }

    /// The names that are included, as they are written but with variables put in, and where.
    pub(crate) fn includes(&self) -> Vec<(String, Position)> {
        let includes = self.state.includes.iter();
        includes
            .map(|include| (include.name.clone(), self.position(include.at)))
            .collect()
    }

    /// Where a program is run whose output counts, if there is one. What it sets is not known.
    pub(crate) fn uses_include_shell(&self) -> Option<Position> {
        let first = self.state.shells.first();
        first.map(|place| self.position(*place))
    }

    /// Every file that was read, the main one first.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &Path> {
        self.files.iter().map(|file| file.path.as_path())
    }

    /// The main file as it is now.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.main().bytes
    }

    /// The main file, if its bytes are other than when it was read.
    #[cfg(test)]
    fn changed(&self) -> Option<(&Path, &[u8])> {
        let main = self.main();
        (main.bytes != self.original.bytes).then_some((main.path.as_path(), main.bytes.as_slice()))
    }

    /// The bytes of the value that counts, if the main file has it.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(crate) fn value_span(&self, key: &str) -> Option<std::ops::Range<usize>> {
        let last = self.entry(key)?.assignments.last()?;
        (last.file == 0).then(|| last.assignment.value.span.clone())
    }

    fn main(&self) -> &ConfigFile {
        &self.files[0]
    }

    fn entry(&self, key: &str) -> Option<&Entry> {
        let key = key.to_ascii_lowercase();
        self.state.scopes.first()?.values.get(key.as_bytes())
    }

    fn position(&self, place: Place) -> Position {
        self.files[place.file].at(place.offset)
    }

    /// The position in the file as it lies on the disk, which is what a person looks at who is told that
    /// an edit is refused.
    fn original_position(&self, place: Place) -> Position {
        if place.file != 0 {
            return self.position(place);
        }
        let edits = self.edits.iter().rev();
        let offset = edits.fold(place.offset, |offset, splices| before(splices, offset));
        self.original.at(offset)
    }
}
