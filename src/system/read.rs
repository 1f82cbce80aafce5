//! Reading files: those that people hand in, and those of the server, once through one descriptor.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::sys::stat::{FileStat, fstat};
use zeroize::Zeroizing;

use crate::error::FileError;
use crate::secret::Secret;
use crate::system::call::again;
use crate::system::folder::{ALWAYS, Folder};
use crate::system::plan::{Mode, Observed};
use crate::system::root::Root;
use crate::system::snapshot::{self, Snapshot};

/// A certificate, key or passphrase file that someone handed in.
#[derive(Debug)]
pub(crate) struct Input {
    pub(crate) bytes: Secret,
    pub(crate) mode: Mode,
}

/// A file of the server as it is.
#[derive(Debug)]
pub(crate) struct Existing {
    pub(crate) bytes: Secret,
    pub(crate) snapshot: Snapshot,
    /// Whether the file has more names. Replacing it leaves those with the old bytes: nothing is lost,
    /// backups and image builders make such links, so this is for a warning and no refusal.
    pub(crate) has_other_names: bool,
}

/// A file of the server that may be created or replaced.
#[derive(Debug)]
pub(crate) struct Target {
    /// What has to be changed: not the path asked for when that is a link to be followed.
    pub(crate) path: PathBuf,
    /// The link that was followed to get there.
    pub(crate) link: Option<PathBuf>,
    /// `None`: nothing is there.
    pub(crate) file: Option<Existing>,
}

impl Target {
    pub(crate) fn before(&self) -> Option<Snapshot> {
        self.file.as_ref().map(|file| file.snapshot.clone())
    }

    /// For a plan that rests on this file without changing it.
    pub(crate) fn observed(&self) -> Observed {
        Observed {
            path: self.path.clone(),
            state: self.before(),
        }
    }
}

/// Reads what a person handed in, of at most `limit` bytes. Below `--root` an absolute path is looked
/// up there, a relative one in the current folder. Links may be followed; a pipe, device or folder is
/// an error, and does not hang.
pub(crate) fn input(root: &Root, path: &Path, limit: u64) -> Result<Input, FileError> {
    let (file, shown) = open_input(root, path)?;
    let (bytes, stat) = content(&file, &shown, limit)?;
    Ok(Input {
        bytes,
        mode: snapshot::mode(&stat),
    })
}

/// Goes through a file that is too large to be held, in pieces of about `size` bytes; `each` gets a piece
/// and whether it is the last, and returns how much of it is done, or that it has had enough.
pub(crate) fn input_in_pieces(
    root: &Root,
    path: &Path,
    size: usize,
    each: &mut dyn FnMut(&[u8], bool) -> Option<usize>,
) -> Result<(), FileError> {
    let (mut file, shown) = open_input(root, path)?;
    let mut buffer = Zeroizing::new(vec![0; size]);
    let mut filled = 0;
    loop {
        let free = buffer.get_mut(filled..).unwrap_or_default();
        let read =
            again(|| file.read(free)).map_err(|error| FileError::io("read", &shown, error))?;
        filled += read;
        // A full buffer of which nothing was done has room for nothing: that is the end, too.
        let last = read == 0;
        let piece = buffer.get(..filled).unwrap_or_default();
        let Some(done) = each(piece, last) else {
            return Ok(());
        };
        if last {
            return Ok(());
        }
        buffer.copy_within(done.min(filled)..filled, 0);
        filled -= done.min(filled);
    }
}

fn open_input(root: &Root, path: &Path) -> Result<(File, PathBuf), FileError> {
    if path.is_absolute() {
        let shown = root.shown(path);
        return match root.open(path) {
            Err(error) if error.is_not_found() && !root.is_real() => {
                Err(FileError::NotBelowRoot { path: shown })
            }
            opened => Ok((opened?, shown)),
        };
    }
    let mut options = File::options();
    options.read(true).custom_flags(ALWAYS.bits());
    let file = again(|| options.open(path));
    let file = file.map_err(|error| FileError::io("open", path, error))?;
    Ok((file, path.to_owned()))
}

/// Reads all of stdin, at most `limit` bytes.
pub(crate) fn standard_input(limit: u64) -> Result<Secret, FileError> {
    let path = Path::new("standard input");
    let mut bytes = Zeroizing::new(Vec::new());
    let read = io::stdin().lock().take(limit + 1).read_to_end(&mut bytes);
    read.map_err(|error| FileError::io("read", path, error))?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length <= limit) {
        return Ok(Secret::new(std::mem::take(&mut *bytes)));
    }
    Err(FileError::TooLarge {
        path: path.to_owned(),
        limit,
    })
}

