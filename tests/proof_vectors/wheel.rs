//! The files of PyPI's `cryptography_vectors`, NIST's PKITS among them; tests/run.sh fetches them.

use std::fs;
use std::path::{Path, PathBuf};

use crate::is_full;

/// The version whose files the tables in testdata are about.
const VERSION: &str = "50.0.2";

/// The folder of NIST's Public Key Interoperability Test Suite.
const PKITS: &str = "x509/PKITS_data/";

/// A sample has each file but of PKITS, and of that every tenth.
const EVERY: usize = 10;

pub(crate) struct Wheel(PathBuf);

/// A file by its path below the wheel's folder.
#[derive(Clone, Debug)]
pub(crate) struct Vector {
    pub(crate) name: String,
    pub(crate) path: PathBuf,
}

impl Vector {
    pub(crate) fn is_of_pkits(&self) -> bool {
        self.name.starts_with(PKITS)
    }

    pub(crate) fn text_path(&self) -> &str {
        self.path.to_str().unwrap()
    }
}

impl Wheel {
    /// Nothing, and a word on stderr, when it could not be fetched.
    pub(crate) fn find() -> Option<Self> {
        let variable = |name| std::env::var_os(name).map(PathBuf::from);
        let cache = variable("XDG_CACHE_HOME")
            .or_else(|| variable("HOME").map(|home| home.join(".cache")))
            .unwrap_or_default();
        let folder = cache.join(format!("dhtls/cryptography_vectors-{VERSION}"));
        if folder.is_dir() {
            return Some(Self(folder));
        }
        eprintln!("skipped: no {}; tests/run.sh fetches it", folder.display());
        None
    }

    /// Files with such endings, by name: all, or a sample.
    pub(crate) fn files(&self, endings: &[&str]) -> Vec<Vector> {
        let mut files = Vec::new();
        self.collect(&self.0, &mut files);
        files.retain(|file| endings.iter().any(|ending| file.name.ends_with(ending)));
        files.sort_by(|one, other| one.name.cmp(&other.name));
        let (pkits, others): (Vec<Vector>, Vec<Vector>) =
            files.into_iter().partition(Vector::is_of_pkits);
        let step = if is_full() { 1 } else { EVERY };
        others
            .into_iter()
            .chain(pkits.into_iter().step_by(step))
            .collect()
    }

    fn collect(&self, folder: &Path, files: &mut Vec<Vector>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                self.collect(&path, files);
            } else {
                let name = path
                    .strip_prefix(&self.0)
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned();
                files.push(Vector { name, path });
            }
        }
    }
}
