//! `dhtls check`: the truth about every certificate, in one of four formats. Changes nothing.

mod args;
mod bench;
mod collection;
mod file;
mod own;
mod rows;
mod targets;

use std::ffi::OsString;
use std::time::Duration;

use time::OffsetDateTime;

use crate::error::{Error, Result};
use crate::pki::findings::{Code, Finding, Severity};
use crate::pki::judgement::Terms;
use crate::pki::signature::Verifier;
use crate::pki::trust::TrustAnchors;
use crate::report::scan::{ErrorRow, FindingRow, Scan, Status, Unlisted};
use crate::server::inventory::Inventory;
use crate::server::settings::Ignore;
use crate::server::site::Site;
use crate::system::host::Host;
use bench::{Bench, Hosts};
use rows::{Clerk, Report};
use targets::{Source, Sources};

pub(crate) use args::Args;
pub(crate) use file::unread;

/// Reads and judges all that the flags name. `only_wrong`: certificates without a finding get no row.
///
/// # Errors
/// Only what leaves nothing to judge by: anchors or a passphrase that cannot be read.
pub(crate) fn run(args: &Args, host: &Host, site: &Site, only_wrong: bool) -> Result<Scan> {
    on_bench(args, host, site, only_wrong, |bench| {
        match args.targets.as_slice() {
            [] => (
                own::reports(bench, &Inventory::take(host, site), host, site),
                0,
            ),
            targets => of_targets(bench, targets, args.recursive),
        }
    })
}

/// What a check without targets and flags finds, of an inventory that is taken already.
///
/// # Errors
/// As of [`run`].
pub(crate) fn this_server(
    inventory: &Inventory,
    times: (Duration, Duration),
    host: &Host,
    site: &Site,
) -> Result<Scan> {
    let args = Args::of_this_server(times);
    on_bench(&args, host, site, false, |bench| {
        (own::reports(bench, inventory, host, site), 0)
    })
}

fn on_bench(
    args: &Args,
    host: &Host,
    site: &Site,
    only_wrong: bool,
    work: impl FnOnce(&Bench<'_>) -> (Vec<Report>, usize),
) -> Result<Scan> {
    let settings = &site.settings.check;
    let now = args.judging.at.unwrap_or_else(|| host.now());
    let thresholds = args.thresholds(settings);
    let (anchors, verifier) = match args.no_trust {
        true => (TrustAnchors::none(), Verifier::Trusting),
        false => (
            args.judging.anchors(settings, &host.root)?,
            Verifier::checking(),
        ),
    };
    let ignore: Vec<Ignore> = [args.ignore.as_slice(), &settings.ignore].concat();
    let passphrases = args.judging.passphrases(&host.root)?;
    let bench = Bench {
        root: &host.root,
        terms: Terms {
            now,
            anchors: &anchors,
            thresholds: &thresholds,
            verifier: &verifier,
        },
        clerk: Clerk {
            now,
            thresholds: &thresholds,
            ignore: &ignore,
            only_wrong,
        },
        hosts: Hosts {
            given: args.judging.host.as_slice(),
            of_site: &settings.hosts,
        },
        passphrases: &passphrases,
        times: args.times(),
    };
    let (reports, skipped) = work(&bench);
    Ok(scan(reports, skipped, now))
}

/// What a run comes to that could not begin.
pub(crate) fn failed(error: &Error, now: OffsetDateTime) -> Scan {
    let complaint = ErrorRow {
        source: "dhtls".to_owned(),
        finding: FindingRow {
            code: Code::Unreadable,
            severity: Severity::Unknown,
            message: error.to_string(),
            ignored: false,
        },
    };
    let report = Report {
        errors: vec![complaint],
        ..Report::default()
    };
    scan(vec![report], 0, now)
}

fn of_targets(bench: &Bench<'_>, targets: &[OsString], recursive: bool) -> (Vec<Report>, usize) {
    let targets = targets.iter().map(OsString::as_os_str);
    let Sources { list, skipped } = targets::expand(targets, bench.root, recursive);
    let mut reports = bench.work_through(&list);
    for (place, source) in list.iter().enumerate() {
        let Source::FolderEnd { folder, first } = source else {
            continue;
        };
        let inside = reports.get(*first..place).unwrap_or_default();
        if inside.iter().all(Report::is_empty)
            && let Some(report) = reports.get_mut(place)
        {
            let shown = folder.display().to_string();
            let message = format!("the folder {shown} has no certificate in it");
            *report = bench
                .clerk
                .complaint(&shown, Finding::new(Code::Unreadable, message));
        }
    }
    (reports, skipped)
}

fn scan(reports: Vec<Report>, skipped: usize, now: OffsetDateTime) -> Scan {
    let mut scan = Scan {
        status: Status::Unknown,
        checked_at: now,
        certificates: Vec::new(),
        errors: Vec::new(),
        skipped,
        unlisted: Unlisted::default(),
    };
    for report in reports {
        let unlisted = report.judged - report.certificates.len();
        scan.unlisted.certificates += unlisted;
        let is_listed = !report.certificates.is_empty() || !report.errors.is_empty();
        scan.unlisted.sources += usize::from(unlisted > 0 && !is_listed);
        scan.certificates.extend(report.certificates);
        scan.errors.extend(report.errors);
        scan.skipped += report.skipped;
    }
    scan.status = scan.worst();
    scan
}
