//! The Web API Service: its keystore, its port, the name that browsers are told.

use std::path::{Path, PathBuf};

use crate::config::props::{Property, Scope};
use crate::pki::findings::Code;
use crate::pki::names::ServerName;
use crate::server::inventory::collector::Collector;
use crate::server::inventory::properties::{self, OpenProperties};
use crate::server::inventory::{AskedEndpoint, Found, Role, Service, ServiceState, ToldName};
use crate::server::inventory::{Wanted, services};
use crate::server::layout::Layout;
use crate::server::settings::WebapiSettings;
use crate::server::webapi::{
    self, DEFAULT_PORT, DISPATCHER_ENABLED, DISPATCHER_HOST, KEYSTORE, NAMES, PASSPHRASE_FILE, PORT,
};
use crate::system::endpoint::Endpoint;

const SERVICE: Service = Service::WebApi;

pub(super) fn add(collector: &mut Collector<'_>, properties: &OpenProperties) {
    let given = collector.site.settings.webapi.service.as_deref();
    let state = ServiceState {
        tls: properties
            .layout
            .as_ref()
            .filter(|it| **it != Layout::None)
            .map(|_| true),
        ..services::state(SERVICE, &NAMES, given, collector)
    };
    let is_on = state.on == Some(true);
    collector.service(state);
    keystore(collector, properties, is_on);
    dispatcher(collector, properties);
    differences(collector, properties);
    let port = port(collector, properties);
    if is_on {
        let endpoints = endpoints(collector, port);
        collector.ask(SERVICE, endpoints);
    }
}

fn keystore(collector: &mut Collector<'_>, open: &OpenProperties, is_on: bool) {
    let scope = webapi::web_api();
    let settings = &collector.site.settings.webapi;
    let (path, property) = place(collector, open, KEYSTORE, &settings.keystore, &scope);
    let wanted = wanted(settings);
    let named = property.as_ref().map(|property| &property.at);
    let file = collector.look(&path, Role::Keystore, wanted.clone(), named);
    let (path, passphrase) = place(
        collector,
        open,
        PASSPHRASE_FILE,
        &settings.passphrase_file,
        &scope,
    );
    let named = passphrase.as_ref().map(|property| &property.at);
    let passphrase = collector.look(&path, Role::Passphrase, wanted, named);
    let needed = match &property {
        Some(property) => Some(format!("{}: {KEYSTORE} names it", property.at)),
        None => is_on.then(|| "it is the keystore of the Web API Service".to_owned()),
    };
    let found = Found {
        file,
        passphrase: Some(passphrase),
        service: Some(SERVICE),
    };
    collector.source(found, needed);
}

/// What a property says, else the settings.
fn place(
    collector: &mut Collector<'_>,
    open: &OpenProperties,
    key: &str,
    default: &Path,
    scope: &Scope,
) -> (PathBuf, Option<Property>) {
    let Some(property) = open.web_api(key, scope, collector) else {
        open.not_set(key, scope, Some(default.display().to_string()), collector);
        return (default.to_owned(), None);
    };
    match properties::path(&property) {
        Ok(path) => (path, Some(property)),
        Err(problem) => {
            let source = collector.shown(&property.at.path);
            collector.finding(source, Code::Unreadable, problem);
            (default.to_owned(), None)
        }
    }
}

fn wanted(settings: &WebapiSettings) -> Wanted {
    Wanted {
        user: Some(settings.owner.clone()),
        group: Some(settings.group.clone()),
        mode: Some(settings.mode),
    }
}

fn dispatcher(collector: &mut Collector<'_>, open: &OpenProperties) {
    let scope = webapi::dispatcher();
    if open
        .web_api(DISPATCHER_ENABLED, &scope, collector)
        .is_none()
    {
        open.not_set(DISPATCHER_ENABLED, &scope, None, collector);
    }
    let Some(property) = open.web_api(DISPATCHER_HOST, &scope, collector) else {
        open.not_set(DISPATCHER_HOST, &scope, None, collector);
        return;
    };
    told(collector, &property, SERVICE);
}

/// A property that tells clients a name; an empty one tells none.
pub(super) fn told(collector: &mut Collector<'_>, property: &Property, service: Service) {
    let value = property.text().trim().to_owned();
    if value.is_empty() {
        return;
    }
    let (key, at) = (property.key.clone(), property.at.clone());
    match ServerName::parse(&value) {
        Ok(name) => collector.told(ToldName {
            key,
            name,
            at,
            service,
        }),
        Err(error) => {
            let source = collector.shown(&at.path);
            collector.finding(
                source,
                Code::SettingMismatch,
                format!("{at}: {key}: {error}"),
            );
        }
    }
}

/// On a legacy server two processes read their TLS settings from two files, and have to agree.
fn differences(collector: &mut Collector<'_>, open: &OpenProperties) {
    if open.files.len() < 2 {
        return;
    }
    let scope = webapi::web_api();
    for key in [KEYSTORE, PASSPHRASE_FILE] {
        let found = open.each(key, &scope, collector);
        let message = match found.as_slice() {
            [(_, one), (_, other), ..] if one.value != other.value => format!(
                "{}: {key} = {}, but {} says {}",
                one.at,
                one.text(),
                other.at,
                other.text()
            ),
            [(file, one)] => {
                let others = open.files.iter().map(|(name, _)| *name);
                let others: Vec<_> = others.filter(|name| name != file).collect();
                format!(
                    "{}: {key} is set here, and not in {}",
                    one.at,
                    others.join(", ")
                )
            }
            _ => continue,
        };
        if let Some((_, one)) = found.first() {
            let source = collector.shown(&one.at.path);
            collector.finding(source, Code::SettingMismatch, message);
        }
    }
}

/// `None`: the properties name none that can be asked.
fn port(collector: &mut Collector<'_>, open: &OpenProperties) -> Option<u16> {
    let scope = webapi::web_api();
    let Some(property) = open.web_api(PORT, &scope, collector) else {
        open.not_set(PORT, &scope, Some(DEFAULT_PORT.to_string()), collector);
        return Some(DEFAULT_PORT);
    };
    parse_port(collector, &property)
}

pub(super) fn parse_port(collector: &mut Collector<'_>, property: &Property) -> Option<u16> {
    let value = property.text().trim().to_owned();
    let port = value.parse().ok().filter(|port| *port != 0);
    if port.is_none() {
        let source = collector.shown(&property.at.path);
        let message = format!("{}: {} = {value} is no port", property.at, property.key);
        collector.finding(source, Code::SettingMismatch, message);
    }
    port
}

fn endpoints(collector: &mut Collector<'_>, port: Option<u16>) -> Vec<AskedEndpoint> {
    let server_name = collector.server_name(SERVICE);
    if let Some(given) = &collector.site.settings.webapi.endpoint {
        return collector.given_endpoint(given, SERVICE, server_name);
    }
    usual_endpoints(SERVICE, port, &server_name)
}

/// On this machine, and by the server's name when nothing listens there.
pub(super) fn usual_endpoints(
    service: Service,
    port: Option<u16>,
    server_name: &str,
) -> Vec<AskedEndpoint> {
    let Some(port) = port else {
        return Vec::new();
    };
    let hosts = ["127.0.0.1".to_owned(), server_name.to_owned()];
    let asked = hosts.map(|host| AskedEndpoint {
        endpoint: Endpoint { host, port },
        server_name: server_name.to_owned(),
        service,
    });
    asked.into()
}
