//! What the attacker does to the place of a file while root replaces that file.

use std::fs::{self, File};
use std::os::unix::fs::{chown, symlink};
use std::path::Path;

use nix::sys::stat::{Mode, SFlag, makedev, mknod};
use nix::unistd::mkfifo;

use crate::field::{BAIT, Field, TARGET};
use crate::support::{program, scratch::set_mode};

/// nobody: owns what it attacks from, and nothing else.
pub(crate) const ATTACKER: u32 = 65534;

/// What root does meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Job {
    /// `dhtls rollback` again and again: the keystore becomes another one at each.
    Rollback,
    /// `dhtls check --output`: a report is replaced.
    Report,
}

/// What lies where the file should, every other moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Attack {
    LinkedFile,
    LinkedFolder,
    LinkedGrandparent,
    /// A link in a folder that belongs to root, which an access list lets the attacker write.
    AccessList,
    HardLink,
    Pipe,
    Device,
    FolderInPlace,
    /// Another file, of the attacker's own.
    Swap,
    /// Whatever appears under a staged name is read, taken away, and replaced by a link.
    StagedNames,
    /// The folder of lock, journal and history.
    LinkedState,
    /// A state folder with a journal by which root would remove the victim.
    PlantedState,
}

pub(crate) const ALL: [(Attack, Job); 15] = [
    (Attack::LinkedFile, Job::Rollback),
    (Attack::LinkedFolder, Job::Rollback),
    (Attack::LinkedGrandparent, Job::Rollback),
    (Attack::AccessList, Job::Rollback),
    (Attack::HardLink, Job::Rollback),
    (Attack::Pipe, Job::Rollback),
    (Attack::Device, Job::Rollback),
    (Attack::FolderInPlace, Job::Rollback),
    (Attack::Swap, Job::Rollback),
    (Attack::StagedNames, Job::Rollback),
    (Attack::LinkedState, Job::Rollback),
    (Attack::PlantedState, Job::Rollback),
    (Attack::LinkedFile, Job::Report),
    (Attack::LinkedFolder, Job::Report),
    (Attack::StagedNames, Job::Report),
];

/// The two names that are exchanged, in a folder below the field.
pub(crate) struct Exchange {
    pub(crate) folder: &'static str,
    pub(crate) names: [&'static str; 2],
}

impl Attack {
    /// `None`: nothing is exchanged, staged names are waited for.
    pub(crate) fn exchange(self) -> Option<Exchange> {
        let (folder, name) = match self {
            Self::StagedNames => return None,
            Self::LinkedFolder => ("srv/deep", "auth"),
            Self::LinkedGrandparent => ("srv", "deep"),
            Self::LinkedState | Self::PlantedState => ("srv", "state"),
            _ => ("srv/deep/auth", TARGET),
        };
        let names = [name, BAIT];
        Some(Exchange { folder, names })
    }

    /// What the attacker was given once and for all.
    pub(crate) fn prepare(self, field: &Field) {
        let auth = field.path("srv/deep/auth");
        match self {
            Self::AccessList => {
                chown(&auth, Some(0), Some(0)).unwrap();
                access_list("u:65534:rwx", &auth);
            }
            Self::StagedNames => access_list("u:65534:rwx,d:u:65534:rw", &auth),
            _ => {}
        }
    }

    /// Lays the bait beside what it will be exchanged with.
    pub(crate) fn lay(self, field: &Field) {
        let Some(Exchange { folder, .. }) = self.exchange() else {
            return;
        };
        let victim = field.path("victim");
        let bait = field.path(folder).join(BAIT);
        match self {
            Self::LinkedFile | Self::AccessList => symlink(victim.join(TARGET), &bait).unwrap(),
            Self::LinkedFolder => symlink(victim.join("auth"), &bait).unwrap(),
            Self::LinkedGrandparent | Self::LinkedState => symlink(victim, &bait).unwrap(),
            Self::HardLink => fs::hard_link(victim.join(TARGET), &bait).unwrap(),
            Self::Pipe | Self::Device | Self::Swap => {
                let shared = victim.join("shared");
                self.make(&shared);
                fs::hard_link(shared, &bait).unwrap();
            }
            Self::FolderInPlace => {
                fs::create_dir(&bait).unwrap();
                chown(&bait, Some(ATTACKER), None).unwrap();
            }
            Self::PlantedState => plant(&bait, &victim.join(TARGET)),
            Self::StagedNames => {}
        }
        // Its own, as whatever it makes would be.
        if fs::symlink_metadata(&bait).unwrap().is_symlink() {
            std::os::unix::fs::lchown(&bait, Some(ATTACKER), Some(ATTACKER)).unwrap();
        }
    }

    fn make(self, shared: &Path) {
        let mode = Mode::from_bits_truncate(0o600);
        match self {
            Self::Pipe => mkfifo(shared, mode).unwrap(),
            // As /dev/null.
            Self::Device => mknod(shared, SFlag::S_IFCHR, mode, makedev(1, 3)).unwrap(),
            _ => drop(File::create(shared).unwrap()),
        }
        set_mode(shared, 0o666);
        chown(shared, Some(ATTACKER), Some(ATTACKER)).unwrap();
    }
}

fn access_list(entries: &str, folder: &Path) {
    program::run("setfacl", &["-m", entries, folder.to_str().unwrap()]);
}

/// A state folder of the attacker's with an unfinished transaction that seems to have made the victim.
fn plant(state: &Path, victim: &Path) {
    let folder = state.join("history/000099");
    fs::create_dir_all(&folder).unwrap();
    let digest = openssl::sha::sha256(&fs::read(victim).unwrap());
    let sha256: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let record = serde_json::json!({
        "format": 1, "id": 99, "version": "0.1.0", "command": "install-webapi",
        "started": "2026-01-01T00:00:00Z", "state": "planned", "token": "0123456789abcdef", "undoes": null,
        "changes": [{
            "path": victim, "action": "write", "before": null, "secret": true,
            "after": { "sha256": sha256, "mode": 384, "owner": null },
        }],
        "restart": null,
    });
    let file = folder.join("record.json");
    fs::write(&file, record.to_string()).unwrap();
    chown(&file, Some(ATTACKER), Some(ATTACKER)).unwrap();
    for folder in [folder.as_path(), &state.join("history"), state] {
        set_mode(folder, 0o700);
        chown(folder, Some(ATTACKER), Some(ATTACKER)).unwrap();
    }
}
