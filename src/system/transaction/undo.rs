//! One change made undone, whatever its state: not begun, half made, made, or undone already. Asks the
//! disk and not the memory, so that it can itself die anywhere and be repeated.

use std::ffi::OsStr;
use std::io::ErrorKind;
use std::path::Path;

use nix::sys::stat::FileStat;

use crate::error::FileError;
use crate::system::atomic;
use crate::system::folder::Folder;
use crate::system::journal::{After, Change, Deed, Journal};
use crate::system::plan::Attributes;
use crate::system::read;
use crate::system::root::{Place, Root};
use crate::system::snapshot::Snapshot;

/// A file with more bytes than this is none that we wrote, nor one that we replaced.
const MOST: u64 = 64 << 20;

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Undone {
    AsBefore,
    /// Someone else has changed it since: their work stays.
    LeftAlone,
}

/// What lies at a target.
enum Now {
    File(Box<Snapshot>),
    Nothing,
    /// No file, or one too large to be ours.
    Other,
}

/// Undoes the change of that number. `begun`: its target may have been touched.
pub(super) fn undo(
    root: &Root,
    journal: &Journal,
    index: usize,
    change: &Change,
    begun: bool,
) -> Result<Undone, FileError> {
    let place = match root.place(&change.path) {
        Ok(place) => place,
        Err(error) if error.is_out_of_place() => {
            return Ok(match &change.deed {
                Deed::Write { before: None, .. } | Deed::CreateFolder(_) => Undone::AsBefore,
                _ if !begun => Undone::AsBefore,
                _ => Undone::LeftAlone,
            });
        }
        Err(error) => return Err(error),
    };
    let undone = match &change.deed {
        Deed::Write {
            before,
            after,
            provisional,
            ..
        } => {
            let written = Written {
                journal,
                index,
                place: &place,
                before: before.as_ref(),
                ours: (after, provisional.as_deref()),
            };
            written.undo(begun)?
        }
        _ if !begun => return Ok(Undone::AsBefore),
        Deed::Remove { before } => undo_remove(journal, index, &place, before)?,
        Deed::Rename { to, before } => undo_rename(root, &place, to, before)?,
        Deed::CreateFolder(_) => undo_create_folder(&place)?,
        Deed::RemoveFolder(attributes) => undo_remove_folder(&place, attributes)?,
    };
    place.folder.sync()?;
    Ok(undone)
}

/// A file that was created or replaced.
struct Written<'a> {
    journal: &'a Journal,
    index: usize,
    place: &'a Place,
    before: Option<&'a Snapshot>,
    /// What we may have written there: the final content, and a provisional one by its SHA-256.
    ours: (&'a After, Option<&'a str>),
}

impl Written<'_> {
    fn undo(&self, begun: bool) -> Result<Undone, FileError> {
        let Place { folder, name } = self.place;
        let token = &self.journal.record.token;
        let staged = atomic::staged_name(name, token);
        let kept = atomic::kept_name(name, token);
        // While the new file still has its staged name alone, the target is not ours.
        let pending = match folder.stat(&staged)? {
            Some(stat) => !is_also(folder, name, &stat)?,
            None => false,
        };
        let undone = match begun && !pending {
            true => self.restore(&kept)?,
            false => Undone::AsBefore,
        };
        folder.remove(&kept)?;
        folder.remove(&staged)?;
        folder.remove(&atomic::final_name(name, token))?;
        Ok(undone)
    }

    fn restore(&self, kept: &OsStr) -> Result<Undone, FileError> {
        let Place { folder, name } = self.place;
        match (self.before, look(folder, name)?) {
            (None, Now::Nothing) => {}
            (None, Now::File(file)) if self.is_ours(&file) => folder.remove(name)?,
            (Some(before), Now::File(file)) if file.equals(before) => {}
            (Some(before), Now::File(file)) if self.is_ours(&file) => {
                self.bring_back(before, kept)?;
                folder.rename(kept, name)?;
            }
            // The old bytes with another mode or owner: someone set them, and we did not.
            (Some(before), Now::File(file)) if file.sha256 == before.sha256 => {}
            (None | Some(_), Now::File(_) | Now::Nothing | Now::Other) => {
                return Ok(Undone::LeftAlone);
            }
        }
        Ok(Undone::AsBefore)
    }

    fn is_ours(&self, file: &Snapshot) -> bool {
        let (after, provisional) = self.ours;
        file.sha256 == after.sha256 || Some(file.sha256.as_str()) == provisional
    }

    /// Makes the kept name the old file: it may be that, or half a copy, or missing.
    fn bring_back(&self, before: &Snapshot, kept: &OsStr) -> Result<(), FileError> {
        let folder = &self.place.folder;
        if let Now::File(file) = look(folder, kept)?
            && file.equals(before)
        {
            return Ok(());
        }
        folder.remove(kept)?;
        copy_back(self.journal, self.index, folder, kept, before)
    }
}

