//! The lighttpd of this machine, asked what it makes of a configuration. Measured on 1.4.69; the other
//! releases that servers run (1.4.54 to 1.4.85) answer alike.

mod compare;
mod judge;
mod naming;
mod printed;
mod version;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::error::{LighttpdProgramError, Result};
use crate::server::services::without_time;
use crate::system::deadline::Deadline;
use crate::system::process::{self, Output};
use crate::system::program;

pub(crate) use compare::{Wanted, differences};
pub(crate) use judge::Judge;
pub(crate) use printed::Printed;
pub(crate) use version::LighttpdVersion;

/// Checking takes some milliseconds; an `include_shell` may take longer.
const PATIENCE: Duration = Duration::from_secs(20);

/// Where packages install it.
const USUAL: [&str; 3] = [
    "/usr/sbin/lighttpd",
    "/usr/local/sbin/lighttpd",
    "/usr/bin/lighttpd",
];

/// The program. It is run as whoever runs dhtls, and never reaches the terminal.
#[derive(Clone, Debug)]
pub(crate) struct Lighttpd {
    program: PathBuf,
}

impl Lighttpd {
    /// The program of the `setting`, else the one that monit starts (`start`: its words), else that of
    /// the system's package. `None`: there is none, or only one that someone other than root could
    /// replace, which must not be run.
    ///
    /// # Errors
    /// The setting names one that must not be run.
    pub(crate) fn find(setting: Option<&Path>, start: Option<&[String]>) -> Result<Option<Self>> {
        if let Some(setting) = setting {
            return Self::of_setting(setting);
        }
        let found = programs(start).find(|program| {
            runnable(program).is_some_and(|program| program::only_we_or_root_can_change(&program))
        });
        Ok(found.map(|program| Self {
            program: program.to_owned(),
        }))
    }

    fn of_setting(setting: &Path) -> Result<Option<Self>> {
        let program = setting.to_owned();
        match runnable(setting) {
            Some(real) if program::only_we_or_root_can_change(&real) => Ok(Some(Self { program })),
            Some(_) => Err(LighttpdProgramError::NotTrusted { program }.into()),
            None => Ok(None),
        }
    }

    /// Its release, as `lighttpd -v` tells it.
    #[cfg(test)]
    fn version(&self, deadline: &Deadline<'_>) -> Result<LighttpdVersion> {
        let output = self.run(&["-v"], deadline)?;
        let said = String::from_utf8_lossy(&output.stdout);
        Ok(
            LighttpdVersion::parse(&said).ok_or_else(|| LighttpdProgramError::NotUnderstood {
                command: format!("{} -v", self.program.display()),
                said: output.last_words(),
            })?,
        )
    }

    /// What it makes of a configuration: `-p`, which reads the file and all that it includes.
    ///
    /// # Errors
    /// [`Refusal`] inside `Ok`: it does not get through the file.
    pub(crate) fn printed(
        &self,
        config: &Path,
        deadline: &Deadline<'_>,
    ) -> Result<Result<Printed, Refusal>> {
        let output = self.run(&["-p", "-f", &config.display().to_string()], deadline)?;
        if !output.status.success() {
            return Ok(Err(Refusal::of(&output)));
        }
        let printed = Printed::parse(&String::from_utf8_lossy(&output.stdout));
        Ok(Ok(printed.ok_or_else(|| {
            LighttpdProgramError::NotUnderstood {
                command: format!("{} -p", self.program.display()),
                said: output.last_words(),
            }
        })?))
    }

    /// Whether it would start with a configuration, modules and PEM files included: `-tt`. It does not
    /// bind, and does not notice all: a stray brace passes.
    ///
    /// # Errors
    /// [`Refusal`] inside `Ok`: it would not start.
    pub(crate) fn check(
        &self,
        config: &Path,
        deadline: &Deadline<'_>,
    ) -> Result<Result<(), Refusal>> {
        let output = self.run(&["-tt", "-f", &config.display().to_string()], deadline)?;
        Ok(match output.status.success() {
            true => Ok(()),
            false => Err(Refusal::of(&output)),
        })
    }

    fn run(&self, arguments: &[&str], deadline: &Deadline<'_>) -> Result<Output> {
        let mut command = vec![self.program.display().to_string()];
        command.extend(arguments.iter().map(|argument| (*argument).to_owned()));
        Ok(process::run_detached(&command, &deadline.within(PATIENCE))?)
    }
}

/// Where the server's program may be, best first: the one that monit starts (`start`: its words), then those
/// of packages.
pub(crate) fn programs(start: Option<&[String]>) -> impl Iterator<Item = &Path> {
    let words = start.unwrap_or_default().iter().map(Path::new);
    let mut programs =
        words.filter(|it| it.is_absolute() && it.file_name().is_some_and(|it| it == "lighttpd"));
    programs.next().into_iter().chain(USUAL.map(Path::new))
}

/// The program itself behind its links, if it can be run.
fn runnable(program: &Path) -> Option<PathBuf> {
    let real = fs::canonicalize(program).ok()?;
    let metadata = fs::metadata(&real).ok()?;
    let executable = metadata.is_file() && metadata.permissions().mode() & 0o111 != 0;
    executable.then_some(real)
}

/// Why lighttpd does not take a configuration, in its own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) said: String,
}

impl Refusal {
    /// Lines of a start that failed; the first ones give the reason, the last ones only that it failed.
    fn of(output: &Output) -> Self {
        const NO_REASON: [&str; 5] = [
            "configfile parser failed at:",
            "Enter PEM pass phrase:",
            "Initialization of plugins failed",
            "loading plugins finally failed",
            "setting default values failed",
        ];
        let text = String::from_utf8_lossy(&output.stderr);
        let lines = text
            .lines()
            .map(without_time)
            .filter(|line| !line.is_empty() && !NO_REASON.iter().any(|known| line.contains(known)));
        let clean = |line: &str| line.chars().filter(|c| !c.is_control()).collect::<String>();
        let said: Vec<String> = lines.map(clean).take(4).collect();
        Self {
            said: match said.is_empty() {
                true => output.last_words(),
                false => said.join("; "),
            },
        }
    }
}

#[cfg(test)]
mod tests;
