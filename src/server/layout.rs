//! Which properties files this server reads. Releases differ: docs/formats.md says how.

use std::path::{Path, PathBuf};

use crate::error::{Result, WebapiError};
use crate::system::host::Host;

/// On releases from 20200331 this is a link into `/etc/sysconfig/deephaven`, and properties come from
/// the configuration server; the files on disk are reference copies (Deephaven's manual).
const CONFIGURATION: &str = "/etc/sysconfig/illumon.d";

const CONFIGURATION_NOW: &str = "/etc/sysconfig/deephaven";

/// The program that reads and writes the configuration server's properties.
const DHCONFIG: &str = "/usr/illumon/latest/bin/dhconfig";

const SHARED: [&str; 2] = ["iris-common.prop", "openapi-defaults.prop"];
const LEGACY_DISPATCHER: &str = "iris-query-server.prop";
const LEGACY_WEB_API: &str = "web_api_service.prop";

/// Where the properties of the Web API Service and of the dispatcher are set.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// The configuration server (etcd) has them; `evidence` is what shows it.
    ConfigurationServer {
        evidence: PathBuf,
        /// The file whose reference copy lies on disk, if one does.
        file: Option<&'static str>,
    },
    /// A legacy server that lacks one of its two files.
    HalfLegacy {
        present: &'static str,
        missing: &'static str,
    },
    /// One file for each of the two services.
    Legacy {
        dispatcher: &'static str,
        web_api: &'static str,
    },
    /// No properties file at all.
    None,
    /// One file for all services.
    Shared { file: &'static str },
}

impl Layout {
    /// Looks which files there are in `folder`.
    ///
    /// # Errors
    /// A folder that cannot be read.
    pub(crate) fn find(folder: &Path, host: &Host) -> Result<Self> {
        let shared = find_shared(folder, host)?;
        if let Some(evidence) = configuration_server(host)? {
            return Ok(Self::ConfigurationServer {
                evidence,
                file: shared,
            });
        }
        if let Some(file) = shared {
            return Ok(Self::Shared { file });
        }
        let exists = |file| host.root.exists(&folder.join(file));
        match (exists(LEGACY_DISPATCHER)?, exists(LEGACY_WEB_API)?) {
            (false, false) => Ok(Self::None),
            (true, true) => Ok(Self::Legacy {
                dispatcher: LEGACY_DISPATCHER,
                web_api: LEGACY_WEB_API,
            }),
            (true, false) => Ok(Self::HalfLegacy {
                present: LEGACY_DISPATCHER,
                missing: LEGACY_WEB_API,
            }),
            (false, true) => Ok(Self::HalfLegacy {
                present: LEGACY_WEB_API,
                missing: LEGACY_DISPATCHER,
            }),
        }
    }

    /// That the properties can be set by editing files.
    ///
    /// # Errors
    /// They are elsewhere, not all there, or nowhere; the error names the way out.
    pub(crate) fn require_files(&self, folder: &Path) -> Result<(), WebapiError> {
        match self {
            Self::ConfigurationServer { evidence, file } => Err(WebapiError::ConfigurationServer {
                evidence: evidence.clone(),
                folder: folder.to_owned(),
                file: file.unwrap_or(SHARED[0]),
            }),
            Self::HalfLegacy { present, missing } => Err(WebapiError::HalfLegacy {
                folder: folder.to_owned(),
                present,
                missing,
            }),
            Self::Legacy { .. } | Self::Shared { .. } => Ok(()),
            Self::None => Err(WebapiError::NoProperties {
                folder: folder.to_owned(),
            }),
        }
    }

    /// The files in which the Web API Service's TLS properties are set.
    pub(crate) fn web_api_files(&self) -> Vec<&'static str> {
        match self {
            Self::ConfigurationServer { file, .. } => file.iter().copied().collect(),
            Self::HalfLegacy { present: file, .. } | Self::Shared { file } => vec![file],
            Self::Legacy {
                dispatcher,
                web_api,
            } => vec![web_api, dispatcher],
            Self::None => Vec::new(),
        }
    }

    /// The file in which the dispatcher's properties are set.
    pub(crate) fn dispatcher_file(&self) -> Option<&'static str> {
        match self {
            Self::ConfigurationServer { file, .. } => *file,
            Self::HalfLegacy { present: file, .. } | Self::Shared { file } => Some(file),
            Self::Legacy { dispatcher, .. } => Some(dispatcher),
            Self::None => None,
        }
    }
}

fn find_shared(folder: &Path, host: &Host) -> Result<Option<&'static str>> {
    for file in SHARED {
        if host.root.exists(&folder.join(file))? {
            return Ok(Some(file));
        }
    }
    Ok(None)
}

fn configuration_server(host: &Host) -> Result<Option<PathBuf>> {
    if host.root.exists(Path::new(CONFIGURATION))? {
        let real = host.root.canonical(Path::new(CONFIGURATION))?;
        if real.starts_with(CONFIGURATION_NOW) {
            return Ok(Some(CONFIGURATION.into()));
        }
    }
    let program = Path::new(DHCONFIG);
    Ok(host.root.exists(program)?.then(|| program.into()))
}
