//! `dhtls check`: the truth about every certificate, in one of four formats. Changes nothing.

mod args;
mod bench;
mod collection;
mod file;
mod own;
mod rows;
mod targets;

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use time::OffsetDateTime;

use crate::error::{Error, Result};
use crate::pki::findings::{Code, Finding, Severity};
use crate::pki::judgement::Terms;
use crate::pki::signature::Verifier;
use crate::pki::trust::TrustAnchors;
use crate::report::scan::{ErrorRow, FindingRow, Scan};
use crate::server::inventory::Inventory;
use crate::server::settings::Ignore;
use crate::server::site::Site;
use crate::system::host::Host;
use bench::{Bench, Hosts};
use rows::{Clerk, Known, Report};
use targets::{Source, Sources};

pub(crate) use args::Args;
pub(crate) use file::unread;

/// Reads and judges all that the flags name. `only_wrong`: certificates without a finding get no row.
///
/// # Errors
/// Only what leaves nothing to judge by: anchors or a passphrase that cannot be read.
pub(crate) fn run(args: &Args, host: &Host, site: &Site, only_wrong: bool) -> Result<Scan> {
    on_bench(args, host, site, only_wrong, |bench, scan| {
        match args.targets.as_slice() {
            [] => add(
                scan,
                own::reports(bench, &Inventory::take(host, site), host, site),
            ),
            targets => of_targets(bench, targets, args.recursive, scan),
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
    on_bench(&args, host, site, false, |bench, scan| {
        add(scan, own::reports(bench, inventory, host, site));
    })
}

fn on_bench(
    args: &Args,
    host: &Host,
    site: &Site,
    only_wrong: bool,
    work: impl FnOnce(&Bench<'_>, &mut Scan),
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
            known: &Known::default(),
        },
        hosts: Hosts {
            given: args.judging.host.as_slice(),
            of_site: &settings.hosts,
        },
        passphrases: &passphrases,
        times: args.times(),
    };
    let mut scan = Scan::of_nothing(now);
    work(&bench, &mut scan);
    scan.status = scan.worst();
    Ok(scan)
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
    let mut scan = Scan::of_nothing(now);
    scan.errors.push(complaint);
    scan
}

fn of_targets(bench: &Bench<'_>, targets: &[OsString], recursive: bool, scan: &mut Scan) {
    let targets = targets.iter().map(OsString::as_os_str);
    let Sources { list, skipped } = targets::expand(targets, bench.root, recursive);
    scan.skipped += skipped;
    let mut are_empty = Vec::with_capacity(list.len());
    bench.work_through(&list, &mut |mut reports| {
        for report in &mut reports {
            if let Some(Source::FolderEnd { folder, first }) = list.get(are_empty.len()) {
                let inside = are_empty.get(*first..).unwrap_or_default();
                if inside.iter().all(|is_empty| *is_empty) {
                    *report = no_certificate(bench, folder);
                }
            }
            are_empty.push(report.is_empty());
        }
        add(scan, reports);
    });
}

fn no_certificate(bench: &Bench<'_>, folder: &Path) -> Report {
    let shown = folder.display().to_string();
    let message = format!("the folder {shown} has no certificate in it");
    let finding = Finding::new(Code::Unreadable, message);
    bench.clerk.complaint(&shown, finding)
}

fn add(scan: &mut Scan, reports: Vec<Report>) {
    for report in reports {
        let unlisted = report.judged - report.certificates.len();
        scan.unlisted.certificates += unlisted;
        let is_listed = !report.certificates.is_empty() || !report.errors.is_empty();
        scan.unlisted.sources += usize::from(unlisted > 0 && !is_listed);
        scan.certificates.extend(report.certificates);
        scan.errors.extend(report.errors);
        scan.skipped += report.skipped;
    }
}
