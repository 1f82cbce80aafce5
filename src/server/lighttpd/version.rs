//! A lighttpd's release.

use std::fmt;

/// `1.4.69`, by its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LighttpdVersion([u32; 3]);

impl LighttpdVersion {
    /// Reads what `lighttpd -v` says: `lighttpd/1.4.69 (ssl) - a light and fast webserver`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let rest = text.split_once("lighttpd/")?.1;
        let end = rest.find(|c: char| c != '.' && !c.is_ascii_digit());
        let mut numbers = rest
            .get(..end.unwrap_or(rest.len()))?
            .split('.')
            .map(|number| number.parse().ok());
        let mut next = || numbers.next().flatten();
        Some(Self([next()?, next()?, next()?]))
    }

    /// Finds the same words in the program itself.
    pub(crate) fn in_program(bytes: &[u8]) -> Option<Self> {
        let words = b"lighttpd/1.";
        let places = bytes.windows(words.len()).enumerate();
        let mut found = places
            .filter(|(_, window)| *window == words)
            .filter_map(|(at, _)| Self::parse(&String::from_utf8_lossy(bytes.get(at..at + 32)?)));
        found.next()
    }

    /// Whether its own default shuts out TLS 1.2, and with it Java 8 before 8u261: from 1.4.77.
    pub(crate) fn wants_tls13_only(self) -> bool {
        self >= Self([1, 4, 77])
    }
}

impl fmt::Display for LighttpdVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self([major, minor, patch]) = self;
        write!(f, "{major}.{minor}.{patch}")
    }
}

#[cfg(test)]
mod tests {
    use super::LighttpdVersion;

    #[test]
    fn releases_are_compared_by_number_and_not_by_letter() {
        let old = LighttpdVersion::parse("lighttpd/1.4.69 (ssl) - a light and fast webserver\n");
        let new = LighttpdVersion::parse("lighttpd/1.4.77-devel");
        assert_eq!(old.unwrap().to_string(), "1.4.69");
        assert!(!old.unwrap().wants_tls13_only());
        assert!(new.unwrap().wants_tls13_only());
        assert!(LighttpdVersion::parse("lighttpd/1.4.100") > new);
    }

    #[test]
    fn what_is_no_release_is_none() {
        for text in [
            "",
            "nginx/1.4.69",
            "lighttpd/",
            "lighttpd/1.4",
            "lighttpd/1..4",
        ] {
            assert_eq!(LighttpdVersion::parse(text), None, "{text}");
        }
    }
}
