//! The inventory while it is being made.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::error::{Error, FileError, Position};
use crate::pki::findings::{Code, Finding};
use crate::server::inventory::attributes;
use crate::server::inventory::{
    AskedEndpoint, ClientUpdates, Found, Inventory, Missing, Presence, Role, ServerFile, Service,
    ServiceState, Setting, ToldName, Wanted,
};
use crate::server::layout::Layout;
use crate::server::site::Site;
use crate::system::history;
use crate::system::host::Host;
use crate::system::snapshot;

/// Inputs of the runbook's commands, certificate and key. They are of use to dhtls alone.
const INPUTS: [(&str, &str); 2] = [
    (
        "/etc/ssl/certs/lighttpd.crt",
        "/etc/ssl/private/lighttpd.key",
    ),
    ("/etc/ssl/certs/tls.crt", "/etc/ssl/certs/tls.key"),
];

pub(super) struct Collector<'a> {
    pub(super) host: &'a Host,
    pub(super) site: &'a Site,
    found: Inventory,
    /// Folders into which nobody lets us look, as far as that was said.
    closed: Vec<PathBuf>,
}

impl<'a> Collector<'a> {
    pub(super) fn new(host: &'a Host, site: &'a Site) -> Self {
        Self {
            host,
            site,
            found: Inventory::default(),
            closed: Vec::new(),
        }
    }

    /// What lies at a path of the server.
    pub(super) fn look(
        &self,
        path: &Path,
        role: Role,
        wanted: Wanted,
        named_at: Option<&Position>,
    ) -> ServerFile {
        let presence = match self.host.root.stat(path) {
            Ok(None) => Presence::Absent,
            Ok(Some(stat)) => Presence::There {
                mode: snapshot::mode(&stat),
                owner: snapshot::owner(&stat),
            },
            Err(error) => Presence::Hidden {
                why: match attributes::who_may_enter(path, &self.host.root) {
                    Some(hint) => format!("{error}; {hint}"),
                    None => error.to_string(),
                },
            },
        };
        ServerFile {
            path: path.to_owned(),
            shown: self.shown(path),
            role,
            wanted,
            presence,
            named_at: named_at.cloned(),
        }
    }

    pub(super) fn shown(&self, path: &Path) -> String {
        self.host.root.shown(path).display().to_string()
    }

    /// Says it once.
    pub(super) fn finding(&mut self, source: impl Into<String>, code: Code, message: String) {
        let finding = (source.into(), Finding::new(code, message));
        if !self.found.findings.contains(&finding) {
            self.found.findings.push(finding);
        }
    }

    /// A file that says how things are, and cannot be read or understood.
    pub(super) fn unreadable(&mut self, path: &Path, error: &Error) {
        let hint = match error {
            Error::File(error) if is_denied(error) => self.who_may(path),
            other => other.hint(),
        };
        let message = match hint {
            Some(hint) => format!("{error}; {hint}"),
            None => error.to_string(),
        };
        self.finding(self.shown(path), Code::Unreadable, message);
    }

    /// Takes up a file with certificates that is there. An absent one is a finding if it is `needed`:
    /// words for who needs it.
    pub(super) fn source(&mut self, found: Found, needed: Option<String>) {
        let is_needed = needed.is_some();
        let Found { file, .. } = &found;
        match (&file.presence, needed) {
            (Presence::Absent, None) => {}
            (Presence::Absent, Some(needed)) => {
                let (shown, message) =
                    (file.shown.clone(), format!("{needed}, and it is not there"));
                self.finding(shown, Code::Unreadable, message);
            }
            (Presence::Hidden { why }, needed) => {
                let (shown, why) = (file.shown.clone(), why.clone());
                let folder = file.path.parent().map(Path::to_owned).unwrap_or_default();
                // What may as well not be there needs no second word about its folder.
                if needed.is_some() || !self.closed.contains(&folder) {
                    self.finding(shown, Code::Unreadable, why);
                }
                self.closed.push(folder);
            }
            (Presence::There { .. }, _) => {
                let known = self
                    .found
                    .sources
                    .iter()
                    .any(|it| it.file.path == file.path);
                if !known {
                    self.found.sources.push(found);
                }
                return;
            }
        }
        self.found.missing.push(Missing { found, is_needed });
    }

    pub(super) fn client_updates(&mut self, by: ClientUpdates) {
        self.found.client_updates = Some(by);
    }

    pub(super) fn file(&mut self, file: ServerFile) {
        self.found.files.push(file);
    }

    pub(super) fn setting(&mut self, setting: Setting) {
        self.found.settings.push(setting);
    }

    pub(super) fn service(&mut self, state: ServiceState) {
        self.found.services.push(state);
    }

    pub(super) fn told(&mut self, told: ToldName) {
        self.found.told.push(told);
    }

