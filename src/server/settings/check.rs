//! `[check]`: what differs on this site from the defaults of `dhtls check`.

use std::fmt::Display;
use std::path::PathBuf;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::pki::findings::Code;
use crate::pki::names::ServerName;
use crate::pki::thresholds::Threshold;

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct CheckSettings {
    #[serde(deserialize_with = "each_parsed")]
    pub(crate) warn: Vec<Threshold>,
    #[serde(deserialize_with = "each_parsed")]
    pub(crate) crit: Vec<Threshold>,
    /// Trust anchors besides the system's.
    pub(crate) ca: Vec<PathBuf>,
    /// Names that every leaf has to cover.
    #[serde(deserialize_with = "each_host")]
    pub(crate) hosts: Vec<ServerName>,
    #[serde(deserialize_with = "each_parsed")]
    pub(crate) ignore: Vec<Ignore>,
}

/// A finding that is known and accepted: shown, not counted.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Ignore {
    code: Code,
    /// None: wherever it is found.
    source: Option<String>,
}

impl Ignore {
    pub(crate) fn covers(&self, code: Code, source: &str) -> bool {
        let same_source = self.source.as_deref().is_none_or(|known| known == source);
        self.code == code && same_source
    }
}

impl FromStr for Ignore {
    type Err = String;

    /// `CODE`, or `CODE@SOURCE`.
    fn from_str(text: &str) -> Result<Self, String> {
        let (code, source) = match text.split_once('@') {
            Some((code, source)) => (code, Some(source.to_owned())),
            None => (text, None),
        };
        Ok(Self {
            code: code.parse()?,
            source,
        })
    }
}

fn each_parsed<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr,
    T::Err: Display,
{
    let texts = Vec::<String>::deserialize(deserializer)?;
    let parsed = texts
        .iter()
        .map(|text| text.parse().map_err(D::Error::custom));
    parsed.collect()
}

fn each_host<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<ServerName>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    let parsed = texts
        .iter()
        .map(|text| ServerName::parse(text).map_err(D::Error::custom));
    parsed.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_accepted_finding_is_so_everywhere_or_at_one_source() {
        let everywhere: Ignore = "self-signed".parse().unwrap();
        assert!(
            everywhere.covers(Code::SelfSigned, "/a") && everywhere.covers(Code::SelfSigned, "b:1")
        );
        assert!(!everywhere.covers(Code::Expired, "/a"));
        let at_one: Ignore = "self-signed@user@host:1".parse().unwrap();
        assert!(at_one.covers(Code::SelfSigned, "user@host:1"));
        assert!(!at_one.covers(Code::SelfSigned, "host:1"));
        assert!(
            "self-singed@/a"
                .parse::<Ignore>()
                .unwrap_err()
                .contains("self-signed")
        );
    }
}
