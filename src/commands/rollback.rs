//! `dhtls rollback`: the way back to before a change, as a change of its own.

use std::path::PathBuf;

use crate::commands::proposal::Proposal;
use crate::error::{FileError, Result};
use crate::report::outcome::{Effect, FileOutcome, Outcome, ServiceOutcome};
use crate::server::site::Site;
use crate::system::account;
use crate::system::history::{self, rollback};
use crate::system::host::Host;
use crate::system::lock::StateFolder;
use crate::system::plan::{Action, Attributes, FileChange, Id, Owner, Plan};

const EXAMPLES: &str = "\
Examples:
  dhtls rollback                 undo the last change
  dhtls rollback 7               undo change 7 of dhtls history
  dhtls --dry-run rollback 7     see what that would change";

/// Undo a change: the files, the restart, the proof
///
/// Every file becomes what it was before that change, byte for byte, with its owner and mode; the
/// service is restarted and must serve what it served then. Refuses when a file was changed since. A
/// rollback is a change too, so it can be undone.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES, after_long_help = EXAMPLES)]
pub(crate) struct Args {
    /// The change's number in dhtls history [default: the last]
    id: Option<u64>,
}

impl Args {
    /// Whether no change is named.
    pub(crate) fn is_bare(&self) -> bool {
        self.id.is_none()
    }
}

/// Reads and decides everything; writes nothing.
///
/// # Errors
/// No such change, or files that are no longer as it left them.
pub(crate) fn plan(args: &Args, host: &Host, site: &Site) -> Result<Proposal> {
    let state = site.state_folder();
    let found = rollback::rollback(host, &state, args.id.map(Id));
    let found = found.map_err(|error| already_undone(error, host, &state))?;
    let log = match found.undone.command.starts_with("cus") {
        true => &site.settings.cus.log,
        false => &site.settings.webapi.log,
    };
    let mut plan = found.plan;
    let recorded = found.undone.restart.clone().filter(|_| site.restart);
    if !site.restart {
        plan.restart = None;
    }
    let mut outcome = Outcome {
        command: plan.command.clone(),
        ..Outcome::default()
    };
    outcome.notes.push(format!(
        "undoes change {}, {} of {}",
        found.undone.id, found.undone.command, found.undone.started
    ));
    if let Some(again) = found.undone.undoes {
        outcome.notes.push(format!(
            "that was itself a rollback, so this brings change {again} back"
        ));
    }
    outcome.pending.extend(unknown_to_monit(&plan, site));
    if site.restart && found.undone.restart.is_none() {
        outcome.pending.push(format!(
            "change {} was made without a restart, and so is this: restart the service if it has that \
             certificate in memory",
            found.undone.id
        ));
    }
    outcome.files.extend(plan.changes.iter().map(file));
    outcome.service = plan.restart.as_ref().map(|restart| ServiceOutcome {
        name: restart.service.clone(),
        ..ServiceOutcome::default()
    });
    Ok(Proposal {
        switches_off: recorded.filter(|restart| restart.enabling),
        login: None,
        judge: None,
        logs: vec![log.clone()],
        plan,
        outcome,
    })
}

/// Service files that are there again, which a plan without a restart does not tell monit.
fn unknown_to_monit(plan: &Plan, site: &Site) -> Vec<String> {
    let folder = &site.settings.monit.folder;
    let is_on =
        |to: &PathBuf| to.starts_with(folder) && to.extension().is_some_and(|it| it == "conf");
    let mut pending = Vec::new();
    for change in plan.changes.iter().filter(|_| plan.restart.is_none()) {
        if let Action::Rename { to } = &change.action
            && is_on(to)
        {
            let to = to.display();
            pending.push(format!(
                "{to} is there again, and monit does not know it yet: monit reload starts the service"
            ));
        }
    }
    pending
}

/// Files that differ because the change was undone already are nobody's edit.
fn already_undone(error: FileError, host: &Host, state: &StateFolder) -> FileError {
    let FileError::ChangedSince { transaction, .. } = &error else {
        return error;
    };
    let listed = history::list(host, state).unwrap_or_default();
    let undone = listed.iter().find(|past| past.record.id.0 == *transaction);
    match undone.and_then(|past| past.undone_by) {
        Some(by) => FileError::AlreadyUndone {
            transaction: *transaction,
            by: by.0,
        },
        None => error,
    }
}

fn file(change: &FileChange) -> FileOutcome {
    let (effect, attributes) = match &change.action {
        Action::Write { attributes, .. } | Action::CreateFolder(attributes) => {
            (Effect::Restored, Some(attributes.clone()))
        }
        Action::Remove => (Effect::Removed, None),
        Action::RemoveFolder(attributes) => (Effect::Removed, Some(attributes.clone())),
        Action::Rename { .. } => (Effect::Renamed, None),
    };
    let before = change.before.as_ref();
    let attributes = attributes.or_else(|| {
        before.map(|before| Attributes {
            mode: before.mode,
            owner: Some(before.owner),
        })
    });
    FileOutcome {
        role: "file",
        path: change.target().to_owned(),
        effect,
        mode: attributes
            .as_ref()
            .map(|it| it.mode.to_string())
            .unwrap_or_default(),
        owner: attributes
            .map(|it| account::names(it.owner.unwrap_or_else(Owner::current)))
            .unwrap_or_default(),
    }
}
