//! Keystores of the other services, through the properties of every scope and by their usual places.

use std::path::Path;

use crate::config::props::{Properties, Property, Scope};
use crate::error::{Error, PropsError};
use crate::pki::findings::Code;
use crate::server::inventory::collector::Collector;
use crate::server::inventory::properties::{self, OpenProperties};
use crate::server::inventory::{Found, Role, Setting, Value, Wanted};
use crate::server::webapi;
use crate::system::plan::Mode;

/// Ends the key of every property that names a keystore: `tls.keystore`, `WebServer.tls.keystore`.
const SUFFIX: &str = "tls.keystore";

/// Made by the installer, each with its passphrase where Deephaven's manual says. Later releases leave
/// them out, and may name them in properties as well.
const USUAL: [(&str, Option<&str>); 2] = [
    (
        "/etc/sysconfig/illumon.d/auth/keystore.authserver.p12",
        Some("/db/TempFiles/irisadmin/.auth_passphrase"),
    ),
    (
        "/etc/sysconfig/illumon.d/auth/keystore.configuration_server.p12",
        None,
    ),
];

pub(super) fn add(collector: &mut Collector<'_>, open: &OpenProperties) {
    for (name, properties) in &open.files {
        let mut keys: Vec<String> = properties
            .assignments(SUFFIX)
            .into_iter()
            .map(|property| property.key)
            .filter(|key| *key == SUFFIX || key.ends_with(&format!(".{SUFFIX}")))
            // The Web API Service's own is taken up already, and nobody else reads it.
            .filter(|key| key != webapi::KEYSTORE)
            .collect();
        keys.sort();
        keys.dedup();
        for key in keys {
            of_key(collector, name, properties, &key);
        }
    }
    for (keystore, passphrase) in USUAL {
        take_up(
            collector,
            Path::new(keystore),
            None,
            passphrase.map(Path::new),
            None,
        );
    }
}

/// What each service that some scope names, and any other one, finds under `key`.
fn of_key(collector: &mut Collector<'_>, file: &str, properties: &Properties, key: &str) {
    let is_scoped = |it: &Property| it.key == key && !it.scope.is_empty();
    let mut services = match properties.assignments(key).iter().any(is_scoped) {
        true => properties.services(),
        false => Vec::new(),
    };
    services.push(String::new());
    for service in services {
        let scope = Scope::service(&service);
        let found = match properties.effective(key, &scope) {
            Ok(found) => found.into_iter().collect(),
            Err(error) => {
                let doubtful = properties::doubtful(properties, key, &error, collector);
                if !matches!(error, PropsError::Uncertain { .. }) {
                    let path = collector.site.settings.properties.folder.join(file);
                    collector.unreadable(&path, &Error::from(error));
                }
                doubtful
            }
        };
        for property in found {
            named(collector, properties, &property, &scope);
        }
    }
}

fn named(
    collector: &mut Collector<'_>,
    properties: &Properties,
    property: &Property,
    scope: &Scope,
) {
    let path = match properties::path(property) {
        Ok(path) => path,
        Err(problem) => {
            let source = collector.shown(&property.at.path);
            return collector.finding(source, Code::Unreadable, problem);
        }
    };
    let prefix = property.key.strip_suffix("keystore").unwrap_or_default();
    let passphrase = properties.effective(&format!("{prefix}passphrase.file"), scope);
    let passphrase = passphrase.ok().flatten();
    let passphrase_path = passphrase.as_ref().and_then(|it| properties::path(it).ok());
    let usual = USUAL
        .iter()
        .find(|(keystore, _)| path == Path::new(keystore));
    let usual = usual.and_then(|(_, passphrase)| passphrase.map(Path::new));
    collector.setting(Setting {
        key: property.key.clone(),
        condition: None,
        value: Value::Set {
            value: path.display().to_string(),
            at: property.at.clone(),
        },
        service: None,
    });
    let passphrase = passphrase.as_ref();
    let passphrase_path = passphrase_path.as_deref().or(usual);
    take_up(
        collector,
        &path,
        Some(property),
        passphrase_path,
        passphrase,
    );
}

fn take_up(
    collector: &mut Collector<'_>,
    keystore: &Path,
    property: Option<&Property>,
    passphrase: Option<&Path>,
    passphrase_property: Option<&Property>,
) {
    // They are made for one user alone (Deephaven's manual); of others that nobody else changes them.
    let wanted = match USUAL.iter().any(|(usual, _)| keystore == Path::new(usual)) {
        true => Wanted {
            user: Some(collector.site.settings.webapi.owner.clone()),
            group: None,
            mode: Some(Mode(0o400)),
        },
        false => Wanted::mode(0o440),
    };
    let at = |property: Option<&Property>| property.map(|it| it.at.clone());
    let named_at = at(property);
    let file = collector.look(keystore, Role::Keystore, wanted.clone(), named_at.as_ref());
    let passphrase = passphrase.map(|path| {
        let named_at = at(passphrase_property);
        collector.look(path, Role::Passphrase, wanted, named_at.as_ref())
    });
    let needed = property.map(|it| format!("{}: {} names it", it.at, it.key));
    let found = Found {
        file,
        passphrase,
        service: None,
    };
    collector.source(found, needed);
}
