//! System calls of whole installations, seen by strace: no child is told a secret, and no file that may
//! hold one can be read by others at any moment.
#![allow(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use support::live::{Live, Run, bare_command, install_line};
use support::program;
use support::secrets::Secrets;
use support::transcript::dhtls;
use support::webapi::PROPERTIES;

const CALLS: &str = "trace=execve,open,openat,?openat2,creat,mkdir,mkdirat,mknod,mknodat,chmod,fchmod,fchmodat,\
                     ?fchmodat2,chown,lchown,fchown,fchownat,umask";

/// All that a child is told besides its arguments.
const ENVIRONMENT: &str =
    "], [\"LC_ALL=C\", \"PATH=/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin\"]) = ";

/// What strace saw of one run.
struct Trace {
    /// Of dhtls and its threads.
    own: String,
    /// Of the programs that it started.
    children: String,
}

/// Runs dhtls on the live server under strace, with one file for each process, so that no call is torn
/// apart by another's.
fn traced(live: &Live, arguments: &str) -> (Run, Trace) {
    let strace = program::find("strace").expect("no strace: tests/run.sh installs it");
    let (folder, dhtls) = (tempfile::tempdir().unwrap(), dhtls());
    let mut command = bare_command(&strace, live.scratch());
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
    let run = live.run(&mut command);
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
/// strace shows `call(arguments) = result`, descriptors with their path: `7</etc/x>`.
fn faults(trace: &str) -> Vec<String> {
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
                let public = arguments.contains("/.iris-common.prop.");
                let open = mode.is_none_or(|mode| mode & 0o077 != 0);
                open && !public && !(owned && mode == Some(0o440))
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

#[test]
fn the_reader_of_traces_finds_every_fault() {
    let good = "openat(4</s>, \".k.new.dhtls\", O_WRONLY|O_CREAT|O_EXCL, 0600) = 5</s/.k.new.dhtls>\n\
                fchown(5</s/.k.new.dhtls>, 999, 995) = 0\n\
                fchmod(5</s/.k.new.dhtls>, 0440) = 0\n";
    assert_eq!(faults(good), Vec::<String>::new());
    for (old, new) in [
        ("0600", "0640"),
        ("fchown(5</s/.k.new.dhtls>, 999, 995) = 0\n", ""),
        ("0440", "0444"),
        ("fchmod(5</s/.k.new.dhtls>, ", "chmod(\"/s/k\", "),
        ("fchown(5", "mkdir(\"/s/x\", 0755) = 0\nfchown(5"),
    ] {
        let bad = good.replacen(old, new, 1);
        assert_eq!(faults(&bad).len(), 1, "{bad}");
    }
}

/// Folders of the state for root alone, and all files in them.
fn assert_private(folder: &Path) -> usize {
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

#[test]
fn no_child_is_told_a_secret_and_no_file_is_open_to_others_at_any_moment() {
    let Some(live) = Live::start_as_irisadmin() else {
        return;
    };
    let new = live.pair("new");
    let secrets = Secrets::of(&[&live.first, &new]);
    // Theirs is the usual mode, and they hold no secrets.
    fs::create_dir_all(live.scratch().path("var/lib")).unwrap();
    // Nobody answers there, so that all is put back; then one that stands; then its rollback.
    let wrong = install_line("new", "--endpoint 127.0.0.1:1 -vv").replace("20s", "8s");
    let right = install_line("new", "-vv");
    for (line, code) in [(wrong, 1), (right, 0), ("rollback -vv".to_owned(), 0)] {
        let (run, trace) = traced(&live, &line);
        let run = run.exits(code);
        let Trace { own, children } = &trace;
        for text in [&run.stdout, &run.stderr, own, children] {
            secrets.assert_absent(text, &line);
        }
        let started: Vec<&str> = children
            .lines()
            .filter(|line| line.contains("execve("))
            .collect();
        assert!(started.len() >= 3, "{children}");
        for line in started {
            assert!(line.contains(ENVIRONMENT), "{line}");
        }
        assert!(own.matches("O_CREAT").count() >= 4, "{own}");
        if line.starts_with("rollback") {
            // It restores a keystore that everyone could read before.
            let widened = faults(own);
            assert!(
                widened.iter().all(|line| line.contains(", 0644)")),
                "{widened:#?}"
            );
        } else {
            assert_eq!(faults(own), Vec::<String>::new());
        }
    }
    assert!(live.scratch().path(PROPERTIES).is_file());
    assert!(secrets.assert_absent_for_others(live.scratch().folder()) > 5);
    assert!(assert_private(&live.scratch().path("var/lib/dhtls")) > 6);
}
