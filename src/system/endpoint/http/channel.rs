//! A connection that can be read and written as if it blocked, and that ends with the deadline.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::os::fd::AsFd;

use nix::poll::PollFlags;
use openssl::ssl::{ErrorCode, SslStream};

use crate::error::service::EndpointFault;
use crate::system::deadline::{Deadline, Stopped};
use crate::system::endpoint::tls;
use crate::system::endpoint::watched::Watched;
use crate::system::endpoint::{Fault, Served, ready};

/// A plain or encrypted connection.
pub(super) struct Channel<'a> {
    stream: Stream,
    deadline: &'a Deadline<'a>,
    stopped: Option<Stopped>,
}

enum Stream {
    Plain(TcpStream),
    Tls(SslStream<Watched>),
}

impl<'a> Channel<'a> {
    pub(super) fn plain(stream: TcpStream, deadline: &'a Deadline<'a>) -> Result<Self, Fault> {
        stream
            .set_nonblocking(true)
            .map_err(|error| Fault::Endpoint(EndpointFault::Unreachable(error)))?;
        Ok(Self::over(Stream::Plain(stream), deadline))
    }

    /// Ends the handshake first.
    pub(super) fn tls(
        stream: TcpStream,
        server_name: &str,
        deadline: &'a Deadline<'a>,
    ) -> Result<(Self, Served), Fault> {
        let session = tls::open(stream, server_name, deadline)?;
        let channel = Self::over(Stream::Tls(session.stream), deadline);
        Ok((channel, session.served))
    }

    /// Why it was no longer read or written, when that was no doing of the server.
    pub(super) fn stopped(&self) -> Option<Stopped> {
        self.stopped
    }

    fn over(stream: Stream, deadline: &'a Deadline<'a>) -> Self {
        Self {
            stream,
            deadline,
            stopped: None,
        }
    }

    /// Repeats what would block. A server that drips never blocks, so the time is looked at each time.
    fn until_done(
        &mut self,
        wanted: PollFlags,
        mut attempt: impl FnMut(&mut Stream) -> io::Result<usize>,
    ) -> io::Result<usize> {
        loop {
            self.deadline.left().map_err(|stopped| self.stop(stopped))?;
            match attempt(&mut self.stream) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    ready::wait(self.stream.socket(), wanted, self.deadline)
                        .map_err(|stopped| self.stop(stopped))?;
                }
                done => return done,
            }
        }
    }

    /// Not `ErrorKind::Interrupted`: std's readers would try again.
    fn stop(&mut self, stopped: Stopped) -> io::Error {
        self.stopped = Some(stopped);
        ErrorKind::TimedOut.into()
    }
}

impl Read for Channel<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.until_done(PollFlags::POLLIN, |stream| stream.read(buffer))
    }
}

impl Write for Channel<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.until_done(PollFlags::POLLOUT, |stream| stream.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Channel<'_> {
    fn drop(&mut self) {
        if let Stream::Tls(stream) = &mut self.stream {
            // Polite, so that the server's log stays quiet; what it answers does not matter.
            let _ = stream.shutdown();
        }
    }
}

impl Stream {
    fn socket(&self) -> std::os::fd::BorrowedFd<'_> {
        match self {
            Self::Plain(stream) => stream.as_fd(),
            Self::Tls(stream) => stream.get_ref().as_fd(),
        }
    }

    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read(buffer),
            Self::Tls(stream) => match stream.ssl_read(buffer) {
                Ok(count) => Ok(count),
                Err(error) if error.code() == ErrorCode::ZERO_RETURN => Ok(0),
                // Many servers end TLS without saying so; what is missing shows in the message.
                Err(_) if stream.get_ref().ended() => Ok(0),
                Err(error) => Err(in_io_terms(error)),
            },
        }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.write(bytes),
            Self::Tls(stream) => stream.ssl_write(bytes).map_err(in_io_terms),
        }
    }
}

fn in_io_terms(error: openssl::ssl::Error) -> io::Error {
    match error.code() {
        ErrorCode::WANT_READ | ErrorCode::WANT_WRITE => ErrorKind::WouldBlock.into(),
        _ => error.into_io_error().unwrap_or_else(io::Error::other),
    }
}
