//! A thousand changes in one process leave no descriptor behind.
//!
//! A program of its own, with this one test: a child that another test starts has the lock of a run here
//! until it becomes another program, and the next run would be told to come back.
#![allow(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

mod support;

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use support::cus_staged::cus;
use support::proof::is_full;
use support::stand_in::{HOST, KEYSTORE, authority};

/// Descriptors of this process that lead below a folder.
fn open_below(folder: &Path) -> Vec<std::path::PathBuf> {
    let descriptors = fs::read_dir("/proc/self/fd").unwrap();
    let led = descriptors.filter_map(|entry| fs::read_link(entry.unwrap().path()).ok());
    led.filter(|path| path.starts_with(folder)).collect()
}

#[test]
fn no_descriptor_is_left_behind() {
    if !support::live::is_root() {
        // dhtls closes /proc/self to the user who runs it.
        return;
    }
    let server = cus();
    for name in ["one", "two"] {
        authority().pair(&[HOST]).write(&server.scratch, name);
        server.succeeds(&format!(
            "--root root install-webapi --crt {name}.crt --key {name}.key --ca ca.crt"
        ));
    }
    let folder = server.scratch.folder();
    let root = server.path("root").into_os_string();
    let run = || {
        let line = ["dhtls", "--root", root.to_str().unwrap(), "-q", "rollback"];
        dhtls::run(line.map(OsString::from), &mut dhtls::Host::real())
    };
    let runs = if is_full() { 1000 } else { 50 };
    for _ in 0..runs {
        assert_eq!(run(), ExitCode::SUCCESS);
    }
    assert_eq!(open_below(folder), Vec::<std::path::PathBuf>::new());
    let file = fs::File::open(server.path(KEYSTORE)).unwrap();
    assert_eq!(open_below(folder).len(), 1);
    drop(file);
}
