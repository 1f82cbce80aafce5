//! The properties files, open, and what is effective in them.

use std::path::PathBuf;

use crate::config::props::{Properties, Property, Scope};
use crate::error::{Error, PropsError};
use crate::pki::findings::Code;
use crate::server::inventory::collector::Collector;
use crate::server::inventory::{Presence, Role, Service, Setting, Value, Wanted};
use crate::server::layout::Layout;
use crate::server::properties::PropertyFiles;

/// The files that could be read and understood.
pub(super) struct OpenProperties {
    /// `None`: it cannot be told.
    pub(super) layout: Option<Layout>,
    /// By name, in the order in which they are asked for the Web API Service's settings.
    pub(super) files: Vec<(&'static str, Properties)>,
    /// Whether that is all of them.
    is_whole: bool,
}

impl OpenProperties {
    pub(super) fn read(collector: &mut Collector<'_>) -> Self {
        let folder = &collector.site.settings.properties.folder;
        let layout = match Layout::find(folder, collector.host) {
            Ok(layout) => Some(layout),
            Err(error) => {
                collector.unreadable(folder, &error);
                None
            }
        };
        let mut names = layout
            .as_ref()
            .map(Layout::web_api_files)
            .unwrap_or_default();
        let dispatcher = layout.as_ref().and_then(Layout::dispatcher_file);
        names.extend(dispatcher.filter(|it| !names.contains(it)));
        let mut opened = PropertyFiles::new(folder, collector.host);
        let mut files = Vec::new();
        let mut is_whole = layout.is_some();
        for name in names {
            let path = folder.join(name);
            let file = collector.look(&path, Role::Properties, Wanted::default(), None);
            collector.file(file);
            match opened.open(name) {
                Ok(properties) => files.push((name, properties)),
                Err(error) => {
                    is_whole = false;
                    collector.unreadable(&path, &error);
                }
            }
        }
        Self {
            layout,
            files,
            is_whole,
        }
    }

    /// What decides on `key` for the Web API Service: of several files the first that has it.
    pub(super) fn web_api(
        &self,
        key: &str,
        scope: &Scope,
        collector: &mut Collector<'_>,
    ) -> Option<Property> {
        let property = self
            .each(key, scope, collector)
            .into_iter()
            .map(|(_, property)| property)
            .next()?;
        if property.ends_in_blank() {
            let source = collector.shown(&property.at.path);
            let message = format!(
                "{}: the value of {key} ends in a blank, which the server takes as part of it",
                property.at
            );
            collector.finding(source, Code::SettingMismatch, message);
        }
        collector.setting(Setting {
            key: key.to_owned(),
            condition: None,
            value: Value::Set {
                value: property.text().trim().to_owned(),
                at: property.at.clone(),
            },
            service: Some(Service::WebApi),
        });
        Some(property)
    }

    /// Takes down that no file has `key`, as far as they could be read.
    pub(super) fn not_set(
        &self,
        key: &str,
        scope: &Scope,
        default: Option<String>,
        collector: &mut Collector<'_>,
    ) {
        let is_clear = |(_, it): &(_, Properties)| it.effective(key, scope).is_ok();
        let value = match (self.is_whole && self.files.iter().all(is_clear), default) {
            (true, Some(default)) => Value::Default(default),
            (true, None) => Value::Unset,
            (false, _) => Value::Unknown { at: None },
        };
        collector.setting(Setting {
            key: key.to_owned(),
            condition: None,
            value,
            service: Some(Service::WebApi),
        });
    }

    /// The same in each file.
    pub(super) fn each(
        &self,
        key: &str,
        scope: &Scope,
        collector: &mut Collector<'_>,
    ) -> Vec<(&'static str, Property)> {
        let mut found = Vec::new();
        for (name, properties) in &self.files {
            match properties.effective(key, scope) {
                Ok(property) => found.extend(property.map(|property| (*name, property))),
                Err(error) => {
                    let path = collector.site.settings.properties.folder.join(name);
                    collector.unreadable(&path, &Error::from(error));
                }
            }
        }
        found
    }
}

/// The path that a property names. Placeholders are the running server's to resolve.
pub(super) fn path(property: &Property) -> Result<PathBuf, String> {
    let value = property.text().trim().to_owned();
    match value.starts_with('/') && !value.contains(['<', '$']) {
        true => Ok(value.into()),
        false => Err(format!(
            "{}: {} = {value} is no path that can be looked up; write it out",
            property.at, property.key
        )),
    }
}

/// Of assignments of which nobody knows whether they apply here: those that name what is there.
pub(super) fn doubtful(
    properties: &Properties,
    key: &str,
    error: &PropsError,
    collector: &Collector<'_>,
) -> Vec<Property> {
    if !matches!(error, PropsError::Uncertain { .. }) {
        return Vec::new();
    }
    let is_there = |property: &Property| {
        path(property).is_ok_and(|path| {
            let file = collector.look(&path, Role::Keystore, Wanted::default(), None);
            file.presence != Presence::Absent
        })
    };
    let all = properties.assignments(key).into_iter();
    all.filter(|it| it.key == key).filter(is_there).collect()
}
