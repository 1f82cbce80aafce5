//! What happens with the plan of a command: shown, or applied, restarted, proven, or put back.

mod log;
mod recover;
mod undo;

use std::time::Duration;

use crate::cli::apply::log::LogMarks;
use crate::cli::apply::undo::Undo;
use crate::cli::progress::Progress;
use crate::cli::streams::{self, Flags};
use crate::commands::proposal::Proposal;
use crate::error::{ChangeError, Error, Result, ServiceError};
use crate::report::outcome::Outcome;
use crate::server::lighttpd::Judge;
use crate::server::services::{self, Answer};
use crate::server::site::Site;
use crate::system::deadline::Deadline;
use crate::system::endpoint::Credentials;
use crate::system::host::Host;
use crate::system::interrupt::Interrupt;
use crate::system::lock::Lock;
use crate::system::plan::{Id, Plan, Restart};
use crate::system::transaction::{self, Applied, Staged, Unproven};
use crate::system::{diff, history};

/// Three calls of a program that answers within milliseconds.
const JUDGEMENT: Duration = Duration::from_secs(60);

/// A command's decision; it may be asked for only once the lock is held.
pub(crate) type Decide<'a> = &'a dyn Fn(&Host) -> Result<Proposal>;

/// Shows what `decide` wants, or does it.
///
/// # Errors
/// Whatever refuses or fails; then everything is as it was, or the error says what is not.
pub(crate) fn change(
    host: &mut Host,
    site: &Site,
    flags: &Flags,
    decide: Decide<'_>,
) -> Result<()> {
    let outcome = match flags.dry_run {
        true => preview(host, site, decide)?,
        false => carry_out(host, site, flags, decide)?,
    };
    streams::print_outcome(&outcome, flags, host)
}

fn preview(host: &mut Host, site: &Site, decide: Decide<'_>) -> Result<Outcome> {
    let Proposal {
        plan, mut outcome, ..
    } = decide(host)?;
    outcome.dry_run = true;
    outcome.changed = !plan.changes.is_empty();
    outcome.diff = Some(diff::render(&host.root, &plan)?);
    if let Some(record) = history::pending(host, &site.state_folder())? {
        outcome.warnings.push(format!(
            "recovery-pending: change {} ({}) is unfinished; the next run that changes things puts it back \
             first",
            record.id, record.command
        ));
    }
    streams::warn(&outcome.warnings, host);
    Ok(outcome)
}

/// Whoever asks for the way back without saying from where meant the change that did not finish: going on
/// would undo an older, good one.
fn put_back_alone() -> Outcome {
    Outcome {
        changed: true,
        command: "rollback".to_owned(),
        notes: vec![
            "the unfinished change is put back, and nothing else is undone; dhtls history shows what \
             dhtls rollback ID could undo"
                .to_owned(),
        ],
        ..Outcome::default()
    }
}

fn carry_out(host: &mut Host, site: &Site, flags: &Flags, decide: Decide<'_>) -> Result<Outcome> {
    if host.root.is_real() && !host.is_superuser() {
        return Err(ChangeError::NotRoot.into());
    }
    let lock = Lock::take(&host.root, &site.state_folder())?;
    if recover::unfinished(host, site, flags, &lock)? && flags.recovery_suffices {
        return Ok(put_back_alone());
    }
    let mut proposal = decide(host)?;
    streams::warn(&proposal.outcome.warnings, host);
    // From here on a signal asks; before, nothing of this run needs to be put back.
    let interrupt = Interrupt::watch().map_err(|source| ChangeError::Signals { source })?;
    let interrupted = || interrupt.requested();
    if let Some(restart) = &mut proposal.plan.restart {
        services::expect_back_only_what_is_served(&mut restart.probe, &interrupted);
    }
    let run = Run {
        host,
        lock: &lock,
        flags,
        plan: &proposal.plan,
        switches_off: proposal.switches_off.as_ref(),
        login: proposal.login.as_ref(),
        judge: proposal.judge.as_ref(),
        logs: LogMarks::now(host, &proposal.logs, proposal.plan.restart.as_ref()),
        interrupted: &interrupted,
    };
    run.carry_out(proposal.outcome)
}

struct Run<'a> {
    host: &'a Host,
    lock: &'a Lock,
    flags: &'a Flags,
    plan: &'a Plan,
    switches_off: Option<&'a Restart>,
    login: Option<&'a Credentials>,
    judge: Option<&'a Judge>,
    logs: LogMarks,
    interrupted: &'a dyn Fn() -> bool,
}

