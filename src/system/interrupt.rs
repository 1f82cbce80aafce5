//! Signals as a flag that is asked between the steps, so that no step is left half done. Handlers and
//! not a mask: children do not inherit them.

use std::fs;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::flag::register;

/// Whether someone wants this run to end.
#[derive(Clone, Debug, Default)]
pub(crate) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// From now on SIGTERM, Ctrl-C and a lost terminal ask instead of killing. A signal that is ignored
    /// (nohup) stays ignored.
    pub(crate) fn watch() -> io::Result<Self> {
        let interrupt = Self::default();
        let ignored = ignored();
        for signal in [SIGTERM, SIGINT, SIGHUP] {
            if ignored & (1 << (signal - 1)) == 0 {
                register(signal, Arc::clone(&interrupt.0))?;
            }
        }
        // A limit on file sizes must come back as an error of the write instead of killing.
        register(SIGXFSZ, Arc::new(AtomicBool::new(false)))?;
        Ok(interrupt)
    }

    pub(crate) fn requested(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// The signals ignored since the program was started, a bit each (proc_pid_status(5)); asking the kernel
/// itself needs unsafe code.
fn ignored() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use nix::sys::signal::{Signal, raise};

    use super::*;

    #[test]
    fn a_signal_becomes_a_flag() {
        let interrupt = Interrupt::watch().unwrap();
        assert!(!interrupt.requested());
        raise(Signal::SIGTERM).unwrap();
        assert!(interrupt.requested());
    }

    #[test]
    fn an_ignored_signal_is_known() {
        // Rust's runtime ignores SIGPIPE, which is number 13.
        assert_ne!(ignored() & (1 << 12), 0);
    }
}
