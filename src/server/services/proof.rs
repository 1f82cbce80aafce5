//! A restart is done when monit says so of a new process, and proven when a handshake shows the leaf.

use std::time::{Duration, Instant};

use crate::error::ServiceError;
use crate::server::services::{Monit, State, Status};
use crate::system::deadline::{Deadline, Stopped};
use crate::system::endpoint::{Endpoint, Served, handshake};
use crate::system::plan::{Probe, Restart};

/// A service may show its old self, or stumble, for a moment after its start; no longer. With a short
/// timeout the moment is a third of it.
const GRACE: Duration = Duration::from_secs(10);

/// Between two looks at monit and the endpoint.
const PAUSE: Duration = Duration::from_millis(250);

/// One handshake; a server that is slower is asked again.
const ONE_HANDSHAKE: Duration = Duration::from_secs(5);

/// The service runs as a new process and, where a leaf was expected, serves it.
#[derive(Debug)]
pub(crate) struct Proof {
    pub(crate) pid: Option<u32>,
    /// From the order to restart to the proof.
    pub(crate) took: Duration,
    /// `None`: no leaf was expected, so nobody was asked.
    pub(crate) answer: Option<Answer>,
}

/// Which endpoint answered, and what.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) endpoint: String,
    pub(crate) served: Served,
    /// Whether it was the first endpoint, the one that is surely this service's.
    first: bool,
}

/// Whether there is a monit that can restart the service: to be asked before anything is changed.
/// `None`: monit does not know it yet, since this change switches it on.
pub(crate) fn preflight(
    restart: &Restart,
    interrupted: &dyn Fn() -> bool,
) -> Result<Option<Status>, ServiceError> {
    let deadline = limit(restart, interrupted);
    for endpoint in &restart.probe.endpoints {
        endpoint.parse::<Endpoint>()?;
    }
    match Monit::new(&restart.monit).status(&restart.service, &deadline) {
        Ok(status) => Ok(Some(status)),
        Err(ServiceError::UnknownService { .. }) if restart.enabling => Ok(None),
        Err(error) => Err(error),
    }
}

/// Asks the endpoints in turn, until one accepts a connection, which leaf is served.
pub(crate) fn ask(probe: &Probe, deadline: &Deadline<'_>) -> Result<Answer, ServiceError> {
    let mut last = ServiceError::BadEndpoint {
        text: String::new(),
    };
    for (index, text) in probe.endpoints.iter().enumerate() {
        let endpoint: Endpoint = text.parse()?;
        match handshake(
            &endpoint,
            &probe.server_name,
            &deadline.within(ONE_HANDSHAKE),
        ) {
            Ok(served) => {
                return Ok(Answer {
                    endpoint: text.clone(),
                    served,
                    first: index == 0,
                });
            }
            Err(ServiceError::Endpoint { endpoint, fault }) if !fault.listens() => {
                // What is said is about the first one, unless a later one at least listens.
                if index == 0 {
                    last = ServiceError::Endpoint { endpoint, fault };
                }
            }
            Err(error) => return Err(error),
        }
    }
    Err(last)
}

/// Restarts the service (one that was just enabled starts when monit reloads) and waits until it runs
/// as another process and serves `probe.after`.
///
/// `progress` is told at every look, about four times a second, what was seen.
pub(crate) fn restart_and_prove(
    restart: &Restart,
    progress: &mut dyn FnMut(&str),
    interrupted: &dyn Fn() -> bool,
) -> Result<Proof, ServiceError> {
    let mut wait = Wait::new(restart, Some(&restart.probe.after), interrupted);
    if restart.enabling {
        wait.monit.reload(&wait.deadline)?;
    } else {
        wait.order_restart()?;
    }
    wait.until_proven(progress)
}

/// First half of undoing a change whose restart had begun, while the new files are still there: a
/// service that was switched on is stopped, since monit forgets a process but does not end it.
pub(crate) fn put_back_before_files(
    restart: &Restart,
    progress: &mut dyn FnMut(&str),
    interrupted: &dyn Fn() -> bool,
) -> Result<(), ServiceError> {
    if !restart.enabling {
        return Ok(());
    }
    let mut wait = Wait::new(restart, None, interrupted);
    match wait.monit.stop(&restart.service, &wait.deadline) {
        // It had not come to the reload.
        Err(ServiceError::UnknownService { .. }) => Ok(()),
        Err(error) => Err(error),
        Ok(()) => wait.until_stopped(progress),
    }
}

