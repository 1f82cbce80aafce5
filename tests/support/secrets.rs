//! What must never be seen: the passphrase and the keys, in every form in which they could leak.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use openssl::pkey::PKey;

use super::authority::Pair;
use super::program;
use super::webapi::PASSPHRASE;

/// How much of freed memory malloc itself overwrites.
const OVERWRITTEN: usize = 16;

/// Byte strings, each with what it is: without their first bytes, so that they are found in freed memory too.
pub(crate) struct Secrets(Vec<(String, Vec<u8>)>);

impl Secrets {
    /// The passphrase of the stand-in, and these keys.
    pub(crate) fn of(pairs: &[&Pair]) -> Self {
        let keys: Vec<_> = pairs.iter().map(|pair| pair.key.as_str()).collect();
        Self::of_keys(&keys)
    }

    /// The same with keys in PEM, P-256 or RSA.
    pub(crate) fn of_keys(keys: &[&str]) -> Self {
        let encoded = program::output("base64", &[] as &[&str], PASSPHRASE).stdout;
        let mut all = vec![
            (
                "the passphrase".to_owned(),
                PASSPHRASE[OVERWRITTEN..].into(),
            ),
            // Whatever follows the passphrase: whole groups of three bytes do not depend on it.
            (
                "its base64".to_owned(),
                encoded[OVERWRITTEN..PASSPHRASE.len() / 3 * 4].to_vec(),
            ),
        ];
        for key in keys {
            all.extend(forms(key));
        }
        Self(all)
    }

    /// And this.
    pub(crate) fn and(mut self, name: &str, text: &str) -> Self {
        self.0.push((name.to_owned(), text.into()));
        self
    }

    /// What of it is in these bytes.
    pub(crate) fn found_in(&self, bytes: &[u8]) -> Option<&str> {
        // Two bytes rule out most places: memory is large, and the forms of a secret are many.
        let first_two = |bytes: &[u8]| usize::from(bytes[0]) << 8 | usize::from(bytes[1]);
        let mut starts = vec![false; 1 << 16];
        self.0
            .iter()
            .for_each(|(_, secret)| starts[first_two(secret)] = true);
        let last = bytes.len().saturating_sub(1);
        let places = (0..last).filter(|at| starts[first_two(&bytes[*at..])]);
        let mut found = places.filter_map(|at| {
            let is_here = |(_, secret): &&(String, Vec<u8>)| bytes[at..].starts_with(secret);
            self.0.iter().find(is_here)
        });
        found.next().map(|(name, _)| name.as_str())
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

/// The lines of the PEM text, and each private number alone: as bytes, in hex, and with its lowest byte
/// first, as OpenSSL keeps it.
fn forms(pem: &str) -> Vec<(String, Vec<u8>)> {
    let lines = pem.lines().filter(|line| !line.starts_with('-'));
    let mut all: Vec<_> = lines
        .map(|line| (format!("the key's line {line}"), line.as_bytes().to_vec()))
        .collect();
    for number in private_numbers(pem) {
        let hex: String = number.iter().map(|byte| format!("{byte:02x}")).collect();
        let upper = hex.to_uppercase().into();
        all.push(("a private number in upper hex".to_owned(), upper));
        all.push(("a private number in hex".to_owned(), hex.into()));
        let reversed = number.iter().rev().copied().skip(OVERWRITTEN).collect();
        all.push(("a private number, lowest byte first".to_owned(), reversed));
        let number = number[OVERWRITTEN..].to_vec();
        all.push(("a private number".to_owned(), number));
    }
    all
}

/// Of a P-256 key the one, of an RSA key the exponent and the primes.
fn private_numbers(pem: &str) -> Vec<Vec<u8>> {
    let key = PKey::private_key_from_pem(pem.as_bytes()).unwrap();
    match key.rsa() {
        Ok(key) => [Some(key.d()), key.p(), key.q()]
            .map(|number| number.unwrap().to_vec())
            .into(),
        Err(_) => vec![
            key.ec_key()
                .unwrap()
                .private_key()
                .to_vec_padded(32)
                .unwrap(),
        ],
    }
}
