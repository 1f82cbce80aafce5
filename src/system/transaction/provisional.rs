//! Content that a file has only until the change is proven: a login for the proof, which must not stay.
//! Both contents are staged before anything is changed, so that the last step needs no room on the disk.

use crate::error::FileError;
use crate::system::atomic;
use crate::system::journal::{Deed, Record};
use crate::system::read;
use crate::system::root::{Place, Root};

/// A file with more bytes is none that we wrote.
const MOST: u64 = 64 << 20;

/// Gives every file its final content, each in one step.
///
/// # Errors
/// Among others: someone has edited a file that was provisional.
pub(super) fn make_final(root: &Root, record: &Record) -> Result<(), FileError> {
    for change in &record.changes {
        let Deed::Write {
            provisional: Some(provisional),
            ..
        } = &change.deed
        else {
            continue;
        };
        let Place { folder, name } = root.place(&change.path)?;
        let present = read::at(&folder, &name, MOST)?;
        if present.is_none_or(|present| present.snapshot.sha256 != *provisional) {
            let path = folder.shown(&name);
            return Err(FileError::Changed { path });
        }
        folder.rename(&atomic::final_name(&name, &record.token), &name)?;
        folder.sync()?;
    }
    Ok(())
}