/// Reads a file of the server that will not be changed, wherever links lead; `None`: it is not there.
pub(crate) fn existing(
    root: &Root,
    path: &Path,
    limit: u64,
) -> Result<Option<Existing>, FileError> {
    match root.open(path) {
        Ok(file) => of_file(&file, &root.shown(path), limit).map(Some),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

/// Reads a file of the server that may be replaced. A link is refused unless nobody but root and the
/// file's owner can decide where it leads: the link is theirs, and so is the folder it leads to.
pub(crate) fn target(root: &Root, path: &Path, limit: u64) -> Result<Target, FileError> {
    let place = root.place(path)?;
    if place
        .folder
        .stat(&place.name)?
        .is_some_and(|stat| snapshot::other_kind(&stat) == Some("a link"))
    {
        return linked(root, path, limit);
    }
    Ok(Target {
        file: at(&place.folder, &place.name, limit)?,
        path: place.path(),
        link: None,
    })
}

/// Reads what is at a name in a folder; a link there is an error.
pub(crate) fn at(folder: &Folder, name: &OsStr, limit: u64) -> Result<Option<Existing>, FileError> {
    // Looked at before it is opened: opening a device can do things.
    let Some(stat) = folder.stat(name)? else {
        return Ok(None);
    };
    if let Some(kind) = snapshot::other_kind(&stat) {
        let path = folder.shown(name);
        return Err(FileError::Kind { path, kind });
    }
    match folder.open(name) {
        Ok(file) => of_file(&file, &folder.shown(name), limit).map(Some),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

fn linked(root: &Root, path: &Path, limit: u64) -> Result<Target, FileError> {
    let nowhere = || FileError::io("follow the link", root.shown(path), Errno::ENOENT);
    let place = root.behind_link(path)?.ok_or_else(nowhere)?;
    let file = at(&place.folder, &place.name, limit)?.ok_or_else(nowhere)?;
    let folder = place.folder.own_stat()?;
    let owned = [0, file.snapshot.owner.user].contains(&folder.st_uid);
    if !owned || folder.st_mode & 0o022 != 0 {
        return Err(FileError::LinkToOpenFolder {
            path: root.shown(path),
            folder: root.shown(place.folder.path()),
        });
    }
    Ok(Target {
        path: place.path(),
        link: Some(path.to_owned()),
        file: Some(file),
    })
}

/// Reads an open file whole.
pub(crate) fn of_file(file: &File, shown: &Path, limit: u64) -> Result<Existing, FileError> {
    let (bytes, stat) = content(file, shown, limit)?;
    let snapshot =
        Snapshot::of(file, &bytes).map_err(|error| FileError::io("read", shown, error))?;
    Ok(Existing {
        bytes,
        snapshot,
        has_other_names: stat.st_nlink > 1,
    })
}

fn content(file: &File, shown: &Path, limit: u64) -> Result<(Secret, FileStat), FileError> {
    let failed = |error| FileError::io("read", shown, error);
    let stat = again(|| fstat(file)).map_err(failed)?;
    if let Some(kind) = snapshot::other_kind(&stat) {
        let path = shown.to_owned();
        return Err(FileError::Kind { path, kind });
    }
    let too_large = || FileError::TooLarge {
        path: shown.to_owned(),
        limit,
    };
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let size = usize::try_from(stat.st_size).unwrap_or(usize::MAX);
    if size > limit {
        return Err(too_large());
    }
    let bytes = whole(file, size, limit).map_err(failed)?;
    bytes.map(|bytes| (bytes, stat)).ok_or_else(too_large)
}

/// Everything that is in the file, even when that is more than it said; `None`: more than `limit`.
/// Grows by hand, since a `Vec` that grows leaves its old bytes behind.
fn whole(mut file: &File, size: usize, limit: usize) -> io::Result<Option<Secret>> {
    let mut buffer = Zeroizing::new(vec![0; size.saturating_add(1)]);
    let mut filled = 0;
    loop {
        let free = buffer.get_mut(filled..).unwrap_or_default();
        let read = again(|| file.read(free))?;
        filled += read;
        if filled > limit {
            return Ok(None);
        }
        if read == 0 {
            buffer.truncate(filled);
            return Ok(Some(Secret::new(std::mem::take(&mut *buffer))));
        }
        if filled == buffer.len() {
            let mut larger = Zeroizing::new(vec![0; filled.saturating_mul(2)]);
            larger
                .iter_mut()
                .zip(buffer.iter())
                .for_each(|(new, old)| *new = *old);
            buffer = larger;
        }
    }
}

#[cfg(test)]
mod tests;
