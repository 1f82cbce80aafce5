//! `dhtls rollback`: the way back to before a change, as a change of its own.

use crate::commands::proposal::Proposal;
use crate::error::Result;
use crate::report::outcome::{Effect, FileOutcome, Outcome, ServiceOutcome};
use crate::server::site::Site;
use crate::system::account;
use crate::system::history::rollback;
use crate::system::host::Host;
use crate::system::plan::{Action, Attributes, FileChange, Id};

const EXAMPLES: &str = "\
Examples:
  dhtls rollback                 undo the last change
  dhtls rollback 7               undo change 7 of dhtls history
  dhtls --dry-run rollback 7     see what that would change";

/// Undo a change: the files, the restart, the proof
///
/// Every file becomes what it was before that change, byte for byte, with its owner and mode; the
/// service is restarted and must serve the certificate that it served then. Refuses when a file was
/// changed since. A rollback is a change too, so it can be undone.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES, after_long_help = EXAMPLES)]
pub(crate) struct Args {
    /// The change's number in dhtls history [default: the last]
    id: Option<u64>,
}

/// Reads and decides everything; writes nothing.
///
/// # Errors
/// No such change, or files that are no longer as it left them.
pub(crate) fn plan(args: &Args, host: &Host, site: &Site) -> Result<Proposal> {
    let found = rollback::rollback(host, &site.state_folder(), args.id.map(Id))?;
    let mut plan = found.plan;
    let recorded = found.undone.restart.filter(|_| site.restart);
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
    outcome.files.extend(plan.changes.iter().map(file));
    outcome.service = plan.restart.as_ref().map(|restart| ServiceOutcome {
        name: restart.service.clone(),
        ..ServiceOutcome::default()
    });
    Ok(Proposal {
        switches_off: recorded.filter(|restart| restart.enabling),
        log: Some(site.settings.webapi.log.clone()),
        plan,
        outcome,
    })
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
            .and_then(|it| it.owner)
            .map(account::names)
            .unwrap_or_default(),
    }
}
