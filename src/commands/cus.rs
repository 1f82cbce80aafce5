//! What every change of the Client Update Service has in common: edits of lighttpd's configuration and of
//! the launchers' addresses, lighttpd's judgement, the restart, and what has to be seen afterwards.

mod addresses;
mod judged;

use std::time::Duration;

use crate::commands::proposal::Proposal;
use crate::commands::service::Enable;
use crate::commands::{service, target_file};
use crate::config::getdown::Origin;
use crate::config::lighttpd::{self, Value};
use crate::error::{Position, Result};
use crate::pki::certificate::Certificate;
use crate::pki::pemfile::Judged;
use crate::report::outcome::{Effect, Outcome, SettingOutcome};
use crate::server::cus::{Asked, Cus, LauncherFiles, NAMES};
use crate::server::lighttpd::Wanted;
use crate::server::site::Site;
use crate::system::host::Host;
use crate::system::plan::{Intermediate, Launcher, Plan, Probe};

/// Who is not restarted, where no file tells its name.
const SERVICE: &str = "the Client Update Service";

/// Where to ask, and for how long.
pub(crate) struct Asking<'a> {
    /// `HOST:PORT` of the flag.
    pub(crate) endpoint: Option<&'a str>,
    /// The name by which launchers reach the server.
    pub(crate) server_name: String,
    pub(crate) timeout: Duration,
}

/// What is to be seen in a handshake after the change, and what was before; `None`: no TLS.
#[derive(Debug, Default)]
pub(crate) struct Leaves {
    pub(crate) after: Option<Served>,
    pub(crate) before: Option<Served>,
}

/// A leaf, and what is sent with it.
#[derive(Clone, Debug)]
pub(crate) struct Served {
    /// SHA-256, lower-case hex.
    leaf: String,
    sent: Vec<Intermediate>,
}

impl Served {
    pub(crate) fn of(leaf: &Certificate, intermediates: &[Certificate]) -> Self {
        let fingerprint = |certificate: &Certificate| format!("{:x}", certificate.fingerprint());
        let intermediate = |certificate: &Certificate| Intermediate {
            subject: certificate.title(),
            sha256: fingerprint(certificate),
        };
        Self {
            leaf: fingerprint(leaf),
            sent: intermediates.iter().map(intermediate).collect(),
        }
    }

    /// What lighttpd serves from a bundle; `None`: nothing.
    pub(crate) fn of_bundle(bundle: &Judged) -> Option<Self> {
        Some(Self::of(bundle.leaf.as_ref()?, &bundle.sent))
    }
}

/// What an included file is about.
pub(crate) struct Family {
    /// How its keys begin.
    pub(crate) keys: &'static str,
    /// How the modules are called that it may load.
    pub(crate) modules: &'static str,
}

/// A change in the making.
pub(crate) struct Change<'a> {
    pub(crate) host: &'a Host,
    pub(crate) site: &'a Site,
    pub(crate) cus: Cus,
    pub(crate) launchers: Option<LauncherFiles>,
    pub(crate) plan: Plan,
    pub(crate) outcome: Outcome,
    asking: Asking<'a>,
    /// What launchers get before the change.
    before: Option<Launcher>,
    /// What they shall be told.
    origin: Option<Origin>,
    wanted: Wanted,
}

impl<'a> Change<'a> {
    /// # Errors
    /// Settings that only the running lighttpd knows.
    pub(crate) fn new(
        command: &str,
        host: &'a Host,
        site: &'a Site,
        cus: Cus,
        launchers: Option<LauncherFiles>,
        asking: Asking<'a>,
    ) -> Result<Self> {
        let plan = Plan::new(command);
        let mut outcome = Outcome {
            command: plan.command.clone(),
            ..Outcome::default()
        };
        if let Some(at) = cus.lighttpd.configuration.uses_include_shell() {
            outcome.warnings.push(format!(
                "{at}: what include_shell prints is not known here, and may overrule what is set"
            ));
        }
        let origin = launchers.as_ref().and_then(LauncherFiles::origin);
        let name = origin.map_or(asking.server_name.as_str(), Origin::host);
        let asked = Asked {
            flag: None,
            setting: site.settings.cus.endpoint.as_deref(),
            server_name: name,
        };
        // What cannot be told now is not expected back either.
        let before = cus.launcher(&asked, launchers.as_ref(), origin).ok();
        Ok(Self {
            host,
            site,
            cus,
            launchers,
            plan,
            outcome,
            asking,
            before,
            origin: None,
            wanted: Wanted::default(),
        })
    }

    /// Sets a key of lighttpd's global scope.
    pub(crate) fn set(&mut self, key: &'static str, value: &Value) -> Result<()> {
        let done = self.cus.lighttpd.configuration.set(key, value)?;
        let shown = match value {
            Value::Integer(number) => number.to_string(),
            Value::Switch(true) => "\"enable\"".to_owned(),
            Value::Switch(false) => "\"disable\"".to_owned(),
            Value::Text(text) => format!("\"{text}\""),
        };
        self.report(key, shown, &done);
        self.wanted.keys.insert(key.to_owned(), self.printed(key));
        Ok(())
    }

    /// Sets one entry of a map, such as a command for OpenSSL.
    pub(crate) fn set_entry(&mut self, key: &'static str, name: &str, value: &str) -> Result<()> {
        let done = self
            .cus
            .lighttpd
            .configuration
            .set_entry(key, name, value)?;
        self.report(key, format!("( \"{name}\" => \"{value}\" )"), &done);
        self.wanted.families.push(key.to_owned());
        Ok(())
    }

