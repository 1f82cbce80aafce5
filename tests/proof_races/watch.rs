//! What is watched during a race: the attacker at work, the ground where the two meet, the victims.

use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use nix::fcntl::OFlag;

use crate::attack::{Attack, Exchange};
use crate::field::{BAIT, Field, GUESSED, names};

/// Everything that no attempt may change, one line each.
pub(crate) type Victims = Vec<String>;

impl Field {
    /// Until he was seen at work: a replacement can be over before he wakes.
    pub(crate) fn wait_for_the_attacker(&self, attack: Attack) {
        let (folder, name) = match attack.exchange() {
            Some(Exchange { folder, names }) => (folder, names[0]),
            None => ("srv/deep/auth", GUESSED),
        };
        let name = self.path(folder).join(name);
        let number = || fs::symlink_metadata(&name).map(|found| found.ino()).ok();
        let first = number();
        let waits = |now: Option<u64>| match attack {
            Attack::StagedNames => now.is_none(),
            _ => now == first,
        };
        while waits(number()) {
            std::thread::yield_now();
        }
    }

    /// Names and kinds where the attacker and root meet.
    pub(crate) fn ground(&self) -> Vec<String> {
        let mut found = Vec::new();
        for folder in ["srv", "srv/deep", "srv/deep/auth"] {
            let all = names(&self.path(folder));
            for path in all.iter().filter(|path| !path.ends_with(GUESSED)) {
                let metadata = fs::symlink_metadata(path).unwrap();
                found.push(format!(
                    "{} {:o}",
                    path.display(),
                    metadata.mode() & 0o170_000
                ));
            }
        }
        found
    }

    /// The victims as they are.
    pub(crate) fn victims(&self) -> Victims {
        let mut found = Vec::new();
        look(&self.path("victim"), &mut found);
        look(&self.path("srv/bait"), &mut found);
        let folder = self.path(&format!("srv/deep/auth/{BAIT}"));
        if folder.is_dir() {
            look(&folder, &mut found);
        }
        found.extend(
            names(&self.path("loot"))
                .iter()
                .map(|path| path.display().to_string()),
        );
        found.retain(|line| !line.ends_with("/loot/taken"));
        found
    }
}

/// Kind, mode, owner, size, times of change and content of a thing and of all below.
fn look(path: &Path, found: &mut Victims) {
    let Ok(metadata) = fs::symlink_metadata(path) else {
        return;
    };
    let flags = (OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK).bits();
    let open = || File::options().read(true).custom_flags(flags).open(path);
    let content = match metadata.is_file() {
        true => open().and_then(std::io::read_to_string).unwrap_or_default(),
        false => String::new(),
    };
    found.push(format!(
        "{} {:o} {}:{} {}.{} {content}",
        path.display(),
        metadata.mode(),
        metadata.uid(),
        metadata.gid(),
        metadata.mtime(),
        metadata.mtime_nsec(),
    ));
    if metadata.is_dir() {
        names(path).iter().for_each(|path| look(path, found));
    }
}
