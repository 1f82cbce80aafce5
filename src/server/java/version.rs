//! A Java's version, as its `release` file or `java -version` tells it.

use std::fmt;

/// `1.8.0_342` is family 8, update 342; `11.0.12` is family 11, update 12.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct JavaVersion {
    pub(crate) family: u32,
    pub(crate) update: u32,
    /// Oracle's own build of Java 8, whose updates count otherwise than those of OpenJDK.
    oracle: bool,
}

impl JavaVersion {
    /// Reads the `release` file in Java's home: lines of `KEY="VALUE"`.
    pub(crate) fn from_release(text: &str) -> Option<Self> {
        let value = |wanted: &str| {
            text.lines()
                .filter_map(|line| line.trim().split_once('='))
                .find(|(key, _)| *key == wanted)
                .map(|(_, value)| value.trim_matches('"'))
        };
        // Oracle JDK 8 names no implementor, but itself commercial.
        let oracle = value("BUILD_TYPE") == Some("commercial")
            || value("IMPLEMENTOR").is_some_and(|name| name.starts_with("Oracle"));
        Self::parse(value("JAVA_VERSION")?, oracle)
    }

    /// Reads what `java -version` says: `openjdk version "11.0.12" 2021-07-20`, `java version "1.8.0_301"`.
    pub(crate) fn from_version_output(text: &str) -> Option<Self> {
        let line = text.lines().find(|line| line.contains(" version \""))?;
        Self::parse(line.split('"').nth(1)?, text.contains("Java(TM) SE"))
    }

    /// Whether it reads PKCS#12 with AES-256 and an HMAC of SHA-256: measured for 8u504 and 11.0.13 to
    /// 25; OpenJDK has it from 17, 11.0.12 and 8u342, Oracle from 8u301. In doubt no: a keystore that
    /// cannot be read is an outage.
    pub(crate) fn supports_modern(self) -> bool {
        match self.family {
            0..=7 | 9 | 10 | 12..=16 => false,
            8 if self.oracle => self.update >= 301,
            8 => self.update >= 342,
            11 => self.update >= 12,
            17.. => true,
        }
    }

    fn parse(text: &str, oracle: bool) -> Option<Self> {
        // Without build and early-access marks: `17.0.15+6`, `21-ea`, `1.8.0_301-b09`.
        let end = text.find(['+', '-']).unwrap_or(text.len());
        let mut numbers = text
            .get(..end)?
            .split(['.', '_'])
            .map(|number| number.parse::<u32>().ok());
        let first = numbers.next()??;
        let (family, update) = if first == 1 {
            (numbers.next()??, numbers.nth(1))
        } else {
            (first, numbers.nth(1))
        };
        Some(Self {
            family,
            update: update.flatten().unwrap_or(0),
            oracle,
        })
    }
}

impl fmt::Display for JavaVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.family {
            0..=8 => write!(f, "{}u{}", self.family, self.update),
            9.. => write!(f, "{}.0.{}", self.family, self.update),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::JavaVersion;

    fn release(version: &str, rest: &str) -> JavaVersion {
        let text = format!("{rest}\nJAVA_VERSION=\"{version}\"\nOS_ARCH=\"amd64\"\n");
        JavaVersion::from_release(&text).unwrap()
    }

    #[test]
    fn modern_keystores_begin_where_they_were_measured() {
        for (version, shown, modern) in [
            ("1.7.0_80", "7u80", false),
            ("1.8.0", "8u0", false),
            ("1.8.0_341", "8u341", false),
            ("1.8.0_342", "8u342", true),
            ("1.8.0_504", "8u504", true),
            ("9.0.4", "9.0.4", false),
            ("11", "11.0.0", false),
            ("11.0.5", "11.0.5", false),
            ("11.0.12", "11.0.12", true),
            ("11.0.12.1", "11.0.12", true),
            ("16.0.2", "16.0.2", false),
            ("17", "17.0.0", true),
            ("17.0.15+6-Debian", "17.0.15", true),
            ("21-ea", "21.0.0", true),
            ("25.0.2", "25.0.2", true),
        ] {
            let found = release(version, "IMPLEMENTOR=\"Eclipse Adoptium\"");
            assert_eq!(found.to_string(), shown, "{version}");
            assert_eq!(found.supports_modern(), modern, "{version}");
        }
    }

    #[test]
    fn oracles_java_8_counts_otherwise() {
        for mark in [
            "BUILD_TYPE=\"commercial\"",
            "IMPLEMENTOR=\"Oracle Corporation\"",
        ] {
            assert!(!release("1.8.0_291", mark).supports_modern());
            assert!(release("1.8.0_301", mark).supports_modern());
        }
        assert!(!release("1.8.0_301", "").supports_modern());
    }

    #[test]
    fn the_version_is_read_from_what_java_says() {
        let openjdk = "openjdk version \"11.0.13\" 2021-10-19\n\
            OpenJDK Runtime Environment 18.9 (build 11.0.13+8)\n";
        let oracle = "java version \"1.8.0_301\"\n\
            Java(TM) SE Runtime Environment (build 1.8.0_301-b09)\n";
        let with_options = format!("Picked up JAVA_TOOL_OPTIONS: -Dx=\"y\"\n{openjdk}");
        for (text, shown) in [
            (openjdk, "11.0.13"),
            (oracle, "8u301"),
            (&with_options, "11.0.13"),
        ] {
            let found = JavaVersion::from_version_output(text).unwrap();
            assert_eq!(found.to_string(), shown);
            assert!(found.supports_modern());
        }
    }

    #[test]
    fn what_is_no_version_is_unknown() {
        for text in [
            "",
            "JAVA_VERSION=",
            "JAVA_VERSION=\"\"",
            "JAVA_VERSION=\"x.y\"",
            "JAVA_VERSION=\"1\"",
        ] {
            assert_eq!(JavaVersion::from_release(text), None, "{text}");
        }
        for text in ["", "bash: java: command not found", "openjdk version \""] {
            assert_eq!(JavaVersion::from_version_output(text), None, "{text}");
        }
    }
}
