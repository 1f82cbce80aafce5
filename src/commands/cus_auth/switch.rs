//! Whether lighttpd asks for a password.

use crate::commands::cus::{Asking, Change, Family, Leaves, Served};
use crate::commands::cus_auth::SwitchArgs;
use crate::commands::cus_auth::guest::{Guest, NOT_PROVEN};
use crate::commands::cus_auth::users::UsersFile;
use crate::commands::proposal::Proposal;
use crate::commands::service::Enable;
use crate::commands::target_file;
use crate::config::getdown::Origin;
use crate::error::{CusError, Position, Result};
use crate::report::outcome::Outcome;
use crate::server::cus::{Cus, LauncherFiles, Rules};
use crate::server::site::Site;
use crate::system::host::Host;
use crate::system::plan::{Attributes, Mode, Owner, Plan};

/// What the rules are about. The example that lighttpd's packages bring loads the modules itself.
const FAMILY: Family = Family {
    keys: "auth.",
    modules: "mod_auth",
};

const MODULES: [&str; 2] = ["mod_auth", "mod_authn_file"];

pub(super) fn enable(args: &SwitchArgs, host: &Host, site: &Site) -> Result<Proposal> {
    let settings = &site.settings.cus;
    let (mut change, leaves) = begin("cus-auth enable", args, host, site)?;
    load(&mut change, host, site)?;
    change.cus.lighttpd.require_htpasswd()?;
    let users = change.cus.lighttpd.users_file(settings);
    let file = UsersFile::read(&users, &change.cus, host)?;
    if file.users.users().is_empty() {
        return Err(CusError::NoUsers { path: file.shown }.into());
    }
    let asked = change.cus.launcher_path(change.launchers.as_ref());
    let guest = Guest::of(&change.cus.lighttpd, &asked, &file, host)?;
    file.plan(host, &mut change.plan, &mut change.outcome)?;
    if !change.cus.lighttpd.has_tls()? {
        let warning = "cleartext: without TLS passwords cross the network in clear; dhtls cus-https mends that";
        change.outcome.warnings.push(warning.to_owned());
    }
    let mut proposal = change.propose(Enable::NotOffered, leaves)?;
    // A second run has nothing to prove but that a password is asked for.
    if expects_password(&mut proposal) && !proposal.plan.changes.is_empty() {
        let Proposal { plan, outcome, .. } = &mut proposal;
        match guest {
            Some(guest) => proposal.login = Some(guest.join(plan, outcome)),
            None => outcome.warnings.push(NOT_PROVEN.to_owned()),
        }
    }
    Ok(proposal)
}

pub(super) fn disable(args: &SwitchArgs, host: &Host, site: &Site) -> Result<Proposal> {
    let settings = &site.settings.cus;
    let (mut change, leaves) = begin("cus-auth disable", args, host, site)?;
    let rules = Rules::find(&change.cus.lighttpd, settings, host)?;
    let asked = change.cus.lighttpd.asks_for_password();
    for name in change.cus.lighttpd.names_including(&rules, settings) {
        change.exclude(&name, &FAMILY)?;
    }
    // The module may have gone with the rules, and what else it guarded would be open.
    let elsewhere = change.cus.lighttpd.requires_at();
    if let Some(at) = elsewhere.filter(|_| asked) {
        return Err(CusError::StillAsks { at }.into());
    }
    change.propose(Enable::NotOffered, leaves)
}

/// Has the proof fail where the launcher file is had without a password, also where that hangs on a
/// condition. False: nothing is restarted, so nothing is proven.
fn expects_password(proposal: &mut Proposal) -> bool {
    let restart = proposal.plan.restart.as_mut();
    let launcher = restart.and_then(|restart| restart.probe.launcher_after.as_mut());
    launcher
        .map(|launcher| launcher.password = Some(true))
        .is_some()
}

/// The service with its certificate, which has to stay as it is.
fn begin<'a>(
    command: &str,
    args: &'a SwitchArgs,
    host: &'a Host,
    site: &'a Site,
) -> Result<(Change<'a>, Leaves)> {
    let cus = Cus::find(host, site, site.restart)?;
    // Without the launcher file the server's first page is asked for.
    let launchers = LauncherFiles::find(&site.settings.cus, host).ok();
    let origin = launchers.as_ref().and_then(LauncherFiles::origin);
    let server_name = origin.map_or("localhost", Origin::host).to_owned();
    let asking = Asking {
        endpoint: args.endpoint.as_deref(),
        server_name,
        timeout: args.timeout,
    };
    let served = cus.served_now(host)?.as_ref().and_then(Served::of_bundle);
    let leaves = Leaves {
        after: served.clone(),
        before: served,
    };
    let change = Change::new(command, host, site, cus, launchers, asking)?;
    Ok((change, leaves))
}

/// Loads the rules, which have to ask for a password for the launcher file, and their modules.
fn load(change: &mut Change<'_>, host: &Host, site: &Site) -> Result<()> {
    let rules = Rules::find(&change.cus.lighttpd, &site.settings.cus, host)?;
    let first_line = Position {
        path: rules.target.path.clone(),
        line: 1,
    };
    include(rules, change)?;
    // Only now is it known which ones the rules load themselves: lighttpd warns of a second time.
    for module in MODULES {
        change.load_module(module)?;
    }
    let path = change.cus.launcher_path(change.launchers.as_ref());
    match change.cus.lighttpd.password_for(&path) {
        Some(false) => {
            let at = change.cus.lighttpd.requires_at().unwrap_or(first_line);
            Err(CusError::NotGuarded { at, path }.into())
        }
        Some(true) | None => Ok(()),
    }
}

fn include(rules: Rules, change: &mut Change<'_>) -> Result<()> {
    if change.cus.lighttpd.reads(&rules) {
        return Ok(());
    }
    change.include(&rules.name, vec![rules.source()], &FAMILY)?;
    let Rules { target, text, .. } = rules;
    let (plan, outcome): (&mut Plan, &mut Outcome) = (&mut change.plan, &mut change.outcome);
    let target = match target.file {
        Some(_) => target,
        None => {
            let folders = Attributes {
                mode: Mode(0o755),
                owner: change
                    .host
                    .is_superuser()
                    .then_some(Owner { user: 0, group: 0 }),
            };
            target_file::with_folders(&target.path, 0, &folders, change.host, plan, outcome)?
        }
    };
    target_file::edit("rules", target, text, change.host, plan, outcome);
    Ok(())
}
