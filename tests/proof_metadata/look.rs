//! What a file is besides its bytes, and the ways in which an administrator may have set it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::Path;

use nix::unistd::Uid;

use crate::support::program;
use crate::support::scratch::set_mode;

const ACCESS_LIST: &str = "system.posix_acl_access";

/// Of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Look {
    pub(crate) owner: (u32, u32),
    pub(crate) mode: u32,
    /// Every extended attribute, access list and label among them.
    pub(crate) attributes: BTreeMap<OsString, Vec<u8>>,
}

impl Look {
    pub(crate) fn of(path: &Path) -> Self {
        let metadata = fs::metadata(path).unwrap();
        let value = |name: OsString| Some((name.clone(), xattr::get(path, &name).unwrap()?));
        Self {
            owner: (metadata.uid(), metadata.gid()),
            mode: metadata.mode() & 0o7777,
            attributes: xattr::list(path).unwrap().filter_map(value).collect(),
        }
    }

    /// All but the access list, which follows a mode that dhtls gives.
    pub(crate) fn labels(&self) -> BTreeMap<OsString, Vec<u8>> {
        let mut labels = self.attributes.clone();
        labels.remove(&OsString::from(ACCESS_LIST));
        labels
    }
}

/// One way in which a file may have been set up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Variant {
    pub(crate) mode: u32,
    pub(crate) owner: (u32, u32),
    pub(crate) access_list: bool,
    /// The folder passes on a list of its own.
    pub(crate) inherits: bool,
}

impl Variant {
    pub(crate) fn all() -> Vec<Self> {
        let mut all = Vec::new();
        for mode in [0o600, 0o640, 0o644, 0o660, 0o664, 0o755, 0o2750] {
            for owner in [(0, 0), (64001, 64002)] {
                for (access_list, inherits) in
                    [(false, false), (false, true), (true, false), (true, true)]
                {
                    all.push(Self {
                        mode,
                        owner,
                        access_list,
                        inherits,
                    });
                }
            }
        }
        all
    }

    /// Sets the file up. Owners and the label need root.
    pub(crate) fn dress(&self, path: &Path) {
        let text = path.to_str().unwrap();
        if self.inherits {
            let folder = path.parent().unwrap().to_str().unwrap();
            program::run("setfacl", &["-m", "d:u:64125:rwx,d:g:64126:rwx", folder]);
        }
        // Whoever may not write a file may not set this either, but root.
        set_mode(path, 0o600);
        xattr::set(path, "user.comment", b"an administrator's").unwrap();
        if Uid::effective().is_root() {
            chown(path, Some(self.owner.0), Some(self.owner.1)).unwrap();
            xattr::set(path, "security.selinux", b"system_u:object_r:cert_t:s0\0").unwrap();
        }
        if self.access_list {
            program::run("setfacl", &["-m", "u:64123:rw,g:64124:r", text]);
        }
        // Last: of a file with a list the group's bits are its mask.
        set_mode(path, self.mode);
    }
}
