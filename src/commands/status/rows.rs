//! The inventory as rows of the report.

use std::path::{Path, PathBuf};

use crate::error::Position;
use crate::pki::findings::Code;
use crate::report::scan::ErrorRow;
use crate::report::status::{
    ClientUpdatesRow, FileRow, FileState, Layout as LayoutWord, Origin, PropertiesRow, ServedBy,
    ServerRow, SettingRow, WantedRow,
};
use crate::server::inventory::{
    ClientUpdates, Inventory, Missing, Presence, Role, ServerFile, Service, Setting, Value, Wanted,
};
use crate::server::layout::Layout;
use crate::server::site::Site;
use crate::system::account;
use crate::system::host::Host;

/// The inventory as people and programs see it.
pub(super) struct Shown<'a> {
    pub(super) inventory: &'a Inventory,
    pub(super) host: &'a Host,
    pub(super) site: &'a Site,
}

impl Shown<'_> {
    pub(super) fn server(&self, settings: Option<&Path>) -> ServerRow {
        let root = &self.host.root;
        // Without the slash at its end.
        let below: PathBuf = root.shown(Path::new("/")).components().collect();
        let settings = settings.map(|path| match path.is_absolute() {
            true => self.path(path),
            false => path.display().to_string(),
        });
        ServerRow {
            root: (!root.is_real()).then(|| below.display().to_string()),
            settings_file: settings,
            properties: self.properties(),
            client_updates: self.client_updates(),
        }
    }

    fn properties(&self) -> PropertiesRow {
        let folder = &self.site.settings.properties.folder;
        let in_folder = |name: &str| self.path(&folder.join(name));
        let mut row = PropertiesRow {
            layout: LayoutWord::Unknown,
            files: Vec::new(),
            evidence: None,
            missing: None,
            folder: self.path(folder),
        };
        let Some(layout) = &self.inventory.layout else {
            return row;
        };
        row.files = layout.web_api_files().into_iter().map(in_folder).collect();
        row.layout = match layout {
            Layout::ConfigurationServer { evidence, .. } => {
                row.evidence = Some(self.path(evidence));
                LayoutWord::ConfigurationServer
            }
            Layout::HalfLegacy { missing, .. } => {
                row.missing = Some(in_folder(missing));
                LayoutWord::HalfLegacy
            }
            Layout::Legacy { .. } => LayoutWord::LegacyPair,
            Layout::None => LayoutWord::None,
            Layout::Shared { .. } => LayoutWord::OneFile,
        };
        row
    }

    fn client_updates(&self) -> ClientUpdatesRow {
        let (served_by, evidence) = match &self.inventory.client_updates {
            Some(ClientUpdates::Lighttpd(path)) => (ServedBy::Lighttpd, Some(path)),
            Some(ClientUpdates::Nobody) => (ServedBy::Nobody, None),
            Some(ClientUpdates::WebApi(path)) => (ServedBy::WebApi, Some(path)),
            None => (ServedBy::Unknown, None),
        };
        ClientUpdatesRow {
            served_by,
            evidence: evidence.map(|path| self.path(path)),
        }
    }

    /// Each file once, by what it is to the server.
    pub(super) fn files(&self, findings: &[ErrorRow]) -> Vec<FileRow> {
        let Inventory {
            sources,
            files,
            missing,
            ..
        } = self.inventory;
        let there = sources
            .iter()
            .flat_map(|it| [(Some(&it.file), true), (it.passphrase.as_ref(), true)]);
        let missing = missing.iter().flat_map(|Missing { found, is_needed }| {
            let passphrase = found.passphrase.as_ref();
            [(Some(&found.file), *is_needed), (passphrase, *is_needed)]
        });
        let others = files.iter().map(|file| (Some(file), is_needed(file)));
        let mut all: Vec<(&ServerFile, bool)> = there
            .chain(missing)
            .chain(others)
            .filter_map(|(file, is_needed)| Some((file?, is_needed)))
            .collect();
        all.sort_by_key(|(file, _)| place(file.role));
        let mut rows: Vec<FileRow> = Vec::new();
        for (file, is_needed) in all {
            if !rows.iter().any(|row| row.path == file.shown) {
                rows.push(self.file(file, is_needed, findings));
            }
        }
        rows
    }

    fn file(&self, file: &ServerFile, needed: bool, findings: &[ErrorRow]) -> FileRow {
        let (state, attributes) = match file.presence {
            Presence::Absent => (FileState::Missing, None),
            Presence::Hidden { .. } => (FileState::Hidden, None),
            Presence::There { mode, owner } => (FileState::There, Some((mode, owner))),
        };
        let is_about = |row: &ErrorRow| {
            row.source == file.shown
                && matches!(row.finding.code, Code::WrongOwner | Code::LoosePermissions)
        };
        let wanted = &file.wanted;
        let is_wrong = findings.iter().any(is_about);
        let is_known = is_wrong || self.can_compare(wanted);
        let right = attributes.filter(|_| is_known && *wanted != Wanted::default());
        FileRow {
            role: file.role.to_string(),
            path: file.shown.clone(),
            state,
            needed,
            owner: attributes.map(|(_, owner)| account::names(owner)),
            mode: attributes.map(|(mode, _)| mode.to_string()),
            real_path: self.real_path(&file.path),
            wanted: WantedRow {
                user: wanted.user.clone(),
                group: wanted.group.clone(),
                mode: wanted.mode.map(|mode| mode.to_string()),
            },
            right: right.map(|_| !is_wrong),
            named_at: file.named_at.as_ref().map(|at| self.position(at)),
        }
    }

    /// Below another root the server's accounts need not be known here, and only root can set owners.
    fn can_compare(&self, wanted: &Wanted) -> bool {
        let (user, group) = (wanted.user.as_deref(), wanted.group.as_deref());
        if self.host.root.is_real() || (user, group) == (None, None) {
            return true;
        }
        let known = account::owner(user.unwrap_or("0"), group.unwrap_or("0"));
        self.host.is_superuser() && known.is_ok()
    }

    /// Where links lead to, if there are any.
    fn real_path(&self, path: &Path) -> Option<String> {
        let real = self.host.root.canonical(path).ok()?;
        (real != path).then(|| self.path(&real))
    }

    /// Each once: several services may share one.
    pub(super) fn settings(&self) -> Vec<SettingRow> {
        let mut seen: Vec<&Setting> = Vec::new();
        for setting in &self.inventory.settings {
            if !seen.contains(&setting) {
                seen.push(setting);
            }
        }
        seen.into_iter()
            .map(|setting| self.setting(setting))
            .collect()
    }

    fn setting(&self, setting: &Setting) -> SettingRow {
        let (origin, value, at) = match &setting.value {
            Value::Default(value) => (Origin::Default, Some(value), None),
            Value::Set { value, at } => (Origin::File, Some(value), Some(at)),
            Value::Unknown { at } => (Origin::Unknown, None, at.as_ref()),
            Value::Unset => (Origin::Unset, None, None),
        };
        SettingRow {
            service: setting.service.map(name),
            key: setting.key.clone(),
            condition: setting.condition.clone(),
            value: value.cloned(),
            origin,
            file: at.map(|at| self.path(&at.path)),
            line: at.map(|at| at.line),
        }
    }

    fn path(&self, path: &Path) -> String {
        self.host.root.shown(path).display().to_string()
    }

    fn position(&self, at: &Position) -> String {
        format!("{}:{}", self.path(&at.path), at.line)
    }
}

/// How programs call a service.
pub(super) fn name(service: Service) -> &'static str {
    match service {
        Service::ClientUpdate => "client-update",
        Service::WebApi => "web-api",
    }
}

/// Of files that nobody names some belong to a use that not every server has.
fn is_needed(file: &ServerFile) -> bool {
    let optional = [Role::Input, Role::PrivateKey, Role::Users];
    file.named_at.is_some() || !optional.contains(&file.role)
}

/// The Web API's first, then the Client Update Service's, then what people started from.
fn place(role: Role) -> usize {
    let order = [
        Role::Keystore,
        Role::Passphrase,
        Role::Properties,
        Role::ServiceFile,
        Role::Lighttpd,
        Role::Bundle,
        Role::Certificate,
        Role::PrivateKey,
        Role::Launcher,
        Role::Users,
        Role::Input,
    ];
    order
        .iter()
        .position(|it| *it == role)
        .unwrap_or(order.len())
}
