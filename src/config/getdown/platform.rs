//! Which lines a launcher sees on which platform.

use std::fmt;

use crate::config::getdown::address::Address;
use crate::error::Position;

/// Two lines of one key that are both for `platform`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Clash {
    pub(crate) key: String,
    pub(crate) first: Position,
    pub(crate) second: Position,
    pub(crate) platform: &'static str,
}

impl Clash {
    pub(super) fn between(first: &Address, second: &Address) -> Option<Self> {
        let same_key = first.key == second.key;
        let both = |platform: &&(&str, &str, &str)| {
            same_key && [first, second].iter().all(|it| applies(it, platform))
        };
        let (platform, ..) = PLATFORMS.iter().find(both)?;
        Some(Self {
            key: first.key.clone(),
            first: first.at.clone(),
            second: second.at.clone(),
            platform,
        })
    }
}

impl fmt::Display for Clash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            key,
            first,
            second,
            platform,
        } = self;
        write!(
            f,
            "{second}: {key} is set again for {platform}, after {first}: launchers do not start there"
        )
    }
}

/// For people, then Java's `os.name` and `os.arch` in lower case.
const PLATFORMS: [(&str, &str, &str); 7] = [
    ("Linux", "linux", "amd64"),
    ("Linux", "linux", "i386"),
    ("Linux", "linux", "aarch64"),
    ("Windows", "windows 10", "amd64"),
    ("Windows", "windows 10", "x86"),
    ("macOS", "mac os x", "x86_64"),
    ("macOS", "mac os x", "aarch64"),
];

/// `os[-arch]`, several of them separated by commas, or `!os[-arch]` alone; a part of the platform's name
/// is enough.
fn applies(address: &Address, (_, os, arch): &(&str, &str, &str)) -> bool {
    let matches = |qualifier: &str| {
        let qualifier = qualifier.trim().to_ascii_lowercase();
        let mut bits = qualifier.split('-');
        let wanted = (
            bits.next().unwrap_or_default(),
            bits.next().unwrap_or_default(),
        );
        os.contains(wanted.0) && arch.contains(wanted.1)
    };
    match address.qualifier.as_deref() {
        None => true,
        Some(list) => match list.strip_prefix('!') {
            Some(only) => !only.contains(',') && !matches(only),
            None => list.split(',').any(matches),
        },
    }
}
