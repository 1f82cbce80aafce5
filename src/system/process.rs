//! Child processes: a fixed search path, a cleared environment, no terminal, a deadline.

mod output;
mod start;

use std::io::{self, ErrorKind};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::signal::{SigSet, SigmaskHow, Signal, killpg};
use nix::unistd::Pid;

use crate::error::ServiceError;
use crate::system::deadline::{Deadline, Stopped};
use output::Streams;

/// Where programs are looked up, whatever the caller's own `PATH` says.
const PATH: &str = "/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin";

/// `sudo` hands SIGTERM on to its command; SIGKILL would leave that command behind.
const GRACE: Duration = Duration::from_millis(500);

/// What a program that ended has left.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) status: ExitStatus,
    /// The first MiB of it.
    pub(crate) stdout: Vec<u8>,
    /// The last of it, at least 64 KiB.
    pub(crate) stderr: Vec<u8>,
}

impl Output {
    /// Exit status and last words, for an error: `exit status: 1: no such file`.
    pub(crate) fn last_words(&self) -> String {
        let status = self.status;
        let said = [&self.stderr, &self.stdout]
            .into_iter()
            .find_map(|stream| last_line(stream));
        said.map_or_else(|| status.to_string(), |line| format!("{status}: {line}"))
    }
}

/// Runs a program to its end and takes what it says; any exit status is an answer.
///
/// It gets `LC_ALL=C` and the fixed `PATH` and nothing else of our environment, `/` as its folder,
/// an empty stdin, and a process group of its own, so that Ctrl-C reaches only us, and we decide. At
/// the deadline the whole group is ended. Descriptors of ours are not inherited: std opens them so.
pub(crate) fn run(command: &[String], deadline: &Deadline<'_>) -> Result<Output, ServiceError> {
    let child = spawn(command, |command| {
        command.process_group(0);
    })?;
    until_end(child, command, deadline)
}

/// The same in a session of its own, where `/dev/tty` cannot be opened: a program that would ask there
/// for a passphrase fails instead of waiting for an answer.
pub(crate) fn run_detached(
    command: &[String],
    deadline: &Deadline<'_>,
) -> Result<Output, ServiceError> {
    // setsid(1) of util-linux becomes the program itself, pid and all, as long as it does not lead a
    // process group; otherwise it would fork.
    let through = [&["setsid".to_owned()], command].concat();
    until_end(spawn(&through, |_| {})?, command, deadline)
}

fn until_end(
    mut child: Child,
    command: &[String],
    deadline: &Deadline<'_>,
) -> Result<Output, ServiceError> {
    match collect(&mut child, deadline) {
        Ok(output) => Ok(output),
        Err(lost) => {
            end(&mut child);
            Err(match lost {
                Lost::Fault(source) => ServiceError::ProgramStart {
                    program: program(command),
                    source,
                },
                Lost::Stopped(Stopped::Interrupted) => ServiceError::Interrupted,
                Lost::Stopped(Stopped::TimedOut) => ServiceError::ProgramTimedOut {
                    command: command.join(" "),
                },
            })
        }
    }
}

/// Why there is no output.
enum Lost {
    Fault(io::Error),
    Stopped(Stopped),
}

fn program(command: &[String]) -> String {
    command.first().cloned().unwrap_or_default()
}

fn spawn(command: &[String], prepare: impl FnOnce(&mut Command)) -> Result<Child, ServiceError> {
    let (program, arguments) = command.split_first().ok_or(ServiceError::NoCommand)?;
    let mut command = Command::new(program);
    command
        .args(arguments)
        .env_clear()
        .env("PATH", PATH)
        .env("LC_ALL", "C")
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    prepare(&mut command);
    with_no_signal_blocked(|| start::start(&mut command)).map_err(|source| {
        let program = program.clone();
        if source.kind() == ErrorKind::NotFound {
            ServiceError::ProgramMissing {
                program,
                path: PATH,
            }
        } else {
            ServiceError::ProgramStart { program, source }
        }
    })
}

/// A child inherits the mask: a service that it starts would be deaf to SIGTERM for ever.
fn with_no_signal_blocked<T>(spawn: impl FnOnce() -> T) -> T {
    let before = SigSet::empty().thread_swap_mask(SigmaskHow::SIG_SETMASK);
    let result = spawn();
    if let Ok(before) = before {
        // It was the mask a moment ago, so it can be set.
        let _ = before.thread_set_mask();
    }
    result
}

fn collect(child: &mut Child, deadline: &Deadline<'_>) -> Result<Output, Lost> {
    let mut streams = Streams::of(child);
    loop {
        let slice = deadline.slice().map_err(Lost::Stopped)?;
        streams.read_within(slice).map_err(Lost::Fault)?;
        if let Some(status) = child.try_wait().map_err(Lost::Fault)? {
            // Not until the end of the streams: a daemon that the program left behind keeps them open.
            streams.read_what_is_there().map_err(Lost::Fault)?;
            let (stdout, stderr) = streams.into_bytes();
            return Ok(Output {
                status,
                stdout,
                stderr,
            });
        }
    }
}

/// Ends the child's whole group: politely, then for good. A process that even that does not end (in
/// an uninterruptible read, or another user's) is left behind rather than waited for.
fn end(child: &mut Child) {
    let Ok(group) = i32::try_from(child.id()).map(Pid::from_raw) else {
        return;
    };
    for signal in [Signal::SIGTERM, Signal::SIGKILL] {
        // EPERM: sudo's, which relays what it can. ESRCH: nobody is left, or setsid has not got to its
        // new group yet.
        if killpg(group, signal) == Err(Errno::ESRCH) {
            let _ = child.kill();
        }
        if wait_within(child, GRACE) && signal == Signal::SIGKILL {
            return;
        }
    }
}

fn wait_within(child: &mut Child, limit: Duration) -> bool {
    let patience = Deadline::after(limit, &|| false);
    while patience.left().is_ok() {
        if matches!(child.try_wait(), Ok(Some(_)) | Err(_)) {
            return true;
        }
        thread::sleep(Duration::from_millis(5));
    }
    false
}

fn last_line(stream: &[u8]) -> Option<String> {
    String::from_utf8_lossy(stream)
        .lines()
        .map(str::trim)
        .rfind(|line| !line.is_empty())
        .map(|line| line.chars().filter(|c| !c.is_control()).take(500).collect())
}

#[cfg(test)]
mod tests;
