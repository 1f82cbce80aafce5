//! `dhtls history`: what dhtls changed, the newest last, where a terminal shows it.

use crate::error::Result;
use crate::report::listing::{Listing, Row};
use crate::server::site::Site;
use crate::system::history::{self, Past};
use crate::system::host::Host;
use crate::system::journal::State;

const EXAMPLES: &str = "\
Examples:
  dhtls history                   one change a line, the newest last
  dhtls history --format json     the same for programs
  dhtls --root image history      what was changed below another folder";

/// List what dhtls changed
///
/// The number in the first column is what dhtls rollback takes. The newest ten changes are kept;
/// [state] keep in the settings file says otherwise.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES, after_long_help = EXAMPLES)]
pub(crate) struct Args {}

/// # Errors
/// A state folder that cannot be read, or that someone else could have written.
pub(crate) fn run(host: &Host, site: &Site) -> Result<Listing> {
    let state = site.state_folder();
    let mut past = history::list(host, &state)?;
    past.reverse();
    Ok(Listing {
        changes: past.iter().map(row).collect(),
        pending: history::pending(host, &state)?.map(|record| {
            format!(
                "change {} ({} of {}) is unfinished; the next run that changes things puts it back",
                record.id, record.command, record.started
            )
        }),
    })
}

fn row(past: &Past) -> Row {
    let record = &past.record;
    Row {
        id: record.id.0,
        started: record.started.clone(),
        command: record.command.clone(),
        state: match (record.state, past.undone_by) {
            (State::Left, _) => "left to a person".to_owned(),
            (_, Some(by)) => format!("undone by {by}"),
            (State::Verified, None) => "done".to_owned(),
            (State::Planned | State::Applied | State::Restarting, None) => "unfinished".to_owned(),
        },
        files: record
            .lasting()
            .map(|(_, change)| change.path.clone())
            .collect(),
    }
}
