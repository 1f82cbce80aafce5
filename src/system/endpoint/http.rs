//! One HTTP request, over plain TCP or TLS, that takes no more time and memory than it is given.

mod channel;
mod message;

use std::io::{BufReader, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::error::ServiceError;
use crate::error::service::EndpointFault;
use crate::secret::Secret;
use crate::system::deadline::Deadline;
use crate::system::endpoint::{Endpoint, Fault, Served, connect};
use channel::Channel;
use message::Broken;

/// What a user types into a browser that asks for a password.
#[derive(Clone, Debug)]
pub(crate) struct Credentials {
    pub(crate) user: String,
    pub(crate) password: Secret,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Scheme<'a> {
    Plain,
    /// With this name as SNI, unless it is an address or empty.
    Tls {
        server_name: &'a str,
    },
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Request<'a> {
    pub(crate) scheme: Scheme<'a>,
    /// As in a URL: `/iris/getdown.txt`.
    pub(crate) path: &'a str,
    /// The Host header: a name or `[address]`, with the port where that is not the scheme's own.
    pub(crate) host: &'a str,
    pub(crate) credentials: Option<&'a Credentials>,
}

#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    /// The first MiB of it.
    pub(crate) body: Vec<u8>,
    /// What was shown in the handshake; `None` over plain TCP.
    pub(crate) served: Option<Served>,
}

/// GETs once from the first address of `endpoint` that accepts a connection, and is done before the
/// deadline, whatever the server does. No redirect is followed, and as in
/// [`handshake`](crate::system::endpoint::handshake) nothing is trusted and nothing refused.
pub(crate) fn get(
    endpoint: &Endpoint,
    request: &Request<'_>,
    deadline: &Deadline<'_>,
) -> Result<Response, ServiceError> {
    exchange(endpoint, request, deadline).map_err(|fault| fault.of(endpoint))
}

fn exchange(
    endpoint: &Endpoint,
    request: &Request<'_>,
    deadline: &Deadline<'_>,
) -> Result<Response, Fault> {
    let stream = connect::connect(endpoint, deadline)?;
    let (mut channel, served) = match request.scheme {
        Scheme::Plain => (Channel::plain(stream, deadline)?, None),
        Scheme::Tls { server_name } => {
            let (channel, served) = Channel::tls(stream, server_name, deadline)?;
            (channel, Some(served))
        }
    };
    let message = channel
        .write_all(&request.bytes())
        .map_err(|_| Broken::Cut)
        .and_then(|()| message::read(&mut BufReader::new(&mut channel)));
    match (message, channel.stopped()) {
        (Ok(message), _) => Ok(Response {
            status: message.status,
            body: message.body,
            served,
        }),
        (Err(_), Some(stopped)) => Err(Fault::stopped(stopped, EndpointFault::Silent)),
        (Err(Broken::Cut), None) => Err(Fault::Endpoint(EndpointFault::HungUp)),
        (Err(Broken::NotHttp { tls }), None) => {
            Err(Fault::Endpoint(EndpointFault::NotHttp { tls }))
        }
    }
}

/// Status and body of an answer without a connection, or in words why there is none.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) fn read_answer(stream: &mut impl std::io::BufRead) -> Result<(u16, Vec<u8>), String> {
    let message = message::read(stream).map_err(|broken| format!("{broken:?}"))?;
    Ok((message.status, message.body))
}

impl Request<'_> {
    /// HTTP/1.1 (RFC 9112), in memory that is wiped and never moved, for the sake of the password.
    fn bytes(&self) -> Zeroizing<Vec<u8>> {
        let login = self.credentials.map(Credentials::basic).unwrap_or_default();
        let (path, host) = (in_ascii(self.path), in_ascii(self.host));
        let fields = format!(
            "GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: dhtls/{}\r\nAccept: */*\r\nConnection: close\r\n",
            env!("CARGO_PKG_VERSION")
        );
        let authorization = "Authorization: Basic ";
        let most = fields.len() + authorization.len() + login.len() + 4;
        let mut bytes = Zeroizing::new(Vec::with_capacity(most));
        bytes.extend_from_slice(fields.as_bytes());
        if self.credentials.is_some() {
            bytes.extend_from_slice(authorization.as_bytes());
            bytes.extend_from_slice(&login);
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(b"\r\n");
        bytes
    }
}

impl Credentials {
    /// RFC 7617.
    fn basic(&self) -> Zeroizing<Vec<u8>> {
        let (user, password) = (self.user.as_bytes(), self.password.expose());
        let mut pair = Zeroizing::new(Vec::with_capacity(user.len() + 1 + password.len()));
        pair.extend_from_slice(user);
        pair.push(b':');
        pair.extend_from_slice(password);
        let mut text = Zeroizing::new(vec![0; pair.len().div_ceil(3) * 4]);
        let written = STANDARD.encode_slice(&*pair, &mut text).unwrap_or(0);
        text.truncate(written);
        text
    }
}

/// Percent-encoded where it would end the line, the word, or ASCII.
fn in_ascii(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte.is_ascii_graphic() {
            true => char::from(byte).to_string(),
            false => format!("%{byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests;
