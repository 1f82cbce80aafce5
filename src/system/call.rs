//! Every system call that touches a file goes through here: one place that knows about interrupted
//! calls, and one where tests let a call fail or the whole run die.

use std::io::{self, ErrorKind};

/// Makes a call, and again as long as a signal interrupts it.
pub(crate) fn again<T, E: Into<io::Error>>(
    mut attempt: impl FnMut() -> Result<T, E>,
) -> io::Result<T> {
    loop {
        match once(&mut attempt) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// Makes a call that must not be repeated: after a failed fsync the pages count as clean, and a second
/// one would claim success.
pub(crate) fn once<T, E: Into<io::Error>>(attempt: impl FnOnce() -> Result<T, E>) -> io::Result<T> {
    #[cfg(test)]
    fault::reached()?;
    attempt().map_err(Into::into)
}

/// Faults for tests, each thread its own.
#[cfg(test)]
pub(crate) mod fault {
    use std::cell::Cell;
    use std::io;

    use nix::errno::Errno;

    #[derive(Clone, Copy, Debug)]
    pub(crate) enum Fault {
        /// The call is not made; it returns this.
        Error(Errno),
        /// The same for every call from then on.
        Errors(Errno),
        /// The run ends here, as by SIGKILL: nothing is cleaned up.
        Death,
        /// The call returns this, and the run ends at a later call, of that number.
        ErrorThenDeath(Errno, u32),
    }

    thread_local! {
        static NEXT: Cell<Option<(u32, Fault)>> = const { Cell::new(None) };
        static COUNT: Cell<u32> = const { Cell::new(0) };
        static WATCHER: Cell<Option<Box<dyn Fn()>>> = const { Cell::new(None) };
    }

    /// Lets the `number`th call from now on fail, counted from 1, while `run` runs.
    pub(crate) fn at<T>(
        number: u32,
        fault: Fault,
        run: impl FnOnce() -> T,
    ) -> std::thread::Result<T> {
        COUNT.set(0);
        NEXT.set(Some((number, fault)));
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(run));
        NEXT.set(None);
        result
    }

    /// Shows the world to `watcher` before every call that `run` makes.
    pub(crate) fn watched<T>(watcher: impl Fn() + 'static, run: impl FnOnce() -> T) -> T {
        WATCHER.set(Some(Box::new(watcher)));
        let result = run();
        WATCHER.set(None);
        result
    }

    /// How many calls were made since the last [`at`].
    pub(crate) fn count() -> u32 {
        COUNT.get()
    }

    pub(super) fn reached() -> io::Result<()> {
        // Taken out meanwhile: it makes calls itself.
        if let Some(watcher) = WATCHER.take() {
            watcher();
            WATCHER.set(Some(watcher));
        }
        let count = COUNT.get() + 1;
        COUNT.set(count);
        match NEXT.get() {
            Some((number, Fault::Error(error))) if number == count => Err(error.into()),
            Some((number, Fault::Errors(error))) if number <= count => Err(error.into()),
            Some((number, Fault::ErrorThenDeath(error, _))) if number == count => Err(error.into()),
            // Not a panic: its hook would print a message for every death.
            Some((number, Fault::Death) | (_, Fault::ErrorThenDeath(_, number)))
                if number == count =>
            {
                std::panic::resume_unwind(Box::new("death"))
            }
            _ => Ok(()),
        }
    }
}
