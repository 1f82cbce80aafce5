//! Whether lighttpd asks for a password.

use crate::commands::cus::{Asking, Change, Family, Leaves, Served};
use crate::commands::cus_auth::SwitchArgs;
use crate::commands::cus_auth::users::UsersFile;
use crate::commands::proposal::Proposal;
use crate::commands::service::Enable;
use crate::commands::target_file;
use crate::config::getdown::Origin;
use crate::config::htpasswd::{Salt, apr1};
use crate::error::{CusError, Result};
use crate::report::outcome::Outcome;
use crate::secret::Secret;
use crate::server::cus::{Cus, LauncherFiles, Rules};
use crate::server::site::Site;
use crate::system::endpoint::Credentials;
use crate::system::host::Host;
use crate::system::plan::{
    Action, Attributes, Content, FileChange, Mode, Owner, Plan, Provisional,
};
use crate::system::random;

/// What the rules are about. The example that lighttpd's packages bring loads the modules itself.
const FAMILY: Family = Family {
    keys: "auth.",
    modules: "mod_auth",
};

const MODULES: [&str; 2] = ["mod_auth", "mod_authn_file"];

pub(super) fn enable(args: &SwitchArgs, host: &Host, site: &Site) -> Result<Proposal> {
    let settings = &site.settings.cus;
    let (mut change, leaves) = begin("cus-auth enable", args, host, site)?;
    let rules = Rules::find(&change.cus.lighttpd, settings, host)?;
    include(rules, &mut change)?;
    // Only now is it known which ones the rules load themselves: lighttpd warns of a second time.
    for module in MODULES {
        change.load_module(module)?;
    }
    change.cus.lighttpd.require_htpasswd()?;
    let path = change.cus.lighttpd.users_file(settings);
    let file = UsersFile::read(&path, &change.cus, host)?;
    if file.users.users().is_empty() {
        return Err(CusError::NoUsers { path: file.shown }.into());
    }
    let guest = Guest::in_file(&file, host)?;
    file.plan(host, &mut change.plan, &mut change.outcome)?;
    if !change.cus.lighttpd.has_tls()? {
        let warning = "cleartext: without TLS passwords cross the network in clear; dhtls cus-https mends that";
        change.outcome.warnings.push(warning.to_owned());
    }
    let admits_all = change.cus.lighttpd.admits_all_users();
    let mut proposal = change.propose(Enable::NotOffered, leaves)?;
    let asks = says_if_it_asks(&mut proposal);
    // A second run has nothing to prove but that a password is asked for.
    if asks && admits_all && !proposal.plan.changes.is_empty() {
        proposal.login = Some(guest.join(&mut proposal.plan));
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

/// Whether the launcher file will have a password for sure; rules of someone else's may be for other
/// places alone.
fn says_if_it_asks(proposal: &mut Proposal) -> bool {
    let restart = proposal.plan.restart.as_ref();
    let Some(launcher) = restart.and_then(|restart| restart.probe.launcher_after.as_ref()) else {
        return false;
    };
    if launcher.password == Some(true) {
        return true;
    }
    let path = launcher.paths.first().map_or("/", String::as_str);
    let warning = format!("the rules may not ask for a password for {path}: that is not proven");
    proposal.outcome.warnings.push(warning);
    false
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

/// A user for the time of the proof, who shows that a good password opens.
struct Guest {
    credentials: Credentials,
    users_with_guest: Secret,
    change: FileChange,
}

impl Guest {
    fn in_file(file: &UsersFile, host: &Host) -> Result<Self> {
        let credentials = Credentials {
            user: format!("dhtls-{}", random::hex::<8>()?),
            password: Secret::new(random::hex::<16>()?.into_bytes()),
        };
        let salt = Salt::from_random(random::bytes()?);
        let hash = apr1(credentials.password.expose(), salt);
        let mut users = file.users.clone();
        users.set(&credentials.user, &hash)?;
        Ok(Self {
            credentials,
            users_with_guest: users.bytes().clone(),
            change: FileChange {
                path: file.target.path.clone(),
                before: file.target.before(),
                action: Action::Write {
                    content: Content::Secret(file.users.bytes().clone()),
                    attributes: file.attributes(host)?,
                },
            },
        })
    }

    /// Lets the users file hold the guest until the change is proven.
    fn join(self, plan: &mut Plan) -> Credentials {
        let path = self.change.path.clone();
        if !plan.changes.iter().any(|change| change.path == path) {
            plan.changes.push(self.change);
        }
        plan.provisional.push(Provisional {
            path,
            content: Content::Secret(self.users_with_guest),
        });
        self.credentials
    }
}
