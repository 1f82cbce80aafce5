//! A connection that remembers how the server began, and how it ended.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::os::fd::{AsFd, BorrowedFd};

use crate::error::service::EndpointFault;

/// First byte of a TLS record that can answer a ClientHello (RFC 8446, section 5.1).
const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;

/// The connection, its first bytes and whether the server has ended it.
#[derive(Debug)]
pub(super) struct Watched {
    stream: TcpStream,
    start: Vec<u8>,
    /// Whether a handshake message was sent after the server's first.
    answered: bool,
    ended: bool,
}

impl Watched {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            start: Vec::new(),
            answered: false,
            ended: false,
        }
    }

    pub(super) fn answered(&self) -> bool {
        self.answered
    }

    pub(super) fn ended(&self) -> bool {
        self.ended
    }

    /// The first byte tells what the server speaks, whatever a TLS library makes of it.
    pub(super) fn other_protocol(&self) -> Option<EndpointFault> {
        match self.start.first() {
            Some(&(ALERT | HANDSHAKE)) | None => None,
            Some(_) => {
                let http = self.start.starts_with(b"HTTP/");
                Some(EndpointFault::NotTls { http })
            }
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
        self.answered |= !self.start.is_empty() && bytes.first() == Some(&HANDSHAKE);
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}
