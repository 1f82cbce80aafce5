//! What can go wrong with monit's service files.

use std::fmt;
use std::path::PathBuf;

use crate::error::Position;

/// Variants are in alphabetical order. `Display` is the problem; `hint` is the way out.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum MonitError {
    /// The service is off in monit, and runs.
    AlreadyRuns {
        service: String,
        pid: u32,
        pidfile: PathBuf,
    },
    /// No `check process` outside of comments.
    NoProcess { path: PathBuf },
    /// No service file, enabled or not, and no setting tells monit's name of the service.
    NoServiceFile {
        folder: PathBuf,
        names: Vec<&'static str>,
        /// Of the settings file.
        section: &'static str,
    },
    /// A quote that nothing closes.
    UnbalancedQuote { at: Position },
}

impl MonitError {
    pub(crate) fn hint(&self) -> Option<String> {
        Some(match self {
            Self::AlreadyRuns { pid, .. } => format!(
                "monit would take it over as it is: end it with kill {pid} (or remove the pidfile, where that is \
                 another program by now), then run this again"
            ),
            Self::NoProcess { .. } => {
                "it should begin with: check process NAME with pidfile FILE".to_owned()
            }
            Self::NoServiceFile { section, .. } => format!(
                "set {section} service or [monit] folder in /etc/dhtls.toml, or change files only with \
                 --no-restart"
            ),
            Self::UnbalancedQuote { .. } => {
                "monit -t shows what monit makes of its files".to_owned()
            }
        })
    }
}

impl fmt::Display for MonitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AlreadyRuns {
                service,
                pid,
                pidfile,
            } => write!(
                f,
                "{service} is off in monit, and process {pid} of {} runs all the same",
                pidfile.display()
            ),
            Self::NoProcess { path } => {
                write!(f, "{} names no process for monit to check", path.display())
            }
            Self::NoServiceFile { folder, names, .. } => {
                write!(f, "{} has none of {}", folder.display(), names.join(", "))
            }
            Self::UnbalancedQuote { at } => {
                write!(f, "{at}: a quote is opened here and never closed")
            }
        }
    }
}
