//! What one input is made of.

use std::path::PathBuf;

/// The parts of an input between NUL bytes: a file, then what it is edited with. A file of testdata is
/// an input without further parts.
pub(super) struct Input<'a> {
    parts: Vec<&'a [u8]>,
}

impl<'a> Input<'a> {
    pub(super) fn of(bytes: &'a [u8]) -> Self {
        Self {
            parts: bytes.split(|byte| *byte == 0).collect(),
        }
    }

    /// The file to edit.
    pub(super) fn main(&self) -> &'a [u8] {
        self.part(0)
    }

    /// Every file that the main one includes.
    pub(super) fn included(&self) -> &'a [u8] {
        self.part(2)
    }

    /// What to put into the file; `usual` where the input does not say.
    pub(super) fn wanted(&self, usual: &'a str) -> &'a str {
        match std::str::from_utf8(self.part(1)) {
            Ok("") | Err(_) => usual,
            Ok(text) => text,
        }
    }

    fn part(&self, index: usize) -> &'a [u8] {
        self.parts.get(index).copied().unwrap_or_default()
    }
}

/// What messages call the file.
pub(super) fn path() -> PathBuf {
    PathBuf::from("main")
}
