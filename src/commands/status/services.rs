//! The services: by monit's files, in monit's own words, and as they serve.

use std::collections::HashMap;
use std::time::Duration;

use crate::commands::status::rows::name;
use crate::error::ServiceError;
use crate::report::scan::{CertificateRow, Kind};
use crate::report::status::{EndpointRow, MonitRow, ServedRow, ServiceRow};
use crate::server::inventory::{Inventory, ServiceState};
use crate::server::services::Monit;
use crate::server::site::Site;
use crate::system::deadline::Deadline;

/// What monit said, by the names of services.
pub(super) type Said = HashMap<String, MonitRow>;

/// What is asked of monit.
pub(super) struct Question {
    monit: Monit,
    /// Services that some file of monit's knows.
    names: Vec<String>,
}

impl Question {
    /// Asks nothing where services are left alone, or nothing may be run.
    pub(super) fn new(inventory: &Inventory, site: &Site) -> Self {
        let is_asked = site.restart && !site.dry_run;
        let states = inventory.services.iter().filter(|_| is_asked);
        let mut names: Vec<_> = states
            .filter(|state| state.on.is_some())
            .map(|state| state.name.clone())
            .collect();
        names.dedup();
        Self {
            monit: Monit::without_prompt(&site.settings.monit.command),
            names,
        }
    }

    /// Asks for one after the other, within `limit` for all.
    pub(super) fn ask(&self, limit: Duration) -> Said {
        let deadline = Deadline::after(limit, &|| false);
        let answers = self.names.iter().map(|name| {
            let answer = self.answer(name, &deadline);
            (name.clone(), answer)
        });
        answers.collect()
    }

    fn answer(&self, name: &str, deadline: &Deadline<'_>) -> MonitRow {
        let asked = true;
        match self.monit.status(name, deadline) {
            Ok(status) => MonitRow {
                asked,
                status: Some(status.said),
                pid: status.pid,
                problem: None,
            },
            // As it should be of a service that is off; of another it has not read the file.
            Err(ServiceError::UnknownService { .. }) => MonitRow {
                asked,
                status: Some("unknown to monit".to_owned()),
                ..MonitRow::default()
            },
            Err(error) => MonitRow {
                asked,
                problem: Some(error.to_string()),
                ..MonitRow::default()
            },
        }
    }
}

/// A row for each service; `certificates` are those of the files and of what was asked.
pub(super) fn rows(
    inventory: &Inventory,
    certificates: &[CertificateRow],
    mut said: Said,
) -> Vec<ServiceRow> {
    let row = |state: &ServiceState| ServiceRow {
        service: name(state.service),
        name: state.name.clone(),
        on: state.on,
        tls: state.tls,
        monit: said.remove(&state.name).unwrap_or_default(),
        endpoints: endpoints(inventory, state, certificates),
    };
    inventory.services.iter().map(row).collect()
}

/// Of several ways to one port that which answered, else the first.
fn endpoints(
    inventory: &Inventory,
    state: &ServiceState,
    certificates: &[CertificateRow],
) -> Vec<EndpointRow> {
    let of_service = inventory.endpoints.iter();
    let of_service = of_service.filter(|it| it.service == state.service);
    let all: Vec<EndpointRow> = of_service
        .map(|it| endpoint(it.endpoint.to_string(), certificates))
        .collect();
    let answered = all.iter().position(|row| !row.served.is_empty());
    let deciding = all.into_iter().nth(answered.unwrap_or(0));
    deciding.into_iter().collect()
}

fn endpoint(endpoint: String, certificates: &[CertificateRow]) -> EndpointRow {
    let at = format!("{endpoint} at ");
    let is_served = |source: &str| source == endpoint || source.starts_with(&at);
    let leaves = certificates.iter().filter(|row| row.kind == Kind::Leaf);
    let served = leaves.filter(|row| is_served(&row.source)).map(|row| {
        let mut files = certificates.iter().filter(|it| it.source.starts_with('/'));
        let same = files.find(|it| it.sha256 == row.sha256);
        ServedRow {
            name: row.title(),
            subject: row.subject.to_string(),
            sha256: format!("{:x}", row.sha256),
            days_left: row.days_left,
            same_as: same.map(|it| it.source.to_string()),
        }
    });
    EndpointRow {
        served: served.collect(),
        endpoint,
    }
}
