//! What an action did, as data: one value for every format, so that all of them say the same.

use std::path::PathBuf;

use serde::Serialize;

/// What became of everything that a command looked after.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Outcome {
    /// Whether anything on the server is different now; for a dry run, whether it would be.
    pub(crate) changed: bool,
    pub(crate) dry_run: bool,
    pub(crate) command: String,
    /// The number under which `dhtls history` has this change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) history: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) certificate: Option<CertificateOutcome>,
    pub(crate) files: Vec<FileOutcome>,
    pub(crate) settings: Vec<SettingOutcome>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) service: Option<ServiceOutcome>,
    /// What was noticed or mended on the way and needs nobody.
    pub(crate) notes: Vec<String>,
    pub(crate) warnings: Vec<String>,
    /// What a person still has to do for the change to take effect everywhere.
    pub(crate) pending: Vec<String>,
    /// A dry run's unified diff.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) diff: Option<String>,
}

/// The certificate that was installed.
#[derive(Debug, Serialize)]
pub(crate) struct CertificateOutcome {
    pub(crate) subject: String,
    pub(crate) issuer: String,
    /// The name by which this server is reached: given, or found in the certificate.
    pub(crate) host: String,
    pub(crate) dns_names: Vec<String>,
    /// RFC 3339, UTC.
    pub(crate) not_after: String,
    pub(crate) days_left: i64,
    /// Lower-case hex.
    pub(crate) sha256: String,
    /// Subjects of the intermediates that are sent with it, in order.
    pub(crate) intermediates: Vec<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct FileOutcome {
    /// What the file is to the server: keystore, bundle, properties.
    pub(crate) role: &'static str,
    pub(crate) path: PathBuf,
    pub(crate) effect: Effect,
    /// Octal.
    pub(crate) mode: String,
    /// `user:group`.
    pub(crate) owner: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct SettingOutcome {
    /// Whose setting it is: property, lighttpd's setting, launcher's address.
    pub(crate) role: &'static str,
    pub(crate) key: String,
    pub(crate) value: String,
    pub(crate) file: String,
    pub(crate) line: usize,
    pub(crate) effect: Effect,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Effect {
    Created,
    Removed,
    Renamed,
    Replaced,
    Restored,
    Unchanged,
}

impl Effect {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Removed => "removed",
            Self::Renamed => "renamed",
            Self::Replaced => "replaced",
            Self::Restored => "restored",
            Self::Unchanged => "unchanged",
        }
    }
}

/// A service that this change concerns.
#[derive(Debug, Default, Serialize)]
pub(crate) struct ServiceOutcome {
    pub(crate) name: String,
    pub(crate) restarted: bool,
    /// The endpoint that was probed, and found to serve the wanted leaf.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) endpoint: Option<String>,
    /// What was spoken there: `TLSv1.3, TLS_AES_256_GCM_SHA384`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tls: Option<String>,
    /// What launchers get, and from where: `https://host/iris/getdown.txt names https://host/iris/`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) launcher: Option<String>,
    /// The process that the restart began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pid: Option<u32>,
    /// From the order to restart to the proof.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) seconds: Option<u64>,
}
