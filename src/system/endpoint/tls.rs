//! A TLS client that takes any certificate and gives no server more time than there is.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::os::fd::{AsFd, BorrowedFd};

use nix::poll::PollFlags;
use openssl::error::ErrorStack;
use openssl::ssl::{
    ErrorCode, HandshakeError, MidHandshakeSslStream, Ssl, SslContext, SslMethod, SslStream,
    SslVerifyMode, SslVersion,
};

use crate::error::service::EndpointFault;
use crate::system::deadline::Deadline;
use crate::system::endpoint::address::is_host_name;
use crate::system::endpoint::{Fault, Served, ready};

/// First byte of a TLS record that can answer a ClientHello (RFC 8446, section 5.1).
const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;

/// A connection after its handshake, still non-blocking.
pub(super) struct Session {
    pub(super) stream: SslStream<Watched>,
    pub(super) served: Served,
}

/// Ends a whole handshake on a fresh connection, and the connection with it.
pub(super) fn handshake(
    stream: TcpStream,
    server_name: &str,
    deadline: &Deadline<'_>,
) -> Result<Served, Fault> {
    let mut session = open(stream, server_name, deadline)?;
    // Polite, so that the server's log stays quiet; what it answers does not matter.
    let _ = session.stream.shutdown();
    Ok(session.served)
}

/// Ends a whole handshake on a fresh connection.
pub(super) fn open(
    stream: TcpStream,
    server_name: &str,
    deadline: &Deadline<'_>,
) -> Result<Session, Fault> {
    stream
        .set_nonblocking(true)
        .map_err(|error| Fault::Endpoint(EndpointFault::Unreachable(error)))?;
    let client = client(server_name).map_err(openssl_fault)?;
    let mut attempt = client.connect(Watched::new(stream));
    loop {
        match attempt {
            Ok(stream) => {
                let served = served(&stream).map_err(openssl_fault)?;
                return Ok(Session { stream, served });
            }
            Err(HandshakeError::WouldBlock(unfinished)) => {
                wait_until_ready(&unfinished, deadline)?;
                attempt = unfinished.handshake();
            }
            Err(HandshakeError::Failure(failed)) => {
                return Err(Fault::Endpoint(fault_of(&failed)));
            }
            Err(HandshakeError::SetupFailure(errors)) => return Err(openssl_fault(errors)),
        }
    }
}

/// TLS 1.2 and 1.3, whatever the system's policy; security level 0, so that a weak key is seen and
/// judged rather than refused.
fn client(server_name: &str) -> Result<Ssl, ErrorStack> {
    let mut context = SslContext::builder(SslMethod::tls_client())?;
    context.set_min_proto_version(Some(SslVersion::TLS1_2))?;
    context.set_max_proto_version(None)?;
    context.set_security_level(0);
    context.set_cipher_list("DEFAULT:@SECLEVEL=0")?;
    context.set_verify(SslVerifyMode::NONE);
    let mut ssl = Ssl::new(&context.build())?;
    if is_host_name(server_name) {
        ssl.set_hostname(server_name)?;
    }
    Ok(ssl)
}

fn wait_until_ready(
    unfinished: &MidHandshakeSslStream<Watched>,
    deadline: &Deadline<'_>,
) -> Result<(), Fault> {
    let wanted = if unfinished.error().code() == ErrorCode::WANT_WRITE {
        PollFlags::POLLOUT
    } else {
        PollFlags::POLLIN
    };
    ready::wait(unfinished.get_ref().as_fd(), wanted, deadline)
        .map_err(|stopped| Fault::stopped(stopped, EndpointFault::Silent))
}

fn served(stream: &SslStream<Watched>) -> Result<Served, ErrorStack> {
    let ssl = stream.ssl();
    let chain = match ssl.peer_cert_chain() {
        Some(chain) => chain
            .iter()
            .map(|certificate| certificate.to_der())
            .collect::<Result<_, _>>()?,
        None => Vec::new(),
    };
    let cipher = ssl.current_cipher().map_or("", |cipher| cipher.name());
    Ok(Served {
        chain,
        protocol: ssl.version_str(),
        cipher: cipher.to_owned(),
    })
}

/// The first byte tells what the server speaks, whatever OpenSSL makes of it.
fn fault_of(failed: &MidHandshakeSslStream<Watched>) -> EndpointFault {
    let watched = failed.get_ref();
    match watched.start.first() {
        Some(&(ALERT | HANDSHAKE)) | None => {}
        Some(_) => {
            let http = watched.start.starts_with(b"HTTP/");
            return EndpointFault::NotTls { http };
        }
    }
    if watched.ended {
        return EndpointFault::Closed;
    }
    let reason = failed
        .error()
        .ssl_error()
        .and_then(|stack| stack.errors().last())
        .and_then(|error| error.reason());
    EndpointFault::Handshake(reason.unwrap_or("no reason given").to_owned())
}

fn openssl_fault(errors: ErrorStack) -> Fault {
    Fault::Endpoint(EndpointFault::Handshake(errors.to_string()))
}

/// The connection, its first bytes and whether the server has ended it.
#[derive(Debug)]
pub(super) struct Watched {
    stream: TcpStream,
    start: Vec<u8>,
    pub(super) ended: bool,
}

impl Watched {
    fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            start: Vec::new(),
            ended: false,
        }
    }
}

impl AsFd for Watched {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }
}

impl Read for Watched {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let result = self.stream.read(buffer);
        match &result {
            Ok(count) => {
                self.ended |= *count == 0 && !buffer.is_empty();
                let missing = 5_usize.saturating_sub(self.start.len());
                self.start.extend(buffer.iter().take((*count).min(missing)));
            }
            Err(error) => self.ended |= error.kind() == io::ErrorKind::ConnectionReset,
        }
        result
    }
}

impl Write for Watched {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}
