//! What can go wrong when the lighttpd of this machine is asked about a configuration.

use std::fmt;
use std::path::PathBuf;

/// Variants are in alphabetical order. `Display` is the problem; `hint` is the way out.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum LighttpdProgramError {
    /// lighttpd understands more of the edited file otherwise than what was to be changed.
    Differs {
        config: PathBuf,
        differences: Vec<String>,
    },
    /// It does not talk like a lighttpd.
    NotUnderstood { command: String, said: String },
    /// Someone other than root could put another program there.
    NotTrusted { program: PathBuf },
    /// It refuses the edited configuration.
    Refused { config: PathBuf, said: String },
    /// It refuses the configuration before anything was changed.
    RefusedAsItIs { config: PathBuf, said: String },
}

impl LighttpdProgramError {
    pub(crate) fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Differs { config, .. } => format!(
                "look at {} with --dry-run; a stray brace or a missing comma in it may show only now",
                config.display()
            ),
            Self::NotUnderstood { .. } => {
                "[cus] lighttpd in /etc/dhtls.toml names another lighttpd".to_owned()
            }
            Self::NotTrusted { .. } => {
                "it and its folders have to belong to root, with no write permission for others"
                    .to_owned()
            }
            Self::Refused { .. } => {
                "nothing was changed, and --dry-run shows the edit; a module that is missing comes with a \
                 package of its own (lighttpd-mod-openssl)"
                    .to_owned()
            }
            Self::RefusedAsItIs { config, .. } => {
                format!(
                    "mend that first; lighttpd -tt -f {} shows it",
                    config.display()
                )
            }
        })
    }
}

impl fmt::Display for LighttpdProgramError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Differs {
                config,
                differences,
            } => write!(
                f,
                "lighttpd would understand more of {} otherwise than wanted: {}",
                config.display(),
                differences.join(", ")
            ),
            Self::NotUnderstood { command, said } => {
                write!(f, "{command} does not answer like a lighttpd: {said}")
            }
            Self::NotTrusted { program } => {
                write!(
                    f,
                    "{} could be replaced by someone other than root",
                    program.display()
                )
            }
            Self::Refused { config, said } => write!(
                f,
                "lighttpd does not accept the edited {}: {said}",
                config.display()
            ),
            Self::RefusedAsItIs { config, said } => write!(
                f,
                "lighttpd does not accept {} as it is now: {said}",
                config.display()
            ),
        }
    }
}
