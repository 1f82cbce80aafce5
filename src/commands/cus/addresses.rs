//! The addresses that launchers are told.

use std::mem;

use crate::commands::cus::Change;
use crate::commands::target_file;
use crate::config::getdown::{Address, Edited, Origin, Scheme};
use crate::error::Result;
use crate::report::outcome::{Effect, Outcome, SettingOutcome};
use crate::server::cus::LauncherFiles;

/// getdown follows no redirect to another scheme (1.6.4 to 1.7.1), and installed launchers have the old
/// address.
const OLD_LAUNCHERS: &str = "launchers that were installed with an http address do not follow a redirect to \
     https: serve the new launcher file on port 80 too until all have fetched it, or install them again";

impl Change<'_> {
    /// Changes the launchers' addresses, where the launcher file is looked after.
    pub(crate) fn point_launchers_to(&mut self, origin: Origin) -> Result<()> {
        let Some(launchers) = &mut self.launchers else {
            return Ok(());
        };
        let files = mem::take(&mut launchers.files);
        let (plan, outcome) = (&mut self.plan, &mut self.outcome);
        say_where(launchers, outcome);
        let mut leaves_http = false;
        for file in files {
            let clashes = file.clashes().into_iter();
            outcome
                .warnings
                .extend(clashes.map(|clash| clash.to_string()));
            let edited = file.point_to(&origin)?;
            leaves_http |= origin.scheme == Scheme::Https && was_http(&edited);
            report(&edited, outcome);
            let (target, text) = (file.target, edited.bytes);
            target_file::edit("launcher", target, text, self.host, plan, outcome);
        }
        if leaves_http {
            outcome.warnings.push(OLD_LAUNCHERS.to_owned());
        }
        self.origin = Some(origin);
        Ok(())
    }
}

fn say_where(launchers: &LauncherFiles, outcome: &mut Outcome) {
    if let Some(folder) = &launchers.rebuilt_from {
        outcome.notes.push(format!(
            "the launcher file is made anew at every restart from {}, so it is edited there",
            folder.display()
        ));
    }
}

fn was_http(edited: &Edited) -> bool {
    let is_http = |old: &str| {
        old.get(..5)
            .is_some_and(|it| it.eq_ignore_ascii_case("http:"))
    };
    let mut appbases = edited.changed.iter().filter(|it| it.new.is_appbase());
    appbases.any(|appbase| is_http(&appbase.old))
}

fn report(edited: &Edited, outcome: &mut Outcome) {
    let changed = edited.changed.iter();
    let changed = changed.map(|changed| row(&changed.new, Effect::Replaced));
    outcome.settings.extend(changed);
    let unchanged = edited.unchanged.iter();
    outcome
        .settings
        .extend(unchanged.map(|it| row(it, Effect::Unchanged)));
    outcome.warnings.extend(edited.kept.iter().map(|kept| {
        let Address { at, key, value, .. } = kept;
        format!("{at}: {key} = {value} is left as it is")
    }));
}

fn row(address: &Address, effect: Effect) -> SettingOutcome {
    SettingOutcome {
        role: "address",
        key: address.key.clone(),
        value: address.value.clone(),
        file: address.at.path.display().to_string(),
        line: address.at.line,
        effect,
    }
}