impl Run<'_> {
    fn carry_out(&self, mut outcome: Outcome) -> Result<Outcome> {
        let running = match &self.plan.restart {
            Some(restart) => {
                services::preflight(restart, self.interrupted)?.is_some_and(|status| status.runs())
            }
            None => false,
        };
        if self.plan.changes.is_empty() {
            if let Some(restart) = &self.plan.restart {
                self.prove_unchanged(restart, running, &mut outcome)?;
            }
            return Ok(outcome);
        }
        let id = self.apply(&mut outcome)?;
        outcome.changed = true;
        outcome.history = Some(id.0);
        Ok(outcome)
    }

    fn apply(&self, outcome: &mut Outcome) -> Result<Id> {
        self.stop_what_is_switched_off()?;
        let inspect = |staged: &Staged<'_>| self.judge(staged);
        let applied = transaction::apply(
            self.host,
            self.lock,
            self.plan,
            Some(&inspect),
            self.interrupted,
        );
        let applied = applied.map_err(|cause| self.start_again(cause))?;
        match (applied, &self.plan.restart) {
            (Applied::Verified(id), _) => {
                self.forget_what_is_switched_off(outcome);
                Ok(id)
            }
            (Applied::Unproven(unproven), Some(restart)) => self.prove(unproven, restart, outcome),
            (Applied::Unproven(mut unproven), None) => Ok(unproven.verify(self.host, self.lock)?),
        }
    }

    /// Has the program judge the new files that is to read them.
    fn judge(&self, staged: &Staged<'_>) -> Result<()> {
        let Some(judge) = self.judge else {
            return Ok(());
        };
        let deadline = Deadline::after(JUDGEMENT, self.interrupted);
        judge.inspect(&self.host.root, staged, &deadline)
    }

    /// Restarts, and asks what is served. Only when that is right the change is done.
    fn prove(
        &self,
        mut unproven: Unproven,
        restart: &Restart,
        outcome: &mut Outcome,
    ) -> Result<Id> {
        let proven = unproven
            .restarting()
            .map_err(Error::from)
            .and_then(|()| self.restart_and_ask(restart, outcome))
            .and_then(|()| Ok(unproven.verify(self.host, self.lock)?));
        proven.map_err(|cause| {
            let undo = Undo {
                host: self.host,
                lock: self.lock,
                flags: self.flags,
            };
            undo.put_back(unproven, restart, cause, self.logs.lines_since(self.host))
        })
    }

    fn restart_and_ask(&self, restart: &Restart, outcome: &mut Outcome) -> Result<()> {
        let mut progress = Progress::new(self.flags.quiet);
        let proof = services::restart_and_prove(
            restart,
            self.login,
            &mut |seen| progress.waiting_for(&restart.service, seen),
            self.interrupted,
        )?;
        if let Some(service) = &mut outcome.service {
            service.restarted = true;
            service.pid = proof.pid;
            service.seconds = Some(proof.took.as_secs());
        }
        note_answer(outcome, proof.answer.as_ref());
        Ok(())
    }

    /// The files are right already; the service may still hold older ones in memory.
    fn prove_unchanged(
        &self,
        restart: &Restart,
        running: bool,
        outcome: &mut Outcome,
    ) -> Result<()> {
        let limit = Duration::from_secs(restart.probe.timeout_seconds);
        let expected = restart.probe.expected_after();
        let deadline = Deadline::after(limit, self.interrupted);
        // A lighttpd that was not restarted since its port was changed does not listen there yet.
        let may_be_silent = !running || expected.launcher.is_some();
        match services::ask(&expected, self.login, &deadline) {
            Ok(None) if !running => {}
            Ok(answer) => {
                note_answer(outcome, answer.as_ref());
                return Ok(());
            }
            Err(error) if error.is_wrong_answer() => {}
            Err(ServiceError::Endpoint { .. }) if may_be_silent => {}
            Err(error) => return Err(error.into()),
        }
        outcome.changed = true;
        self.restart_and_ask(restart, outcome)
    }

    fn stop_what_is_switched_off(&self) -> Result<()> {
        let Some(restart) = self.switches_off else {
            return Ok(());
        };
        let mut progress = Progress::new(self.flags.quiet);
        let mut seen = |seen: &str| progress.waiting_for(&restart.service, seen);
        Ok(services::put_back_before_files(
            restart,
            &mut seen,
            self.interrupted,
        )?)
    }

    /// The files are right: a monit that does not reload now does so at its next start.
    fn forget_what_is_switched_off(&self, outcome: &mut Outcome) {
        let Some(restart) = self.switches_off else {
            return;
        };
        if let Err(error) = services::put_back_after_files(restart, &mut |_| {}, &|| false) {
            outcome
                .pending
                .push(format!("reload monit by hand: {error}"));
        }
    }

    /// A service that was stopped for a change that then failed runs again as before.
    fn start_again(&self, cause: Error) -> Error {
        let Some(restart) = self.switches_off else {
            return cause;
        };
        let running = Restart {
            enabling: false,
            ..restart.clone()
        };
        match services::put_back_after_files(&running, &mut |_| {}, &|| false) {
            Ok(_) => cause,
            Err(error) => ChangeError::Look {
                cause: Box::new(cause),
                problem: format!(
                    "{} was stopped and does not start again: {error}",
                    restart.service
                ),
                log: Vec::new(),
            }
            .into(),
        }
    }
}

fn note_answer(outcome: &mut Outcome, answer: Option<&Answer>) {
    let (Some(service), Some(answer)) = (&mut outcome.service, answer) else {
        return;
    };
    if let Some(served) = &answer.served {
        service.endpoint = Some(answer.endpoint.clone());
        service.tls = Some(format!("{}, {}", served.protocol, served.cipher));
    }
    service.launcher.clone_from(&answer.launcher);
}

#[cfg(test)]
mod tests;
