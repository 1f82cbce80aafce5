//! Name resolution and TCP connection, both with a limit that they themselves do not know.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::os::fd::AsRawFd;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::socket::{self, AddressFamily, SockFlag, SockType, SockaddrStorage, socket};

use crate::error::service::EndpointFault;
use crate::system::deadline::Deadline;
use crate::system::endpoint::{Endpoint, Fault};

/// Connects to the first address that accepts. The work is done on a thread of its own, since neither
/// the resolver nor the kernel can be asked to hurry: a hung one is left behind.
pub(super) fn connect(endpoint: &Endpoint, deadline: &Deadline<'_>) -> Result<TcpStream, Fault> {
    let late = |stopped| Fault::stopped(stopped, EndpointFault::TimedOut);
    let limit = deadline.left().map_err(late)?;
    let (result, received) = mpsc::channel();
    let wanted = endpoint.clone();
    thread::Builder::new()
        .spawn(move || {
            // Nobody listens any more after the deadline.
            let _ = result.send(resolve_and_connect(&wanted, limit));
        })
        .map_err(|error| Fault::Endpoint(EndpointFault::Unreachable(error)))?;
    loop {
        let slice = deadline.slice().map_err(late)?;
        match received.recv_timeout(slice) {
            Ok(result) => return result.map_err(Fault::Endpoint),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                return Err(Fault::Endpoint(EndpointFault::TimedOut));
            }
        }
    }
}

fn resolve_and_connect(endpoint: &Endpoint, limit: Duration) -> Result<TcpStream, EndpointFault> {
    let end = Instant::now() + limit;
    let addresses = resolve(&endpoint.host, endpoint.port).map_err(EndpointFault::NoAddress)?;
    let mut last = EndpointFault::TimedOut;
    for (index, address) in addresses.iter().enumerate() {
        // A share for each, so that one that never answers does not use up the time of the others.
        let left = end.saturating_duration_since(Instant::now());
        let share = left / u32::try_from(addresses.len() - index).unwrap_or(u32::MAX);
        if share.is_zero() {
            return Err(EndpointFault::TimedOut);
        }
        match TcpStream::connect_timeout(address, share) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = connect_fault(error),
        }
    }
    Err(last)
}

/// All addresses of a host, in the order of the system's resolver, which may take minutes; at least one,
/// or why there is none.
pub(crate) fn resolve(host: &str, port: u16) -> Result<Vec<SocketAddr>, String> {
    let addresses: Vec<SocketAddr> = (host, port)
        .to_socket_addrs()
        .map_err(|error| resolver_said(&error))?
        .collect();
    if addresses.is_empty() {
        return Err("the name service has none".to_owned());
    }
    Ok(addresses)
}

/// Begins to connect, without waiting for the end of it: [`TcpStream::take_error`] tells how it went as
/// soon as the socket is writable.
pub(crate) fn begin(address: SocketAddr) -> io::Result<TcpStream> {
    let family = match address {
        SocketAddr::V4(_) => AddressFamily::Inet,
        SocketAddr::V6(_) => AddressFamily::Inet6,
    };
    let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
    let socket = socket(family, SockType::Stream, flags, None)?;
    match socket::connect(socket.as_raw_fd(), &SockaddrStorage::from(address)) {
        Ok(()) | Err(Errno::EINPROGRESS) => Ok(TcpStream::from(socket)),
        Err(errno) => Err(errno.into()),
    }
}

pub(crate) fn connect_fault(error: io::Error) -> EndpointFault {
    if error.kind() == ErrorKind::ConnectionRefused {
        EndpointFault::Refused
    } else if error.kind() == ErrorKind::TimedOut {
        EndpointFault::TimedOut
    } else {
        EndpointFault::Unreachable(error)
    }
}

/// Without std's `failed to lookup address information: `, which says nothing.
fn resolver_said(error: &io::Error) -> String {
    let text = error.to_string();
    match text.split_once("information: ") {
        Some((_, reason)) => reason.to_lowercase(),
        None => text,
    }
}
