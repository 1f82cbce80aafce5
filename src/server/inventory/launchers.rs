//! The addresses that launchers are told, against the ports that lighttpd opens.

use crate::config::getdown::{Address, Origin, Scheme};
use crate::error::{CusError, Error};
use crate::pki::findings::Code;
use crate::pki::names::ServerName;
use crate::server::cus::LauncherFiles;
use crate::server::inventory::collector::Collector;
use crate::server::inventory::lighttpd::Listener;
use crate::server::inventory::{Role, Service, Setting, ToldName, Value, Wanted};

const SERVICE: Service = Service::ClientUpdate;

/// `is_on`: a service that is off needs no launcher file.
pub(super) fn add(collector: &mut Collector<'_>, listeners: &[Listener], is_on: bool) {
    let settings = &collector.site.settings.cus;
    let found = match LauncherFiles::find(settings, collector.host) {
        // The release puts the addresses in; launchers get what is served.
        Err(Error::Cus(CusError::LauncherRebuilt { .. })) => LauncherFiles::served(collector.host),
        found => found,
    };
    let files = match found {
        Ok(files) => files,
        Err(Error::Cus(CusError::NoLauncher { .. })) if !is_on => return,
        Err(error) => return collector.unreadable(LauncherFiles::path(settings), &error),
    };
    for file in &files.files {
        let seen = collector.look(&file.target.path, Role::Launcher, Wanted::default(), None);
        collector.file(seen);
    }
    let addresses: Vec<&Address> = files.addresses().filter(|it| !it.is_latest()).collect();
    for address in &addresses {
        collector.setting(Setting {
            key: address.key.clone(),
            condition: None,
            value: Value::Set {
                value: address.value.clone(),
                at: address.at.clone(),
            },
            service: Some(SERVICE),
        });
        if let Some(origin) = &address.origin {
            let host = files.origin().map(Origin::host);
            compare(collector, address, origin, host, listeners);
        }
    }
}

/// A page for people whose installation failed may lie on any server: only one on this server's name
/// has to be where lighttpd serves it.
fn compare(
    collector: &mut Collector<'_>,
    address: &Address,
    origin: &Origin,
    own_host: Option<&str>,
    listeners: &[Listener],
) {
    let is_own = own_host.is_some_and(|host| host.eq_ignore_ascii_case(origin.host()));
    if !address.is_appbase() && !is_own {
        return;
    }
    let (at, key, source) = (&address.at, &address.key, collector.shown(&address.at.path));
    let is_tls = origin.scheme == Scheme::Https;
    // A port in clear beside one with TLS sends browsers on, which launchers do not follow.
    let in_clear = !is_tls && listeners.iter().any(|it| it.tls);
    let fits = |it: &Listener| it.port == origin.port && it.tls == is_tls && !in_clear;
    if !listeners.is_empty() && !listeners.iter().any(fits) {
        let ports: Vec<String> = listeners.iter().map(in_words).collect();
        let message = format!(
            "{at}: {key} sends launchers to {} on port {}, but lighttpd serves {}",
            origin,
            origin.port,
            ports.join(" and ")
        );
        collector.finding(source.clone(), Code::SettingMismatch, message);
    }
    if !is_tls || !address.is_appbase() {
        return;
    }
    match ServerName::parse(origin.host()) {
        Ok(name) => collector.told(ToldName {
            key: key.clone(),
            name,
            at: at.clone(),
            service: SERVICE,
        }),
        Err(error) => {
            collector.finding(
                source,
                Code::SettingMismatch,
                format!("{at}: {key}: {error}"),
            );
        }
    }
}

fn in_words(listener: &Listener) -> String {
    let scheme = if listener.tls { "https" } else { "http" };
    match &listener.at {
        Some(at) => format!("{scheme} on port {} ({at})", listener.port),
        None => format!("{scheme} on port {}", listener.port),
    }
}
