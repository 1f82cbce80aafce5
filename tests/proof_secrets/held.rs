//! A program held at its very end, when everything that it was going to wipe is wiped, and what is in its
//! memory then.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::process::{Child, Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::support::program;

/// Longer than any look takes, in microseconds.
const DELAY: u32 = 120_000_000;

/// Bytes read at once; what lies across the border of two is in the overlap.
const PIECE: u64 = 1 << 20;
const OVERLAP: u64 = 1 << 12;

/// Ends with this value.
pub(crate) struct Held {
    strace: Child,
    pid: u32,
    /// What it is about to end with.
    pub(crate) code: u64,
}

impl Held {
    /// Starts the program under strace, which stops it where it calls `exit_group`. Its environment is
    /// empty but for `PATH` and `environment`.
    pub(crate) fn run(command: &Command, environment: &[(&str, &str)]) -> Self {
        let strace = program::find("strace").expect("no strace: tests/run.sh installs it");
        let mut held = Command::new(strace);
        held.args([
            "-qq",
            "-o",
            "/dev/null",
            "-e",
            "trace=exit_group",
            "-e",
            "signal=none",
            "-e",
        ])
        .arg(format!("inject=exit_group:delay_enter={DELAY}"))
        .arg(command.get_program())
        .args(command.get_args())
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .envs(environment.iter().copied())
        .current_dir(command.get_current_dir().unwrap())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
        let strace = held.spawn().unwrap();
        let number = nix::libc::SYS_exit_group.to_string();
        let (pid, code) = program::wait_for("the program to end", || {
            let pid = child_of(strace.id())?;
            let call = fs::read_to_string(format!("/proc/{pid}/syscall")).ok()?;
            let mut words = call.split_whitespace();
            (words.next()? == number).then_some(())?;
            let code = words.next()?.trim_start_matches("0x").to_owned();
            Some((pid, u64::from_str_radix(&code, 16).ok()?))
        });
        Self { strace, pid, code }
    }

    /// Everything that it may have written to: heap, stacks, its own data.
    pub(crate) fn memory(&self) -> Vec<(String, Vec<u8>)> {
        let memory = File::open(format!("/proc/{}/mem", self.pid)).unwrap();
        let maps = fs::read_to_string(format!("/proc/{}/maps", self.pid)).unwrap();
        let mut pieces = Vec::new();
        for line in maps.lines() {
            let mut words = line.split_whitespace();
            let (range, rights) = (words.next().unwrap(), words.next().unwrap());
            let (start, end) = range.split_once('-').unwrap();
            let number = |hex| u64::from_str_radix(hex, 16).unwrap();
            let (mut at, end) = (number(start), number(end));
            while rights.starts_with("rw") && at < end {
                let mut bytes = vec![0; usize::try_from(PIECE.min(end - at)).unwrap()];
                memory.read_exact_at(&mut bytes, at).unwrap();
                pieces.push((line.to_owned(), bytes));
                at += if end - at > PIECE {
                    PIECE - OVERLAP
                } else {
                    PIECE
                };
            }
        }
        pieces
    }

    /// A line of `/proc/PID/limits`.
    pub(crate) fn limit(&self, name: &str) -> String {
        let limits = fs::read_to_string(format!("/proc/{}/limits", self.pid)).unwrap();
        let line = limits.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap()
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// Whether another process of the same user may look into it.
    pub(crate) fn is_open_to(&self, user: &str) -> bool {
        let memory = format!("/proc/{}/mem", self.pid);
        let look = ["-u", user, "--", "head", "-c", "0", &memory];
        program::output("runuser", &look, "").status.success()
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let pid = Pid::from_raw(i32::try_from(self.pid).unwrap());
        let _ = kill(pid, Signal::SIGKILL);
        // While it delays, it does not notice.
        let _ = self.strace.kill();
        let _ = self.strace.wait();
    }
}

fn child_of(parent: u32) -> Option<u32> {
    let processes = fs::read_dir("/proc").unwrap();
    let mut numbers = processes.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    numbers.find(|pid| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let after_name = stat.rsplit(") ").next().unwrap_or_default();
        after_name.split(' ').nth(1) == Some(parent.to_string().as_str())
    })
}
