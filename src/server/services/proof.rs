//! A restart is done when monit says so of a new process, and proven when the endpoint shows the leaf and
//! the launcher file.

mod appbase;
mod ask;
mod before;
mod launcher;
mod wait;

use std::time::Duration;

use crate::error::ServiceError;
use crate::server::services::{Monit, Status};
use crate::system::deadline::Deadline;
use crate::system::endpoint::{Credentials, Endpoint};
use crate::system::plan::{Launcher, Restart};
use wait::Wait;

pub(crate) use ask::{Answer, ask};
pub(crate) use before::expect_back_only_what_is_served;

/// The service runs as a new process and serves what was expected.
#[derive(Debug)]
pub(crate) struct Proof {
    pub(crate) pid: Option<u32>,
    /// From the order to restart to the proof.
    pub(crate) took: Duration,
    /// `None`: nothing was expected, so nobody was asked.
    pub(crate) answer: Option<Answer>,
}

/// Whether there is a monit that can restart the service: to be asked before anything is changed.
/// `None`: monit does not know it yet, since this change switches it on.
pub(crate) fn preflight(
    restart: &Restart,
    interrupted: &dyn Fn() -> bool,
) -> Result<Option<Status>, ServiceError> {
    let deadline = limit(restart, interrupted);
    let probe = &restart.probe;
    let launchers = [&probe.launcher_after, &probe.launcher_before];
    let launchers = launchers.into_iter().flatten();
    let of_launchers = launchers.flat_map(|launcher: &Launcher| &launcher.endpoints);
    for endpoint in probe.endpoints.iter().chain(of_launchers) {
        endpoint.parse::<Endpoint>()?;
    }
    match Monit::new(&restart.monit).status(&restart.service, &deadline) {
        Ok(status) => Ok(Some(status)),
        Err(ServiceError::UnknownService { .. }) if restart.enabling => Ok(None),
        Err(error) => Err(error),
    }
}

/// Restarts the service (one that was just enabled starts when monit reloads) and waits until it runs
/// as another process and serves what the probe expects after the change. `login` has to open the
/// launcher file where that has a password; without it only that it is asked for is proven.
///
/// `progress` is told at every look, about four times a second, what was seen.
pub(crate) fn restart_and_prove(
    restart: &Restart,
    login: Option<&Credentials>,
    progress: &mut dyn FnMut(&str),
    interrupted: &dyn Fn() -> bool,
) -> Result<Proof, ServiceError> {
    let mut wait = Wait::new(restart, restart.probe.expected_after(), interrupted);
    wait.login = login;
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
    let mut wait = Wait::new(restart, restart.probe.expected_before(), interrupted);
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
    let mut wait = Wait::new(restart, restart.probe.expected_before(), interrupted);
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
