//! A restart is done when monit says so of a new process, and proven when a handshake shows the leaf.

mod wait;

use std::time::Duration;

use crate::error::ServiceError;
use crate::server::services::{Monit, Status};
use crate::system::deadline::Deadline;
use crate::system::endpoint::{Credentials, Endpoint, Served, handshake};
use crate::system::plan::{Probe, Restart};
use wait::Wait;

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
    login: Option<&Credentials>,
    progress: &mut dyn FnMut(&str),
    interrupted: &dyn Fn() -> bool,
) -> Result<Proof, ServiceError> {
    // A rollback to a leaf that nobody knew: that the service runs is all there is to prove.
    let expected = Some(restart.probe.after.as_str()).filter(|after| !after.is_empty());
    let mut wait = Wait::new(restart, expected, interrupted);
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

#[cfg(test)]
mod tests;
