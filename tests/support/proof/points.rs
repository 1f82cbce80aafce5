//! The system calls of a run, in which it can die and of which each can fail.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use super::super::program;

/// The first call that `main` makes; before it the loader and Rust's runtime have the word, which a fault
/// ends with their own messages.
const MAIN: &str = "prlimit64(0, RLIMIT_CORE, {rlim_cur=0";

/// Calls that can make another state of the disk; between two of them it stays.
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
}

impl std::fmt::Display for Point {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.call, self.number)
    }
}

impl Point {
    /// Whether the disk may be another one afterwards.
    pub(crate) fn changes(&self) -> bool {
        CHANGES.contains(&self.call.as_str())
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

/// Counts, by one run of `command`.
pub(crate) fn count(command: &Command, log: &Path) -> Points {
    let mut traced = under_strace(command, &["-o", log.to_str().unwrap()]);
    let ended = traced.output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(!said.contains("strace:"), "{said}");
    of_log(&std::fs::read_to_string(log).unwrap())
}

/// Counts the calls in a log of strace.
pub(crate) fn of_log(log: &str) -> Points {
    let calls = || log.lines().filter_map(call);
    let (main, _, _) = calls().next().expect("a log of strace");
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut before: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut all, mut others) = (BTreeSet::new(), BTreeSet::new());
    let mut begun = false;
    for (thread, name, rest) in calls() {
        begun |= thread == main && rest.starts_with(MAIN);
        let number = counts.entry((thread, name)).or_default();
        *number += 1;
        let point = Point {
            call: name.to_owned(),
            number: *number,
        };
        if thread != main {
            others.insert(point);
        } else if begun {
            // A debug build asks this before each close; the program that is shipped does not.
            if !(name == "fcntl" && rest.contains("F_GETFD)")) {
                all.insert(point);
            }
        } else {
            before.insert(name, *number);
        }
    }
    assert!(begun, "no {MAIN}: has main another beginning?");
    let reachable = |point: &Point| {
        before
            .get(point.call.as_str())
            .is_none_or(|last| point.number > *last)
    };
    let (reached, out_of_reach): (BTreeSet<_>, BTreeSet<_>) =
        others.into_iter().partition(reachable);
    all.extend(reached);
    Points {
        all: all.into_iter().collect(),
        out_of_reach: out_of_reach.len(),
    }
}

/// Thread, name and the call as strace shows it.
fn call(line: &str) -> Option<(&str, &str, &str)> {
    let (thread, rest) = line.split_once(' ')?;
    let rest = rest.trim_start();
    let (name, _) = rest.split_once('(')?;
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    (!name.is_empty() && name.chars().all(is_name)).then_some((thread, name, rest))
}

/// The same command behind strace, children and threads included.
pub(crate) fn under_strace(command: &Command, options: &[&str]) -> Command {
    let strace = program::find("strace").expect("no strace: tests/run.sh installs it");
    let mut traced = Command::new(strace);
    traced.args(["-f", "-qq"]).args(options).arg("--");
    traced.arg(command.get_program()).args(command.get_args());
    traced.env_clear();
    for (name, value) in command.get_envs() {
        traced.env(name, value.unwrap());
    }
    traced.current_dir(command.get_current_dir().unwrap());
    traced.stdin(std::process::Stdio::null());
    traced
}
