//! The Client Update Service: lighttpd's own, or on current releases the Web API Service's.

use std::path::Path;

use crate::config::lighttpd::Data;
use crate::config::props::Scope;
use crate::error::{CusError, Error, Position};
use crate::pki::findings::Code;
use crate::server::cus::{self, ConfigurationFiles, Cus};
use crate::server::inventory::collector::Collector;
use crate::server::inventory::lighttpd::{self, Listener};
use crate::server::inventory::properties::OpenProperties;
use crate::server::inventory::{
    AskedEndpoint, ClientUpdates, Found, Role, Service, ServiceState, Setting, Value,
};
use crate::server::inventory::{Wanted, launchers, services, webapi};
use crate::system::endpoint::Endpoint;

const SERVICE: Service = Service::ClientUpdate;

/// Of releases without lighttpd (Deephaven's manual).
const CERTIFICATE: &str = "/etc/deephaven/cus_tls/tls.crt";
const KEY: &str = "/etc/deephaven/cus_tls/tls.key";
const PORT: &str = "client_update_service.port";
const HOST: &str = "client_update_service.host";
const DEFAULT_PORT: u16 = 8443;

/// How the names of the modules begin that matter here (lighttpd 1.4.85).
const MODULES: [&str; 6] = [
    "mod_auth",
    "mod_gnutls",
    "mod_mbedtls",
    "mod_nss",
    "mod_openssl",
    "mod_wolfssl",
];

pub(super) fn add(collector: &mut Collector<'_>, open: &OpenProperties) {
    let settings = &collector.site.settings;
    let given = settings.cus.service.as_deref();
    let mut state = services::state(SERVICE, &cus::NAMES, given, collector);
    let path = settings
        .cus
        .config
        .as_deref()
        .unwrap_or(Path::new(cus::CONFIGURATION));
    match Cus::find(collector.host, collector.site, false) {
        Ok(found) => return with_lighttpd(collector, &found, state),
        Err(Error::Cus(CusError::NoConfiguration { .. } | CusError::CurrentRelease { .. }))
            if state.on != Some(true) =>
        {
            collector.client_updates(ClientUpdates::Nobody);
        }
        Err(error) => collector.unreadable(path, &error),
    }
    without_lighttpd(collector, open, &mut state);
    collector.service(state);
}

fn with_lighttpd(collector: &mut Collector<'_>, found: &Cus, mut state: ServiceState) {
    let files = &found.lighttpd;
    let file = collector.look(files.path(), Role::Lighttpd, Wanted::default(), None);
    let source = file.shown.clone();
    collector.client_updates(ClientUpdates::Lighttpd(file.path.clone()));
    collector.file(file);
    settings(collector, files);
    users(collector, files);
    lighttpd::add_pemfiles(collector, files);
    let listeners = match lighttpd::listeners(files) {
        Ok(listeners) => listeners,
        Err(error) => {
            collector.unreadable(files.path(), &error);
            Vec::new()
        }
    };
    state.tls = (!listeners.is_empty()).then(|| listeners.iter().any(|it| it.tls));
    let is_on = state.on == Some(true);
    launchers::add(collector, &listeners, is_on);
    if is_on && state.tls == Some(false) {
        let message = cleartext(files, &listeners);
        collector.finding(source, Code::Cleartext, message);
    }
    collector.service(state);
    if is_on {
        let endpoints = endpoints(collector, files, &listeners);
        collector.ask(SERVICE, endpoints);
    }
}

/// Launchers run what they download: whoever is between them and the server can make them run
/// anything. The runbook knows servers like that, and `--ignore` accepts them.
fn cleartext(files: &ConfigurationFiles, listeners: &[Listener]) -> String {
    let port = listeners.first().map_or(80, |it| it.port);
    let engine = files.configuration.value("ssl.engine");
    let pemfile = files.configuration.value("ssl.pemfile");
    let why = match (engine, pemfile) {
        (Some(engine), _) => format!("{}: ssl.engine is not \"enable\"", engine.at),
        (None, Some(pemfile)) => {
            format!("{}: ssl.pemfile is set, but ssl.engine is not", pemfile.at)
        }
        (None, None) => "ssl.engine is not set".to_owned(),
    };
    format!(
        "{why}: launchers download their programs in clear text from port {port}; dhtls cus-https \
         secures it"
    )
}

/// What decides on TLS, for the whole server and under conditions, and the modules for TLS and passwords.
fn settings(collector: &mut Collector<'_>, files: &ConfigurationFiles) {
    let configuration = &files.configuration;
    for key in [
        "server.bind",
        "server.port",
        "ssl.engine",
        "ssl.pemfile",
        "ssl.privkey",
    ] {
        match configuration.value(key) {
            Some(found) => setting(collector, key, None, value(&found.data, found.at)),
            None => setting(collector, key, None, not_set(key, files)),
        }
        for found in configuration.conditionals(key) {
            let value = value(&found.data, found.at);
            setting(collector, key, Some(found.condition), value);
        }
    }
    let value = match configuration.value("server.modules") {
        Some(modules) if !modules.is_known() => Value::Unknown {
            at: Some(modules.at),
        },
        Some(modules) => Value::Set {
            value: modules_that_matter(configuration.modules()),
            at: modules.at,
        },
        None => Value::Unset,
    };
    setting(collector, "server.modules", None, value);
}

