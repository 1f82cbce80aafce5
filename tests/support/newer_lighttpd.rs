//! A lighttpd whose own default is TLS 1.3 alone (1.4.77 and later), fetched by tests/run.sh: no system
//! that the tests run on has one yet.

use std::path::PathBuf;

use super::program;

/// A script that runs it with its own libraries; none, and a word on stderr, when it could not be fetched.
pub(crate) fn newer_lighttpd() -> Option<PathBuf> {
    let script = program::cache().join("newer-lighttpd/lighttpd");
    if !script.is_file() {
        eprintln!("skipped: no newer lighttpd in {}", script.display());
        return None;
    }
    Some(script)
}

/// The program itself, which tells its release.
pub(crate) fn newer_program() -> Option<Vec<u8>> {
    let script = newer_lighttpd()?;
    Some(std::fs::read(script.with_file_name("usr/sbin/lighttpd")).unwrap())
}
