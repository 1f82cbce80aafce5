//! The restart's part of a plan: what switches the service on, and what has to prove the change.

use crate::error::Result;
use crate::report::outcome::{Outcome, ServiceOutcome};
use crate::server::monit_service::{MonitService, Names, OnOff};
use crate::server::site::Site;
use crate::system::host::Host;
use crate::system::plan::{Action, FileChange, Plan, Probe, Restart};

/// Whether a service that is off is to be switched on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Enable {
    No,
    /// The command has no flag for it.
    NotOffered,
    Yes,
}

impl Enable {
    pub(crate) fn of(flag: bool) -> Self {
        match flag {
            true => Self::Yes,
            false => Self::No,
        }
    }
}

/// Whether a service that is to be switched on can be: monit has to start it, with the new files.
///
/// # Errors
/// It runs already.
pub(crate) fn expect_no_process(
    service: &MonitService,
    enable: Enable,
    site: &Site,
    host: &Host,
) -> Result<()> {
    match enable == Enable::Yes && site.restart {
        true => service.expect_no_process(host),
        false => Ok(()),
    }
}

/// Adds the restart, unless the service is off and stays so.
pub(crate) fn plan(
    service: &MonitService,
    names: &Names,
    enable: Enable,
    site: &Site,
    probe: Probe,
    plan: &mut Plan,
    outcome: &mut Outcome,
) {
    if !switch_on(service, names, enable, plan, outcome) || !site.restart {
        return;
    }
    plan.restart = Some(Restart {
        service: service.name.clone(),
        monit: site.settings.monit.command.clone(),
        enabling: service.is_off(),
        probe,
    });
    outcome.service = Some(ServiceOutcome {
        name: service.name.clone(),
        ..ServiceOutcome::default()
    });
}

/// Says what is still to be done after files alone were changed.
pub(crate) fn not_restarted(name: &str, site: &Site, plan: &Plan, outcome: &mut Outcome) {
    if !site.restart && !plan.changes.is_empty() {
        outcome.pending.push(format!(
            "{name} is not restarted (--root or --no-restart), and serves what it has in memory until it is"
        ));
    }
}

/// Adds the rename that switches a service on; false: it is off, and stays so.
fn switch_on(
    service: &MonitService,
    names: &Names,
    enable: Enable,
    plan: &mut Plan,
    outcome: &mut Outcome,
) -> bool {
    let OnOff::Off { path, file } = &service.state else {
        return true;
    };
    let (name, shown) = (&service.name, path.display());
    if enable != Enable::Yes {
        let way_out = match enable {
            Enable::No => "; --enable switches it on",
            Enable::NotOffered | Enable::Yes => "",
        };
        outcome.warnings.push(format!(
            "{name} is off in monit ({shown}), so nothing is restarted or probed{way_out}"
        ));
        return false;
    }
    let to = names.enabled;
    let note = format!("{shown} becomes {to}: {name} is switched on");
    outcome.notes.push(note);
    plan.changes.push(FileChange {
        path: path.clone(),
        before: Some(file.snapshot.clone()),
        action: Action::Rename {
            to: path.with_file_name(to),
        },
    });
    true
}
