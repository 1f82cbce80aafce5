//! Starting a program without ending with it. Rust's library panics where it cannot be told what has become
//! of a child (`the CLOEXEC pipe failed`, std 1.95 of unix); a change half made would then stay until the
//! next run.

use std::cell::Cell;
use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::process::{Child, Command};
use std::sync::Once;

thread_local! {
    static STARTING: Cell<bool> = const { Cell::new(false) };
}

/// Starts it. The program may run even though this is an error: nobody knows.
pub(super) fn start(command: &mut Command) -> io::Result<Child> {
    said_as_an_error(|| command.spawn())
}

fn said_as_an_error<T>(start: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        let other = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !STARTING.get() {
                other(info);
            }
        }));
    });
    STARTING.set(true);
    let started = panic::catch_unwind(AssertUnwindSafe(start));
    STARTING.set(false);
    started.unwrap_or_else(|_| Err(io::Error::other("its start was not confirmed")))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::{said_as_an_error, start};

    #[test]
    fn a_panic_is_an_error_and_everything_else_is_as_ever() {
        let lost = said_as_an_error::<()>(|| panic!("the CLOEXEC pipe failed"));
        assert_eq!(lost.unwrap_err().to_string(), "its start was not confirmed");
        assert!(
            start(&mut Command::new("true"))
                .unwrap()
                .wait()
                .unwrap()
                .success()
        );
        assert!(start(&mut Command::new("/no/such/program")).is_err());
    }
}
