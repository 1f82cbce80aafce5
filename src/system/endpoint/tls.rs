//! A TLS client that takes any certificate and gives no server more time than there is.

use std::net::TcpStream;
use std::os::fd::AsFd;
use std::sync::LazyLock;

use nix::poll::PollFlags;
use openssl::error::ErrorStack;
use openssl::ssl::{
    ErrorCode, HandshakeError, MidHandshakeSslStream, Ssl, SslContext, SslMethod, SslRef,
    SslStream, SslVerifyMode, SslVersion,
};

use crate::error::service::EndpointFault;
use crate::system::deadline::Deadline;
use crate::system::endpoint::address::is_host_name;
use crate::system::endpoint::watched::Watched;
use crate::system::endpoint::{Fault, Served, ready};

/// A connection after its handshake, still non-blocking.
pub(super) struct Session {
    pub(super) stream: SslStream<Watched>,
    pub(super) served: Served,
}

impl Session {
    pub(super) fn end(mut self) -> Served {
        // Polite, so that the server's log stays quiet; what it answers does not matter.
        let _ = self.stream.shutdown();
        self.served
    }
}

/// Ends a whole handshake on a fresh connection, and the connection with it.
pub(super) fn handshake(
    stream: TcpStream,
    server_name: &str,
    deadline: &Deadline<'_>,
) -> Result<Served, Fault> {
    open(stream, server_name, deadline).map(Session::end)
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
    let mut step = begin(stream, server_name);
    loop {
        match step.map_err(Fault::Endpoint)? {
            Step::Done(session) => return Ok(session),
            Step::Dropped(_, fault) => return Err(Fault::Endpoint(fault)),
            Step::Waiting(unfinished) => {
                wait_until_ready(&unfinished, deadline)?;
                step = resume(unfinished);
            }
        }
    }
}

/// How far a handshake is.
pub(super) enum Step {
    Done(Session),
    /// The server proved its certificate, and then did not like ours, which we do not have.
    Dropped(Served, EndpointFault),
    /// To be resumed when the socket is ready.
    Waiting(MidHandshakeSslStream<Watched>),
}

/// Goes as far as a connected, non-blocking socket lets it.
pub(super) fn begin(stream: TcpStream, server_name: &str) -> Result<Step, EndpointFault> {
    let client = client(server_name).map_err(openssl_fault)?;
    step(client.connect(Watched::new(stream)))
}

pub(super) fn resume(unfinished: MidHandshakeSslStream<Watched>) -> Result<Step, EndpointFault> {
    step(unfinished.handshake())
}

fn step(
    attempt: Result<SslStream<Watched>, HandshakeError<Watched>>,
) -> Result<Step, EndpointFault> {
    match attempt {
        Ok(stream) => {
            let served = served(stream.ssl()).map_err(openssl_fault)?;
            Ok(Step::Done(Session { stream, served }))
        }
        Err(HandshakeError::WouldBlock(unfinished)) => Ok(Step::Waiting(unfinished)),
        Err(HandshakeError::Failure(failed)) if proven(&failed) => {
            let served = served(failed.ssl()).map_err(openssl_fault)?;
            Ok(Step::Dropped(served, fault_of(&failed)))
        }
        Err(HandshakeError::Failure(failed)) => Err(fault_of(&failed)),
        Err(HandshakeError::SetupFailure(errors)) => Err(openssl_fault(errors)),
    }
}

/// A TLS 1.2 client sends its second flight only when the signature over the server's key exchange was
/// right (RFC 5246, section 7.4.3). In TLS 1.3 the same message can be a second ClientHello, but there
/// nothing is left that can fail after ours.
fn proven(failed: &MidHandshakeSslStream<Watched>) -> bool {
    failed.ssl().version2() == Some(SslVersion::TLS1_2) && failed.get_ref().answered()
}

fn client(server_name: &str) -> Result<Ssl, ErrorStack> {
    let context = CONTEXT.as_ref().map_err(ErrorStack::clone)?;
    let mut ssl = Ssl::new(context)?;
    if is_host_name(server_name) {
        ssl.set_hostname(server_name)?;
    }
    Ok(ssl)
}

/// One for all connections: it costs more than a handshake.
static CONTEXT: LazyLock<Result<SslContext, ErrorStack>> = LazyLock::new(context);

/// TLS 1.2 and 1.3, whatever the system's policy; security level 0, so that a weak key is seen and
/// judged rather than refused.
fn context() -> Result<SslContext, ErrorStack> {
    let mut context = SslContext::builder(SslMethod::tls_client())?;
    context.set_min_proto_version(Some(SslVersion::TLS1_2))?;
    context.set_max_proto_version(None)?;
    context.set_security_level(0);
    context.set_cipher_list("DEFAULT:@SECLEVEL=0")?;
    context.set_verify(SslVerifyMode::NONE);
    Ok(context.build())
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

fn served(ssl: &SslRef) -> Result<Served, ErrorStack> {
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

fn fault_of(failed: &MidHandshakeSslStream<Watched>) -> EndpointFault {
    let watched = failed.get_ref();
    if let Some(fault) = watched.other_protocol() {
        return fault;
    }
    if watched.ended() {
        return EndpointFault::Closed;
    }
    let reason = failed
        .error()
        .ssl_error()
        .and_then(|stack| stack.errors().last())
        .and_then(|error| error.reason());
    EndpointFault::Handshake(reason.unwrap_or("no reason given").to_owned())
}

fn openssl_fault(errors: ErrorStack) -> EndpointFault {
    EndpointFault::Handshake(errors.to_string())
}
