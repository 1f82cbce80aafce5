//! Server names: what `--host` may be, and which certificate covers it (RFC 6125, RFC 9525).

use std::fmt;
use std::net::IpAddr;

use crate::error::CertificateError;
use crate::pki::certificate::Certificate;

/// A checked DNS name (lower case, no trailing dot) or IP address.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) struct ServerName(Name);

#[derive(Clone, Debug, Eq, Hash, PartialEq)]
enum Name {
    Dns(String),
    Ip(IpAddr),
}

impl ServerName {
    /// Reads what a user gave as `--host`: a DNS name, or an IP address, IPv6 with or without brackets.
    pub(crate) fn parse(given: &str) -> Result<Self, CertificateError> {
        let bare = given
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'));
        if let Ok(ip) = bare.unwrap_or(given).parse() {
            return Ok(Self(Name::Ip(ip)));
        }
        let name = given.strip_suffix('.').unwrap_or(given);
        match complaint(name) {
            Some(reason) => Err(CertificateError::Host {
                given: crate::pki::certificate::distinguished_name::escape(given),
                reason,
            }),
            None => Ok(Self(Name::Dns(name.to_ascii_lowercase()))),
        }
    }

    /// The name that a server is reached by when the user gave none: the only exact DNS name in its
    /// certificate besides localhost; with several, `current` (the one in use so far) if covered.
    pub(crate) fn of_certificate(
        leaf: &Certificate,
        current: Option<&Self>,
    ) -> Result<Self, CertificateError> {
        let mut exact: Vec<Self> = Vec::new();
        for name in leaf
            .dns_names()
            .iter()
            .filter_map(|name| Self::parse(name).ok())
        {
            if !name.is_localhost() && !exact.contains(&name) {
                exact.push(name);
            }
        }
        let current = current.filter(|current| current.is_covered_by(leaf));
        match (exact.as_slice(), current) {
            ([only], _) => Ok(only.clone()),
            (_, Some(current)) => Ok(current.clone()),
            ([], None) => Err(CertificateError::NoHost),
            (_, None) => Err(CertificateError::AmbiguousHost {
                names: exact.iter().map(Self::to_string).collect(),
            }),
        }
    }

    /// Whether a client that asks for this name accepts `leaf`. The common name does not count, and an
    /// IP address is found among IP addresses only.
    pub(crate) fn is_covered_by(&self, leaf: &Certificate) -> bool {
        match &self.0 {
            Name::Dns(name) => leaf.dns_names().iter().any(|pattern| covers(pattern, name)),
            Name::Ip(ip) => leaf.ip_addresses().contains(ip),
        }
    }

    /// The DNS name, if it is one: what goes into SNI.
    pub(crate) fn dns(&self) -> Option<&str> {
        match &self.0 {
            Name::Dns(name) => Some(name),
            Name::Ip(_) => None,
        }
    }

    /// The IP address, if it is one.
    pub(crate) fn ip(&self) -> Option<IpAddr> {
        match &self.0 {
            Name::Dns(_) => None,
            Name::Ip(ip) => Some(*ip),
        }
    }

    fn is_localhost(&self) -> bool {
        self.dns()
            .is_some_and(|name| name == "localhost" || name.starts_with("localhost."))
    }
}

impl fmt::Display for ServerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Name::Dns(name) => f.write_str(name),
            Name::Ip(ip) => ip.fmt(f),
        }
    }
}

/// Whether `pattern`, a dNSName, covers `name`, which is lower case already.
///
/// A wildcard is the whole leftmost label and stands for exactly one label (RFC 9525, 6.3); above a
/// top-level domain (`*.com`) it counts for nothing, as in OpenSSL and Java.
fn covers(pattern: &str, name: &str) -> bool {
    let pattern = pattern.strip_suffix('.').unwrap_or(pattern);
    match pattern.strip_prefix("*.") {
        Some(parent) => name.split_once('.').is_some_and(|(_, rest)| {
            parent.contains('.') && complaint(parent).is_none() && parent.eq_ignore_ascii_case(rest)
        }),
        None => pattern.eq_ignore_ascii_case(name),
    }
}

/// Why `name` is no DNS name in A-label form (RFC 1123, 2.1; RFC 5890). Underscores are let pass:
/// internal hosts have them.
fn complaint(name: &str) -> Option<&'static str> {
    let labels = || name.split('.');
    let bad = |c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '.');
    if name.is_empty() {
        Some("it is empty")
    } else if name.contains("://") || name.contains('/') {
        Some("it is an address; only the host's name is wanted")
    } else if name.contains('*') {
        Some("it is a wildcard; the name of this one server is wanted")
    } else if name.contains(':') {
        Some("a port or a broken IPv6 address; only the host's name is wanted")
    } else if !name.is_ascii() {
        Some("write an international name in its ASCII form, xn--…")
    } else if name.contains(bad) {
        Some("only letters, digits, dots and hyphens are allowed")
    } else if labels().any(str::is_empty) {
        Some("there is nothing between two dots")
    } else if name.len() > 253 || labels().any(|label| label.len() > 63) {
        Some("a name has at most 253 characters, between two dots 63")
    } else if labels().any(|label| label.starts_with('-') || label.ends_with('-')) {
        Some("no part of it may begin or end with a hyphen")
    } else if labels()
        .next_back()
        .is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()))
    {
        Some("a broken IP address")
    } else {
        None
    }
}

#[cfg(test)]
mod tests;
