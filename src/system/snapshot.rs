//! What a file was when it was read, to notice that someone else changed it since.

use std::fs::File;
use std::io::{self, ErrorKind};

use nix::sys::stat::{FileStat, SFlag, fstat};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::secret::Secret;
use crate::system::call::again;
use crate::system::extended::{self, Extended};
use crate::system::plan::{Mode, Owner};

/// Identity, metadata and content of one regular file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Snapshot {
    pub(crate) device: u64,
    pub(crate) inode: u64,
    pub(crate) size: u64,
    /// Lower-case hex.
    pub(crate) sha256: String,
    pub(crate) mode: Mode,
    pub(crate) owner: Owner,
    /// Access list, label and `user.*` attributes.
    #[serde(default)]
    pub(crate) extended: Vec<Extended>,
}

impl Snapshot {
    /// Of an open file and the bytes read from it.
    pub(crate) fn of(file: &File, bytes: &Secret) -> io::Result<Self> {
        let stat = again(|| fstat(file))?;
        Ok(Self {
            device: stat.st_dev,
            inode: stat.st_ino,
            size: bytes
                .len()
                .try_into()
                .map_err(|_| ErrorKind::FileTooLarge)?,
            sha256: sha256(bytes.expose()),
            mode: mode(&stat),
            owner: owner(&stat),
            extended: extended::read(file)?,
        })
    }

    /// The same to whoever reads it, be it another inode.
    pub(crate) fn equals(&self, other: &Self) -> bool {
        self.sha256 == other.sha256
            && self.mode == other.mode
            && self.owner == other.owner
            && self.extended == other.extended
    }
}

/// Lower-case hex.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn mode(stat: &FileStat) -> Mode {
    Mode(stat.st_mode & 0o7777)
}

pub(crate) fn owner(stat: &FileStat) -> Owner {
    Owner {
        user: stat.st_uid,
        group: stat.st_gid,
    }
}

/// What a thing is, when it is no regular file: completes "... is".
pub(crate) fn other_kind(stat: &FileStat) -> Option<&'static str> {
    match SFlag::from_bits_truncate(stat.st_mode) & SFlag::S_IFMT {
        SFlag::S_IFREG => None,
        SFlag::S_IFDIR => Some("a folder"),
        SFlag::S_IFIFO => Some("a pipe"),
        SFlag::S_IFLNK => Some("a link"),
        SFlag::S_IFSOCK => Some("a socket"),
        _ => Some("a device"),
    }
}
