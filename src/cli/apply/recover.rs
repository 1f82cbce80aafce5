//! An earlier run that died before its change was proven: put back before anything else happens.

use crate::cli::apply::undo::Undo;
use crate::cli::streams::{self, Flags};
use crate::error::{ChangeError, Result};
use crate::server::site::Site;
use crate::system::history;
use crate::system::host::Host;
use crate::system::journal::State;
use crate::system::lock::Lock;
use crate::system::transaction;

/// Puts an unfinished change back, and restarts its service again when its restart had begun.
///
/// # Errors
/// Something could not be put back: a person must look before anything else is changed.
pub(crate) fn unfinished(host: &mut Host, site: &Site, flags: &Flags, lock: &Lock) -> Result<()> {
    let undo = Undo { host, lock, flags };
    let begun = history::pending(host, &site.state_folder())?
        .filter(|record| record.state == State::Restarting && site.restart)
        .and_then(|record| record.restart);
    let mut problems = begun
        .map(|restart| undo.before_files(&restart))
        .unwrap_or_default();
    let recovery = transaction::recover(host, lock)?;
    let mut warnings: Vec<String> = recovery
        .set_aside
        .iter()
        .map(|path| {
            format!(
                "a record of changes cannot be read and was set aside: {}",
                path.display()
            )
        })
        .collect();
    if let Some(put_back) = recovery.put_back {
        let record = put_back.record();
        let mut warning = format!(
            "change {} ({} of {}) had not finished; its files were put back",
            record.id, record.command, record.started
        );
        if let Some(restart) = put_back.restart().filter(|_| site.restart) {
            let failed = undo.after_files(&put_back);
            if failed.is_empty() && !restart.enabling {
                warning.push_str(&format!(" and {} restarted", restart.service));
            }
            problems.extend(failed);
        }
        warnings.push(warning);
        problems.extend(put_back.left_overs());
        put_back.done(lock)?;
    }
    streams::warn(&warnings, host);
    match problems.is_empty() {
        true => Ok(()),
        false => Err(ChangeError::Recovery {
            problem: problems.join("; "),
        }
        .into()),
    }
}
