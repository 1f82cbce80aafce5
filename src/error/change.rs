//! How a change ended when it did not end well, and what a person must know then.

use std::fmt;
use std::io;

use crate::error::Error;

/// Variants are in alphabetical order. `Display` is the problem; `hint` is the way out.
#[derive(Debug)]
pub(crate) enum ChangeError {
    /// A step of the demo did not succeed; it has said why.
    Demo {
        line: String,
    },
    /// Files are as before, but something else needs a person.
    Look {
        cause: Box<Error>,
        problem: String,
        log: Vec<String>,
    },
    NotRoot,
    /// The change stands or nothing was to be done, but the report could not be written.
    Output {
        source: io::Error,
        changed: bool,
    },
    /// Everything is as it was.
    PutBack {
        cause: Box<Error>,
        restarted: Option<String>,
        log: Vec<String>,
    },
    /// An earlier run's change could not be put back whole.
    Recovery {
        problem: String,
    },
    /// The kernel would not let signals be watched.
    Signals {
        source: io::Error,
    },
}

impl ChangeError {
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::Demo { .. } => None,
            Self::Look { .. } | Self::Recovery { .. } => {
                Some("docs/recovery.md says how to go on".to_owned())
            }
            Self::NotRoot => {
                Some("run it with sudo, or try it below another folder with --root DIR".to_owned())
            }
            Self::Output { changed: true, .. } => {
                Some("dhtls history shows what was done".to_owned())
            }
            Self::Output { changed: false, .. } => None,
            Self::PutBack { cause, .. } => cause.hint(),
            Self::Signals { .. } => None,
        }
    }

    /// 1: everything is as it was; 3: a person must look.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Look { .. } | Self::Output { changed: true, .. } | Self::Recovery { .. } => 3,
            Self::Demo { .. }
            | Self::NotRoot
            | Self::Output { changed: false, .. }
            | Self::PutBack { .. }
            | Self::Signals { .. } => 1,
        }
    }
}

impl fmt::Display for ChangeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Demo { line } => write!(f, "the demo's step failed: dhtls {line}"),
            Self::Look {
                cause,
                problem,
                log,
            } => {
                write!(f, "{cause}; a person must look: {problem}")?;
                log.iter().try_for_each(|line| write!(f, "\n  {line}"))
            }
            Self::NotRoot => f.write_str(
                "this changes files of root and restarts a service, so it has to run as root",
            ),
            Self::Output { source, changed } => {
                let state = if *changed {
                    "the change stands, but its report"
                } else {
                    "the result"
                };
                write!(f, "{state} could not be written: {source}")
            }
            Self::PutBack {
                cause,
                restarted,
                log,
            } => {
                write!(f, "{cause}; every file was put back as it was")?;
                if let Some(service) = restarted {
                    write!(f, " and {service} restarted")?;
                }
                log.iter().try_for_each(|line| write!(f, "\n  {line}"))
            }
            Self::Recovery { problem } => {
                write!(
                    f,
                    "an earlier run's change could not be put back whole; a person must look: {problem}"
                )
            }
            Self::Signals { source } => write!(f, "cannot watch for signals: {source}"),
        }
    }
}
