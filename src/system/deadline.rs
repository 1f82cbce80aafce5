//! How long something may take, and whether someone asked to stop.

use std::thread;
use std::time::{Duration, Instant};

/// Far enough for any wait, near enough for the clock's arithmetic: a day.
pub(crate) const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// How soon a Ctrl-C is noticed while we wait.
const SLICE: Duration = Duration::from_millis(50);

/// A moment on the monotonic clock after which nobody waits any more, or the Ctrl-C before it.
#[derive(Clone, Copy)]
pub(crate) struct Deadline<'a> {
    at: Instant,
    interrupted: &'a dyn Fn() -> bool,
}

/// Why there is no time left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stopped {
    Interrupted,
    TimedOut,
}

impl<'a> Deadline<'a> {
    /// `limit` from now; never more than a day.
    pub(crate) fn after(limit: Duration, interrupted: &'a dyn Fn() -> bool) -> Self {
        Self {
            at: Instant::now() + limit.min(LONGEST),
            interrupted,
        }
    }

    /// The same, but at most `limit` from now.
    pub(crate) fn within(&self, limit: Duration) -> Self {
        Self {
            at: self.at.min(Instant::now() + limit.min(LONGEST)),
            interrupted: self.interrupted,
        }
    }

    /// The time that is left: never zero.
    pub(crate) fn left(&self) -> Result<Duration, Stopped> {
        if (self.interrupted)() {
            return Err(Stopped::Interrupted);
        }
        match self.at.saturating_duration_since(Instant::now()) {
            Duration::ZERO => Err(Stopped::TimedOut),
            left => Ok(left),
        }
    }

    /// What is left, but no more than a Ctrl-C may go unnoticed.
    pub(crate) fn slice(&self) -> Result<Duration, Stopped> {
        Ok(self.left()?.min(SLICE))
    }

    /// Sleeps for `length`, or until there is no time left.
    pub(crate) fn pause(&self, length: Duration) -> Result<(), Stopped> {
        let pause = self.within(length);
        while let Ok(slice) = pause.slice() {
            thread::sleep(slice);
        }
        self.left().map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_time_is_left_after_the_limit() {
        let deadline = Deadline::after(Duration::from_millis(20), &|| false);
        assert!(deadline.left().is_ok());
        assert_eq!(
            deadline.pause(Duration::from_secs(60)),
            Err(Stopped::TimedOut)
        );
    }

    #[test]
    fn an_interrupt_ends_a_pause_at_once() {
        let deadline = Deadline::after(Duration::from_secs(60), &|| true);
        let start = Instant::now();
        assert_eq!(
            deadline.pause(Duration::from_secs(60)),
            Err(Stopped::Interrupted)
        );
        assert!(start.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn an_absurd_limit_is_no_panic() {
        let deadline = Deadline::after(Duration::MAX, &|| false);
        assert!(deadline.within(Duration::MAX).left().is_ok());
    }
}
