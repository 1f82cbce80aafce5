//! A report that other programs read whenever they like: it is whole at every moment.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::path::Path;

use nix::sys::stat::fstat;
use nix::unistd::Uid;

use crate::error::FileError;
use crate::system::atomic;
use crate::system::call::again;
use crate::system::folder::Folder;
use crate::system::plan::{Attributes, Mode};
use crate::system::random;
use crate::system::root::Root;
use crate::system::snapshot;

/// Readable for everyone: node_exporter runs as a user of its own.
const MODE: Mode = Mode(0o644);

/// Replaces the file, or creates it. Below `--root` an absolute path lies there, a relative one in the
/// current folder.
///
/// # Errors
/// A folder that is not there or that others may turn; a link, pipe or device at the path.
pub(crate) fn publish(root: &Root, path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    if path.is_absolute() {
        let place = root.place(path)?;
        return replace(&place.folder, &place.name, bytes);
    }
    let current = std::env::current_dir().map_err(|error| FileError::io("open", ".", error))?;
    let place = Root::real().place(&current.join(path))?;
    replace(&place.folder, &place.name, bytes)
}

fn replace(folder: &Folder, name: &OsStr, bytes: &[u8]) -> Result<(), FileError> {
    // Replacing /dev/null would be the end of many a server.
    let there = folder.stat(name)?;
    if let Some(kind) = there.as_ref().and_then(snapshot::other_kind) {
        let path = folder.shown(name);
        return Err(FileError::Kind { path, kind });
    }
    remove_abandoned(folder, name);
    let (staged, file) = create(folder, name)?;
    let replaced = write(folder, &staged, file, bytes)
        .and_then(|_locked| folder.rename(&staged, name))
        .and_then(|()| folder.sync());
    if replaced.is_err() {
        // The first fault is the one to be told.
        let _ = folder.remove(&staged);
    }
    replaced
}

/// A new file beside the report, locked as long as its writer lives: no record knows of it, so this is
/// how the next run tells it from what a dead one has left.
fn create(folder: &Folder, name: &OsStr) -> Result<(OsString, File), FileError> {
    loop {
        let staged = atomic::report_name(name, &random::hex::<8>()?);
        let file = folder.create(&staged)?;
        // Where nothing can be locked nothing is taken for abandoned either.
        let _ = again(|| file.lock());
        // Between the two calls another run may have taken it for abandoned.
        let stat = folder.say("look at", &staged, again(|| fstat(&file)));
        match stat {
            Ok(stat) if stat.st_nlink == 0 => {}
            Ok(_) => return Ok((staged, file)),
            Err(error) => {
                let _ = folder.remove(&staged);
                return Err(error);
            }
        }
    }
}

fn write(folder: &Folder, staged: &OsStr, mut file: File, bytes: &[u8]) -> Result<File, FileError> {
    let attributes = Attributes {
        mode: MODE,
        owner: None,
    };
    let filled = atomic::fill(&mut file, bytes, &attributes, &[]);
    folder.say("write", staged, filled)?;
    Ok(file)
}

/// What runs that died have left; whatever goes wrong here is left to the next run.
fn remove_abandoned(folder: &Folder, name: &OsStr) {
    let pattern = atomic::report_name(name, "*");
    let Some((start, end)) = pattern.to_str().and_then(|name| name.split_once('*')) else {
        return;
    };
    for other in folder.names().unwrap_or_default() {
        let is_one = other.to_str().is_some_and(|other| {
            let token = other.strip_prefix(start);
            let token = token.and_then(|rest| rest.strip_suffix(end));
            token.is_some_and(|token| token.len() == 16 && !token.contains('.'))
        });
        if is_one && folder.open(&other).is_ok_and(|file| is_abandoned(&file)) {
            let _ = folder.remove(&other);
        }
    }
}

/// Nobody writes it, and it is ours to remove.
fn is_abandoned(file: &File) -> bool {
    let ours = again(|| fstat(file)).is_ok_and(|stat| stat.st_uid == Uid::effective().as_raw());
    ours && file.try_lock().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::scratch::Scratch;

    #[test]
    fn a_report_is_replaced_for_everyone_to_read_and_leaves_nothing_else_behind() {
        let scratch = Scratch::new();
        scratch.make_folder("/textfiles", 0o755);
        scratch.file("/textfiles/dhtls.prom", "old and longer", 0o600);
        let path = Path::new("/textfiles/dhtls.prom");
        publish(&scratch.host.root, path, b"new").unwrap();
        assert_eq!(scratch.read("/textfiles/dhtls.prom"), "new");
        let folder = scratch.host.root.folder(Path::new("/textfiles")).unwrap();
        assert_eq!(folder.names().unwrap(), ["dhtls.prom"]);
        let stat = folder.stat(OsStr::new("dhtls.prom")).unwrap().unwrap();
        assert_eq!(snapshot::mode(&stat), MODE);
    }

    #[test]
    fn what_a_dead_run_has_left_goes_and_what_a_living_one_writes_stays() {
        let scratch = Scratch::new();
        scratch.make_folder("/textfiles", 0o755);
        let path = |token: &str| {
            let name = atomic::report_name(OsStr::new("dhtls.prom"), token);
            Path::new("/textfiles").join(name)
        };
        let [dead, living, foreign] = ["0123456789abcdef", "fedcba9876543210", "note"].map(path);
        for path in [&dead, &living, &foreign] {
            scratch.file(path.to_str().unwrap(), "half", 0o600);
        }
        let held = File::open(scratch.real(living.to_str().unwrap())).unwrap();
        held.lock().unwrap();
        publish(
            &scratch.host.root,
            Path::new("/textfiles/dhtls.prom"),
            b"new",
        )
        .unwrap();
        for (path, stays) in [(dead, false), (living, true), (foreign, true)] {
            assert_eq!(scratch.real(path.to_str().unwrap()).exists(), stays);
        }
        assert_eq!(scratch.read("/textfiles/dhtls.prom"), "new");
    }

    #[test]
    fn what_is_no_file_stays() {
        let scratch = Scratch::new();
        scratch.file("/real", "untouched", 0o644);
        scratch.link("/link", "/real");
        scratch.make_folder("/folder", 0o755);
        for path in ["/link", "/folder", "/nowhere/report"] {
            let refused = publish(&scratch.host.root, Path::new(path), b"new");
            assert!(refused.is_err(), "{path}");
        }
        assert_eq!(scratch.read("/real"), "untouched");
    }
}
