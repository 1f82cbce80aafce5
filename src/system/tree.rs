//! What lies at a path and in folders, for those who look at many: one system call for most of it.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use nix::dir::{Dir, Type};
use nix::sys::stat::{SFlag, fstat, stat};

use crate::error::FileError;
use crate::system::call::{again, once};
use crate::system::pattern;
use crate::system::root::Root;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    File,
    Folder,
    /// Those are not descended into: they may lead around in circles.
    LinkToFolder,
    /// A pipe, a socket, a device, or a link to nowhere.
    Other,
}

/// Where relative and absolute paths lie: with `--root` below it, or in the current folder.
#[derive(Debug)]
pub(crate) struct Tree<'a> {
    root: &'a Root,
    here: Root,
}

impl<'a> Tree<'a> {
    pub(crate) fn new(root: &'a Root) -> Self {
        Self {
            root,
            here: Root::real(),
        }
    }

    /// What a path leads to, behind links too; `None`: nothing is there.
    pub(crate) fn kind(&self, path: &Path) -> Result<Option<Kind>, FileError> {
        let root = self.root_of(path);
        let found = match root.is_real() {
            true => again(|| stat(path)).map_err(|error| FileError::io("open", path, error)),
            false => root.open(path).and_then(|file| {
                again(|| fstat(&file))
                    .map_err(|error| FileError::io("open", root.shown(path), error))
            }),
        };
        match found {
            Ok(found) => Ok(Some(kind(found.st_mode))),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The names in a folder, sorted.
    pub(crate) fn list(&self, folder: &Path) -> Result<Vec<(OsString, Kind)>, FileError> {
        let root = self.root_of(folder);
        let failed = |error| FileError::io("list", root.shown(folder), error);
        let mut dir =
            Dir::from_fd(root.open(folder)?.into()).map_err(|error| failed(error.into()))?;
        let mut found = Vec::new();
        for entry in dir.iter() {
            let entry = once(|| entry).map_err(failed)?;
            let name = OsStr::from_bytes(entry.file_name().to_bytes());
            if name == "." || name == ".." {
                continue;
            }
            let kind = match entry.file_type() {
                Some(Type::File) => Kind::File,
                Some(Type::Directory) => Kind::Folder,
                Some(Type::Symlink) => match self.kind(&folder.join(name)) {
                    Ok(Some(Kind::Folder)) => Kind::LinkToFolder,
                    Ok(Some(kind)) => kind,
                    Ok(None) | Err(_) => Kind::Other,
                },
                Some(Type::Fifo | Type::Socket | Type::CharacterDevice | Type::BlockDevice) => {
                    Kind::Other
                }
                // Some file systems do not say.
                None => self.kind(&folder.join(name))?.unwrap_or(Kind::Other),
            };
            found.push((name.to_owned(), kind));
        }
        found.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        Ok(found)
    }

    /// The paths that match a pattern, relative where it is.
    pub(crate) fn matching(&self, text: &str) -> Result<Vec<PathBuf>, FileError> {
        if text.starts_with('/') {
            return pattern::expand(self.root, text);
        }
        let current = std::env::current_dir().map_err(|error| FileError::io("open", ".", error))?;
        // Brackets in the name of the current folder stand for themselves.
        let escaped = glob::Pattern::escape(&current.display().to_string());
        let found = pattern::expand(&self.here, &format!("{escaped}/{text}"))?;
        let relative = |path: PathBuf| match path.strip_prefix(&current) {
            Ok(relative) => relative.to_owned(),
            Err(_) => path,
        };
        Ok(found.into_iter().map(relative).collect())
    }

    fn root_of(&self, path: &Path) -> &Root {
        match path.is_absolute() {
            true => self.root,
            false => &self.here,
        }
    }
}

fn kind(mode: nix::libc::mode_t) -> Kind {
    match SFlag::from_bits_truncate(mode & SFlag::S_IFMT.bits()) {
        SFlag::S_IFREG => Kind::File,
        SFlag::S_IFDIR => Kind::Folder,
        _ => Kind::Other,
    }
}
