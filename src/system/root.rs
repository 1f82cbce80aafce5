//! Where paths lead: below `/`, or below the folder of `--root` as if it were `/`.
//!
//! One walk, component by component and by descriptor, serves both. openat2 would do as well below
//! `--root`, but RHEL 7 and 8 have none, and it does not say whose links were followed.

mod walk;

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag, open, openat};
use nix::sys::stat::{FileStat, Mode, fstat, fstatat};

use crate::error::FileError;
use crate::system::call::again;
use crate::system::folder::{ALWAYS, Folder, open_folder};
use crate::system::root::walk::Walked;

/// The folder below which every path of the server lies.
#[derive(Debug)]
pub(crate) struct Root {
    /// `None`: the real one.
    below: Option<Below>,
}

#[derive(Debug)]
struct Below {
    path: PathBuf,
    descriptor: OwnedFd,
}

/// A name in an open folder.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) folder: Folder,
    pub(crate) name: OsString,
}

impl Place {
    /// As the server sees it, without links in the folders.
    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join(&self.name)
    }

    pub(crate) fn shown(&self) -> PathBuf {
        self.folder.shown(&self.name)
    }
}

impl Root {
    pub(crate) fn real() -> Self {
        Self { below: None }
    }

    /// Every path lies below `dir`, links included; `..` does not lead out of it.
    pub(crate) fn at(dir: &Path) -> Result<Self, FileError> {
        let failed = |error| FileError::io("use --root", dir, error);
        let path = dir.canonicalize().map_err(failed)?;
        let flags = OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        let descriptor = again(|| open(&path, flags, Mode::empty())).map_err(failed)?;
        Ok(Self {
            below: Some(Below { path, descriptor }),
        })
    }

    pub(crate) fn is_real(&self) -> bool {
        self.below.is_none()
    }

    /// Opens a file or folder for reading, wherever links lead within the root.
    pub(crate) fn open(&self, path: &Path) -> Result<File, FileError> {
        let flags = OFlag::O_RDONLY | ALWAYS;
        let opened = if self.is_real() {
            again(|| open(path, flags, Mode::empty()))
        } else {
            let walked = self.walked(path)?;
            let name = walked.name.as_deref().unwrap_or(OsStr::new("."));
            let flags = flags | OFlag::O_NOFOLLOW;
            again(|| openat(&walked.folder, name, flags, Mode::empty()))
        };
        opened
            .map(File::from)
            .map_err(|error| FileError::io("open", self.shown(path), error))
    }

    /// Opens a folder to change things in it. Links on the way are followed when nobody else can turn
    /// them: those of root, of the user who runs dhtls, and of the owner of what they lead to.
    pub(crate) fn folder(&self, path: &Path) -> Result<Folder, FileError> {
        let walked = self.walked_to_folder(path)?;
        let folder = self.reopened(&walked)?;
        walked.trust_links(folder.own_stat()?.st_uid, self)?;
        Ok(folder)
    }

    /// The folder of a target, opened as by [`Root::folder`], and the target's name in it.
    pub(crate) fn place(&self, path: &Path) -> Result<Place, FileError> {
        let (parent, name) = self.split(path)?;
        Ok(Place {
            folder: self.folder(parent)?,
            name: name.to_owned(),
        })
    }

    /// The place of the file that a link in the last component leads to; whose links may be followed
    /// is as in [`Root::folder`]. `None`: it leads nowhere, or to a folder.
    pub(crate) fn behind_link(&self, path: &Path) -> Result<Option<Place>, FileError> {
        let mut walked = self.walked(path)?;
        let Some(name) = walked.name.take() else {
            return Ok(None);
        };
        let folder = self.reopened(&walked)?;
        let Some(stat) = folder.stat(&name)? else {
            return Ok(None);
        };
        walked.trust_links(stat.st_uid, self)?;
        Ok(Some(Place { folder, name }))
    }

    /// Whether something lies there, behind links too.
    pub(crate) fn exists(&self, path: &Path) -> Result<bool, FileError> {
        match self.walked(path) {
            Ok(walked) => Ok(walked.exists),
            Err(error) if error.is_not_found() => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// What lies there, behind links too; `None`: nothing. Needs no right to read it.
    pub(crate) fn stat(&self, path: &Path) -> Result<Option<FileStat>, FileError> {
        let walked = match self.walked(path) {
            Ok(walked) => walked,
            Err(error) if error.is_not_found() => return Ok(None),
            Err(error) => return Err(error),
        };
        let found = again(|| match &walked.name {
            Some(name) => fstatat(
                &walked.folder,
                name.as_os_str(),
                AtFlags::AT_SYMLINK_NOFOLLOW,
            ),
            // Of a folder that we may not enter its own "." cannot be asked.
            None => fstat(&walked.folder),
        });
        match found {
            Ok(stat) => Ok(Some(stat)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(FileError::io("look at", self.shown(path), error)),
        }
    }

    /// The names in a folder, sorted.
    pub(crate) fn names(&self, folder: &Path) -> Result<Vec<OsString>, FileError> {
        self.reopened(&self.walked_to_folder(folder)?)?.names()
    }

    /// The path without links, as the server sees it.
    pub(crate) fn canonical(&self, path: &Path) -> Result<PathBuf, FileError> {
        let walked = self.walked(path)?;
        if !walked.exists {
            return Err(FileError::io("open", self.shown(path), Errno::ENOENT));
        }
        Ok(walked.destination())
    }

    /// As [`Root::canonical`], also where nothing lies yet: the last name may be a new one.
    pub(crate) fn destination(&self, path: &Path) -> Result<PathBuf, FileError> {
        Ok(self.walked(path)?.destination())
    }

    /// The path on this machine, `--root` included: for messages, and for children.
    pub(crate) fn shown(&self, path: &Path) -> PathBuf {
        match &self.below {
            None => path.to_owned(),
            Some(below) => below.path.join(path.strip_prefix("/").unwrap_or(path)),
        }
    }

    fn walked(&self, path: &Path) -> Result<Walked, FileError> {
        walk::to(path, || self.top())
            .map_err(|error| FileError::io("open", self.shown(path), error))
    }

    /// As [`Root::walked`], where a folder has to be at the end.
    fn walked_to_folder(&self, path: &Path) -> Result<Walked, FileError> {
        let walked = self.walked(path)?;
        let error = match (&walked.name, walked.exists) {
            (None, _) => return Ok(walked),
            (Some(_), true) => Errno::ENOTDIR,
            (Some(_), false) => Errno::ENOENT,
        };
        Err(FileError::io("open", self.shown(path), error))
    }

    fn reopened(&self, walked: &Walked) -> Result<Folder, FileError> {
        let shown = self.shown(&walked.path);
        match open_folder(&walked.folder, OsStr::new(".")) {
            Ok(descriptor) => Ok(Folder::new(descriptor, walked.path.clone(), shown)),
            Err(error) => Err(FileError::io("open", shown, error)),
        }
    }

    fn split<'a>(&self, path: &'a Path) -> Result<(&'a Path, &'a OsStr), FileError> {
        path.parent()
            .zip(path.file_name())
            .ok_or_else(|| FileError::io("open", self.shown(path), Errno::EINVAL))
    }

    fn top(&self) -> io::Result<OwnedFd> {
        match &self.below {
            Some(below) => below.descriptor.try_clone(),
            None => {
                let flags = OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
                again(|| open("/", flags, Mode::empty()))
            }
        }
    }
}

#[cfg(test)]
mod tests;
