//! `dhtls show`: everything a person wants to read of a certificate, key, request, keystore or endpoint.

mod drawing;
mod judged;
mod passphrases;
mod source;

use std::path::PathBuf;

use crate::commands::judging_args::JudgingArgs;
use crate::error::{Error, Result, ShowError};
use crate::pki::bundle;
use crate::pki::certificate::Certificate;
use crate::report::show::{ErrorView, Showing, moment};
use crate::server::site::Site;
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
    /// Files, endpoints as HOST:PORT or https://HOST, or - for standard input
    #[arg(value_name = "FILE|HOST:PORT", required = true)]
    targets: Vec<PathBuf>,
    #[command(flatten)]
    judging: JudgingArgs,
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
    pub(crate) fn pem(&mut self) -> String {
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
/// `--ca` or a passphrase file that is of no use; then nothing is shown.
pub(crate) fn run(args: &Args, host: &Host, site: &Site) -> Result<Shown> {
    let judging = &args.judging;
    let now = judging.at.unwrap_or_else(|| host.now());
    let anchors = judging.anchors(&site.settings.check, &host.root)?;
    let passphrases = Passphrases::of(judging, host)?;

    let mut sources = Vec::new();
    let mut errors = Vec::new();
    for target in &args.targets {
        let read = source::read(target, judging, &passphrases, host);
        let shown = source::shown(target);
        errors.extend(read.errors.into_iter().map(|error| (shown.clone(), error)));
        sources.extend(read.source);
    }
    let judge = Judge {
        now,
        host: judging.host.as_ref(),
        anchors: &anchors,
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
