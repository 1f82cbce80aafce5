//! System calls of whole runs, seen by strace: what children are told, what can be read by others at any
//! moment.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use super::live::{Run, bare_command};
use super::program;
use super::scratch::Scratch;
use super::transcript::dhtls;

const CALLS: &str = "trace=execve,open,openat,?openat2,creat,mkdir,mkdirat,mknod,mknodat,chmod,fchmod,fchmodat,\
                     ?fchmodat2,chown,lchown,fchown,fchownat,umask";

/// All that a child is told besides its arguments.
const ENVIRONMENT: &str =
    "], [\"LC_ALL=C\", \"PATH=/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin\"]) = ";

/// What strace saw of one run.
pub(crate) struct Trace {
    /// Of dhtls and its threads.
    pub(crate) own: String,
    /// Of the programs that it started.
    pub(crate) children: String,
}

/// Runs dhtls with the settings of a live server under strace, with one file for each process, so that no call is torn
/// apart by another's.
pub(crate) fn traced(scratch: &Scratch, arguments: &str) -> (Run, Trace) {
    let strace = program::find("strace").expect("no strace: tests/run.sh installs it");
    let (folder, dhtls) = (tempfile::tempdir().unwrap(), dhtls());
    let mut command = bare_command(&strace, scratch);
    command
        .args([
            "-ff",
            "-qq",
            "-y",
            "-v",
            "-s",
            "4096",
            "-e",
            "signal=none",
            "-e",
            CALLS,
            "-o",
        ])
        .args([&folder.path().join("trace"), &dhtls])
        .args(["--config", "etc/dhtls.toml"])
        .args(arguments.split_whitespace());
    let run = Run::of(command.output().unwrap(), scratch);
    let mut trace = Trace {
        own: String::new(),
        children: String::new(),
    };
    for path in fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
    {
        let text = fs::read_to_string(path).unwrap();
        let started = format!("execve(\"{}\"", dhtls.display());
        if text.contains(&started) || !text.contains("execve(") {
            trace.own.push_str(&text);
        } else {
            trace.children.push_str(&text);
        }
    }
    (run, trace)
}

/// The calls that open something to others, if only for a moment.
///
/// strace shows `call(arguments) = result`, descriptors with their path: `7</etc/x>`. `public` are the names
/// of files that anyone may read.
pub(crate) fn faults(trace: &str, public: &[&str]) -> Vec<String> {
    let mut faults = Vec::new();
    // For each descriptor with path: whether it was given its owner.
    let mut given: BTreeMap<String, bool> = BTreeMap::new();
    for line in trace.lines() {
        let Some((call, arguments, result)) = parts(line) else {
            continue;
        };
        let mode = last_number(arguments);
        let fault = match call {
            "open" | "openat" | "openat2" if arguments.contains("O_CREAT") => {
                given.insert(result.to_owned(), false);
                mode.is_none_or(|mode| mode & 0o077 != 0)
            }
            "mkdir" | "mkdirat" => mode.is_none_or(|mode| mode & 0o077 != 0),
            // By path, so that someone may turn a link meanwhile.
            "chmod" | "fchmodat" | "fchmodat2" | "chown" | "lchown" | "fchownat" | "creat"
            | "mknod" | "mknodat" => true,
            "fchown" => {
                let descriptor = first(arguments);
                given.insert(descriptor.to_owned(), true).is_none()
            }
            "fchmod" => {
                let owned = given.get(first(arguments)).copied().unwrap_or(false);
                let is_staged = |name: &&str| arguments.contains(&format!("/.{name}."));
                let open = mode.is_none_or(|mode| mode & 0o077 != 0);
                let for_a_group = matches!(mode, Some(0o440 | 0o640));
                open && !public.iter().any(is_staged) && !(owned && for_a_group)
            }
            _ => false,
        };
        if fault {
            faults.push(line.to_owned());
        }
    }
    faults
}

fn parts(line: &str) -> Option<(&str, &str, &str)> {
    let (call, result) = line.rsplit_once(" = ")?;
    let (name, arguments) = call.trim().trim_end_matches(')').split_once('(')?;
    Some((name, arguments, result))
}

fn first(arguments: &str) -> &str {
    arguments.split(", ").next().unwrap_or_default()
}

/// A mode, which strace writes in octal, behind everything else.
fn last_number(arguments: &str) -> Option<u32> {
    u32::from_str_radix(arguments.rsplit(", ").next()?, 8).ok()
}

/// That these children were told nothing but their arguments; returns how many there were.
#[track_caller]
pub(crate) fn assert_told_nothing_else(children: &str) -> usize {
    let started = children.lines().filter(|line| line.contains("execve("));
    let started: Vec<&str> = started.collect();
    for line in &started {
        assert!(line.contains(ENVIRONMENT), "{line}");
    }
    started.len()
}

/// Folders of the state for root alone, and all files in them.
pub(crate) fn assert_private(folder: &Path) -> usize {
    let mut count = 0;
    for path in fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
    {
        let found = fs::symlink_metadata(&path).unwrap();
        let expected = if found.is_dir() { 0o700 } else { 0o600 };
        let mode = found.permissions().mode() & 0o7777;
        assert_eq!(
            (mode, found.uid(), found.gid()),
            (expected, 0, 0),
            "{}",
            path.display()
        );
        count += 1;
        if found.is_dir() {
            count += assert_private(&path);
        }
    }
    count
}