fn copy_back(
    journal: &Journal,
    index: usize,
    folder: &Folder,
    name: &OsStr,
    before: &Snapshot,
) -> Result<(), FileError> {
    let bytes = journal.backup(index, before)?;
    let attributes = Attributes {
        mode: before.mode,
        owner: Some(before.owner),
    };
    atomic::stage(folder, name, bytes.expose(), &attributes, &before.extended)
}

fn undo_remove(
    journal: &Journal,
    index: usize,
    place: &Place,
    before: &Snapshot,
) -> Result<Undone, FileError> {
    let Place { folder, name } = place;
    let kept = atomic::kept_name(name, &journal.record.token);
    let undone = match look(folder, name)? {
        Now::Nothing => {
            folder.remove(&kept)?;
            copy_back(journal, index, folder, &kept, before)?;
            folder.move_to(&kept, folder, name)?;
            Undone::AsBefore
        }
        Now::File(file) if file.sha256 == before.sha256 => Undone::AsBefore,
        Now::File(_) | Now::Other => Undone::LeftAlone,
    };
    folder.remove(&kept)?;
    Ok(undone)
}

fn undo_rename(
    root: &Root,
    from: &Place,
    to: &Path,
    before: &Snapshot,
) -> Result<Undone, FileError> {
    let to = match root.place(to) {
        Ok(to) => to,
        Err(error) if error.is_not_found() => {
            return Ok(match look(&from.folder, &from.name)? {
                Now::File(_) => Undone::AsBefore,
                Now::Nothing | Now::Other => Undone::LeftAlone,
            });
        }
        Err(error) => return Err(error),
    };
    let sides = (look(&from.folder, &from.name)?, look(&to.folder, &to.name)?);
    let undone = match sides {
        (Now::Nothing, Now::File(file)) if file.sha256 == before.sha256 => {
            to.folder.move_to(&to.name, &from.folder, &from.name)?;
            Undone::AsBefore
        }
        // A death between the two steps of the move.
        (Now::File(one), Now::File(other))
            if (one.device, one.inode) == (other.device, other.inode) =>
        {
            to.folder.remove(&to.name)?;
            Undone::AsBefore
        }
        // Never moved; what is at `to`, if anything, came from someone else.
        (Now::File(file), Now::File(_) | Now::Nothing | Now::Other)
            if file.sha256 == before.sha256 =>
        {
            Undone::AsBefore
        }
        (Now::File(_) | Now::Nothing | Now::Other, _) => Undone::LeftAlone,
    };
    to.folder.sync()?;
    Ok(undone)
}

fn undo_create_folder(place: &Place) -> Result<Undone, FileError> {
    match place.folder.remove_folder(&place.name) {
        Ok(()) => Ok(Undone::AsBefore),
        Err(FileError::Io { source, .. })
            if [ErrorKind::DirectoryNotEmpty, ErrorKind::NotADirectory]
                .contains(&source.kind()) =>
        {
            Ok(Undone::LeftAlone)
        }
        Err(error) => Err(error),
    }
}

fn undo_remove_folder(place: &Place, attributes: &Attributes) -> Result<Undone, FileError> {
    match atomic::create_folder(&place.folder, &place.name, attributes) {
        // Not removed yet, or brought back but not set up.
        Err(error) if error.is_already_there() => {
            match atomic::set_up_folder(&place.folder, &place.name, attributes) {
                Err(FileError::Io { source, .. }) if source.kind() == ErrorKind::NotADirectory => {
                    Ok(Undone::LeftAlone)
                }
                set_up => set_up.map(|()| Undone::AsBefore),
            }
        }
        created => created.map(|()| Undone::AsBefore),
    }
}

fn look(folder: &Folder, name: &OsStr) -> Result<Now, FileError> {
    match read::at(folder, name, MOST) {
        Ok(Some(existing)) => Ok(Now::File(Box::new(existing.snapshot))),
        Ok(None) => Ok(Now::Nothing),
        Err(FileError::Kind { .. } | FileError::TooLarge { .. }) => Ok(Now::Other),
        Err(error) => Err(error),
    }
}

/// Whether the name is one more of that file's.
fn is_also(folder: &Folder, name: &OsStr, stat: &FileStat) -> Result<bool, FileError> {
    let other = folder.stat(name)?;
    Ok(other.is_some_and(|other| (other.st_dev, other.st_ino) == (stat.st_dev, stat.st_ino)))
}
