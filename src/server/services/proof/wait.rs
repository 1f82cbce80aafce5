//! Looks at monit and the endpoint again and again, and decides when enough was seen.

use std::time::{Duration, Instant};

use crate::error::ServiceError;
use crate::server::services::proof::ask::{self, Wrong};
use crate::server::services::proof::{Proof, limit};
use crate::server::services::{Monit, State, Status};
use crate::system::deadline::{Deadline, Stopped};
use crate::system::endpoint::Credentials;
use crate::system::plan::{Expected, Restart};
use crate::system::uptime;

/// A service may show its old self, or stumble, for a moment after its start; no longer. With a short
/// timeout the moment is a third of it.
const GRACE: Duration = Duration::from_secs(10);

/// Between two looks at monit and the endpoint.
const PAUSE: Duration = Duration::from_millis(250);

/// One wait for one service.
pub(super) struct Wait<'a> {
    pub(super) monit: Monit,
    restart: &'a Restart,
    expected: Expected<'a>,
    pub(super) login: Option<&'a Credentials>,
    pub(super) deadline: Deadline<'a>,
    grace: Duration,
    begun: Instant,
    /// The process that has to go; `None`: monit looked at none.
    old_pid: Option<u32>,
    /// On the clock of processes.
    since: Option<Duration>,
    last_seen: String,
    /// The way out of that.
    hint: Option<String>,
    /// It has been there; one just enabled is missing at first.
    started: bool,
    /// When it was first seen to fail. Not forgotten when it runs again: it may end again and again.
    failing: Option<Instant>,
    /// Since when it answers, but wrongly.
    wrong: Option<Instant>,
}

impl<'a> Wait<'a> {
    pub(super) fn new(
        restart: &'a Restart,
        expected: Expected<'a>,
        interrupted: &'a dyn Fn() -> bool,
    ) -> Self {
        Self {
            monit: Monit::new(&restart.monit),
            restart,
            expected,
            login: None,
            deadline: limit(restart, interrupted),
            grace: GRACE.min(Duration::from_secs(restart.probe.timeout_seconds) / 3),
            begun: Instant::now(),
            old_pid: None,
            since: uptime::now(),
            last_seen: String::new(),
            hint: None,
            started: !restart.enabling,
            failing: None,
            wrong: None,
        }
    }

    pub(super) fn order_restart(&mut self) -> Result<(), ServiceError> {
        let service = &self.restart.service;
        self.old_pid = self.monit.status(service, &self.deadline)?.pid;
        self.monit.restart(service, &self.deadline)
    }

    pub(super) fn until_proven(
        &mut self,
        progress: &mut dyn FnMut(&str),
    ) -> Result<Proof, ServiceError> {
        loop {
            if let Some(proof) = self.look()? {
                return Ok(proof);
            }
            let hint = self.hint.clone();
            self.pause(progress, |service, seconds, last_seen| {
                ServiceError::NotProven {
                    service,
                    seconds,
                    last_seen,
                    hint,
                }
            })?;
        }
    }

    pub(super) fn until_stopped(
        &mut self,
        progress: &mut dyn FnMut(&str),
    ) -> Result<(), ServiceError> {
        loop {
            if let Some(status) = self.status()?
                && status.state == State::NotMonitored
                && !status.pending
            {
                return Ok(());
            }
            self.pause(progress, |service, seconds, last_seen| {
                ServiceError::StillRuns {
                    service,
                    seconds,
                    last_seen,
                }
            })?;
        }
    }

    fn pause(
        &self,
        progress: &mut dyn FnMut(&str),
        late: impl FnOnce(String, u64, String) -> ServiceError,
    ) -> Result<(), ServiceError> {
        progress(&self.last_seen);
        self.deadline.pause(PAUSE).map_err(|stopped| match stopped {
            Stopped::Interrupted => ServiceError::Interrupted,
            Stopped::TimedOut => late(
                self.restart.service.clone(),
                self.restart.probe.timeout_seconds,
                self.last_seen.clone(),
            ),
        })
    }

    /// `None`: monit does not answer just now, as while it reloads.
    fn status(&mut self) -> Result<Option<Status>, ServiceError> {
        match self.monit.status(&self.restart.service, &self.deadline) {
            Ok(status) => {
                self.saw(format!("monit says {:?}", status.said), None);
                Ok(Some(status))
            }
            Err(ServiceError::Interrupted) => Err(ServiceError::Interrupted),
            Err(error) => {
                self.saw(error.to_string(), None);
                Ok(None)
            }
        }
    }

    /// What is cut short by the end of our own time says nothing about the service.
    fn saw(&mut self, what: String, hint: Option<String>) {
        if self.last_seen.is_empty() || self.deadline.left().is_ok() {
            self.last_seen = what;
            self.hint = hint;
        }
    }

    fn look(&mut self) -> Result<Option<Proof>, ServiceError> {
        let Some(status) = self.status()? else {
            return Ok(None);
        };
        if status.runs() && self.took_over(&status)? {
            return Ok(None);
        }
        if status.runs() && (self.old_pid.is_none() || status.pid != self.old_pid) {
            self.started = true;
            return self.look_at_endpoint(status.pid);
        }
        self.wrong = None;
        // monit tries again in every cycle, and a slow start may still get there.
        if self.fails(&status) && lasts(&mut self.failing, self.grace) {
            return Err(ServiceError::DoesNotStart {
                service: self.restart.service.clone(),
                said: status.said,
            });
        }
        Ok(None)
    }

    /// Whether monit, told to restart or to begin with a service that it did not look at, has taken over a
    /// process that was there before us, and so still has the old files (seen on 5.33). It is then told once
    /// more.
    fn took_over(&mut self, status: &Status) -> Result<bool, ServiceError> {
        let Some(pid) = status.pid.filter(|_| self.old_pid.is_none()) else {
            return Ok(false);
        };
        let times = uptime::started(pid).zip(self.since);
        let is_new = times.is_none_or(|(started, since)| started >= since);
        if is_new {
            return Ok(false);
        }
        self.old_pid = Some(pid);
        let service = &self.restart.service;
        self.monit.restart(service, &self.deadline)?;
        Ok(true)
    }

    /// It did not start, or started and ended: then monit shows no pid, `Data access error` for the old
    /// pidfile, and in between `Initializing`. One that is up but not `OK` yet has a pid.
    fn fails(&self, status: &Status) -> bool {
        let failed = match status.state {
            State::Failed | State::NotMonitored => true,
            State::Missing | State::Other => self.started && status.pid.is_none(),
            State::Running | State::Starting => false,
        };
        failed && !status.pending
    }

    fn look_at_endpoint(&mut self, pid: Option<u32>) -> Result<Option<Proof>, ServiceError> {
        let Wrong { error, first } = match ask::all(&self.expected, self.login, &self.deadline) {
            Ok(answer) => {
                let took = self.begun.elapsed();
                return Ok(Some(Proof { pid, took, answer }));
            }
            Err(Wrong {
                error: ServiceError::Interrupted,
                ..
            }) => return Err(ServiceError::Interrupted),
            Err(wrong) => wrong,
        };
        let hint = error.hint().filter(|_| error.is_wrong_answer());
        self.saw(error.to_string(), hint);
        // A later endpoint may be a proxy in front of a service that is still starting.
        if !(first && error.is_final()) {
            self.wrong = None;
        } else if lasts(&mut self.wrong, self.grace) {
            return Err(error);
        }
        Ok(None)
    }
}

/// Whether it has been so for longer than `grace`.
fn lasts(since: &mut Option<Instant>, grace: Duration) -> bool {
    since.get_or_insert_with(Instant::now).elapsed() > grace
}
