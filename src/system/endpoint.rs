//! Sockets, the TLS handshake that shows which certificate is served, and one HTTP request.

mod address;
pub(crate) mod connect;
mod dial;
mod http;
mod quick;
mod ready;
mod tls;
mod watched;

use crate::error::ServiceError;
use crate::error::service::EndpointFault;
use crate::system::deadline::{Deadline, Stopped};

pub(crate) use address::Endpoint;
pub(crate) use dial::{Client, Dial, Progress};
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use http::read_answer;
pub(crate) use http::{Credentials, Request, Response, Scheme, get};

/// What a server showed in a whole handshake: it holds the leaf's private key.
#[derive(Debug)]
pub(crate) struct Served {
    /// DER, the leaf first, as sent.
    pub(crate) chain: Vec<Vec<u8>>,
    /// OpenSSL's name, for example `TLSv1.3`.
    pub(crate) protocol: &'static str,
    /// OpenSSL's name, for example `TLS_AES_256_GCM_SHA384`.
    pub(crate) cipher: String,
}

impl Served {
    /// SHA-256 of the leaf, lower-case hex.
    pub(crate) fn leaf_sha256(&self) -> String {
        sha256_hex(self.chain.first().map(Vec::as_slice).unwrap_or_default())
    }

    /// Whether a certificate of that SHA-256, lower-case hex, was sent with the leaf.
    pub(crate) fn sent(&self, sha256: &str) -> bool {
        self.chain.iter().skip(1).any(|it| sha256_hex(it) == sha256)
    }
}

fn sha256_hex(der: &[u8]) -> String {
    openssl::sha::sha256(der)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Connects to the first address of `endpoint` that accepts, and ends a whole TLS 1.2 or 1.3
/// handshake before the deadline, whatever the server does.
///
/// Nothing is trusted and nothing refused: callers compare fingerprints. `server_name` is sent as SNI
/// unless it is an address or empty (RFC 6066, section 3).
pub(crate) fn handshake(
    endpoint: &Endpoint,
    server_name: &str,
    deadline: &Deadline<'_>,
) -> Result<Served, ServiceError> {
    let stream = connect::connect(endpoint, deadline).map_err(|fault| fault.of(endpoint))?;
    tls::handshake(stream, server_name, deadline).map_err(|fault| fault.of(endpoint))
}

/// A fault before it is known whose it is.
#[derive(Debug)]
enum Fault {
    Endpoint(EndpointFault),
    Interrupted,
}

impl Fault {
    fn of(self, endpoint: &Endpoint) -> ServiceError {
        match self {
            Self::Endpoint(fault) => ServiceError::Endpoint {
                endpoint: endpoint.to_string(),
                fault,
            },
            Self::Interrupted => ServiceError::Interrupted,
        }
    }

    /// `late` is what it means when there is no time left.
    fn stopped(stopped: Stopped, late: EndpointFault) -> Self {
        match stopped {
            Stopped::Interrupted => Self::Interrupted,
            Stopped::TimedOut => Self::Endpoint(late),
        }
    }
}

#[cfg(test)]
pub(crate) mod testing;

#[cfg(test)]
mod tests;
