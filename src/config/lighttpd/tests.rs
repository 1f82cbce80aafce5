//! Configurations as a whole; `Files` is a folder in memory.

mod edits;
mod fixtures;
mod grammar;
mod judge;
mod random;
mod refusals;
mod sequence;
mod taken_over;

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::config::lighttpd::{Configuration, Source, is_pattern};
use crate::error::LighttpdError;

/// `lighttpd.conf` and what it includes, by name.
struct Files(BTreeMap<String, Vec<u8>>);

const MAIN: &str = "lighttpd.conf";

impl Files {
    fn main(bytes: impl AsRef<[u8]>) -> Self {
        Self(BTreeMap::new()).with(MAIN, bytes)
    }

    fn with(mut self, name: &str, bytes: impl AsRef<[u8]>) -> Self {
        self.0.insert(name.to_owned(), bytes.as_ref().to_vec());
        self
    }

    fn source(&self, name: &str) -> Option<Source> {
        let bytes = self.0.get(name)?.clone();
        Some(Source {
            path: PathBuf::from(name),
            bytes,
        })
    }

    /// One file, or for a pattern `FOLDER/*` all in that folder.
    fn included(&self, name: &str) -> Vec<Source> {
        let folder = name.split('*').next().unwrap_or_default();
        let names = self.0.keys().filter(|it| match is_pattern(name) {
            true => it.starts_with(folder),
            false => *it == name,
        });
        names.filter_map(|name| self.source(name)).collect()
    }

    fn load(&self) -> Result<Configuration, LighttpdError> {
        let main = self.source(MAIN).expect("there is a main file");
        Configuration::load(main, |name| Ok(self.included(name)))
    }
}

/// The text of the main file after an edit that has to succeed.
fn edited<T>(
    files: &Files,
    edit: impl FnOnce(&mut Configuration) -> Result<T, LighttpdError>,
) -> String {
    let mut configuration = files.load().expect("the files load");
    edit(&mut configuration)
        .map(drop)
        .expect("the edit is done");
    String::from_utf8_lossy(configuration.bytes()).into_owned()
}
