//! The flags of `dhtls check`, and what they come to together with the settings.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::commands::check::bench::Times;
use crate::commands::judging_args::JudgingArgs;
use crate::commands::pair_args::duration;
use crate::pki::thresholds::{Threshold, Thresholds};
use crate::server::settings::{CheckSettings, Ignore};

const EXAMPLES: &str = "\
Examples:
  dhtls check                                    every certificate of this server
  dhtls check tls.crt /etc/ssl/private -r        files and folders
  dhtls check www.example.com:443 @hosts.txt     what servers serve
  dhtls check --format nagios --warn 33% --crit 3d
  dhtls check -q                                 for cron: nothing at all when all is well
  dhtls check --format prometheus --output /var/lib/node_exporter/dhtls.prom

Exit codes:
  0  OK
  1  WARNING
  2  CRITICAL
  3  UNKNOWN: something could not be read or judged; wrong usage";

/// Check certificates: files, folders, keystores, servers; without a target all of this server
///
/// Every certificate in every file counts, and nothing that was named is passed over in silence: what
/// cannot be read and judged is UNKNOWN. Works without root, takes no lock, changes nothing.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES, after_long_help = EXAMPLES)]
pub(crate) struct Args {
    /// A file (PEM, DER, PKCS#12, PKCS#7), a folder, a pattern in quotes, HOST:PORT, https://…; @FILE or
    /// - for a list, a target a line
    #[arg(value_name = "TARGET")]
    pub(super) targets: Vec<OsString>,
    /// Descend into folders
    #[arg(short, long)]
    pub(super) recursive: bool,
    /// Warn this long before the end: days, hours, or percent of the lifetime; repeatable, the sooner wins
    /// [default: 30d, at most a third of the lifetime]
    #[arg(long, value_name = "LIMIT")]
    warn: Vec<Threshold>,
    /// The same for critical [default: 7d, at most a tenth of the lifetime]
    #[arg(long, value_name = "LIMIT")]
    crit: Vec<Threshold>,
    /// Write to FILE instead, all at once and for everyone to read (node_exporter's textfiles)
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(super) judging: JudgingArgs,
    /// Dates, names, strength and order only: build no path, check no signature
    #[arg(long)]
    pub(super) no_trust: bool,
    /// A known finding, anywhere or at one source: shown, not counted (repeatable)
    #[arg(long, value_name = "CODE[@SOURCE]")]
    pub(super) ignore: Vec<Ignore>,
    /// How long all may take: what has not answered by then is UNKNOWN
    #[arg(long, value_name = "TIME", default_value = "55s", value_parser = duration)]
    deadline: Duration,
    /// How many servers are asked at once
    #[arg(long, value_name = "N", default_value_t = 128, value_parser = jobs)]
    jobs: usize,
}

impl Args {
    /// All of this server, by the settings alone: for one server and for all, so long.
    pub(super) fn of_this_server((timeout, deadline): (Duration, Duration)) -> Self {
        Self {
            targets: Vec::new(),
            recursive: false,
            warn: Vec::new(),
            crit: Vec::new(),
            output: None,
            no_trust: false,
            ignore: Vec::new(),
            judging: JudgingArgs::with_timeout(timeout),
            deadline,
            jobs: 8,
        }
    }

    pub(super) fn thresholds(&self, settings: &CheckSettings) -> Thresholds {
        let given = |flags: &[Threshold], settings: &[Threshold]| match flags {
            [] => settings.to_vec(),
            flags => flags.to_vec(),
        };
        Thresholds {
            warn: given(&self.warn, &settings.warn),
            crit: given(&self.crit, &settings.crit),
        }
    }

    pub(super) fn times(&self) -> Times {
        Times {
            each: self.judging.timeout,
            end: Instant::now() + self.deadline,
            jobs: self.jobs,
        }
    }
}

fn jobs(text: &str) -> Result<usize, String> {
    let number = text
        .parse()
        .ok()
        .filter(|number| (1..=10_000).contains(number));
    number.ok_or_else(|| "a number from 1 to 10000 is needed".to_owned())
}
