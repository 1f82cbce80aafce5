//! What is left to do once nothing has to be put back any more.

use crate::error::FileError;
use crate::system::atomic;
use crate::system::history;
use crate::system::journal::{self, Change, Deed, Found, Journal, Record};
use crate::system::lock::Lock;
use crate::system::root::{Place, Root};
use crate::system::transaction::staged;

/// What can be thrown away once a transaction is proven: second names of old files, copies
/// that were judged, and the oldest transactions. A failure is no reason to doubt the transaction, and the
/// next run tries again.
pub(super) fn settle(root: &Root, lock: &Lock, record: &Record) {
    for change in &record.changes {
        let _ = clear(root, change, &record.token);
    }
    let _ = staged::remove_copies(root, record);
    let _ = prune(lock);
}

fn prune(lock: &Lock) -> Result<(), FileError> {
    let ids = history::ids(&lock.history)?;
    let surplus = ids.len().saturating_sub(lock.keep.max(1));
    for id in ids.into_iter().take(surplus) {
        match Journal::open(&lock.history, id)? {
            Found::Journal(journal) if journal.record.state.is_finished() => {
                journal.remove(&lock.history)?;
            }
            Found::Journal(_) | Found::Damaged => {}
            Found::Nothing => journal::remove_rest(&lock.history, id)?,
        }
    }
    Ok(())
}

/// Removes the names that a proven transaction no longer needs. Saved at once: the transaction after this
/// one, and so the record that nobody asks any more, may be on another disk than the names.
fn clear(root: &Root, change: &Change, token: &str) -> Result<(), FileError> {
    let Deed::Write { .. } = change.deed else {
        return Ok(());
    };
    let Place { folder, name } = root.place(&change.path)?;
    folder.remove(&atomic::staged_name(&name, token))?;
    folder.remove(&atomic::final_name(&name, token))?;
    folder.remove(&atomic::kept_name(&name, token))?;
    folder.sync()
}
