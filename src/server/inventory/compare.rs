//! What is on the disk, what the settings say, and what is served, against each other.

use crate::error::ServiceError;
use crate::error::service::EndpointFault;
use crate::pki::certificate::Certificate;
use crate::pki::findings::{Code, Finding, date};
use crate::server::inventory::{AskedEndpoint, Inventory, Service, ServiceState, ToldName};
use crate::system::survey::{FaultAt, Surveyed};

/// A leaf that was read from a source. One source may have several.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Leaf<'a> {
    /// [`ServerFile::shown`] of the source.
    ///
    /// [`ServerFile::shown`]: crate::server::inventory::ServerFile::shown
    pub(crate) source: &'a str,
    pub(crate) certificate: &'a Certificate,
}

impl Inventory {
    /// Of each service the endpoint that decides, which is the one to judge by its certificates: the
    /// first at which something listens, else the first. `answers` are those of [`Inventory::endpoints`],
    /// in their order; one that is missing was not asked.
    pub(crate) fn deciding<'a>(
        &'a self,
        answers: &'a [Surveyed],
    ) -> Vec<(&'a AskedEndpoint, Option<&'a Surveyed>)> {
        let answers = answers.iter().map(Some).chain(std::iter::repeat(None));
        let all: Vec<_> = self.endpoints.iter().zip(answers).collect();
        let services = [Service::WebApi, Service::ClientUpdate];
        let deciding = services.iter().filter_map(|service| {
            let of_service = || all.iter().filter(|(asked, _)| asked.service == *service);
            let listening = of_service().find(|(_, answer)| answer.is_some_and(listens));
            listening.or_else(|| of_service().next()).copied()
        });
        deciding.collect()
    }

    /// Compares files, settings and what is served. `leaves` are those of the [sources], as far as they
    /// could be read; `answers` as in [`Inventory::deciding`]. An endpoint that does not answer is a
    /// finding of this function, by the endpoint's name.
    ///
    /// [sources]: Inventory::sources
    pub(crate) fn compare(
        &self,
        leaves: &[Leaf<'_>],
        answers: &[Surveyed],
    ) -> Vec<(String, Finding)> {
        let told = self.told.iter();
        let mut findings: Vec<_> = told
            .filter_map(|told| self.not_covered(told, leaves))
            .collect();
        for (asked, answer) in self.deciding(answers) {
            let Some(state) = self.service(asked.service) else {
                continue;
            };
            let on_disk = self.of_service(asked.service, leaves);
            let found = judge_answer(state, answer, &on_disk).into_iter();
            findings.extend(found.map(|found| (asked.endpoint.to_string(), found)));
        }
        findings
    }

    fn of_service<'a>(&self, service: Service, leaves: &[Leaf<'a>]) -> Vec<Leaf<'a>> {
        let is_of_service = |leaf: &&Leaf<'_>| {
            let mut sources = self.sources.iter();
            sources.any(|it| it.service == Some(service) && it.file.shown == leaf.source)
        };
        leaves.iter().filter(is_of_service).copied().collect()
    }

    /// A name that clients are told, and that no certificate of the service has.
    fn not_covered(&self, told: &ToldName, leaves: &[Leaf<'_>]) -> Option<(String, Finding)> {
        let of_service = self.of_service(told.service, leaves);
        let first = of_service.first()?;
        let covers = |leaf: &Leaf<'_>| told.name.is_covered_by(leaf.certificate);
        if of_service.iter().any(covers) {
            return None;
        }
        let ToldName { key, name, at, .. } = told;
        let message = format!(
            "{at}: {key} sends clients to {name}, which the certificate in {} does not cover: it is for {}",
            first.source,
            names(first.certificate)
        );
        let finding = Finding::new(Code::SettingMismatch, message);
        Some((at.path.display().to_string(), finding))
    }
}

fn listens(answer: &Surveyed) -> bool {
    let someone =
        |at: &FaultAt| matches!(&at.error, ServiceError::Endpoint { fault, .. } if fault.listens());
    !answer.served.is_empty() || answer.faults.iter().any(someone)
}

fn judge_answer(
    state: &ServiceState,
    answer: Option<&Surveyed>,
    on_disk: &[Leaf<'_>],
) -> Vec<Finding> {
    let name = &state.name;
    let silent = |why: &str| {
        let message = format!("{name} is on in monit, but: {why}");
        Finding::new(Code::Unreachable, message)
    };
    let Some(answer) = answer else {
        return vec![silent("it was not asked in time")];
    };
    let mut findings = Vec::new();
    for served in &answer.served {
        let leaf = served.served.chain.first().map(Vec::as_slice);
        let stale = stale(state, leaf.unwrap_or_default(), on_disk);
        findings.extend(stale.map(|message| Finding::new(Code::StaleService, message)));
    }
    for fault in answer.counting() {
        match &fault.error {
            // A service that is to speak no TLS is a finding already.
            ServiceError::Endpoint {
                fault: EndpointFault::NotTls { http: true },
                ..
            } => {
                let message =
                    format!("{name} answers plain HTTP where TLS is expected: restart {name}");
                let expected = state.tls != Some(false);
                findings.extend(expected.then(|| Finding::new(Code::Cleartext, message)));
            }
            error => findings.push(silent(&error.to_string())),
        }
    }
    findings
}

/// Why a service has to be restarted; `None`: it need not, or the files could not be read, which is a
/// finding already.
fn stale(state: &ServiceState, served: &[u8], on_disk: &[Leaf<'_>]) -> Option<String> {
    let name = &state.name;
    if state.tls == Some(false) {
        return Some(format!(
            "{name} serves TLS, and its configuration says that it does not: restart {name}"
        ));
    }
    let expected = on_disk.first()?;
    if on_disk.iter().any(|leaf| leaf.certificate.der() == served) {
        return None;
    }
    let served = match Certificate::from_der(served) {
        Ok(served) => in_words(&served),
        Err(_) => "something that is no certificate".to_owned(),
    };
    Some(format!(
        "{name} serves {served}, but {} has {}: restart {name}",
        expected.source,
        in_words(expected.certificate)
    ))
}

fn in_words(certificate: &Certificate) -> String {
    let fingerprint = format!("{:x}", certificate.fingerprint());
    let start: String = fingerprint.chars().take(12).collect();
    let until = date(certificate.not_after());
    format!("{} (SHA-256 {start}…, until {until})", certificate.title())
}

fn names(certificate: &Certificate) -> String {
    let dns = certificate.dns_names().iter().map(ToString::to_string);
    let ip = certificate.ip_addresses().iter().map(ToString::to_string);
    let names: Vec<String> = dns.chain(ip).collect();
    match names.is_empty() {
        true => "no name".to_owned(),
        false => names.join(", "),
    }
}
