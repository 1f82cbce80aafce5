//! What benchmarks share. Machines are noisy, so everything runs in turns within one run, and only ratios
//! of medians count.

use std::collections::BTreeMap;
use std::env;
use std::error::Error;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::resource::{Usage, UsageWho, getrusage};
use nix::sys::time::TimeValLike;

pub(crate) type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// What one run took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    /// User and system time, on all cores together.
    pub(crate) cpu: Duration,
    pub(crate) wall: Duration,
    /// The most memory that was resident.
    pub(crate) peak_kb: i64,
}

/// What one run of a program took and came to.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) cost: Cost,
    pub(crate) exit: i32,
}

/// The argument that makes a benchmark one that watches a single program.
const WATCH: &str = "--watch";

/// Comes first in every `main`: as [`run`] starts it, the program only watches another, and ends. A
/// process is charged with the memory of whoever started it, and a benchmark's own is large; only so is
/// each run seen alone, too.
///
/// # Errors
/// The program cannot be started.
pub(crate) fn watch_if_asked() -> Result<()> {
    let arguments: Vec<_> = env::args_os().skip(1).collect();
    let [flag, report, program, rest @ ..] = arguments.as_slice() else {
        return Ok(());
    };
    if flag != WATCH {
        return Ok(());
    }
    let start = Instant::now();
    let status = Command::new(program).args(rest).status()?;
    let wall = start.elapsed().as_micros();
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let exit = status.code().unwrap_or(-1);
    let (cpu, peak) = (cpu(&usage).as_micros(), usage.max_rss());
    fs::write(report, format!("{cpu} {wall} {peak} {exit}"))?;
    std::process::exit(0)
}

/// Runs a program to its end; it may exit as it likes. Its stdout goes where the command says, by default
/// nowhere, as its stderr.
///
/// # Errors
/// The program cannot be started.
pub(crate) fn run(command: &Command) -> Result<Ran> {
    run_into(command, Stdio::null())
}

/// The same with a place for stdout.
///
/// # Errors
/// As of [`run`].
pub(crate) fn run_into(command: &Command, stdout: Stdio) -> Result<Ran> {
    let report = tempfile::NamedTempFile::new()?;
    let mut watch = Command::new(env::current_exe()?);
    watch.arg(WATCH).arg(report.path());
    watch.arg(command.get_program()).args(command.get_args());
    if let Some(folder) = command.get_current_dir() {
        watch.current_dir(folder);
    }
    let streams = watch.stdin(Stdio::null()).stdout(stdout);
    if !streams.stderr(Stdio::null()).status()?.success() {
        return Err(format!("cannot run {:?}", command.get_program()).into());
    }
    let text = fs::read_to_string(report.path())?;
    let numbers: Vec<i64> = text
        .split(' ')
        .map(str::parse)
        .collect::<std::result::Result<_, _>>()?;
    let [cpu, wall, peak_kb, exit] = numbers.as_slice() else {
        return Err("the watch wrote no report".into());
    };
    Ok(Ran {
        cost: Cost {
            cpu: Duration::from_micros(cpu.unsigned_abs()),
            wall: Duration::from_micros(wall.unsigned_abs()),
            peak_kb: *peak_kb,
        },
        exit: i32::try_from(*exit)?,
    })
}

/// What `work` takes in this process, with all its threads.
///
/// # Errors
/// Those of `work`.
#[allow(dead_code, reason = "not every benchmark has work of its own")]
pub(crate) fn cost_here(work: impl FnOnce() -> Result<()>) -> Result<Cost> {
    let before = cpu(&getrusage(UsageWho::RUSAGE_SELF)?);
    let start = Instant::now();
    work()?;
    let wall = start.elapsed();
    let usage = getrusage(UsageWho::RUSAGE_SELF)?;
    Ok(Cost {
        cpu: cpu(&usage).saturating_sub(before),
        wall,
        peak_kb: usage.max_rss(),
    })
}

fn cpu(usage: &Usage) -> Duration {
    let microseconds =
        usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Duration::from_micros(microseconds.unsigned_abs())
}

/// The costs of everything that is compared, by name.
#[derive(Debug, Default)]
pub(crate) struct Costs(BTreeMap<String, Vec<Cost>>);

impl Costs {
    pub(crate) fn add(&mut self, name: &str, cost: Cost) {
        self.0.entry(name.to_owned()).or_default().push(cost);
    }

    /// Seconds of CPU time.
    pub(crate) fn cpu(&self, name: &str) -> f64 {
        self.median(name, |cost| cost.cpu.as_secs_f64())
    }

    /// Seconds.
    pub(crate) fn wall(&self, name: &str) -> f64 {
        self.median(name, |cost| cost.wall.as_secs_f64())
    }

    /// Seconds of the quickest run: what others do on the machine only adds to it.
    pub(crate) fn least_wall(&self, name: &str) -> f64 {
        let walls = self.0.get(name).into_iter().flatten();
        walls
            .map(|cost| cost.wall.as_secs_f64())
            .fold(f64::INFINITY, f64::min)
    }

    /// The most that any of the runs had.
    #[allow(dead_code, reason = "not every benchmark asks for memory")]
    pub(crate) fn peak_mb(&self, name: &str) -> f64 {
        let peaks = self
            .0
            .get(name)
            .into_iter()
            .flatten()
            .map(|cost| cost.peak_kb);
        peaks.max().unwrap_or_default() as f64 / 1024.0
    }

    fn median(&self, name: &str, of: impl Fn(&Cost) -> f64) -> f64 {
        let mut values: Vec<f64> = self.0.get(name).into_iter().flatten().map(of).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
    }
}

/// Runs openssl, which has to succeed, in `folder`.
///
/// # Errors
/// What it says.
#[allow(dead_code, reason = "not every benchmark needs it")]
pub(crate) fn openssl<A: AsRef<OsStr>>(folder: &Path, arguments: &[A]) -> Result<()> {
    let output = Command::new("openssl")
        .args(arguments)
        .current_dir(folder)
        .output()?;
    match output.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned().into()),
    }
}

/// Says whether a promise holds.
#[must_use]
pub(crate) fn verdict(what: &str, value: f64, limit: f64, unit: &str) -> bool {
    // A value that is no number is no good news.
    let holds = value <= limit;
    let word = if holds { "holds" } else { "DOES NOT HOLD" };
    print_line(&format!(
        "  {what}: {value:.3}{unit}, limit {limit:.3}{unit}: {word}"
    ));
    holds
}

#[expect(clippy::print_stdout, reason = "a benchmark reports on stdout")]
pub(crate) fn print_line(text: &str) {
    println!("{text}");
}
