//! What a run waits for, on a terminal only, and only when it takes longer than a second.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

/// People notice a wait after about a second; before that a message would only flicker.
const PATIENCE: Duration = Duration::from_secs(1);

/// One line on stderr that is rewritten, and gone at the end.
pub(crate) struct Progress {
    started: Instant,
    wanted: bool,
    shown: String,
}

impl Progress {
    pub(crate) fn new(quiet: bool) -> Self {
        Self {
            started: Instant::now(),
            wanted: !quiet && io::stderr().is_terminal(),
            shown: String::new(),
        }
    }

    /// Says what is being waited for.
    pub(crate) fn waiting_for(&mut self, service: &str, seen: &str) {
        if !self.wanted || self.started.elapsed() < PATIENCE {
            return;
        }
        let seconds = self.started.elapsed().as_secs();
        let text = format!("waiting for {service} ({seconds} s): {seen}");
        if text != self.shown {
            write(&format!("\r\x1b[2K{text}"));
            self.shown = text;
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if !self.shown.is_empty() {
            write("\r\x1b[2K");
        }
    }
}

/// Progress is a courtesy: a terminal that went away must not stop the work.
fn write(text: &str) {
    let mut stderr = io::stderr();
    let _ = stderr
        .write_all(text.as_bytes())
        .and_then(|()| stderr.flush());
}
