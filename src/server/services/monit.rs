//! monit through its command line, as measured on 5.33: what it says, and when that can be believed.

use std::time::Duration;

use crate::error::ServiceError;
use crate::system::deadline::Deadline;
use crate::system::process::{self, Output};

/// monit answers within 50 ms; one that does not within this hangs.
const PATIENCE: Duration = Duration::from_secs(20);

/// The program that speaks to monit: `monit`, `sudo -u irisadmin monit`, `dh_monit`.
#[derive(Clone, Debug)]
pub(crate) struct Monit {
    command: Vec<String>,
    /// Whether `sudo` may ask for a password at the terminal.
    may_prompt: bool,
}

/// What monit says about one service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Status {
    pub(crate) state: State,
    /// monit was told to do something and has not done it yet.
    pub(crate) pending: bool,
    pub(crate) pid: Option<u32>,
    /// The state in monit's words, `OK - restart pending`.
    pub(crate) said: String,
}

/// The states that we tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// `Execution failed`: it did not start or stop; monit tries again in its next cycle.
    Failed,
    /// `Does not exist`: no process.
    Missing,
    /// `Not monitored`: stopped on request, or given up.
    NotMonitored,
    /// Anything else, such as `Data access error` or `Resource limit matched`.
    Other,
    /// `OK`; `Running` before 2017.
    Running,
    /// `Initializing`.
    Starting,
}

impl Monit {
    pub(crate) fn new(command: &[String]) -> Self {
        Self {
            command: command.to_vec(),
            may_prompt: true,
        }
    }

    /// For a look that must not wait for a person: `sudo` fails where it would ask for a password.
    pub(crate) fn without_prompt(command: &[String]) -> Self {
        Self {
            command: command.to_vec(),
            may_prompt: false,
        }
    }

    /// Errors: [`ServiceError::NoDaemon`] without a daemon, [`ServiceError::UnknownService`] when it
    /// has no such service.
    pub(crate) fn status(
        &self,
        service: &str,
        deadline: &Deadline<'_>,
    ) -> Result<Status, ServiceError> {
        let output = self.call(&["status", service], deadline)?;
        parse_status(&String::from_utf8_lossy(&output.stdout)).ok_or_else(|| self.unknown(service))
    }

    /// Whether monit can read its configuration. To be asked before a reload: a daemon that cannot
    /// read it any more ends.
    pub(crate) fn check_configuration(&self, deadline: &Deadline<'_>) -> Result<(), ServiceError> {
        self.call(&["-t"], deadline).map(|_| ())
    }

    /// Has monit read its configuration again, once it is known to be readable. Returns before it is
    /// done, and without a daemon as well.
    pub(crate) fn reload(&self, deadline: &Deadline<'_>) -> Result<(), ServiceError> {
        self.check_configuration(deadline)?;
        self.call(&["reload"], deadline).map(|_| ())
    }

    /// Returns when monit has taken the order; from then on the status says `pending` until it is done.
    /// Ask for the status first: without a daemon monit would run the programs itself.
    pub(crate) fn restart(
        &self,
        service: &str,
        deadline: &Deadline<'_>,
    ) -> Result<(), ServiceError> {
        self.call(&["restart", service], deadline).map(|_| ())
    }

    /// As [`Monit::restart`].
    pub(crate) fn stop(&self, service: &str, deadline: &Deadline<'_>) -> Result<(), ServiceError> {
        self.call(&["stop", service], deadline).map(|_| ())
    }

    /// Without `-B`: a pipe gets no colours anyway, and `dh_monit` need not know it.
    fn call(&self, arguments: &[&str], deadline: &Deadline<'_>) -> Result<Output, ServiceError> {
        let mut command = self.command.clone();
        command.extend(arguments.iter().map(|argument| (*argument).to_owned()));
        let deadline = deadline.within(PATIENCE);
        let output = match self.may_prompt {
            true => process::run(&command, &deadline)?,
            false => process::run_detached(&command, &deadline)?,
        };
        if output.status.success() {
            return Ok(output);
        }
        Err(self.refusal(arguments, &output))
    }

    fn refusal(&self, arguments: &[&str], output: &Output) -> ServiceError {
        let said = [&output.stderr, &output.stdout].map(|text| String::from_utf8_lossy(text));
        let says = |words: &str| said.iter().any(|text| text.contains(words));
        if says("daemon is not running") {
            return ServiceError::NoDaemon {
                command: self.command.join(" "),
            };
        }
        // `Service 'NAME' not found` of the daemon, `There is no service named "NAME"` of the program.
        if let [_, service] = arguments
            && says(service)
            && (says("not found") || says("There is no service named"))
        {
            return self.unknown(service);
        }
        ServiceError::Monit {
            command: format!("{} {}", self.command.join(" "), arguments.join(" ")),
            said: output.last_words(),
        }
    }

    fn unknown(&self, service: &str) -> ServiceError {
        ServiceError::UnknownService {
            service: service.to_owned(),
            command: self.command.join(" "),
        }
    }
}

impl Status {
    /// Exactly `OK` or `Running`, and nothing pending.
    pub(crate) fn runs(&self) -> bool {
        self.state == State::Running && !self.pending
    }
}

/// `None`: there is no service in it.
pub(crate) fn parse_status(text: &str) -> Option<Status> {
    let field = |wanted: &str| {
        text.lines()
            .filter_map(|line| line.trim().split_once("  "))
            .find(|(name, _)| *name == wanted)
            .map(|(_, value)| value.trim().to_owned())
    };
    let said = field("status")?;
    let (state, pending) = match said.split_once(" - ") {
        Some((state, note)) => (state, note.ends_with("pending")),
        None => (said.as_str(), false),
    };
    Some(Status {
        state: State::of(state),
        pending,
        pid: field("pid").and_then(|pid| pid.parse().ok()),
        said,
    })
}

impl State {
    fn of(text: &str) -> Self {
        // Several faults are joined: `Execution failed | Does not exist`.
        let has = |state: &str| text.split('|').any(|part| part.trim() == state);
        match text {
            "OK" | "Running" => Self::Running,
            "Initializing" => Self::Starting,
            "Not monitored" => Self::NotMonitored,
            _ if has("Execution failed") => Self::Failed,
            _ if has("Does not exist") => Self::Missing,
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests;