/// Second half, with the old files in place: restarts the service and waits until it runs and serves
/// what it served before, as far as that is known. One that was switched on is off again.
pub(crate) fn put_back_after_files(
    restart: &Restart,
    progress: &mut dyn FnMut(&str),
    interrupted: &dyn Fn() -> bool,
) -> Result<Option<Proof>, ServiceError> {
    let mut wait = Wait::new(restart, restart.probe.before.as_deref(), interrupted);
    if restart.enabling {
        wait.monit.reload(&wait.deadline)?;
        return Ok(None);
    }
    wait.order_restart()?;
    wait.until_proven(progress).map(Some)
}

fn limit<'a>(restart: &Restart, interrupted: &'a dyn Fn() -> bool) -> Deadline<'a> {
    let seconds = Duration::from_secs(restart.probe.timeout_seconds);
    Deadline::after(seconds, interrupted)
}

/// One wait for one service.
struct Wait<'a> {
    monit: Monit,
    restart: &'a Restart,
    expected: Option<&'a str>,
    deadline: Deadline<'a>,
    grace: Duration,
    begun: Instant,
    old_pid: Option<u32>,
    last_seen: String,
    /// It has been there; one just enabled is missing at first.
    started: bool,
    /// When it was first seen to fail. Not forgotten when it runs again: it may end again and again.
    failing: Option<Instant>,
    /// Since when it answers, but wrongly.
    wrong: Option<Instant>,
}

impl<'a> Wait<'a> {
    fn new(
        restart: &'a Restart,
        expected: Option<&'a str>,
        interrupted: &'a dyn Fn() -> bool,
    ) -> Self {
        Self {
            monit: Monit::new(&restart.monit),
            restart,
            expected,
            deadline: limit(restart, interrupted),
            grace: GRACE.min(Duration::from_secs(restart.probe.timeout_seconds) / 3),
            begun: Instant::now(),
            old_pid: None,
            last_seen: String::new(),
            started: !restart.enabling,
            failing: None,
            wrong: None,
        }
    }

    fn order_restart(&mut self) -> Result<(), ServiceError> {
        let service = &self.restart.service;
        self.old_pid = self.monit.status(service, &self.deadline)?.pid;
        self.monit.restart(service, &self.deadline)
    }

    fn until_proven(&mut self, progress: &mut dyn FnMut(&str)) -> Result<Proof, ServiceError> {
        loop {
            if let Some(proof) = self.look()? {
                return Ok(proof);
            }
            self.pause(progress, |service, seconds, last_seen| {
                ServiceError::NotProven {
                    service,
                    seconds,
                    last_seen,
                }
            })?;
        }
    }

    fn until_stopped(&mut self, progress: &mut dyn FnMut(&str)) -> Result<(), ServiceError> {
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
                self.saw(format!("monit says {:?}", status.said));
                Ok(Some(status))
            }
            Err(ServiceError::Interrupted) => Err(ServiceError::Interrupted),
            Err(error) => {
                self.saw(error.to_string());
                Ok(None)
            }
        }
    }

    /// What is cut short by the end of our own time says nothing about the service.
    fn saw(&mut self, what: String) {
        if self.last_seen.is_empty() || self.deadline.left().is_ok() {
            self.last_seen = what;
        }
    }

    fn look(&mut self) -> Result<Option<Proof>, ServiceError> {
        let Some(status) = self.status()? else {
            return Ok(None);
        };
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
        let proof = |answer| {
            let took = self.begun.elapsed();
            Ok(Some(Proof { pid, took, answer }))
        };
        let Some(expected) = self.expected else {
            return proof(None);
        };
        let wrong = match ask(&self.restart.probe, &self.deadline) {
            Ok(answer) if answer.served.leaf_sha256() == expected => return proof(Some(answer)),
            Ok(answer) => {
                // A later endpoint may be a proxy in front of a service that is still starting.
                let conclusive = answer.first;
                let still = ServiceError::StillServes {
                    served: answer.served.leaf_sha256(),
                    endpoint: answer.endpoint,
                    expected: expected.to_owned(),
                };
                (still, conclusive)
            }
            Err(ServiceError::Interrupted) => return Err(ServiceError::Interrupted),
            Err(error) => (error, false),
        };
        let (error, conclusive) = wrong;
        self.saw(error.to_string());
        if !conclusive {
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

#[cfg(test)]
mod tests;
