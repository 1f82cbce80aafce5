//! The Web API Service: which keystore, passphrase and port its properties name, and how they are set.

use std::path::{Path, PathBuf};

use crate::config::props::{Change, Properties, Property, Scope};
use crate::error::{PropsError, Result, WebapiError};
use crate::server::layout::Layout;
use crate::server::monit_service::Names;
use crate::server::properties::PropertyFiles;
use crate::server::settings::WebapiSettings;

/// What the runbook calls it.
pub(crate) const USUAL_NAME: &str = "web_api_service";

pub(crate) const NAMES: Names = Names {
    enabled: "web_api_service.conf",
    disabled: &["web_api_service.disabled", "web_api_service.conf.disabled"],
    usual: &[USUAL_NAME],
    section: "[webapi]",
};

pub(super) const KEYSTORE: &str = "WebServer.tls.keystore";
pub(super) const PASSPHRASE_FILE: &str = "WebServer.tls.passphrase.file";
pub(super) const DISPATCHER_ENABLED: &str = "RemoteQueryDispatcher.websocket.enabled";
pub(super) const DISPATCHER_HOST: &str = "RemoteQueryDispatcherParameters.host";
pub(super) const PORT: &str = "Webapi.server.port";

/// The port without Envoy (Deephaven's manual).
pub(super) const DEFAULT_PORT: u16 = 8123;

/// What the properties and settings say of the service now.
#[derive(Debug)]
pub(crate) struct Webapi {
    pub(crate) keystore: PathBuf,
    pub(crate) passphrase_file: PathBuf,
    pub(crate) port: u16,
    /// The host name that clients are told to use, when it is set.
    pub(crate) host: Option<String>,
    /// What is odd in the properties, for people.
    pub(crate) notes: Vec<String>,
}

/// What is still to be done after the dispatcher's properties were set.
pub(crate) const DISPATCHER_PENDING: &str = "RemoteQueryDispatcher settings take effect when \
     db_query_server restarts, which stops all running queries: restart it at a quiet hour";

/// Paths given as flags, which beat properties and settings.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Places<'a> {
    pub(crate) keystore: Option<&'a Path>,
    pub(crate) passphrase_file: Option<&'a Path>,
    /// What to probe is known, so that the port in the properties does not matter.
    pub(crate) endpoint_is_known: bool,
}

/// A property to set.
#[derive(Debug)]
pub(crate) struct Wanted {
    pub(crate) key: &'static str,
    pub(crate) value: String,
}

/// A property as it was set, or found right.
#[derive(Debug)]
pub(crate) struct Set {
    pub(crate) key: &'static str,
    pub(crate) value: String,
    pub(crate) change: Change,
}

impl Webapi {
    /// Looks up what the service reads: flags, else properties, else settings, else the runbook.
    ///
    /// # Errors
    /// Files that cannot be read or understood, and values that only the server can resolve.
    pub(crate) fn read(
        layout: &Layout,
        files: &mut PropertyFiles<'_>,
        settings: &WebapiSettings,
        places: Places<'_>,
    ) -> Result<Self> {
        let mut found = Found::default();
        for file in layout.web_api_files() {
            found.look_into(
                &files.open(file)?,
                &web_api(),
                &[KEYSTORE, PASSPHRASE_FILE, PORT],
            )?;
        }
        if let Some(file) = layout.dispatcher_file() {
            found.look_into(&files.open(file)?, &dispatcher(), &[DISPATCHER_HOST])?;
        }
        let path = |given: Option<&Path>, key, default: &Path| match given {
            Some(given) => Ok(given.to_owned()),
            None => found
                .path(key)
                .map(|path| path.unwrap_or_else(|| default.to_owned())),
        };
        Ok(Self {
            keystore: path(places.keystore, KEYSTORE, &settings.keystore)?,
            passphrase_file: path(
                places.passphrase_file,
                PASSPHRASE_FILE,
                &settings.passphrase_file,
            )?,
            port: match places.endpoint_is_known {
                true => DEFAULT_PORT,
                false => found.port()?,
            },
            host: found.text(DISPATCHER_HOST),
            notes: found.notes,
        })
    }

    /// What the flags alone say, when the properties cannot be read and stay as they are; `None`: not
    /// enough.
    pub(crate) fn of_flags(places: Places<'_>, problem: &PropsError) -> Option<Self> {
        Some(Self {
            keystore: places.keystore?.to_owned(),
            passphrase_file: places.passphrase_file?.to_owned(),
            port: DEFAULT_PORT,
            host: None,
            notes: vec![format!("the properties were not read: {problem}")],
        })
    }

