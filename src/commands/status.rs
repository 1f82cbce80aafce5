//! `dhtls status`: what is there, what is effective, what runs, what is served. Changes nothing.

mod rows;
mod services;

use std::panic::resume_unwind;
use std::path::Path;
use std::thread;
use std::time::Duration;

use crate::commands::{check, history};
use crate::error::{Error, Result};
use crate::pki::findings::{Code, Finding, Severity};
use crate::report::listing::Listing;
use crate::report::scan::{ErrorRow, Scan};
use crate::report::show::certificate::finding_row;
use crate::report::show::moment;
use crate::report::status::Report;
use crate::server::inventory::Inventory;
use crate::server::settings::Settings;
use crate::server::site::Site;
use crate::system::host::Host;
use rows::Shown;
use services::{Question, Said};

const EXAMPLES: &str = "\
Examples:
  dhtls status                    what dhtls finds on this server
  dhtls status -v                 also what need not be there, and intermediates
  dhtls status --format json      the same for programs
  dhtls --root image status       of files below another folder

Exit codes:
  0  everything could be told, good or bad
  1  something could not be read or asked; it is shown as unknown
  2  wrong usage";

/// A person waits: one server may take so long.
const EACH: Duration = Duration::from_secs(3);

/// For all servers, and for monit.
const WHOLE: Duration = Duration::from_secs(5);

/// Show what dhtls finds on this server: layout, files, settings, services, certificates
///
/// Works without root, asks nobody for anything, takes no lock, changes nothing. Whether all is well is
/// what dhtls check decides; its findings are shown below the things that they are about.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES, after_long_help = EXAMPLES)]
pub(crate) struct Args {}

/// Looks at everything. `config` is the settings file that was named.
///
/// # Errors
/// The settings file is gone since it was read.
pub(crate) fn run(config: Option<&Path>, host: &Host, site: &Site) -> Result<Report> {
    let inventory = Inventory::take(host, site);
    let (scan, said) = ask(&inventory, host, site);
    let scan = scan.unwrap_or_else(|error| without_certificates(&inventory, &error, host));
    let state_folder = host
        .root
        .shown(&site.state_folder().path)
        .display()
        .to_string();
    let mut findings = scan.errors;
    let listing = history::run(host, site);
    let history_read = listing.is_ok();
    let mut listing = listing.unwrap_or_else(|error| {
        findings.push(row(state_folder.clone(), of_history(&error)));
        Listing::default()
    });
    let shown = Shown {
        inventory: &inventory,
        host,
        site,
    };
    let mut services = services::rows(&inventory, &scan.certificates, said);
    services.sort_by_key(|row| row.service != "web-api");
    let mut asked = services.iter().filter(|row| row.monit.asked);
    let is_silent = asked.any(|row| row.monit.problem.is_some());
    Ok(Report {
        complete: !findings.iter().any(is_unknown) && !is_silent,
        checked_at: moment(scan.checked_at),
        server: shown.server(Settings::file(config, host)?),
        files: shown.files(&findings),
        settings: shown.settings(),
        services,
        certificates: scan.certificates,
        findings,
        state_folder,
        history_read,
        pending_recovery: listing.pending,
        last_change: listing.changes.pop(),
    })
}

/// Judges what the files hold and the services serve, and asks monit meanwhile.
fn ask(inventory: &Inventory, host: &Host, site: &Site) -> (Result<Scan>, Said) {
    let question = Question::new(inventory, site);
    thread::scope(|scope| {
        let monit = scope.spawn(|| question.ask(WHOLE));
        let scan = check::this_server(inventory, (EACH, WHOLE), host, site);
        // Without monit's answer nobody could say that all was told.
        (
            scan,
            monit.join().unwrap_or_else(|panic| resume_unwind(panic)),
        )
    })
}

fn is_unknown(row: &ErrorRow) -> bool {
    !row.finding.ignored && row.finding.severity == Severity::Unknown
}

/// The certificates could not be judged at all; what else was found stands.
fn without_certificates(inventory: &Inventory, error: &Error, host: &Host) -> Scan {
    let mut scan = check::failed(error, host.now());
    let known = inventory.findings.iter().cloned();
    scan.errors
        .extend(known.map(|(source, finding)| row(source, finding)));
    scan
}

/// Only root may look into the state folder.
fn of_history(error: &Error) -> Finding {
    match error {
        Error::File(error) => check::unread(error),
        other => Finding::new(Code::Unreadable, other.to_string()),
    }
}

fn row(source: String, finding: Finding) -> ErrorRow {
    ErrorRow {
        source,
        finding: finding_row(finding),
    }
}
