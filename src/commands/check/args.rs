//! The flags of `dhtls check`, and what they come to together with the settings.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Date, OffsetDateTime};

use crate::commands::check::bench::Times;
use crate::commands::pair_args::duration;
use crate::error::Result;
use crate::pki::bundle;
use crate::pki::certificate::Certificate;
use crate::pki::names::ServerName;
use crate::pki::passphrase;
use crate::pki::thresholds::{Threshold, Thresholds};
use crate::pki::trust::TrustAnchors;
use crate::secret::Secret;
use crate::server::settings::{CheckSettings, Ignore};
use crate::system::root::Root;
use crate::system::{anchors, read};

/// What a passphrase file or a bundle of anchors may have at most.
const SIZE_LIMIT: u64 = 16 << 20;

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
    /// Judge as of then: 2027-01-31, or 2027-01-31T12:00:00Z
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(super) at: Option<OffsetDateTime>,
    /// Name that each leaf has to cover [default: of a server the one it is asked by]
    #[arg(long, value_name = "NAME", value_parser = host_name)]
    pub(super) host: Option<ServerName>,
    /// Trust anchors besides the system's (repeatable)
    #[arg(long, value_name = "FILE")]
    ca: Vec<PathBuf>,
    /// Dates, names, strength and order only: build no path, check no signature
    #[arg(long)]
    pub(super) no_trust: bool,
    /// A known finding, anywhere or at one source: shown, not counted (repeatable)
    #[arg(long, value_name = "CODE[@SOURCE]")]
    pub(super) ignore: Vec<Ignore>,
    /// File with a passphrase for keystores in its first line
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// The same in base64, as the Web API's
    #[arg(long, value_name = "FILE")]
    passphrase_base64_file: Option<PathBuf>,
    /// How long one server may take
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = duration)]
    timeout: Duration,
    /// How long all may take: what has not answered by then is UNKNOWN
    #[arg(long, value_name = "TIME", default_value = "55s", value_parser = duration)]
    deadline: Duration,
    /// How many servers are asked at once
    #[arg(long, value_name = "N", default_value_t = 128, value_parser = jobs)]
    jobs: usize,
}

impl Args {
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

    /// CAs hand out bundles of root and intermediates. A server has to send its intermediates whoever
    /// knows them here, so beside a root they are no anchors.
    pub(super) fn anchors(&self, settings: &CheckSettings, root: &Root) -> Result<TrustAnchors> {
        let mut given = Vec::new();
        for path in self.ca.iter().chain(&settings.ca) {
            let bytes = read::input(root, path, SIZE_LIMIT)?.bytes;
            let read = bundle::read(&path.display().to_string(), bytes.expose())?;
            let has_root = read.certificates.iter().any(Certificate::is_self_issued);
            let certificates = read.certificates.into_iter();
            given.extend(certificates.filter(|it| !has_root || it.is_self_issued()));
        }
        Ok(TrustAnchors::new(given, anchors::system_bundle))
    }

    pub(super) fn passphrases(&self, root: &Root) -> Result<Vec<Secret>> {
        let mut passphrases = Vec::new();
        if let Some(file) = &self.passphrase_file {
            let bytes = read::input(root, file, SIZE_LIMIT)?.bytes;
            passphrases.push(passphrase::first_line(&bytes));
        }
        if let Some(file) = &self.passphrase_base64_file {
            let bytes = read::input(root, file, SIZE_LIMIT)?.bytes;
            let name = file.display().to_string();
            let candidates = passphrase::decode_base64_file(&name, &bytes)?;
            passphrases.push(candidates.stripped().clone());
            passphrases.extend(candidates.raw().cloned());
        }
        Ok(passphrases)
    }

    pub(super) fn times(&self) -> Times {
        Times {
            each: self.timeout,
            end: Instant::now() + self.deadline,
            jobs: self.jobs,
        }
    }
}

/// A date means its first second, UTC.
fn moment(text: &str) -> Result<OffsetDateTime, String> {
    let date = || Date::parse(text, format_description!("[year]-[month]-[day]"));
    OffsetDateTime::parse(text, &Rfc3339)
        .or_else(|_| date().map(|date| date.midnight().assume_utc()))
        .map_err(|_| "a time is written like 2027-01-31 or 2027-01-31T12:00:00Z".to_owned())
}

fn host_name(text: &str) -> Result<ServerName, String> {
    ServerName::parse(text).map_err(|error| error.to_string())
}

fn jobs(text: &str) -> Result<usize, String> {
    let number = text
        .parse()
        .ok()
        .filter(|number| (1..=10_000).contains(number));
    number.ok_or_else(|| "a number from 1 to 10000 is needed".to_owned())
}
