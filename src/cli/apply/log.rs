//! The ends of logs: what was written there since the restart.

use std::io::{Read, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::server::services;
use crate::system::host::Host;
use crate::system::plan::Restart;
use crate::system::root::Root;

/// Lines of each log that a person reads at night.
const LINES: usize = 8;

/// More than a start writes before it fails.
const BYTES: u64 = 256 << 10;

/// How far the logs of a service had come before the restart: its own, and monit's, which has what a
/// program says that does not get as far as its own log.
pub(crate) struct LogMarks {
    own: Vec<LogMark>,
    of_monit: Vec<LogMark>,
    service: String,
}

impl LogMarks {
    /// `own` are the service's logs below the root; monit's are those of the restart's command.
    pub(crate) fn now(host: &Host, own: &[PathBuf], restart: Option<&Restart>) -> Self {
        let of_monit = restart.map(|restart| services::monit_logs(&restart.monit));
        let mark = |root: &Root, path: &PathBuf| LogMark::now(root, path);
        Self {
            own: own.iter().map(|path| mark(&host.root, path)).collect(),
            of_monit: of_monit
                .unwrap_or_default()
                .iter()
                .map(|path| mark(&Root::real(), path))
                .collect(),
            service: restart.map_or_else(String::new, |restart| restart.service.clone()),
        }
    }

    /// The lines since then that say why; nothing of logs that cannot be read.
    pub(crate) fn lines_since(&self, host: &Host) -> Vec<String> {
        let own = self.own.iter().flat_map(|mark| {
            mark.lines_since(&host.root, |text| services::last_log_lines(text, LINES))
        });
        let of_monit = self.of_monit.iter().flat_map(|mark| {
            mark.lines_since(&Root::real(), |text| {
                services::monit_log_lines(text, &self.service, LINES)
            })
        });
        own.chain(of_monit).collect()
    }
}

/// How far one log had come.
struct LogMark {
    path: PathBuf,
    inode: u64,
    length: u64,
}

impl LogMark {
    fn now(root: &Root, path: &Path) -> Self {
        let file = root.open(path).ok();
        let found = file.and_then(|file| file.metadata().ok());
        Self {
            path: path.to_owned(),
            inode: found.as_ref().map_or(0, MetadataExt::ino),
            length: found.map_or(0, |found| found.len()),
        }
    }

    fn lines_since(&self, root: &Root, choose: impl FnOnce(&[u8]) -> Vec<String>) -> Vec<String> {
        let mut lines = self.read(root).map_or_else(Vec::new, |text| choose(&text));
        if !lines.is_empty() {
            lines.insert(0, format!("{} says:", root.shown(&self.path).display()));
        }
        lines
    }

    fn read(&self, root: &Root) -> Option<Vec<u8>> {
        let mut file = root.open(&self.path).ok()?;
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
