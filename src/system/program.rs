//! Programs of this machine that dhtls may run.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use nix::unistd::Uid;

/// We may be root: a program that irisadmin can replace must not be run, or irisadmin is root too.
/// `program` is absolute and has no links in it.
pub(crate) fn only_we_or_root_can_change(program: &Path) -> bool {
    const WRITABLE_BY_OTHERS: u32 = 0o022;
    const STICKY: u32 = 0o1000;
    program.ancestors().all(|path| {
        fs::symlink_metadata(path).is_ok_and(|metadata| {
            let owned = metadata.uid() == 0 || metadata.uid() == Uid::effective().as_raw();
            let closed = metadata.mode() & WRITABLE_BY_OTHERS == 0;
            // In a folder like /tmp others can write, but not replace what is ours.
            owned && (closed || metadata.is_dir() && metadata.mode() & STICKY != 0)
        })
    })
}
