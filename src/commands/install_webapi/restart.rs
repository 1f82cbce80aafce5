//! The restart's part of the plan: which service, whether it is on, and whom to ask afterwards.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::commands::install_webapi::Args;
use crate::commands::pair::Pair;
use crate::config::monit::ServiceFile;
use crate::error::{FileError, Result, WebapiError};
use crate::report::outcome::{Outcome, ServiceOutcome};
use crate::server::java::{self, Java};
use crate::server::services::Monit;
use crate::server::site::Site;
use crate::server::webapi::Webapi;
use crate::system::deadline::Deadline;
use crate::system::host::Host;
use crate::system::plan::{Action, FileChange, Plan, Probe, Restart};
use crate::system::read::{self, Existing};

/// The service's file while it is on.
const ENABLED: &str = "web_api_service.conf";

/// What it is called while it is off.
const DISABLED: [&str; 2] = ["web_api_service.disabled", "web_api_service.conf.disabled"];

/// What the runbook calls it.
const USUAL_NAME: &str = "web_api_service";

const SIZE_LIMIT: u64 = 1 << 20;

/// What is still to be done after files alone were changed.
const NOT_RESTARTED: &str = "web_api_service is not restarted (--root or --no-restart), and serves what it \
     has in memory until it is";

/// monit answers at once, or not at all.
const PATIENCE: Duration = Duration::from_secs(10);

/// The Web API Service as monit has it.
pub(super) struct Service<'a> {
    args: &'a Args,
    site: &'a Site,
    /// monit's name; `None`: no restart is wanted.
    name: Option<String>,
    /// The service's file while it is off.
    disabled: Option<(PathBuf, Existing)>,
}

impl<'a> Service<'a> {
    /// # Errors
    /// A restart is wanted, and no file tells monit's name of the service.
    pub(super) fn find(args: &'a Args, host: &Host, site: &'a Site) -> Result<Self> {
        let mut service = Self {
            args,
            site,
            name: None,
            disabled: None,
        };
        if !site.restart && !args.pair.enable {
            return Ok(service);
        }
        let folder = &site.settings.monit.folder;
        let enabled = read::existing(&host.root, &folder.join(ENABLED), SIZE_LIMIT)?;
        if let Some(file) = &enabled {
            service.name = Some(service.name_in(&folder.join(ENABLED), file)?);
            return Ok(service);
        }
        for name in DISABLED {
            let target = read::target(&host.root, &folder.join(name), SIZE_LIMIT);
            let target = match target {
                Err(FileError::Io { source, .. })
                    if source.kind() == std::io::ErrorKind::NotFound =>
                {
                    continue;
                }
                other => other?,
            };
            if let Some(file) = target.file {
                service.name = Some(service.name_in(&target.path, &file)?);
                service.disabled = Some((target.path, file));
                return Ok(service);
            }
        }
        service.name = site.settings.webapi.service.clone();
        if service.name.is_some() {
            return Ok(service);
        }
        let names = [&[ENABLED], DISABLED.as_slice()].concat();
        Err(WebapiError::ServiceFileMissing {
            folder: host.root.shown(folder),
            names: names.into_iter().map(str::to_owned).collect(),
        }
        .into())
    }

    fn name_in(&self, path: &Path, file: &Existing) -> Result<String> {
        match &self.site.settings.webapi.service {
            Some(name) => Ok(name.clone()),
            None => {
                let processes = ServiceFile::parse(path, file.bytes.expose())?.processes;
                // A file may check the service's helpers too; only the usual name picks among them.
                let usual = processes.iter().find(|process| process.name == USUAL_NAME);
                let chosen = usual.or_else(|| processes.first());
                Ok(chosen
                    .map(|process| process.name.clone())
                    .unwrap_or_default())
            }
        }
    }

    /// The Java that runs the service, where that can be told without guessing. Below another root and
    /// in a dry run no program is asked.
    pub(super) fn java(&self, host: &Host) -> Result<Option<Java>> {
        let interrupted = || false;
        let deadline = Deadline::after(PATIENCE, &interrupted);
        let deadline = (host.root.is_real() && !self.site.dry_run).then_some(&deadline);
        let settings = &self.site.settings;
        let setting = settings
            .webapi
            .java
            .as_deref()
            .map(|path| host.root.shown(path));
        // Without a restart no file was asked for the name, and the usual one is as good a guess.
        let name = self.name.as_deref().unwrap_or(USUAL_NAME);
        let pid = match (deadline, &setting) {
            // monit that does not answer is found out later, and said then.
            (Some(deadline), None) => Monit::new(&settings.monit.command)
                .status(name, deadline)
                .ok()
                .and_then(|status| status.pid),
            (_, _) => None,
        };
        Ok(java::of_service(setting.as_deref(), pid, deadline)?)
    }

    /// Adds what switches the service on and what proves the change.
    pub(super) fn plan(
        self,
        pair: &Pair,
        webapi: &Webapi,
        leaf_before: Option<String>,
        plan: &mut Plan,
        outcome: &mut Outcome,
    ) {
        if !self.site.restart && !plan.changes.is_empty() {
            outcome.pending.push(NOT_RESTARTED.to_owned());
        }
        let Some(name) = self.name.clone() else {
            return;
        };
        let enabling = self.disabled.is_some();
        if !self.switch_on(&name, plan, outcome) {
            return;
        }
        if !self.site.restart {
            return;
        }
        plan.restart = Some(Restart {
            service: name.clone(),
            monit: self.site.settings.monit.command.clone(),
            enabling,
            probe: Probe {
                endpoints: self.endpoints(pair, webapi),
                server_name: pair.host.to_string(),
                after: format!("{:x}", pair.chain.leaf.fingerprint()),
                before: leaf_before,
                timeout_seconds: self.args.pair.timeout.as_secs(),
                ..Probe::default()
            },
        });
        outcome.service = Some(ServiceOutcome {
            name,
            ..ServiceOutcome::default()
        });
    }

    /// Adds the rename that switches a service on; false: it is off, and stays so.
    fn switch_on(&self, name: &str, plan: &mut Plan, outcome: &mut Outcome) -> bool {
        let Some((path, file)) = &self.disabled else {
            return true;
        };
        let shown = path.display();
        if !self.args.pair.enable {
            outcome.warnings.push(format!(
                "{name} is off in monit ({shown}), so nothing is restarted or probed; --enable switches it on"
            ));
            return false;
        }
        outcome
            .notes
            .push(format!("{shown} becomes {ENABLED}: {name} is switched on"));
        plan.changes.push(FileChange {
            path: path.clone(),
            before: Some(file.snapshot.clone()),
            action: Action::Rename {
                to: path.with_file_name(ENABLED),
            },
        });
        true
    }

    fn endpoints(&self, pair: &Pair, webapi: &Webapi) -> Vec<String> {
        let settings = &self.site.settings.webapi;
        match self
            .args
            .pair
            .endpoint
            .as_ref()
            .or(settings.endpoint.as_ref())
        {
            Some(endpoint) => vec![endpoint.clone()],
            None => {
                let host = match pair.host.ip() {
                    Some(std::net::IpAddr::V6(ip)) => format!("[{ip}]"),
                    Some(std::net::IpAddr::V4(_)) | None => pair.host.to_string(),
                };
                let port = webapi.port;
                vec![format!("127.0.0.1:{port}"), format!("{host}:{port}")]
            }
        }
    }
}
