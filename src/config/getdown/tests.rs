//! Launcher files as a whole.

mod fixtures;
mod proven;
mod random;
mod reading;
mod refusals;

use std::fs;
use std::path::{Path, PathBuf};

use crate::config::getdown::{Launcher, Origin, Scheme};
use crate::error::GetdownError;

fn parse(bytes: impl AsRef<[u8]>) -> Result<Launcher, GetdownError> {
    Launcher::parse(Path::new("getdown.txt"), bytes.as_ref())
}

fn https() -> Origin {
    Origin::new(Scheme::Https, "cus.example.com", 443).unwrap()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/getdown")
}

fn fixture(name: &str, state: &str) -> Vec<u8> {
    let path = folder().join(format!("{name}.{state}"));
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The names of all fixtures with this ending.
fn on_disk(state: &str) -> Vec<String> {
    let files = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    let mut names: Vec<String> = files
        .filter_map(|name| Some(name.to_str()?.strip_suffix(state)?.to_owned()))
        .collect();
    names.sort();
    names
}
