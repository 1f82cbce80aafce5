//! What can be wrong with the settings file.

use std::fmt;

/// A key or value that is not known.
#[derive(Debug)]
pub(crate) struct SettingsError {
    pub(crate) file: String,
    pub(crate) line: usize,
    pub(crate) problem: String,
}

impl SettingsError {
    pub(crate) fn hint(&self) -> Option<String> {
        Some("README.md lists the keys of the settings file".to_owned())
    }
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.problem)
    }
}