    /// Has a service asked that is on, unless services are left alone.
    pub(super) fn ask(&mut self, service: Service, endpoints: Vec<AskedEndpoint>) {
        if !self.site.restart {
            return;
        }
        if endpoints.is_empty() {
            let name = self.state(service).map(|state| state.name.clone());
            let message = "it is on in monit, and nobody knows where to ask it".to_owned();
            self.finding(name.unwrap_or_default(), Code::Unreachable, message);
        }
        self.found.endpoints.extend(endpoints);
    }

    /// The endpoint of the settings; none if it is not `HOST:PORT`.
    pub(super) fn given_endpoint(
        &mut self,
        given: &str,
        service: Service,
        server_name: String,
    ) -> Vec<AskedEndpoint> {
        match given.parse() {
            Ok(endpoint) => vec![AskedEndpoint {
                endpoint,
                server_name,
                service,
            }],
            Err(error) => {
                self.finding(given, Code::Unreachable, error.to_string());
                Vec::new()
            }
        }
    }

    pub(super) fn state(&self, service: Service) -> Option<&ServiceState> {
        self.found.service(service)
    }

    /// What clients call the server: what those of this service are told, else those of the other one,
    /// else the machine's own name.
    pub(super) fn server_name(&self, service: Service) -> String {
        let told = &self.found.told;
        let of_service = told.iter().find(|told| told.service == service);
        match of_service.or(told.first()) {
            Some(told) => told.name.to_string(),
            None => self.host.name(),
        }
    }

    pub(super) fn finish(mut self, layout: Option<Layout>) -> Inventory {
        self.found.layout = layout;
        if self.is_empty() {
            let folder = self.shown(&self.site.settings.properties.folder);
            let message = format!(
                "nothing of Deephaven was found: no properties in {folder}, no keystore, no lighttpd of \
                 the Client Update Service; name files or HOST:PORT to check them"
            );
            self.finding(self.shown(Path::new("/")), Code::Unreadable, message);
            return self.found;
        }
        self.inputs();
        self.pending();
        self.attributes();
        self.found
    }

    fn is_empty(&self) -> bool {
        let found = &self.found;
        matches!(found.layout, Some(Layout::None))
            && found.sources.is_empty()
            && found.findings.is_empty()
            && found
                .services
                .iter()
                .all(|state| state.on.is_none() && state.tls.is_none())
    }

    fn inputs(&mut self) {
        for (crt, key) in INPUTS {
            let crt = self.look(Path::new(crt), Role::Input, Wanted::default(), None);
            let key = self.look(Path::new(key), Role::PrivateKey, Wanted::mode(0o600), None);
            self.file(key);
            self.source(
                Found {
                    file: crt,
                    passphrase: None,
                    service: None,
                },
                None,
            );
        }
    }

    fn pending(&mut self) {
        let state = self.site.state_folder();
        match history::pending(self.host, &state) {
            Ok(None) => {}
            Ok(Some(record)) => {
                let message = format!(
                    "change {} ({}, begun {}) was not completed; the next dhtls command that changes things \
                     puts it back",
                    record.id, record.command, record.started
                );
                self.finding(self.shown(&state.path), Code::RecoveryPending, message);
            }
            // Only root can look, and root's own next run says it.
            Err(error) if is_denied(&error) => {}
            Err(error) => self.unreadable(&state.path, &error.into()),
        }
    }

    /// Who could read a file, or look into its folder.
    fn who_may(&self, path: &Path) -> Option<String> {
        let file = self.look(path, Role::Properties, Wanted::default(), None);
        match &file.presence {
            Presence::There { .. } => file.readers(),
            Presence::Absent | Presence::Hidden { .. } => {
                attributes::who_may_enter(path, &self.host.root)
            }
        }
    }

    /// Below another root only root can make owners what they should be.
    fn attributes(&mut self) {
        let is_real = self.host.root.is_real();
        let owners = match is_real || self.host.is_superuser() {
            true => attributes::Owners::Compared { is_real },
            false => attributes::Owners::LeftAlone,
        };
        let sources = self.found.sources.iter();
        let of_sources = sources.flat_map(|found| [Some(&found.file), found.passphrase.as_ref()]);
        let files = of_sources.flatten().chain(&self.found.files);
        let findings: Vec<(String, Finding)> = files
            .flat_map(|file| {
                let findings = attributes::findings(file, owners).into_iter();
                findings.map(|finding| (file.shown.clone(), finding))
            })
            .collect();
        for (source, finding) in findings {
            self.finding(source, finding.code, finding.message);
        }
    }
}

fn is_denied(error: &FileError) -> bool {
    matches!(error, FileError::Io { source, .. } if source.kind() == ErrorKind::PermissionDenied)
}
