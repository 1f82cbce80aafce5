//! What a command proposes: the plan, and what to tell people about it.

use std::path::PathBuf;

use crate::report::outcome::Outcome;
use crate::server::lighttpd::Judge;
use crate::system::endpoint::Credentials;
use crate::system::plan::{Plan, Restart};

#[derive(Debug)]
pub(crate) struct Proposal {
    pub(crate) plan: Plan,
    /// Filled in further when the plan was applied.
    pub(crate) outcome: Outcome,
    /// A service that this change switches off: it is stopped before the files change, since monit
    /// forgets a process but does not end it.
    pub(crate) switches_off: Option<Restart>,
    /// A login that has to work afterwards, where the launcher file has a password. Never journaled.
    pub(crate) login: Option<Credentials>,
    /// Has to accept the new files before any of them is in place.
    pub(crate) judge: Option<Judge>,
    /// The service's own logs, whose last lines say why a restart failed.
    pub(crate) logs: Vec<PathBuf>,
}

impl Proposal {
    /// A change that concerns no service.
    pub(crate) fn new(plan: Plan, outcome: Outcome) -> Self {
        Self {
            plan,
            outcome,
            switches_off: None,
            login: None,
            judge: None,
            logs: Vec::new(),
        }
    }
}
