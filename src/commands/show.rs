//! `dhtls show`: everything a person wants to read of a certificate, key, request, keystore or endpoint.

mod drawing;
mod judged;
mod passphrases;
mod source;

use std::path::PathBuf;
use std::time::Duration;

use time::format_description::well_known::Rfc3339;
use time::{Date, OffsetDateTime, Time, macros::format_description};

use crate::commands::pair;
use crate::commands::pair_args::duration;
use crate::error::{Error, Result, ShowError};
use crate::pki::bundle;
use crate::pki::certificate::Certificate;
use crate::pki::names::ServerName;
use crate::pki::trust::TrustAnchors;
use crate::report::show::{ErrorView, Showing, moment};
use crate::system::anchors;
use crate::system::host::Host;
use judged::Judge;
use passphrases::Passphrases;

const EXAMPLES: &str = "\
Examples:
  dhtls show tls.crt                          a certificate or a chain, with what is wrong
  dhtls show tls.crt tls.key                  whether the key belongs to it, too
  dhtls show webapi.p12 --passphrase-file pass
  dhtls show myserver.mydomain.com:8123       what is served there
  dhtls show --format pem localhost:443 | openssl x509 -noout -text

Nothing is changed, and no private key is ever printed.

Exit codes:
  0  everything that was named is shown, whatever is wrong with it
  1  something could not be read; the rest is shown
  2  wrong usage";

/// Show certificates, chains, keys, requests, keystores and what endpoints serve
///
/// Files are PEM, DER, PKCS#7 or PKCS#12, told by their content. Certificates of several files complete
/// each other's chains; what an endpoint sends is taken as it is.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES, after_long_help = EXAMPLES)]
pub(crate) struct Args {
    /// Files, or endpoints as HOST:PORT or https://HOST
    #[arg(value_name = "FILE|HOST:PORT", required = true)]
    targets: Vec<PathBuf>,
    /// File with the passphrase of keys and keystores in its first line [default: ask at the terminal]
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// The same in base64, as the Web API Service keeps it
    #[arg(long, value_name = "FILE", conflicts_with = "passphrase_file")]
    passphrase_base64_file: Option<PathBuf>,
    /// The name that certificates have to cover [default: for an endpoint its own]
    #[arg(long, value_name = "NAME")]
    host: Option<String>,
    /// Trust anchors besides the system's (repeatable)
    #[arg(long, value_name = "FILE")]
    ca: Vec<PathBuf>,
    /// Count days and judge as of then: 2027-03-01, or 2027-03-01T12:00:00Z
    #[arg(long, value_name = "TIME", value_parser = point_in_time)]
    at: Option<OffsetDateTime>,
    /// How long an endpoint may take
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = duration)]
    timeout: Duration,
}

/// What is shown, and what could not be.
#[derive(Debug)]
pub(crate) struct Shown {
    pub(crate) showing: Showing,
    /// The certificates of all sources, each once per source.
    certificates: Vec<Certificate>,
    /// In the order of the sources.
    pub(crate) errors: Vec<Error>,
}

impl Shown {
    /// The certificates as PEM; a source without any is an error.
    pub(crate) fn to_pem(&mut self) -> String {
        for source in &self.showing.sources {
            let is_locked = source.keystore.as_ref().is_some_and(|it| !it.opened);
            if source.certificates.is_empty() && !is_locked {
                let name = source.source.clone();
                self.errors.push(ShowError::NoCertificate { name }.into());
            }
        }
        String::from_utf8_lossy(&bundle::encode_pem(&self.certificates)).into_owned()
    }
}

/// Reads all that is named, and goes on after what cannot be read.
///
/// # Errors
/// `--host`, `--ca` or a passphrase file that is of no use; then nothing is shown.
pub(crate) fn run(args: &Args, host: &Host) -> Result<Shown> {
    let now = args.at.unwrap_or_else(|| host.now());
    let name = args.host.as_deref().map(ServerName::parse).transpose()?;
    let given = pair::read_all(&args.ca, host, &mut Vec::new())?;
    // An intermediate among them is no anchor, as with install-webapi.
    let (roots, intermediates): (Vec<_>, Vec<_>) =
        given.into_iter().partition(Certificate::is_self_issued);
    let anchors = TrustAnchors::new(roots, anchors::system_bundle);
    let passphrases = Passphrases::of(args, host)?;

    let mut sources = Vec::new();
    let mut errors = Vec::new();
    for target in &args.targets {
        let read = source::read(target, args, &passphrases, host);
        let shown = target.display().to_string();
        errors.extend(read.errors.into_iter().map(|error| (shown.clone(), error)));
        sources.extend(read.source);
    }
    let judge = Judge {
        now,
        host: name,
        anchors: &anchors,
        extra: intermediates,
    };
    let (views, certificates) = judge.all(sources);
    let showing = Showing {
        shown_at: moment(now),
        sources: views,
        errors: errors
            .iter()
            .map(|(source, error)| view(source, error))
            .collect(),
    };
    Ok(Shown {
        showing,
        certificates,
        errors: errors.into_iter().map(|(_, error)| error).collect(),
    })
}

fn view(source: &str, error: &Error) -> ErrorView {
    ErrorView {
        source: source.to_owned(),
        message: error.to_string(),
        hint: error.hint(),
    }
}

fn point_in_time(text: &str) -> Result<OffsetDateTime, String> {
    if let Ok(time) = OffsetDateTime::parse(text, &Rfc3339) {
        return Ok(time);
    }
    Date::parse(text, format_description!("[year]-[month]-[day]"))
        .map(|date| date.with_time(Time::MIDNIGHT).assume_utc())
        .map_err(|_| "a time is written 2027-03-01 or 2027-03-01T12:00:00Z".to_owned())
}
