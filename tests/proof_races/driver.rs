//! Root's side: a process that replaces the file again and again, looks at the victims after each attempt,
//! and counts.

use std::fmt;
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};

use nix::fcntl::OFlag;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, waitpid};
use nix::unistd::Pid;
use serde::{Deserialize, Serialize};

use crate::attack::{Attack, Job};
use crate::field::{Field, GUESSED, TARGET};
use crate::support::scratch::set_mode;

/// Who replaces the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Who {
    /// dhtls's own code, in this process: an attempt takes a millisecond.
    Library,
    /// A program, started for each attempt, with a seeded fault if it knows that one.
    Program(std::path::PathBuf, String),
    /// What is often written: a check by path, then the use by path.
    Naive,
}

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Tally {
    pub(crate) attempts: u32,
    /// A victim was changed, or a secret read.
    pub(crate) hits: u32,
    pub(crate) done: u32,
    pub(crate) refused: u32,
    /// A person was asked for, by exit code 3.
    pub(crate) asked: u32,
}

impl Tally {
    fn count(&mut self, code: u8) {
        self.attempts += 1;
        match code {
            0 => self.done += 1,
            1 => self.refused += 1,
            3 => self.asked += 1,
            other => panic!("exit code {other}"),
        }
    }

    pub(crate) fn add(&mut self, more: &Self) {
        self.attempts += more.attempts;
        self.hits += more.hits;
        self.done += more.done;
        self.refused += more.refused;
        self.asked += more.asked;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            attempts,
            hits,
            done,
            refused,
            asked,
        } = self;
        write!(
            f,
            "{attempts} attempts, {hits} hits ({done} done, {refused} refused, {asked} asked for a person)"
        )
    }
}

/// Makes the attempts against the process that `attacker` starts, a child of this one.
pub(crate) fn run(
    field: &Field,
    (attack, job): (Attack, Job),
    who: &Who,
    attempts: u32,
    attacker: impl FnOnce() -> Child,
) -> Tally {
    field.reset(attack);
    let (ground, mut victims) = (field.ground(), field.victims());
    let mut attacker = attacker();
    let pid = Pid::from_raw(i32::try_from(attacker.id()).unwrap());
    field.wait_for_the_attacker(attack);
    let mut tally = Tally::default();
    let mut failures = 0;
    while tally.attempts < attempts {
        let code = match who {
            Who::Naive => naive(field, attack),
            _ => code(field, job, who),
        };
        tally.count(code);
        failures = if code == 0 { 0 } else { failures + 1 };
        // To stop him takes longer than an attempt, and what was refused has mostly left all as it was.
        if *who == Who::Library && failures % 3 != 0 && tally.attempts < attempts {
            continue;
        }
        kill(pid, Signal::SIGSTOP).unwrap();
        waitpid(pid, Some(WaitPidFlag::WUNTRACED)).unwrap();
        field.straighten(attack);
        let hit = field.victims() != victims;
        tally.hits += u32::from(hit);
        if hit || failures > 5 || field.ground() != ground {
            field.reset(attack);
            victims = field.victims();
            failures = 0;
        }
        kill(pid, Signal::SIGCONT).unwrap();
        field.wait_for_the_attacker(attack);
    }
    attacker.kill().unwrap();
    attacker.wait().unwrap();
    tally
}

fn code(field: &Field, job: Job, who: &Who) -> u8 {
    let path = |name: &str| field.path(name).display().to_string();
    let (settings, report) = (
        path("etc/dhtls.toml"),
        path(&format!("srv/deep/auth/{TARGET}")),
    );
    let (crt, ca) = (path("etc/tls.crt"), path("etc/ca.crt"));
    let line = match job {
        Job::Rollback => vec!["--config", &settings, "--no-restart", "-q", "rollback"],
        Job::Report => vec![
            "check",
            &crt,
            "--ca",
            &ca,
            "--format",
            "prometheus",
            "--output",
            &report,
        ],
    };
    match who {
        Who::Program(program, mutant) => {
            let mut command = Command::new(program);
            command
                .args(line)
                .stdout(Stdio::null())
                .stderr(Stdio::null());
            let status = command.env("DHTLS_MUTANT", mutant).status().unwrap();
            u8::try_from(status.code().expect("not killed")).unwrap()
        }
        _ => {
            let line = std::iter::once("dhtls").chain(line).map(Into::into);
            let code = dhtls::run(line, &mut dhtls::Host::real());
            let all = 0..=u8::MAX;
            all.into_iter()
                .find(|number| code == ExitCode::from(*number))
                .unwrap()
        }
    }
}

/// Looks first, and uses the same path then. Errors are the attacker's doing and no matter.
fn naive(field: &Field, attack: Attack) -> u8 {
    let target = field.path(&format!("srv/deep/auth/{TARGET}"));
    let result = match attack {
        Attack::LinkedState | Attack::PlantedState => trust_state(&field.path("srv/state")),
        Attack::StagedNames => {
            let staged = target.with_file_name(GUESSED);
            let written =
                fs::write(&staged, "a new key").and_then(|()| File::open(&staged)?.sync_all());
            written.and_then(|()| {
                set_mode(&staged, 0o440);
                fs::rename(&staged, &target)
            })
        }
        _ => in_place(&target),
    };
    u8::from(result.is_err())
}

fn in_place(target: &Path) -> std::io::Result<()> {
    if !fs::symlink_metadata(target)?.is_file() {
        return Err(std::io::ErrorKind::InvalidInput.into());
    }
    // Or it would wait for ever where the attacker put a pipe.
    let flags = OFlag::O_NONBLOCK.bits();
    let mut opened = File::options()
        .read(true)
        .custom_flags(flags)
        .open(target)?;
    let _ = std::io::copy(&mut opened, &mut std::io::sink());
    let opened = File::options()
        .write(true)
        .truncate(true)
        .create(true)
        .custom_flags(flags)
        .open(target);
    let written = opened.and_then(|mut file| file.write_all(b"a new key"));
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o440);
    let given = std::os::unix::fs::chown(target, Some(0), Some(0));
    fs::set_permissions(target, mode).and(given).and(written)
}

/// Takes a lock, and puts back what a journal says.
fn trust_state(state: &Path) -> std::io::Result<()> {
    if !fs::symlink_metadata(state)?.is_dir() {
        return Err(std::io::ErrorKind::InvalidInput.into());
    }
    File::create(state.join("lock"))?;
    let Ok(text) = fs::read(state.join("history/000099/record.json")) else {
        return Ok(());
    };
    let record: serde_json::Value = serde_json::from_slice(&text)?;
    fs::remove_file(record["changes"][0]["path"].as_str().unwrap())
}
