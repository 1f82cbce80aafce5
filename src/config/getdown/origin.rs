//! The part of an address that a change of the server's scheme, host or port replaces.

use std::fmt;
use std::net::Ipv6Addr;
use std::ops::Range;

use crate::error::GetdownError;
use crate::error::getdown::AddressFault;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheme {
    Http,
    Https,
}

impl Scheme {
    /// The port that an address need not name.
    pub(crate) fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Http => "http",
            Self::Https => "https",
        })
    }
}

/// `scheme://host[:port]`; the port is left out where it is the scheme's own.
#[derive(Debug, Clone)]
pub(crate) struct Origin {
    pub(crate) scheme: Scheme,
    /// IPv6 without brackets.
    host: String,
    pub(crate) port: u16,
}

impl Origin {
    /// `host` is a DNS name or an IP address, IPv6 with or without brackets.
    pub(crate) fn new(scheme: Scheme, host: &str, port: u16) -> Result<Self, GetdownError> {
        let bare = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'));
        let name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
        let fits = match bare {
            Some(bare) => is_ipv6(bare),
            None => is_ipv6(host) || (!host.is_empty() && host.bytes().all(name)),
        };
        match fits {
            true => Ok(Self {
                scheme,
                host: bare.unwrap_or(host).to_owned(),
                port,
            }),
            false => Err(GetdownError::BadHost {
                host: host.to_owned(),
            }),
        }
    }

    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// `host[:port]` as an address has it.
    pub(super) fn authority(&self) -> String {
        let host = match is_ipv6(&self.host) {
            true => format!("[{}]", self.host),
            false => self.host.clone(),
        };
        match self.port == self.scheme.default_port() {
            true => host,
            false => format!("{host}:{}", self.port),
        }
    }
}

/// Host names are the same in upper and lower case.
impl PartialEq for Origin {
    fn eq(&self, other: &Self) -> bool {
        self.scheme == other.scheme
            && self.port == other.port
            && self.host.eq_ignore_ascii_case(&other.host)
    }
}

impl Eq for Origin {}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.authority())
    }
}

fn is_ipv6(host: &str) -> bool {
    host.parse::<Ipv6Addr>().is_ok()
}

/// Where in an address its parts are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parts {
    pub(super) scheme: Scheme,
    /// `USER:PASSWORD@`, or empty. Kept: it says nothing about where the server is.
    pub(super) user: Range<usize>,
    /// Behind the user up to path, query or fragment.
    pub(super) authority: Range<usize>,
}

impl Parts {
    /// Splits an address as `java.net.URL` does; `None` if it is neither http nor https.
    pub(super) fn of(value: &[u8]) -> Result<Option<Self>, AddressFault> {
        let begins = |prefix: &[u8]| {
            let start = value.get(..prefix.len());
            start.is_some_and(|start| start.eq_ignore_ascii_case(prefix))
        };
        let (scheme, length) = match (begins(b"https:"), begins(b"http:")) {
            (true, _) => (Scheme::Https, "https:".len()),
            (false, true) => (Scheme::Http, "http:".len()),
            (false, false) => return Ok(None),
        };
        let rest = value.get(length..).unwrap_or_default();
        let rest = rest.strip_prefix(b"//").ok_or(AddressFault::NoHost)?;
        let start = length + 2;
        let is_end = |byte: &u8| matches!(byte, b'/' | b'?' | b'#');
        let all = rest.get(..rest.iter().position(is_end).unwrap_or(rest.len()));
        let all = all.unwrap_or_default();
        let user = all
            .iter()
            .rposition(|byte| *byte == b'@')
            .map_or(0, |at| at + 1);
        let host = all.get(user..).unwrap_or_default();
        if host.is_empty() || host.starts_with(b":") {
            return Err(AddressFault::NoHost);
        }
        if all.iter().any(|byte| *byte <= b' ' || *byte == 0x7f) {
            return Err(AddressFault::BlankInHost);
        }
        Ok(Some(Self {
            scheme,
            user: start..start + user,
            authority: start + user..start + all.len(),
        }))
    }

    /// `None` if the host or port is none, as in `%ENV.HOST%`.
    pub(super) fn origin(&self, value: &[u8]) -> Option<Origin> {
        let authority = std::str::from_utf8(value.get(self.authority.clone())?).ok()?;
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port),
            Some(_) | None => (authority, ""),
        };
        let port = match port {
            "" => self.scheme.default_port(),
            port => port.parse().ok()?,
        };
        Origin::new(self.scheme, host, port).ok()
    }
}
