//! monit's service files and control file.

use crate::config::lines::lines;
use crate::config::monit::{ControlFile, ServiceFile};
use crate::error::Position;
use crate::fuzzing::input::path;

/// Reads the input as both.
pub fn monit(bytes: &[u8]) {
    if let Ok(file) = ServiceFile::parse(&path(), bytes) {
        let is_line = |at: &Position| (1..=lines(bytes).count()).contains(&at.line);
        assert!(!file.processes.is_empty());
        for process in &file.processes {
            assert!(is_line(&process.at));
            if let Some(start) = &process.start {
                assert!(is_line(&start.at));
                let _ = (start.configuration(), start.lighttpd_configuration());
            }
        }
        let _ = file.lighttpd();
    }
    let _ = ControlFile::parse(&path(), bytes);
}
