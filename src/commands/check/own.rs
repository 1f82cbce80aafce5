//! Without a target: every certificate of this server, what its services serve, and what disagrees.

use std::thread;

use crate::commands::check::bench::Bench;
use crate::commands::check::file::{self, Reading};
use crate::commands::check::rows::Report;
use crate::error::FileError;
use crate::pki::findings::{Code, Finding};
use crate::pki::judgement::judge;
use crate::pki::passphrase;
use crate::secret::Secret;
use crate::server::inventory::{Found, Inventory, Leaf, ServerFile};
use crate::server::site::Site;
use crate::system::host::Host;
use crate::system::survey::{Asked, Surveyed};
use crate::system::{history, read};

/// A passphrase file with more than this is none.
const SIZE_LIMIT: u64 = 64 << 10;

/// Looks at everything that this server has.
pub(super) fn reports(
    bench: &Bench<'_>,
    inventory: &Inventory,
    host: &Host,
    site: &Site,
) -> Vec<Report> {
    let asked: Vec<Asked> = inventory.endpoints.iter().map(Asked::from).collect();
    let (answers, mut reports) = thread::scope(|scope| {
        let surveying = (!asked.is_empty()).then(|| scope.spawn(|| bench.survey(&asked)));
        let read: Vec<Report> = inventory
            .sources
            .iter()
            .map(|it| of_file(bench, it))
            .collect();
        // A panic there has said so already; what was not asked is a finding by name.
        let answers = surveying.and_then(|it| it.join().ok()).unwrap_or_default();
        (answers, read)
    });
    let complaints = complaints(inventory, &reports, &answers);
    reports.extend(served(bench, inventory, &answers));
    let pending = pending_recovery(host, site);
    for (source, finding) in complaints.into_iter().chain(pending) {
        reports.push(bench.clerk.complaint(&source, finding));
    }
    if reports.iter().all(Report::is_empty) {
        let message = "there is no certificate here that a Deephaven service uses; name a file, a folder or \
                       HOST:PORT to check that";
        let finding = Finding::new(Code::Unreadable, message);
        reports.push(bench.clerk.complaint("this server", finding));
    }
    reports
}

fn of_file(bench: &Bench<'_>, found: &Found) -> Report {
    let shown = &found.file.shown;
    let (known, fault) = match &found.passphrase {
        Some(file) => passphrases(bench, file).map_or_else(
            |fault| (Vec::new(), Some(fault)),
            |passphrases| (passphrases, None),
        ),
        None => (Vec::new(), None),
    };
    let all: Vec<Secret> = bench.passphrases.iter().cloned().chain(known).collect();
    match file::read(bench.root, &found.file.path, &all, file::LARGEST) {
        Reading::Contents(contents) => {
            let mut judgement = judge(contents, bench.hosts.of_file(), &bench.terms);
            for finding in judgement.findings_mut() {
                finding.severity = found.file.role.tempered(finding.severity);
            }
            bench.clerk.report(shown, judgement, true)
        }
        Reading::KeyAlone(finding) | Reading::TooLarge(finding) => {
            bench.clerk.complaint(shown, finding)
        }
        Reading::Unread(mut finding) => {
            if let (Code::WrongPassphrase, Some(fault)) = (finding.code, fault) {
                finding.message = format!("the keystore {shown} was not opened: {fault}");
            }
            bench.clerk.complaint(shown, finding)
        }
    }
}

/// The file's passphrase, in both forms that it may have; or why there is none.
fn passphrases(bench: &Bench<'_>, file: &ServerFile) -> Result<Vec<Secret>, String> {
    let input = read::input(bench.root, &file.path, SIZE_LIMIT);
    let bytes = input.map_err(|error| file::unread(&error).message)?.bytes;
    let candidates = passphrase::decode_base64_file(&file.shown, &bytes);
    let candidates = candidates.map_err(|error| error.to_string())?;
    let both = std::iter::once(candidates.stripped()).chain(candidates.raw());
    Ok(both.cloned().collect())
}

/// The chains of the endpoints that decide; what else they did is compared below.
fn served(bench: &Bench<'_>, inventory: &Inventory, answers: &[Surveyed]) -> Vec<Report> {
    let deciding = inventory.deciding(answers).into_iter();
    let judged = deciding.filter_map(|(asked, answer)| {
        let shown = asked.endpoint.to_string();
        Some(bench.served(&shown, bench.hosts.of_file(), answer?))
    });
    judged.collect()
}

/// What is wrong without any one certificate being so.
fn complaints(
    inventory: &Inventory,
    reports: &[Report],
    answers: &[Surveyed],
) -> Vec<(String, Finding)> {
    let sources = inventory.sources.iter().zip(reports);
    let leaves: Vec<Leaf<'_>> = sources
        .flat_map(|(found, report)| {
            report.leaves.iter().map(|certificate| Leaf {
                source: &found.file.shown,
                certificate,
            })
        })
        .collect();
    let mut complaints = inventory.findings.clone();
    complaints.extend(inventory.compare(&leaves, answers));
    complaints
}

/// A change that waits to be put back. Only root can look, and root's own next run will say it.
fn pending_recovery(host: &Host, site: &Site) -> Option<(String, Finding)> {
    let state = site.state_folder();
    let source = state.path.display().to_string();
    match history::pending(host, &state) {
        Ok(record) => {
            let record = record?;
            let message = format!(
                "change {} ({}) is unfinished; the next run that changes things puts it back",
                record.id, record.command
            );
            Some((source, Finding::new(Code::RecoveryPending, message)))
        }
        Err(error) if is_denied(&error) => None,
        Err(error) => Some((source, file::unread(&error))),
    }
}

fn is_denied(error: &FileError) -> bool {
    matches!(error, FileError::Io { source, .. } if source.kind() == std::io::ErrorKind::PermissionDenied)
}
