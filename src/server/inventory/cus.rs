//! The Client Update Service: lighttpd's own, or on current releases the Web API Service's.

use std::path::Path;

use crate::config::props::Scope;
use crate::error::{CusError, Error};
use crate::pki::findings::Code;
use crate::server::cus::{self, ConfigurationFiles, Cus};
use crate::server::inventory::collector::Collector;
use crate::server::inventory::lighttpd::{self, Listener};
use crate::server::inventory::properties::OpenProperties;
use crate::server::inventory::{AskedEndpoint, Found, Role, Service, ServiceState, Setting};
use crate::server::inventory::{Wanted, launchers, services, webapi};
use crate::system::endpoint::Endpoint;

const SERVICE: Service = Service::ClientUpdate;

/// Of releases without lighttpd (Deephaven's manual).
const CERTIFICATE: &str = "/etc/deephaven/cus_tls/tls.crt";
const KEY: &str = "/etc/deephaven/cus_tls/tls.key";
const PORT: &str = "client_update_service.port";
const HOST: &str = "client_update_service.host";
const DEFAULT_PORT: u16 = 8443;

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
            if state.on != Some(true) => {}
        Err(error) => collector.unreadable(path, &error),
    }
    without_lighttpd(collector, open, &mut state);
    collector.service(state);
}

fn with_lighttpd(collector: &mut Collector<'_>, found: &Cus, mut state: ServiceState) {
    let files = &found.lighttpd;
    let file = collector.look(files.path(), Role::Lighttpd, Wanted::default(), None);
    let source = file.shown.clone();
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

fn settings(collector: &mut Collector<'_>, files: &ConfigurationFiles) {
    for key in [
        "server.bind",
        "server.port",
        "ssl.engine",
        "ssl.pemfile",
        "ssl.privkey",
    ] {
        let Some(found) = files.configuration.value(key) else {
            continue;
        };
        let number = || found.integer().map(|number| number.to_string());
        let text = found.text().map(std::borrow::Cow::into_owned);
        let value = text.or_else(number).unwrap_or_else(|| "?".to_owned());
        collector.setting(Setting {
            key: key.to_owned(),
            value,
            at: Some(found.at),
            service: Some(SERVICE),
        });
    }
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
