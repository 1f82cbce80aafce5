//! What there is on a server, as data: text and JSON say the same of it.

mod columns;
mod text;
mod words;

use serde::Serialize;

use crate::report::listing::Row;
use crate::report::scan::{CertificateRow, ErrorRow};

pub(crate) use text::write;

/// The names are a contract with scripts; docs/formats.md has them.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    /// Whether everything could be told.
    pub(crate) complete: bool,
    /// RFC 3339, UTC.
    pub(crate) checked_at: String,
    pub(crate) server: ServerRow,
    pub(crate) files: Vec<FileRow>,
    pub(crate) settings: Vec<SettingRow>,
    pub(crate) services: Vec<ServiceRow>,
    pub(crate) certificates: Vec<CertificateRow>,
    /// As of `dhtls check`, without those of certificates.
    pub(crate) findings: Vec<ErrorRow>,
    /// Where dhtls keeps what it changed.
    pub(crate) state_folder: String,
    /// Whether that could be looked into; a finding says why not.
    pub(crate) history_read: bool,
    /// That something waits to be put back.
    pub(crate) pending_recovery: Option<String>,
    /// `None`: there is none, as far as that is known.
    pub(crate) last_change: Option<Row>,
}

/// The layout that was found, with what shows it.
#[derive(Debug, Serialize)]
pub(crate) struct ServerRow {
    /// `--root`, if it is not the real one.
    pub(crate) root: Option<String>,
    /// The site's settings; `None`: there is no such file, so the runbook's hold.
    pub(crate) settings_file: Option<String>,
    pub(crate) properties: PropertiesRow,
    pub(crate) client_updates: ClientUpdatesRow,
}

#[derive(Debug, Serialize)]
pub(crate) struct PropertiesRow {
    pub(crate) layout: Layout,
    /// Where properties are read from, or copies of them.
    pub(crate) files: Vec<String>,
    /// What shows the configuration server.
    pub(crate) evidence: Option<String>,
    /// Of the legacy pair.
    pub(crate) missing: Option<String>,
    /// Where they were looked for.
    pub(crate) folder: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Layout {
    ConfigurationServer,
    HalfLegacy,
    LegacyPair,
    None,
    OneFile,
    Unknown,
}

#[derive(Debug, Serialize)]
pub(crate) struct ClientUpdatesRow {
    pub(crate) served_by: ServedBy,
    /// lighttpd's configuration, or the Web API Service's certificate for it.
    pub(crate) evidence: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ServedBy {
    Lighttpd,
    Nobody,
    Unknown,
    WebApi,
}

#[derive(Debug, Serialize)]
pub(crate) struct FileRow {
    /// What the file is to the server: keystore, bundle, properties.
    pub(crate) role: String,
    pub(crate) path: String,
    pub(crate) state: FileState,
    /// Whether a setting or a service wants it.
    pub(crate) needed: bool,
    /// `user:group`, as the other two of what is there.
    pub(crate) owner: Option<String>,
    /// Octal.
    pub(crate) mode: Option<String>,
    /// Where it really lies, when links lead there.
    pub(crate) real_path: Option<String>,
    pub(crate) wanted: WantedRow,
    /// Whether owner and mode are as wanted; `None`: nothing is wanted or there, or the accounts of this
    /// machine say nothing about those of the server.
    pub(crate) right: Option<bool>,
    /// `FILE:LINE` of the setting that names it; `None`: the runbook does.
    pub(crate) named_at: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum FileState {
    /// A folder on the way keeps us out.
    Hidden,
    Missing,
    There,
}

#[derive(Debug, Serialize)]
pub(crate) struct WantedRow {
    pub(crate) user: Option<String>,
    pub(crate) group: Option<String>,
    /// The most that others than the owner may be allowed.
    pub(crate) mode: Option<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct SettingRow {
    /// `web-api` or `client-update`; `None`: of other services.
    pub(crate) service: Option<&'static str>,
    pub(crate) key: String,
    /// lighttpd's, in its own words.
    pub(crate) condition: Option<String>,
    pub(crate) value: Option<String>,
    pub(crate) origin: Origin,
    pub(crate) file: Option<String>,
    pub(crate) line: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Origin {
    Default,
    File,
    Unknown,
    Unset,
}

#[derive(Debug, Serialize)]
pub(crate) struct ServiceRow {
    /// `web-api` or `client-update`.
    pub(crate) service: &'static str,
    /// By which monit knows it.
    pub(crate) name: String,
    /// By monit's files; `None`: none of them tells.
    pub(crate) on: Option<bool>,
    /// By the service's configuration; `None`: nobody can tell.
    pub(crate) tls: Option<bool>,
    pub(crate) monit: MonitRow,
    /// Where it was asked what it serves.
    pub(crate) endpoints: Vec<EndpointRow>,
}

/// What monit says of a service.
#[derive(Debug, Default, Serialize)]
pub(crate) struct MonitRow {
    pub(crate) asked: bool,
    /// In monit's words, `OK - restart pending`.
    pub(crate) status: Option<String>,
    pub(crate) pid: Option<u32>,
    /// Why there is no status.
    pub(crate) problem: Option<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct EndpointRow {
    pub(crate) endpoint: String,
    /// Several, when the addresses of the endpoint differ.
    pub(crate) served: Vec<ServedRow>,
}

#[derive(Debug, Serialize)]
pub(crate) struct ServedRow {
    /// What a person would call it: its common name, else a DNS name.
    pub(crate) name: String,
    pub(crate) subject: String,
    /// Lower-case hex.
    pub(crate) sha256: String,
    pub(crate) days_left: i64,
    /// The first file that holds the same certificate.
    pub(crate) same_as: Option<String>,
}
