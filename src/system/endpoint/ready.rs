//! Waiting for a socket, a Ctrl-C and the deadline at once.

use std::os::fd::BorrowedFd;
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use crate::system::deadline::{Deadline, Stopped};

/// Waits a moment at most; whether the socket is ready then shows when it is used.
pub(super) fn wait(
    socket: BorrowedFd<'_>,
    wanted: PollFlags,
    deadline: &Deadline<'_>,
) -> Result<(), Stopped> {
    let slice = deadline.slice()?;
    let milliseconds = u16::try_from(slice.max(Duration::from_millis(1)).as_millis());
    // A fault shows again, and with a better name, when the socket is used.
    let _ = poll(
        &mut [PollFd::new(socket, wanted)],
        PollTimeout::from(milliseconds.unwrap_or(u16::MAX)),
    );
    Ok(())
}
