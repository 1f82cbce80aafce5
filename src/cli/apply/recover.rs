//! An earlier run that died before its change was proven: put back before anything else happens.

use crate::cli::apply::undo::Undo;
use crate::cli::streams::{self, Flags};
use crate::error::{ChangeError, Result};
use crate::server::site::Site;
use crate::system::history;
use crate::system::host::Host;
use crate::system::lock::Lock;
use crate::system::transaction::recovery::{self, PutBack};

/// Puts an unfinished change back, and restarts its service again when that may run with the new files;
/// says whether there was one.
///
/// # Errors
/// Something could not be put back: a person must look before anything else is changed.
pub(crate) fn unfinished(host: &mut Host, site: &Site, flags: &Flags, lock: &Lock) -> Result<bool> {
    let undo = Undo { host, lock, flags };
    let begun = history::pending(host, &site.state_folder())?
        .filter(|record| record.owes_restart() && site.restart)
        .and_then(|record| record.restart);
    let mut problems = begun
        .map(|restart| undo.before_files(&restart))
        .unwrap_or_default();
    let recovered = recovery::recover(host, lock)?;
    let mut warnings: Vec<String> = recovered
        .set_aside
        .iter()
        .map(|path| {
            format!(
                "a record of changes cannot be read and was set aside: {}",
                path.display()
            )
        })
        .collect();
    let found = recovered.put_back.is_some();
    if let Some(put_back) = recovered.put_back {
        let (warning, left) = finished(&put_back, &undo, site.restart);
        warnings.push(warning);
        problems.extend(left);
        put_back.done(lock)?;
    }
    streams::warn(&warnings, host);
    match problems.is_empty() {
        true => Ok(found),
        false => Err(ChangeError::Recovery {
            problem: problems.join("; "),
        }
        .into()),
    }
}

/// Restarts the service once its files are back; says what was done, and what could not be.
fn finished(put_back: &PutBack, undo: &Undo<'_>, restarts: bool) -> (String, Vec<String>) {
    let record = put_back.record();
    let mut said = format!(
        "change {} ({} of {}) had not finished; its files were put back",
        record.id, record.command, record.started
    );
    let mut problems = Vec::new();
    if let Some(restart) = put_back.restart().filter(|_| restarts) {
        problems = undo.after_files(put_back);
        // One that the change switched on is off again.
        if problems.is_empty() && !restart.enabling {
            said.push_str(&format!(" and {} restarted", restart.service));
        }
    }
    problems.extend(put_back.left_overs());
    (said, problems)
}