fn not_set(key: &str, files: &ConfigurationFiles) -> Value {
    match files.port() {
        Ok(port) if key == "server.port" => Value::Default(port.to_string()),
        Ok(_) | Err(_) => Value::Unset,
    }
}

fn modules_that_matter(all: Vec<String>) -> String {
    let matters = |name: &String| MODULES.iter().any(|start| name.starts_with(start));
    let found: Vec<String> = all.into_iter().filter(matters).collect();
    match found.is_empty() {
        true => "none for TLS or passwords".to_owned(),
        false => found.join(", "),
    }
}

fn setting(collector: &mut Collector<'_>, key: &str, condition: Option<String>, value: Value) {
    collector.setting(Setting {
        key: key.to_owned(),
        condition,
        value,
        service: Some(SERVICE),
    });
}

fn value(data: &Data, at: Position) -> Value {
    let value = match data {
        Data::Text(text) => String::from_utf8_lossy(text).into_owned(),
        Data::Integer(number) => number.to_string(),
        Data::List(_) | Data::Unknown => return Value::Unknown { at: Some(at) },
    };
    Value::Set { value, at }
}

/// lighttpd reads the users file at each request, as the user that it has become.
fn users(collector: &mut Collector<'_>, files: &ConfigurationFiles) {
    let path = files.users_file(&collector.site.settings.cus);
    let group = files.text("server.groupname").ok().flatten();
    let wanted = Wanted {
        group: group.filter(|_| files.asks_for_password()),
        ..Wanted::mode(0o640)
    };
    let file = collector.look(&path, Role::Users, wanted, None);
    collector.file(file);
}

/// Where it is to be asked for TLS, if any port has that. The endpoint of the settings is for TLS; in
/// clear it is another port.
fn endpoints(
    collector: &mut Collector<'_>,
    files: &ConfigurationFiles,
    listeners: &[Listener],
) -> Vec<AskedEndpoint> {
    let server_name = collector.server_name(SERVICE);
    let listener = listeners.iter().find(|it| it.tls).or(listeners.first());
    let Some(listener) = listener else {
        return Vec::new();
    };
    let setting = collector.site.settings.cus.endpoint.as_deref();
    if let Some(setting) = setting {
        let mut given = collector.given_endpoint(setting, SERVICE, server_name);
        if !listener.tls {
            given
                .iter_mut()
                .for_each(|it| it.endpoint.port = listener.port);
        }
        return given;
    }
    let mut hosts = match &listener.host {
        Some(host) => vec![host.clone()],
        None => files.local_addresses(),
    };
    if !hosts.contains(&server_name) {
        hosts.push(server_name.clone());
    }
    let asked = |host| AskedEndpoint {
        endpoint: Endpoint {
            host,
            port: listener.port,
        },
        server_name: server_name.clone(),
        service: SERVICE,
    };
    hosts.into_iter().map(asked).collect()
}

fn without_lighttpd(
    collector: &mut Collector<'_>,
    open: &OpenProperties,
    state: &mut ServiceState,
) {
    let file = collector.look(
        Path::new(CERTIFICATE),
        Role::Certificate,
        Wanted::default(),
        None,
    );
    if !file.is_there() {
        return;
    }
    collector.client_updates(ClientUpdates::WebApi(file.path.clone()));
    let key = collector.look(Path::new(KEY), Role::PrivateKey, Wanted::mode(0o440), None);
    lighttpd::judge_key(collector, &file.path, &key.path);
    collector.file(key);
    let found = Found {
        file,
        passphrase: None,
        service: Some(SERVICE),
    };
    collector.source(found, None);
    let scope = crate::server::webapi::web_api();
    let port = port(collector, open, &scope);
    if let Some(property) = open.web_api(HOST, &scope, collector) {
        webapi::told(collector, &property, SERVICE);
    }
    state.tls = Some(true);
    let Some(web_api) = collector
        .state(Service::WebApi)
        .filter(|it| it.on == Some(true))
    else {
        return;
    };
    state.name = web_api.name.clone();
    state.on = Some(true);
    let server_name = collector.server_name(SERVICE);
    let given = collector.site.settings.cus.endpoint.as_deref();
    let endpoints = match (given, port) {
        (Some(given), _) => collector.given_endpoint(given, SERVICE, server_name),
        (None, port) => webapi::usual_endpoints(SERVICE, port, &server_name),
    };
    collector.ask(SERVICE, endpoints);
}

fn port(collector: &mut Collector<'_>, open: &OpenProperties, scope: &Scope) -> Option<u16> {
    match open.web_api(PORT, scope, collector) {
        Some(property) => webapi::parse_port(collector, &property),
        None => Some(DEFAULT_PORT),
    }
}
