//! A file of the server: what it is for, how it should look, how it does.

use std::fmt;
use std::path::PathBuf;

use crate::error::Position;
use crate::pki::findings::Severity;
use crate::system::permission;
use crate::system::plan::{Mode, Owner};

/// A file that a service reads, or that the runbook speaks of.
#[derive(Clone, Debug)]
pub(crate) struct ServerFile {
    /// As the server sees it: `--root` is not part of it.
    pub(crate) path: PathBuf,
    /// As a person would type it: the source of its findings.
    pub(crate) shown: String,
    pub(crate) role: Role,
    pub(crate) wanted: Wanted,
    pub(crate) presence: Presence,
    /// The setting that names it; `None`: the runbook does.
    pub(crate) named_at: Option<Position>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    /// lighttpd's pemfile.
    Bundle,
    /// A certificate in a file of its own, its key beside it.
    Certificate,
    /// What the runbook's commands start from. Nobody serves it.
    Input,
    Keystore,
    Launcher,
    /// lighttpd's configuration.
    Lighttpd,
    Passphrase,
    PrivateKey,
    Properties,
    ServiceFile,
    Users,
}

/// Whom a file should belong to, and who may do what with it; `None`: nobody says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) user: Option<String>,
    pub(crate) group: Option<String>,
    /// The most that may be allowed to others than the owner.
    pub(crate) mode: Option<Mode>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Presence {
    Absent,
    /// A folder on the way keeps us out; `why` says who may look.
    Hidden {
        why: String,
    },
    There {
        mode: Mode,
        owner: Owner,
    },
}

impl Wanted {
    /// Whoever it belongs to, the others may do no more than this.
    pub(crate) fn mode(mode: u32) -> Self {
        Self {
            mode: Some(Mode(mode)),
            ..Self::default()
        }
    }
}

impl ServerFile {
    /// Or may be: nobody lets us look.
    pub(crate) fn is_there(&self) -> bool {
        self.presence != Presence::Absent
    }

    /// Who could read it, for someone who cannot: `root and members of the group dbquery can read it`.
    pub(crate) fn readers(&self) -> Option<String> {
        let Presence::There { mode, owner } = self.presence else {
            return None;
        };
        Some(permission::allowed(mode, owner, 0o040, "read it"))
    }
}

impl Role {
    /// What a finding about the certificates of such a file comes to: nobody serves an input, and one
    /// that has expired since it was installed harms nobody.
    pub(crate) fn tempered(self, severity: Severity) -> Severity {
        match self {
            Self::Input => Severity::Warning,
            _ => severity,
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Bundle => "bundle",
            Self::Certificate => "certificate",
            Self::Input => "input",
            Self::Keystore => "keystore",
            Self::Launcher => "launcher",
            Self::Lighttpd => "lighttpd",
            Self::Passphrase => "passphrase",
            Self::PrivateKey => "key",
            Self::Properties => "properties",
            Self::ServiceFile => "monit",
            Self::Users => "users",
        })
    }
}
