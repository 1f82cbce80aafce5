//! Everything below a folder as a value: compared, told apart from another one, laid down again.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};

/// By path below the folder, parents first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Image(pub(crate) BTreeMap<PathBuf, Item>);

/// One file, folder or link with all that has to survive a change.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Item {
    pub(crate) kind: Kind,
    /// Permission bits.
    pub(crate) mode: u32,
    pub(crate) owner: (u32, u32),
    /// Access list, label and `user.*`, as the kernel keeps them.
    pub(crate) extended: BTreeMap<OsString, Vec<u8>>,
    /// Of a file its content, of a link where it leads to.
    pub(crate) bytes: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    File,
    Folder,
    Link,
}

impl Image {
    pub(crate) fn of(folder: &Path) -> Self {
        let mut image = Self::default();
        look(folder, folder, &mut image);
        image
    }

    /// What lies below `name`, with paths from there on.
    pub(crate) fn below(&self, name: &str) -> Self {
        let items = self.0.iter().filter_map(|(path, item)| {
            let path = path.strip_prefix(name).ok()?;
            (path != Path::new("")).then(|| (path.to_owned(), item.clone()))
        });
        Self(items.collect())
    }

    /// Puts it into an empty folder.
    pub(crate) fn lay(&self, folder: &Path) {
        for (path, item) in &self.0 {
            let path = folder.join(path);
            match item.kind {
                Kind::Folder => fs::create_dir(&path).unwrap(),
                Kind::File => fs::write(&path, &item.bytes).unwrap(),
                Kind::Link => {
                    let target = String::from_utf8(item.bytes.clone()).unwrap();
                    symlink(target, &path).unwrap();
                    continue;
                }
            }
            let (user, group) = item.owner;
            chown(&path, Some(user), Some(group)).unwrap();
            for (name, value) in &item.extended {
                xattr::set(&path, name, value).unwrap();
            }
            fs::set_permissions(&path, fs::Permissions::from_mode(item.mode)).unwrap();
        }
    }

    /// Tells images apart.
    pub(crate) fn digest(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        hasher.finish()
    }
}

/// Without the content, which may be a key.
impl std::fmt::Debug for Item {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { kind, mode, .. } = self;
        let (user, group) = self.owner;
        let names: Vec<_> = self.extended.keys().collect();
        let length = self.bytes.len();
        write!(
            f,
            "{kind:?} {mode:04o} {user}:{group} {length} bytes {names:?}"
        )
    }
}

/// Empties a folder for the next run in it.
pub(crate) fn empty(folder: &Path) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if fs::symlink_metadata(&path).unwrap().is_dir() {
            fs::remove_dir_all(&path).unwrap();
        } else {
            fs::remove_file(&path).unwrap();
        }
    }
}

fn look(root: &Path, folder: &Path, image: &mut Image) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let metadata = fs::symlink_metadata(&path).unwrap();
        let (kind, bytes) = if metadata.is_dir() {
            look(root, &path, image);
            (Kind::Folder, Vec::new())
        } else if metadata.is_symlink() {
            let target = fs::read_link(&path).unwrap();
            (Kind::Link, target.into_os_string().into_encoded_bytes())
        } else {
            assert!(metadata.is_file(), "{}", path.display());
            (Kind::File, fs::read(&path).unwrap())
        };
        let extended = match kind {
            Kind::Link => BTreeMap::new(),
            Kind::File | Kind::Folder => extended(&path),
        };
        let item = Item {
            kind,
            mode: metadata.mode() & 0o7777,
            owner: (metadata.uid(), metadata.gid()),
            extended,
            bytes,
        };
        image
            .0
            .insert(path.strip_prefix(root).unwrap().to_owned(), item);
    }
}

fn extended(path: &Path) -> BTreeMap<OsString, Vec<u8>> {
    let names = xattr::list(path).unwrap();
    names
        .filter_map(|name| Some((name.clone(), xattr::get(path, &name).unwrap()?)))
        .collect()
}
