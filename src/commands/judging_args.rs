//! The flags of commands that judge certificates, and what they come to together with the settings.

use std::path::PathBuf;
use std::time::Duration;

use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Date, OffsetDateTime};

use crate::commands::pair_args::duration;
use crate::error::Result;
use crate::pki::bundle;
use crate::pki::certificate::Certificate;
use crate::pki::names::ServerName;
use crate::pki::passphrase;
use crate::pki::trust::TrustAnchors;
use crate::secret::Secret;
use crate::server::settings::CheckSettings;
use crate::system::root::Root;
use crate::system::{anchors, read};

/// What a passphrase file or a bundle of anchors may have at most.
const SIZE_LIMIT: u64 = 16 << 20;

/// By what certificates are judged, and with what keystores are opened.
#[derive(Debug, clap::Args)]
pub(crate) struct JudgingArgs {
    /// Judge as of then: 2027-01-31, or 2027-01-31T12:00:00Z
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) at: Option<OffsetDateTime>,
    /// Name that each leaf has to cover [default: of a server the one it is asked by]
    #[arg(long, value_name = "NAME", value_parser = host_name)]
    pub(crate) host: Option<ServerName>,
    /// Trust anchors besides the system's (repeatable)
    #[arg(long, value_name = "FILE")]
    ca: Vec<PathBuf>,
    /// File with the passphrase of keystores and keys in its first line
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// The same in base64, as the Web API's
    #[arg(long, value_name = "FILE")]
    passphrase_base64_file: Option<PathBuf>,
    /// How long one server may take
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = duration)]
    pub(crate) timeout: Duration,
}

impl JudgingArgs {
    /// Nothing given but this.
    pub(crate) fn with_timeout(timeout: Duration) -> Self {
        Self {
            at: None,
            host: None,
            ca: Vec::new(),
            passphrase_file: None,
            passphrase_base64_file: None,
            timeout,
        }
    }

    /// CAs hand out bundles of root and intermediates. A server has to send its intermediates whoever
    /// knows them here, so beside a root they are no anchors.
    pub(crate) fn anchors(&self, settings: &CheckSettings, root: &Root) -> Result<TrustAnchors> {
        let mut given = Vec::new();
        for path in self.ca.iter().chain(&settings.ca) {
            let bytes = read::input(root, path, SIZE_LIMIT)?.bytes;
            let read = bundle::read(&path.display().to_string(), bytes.expose())?;
            let has_root = read.certificates.iter().any(Certificate::is_self_issued);
            let certificates = read.certificates.into_iter();
            given.extend(certificates.filter(|it| !has_root || it.is_self_issued()));
        }
        Ok(TrustAnchors::new(given, anchors::system_bundle))
    }

    pub(crate) fn passphrases(&self, root: &Root) -> Result<Vec<Secret>> {
        let mut passphrases = Vec::new();
        if let Some(file) = &self.passphrase_file {
            let bytes = read::input(root, file, SIZE_LIMIT)?.bytes;
            passphrases.push(passphrase::first_line(&bytes));
        }
        if let Some(file) = &self.passphrase_base64_file {
            let bytes = read::input(root, file, SIZE_LIMIT)?.bytes;
            let name = file.display().to_string();
            let candidates = passphrase::decode_base64_file(&name, &bytes)?;
            passphrases.push(candidates.stripped().clone());
            passphrases.extend(candidates.raw().cloned());
        }
        Ok(passphrases)
    }
}

/// A date means its first second, UTC.
fn moment(text: &str) -> Result<OffsetDateTime, String> {
    let date = || Date::parse(text, format_description!("[year]-[month]-[day]"));
    OffsetDateTime::parse(text, &Rfc3339)
        .or_else(|_| date().map(|date| date.midnight().assume_utc()))
        .map_err(|_| "a time is written like 2027-01-31 or 2027-01-31T12:00:00Z".to_owned())
}

fn host_name(text: &str) -> Result<ServerName, String> {
    ServerName::parse(text).map_err(|error| error.to_string())
}
