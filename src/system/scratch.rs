//! A server of a test's own: a root below a folder that goes away with the test.

use std::collections::BTreeMap;
use std::fs::{self, File, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use tempfile::TempDir;

use crate::error::FileError;
use crate::secret::Secret;
use crate::system::extended::{self, Extended};
use crate::system::host::Host;
use crate::system::lock::{Lock, StateFolder};
use crate::system::plan::{
    Action, Attributes, Content, FileChange, Mode, Owner, Plan, Probe, Restart,
};
use crate::system::read;
use crate::system::root::Root;

pub(crate) struct Scratch {
    folder: TempDir,
    pub(crate) host: Host,
    pub(crate) state: StateFolder,
}

/// Everything that must be as it was: kind or bytes, mode, owner, access list and label.
pub(crate) type Tree = BTreeMap<PathBuf, (Vec<u8>, Mode, Owner, Vec<Extended>)>;

impl Scratch {
    pub(crate) fn new() -> Self {
        Self::in_folder(TempDir::new().unwrap())
    }

    /// In memory where that is possible: thousands of fsyncs take no time there.
    pub(crate) fn fast() -> Self {
        Self::in_folder(
            TempDir::new_in("/dev/shm")
                .or_else(|_| TempDir::new())
                .unwrap(),
        )
    }

    fn in_folder(folder: TempDir) -> Self {
        let mut host = Host::real();
        host.root = Root::at(folder.path()).unwrap();
        Self {
            folder,
            host,
            state: StateFolder::default(),
        }
    }

    /// Where a path of the server really is.
    pub(crate) fn real(&self, path: &str) -> PathBuf {
        self.folder.path().join(path.trim_start_matches('/'))
    }

    pub(crate) fn file(&self, path: &str, bytes: &str, mode: u32) -> &Self {
        let real = self.real(path);
        fs::create_dir_all(real.parent().unwrap()).unwrap();
        if real.exists() {
            self.mode(path, 0o600);
        }
        fs::write(&real, bytes).unwrap();
        self.mode(path, mode)
    }

    pub(crate) fn make_folder(&self, path: &str, mode: u32) -> &Self {
        fs::create_dir_all(self.real(path)).unwrap();
        self.mode(path, mode)
    }

    pub(crate) fn mode(&self, path: &str, mode: u32) -> &Self {
        fs::set_permissions(self.real(path), Permissions::from_mode(mode)).unwrap();
        self
    }

    pub(crate) fn owner(&self, path: &str, owner: Owner) -> &Self {
        std::os::unix::fs::chown(self.real(path), Some(owner.user), Some(owner.group)).unwrap();
        self
    }

    pub(crate) fn link(&self, path: &str, to: &str) -> &Self {
        std::os::unix::fs::symlink(to, self.real(path)).unwrap();
        self
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.real(path)).unwrap()
    }

    pub(crate) fn lock(&self) -> Lock {
        // A child that another test's thread is just starting holds the last lock for an instant.
        for _ in 0..100 {
            match Lock::take(&self.host.root, &self.state) {
                Err(FileError::Locked) => sleep(Duration::from_millis(10)),
                lock => return lock.unwrap(),
            }
        }
        panic!("the lock is held")
    }

    /// A plan's change that writes a file over what is there now.
    pub(crate) fn write(&self, path: &str, bytes: &str, mode: u32) -> FileChange {
        self.change(
            path,
            Action::Write {
                content: Content::Secret(Secret::new(bytes.into())),
                attributes: attributes(mode),
            },
        )
    }

    pub(crate) fn change(&self, path: &str, action: Action) -> FileChange {
        let before = match action {
            Action::CreateFolder(_) | Action::RemoveFolder(_) => None,
            Action::Write { .. } | Action::Remove | Action::Rename { .. } => {
                let parent = self.host.root.exists(Path::new(path).parent().unwrap());
                let target = || read::target(&self.host.root, Path::new(path), 1 << 20).unwrap();
                parent
                    .unwrap()
                    .then(target)
                    .and_then(|target| target.before())
            }
        };
        FileChange {
            path: path.into(),
            before,
            action,
        }
    }

    /// All that lies below the root except dhtls's own state.
    pub(crate) fn tree(&self) -> Tree {
        let mut tree = everything_below(self.folder());
        tree.retain(|path, _| !path.starts_with("var"));
        tree
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The numbers of the transactions that have a folder.
    pub(crate) fn transactions(&self) -> Vec<String> {
        let history = fs::read_dir(self.real("/var/lib/dhtls/history")).unwrap();
        let mut names: Vec<String> = history
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

pub(crate) fn plan(changes: impl IntoIterator<Item = FileChange>) -> Plan {
    let mut plan = Plan::new("test");
    plan.changes.extend(changes);
    plan
}

pub(crate) fn restart() -> Restart {
    Restart {
        service: "web_api_service".into(),
        monit: vec!["monit".into()],
        enabling: false,
        probe: Probe {
            endpoints: vec!["localhost:8123".into()],
            server_name: "deephaven.example.com".into(),
            after: "new".into(),
            before: Some("old".into()),
            timeout_seconds: 120,
            ..Probe::default()
        },
    }
}

pub(crate) fn attributes(mode: u32) -> Attributes {
    Attributes {
        mode: Mode(mode),
        owner: None,
    }
}

/// For tests that give files away. Says so when it cannot.
pub(crate) fn is_root() -> bool {
    let root = nix::unistd::Uid::effective().is_root();
    if !root {
        skipped("needs root");
    }
    root
}

/// For tests of what is forbidden. Says so: nothing is forbidden to root.
pub(crate) fn is_superuser() -> bool {
    let root = nix::unistd::Uid::effective().is_root();
    if root {
        skipped("needs someone else than root");
    }
    root
}

/// A skipped test must not look like one that ran.
fn skipped(why: &str) {
    let line = format!("skipped: {why}\n");
    let _ = std::io::Write::write_all(&mut std::io::stderr(), line.as_bytes());
}

/// By path below `folder`.
pub(crate) fn everything_below(folder: &Path) -> Tree {
    let mut tree = Tree::new();
    collect(folder, folder, &mut tree);
    tree
}

fn collect(folder: &Path, path: &Path, tree: &mut Tree) {
    let metadata = fs::symlink_metadata(path).unwrap();
    let mut extended = Vec::new();
    let content = if metadata.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            collect(folder, &entry.unwrap().path(), tree);
        }
        b"[folder]".to_vec()
    } else if metadata.is_symlink() {
        fs::read_link(path)
            .unwrap()
            .into_os_string()
            .into_encoded_bytes()
    } else if metadata.is_file() {
        extended = extended::read(&File::open(path).unwrap()).unwrap();
        fs::read(path).unwrap()
    } else {
        b"[other]".to_vec()
    };
    let owner = Owner {
        user: metadata.uid(),
        group: metadata.gid(),
    };
    let entry = (content, Mode(metadata.mode() & 0o7777), owner, extended);
    tree.insert(path.strip_prefix(folder).unwrap().to_owned(), entry);
}
