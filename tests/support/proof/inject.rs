//! One run in which something happens at one point.

use std::fmt;
use std::path::Path;
use std::process::Command;

use super::points::{Point, under_strace};

/// What happens there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Blow {
    /// A signal at the entry of the call, which is then not made.
    Signal(&'static str),
    /// The call is not made, and says this.
    Error(&'static str),
}

pub(crate) const SIGNALS: [Blow; 2] = [Blow::Signal("KILL"), Blow::Signal("TERM")];

pub(crate) const ERRORS: [Blow; 7] = [
    Blow::Error("ENOSPC"),
    Blow::Error("EIO"),
    Blow::Error("EACCES"),
    Blow::Error("EROFS"),
    Blow::Error("EMFILE"),
    Blow::Error("ENOMEM"),
    Blow::Error("EINTR"),
];

/// How such a run ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// `None`: by a signal.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// Whether the point was come to.
    pub(crate) reached: bool,
    /// A child of the run died, and then the run.
    pub(crate) died_twice: bool,
    /// A file whose fsync had failed was fsynced once more.
    pub(crate) retried: Option<String>,
}

impl fmt::Display for Blow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Signal(name) | Self::Error(name)) = self;
        f.write_str(name)
    }
}

impl Blow {
    /// The option of strace that makes it happen at this point.
    pub(crate) fn option(self, point: &Point) -> String {
        let how = match self {
            Self::Signal(name) => format!("signal={name}"),
            Self::Error(name) => format!("error={name}"),
        };
        format!("inject={}:{how}:when={}", point.call, point.number)
    }

    /// Not an error of a call that cannot fail, as its manual page says, or that ends the process; getrandom
    /// fails for a signal alone.
    pub(crate) fn makes_sense_at(self, call: &str) -> bool {
        let never = [
            "exit",
            "exit_group",
            "geteuid",
            "getpid",
            "getrandom",
            "gettid",
            "rt_sigreturn",
        ];
        match self {
            Self::Signal(_) => true,
            Self::Error("EINTR") if call == "getrandom" => true,
            Self::Error(_) => !never.contains(&call),
        }
    }
}

/// Runs `command` with that; `log` is overwritten.
pub(crate) fn run(command: &Command, log: &Path, blow: Blow, point: &Point) -> Ended {
    let traced = format!("trace={}", point.call);
    let option = blow.option(point);
    let mut options = vec!["-o", log.to_str().unwrap(), "-e", &traced, "-e", &option];
    match blow {
        // Three times as fast, but it loses injected signals (strace 6.1).
        Blow::Error(_) => options.push("--seccomp-bpf"),
        Blow::Signal(_) => {}
    }
    if point.call == "fsync" {
        // The path of each descriptor.
        options.push("-y");
    }
    let ended = under_strace(command, &options).output().unwrap();
    let stderr = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(!stderr.contains("strace:"), "{stderr}");
    let log = std::fs::read_to_string(log).unwrap();
    Ended {
        code: ended.status.code(),
        stdout: String::from_utf8_lossy(&ended.stdout).into_owned(),
        stderr,
        reached: match blow {
            Blow::Error(_) => log.contains("(INJECTED)"),
            Blow::Signal(name) => log.contains(&format!("SIG{name}")),
        },
        died_twice: ended.status.code().is_none() && log.contains("si_code=CLD_KILLED"),
        retried: retried(&log),
    }
}

/// After a failed fsync the pages count as clean, so that a second one says nothing. Folders are another
/// matter: they are saved once more after they were put back.
pub(crate) fn retried(log: &str) -> Option<String> {
    let path = |line: &str| Some(line.split_once('<')?.1.split_once(">)")?.0.to_owned());
    let mut lines = log.lines();
    let failed = lines
        .find(|line| line.contains("(INJECTED)"))
        .and_then(path)?;
    let name = failed.rsplit('/').next()?;
    let is_file = name.ends_with(".dhtls") || name.starts_with("record.json") || name.len() < 3;
    let again = lines.filter_map(path).any(|later| later == failed);
    (again && is_file).then_some(failed)
}
