//! Which Java runs a service, and whether it reads modern keystores.

mod version;

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::error::ServiceError;
use crate::system::deadline::Deadline;
use crate::system::{process, program};

pub(crate) use version::JavaVersion;

/// `java -version` takes a tenth of a second; a machine under load some more.
const PATIENCE: Duration = Duration::from_secs(20);

/// A `release` file has 1 or 2 KiB.
const RELEASE_LIMIT: u64 = 64 << 10;

/// A Java on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Java {
    /// The program itself, links resolved.
    pub(crate) program: PathBuf,
    pub(crate) version: JavaVersion,
}

/// The Java of a service: the `setting` (a `java` or its home), else the program of the running
/// process `pid` when that is a Java. `None`: unknown. Without a `deadline` no program is run: only
/// `release` files are read.
///
/// Errors: [`ServiceError::NoJava`] when the setting names none.
pub(crate) fn of_service(
    setting: Option<&Path>,
    pid: Option<u32>,
    deadline: Option<&Deadline<'_>>,
) -> Result<Option<Java>, ServiceError> {
    if let Some(setting) = setting {
        let program = if setting.is_dir() {
            setting.join("bin/java")
        } else {
            setting.to_owned()
        };
        return match examine(&program, deadline)? {
            Some(java) => Ok(Some(java)),
            None if deadline.is_none() && program.is_file() => Ok(None),
            None => Err(ServiceError::NoJava { program }),
        };
    }
    match pid.and_then(program_of) {
        Some(program) => examine(&program, deadline),
        None => Ok(None),
    }
}

/// The Java that a process runs, as long as its program is called `java`.
fn program_of(pid: u32) -> Option<PathBuf> {
    let link = fs::read_link(format!("/proc/{pid}/exe")).ok()?;
    let text = link.to_str()?;
    // After an update the old program is gone, and the restart takes the one in its place.
    let program = Path::new(text.strip_suffix(" (deleted)").unwrap_or(text));
    (program.file_name()? == "java").then(|| program.to_owned())
}

/// By the `release` file of its home, else by asking it. Only an interrupt is an error.
fn examine(program: &Path, deadline: Option<&Deadline<'_>>) -> Result<Option<Java>, ServiceError> {
    let Ok(program) = fs::canonicalize(program) else {
        return Ok(None);
    };
    let version = match (release_version(&program), deadline) {
        (Some(version), _) => Some(version),
        (None, Some(deadline)) => asked_version(&program, deadline)?,
        (None, None) => None,
    };
    Ok(version.map(|version| Java { program, version }))
}

fn release_version(program: &Path) -> Option<JavaVersion> {
    // HOME/bin/java, or in a JDK 8 HOME/jre/bin/java.
    program
        .ancestors()
        .skip(2)
        .take(2)
        .find_map(|home| JavaVersion::from_release(&read_release(&home.join("release"))?))
}

fn read_release(path: &Path) -> Option<String> {
    let mut bytes = Vec::new();
    let file = File::open(path).ok()?;
    if !file.metadata().ok()?.is_file() {
        return None;
    }
    file.take(RELEASE_LIMIT).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

fn asked_version(
    program: &Path,
    deadline: &Deadline<'_>,
) -> Result<Option<JavaVersion>, ServiceError> {
    if !program::only_we_or_root_can_change(program) {
        return Ok(None);
    }
    let command = [program.display().to_string(), "-version".to_owned()];
    match process::run(&command, &deadline.within(PATIENCE)) {
        // On stderr since Java 1.0.
        Ok(output) => Ok(JavaVersion::from_version_output(&String::from_utf8_lossy(
            &output.stderr,
        ))),
        Err(ServiceError::Interrupted) => Err(ServiceError::Interrupted),
        Err(_) => Ok(None),
    }
}

#[cfg(test)]
mod tests;
