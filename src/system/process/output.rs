//! What a child says on stdout and stderr, read as it comes and up to a limit.

use std::io::{self, ErrorKind, Read};
use std::os::fd::AsFd;
use std::process::Child;
use std::thread;
use std::time::Duration;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

/// monit's status of a service has 1 KiB, lighttpd's evaluated configuration perhaps 50.
const STDOUT_LIMIT: usize = 1 << 20;

/// The reason comes last.
const STDERR_LIMIT: usize = 64 << 10;

/// A child that closed both streams and still runs is looked at this often.
const NAP: Duration = Duration::from_millis(5);

/// Both streams of one child. More than the limits is read, so that the child does not hang on a
/// full pipe, and forgotten.
pub(super) struct Streams {
    streams: [Stream; 2],
}

struct Stream {
    /// `None` after its end.
    source: Option<Box<dyn Source>>,
    bytes: Vec<u8>,
}

trait Source: Read + AsFd {}

impl<T: Read + AsFd> Source for T {}

impl Streams {
    pub(super) fn of(child: &mut Child) -> Self {
        let stdout = child.stdout.take().map(|s| Box::new(s) as Box<dyn Source>);
        let stderr = child.stderr.take().map(|s| Box::new(s) as Box<dyn Source>);
        Self {
            streams: [stdout, stderr].map(|source| Stream {
                source,
                bytes: Vec::new(),
            }),
        }
    }

    /// Waits until there is something to read, or the end, or `limit` has passed; reads it.
    pub(super) fn read_within(&mut self, limit: Duration) -> io::Result<()> {
        let milliseconds = u16::try_from(limit.as_millis()).unwrap_or(u16::MAX);
        if self.streams.iter().all(|stream| stream.source.is_none()) {
            thread::sleep(limit.min(NAP));
        } else {
            self.read_ready(milliseconds)?;
        }
        Ok(())
    }

    /// Reads without waiting. Bounded, since a daemon left behind may write for ever.
    pub(super) fn read_what_is_there(&mut self) -> io::Result<()> {
        for _ in 0..64 {
            if !self.read_ready(0)? {
                break;
            }
        }
        Ok(())
    }

    /// What was said: the start of stdout, the end of stderr.
    pub(super) fn into_bytes(self) -> (Vec<u8>, Vec<u8>) {
        let [stdout, stderr] = self.streams;
        (stdout.bytes, stderr.bytes)
    }

    /// Whether anything was read.
    fn read_ready(&mut self, milliseconds: u16) -> io::Result<bool> {
        let ready = self.ready(milliseconds)?;
        let [stdout, stderr] = &mut self.streams;
        if ready[0] {
            stdout.read()?;
            stdout.bytes.truncate(STDOUT_LIMIT);
        }
        if ready[1] {
            stderr.read()?;
            if stderr.bytes.len() > 2 * STDERR_LIMIT {
                stderr.bytes.drain(..stderr.bytes.len() - STDERR_LIMIT);
            }
        }
        Ok(ready[0] || ready[1])
    }

    fn ready(&self, milliseconds: u16) -> io::Result<[bool; 2]> {
        let mut asked = Vec::with_capacity(2);
        let mut whose = Vec::with_capacity(2);
        for (index, stream) in self.streams.iter().enumerate() {
            if let Some(source) = &stream.source {
                asked.push(PollFd::new(source.as_fd(), PollFlags::POLLIN));
                whose.push(index);
            }
        }
        match poll(&mut asked, PollTimeout::from(milliseconds)) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(errno) => return Err(errno.into()),
        }
        let mut ready = [false; 2];
        for (index, answer) in whose.into_iter().zip(asked) {
            ready[index] = answer.any().unwrap_or(false);
        }
        Ok(ready)
    }
}

impl Stream {
    /// One read of a stream that is ready: it does not block.
    fn read(&mut self) -> io::Result<()> {
        let Some(source) = &mut self.source else {
            return Ok(());
        };
        let mut buffer = [0; 64 << 10];
        match source.read(&mut buffer) {
            Ok(0) => self.source = None,
            Ok(count) => self.bytes.extend(buffer.iter().take(count)),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }
}