    pub(crate) fn load_module(&mut self, module: &str) -> Result<()> {
        let done = self.cus.lighttpd.configuration.load_module(module)?;
        self.report("server.modules", format!("( \"{module}\" )"), &done);
        self.wanted.loaded.push(module.to_owned());
        Ok(())
    }

    /// Makes a comment of every assignment of a key.
    pub(crate) fn comment_out(&mut self, key: &'static str) -> Result<()> {
        for at in self.cus.lighttpd.configuration.comment_out(key)? {
            self.outcome
                .notes
                .push(format!("{at}: {key} is no longer set"));
        }
        self.wanted.keys.insert(key.to_owned(), self.printed(key));
        Ok(())
    }

    /// Includes a file, which the plan may be about to write, with settings and modules of `family`.
    pub(crate) fn include(
        &mut self,
        name: &str,
        sources: Vec<lighttpd::Source>,
        family: &Family,
    ) -> Result<()> {
        let done = self.cus.lighttpd.configuration.set_include(name, sources)?;
        self.report("include", format!("\"{name}\""), &done);
        self.may_change(family);
        Ok(())
    }

    pub(crate) fn exclude(&mut self, name: &str, family: &Family) -> Result<()> {
        for at in self.cus.lighttpd.configuration.comment_out_include(name)? {
            let note = format!("{at}: {name} is no longer included");
            self.outcome.notes.push(note);
        }
        self.may_change(family);
        Ok(())
    }

    fn may_change(&mut self, family: &Family) {
        self.wanted.families.push(family.keys.to_owned());
        let modules = family.modules.to_owned();
        self.wanted.module_families.push(modules);
    }

    /// The whole change: the edited configuration, lighttpd's judgement on it, restart and probe.
    pub(crate) fn propose(mut self, enable: Enable, leaves: Leaves) -> Result<Proposal> {
        let probe = self.probe(leaves)?;
        if let Some(found) = &self.cus.service {
            service::expect_no_process(found, enable, self.site, self.host)?;
        }
        let judge = self.judge()?;
        let not_judged = judge.is_none().then(|| self.not_judged());
        let Self {
            host,
            site,
            cus: Cus { service, lighttpd },
            mut plan,
            mut outcome,
            ..
        } = self;
        plan.observed.extend(lighttpd.included);
        let edited = lighttpd.configuration.bytes().to_vec();
        let (main, host) = (lighttpd.main, host);
        target_file::edit("lighttpd", main, edited, host, &mut plan, &mut outcome);
        if !plan.changes.is_empty() {
            outcome.notes.extend(not_judged);
        }
        let name = service.as_ref().map_or(SERVICE, |found| &found.name);
        service::not_restarted(name, site, &plan, &mut outcome);
        if let Some(found) = &service {
            service::plan(found, &NAMES, enable, site, probe, &mut plan, &mut outcome);
        }
        Ok(Proposal {
            judge,
            logs: vec![site.settings.cus.log.clone()],
            ..Proposal::new(plan, outcome)
        })
    }

    fn probe(&self, leaves: Leaves) -> Result<Probe> {
        let name = self.asking.server_name.as_str();
        let asked = Asked {
            flag: self.asking.endpoint,
            setting: self.site.settings.cus.endpoint.as_deref(),
            server_name: name,
        };
        let (launchers, origin) = (self.launchers.as_ref(), self.origin.as_ref());
        let after = self.cus.launcher(&asked, launchers, origin)?;
        let Leaves {
            after: new,
            before: old,
        } = leaves;
        let runs = self
            .cus
            .service
            .as_ref()
            .is_some_and(|service| !service.is_off());
        Ok(Probe {
            endpoints: after.endpoints.clone(),
            server_name: name.to_owned(),
            after: new.as_ref().map(|new| new.leaf.clone()).unwrap_or_default(),
            before: old.as_ref().map(|old| old.leaf.clone()),
            sent: new.map(|new| new.sent).unwrap_or_default(),
            sent_before: old.map(|old| old.sent).unwrap_or_default(),
            launcher_after: Some(after),
            // A service that is off answers nobody.
            launcher_before: self.before.clone().filter(|_| runs),
            timeout_seconds: self.asking.timeout.as_secs(),
        })
    }

    /// What is reported already moves down below a line that is added above it.
    fn move_down(&mut self, added: &Position) {
        let file = added.path.display().to_string();
        let settings = self.outcome.settings.iter_mut();
        for row in settings.filter(|row| row.file == file && row.line >= added.line) {
            row.line += 1;
        }
    }

    fn report(&mut self, key: &str, value: String, done: &lighttpd::Change) {
        if let lighttpd::Change::Appended(at) = done {
            self.move_down(at);
        }
        let (at, effect) = match done {
            lighttpd::Change::Appended(at) => (at, Effect::Created),
            lighttpd::Change::Changed(at) => (at, Effect::Replaced),
            lighttpd::Change::Unchanged(at) => (at, Effect::Unchanged),
        };
        self.outcome.settings.push(SettingOutcome {
            role: "setting",
            key: key.to_owned(),
            value,
            file: at.path.display().to_string(),
            line: at.line,
            effect,
        });
    }
}
