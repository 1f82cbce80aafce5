//! A report that other programs read whenever they like: it is whole at every moment.

use std::ffi::OsStr;
use std::path::Path;

use crate::error::FileError;
use crate::system::atomic;
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
    let attributes = Attributes {
        mode: MODE,
        owner: None,
    };
    let staged = atomic::staged_name(name, &random::hex::<8>()?);
    let replaced = atomic::stage(folder, &staged, bytes, &attributes, &[])
        .and_then(|()| folder.rename(&staged, name))
        .and_then(|()| folder.sync());
    if replaced.is_err() {
        // The first fault is the one to be told.
        let _ = folder.remove(&staged);
    }
    replaced
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