    pub(crate) fn wanted_tls(&self) -> [Wanted; 2] {
        let wanted = |key, path: &Path| Wanted {
            key,
            value: path.display().to_string(),
        };
        [
            wanted(KEYSTORE, &self.keystore),
            wanted(PASSPHRASE_FILE, &self.passphrase_file),
        ]
    }
}

/// `host` is the name in the certificate, by which browsers reach the dispatcher.
pub(crate) fn wanted_of_dispatcher(host: &str) -> [Wanted; 2] {
    [
        Wanted {
            key: DISPATCHER_ENABLED,
            value: "true".to_owned(),
        },
        Wanted {
            key: DISPATCHER_HOST,
            value: host.to_owned(),
        },
    ]
}

pub(crate) fn is_of_dispatcher(key: &str) -> bool {
    [DISPATCHER_ENABLED, DISPATCHER_HOST].contains(&key)
}

/// Sets the TLS properties where the Web API Service reads them, and the dispatcher's where it does.
///
/// # Errors
/// A key that is locked, or that hangs on something not known of the process, with its line.
pub(crate) fn set_properties(
    layout: &Layout,
    files: &mut PropertyFiles<'_>,
    tls: &[Wanted],
    of_dispatcher: &[Wanted],
) -> Result<Vec<Set>> {
    let mut done = Vec::new();
    for file in layout.web_api_files() {
        set(files, file, &web_api(), tls, &mut done)?;
    }
    if let Some(file) = layout.dispatcher_file() {
        set(files, file, &dispatcher(), of_dispatcher, &mut done)?;
    }
    Ok(done)
}

fn set(
    files: &mut PropertyFiles<'_>,
    file: &str,
    scope: &Scope,
    wanted: &[Wanted],
    done: &mut Vec<Set>,
) -> Result<()> {
    let mut properties = files.open(file)?;
    for Wanted { key, value } in wanted {
        let change = properties.set(key, value, scope)?;
        let value = value.clone();
        done.push(Set { key, value, change });
    }
    files.keep(&properties);
    Ok(())
}

pub(super) fn web_api() -> Scope {
    Scope::service(USUAL_NAME)
}

/// Its TLS settings are read by the process that starts queries.
pub(super) fn dispatcher() -> Scope {
    Scope::service("dbquery")
}

/// Effective properties; of several files the first that has one decides.
#[derive(Default)]
struct Found {
    properties: Vec<Property>,
    notes: Vec<String>,
}

impl Found {
    fn look_into(&mut self, properties: &Properties, scope: &Scope, keys: &[&str]) -> Result<()> {
        for note in properties.notes() {
            let text = note.to_string();
            if !self.notes.contains(&text) {
                self.notes.push(text);
            }
        }
        for key in keys
            .iter()
            .filter(|key| self.get(key).is_none())
            .collect::<Vec<_>>()
        {
            if let Some(property) = properties.effective(key, scope)? {
                if property.ends_in_blank() {
                    self.notes.push(format!(
                        "{}: the value of {key} ends in a blank, which the server takes as part of it",
                        property.at
                    ));
                }
                self.properties.push(property);
            }
        }
        Ok(())
    }

    fn get(&self, key: &str) -> Option<&Property> {
        self.properties.iter().find(|property| property.key == key)
    }

    /// Without the blank that someone left behind it.
    fn text(&self, key: &str) -> Option<String> {
        let text = self.get(key)?.text().trim().to_owned();
        (!text.is_empty()).then_some(text)
    }

    fn path(&self, key: &str) -> Result<Option<PathBuf>> {
        match (self.text(key), self.get(key)) {
            (Some(value), Some(property))
                if !value.starts_with('/') || value.contains(['<', '$']) =>
            {
                let place = property.at.to_string();
                Err(WebapiError::Placeholder { place, value }.into())
            }
            (value, _) => Ok(value.map(PathBuf::from)),
        }
    }

    fn port(&self) -> Result<u16> {
        let Some(value) = self.text(PORT) else {
            return Ok(DEFAULT_PORT);
        };
        value.parse().map_err(|_| {
            let place = self
                .get(PORT)
                .map(|property| property.at.to_string())
                .unwrap_or_default();
            WebapiError::BadPort { place, value }.into()
        })
    }
}
