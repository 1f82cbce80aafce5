//! What must never be seen: the passphrase and the keys, in every form in which they could leak.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::authority::Pair;
use super::program;
use super::webapi::PASSPHRASE;

/// Byte strings, each with what it is.
pub(crate) struct Secrets(Vec<(String, Vec<u8>)>);

impl Secrets {
    /// The passphrase of the stand-in, and these P-256 keys.
    pub(crate) fn of(pairs: &[&Pair]) -> Self {
        let encoded = program::output("base64", &[] as &[&str], PASSPHRASE).stdout;
        let mut all = vec![
            ("the passphrase".to_owned(), PASSPHRASE.into()),
            // Whatever follows the passphrase: whole groups of three bytes do not depend on it.
            (
                "its base64".to_owned(),
                encoded[..PASSPHRASE.len() / 3 * 4].to_vec(),
            ),
        ];
        for pair in pairs {
            all.extend(forms(&pair.key));
        }
        Self(all)
    }

    /// What of it is in these bytes.
    pub(crate) fn found_in(&self, bytes: &[u8]) -> Option<&str> {
        let contains = |secret: &[u8]| bytes.windows(secret.len()).any(|part| part == secret);
        let (name, _) = self.0.iter().find(|(_, secret)| contains(secret))?;
        Some(name)
    }

    #[track_caller]
    pub(crate) fn assert_absent(&self, bytes: impl AsRef<[u8]>, place: &str) {
        let found = self.found_in(bytes.as_ref());
        assert_eq!(
            found,
            None,
            "{place}: {}",
            String::from_utf8_lossy(bytes.as_ref())
        );
    }

    /// No file below the folder that others can read holds any of it; returns how many were looked at.
    pub(crate) fn assert_absent_for_others(&self, folder: &Path) -> usize {
        let mut count = 0;
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let found = fs::symlink_metadata(&path).unwrap();
            if found.is_dir() {
                count += self.assert_absent_for_others(&path);
            } else if found.is_file() && found.permissions().mode() & 0o004 != 0 {
                count += 1;
                self.assert_absent(fs::read(&path).unwrap(), &path.display().to_string());
            }
        }
        count
    }
}

/// The lines of the PEM text, the DER, and the private number alone, as bytes and in hex.
fn forms(pem: &str) -> Vec<(String, Vec<u8>)> {
    let lines = pem.lines().filter(|line| !line.starts_with('-'));
    let mut all: Vec<_> = lines
        .map(|line| (format!("the key's line {line}"), line.as_bytes().to_vec()))
        .collect();
    let convert = ["pkey", "-outform", "DER", "-traditional"];
    let der = program::output("openssl", &convert, pem).stdout;
    // RFC 5915: a sequence, version 1, an octet string of 32 bytes.
    assert_eq!(der[2..7], [2, 1, 1, 4, 32], "a P-256 key");
    let number = der[7..39].to_vec();
    let hex: String = number.iter().map(|byte| format!("{byte:02x}")).collect();
    all.push((
        "the private number in upper hex".to_owned(),
        hex.to_uppercase().into(),
    ));
    all.push(("the private number in hex".to_owned(), hex.into()));
    all.push(("the private number".to_owned(), number));
    all
}
