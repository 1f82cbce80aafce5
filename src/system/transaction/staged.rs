//! What a caller sees between the last preparation and the first change, to say no at the last moment:
//! all new files, complete, under the names that they have until then.

use std::path::{Path, PathBuf};

use crate::error::{FileError, Result};
use crate::system::atomic;
use crate::system::journal::{PRIVATE, Record};
use crate::system::plan::Plan;
use crate::system::root::{Place, Root};
use crate::system::transaction::changes::Prepared;

/// Asked before the first change; an error ends the transaction, with everything as it was.
pub(crate) type Inspect<'a> = dyn Fn(&Staged<'_>) -> Result<()> + 'a;

/// The new files of a plan, none of them in place yet.
pub(crate) struct Staged<'a> {
    pub(super) root: &'a Root,
    pub(super) plan: &'a Plan,
    pub(super) prepared: &'a [Prepared],
    pub(super) token: &'a str,
}

impl Staged<'_> {
    /// Where the new file for `target` waits, as a child of ours would open it; `None`: the plan does
    /// not write that file.
    #[cfg(test)]
    pub(super) fn path_of(&self, target: &Path) -> Option<PathBuf> {
        self.written()
            .find(|(path, _)| *path == target)
            .map(|(_, staged)| staged)
    }

    /// Every file that the plan writes, with where the new one waits.
    pub(crate) fn written(&self) -> impl Iterator<Item = (&Path, PathBuf)> {
        let changes = self.plan.changes.iter().zip(self.prepared);
        changes.filter_map(|(change, prepared)| Some((change.path.as_path(), prepared.staged()?)))
    }

    /// Writes a variant of a file beside it, where its relative includes still work, for a program to
    /// judge; says where. The plan has to name it in [`Plan::judged`]. It is for its owner alone, takes the
    /// place of an earlier one, and is gone after the inspection.
    pub(crate) fn copy_beside(&self, target: &Path, bytes: &[u8]) -> Result<PathBuf, FileError> {
        if !self.plan.judged.iter().any(|judged| judged == target) {
            return Err(FileError::BadPlan {
                path: target.to_owned(),
                fault: "says nothing of a copy to be judged",
            });
        }
        let Place { folder, name } = self.root.place(target)?;
        let copy = atomic::judged_name(&name, self.token);
        folder.remove(&copy)?;
        atomic::stage(&folder, &copy, bytes, &PRIVATE, &[])?;
        Ok(folder.shown(&copy))
    }
}

/// Removes what [`Staged::copy_beside`] has made, as far as it is there.
pub(super) fn remove_copies(root: &Root, record: &Record) -> Result<(), FileError> {
    for judged in &record.judged {
        match root.place(judged) {
            Ok(Place { folder, name }) => {
                folder.remove(&atomic::judged_name(&name, &record.token))?;
                folder.sync()?;
            }
            Err(error) if error.is_out_of_place() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
