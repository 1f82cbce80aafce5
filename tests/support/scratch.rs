//! A folder that goes away with the test, and what everything below a folder looked like.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// A folder for one test. Others may enter it: services may run as another user.
pub(crate) struct Scratch {
    folder: TempDir,
}

impl Scratch {
    pub(crate) fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("dhtls-").tempdir().unwrap();
        let scratch = Self { folder };
        set_mode(scratch.folder(), 0o755);
        scratch
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// `name` below the folder; a leading `/` is the folder itself, as with `--root`.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder().join(name.trim_start_matches('/'))
    }

    pub(crate) fn text(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    /// Writes a file, and the folders above it when they are missing.
    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    pub(crate) fn write_mode(&self, name: &str, bytes: impl AsRef<[u8]>, mode: u32) -> PathBuf {
        let path = self.write(name, bytes);
        set_mode(&path, mode);
        path
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        let path = self.path(name);
        fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Another text in a file: `old` has to be there.
    #[track_caller]
    pub(crate) fn edit(&self, name: &str, old: &str, new: &str) {
        let text = String::from_utf8(self.read(name)).unwrap();
        assert!(text.contains(old), "{name} has no {old}: {text}");
        fs::write(self.path(name), text.replace(old, new)).unwrap();
    }

    /// Everything below `name` with inodes and times.
    pub(crate) fn touched(&self, name: &str) -> Tree {
        self.tree(name).touched(&self.path(name))
    }

    /// Everything below `name`.
    pub(crate) fn tree(&self, name: &str) -> Tree {
        let mut entries = BTreeMap::new();
        look(&self.path(name), &self.path(name), &mut entries);
        Tree(entries)
    }
}

impl Default for Scratch {
    fn default() -> Self {
        Self::new()
    }
}

/// Content, mode and owner of everything below a folder, by path.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Tree(pub(crate) BTreeMap<PathBuf, Entry>);

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// File type and permission bits.
    pub(crate) mode: u32,
    pub(crate) owner: (u32, u32),
    /// Of a link: where it leads to.
    pub(crate) bytes: Vec<u8>,
    /// Set by [`Tree::touched`] only: inode and time of the last change of content.
    pub(crate) identity: Option<(u64, i64, i64)>,
}

impl Tree {
    /// With inode and time, so that even a rewrite with the same bytes is a difference.
    pub(crate) fn touched(mut self, folder: &Path) -> Self {
        for (path, entry) in &mut self.0 {
            let now = fs::symlink_metadata(folder.join(path)).unwrap();
            entry.identity = now
                .is_file()
                .then(|| (now.ino(), now.mtime(), now.mtime_nsec()));
        }
        self
    }
}

pub(crate) fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn look(root: &Path, folder: &Path, entries: &mut BTreeMap<PathBuf, Entry>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let metadata = fs::symlink_metadata(&path).unwrap();
        let bytes = if metadata.is_file() {
            fs::read(&path).unwrap_or_default()
        } else if metadata.is_symlink() {
            let target = fs::read_link(&path).unwrap();
            target.as_os_str().as_encoded_bytes().to_vec()
        } else {
            Vec::new()
        };
        entries.insert(
            path.strip_prefix(root).unwrap().to_owned(),
            Entry {
                mode: metadata.mode(),
                owner: (metadata.uid(), metadata.gid()),
                bytes,
                identity: None,
            },
        );
        if metadata.is_dir() {
            look(root, &path, entries);
        }
    }
}
