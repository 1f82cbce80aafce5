//! The system calls of a run, in which it can die and of which each can fail.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use super::super::program;

/// The first call that `main` makes; before it the loader and Rust's runtime have the word, which a fault
/// ends with their own messages.
const MAIN: &str = "prlimit64(0, RLIMIT_CORE, {rlim_cur=0";

/// Calls that can make another state of the disk, beside an open that creates; between two of them it
/// stays. The last one ends the run.
const CHANGES: [&str; 14] = [
    "fchmod",
    "fchown",
    "fremovexattr",
    "fsetxattr",
    "fsync",
    "ftruncate",
    "linkat",
    "mkdirat",
    "pwrite64",
    "renameat",
    "renameat2",
    "unlinkat",
    "write",
    "exit_group",
];

/// The `number`th call of that name in one thread, as strace counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Point {
    pub(crate) call: String,
    pub(crate) number: usize,
    /// Whether the disk may be another one afterwards.
    pub(crate) changes: bool,
}

impl std::fmt::Display for Point {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.call, self.number)
    }
}

/// All points of a run in which nothing goes wrong.
#[derive(Debug)]
pub(crate) struct Points {
    pub(crate) all: Vec<Point>,
    /// Calls of children and threads that strace cannot reach without reaching the same number of the
    /// main thread first, before `main`.
    pub(crate) out_of_reach: usize,
}

impl Points {
    /// Those at which the disk may become another one.
    pub(crate) fn changing(&self) -> Vec<Point> {
        let changing = self.all.iter().filter(|point| point.changes);
        changing.cloned().collect()
    }
}

/// Counts, by one run of `command`.
pub(crate) fn count(command: &Command, log: &Path) -> Points {
    let mut traced = under_strace(command, &["-o", log.to_str().unwrap()]);
    let ended = traced.output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(!said.contains("strace:"), "{said}");
    of_log(&std::fs::read_to_string(log).unwrap())
}

/// Name and number of calls, and whether one of them changes the disk.
type Calls<'a> = BTreeMap<(&'a str, usize), bool>;

/// Counts the calls in a log of strace.
pub(crate) fn of_log(log: &str) -> Points {
    let calls = || log.lines().filter_map(call);
    let (main, _, _) = calls().next().expect("a log of strace");
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let (mut before, mut ours, mut others) = (Calls::new(), Calls::new(), Calls::new());
    let mut begun = false;
    for (thread, name, rest) in calls() {
        begun |= thread == main && rest.starts_with(MAIN);
        let number = counts.entry((thread, name)).or_default();
        *number += 1;
        // A debug build asks this before each close; the program that is shipped does not.
        if thread == main && begun && name == "fcntl" && rest.contains("F_GETFD)") {
            continue;
        }
        let which = match (thread == main, begun) {
            (true, false) => &mut before,
            (true, true) => &mut ours,
            (false, _) => &mut others,
        };
        *which.entry((name, *number)).or_default() |= changes(name, rest);
    }
    assert!(begun, "no {MAIN}: has main another beginning?");
    let found = others.len();
    others.retain(|call, _| !before.contains_key(call));
    let out_of_reach = found - others.len();
    for (call, changes) in others {
        *ours.entry(call).or_default() |= changes;
    }
    Points {
        all: ours.into_iter().map(point).collect(),
        out_of_reach,
    }
}

fn point(((call, number), changes): ((&str, usize), bool)) -> Point {
    Point {
        call: call.to_owned(),
        number,
        changes,
    }
}

fn changes(name: &str, call: &str) -> bool {
    CHANGES.contains(&name) || (name.starts_with("open") && call.contains("O_CREAT"))
}

/// Thread, name and the call as strace shows it.
fn call(line: &str) -> Option<(&str, &str, &str)> {
    let (thread, rest) = line.split_once(' ')?;
    let rest = rest.trim_start();
    let (name, _) = rest.split_once('(')?;
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    (!name.is_empty() && name.chars().all(is_name)).then_some((thread, name, rest))
}

/// Seconds. No run takes a tenth of it; one that hangs ends with exit code 124 or by a signal.
pub(crate) const PATIENCE: &str = "300";

/// The same command behind strace, children and threads included.
pub(crate) fn under_strace(command: &Command, options: &[&str]) -> Command {
    let strace = program::find("strace").expect("no strace: tests/run.sh installs it");
    let timeout = program::find("timeout").expect("no timeout");
    let mut traced = Command::new(timeout);
    traced.args(["--kill-after=5", PATIENCE]).arg(strace);
    traced.args(["-f", "-qq"]).args(options).arg("--");
    carrying(traced, command)
}

/// The same command as the last arguments of `outer`.
pub(crate) fn carrying(mut outer: Command, command: &Command) -> Command {
    outer.arg(command.get_program()).args(command.get_args());
    outer.env_clear();
    for (name, value) in command.get_envs() {
        outer.env(name, value.unwrap());
    }
    outer.current_dir(command.get_current_dir().unwrap());
    outer.stdin(std::process::Stdio::null());
    outer
}
