//! The end of a service's log: what was written there since the restart.

use std::io::{Read, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::server::services;
use crate::system::host::Host;

/// Lines that a person reads at night.
const LINES: usize = 8;

/// More than a start writes before it fails.
const BYTES: u64 = 256 << 10;

/// How far a log had come before the restart.
pub(crate) struct LogMark {
    path: Option<PathBuf>,
    inode: u64,
    length: u64,
}

impl LogMark {
    pub(crate) fn now(host: &Host, path: Option<&Path>) -> Self {
        let found = path.and_then(|path| host.root.open(path).ok()?.metadata().ok());
        Self {
            path: path.map(Path::to_owned),
            inode: found.as_ref().map_or(0, MetadataExt::ino),
            length: found.map_or(0, |found| found.len()),
        }
    }

    /// The lines since then that say why; nothing when the log cannot be read.
    pub(crate) fn lines_since(&self, host: &Host) -> Vec<String> {
        let Some(path) = &self.path else {
            return Vec::new();
        };
        let Some(text) = self.read(host, path) else {
            return Vec::new();
        };
        let mut lines = services::last_log_lines(&text, LINES);
        if !lines.is_empty() {
            lines.insert(0, format!("{} says:", host.root.shown(path).display()));
        }
        lines
    }

    fn read(&self, host: &Host, path: &Path) -> Option<Vec<u8>> {
        let mut file = host.root.open(path).ok()?;
        let found = file.metadata().ok().filter(|found| found.is_file())?;
        // A log that was rotated meanwhile is new from its first line.
        let same = found.ino() == self.inode && found.len() >= self.length;
        let start = if same { self.length } else { 0 };
        let start = start.max(found.len().saturating_sub(BYTES));
        file.seek(SeekFrom::Start(start)).ok()?;
        let mut text = Vec::new();
        file.take(BYTES).read_to_end(&mut text).ok()?;
        Some(text)
    }
}
