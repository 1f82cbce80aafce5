//! The restart's part of the plan: the Web API Service as monit has it, and whom to ask afterwards.

use std::time::Duration;

use crate::commands::install_webapi::Args;
use crate::commands::pair::Pair;
use crate::commands::service::{self, Enable};
use crate::error::Result;
use crate::report::outcome::Outcome;
use crate::server::java::{self, Java};
use crate::server::monit_service::MonitService;
use crate::server::services::Monit;
use crate::server::site::Site;
use crate::server::webapi::{NAMES, USUAL_NAME, Webapi};
use crate::system::deadline::Deadline;
use crate::system::endpoint::Endpoint;
use crate::system::host::Host;
use crate::system::plan::{Plan, Probe};

/// monit answers at once, or not at all.
const PATIENCE: Duration = Duration::from_secs(10);

/// The Web API Service as monit has it.
pub(super) struct Service<'a> {
    args: &'a Args,
    site: &'a Site,
    /// `None`: no restart is wanted.
    found: Option<MonitService>,
}

impl<'a> Service<'a> {
    /// # Errors
    /// A restart is wanted, and no file tells monit's name of the service; it is to be switched on, and runs.
    pub(super) fn find(args: &'a Args, host: &Host, site: &'a Site) -> Result<Self> {
        let given = site.settings.webapi.service.as_deref();
        let found = match site.restart || args.pair.enable {
            true => Some(MonitService::find(&NAMES, given, &site.settings, host)?),
            false => None,
        };
        if let Some(found) = &found {
            service::expect_no_process(found, Enable::of(args.pair.enable), site, host)?;
        }
        Ok(Self { args, site, found })
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
        let name = self.found.as_ref().map_or(USUAL_NAME, |found| &found.name);
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
        service::not_restarted(USUAL_NAME, self.site, plan, outcome);
        let probe = Probe {
            endpoints: self.endpoints(pair, webapi),
            server_name: pair.host.to_string(),
            after: format!("{:x}", pair.chain.leaf.fingerprint()),
            before: leaf_before,
            timeout_seconds: self.args.pair.timeout.as_secs(),
            ..Probe::default()
        };
        if let Some(found) = &self.found {
            let enable = Enable::of(self.args.pair.enable);
            service::plan(found, &NAMES, enable, self.site, probe, plan, outcome);
        }
    }

    fn endpoints(&self, pair: &Pair, webapi: &Webapi) -> Vec<String> {
        let settings = &self.site.settings.webapi;
        let given = self.args.pair.endpoint.as_ref();
        let of_host = Endpoint {
            host: pair.host.to_string(),
            port: webapi.port,
        };
        match given.or(settings.endpoint.as_ref()) {
            Some(endpoint) => vec![endpoint.clone()],
            None => vec![format!("127.0.0.1:{}", webapi.port), of_host.to_string()],
        }
    }
}
