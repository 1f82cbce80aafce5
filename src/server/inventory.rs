//! Every certificate of this server: where it is, who owns it, what is served, and what disagrees.
//!
//! First the files say what there is ([`Inventory::take`]); then whoever asked reads the sources and the
//! endpoints, each in its own way; then all of it is compared ([`Inventory::compare`]). Nothing here
//! writes, and nothing that is odd ends it: what cannot be understood is a finding.

mod compare;
mod file;

use crate::error::Position;
use crate::pki::findings::Finding;
use crate::pki::names::ServerName;
use crate::server::site::Site;
use crate::system::endpoint::Endpoint;
use crate::system::host::Host;

pub(crate) use compare::{Leaf, Reply};
pub(crate) use file::{Presence, Role, ServerFile, Wanted};

/// What this server has that matters to its certificates.
#[derive(Debug, Default)]
pub(crate) struct Inventory {
    /// The files with certificates, each once; all of them are there.
    pub(crate) sources: Vec<Found>,
    /// Whom to ask what is served. Empty where services are neither restarted nor asked.
    pub(crate) endpoints: Vec<AskedEndpoint>,
    /// What is wrong without a look into any certificate, by source.
    pub(crate) findings: Vec<(String, Finding)>,
    /// The other files that the services read, there or not.
    pub(crate) files: Vec<ServerFile>,
    /// The effective settings.
    pub(crate) settings: Vec<Setting>,
    /// What is on in monit.
    pub(crate) services: Vec<ServiceState>,
    names: Vec<ToldName>,
}

/// A file with certificates.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) file: ServerFile,
    /// Base64, as the Web API's. `None`: it needs none, or nobody says where it is.
    pub(crate) passphrase: Option<ServerFile>,
    /// The service that shows these certificates to its clients, if one of the two does.
    pub(crate) service: Option<Service>,
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

/// A setting as it is effective.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Setting {
    pub(crate) key: String,
    /// For people; never a passphrase.
    pub(crate) value: String,
    /// `None`: nobody sets it, so it is the default.
    pub(crate) at: Option<Position>,
    /// `None`: of another service, or of all.
    pub(crate) service: Option<Service>,
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
    /// Looks at everything that files tell.
    pub(crate) fn take(_host: &Host, _site: &Site) -> Self {
        Self::default()
    }
}
