//! An open folder, and what may be done in it: by descriptor and name, never by path. Whoever turns a
//! link or moves a folder meanwhile changes nothing about where these calls lead.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use nix::dir::Dir;
use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag, openat, renameat};
use nix::sys::stat::{FileStat, Mode, fstat, fstatat, mkdirat};
use nix::unistd::{LinkatFlags, UnlinkatFlags, fsync, linkat, unlinkat};

use crate::error::FileError;
use crate::system::call::{again, once};

/// What every descriptor of ours is opened with: no child inherits it, no pipe or device blocks it.
pub(crate) const ALWAYS: OFlag = OFlag::O_CLOEXEC
    .union(OFlag::O_NONBLOCK)
    .union(OFlag::O_NOCTTY);

#[derive(Debug)]
pub(crate) struct Folder {
    descriptor: OwnedFd,
    /// Without links, as the server sees it: `--root` is not part of it.
    path: PathBuf,
    /// The same for people: with `--root`.
    shown: PathBuf,
}

impl Folder {
    pub(crate) fn new(descriptor: OwnedFd, path: PathBuf, shown: PathBuf) -> Self {
        Self {
            descriptor,
            path,
            shown,
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The folder as a person would type it.
    pub(crate) fn here(&self) -> &Path {
        &self.shown
    }

    /// The path of a name in it as a person would type it.
    pub(crate) fn shown(&self, name: &OsStr) -> PathBuf {
        self.shown.join(name)
    }

    /// Opens a file for reading; a link is an error (`ELOOP`).
    pub(crate) fn open(&self, name: &OsStr) -> Result<File, FileError> {
        self.open_file("open", name, OFlag::O_RDONLY)
    }

    /// Opens a file for reading and writing; a new one is for its owner alone.
    pub(crate) fn open_or_create(&self, name: &OsStr) -> Result<File, FileError> {
        self.open_file("open", name, OFlag::O_RDWR | OFlag::O_CREAT)
    }

    /// Creates a file for its owner alone; anything of that name is an error.
    pub(crate) fn create(&self, name: &OsStr) -> Result<File, FileError> {
        let flags = OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_EXCL;
        self.open_file("create", name, flags)
    }

    fn open_file(
        &self,
        doing: &'static str,
        name: &OsStr,
        flags: OFlag,
    ) -> Result<File, FileError> {
        let flags = flags | OFlag::O_NOFOLLOW | ALWAYS;
        let owner_alone = Mode::S_IRUSR | Mode::S_IWUSR;
        let opened = again(|| openat(self, name, flags, owner_alone));
        Ok(self.say(doing, name, opened)?.into())
    }

    /// Opens a folder in it; a link is an error.
    pub(crate) fn enter(&self, name: &OsStr) -> Result<Self, FileError> {
        let descriptor = self.say("open", name, open_folder(self, name))?;
        Ok(Self::new(
            descriptor,
            self.path.join(name),
            self.shown.join(name),
        ))
    }

    /// Creates a folder for its owner alone.
    pub(crate) fn create_folder(&self, name: &OsStr) -> Result<(), FileError> {
        let created = again(|| mkdirat(self, name, Mode::S_IRWXU));
        self.say("create", name, created)
    }

    /// What lies at the name; `None`: nothing. Links are not followed.
    pub(crate) fn stat(&self, name: &OsStr) -> Result<Option<FileStat>, FileError> {
        match again(|| fstatat(self, name, AtFlags::AT_SYMLINK_NOFOLLOW)) {
            Ok(stat) => Ok(Some(stat)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => self.say("look at", name, Err(error)),
        }
    }

    /// Replaces whatever is at `to`, in one step.
    pub(crate) fn rename(&self, from: &OsStr, to: &OsStr) -> Result<(), FileError> {
        let renamed = again(|| renameat(self, from, self, to));
        self.say("replace", to, renamed)
    }

    /// Gives a file a second name, where nothing may be.
    pub(crate) fn link(&self, from: &OsStr, to: &Self, name: &OsStr) -> Result<(), FileError> {
        let linked = again(|| linkat(self, from, to, name, LinkatFlags::empty()));
        to.say("create", name, linked)
    }

    /// Moves a file to where nothing may be. Two steps, since the C library of RHEL 7 has no renameat2:
    /// a death between them leaves one file with two names.
    pub(crate) fn move_to(&self, from: &OsStr, to: &Self, name: &OsStr) -> Result<(), FileError> {
        match self.link(from, to, name) {
            Ok(()) => self.remove(from),
            Err(error) if has_no_links(&error) && to.stat(name)?.is_none() => {
                let renamed = again(|| renameat(self, from, to, name));
                to.say("create", name, renamed)
            }
            Err(error) => Err(error),
        }
    }

    /// Removes a file; one that is not there is no error.
    pub(crate) fn remove(&self, name: &OsStr) -> Result<(), FileError> {
        self.unlink(name, UnlinkatFlags::NoRemoveDir)
    }

    /// Removes an empty folder; one that is not there is no error.
    pub(crate) fn remove_folder(&self, name: &OsStr) -> Result<(), FileError> {
        self.unlink(name, UnlinkatFlags::RemoveDir)
    }

    fn unlink(&self, name: &OsStr, flag: UnlinkatFlags) -> Result<(), FileError> {
        match again(|| unlinkat(self, name, flag)) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            // A read-only file system says so before it looks whether there is anything.
            Err(error)
                if error.kind() == ErrorKind::ReadOnlyFilesystem && self.stat(name)?.is_none() =>
            {
                Ok(())
            }
            result => self.say("remove", name, result),
        }
    }

    /// All names in it, sorted.
    pub(crate) fn names(&self) -> Result<Vec<OsString>, FileError> {
        let mut names = list(self).map_err(|error| FileError::io("list", &self.shown, error))?;
        names.sort();
        Ok(names)
    }

    /// Makes names that came and went last through a power cut.
    pub(crate) fn sync(&self) -> Result<(), FileError> {
        once(|| fsync(self)).map_err(|error| FileError::io("save", &self.shown, error))
    }

    pub(crate) fn own_stat(&self) -> Result<FileStat, FileError> {
        again(|| fstat(self)).map_err(|error| FileError::io("look at", &self.shown, error))
    }

    pub(crate) fn into_descriptor(self) -> OwnedFd {
        self.descriptor
    }

    /// An error about a name in this folder.
    pub(crate) fn say<T>(
        &self,
        doing: &'static str,
        name: &OsStr,
        result: io::Result<T>,
    ) -> Result<T, FileError> {
        result.map_err(|error| FileError::io(doing, self.shown.join(name), error))
    }
}

impl AsFd for Folder {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.descriptor.as_fd()
    }
}

/// Opens a folder so that it can be listed and saved; a link is an error.
pub(crate) fn open_folder(parent: impl AsFd, name: &OsStr) -> io::Result<OwnedFd> {
    let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | ALWAYS;
    again(|| openat(&parent, name, flags, Mode::empty()))
}

fn list(folder: &Folder) -> io::Result<Vec<OsString>> {
    let mut dir = Dir::from_fd(open_folder(folder, OsStr::new("."))?)?;
    let mut names = Vec::new();
    for entry in dir.iter() {
        let entry = once(|| entry)?;
        let name = OsStr::from_bytes(entry.file_name().to_bytes());
        if name != "." && name != ".." {
            names.push(name.to_owned());
        }
    }
    Ok(names)
}

/// The file system (VFAT, a shared folder of a virtual machine) knows one name for each file.
fn has_no_links(error: &FileError) -> bool {
    let FileError::Io { source, .. } = error else {
        return false;
    };
    let known = [
        Errno::EPERM,
        Errno::EOPNOTSUPP,
        Errno::ENOSYS,
        Errno::EMLINK,
    ];
    known
        .iter()
        .any(|errno| source.raw_os_error() == Some(*errno as i32))
}
