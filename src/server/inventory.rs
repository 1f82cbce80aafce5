//! Every certificate of this server: where it is, who owns it, what is served, and what disagrees.
//!
//! First the files say what there is ([`Inventory::take`]); then whoever asked reads the sources and the
//! endpoints, each in its own way; then all of it is compared ([`Inventory::compare`]). Nothing here
//! writes, and nothing that is odd ends it: what cannot be understood is a finding.

mod attributes;
mod collector;
mod compare;
mod cus;
mod file;
mod keystores;
mod launchers;
mod lighttpd;
mod properties;
mod services;
#[cfg(test)]
mod tests;
mod webapi;

use std::path::PathBuf;

use crate::error::Position;
use crate::pki::findings::Finding;
use crate::pki::names::ServerName;
use crate::server::inventory::collector::Collector;
use crate::server::inventory::properties::OpenProperties;
use crate::server::layout::Layout;
use crate::server::site::Site;
use crate::system::endpoint::Endpoint;
use crate::system::host::Host;
use crate::system::survey::Asked;

pub(crate) use compare::Leaf;
pub(crate) use file::{Presence, Role, ServerFile, Wanted};

/// What this server has that matters to its certificates.
#[derive(Debug, Default)]
pub(crate) struct Inventory {
    /// The files with certificates, each once. None is absent; whoever reads them may find that they
    /// cannot be read.
    pub(crate) sources: Vec<Found>,
    /// Whom to ask what is served. Empty where services are neither restarted nor asked.
    pub(crate) endpoints: Vec<AskedEndpoint>,
    /// What is wrong without a look into any certificate, by source.
    pub(crate) findings: Vec<(String, Finding)>,
    /// The other files that the services read, there or not.
    pub(crate) files: Vec<ServerFile>,
    /// Files with certificates that are not there, or may not be looked at.
    pub(crate) missing: Vec<Missing>,
    /// The effective settings.
    pub(crate) settings: Vec<Setting>,
    /// The two services, on or off.
    pub(crate) services: Vec<ServiceState>,
    /// `None`: it cannot be told.
    pub(crate) layout: Option<Layout>,
    /// `None`: it cannot be told.
    pub(crate) client_updates: Option<ClientUpdates>,
    /// Names that clients are told, to be covered by certificates.
    told: Vec<ToldName>,
}

/// A file with certificates.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) file: ServerFile,
    /// Base64, as the Web API's; perhaps absent. `None`: it needs none, or nobody says where it is.
    pub(crate) passphrase: Option<ServerFile>,
    /// The service that shows these certificates to its clients, if one of the two does.
    pub(crate) service: Option<Service>,
}

/// A file with certificates that was looked for.
#[derive(Debug)]
pub(crate) struct Missing {
    pub(crate) found: Found,
    /// Whether a setting or a service wants it; others belong to some releases only.
    pub(crate) is_needed: bool,
}

/// Who gives out what launchers download.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ClientUpdates {
    /// A lighttpd with this configuration.
    Lighttpd(PathBuf),
    Nobody,
    /// The Web API Service, with this certificate: a release without lighttpd.
    WebApi(PathBuf),
}

/// The services of the runbook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Service {
    ClientUpdate,
    WebApi,
}

/// An endpoint of a service. Several of one service are ways to the same port: the first at which
/// something listens decides, and the others need not answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AskedEndpoint {
    pub(crate) endpoint: Endpoint,
    /// For SNI.
    pub(crate) server_name: String,
    pub(crate) service: Service,
}

impl From<&AskedEndpoint> for Asked {
    fn from(asked: &AskedEndpoint) -> Self {
        Self {
            endpoint: asked.endpoint.clone(),
            server_name: asked.server_name.clone(),
        }
    }
}

/// A setting as it is effective.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Setting {
    pub(crate) key: String,
    /// Under which it holds, in lighttpd's own words; `None`: always.
    pub(crate) condition: Option<String>,
    /// For people; never a passphrase.
    pub(crate) value: Value,
    /// `None`: of other services.
    pub(crate) service: Option<Service>,
}

/// What a setting comes to, and who says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// Nobody sets it.
    Default(String),
    Set {
        value: String,
        at: Position,
    },
    /// It hangs on something that only the running service knows, or a file could not be read.
    Unknown {
        at: Option<Position>,
    },
    /// Nobody sets it, and it has no value then.
    Unset,
}

/// A service as monit's files have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ServiceState {
    pub(crate) service: Service,
    /// By which monit knows it.
    pub(crate) name: String,
    /// `None`: no file of monit's tells.
    pub(crate) on: Option<bool>,
    /// Whether its configuration says that it speaks TLS; `None`: nobody can tell.
    pub(crate) tls: Option<bool>,
}

/// A name by which clients are told to reach a service.
#[derive(Debug)]
struct ToldName {
    key: String,
    name: ServerName,
    at: Position,
    service: Service,
}

impl Inventory {
    /// Looks at everything that files tell. Opens no certificate and asks nobody.
    pub(crate) fn take(host: &Host, site: &Site) -> Self {
        let mut collector = Collector::new(host, site);
        let properties = OpenProperties::read(&mut collector);
        webapi::add(&mut collector, &properties);
        keystores::add(&mut collector, &properties);
        cus::add(&mut collector, &properties);
        collector.finish(properties.layout)
    }

    fn service(&self, service: Service) -> Option<&ServiceState> {
        self.services.iter().find(|it| it.service == service)
    }
}
