//! `HOST:PORT` as people type it.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use crate::error::ServiceError;

/// A host by name or address, and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Endpoint {
    /// Without the brackets of an IPv6 address.
    pub(crate) host: String,
    pub(crate) port: u16,
}

impl FromStr for Endpoint {
    type Err = ServiceError;

    /// Reads `host:8123`, `127.0.0.1:8123` or `[::1]:8123`; no scheme, no path, no port 0.
    fn from_str(text: &str) -> Result<Self, ServiceError> {
        let parts = || {
            let (host, port) = text.rsplit_once(':')?;
            if !port.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            let port = port.parse().ok().filter(|port| *port != 0)?;
            let host = match host.strip_prefix('[') {
                Some(rest) => rest.strip_suffix(']').filter(|host| is_ipv6(host))?,
                None => Some(host).filter(|host| is_name(host))?,
            };
            let host = host.to_owned();
            Some(Self { host, port })
        };
        parts().ok_or_else(|| ServiceError::BadEndpoint {
            text: text.to_owned(),
        })
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port } = self;
        if host.contains(':') {
            write!(f, "[{host}]:{port}")
        } else {
            write!(f, "{host}:{port}")
        }
    }
}

/// An IPv6 address, perhaps with its zone: `fe80::1%eth0`.
fn is_ipv6(host: &str) -> bool {
    let address = host.split_once('%').map_or(host, |(address, _)| address);
    address.parse::<Ipv6Addr>().is_ok()
}

fn is_name(host: &str) -> bool {
    !host.is_empty()
        && host
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_'))
}

/// Whether SNI may carry it: a name, not an address.
pub(super) fn is_host_name(server_name: &str) -> bool {
    is_name(server_name) && server_name.parse::<IpAddr>().is_err()
}

#[cfg(test)]
mod tests {
    use super::Endpoint;

    #[test]
    fn names_and_addresses_are_read_and_shown_alike() {
        for (text, host, port) in [
            ("localhost:8123", "localhost", 8123),
            ("127.0.0.1:1", "127.0.0.1", 1),
            ("[::1]:65535", "::1", 65535),
            ("[fe80::1%eth0]:8123", "fe80::1%eth0", 8123),
            ("server_1.example.com:8000", "server_1.example.com", 8000),
        ] {
            let endpoint: Endpoint = text.parse().unwrap();
            assert_eq!((endpoint.host.as_str(), endpoint.port), (host, port));
            assert_eq!(endpoint.to_string(), text);
        }
    }

    #[test]
    fn anything_else_is_refused_with_an_example() {
        for text in [
            "",
            ":",
            "host",
            "host:",
            ":8123",
            "host:0",
            "host:65536",
            "host:+1",
            "host:-1",
            "host:8123/",
            "https://host:8123",
            "::1:8123",
            "[::1]",
            "[host]:1",
            "[::1:8123",
            "ho st:1",
            "host:1\n",
            "user@host:1",
            "host: 8123",
        ] {
            let error = text.parse::<Endpoint>().unwrap_err();
            assert_eq!(error.to_string(), format!("{text:?} is not HOST:PORT"));
            assert!(error.hint().unwrap().contains("127.0.0.1:8123"));
        }
    }
}
