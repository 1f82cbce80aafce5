//! The program that a proof is about.

use std::path::Path;
use std::process::Command;

/// A dhtls: ours, or one with a fault of its own.
#[derive(Clone, Copy)]
pub(crate) struct Program<'a> {
    pub(crate) path: &'a Path,
    /// The fault's name.
    pub(crate) mutant: Option<&'a str>,
}

impl<'a> Program<'a> {
    /// Without a fault.
    pub(crate) fn ours(path: &'a Path) -> Self {
        Self { path, mutant: None }
    }

    pub(crate) fn dressed(&self, mut command: Command) -> Command {
        if let Some(name) = self.mutant {
            command.env("DHTLS_MUTANT", name);
        }
        command
    }
}
