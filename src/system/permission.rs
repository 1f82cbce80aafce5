//! Who could read what we cannot.

use std::path::Path;

use nix::sys::stat::{SFlag, stat};

use crate::system::account;
use crate::system::call::again;
use crate::system::plan::{Mode, Owner};
use crate::system::snapshot;

/// For someone who may not open `path`, as it is on this machine: whose rights are needed. `None`: nobody
/// can tell, since it may be an access list.
pub(crate) fn readers(path: &Path) -> Option<String> {
    // A folder on the way may be closed as well; below it nothing can be looked at.
    let nearest = path.ancestors().find_map(|path| {
        let found = again(|| stat(path)).ok()?;
        Some((path, found))
    });
    let (obstacle, found) = nearest?;
    let is_folder =
        SFlag::from_bits_truncate(found.st_mode & SFlag::S_IFMT.bits()) == SFlag::S_IFDIR;
    let (needed, doing) = match is_folder {
        true => (0o010, format!("enter {}", obstacle.display())),
        false => (0o040, "read it".to_owned()),
    };
    let (mode, owner) = (snapshot::mode(&found), snapshot::owner(&found));
    Some(allowed(mode, owner, needed, &doing))
}

/// Who has the group's `right` (`0o040` to read), in words; root is asked to open its files to no group of
/// its own.
pub(crate) fn allowed(mode: Mode, owner: Owner, right: u32, doing: &str) -> String {
    match owner {
        Owner { group, .. } if group != 0 && mode.0 & right != 0 => {
            let group = account::group_name(group);
            format!("root and members of the group {group} can {doing}")
        }
        Owner { user: 0, .. } => format!("only root can {doing}"),
        Owner { user, .. } => format!("only root and {} can {doing}", account::user_name(user)),
    }
}
