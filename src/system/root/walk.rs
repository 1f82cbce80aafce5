//! The walk along a path, component by component, each opened from the one before.

use std::ffi::{OsStr, OsString};
use std::io::{self, ErrorKind};
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Component, Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{OFlag, openat, readlinkat};
use nix::sys::stat::{Mode, SFlag, fstat};
use nix::unistd::Uid;

use crate::error::FileError;
use crate::system::account;
use crate::system::call::again;
use crate::system::root::Root;

/// As many as the kernel follows (path_resolution(7)).
const MOST_LINKS: usize = 40;

/// Where a path led.
pub(super) struct Walked {
    /// The last folder, opened with `O_PATH`.
    pub(super) folder: OwnedFd,
    /// That folder's path without links, as the server sees it.
    pub(super) path: PathBuf,
    /// What lies in it at the end of the path; `None`: the path ends at the folder itself.
    pub(super) name: Option<OsString>,
    pub(super) exists: bool,
    links: Vec<Link>,
}

struct Link {
    path: PathBuf,
    owner: u32,
}

/// Follows every link, below what `top` opens as if it were `/`.
pub(super) fn to(path: &Path, top: impl Fn() -> io::Result<OwnedFd>) -> io::Result<Walked> {
    let mut walk = Walk {
        top: top()?,
        folders: Vec::new(),
        ahead: Vec::new(),
        links: Vec::new(),
    };
    walk.plan(path);
    while let Some(name) = walk.ahead.pop() {
        if name == ".." {
            walk.folders.pop();
            continue;
        }
        match walk.enter(&name)? {
            Found::Folder(folder) => walk.folders.push((folder, name)),
            Found::Link { owner, target } => walk.follow(&name, owner, &target)?,
            Found::File if walk.ahead.is_empty() => return Ok(walk.end(Some(name), true)),
            Found::Nothing if walk.ahead.is_empty() => return Ok(walk.end(Some(name), false)),
            Found::File => return Err(Errno::ENOTDIR.into()),
            Found::Nothing => return Err(Errno::ENOENT.into()),
        }
    }
    Ok(walk.end(None, true))
}

struct Walk {
    top: OwnedFd,
    /// The folders gone through, so that `..` needs no call and cannot lead out.
    folders: Vec<(OwnedFd, OsString)>,
    /// Components still to go, the next one last.
    ahead: Vec<OsString>,
    links: Vec<Link>,
}

enum Found {
    File,
    Folder(OwnedFd),
    Link { owner: u32, target: PathBuf },
    Nothing,
}

impl Walk {
    fn plan(&mut self, path: &Path) {
        let steps = path
            .components()
            .rev()
            .filter_map(|component| match component {
                Component::Normal(name) => Some(name.to_owned()),
                Component::ParentDir => Some("..".into()),
                Component::CurDir | Component::RootDir | Component::Prefix(_) => None,
            });
        self.ahead.extend(steps);
    }

    fn enter(&self, name: &OsStr) -> io::Result<Found> {
        let here = self
            .folders
            .last()
            .map_or(self.top.as_fd(), |(folder, _)| folder.as_fd());
        let flags = OFlag::O_PATH | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        // O_DIRECTORY first: it alone lets the kernel mount what is mounted on demand.
        let folder = again(|| openat(here, name, flags | OFlag::O_DIRECTORY, Mode::empty()));
        let other = match folder {
            Ok(folder) => return Ok(Found::Folder(folder)),
            Err(error) if error.raw_os_error() == Some(Errno::ENOTDIR as i32) => {
                again(|| openat(here, name, flags, Mode::empty()))
            }
            Err(error) => Err(error),
        };
        let other = match other {
            Ok(other) => other,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Found::Nothing),
            Err(error) => return Err(error),
        };
        let stat = again(|| fstat(&other))?;
        match SFlag::from_bits_truncate(stat.st_mode) & SFlag::S_IFMT {
            SFlag::S_IFDIR => Ok(Found::Folder(other)),
            SFlag::S_IFLNK => Ok(Found::Link {
                owner: stat.st_uid,
                target: again(|| readlinkat(&other, ""))?.into(),
            }),
            _ => Ok(Found::File),
        }
    }

    fn follow(&mut self, name: &OsStr, owner: u32, target: &Path) -> io::Result<()> {
        if self.links.len() == MOST_LINKS {
            return Err(Errno::ELOOP.into());
        }
        self.links.push(Link {
            path: self.path().join(name),
            owner,
        });
        if target.is_absolute() {
            self.folders.clear();
        }
        self.plan(target);
        Ok(())
    }

    fn path(&self) -> PathBuf {
        let names = self.folders.iter().map(|(_, name)| Path::new(name));
        [Path::new("/")].into_iter().chain(names).collect()
    }

    fn end(mut self, name: Option<OsString>, exists: bool) -> Walked {
        let path = self.path();
        Walked {
            folder: self.folders.pop().map_or(self.top, |(folder, _)| folder),
            path,
            name,
            exists,
            links: self.links,
        }
    }
}

impl Walked {
    /// Where the path ends, without links.
    pub(super) fn destination(self) -> PathBuf {
        match self.name {
            Some(name) => self.path.join(name),
            None => self.path,
        }
    }

    /// Refuses when someone could have turned a link on the way to lead dhtls elsewhere: a link counts
    /// only when it belongs to root, to the user who runs dhtls, or to the `owner` of what it leads to.
    pub(super) fn trust_links(&self, owner: u32, root: &Root) -> Result<(), FileError> {
        let trusted = [0, Uid::effective().as_raw(), owner];
        match self
            .links
            .iter()
            .find(|link| !trusted.contains(&link.owner))
        {
            None => Ok(()),
            Some(link) => Err(FileError::Link {
                path: root.shown(&link.path),
                owner: account::user_name(link.owner),
            }),
        }
    }
}
