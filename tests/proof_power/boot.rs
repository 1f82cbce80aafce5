//! A machine of our own, as far as mounts and its starts are concerned.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use nix::sched::{CloneFlags, unshare};
use tempfile::NamedTempFile;

use crate::support::live::is_root;
use crate::support::program::output;

/// Names the start of the machine.
const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";

/// What this thread and its children mount from now on is theirs alone, and goes with them, however they
/// end; and over the kernel's name for the start of the machine lies one that [`next_boot`] changes.
///
/// # Errors
/// A container that may not.
pub(crate) fn own_mounts() -> Result<(), String> {
    thread_local! {
        static OWN: OnceCell<Result<(), String>> = const { OnceCell::new() };
    }
    OWN.with(|own| own.get_or_init(separate).clone())
}

fn separate() -> Result<(), String> {
    unshare(CloneFlags::CLONE_NEWNS).map_err(|error| format!("mounts of our own: {error}"))?;
    mount(&["--make-rprivate", "/"])?;
    // It lives on in the mount.
    let file = NamedTempFile::new().unwrap();
    mount(&["--bind", file.path().to_str().unwrap(), BOOT_ID])?;
    next_boot();
    Ok(())
}

/// The machine starts once more. In one step and without an empty file in between, which the runs of other
/// workers would take for a name, and one that does not change.
pub(crate) fn next_boot() {
    static STARTS: AtomicU64 = AtomicU64::new(1);
    let start = STARTS.fetch_add(1, Ordering::Relaxed);
    let name = format!("{start:08x}-0000-4000-8000-000000000000\n");
    let mut file = OpenOptions::new().write(true).open(BOOT_ID).unwrap();
    assert_eq!(file.write(name.as_bytes()).unwrap(), name.len());
}

/// The error is what mount says.
pub(crate) fn mount<A: AsRef<Path>>(arguments: &[A]) -> Result<(), String> {
    let arguments: Vec<&Path> = arguments.iter().map(AsRef::as_ref).collect();
    let mounted = output("mount", &arguments, "");
    match mounted.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&mounted.stderr).trim().to_owned()),
    }
}

#[test]
fn the_machine_has_a_name_at_every_moment() {
    if !is_root() || own_mounts().is_err() {
        return;
    }
    let names = std::thread::scope(|scope| {
        let length = |_| fs::read_to_string(BOOT_ID).unwrap().len();
        let reading = scope.spawn(move || (0..20_000).map(length).collect::<BTreeSet<_>>());
        while !reading.is_finished() {
            next_boot();
        }
        reading.join().unwrap()
    });
    assert_eq!(names, BTreeSet::from([37]));
}
