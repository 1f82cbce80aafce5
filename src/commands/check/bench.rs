//! All sources at once: files on every core, endpoints beside them, all under one deadline.

use std::panic::resume_unwind;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, ScopedJoinHandle};
use std::time::{Duration, Instant};

use crate::commands::check::collection;
use crate::commands::check::file::{self, Reading};
use crate::commands::check::rows::{Clerk, Report};
use crate::commands::check::targets::Source;
use crate::error::ServiceError;
use crate::error::service::EndpointFault;
use crate::pki::findings::{Code, Finding};
use crate::pki::judgement::{Contents, Terms, judge};
use crate::pki::names::ServerName;
use crate::secret::Secret;
use crate::system::endpoint::Endpoint;
use crate::system::root::Root;
use crate::system::survey::{Asked, FaultAt, Limits, Surveyed, survey};

/// Files whose reports are held at once; enough to keep all cores at work.
const PART: usize = 4_096;

/// Where sources are read and judged.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bench<'a> {
    pub(super) root: &'a Root,
    pub(super) terms: Terms<'a>,
    pub(super) clerk: Clerk<'a>,
    pub(super) hosts: Hosts<'a>,
    pub(super) passphrases: &'a [Secret],
    pub(super) times: Times,
}

/// Names that leaves have to cover.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hosts<'a> {
    /// By `--host`.
    pub(super) given: &'a [ServerName],
    /// By the settings.
    pub(super) of_site: &'a [ServerName],
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    pub(super) each: Duration,
    pub(super) end: Instant,
    pub(super) jobs: usize,
}

impl Times {
    pub(super) fn is_over(&self) -> bool {
        Instant::now() >= self.end
    }

    fn limits(&self) -> Limits {
        Limits {
            each: self.each,
            whole: self.end.saturating_duration_since(Instant::now()),
            jobs: self.jobs,
        }
    }
}

impl<'a> Hosts<'a> {
    /// Of what is no endpoint that someone named.
    pub(super) fn of_file(self) -> &'a [ServerName] {
        match self.given {
            [] => self.of_site,
            given => given,
        }
    }

    /// Whoever asks for a name wants a certificate for it; an address, or localhost, only says where this
    /// server is.
    fn of_endpoint(self, endpoint: &Endpoint) -> Vec<ServerName> {
        let own = ServerName::parse(&endpoint.host).ok();
        let own = own.filter(|name| name.dns().is_some_and(|name| name != "localhost"));
        match (self.given, own) {
            ([], Some(own)) => vec![own],
            _ => self.of_file().to_vec(),
        }
    }
}

impl Bench<'_> {
    /// Hands over a report for each of the sources, in their order, in one part or several: reports wait
    /// for the servers' answers, and where there are none they need not be held all at once.
    pub(super) fn work_through(&self, sources: &[Source], done: &mut dyn FnMut(Vec<Report>)) {
        let asked: Vec<Asked> = endpoints(sources)
            .map(|(_, _, endpoint)| self.asked(endpoint))
            .collect();
        if asked.is_empty() {
            let parts = sources.chunks(PART);
            return parts.for_each(|part| done(in_order(part, self.files(part))));
        }
        let (mut files, answers) = thread::scope(|scope| {
            let surveying = scope.spawn(|| self.survey(&asked));
            (self.files(sources), joined(surveying))
        });
        let mut answers = answers.into_iter();
        files.extend(endpoints(sources).map(|(place, shown, endpoint)| {
            let hosts = self.hosts.of_endpoint(endpoint);
            (place, self.answer(shown, &hosts, answers.next().as_ref()))
        }));
        done(in_order(sources, files));
    }

    /// Reports of all that is no endpoint, with their places.
    fn files(&self, sources: &[Source]) -> Vec<(usize, Report)> {
        let files = sources
            .iter()
            .filter(|source| matches!(source, Source::File { .. }));
        let next = AtomicUsize::new(0);
        thread::scope(|scope| {
            let helpers: Vec<_> = (1..self.workers().min(files.count()))
                .map(|_| scope.spawn(|| self.work(sources, &next)))
                .collect();
            let mut done = self.work(sources, &next);
            helpers
                .into_iter()
                .for_each(|helper| done.extend(joined(helper)));
            done
        })
    }

    /// Asks what is served, each endpoint's answer in its place.
    pub(super) fn survey(&self, asked: &[Asked]) -> Vec<Surveyed> {
        // Ctrl-C ends the whole process, for nothing needs to be put back.
        survey(asked, &self.times.limits(), &|| false).unwrap_or_default()
    }

    /// Judges what one endpoint answered.
    fn answer(&self, shown: &str, hosts: &[ServerName], answer: Option<&Surveyed>) -> Report {
        let unreachable = |what: &str| {
            let finding = Finding::new(Code::Unreachable, format!("{shown} {what}"));
            self.clerk.complaint(shown, finding)
        };
        let Some(answer) = answer else {
            return unreachable("was not asked");
        };
        let mut report = self.served(shown, hosts, answer);
        for fault in answer.counting() {
            report.errors.push(self.clerk.error(shown, finding(fault)));
        }
        match report.is_empty() {
            true => unreachable("sent no certificate"),
            false => report,
        }
    }

    /// The certificates alone. Addresses that serve different ones are sources of their own.
    pub(super) fn served(&self, shown: &str, hosts: &[ServerName], answer: &Surveyed) -> Report {
        let mut report = Report::default();
        for served in &answer.served {
            let shown = match (answer.served.as_slice(), served.addresses.first()) {
                ([_, _, ..], Some(address)) => format!("{shown} at {}", address.ip()),
                _ => shown.to_owned(),
            };
            let contents = Contents::of_server(&served.served.chain);
            let judgement = judge(contents, hosts, &self.terms);
            report.add(self.clerk.report(&shown, judgement, false));
        }
        report
    }

    fn asked(&self, endpoint: &Endpoint) -> Asked {
        let expected = self.hosts.of_endpoint(endpoint);
        let name = expected.iter().find_map(ServerName::dns);
        Asked {
            endpoint: endpoint.clone(),
            server_name: name.unwrap_or(&endpoint.host).to_owned(),
        }
    }

    fn workers(&self) -> usize {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        cores.min(self.times.jobs)
    }

    /// Takes one source after the other until there is none left.
    fn work(&self, sources: &[Source], next: &AtomicUsize) -> Vec<(usize, Report)> {
        let mut done = Vec::new();
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some(source) = sources.get(place) else {
                return done;
            };
            match source {
                Source::File { path, in_folder } => done.push((place, self.file(path, *in_folder))),
                Source::Unusable { shown, finding } => {
                    done.push((place, self.clerk.complaint(shown, finding.clone())));
                }
                Source::Endpoint { .. } | Source::FolderEnd { .. } => {}
            }
        }
    }

    fn file(&self, path: &Path, in_folder: bool) -> Report {
        let shown = path.display().to_string();
        if self.times.is_over() {
            let message = format!("{shown} was not read: --deadline was over before");
            return self
                .clerk
                .complaint(&shown, Finding::new(Code::Unreadable, message));
        }
        let read = |limit| file::read(self.root, path, self.passphrases, limit);
        let reading = match read(file::LARGE) {
            Reading::TooLarge(_) => match collection::report(self, path, &shown) {
                Some(report) => return report,
                None => read(file::LARGEST),
            },
            reading => reading,
        };
        match reading {
            Reading::Contents(contents) => {
                let judgement = judge(contents, self.hosts.of_file(), &self.terms);
                self.clerk.report(&shown, judgement, false)
            }
            Reading::KeyAlone(_) if in_folder => Report {
                skipped: 1,
                ..Report::default()
            },
            Reading::KeyAlone(finding) | Reading::TooLarge(finding) | Reading::Unread(finding) => {
                self.clerk.complaint(&shown, finding)
            }
        }
    }
}

fn endpoints(sources: &[Source]) -> impl Iterator<Item = (usize, &str, &Endpoint)> {
    let numbered = sources.iter().enumerate();
    numbered.filter_map(|(place, source)| match source {
        Source::Endpoint { shown, endpoint } => Some((place, shown.as_str(), endpoint)),
        Source::File { .. } | Source::FolderEnd { .. } | Source::Unusable { .. } => None,
    })
}

fn in_order(sources: &[Source], done: Vec<(usize, Report)>) -> Vec<Report> {
    let mut reports: Vec<Report> = sources.iter().map(|_| Report::default()).collect();
    for (place, report) in done {
        if let Some(slot) = reports.get_mut(place) {
            *slot = report;
        }
    }
    reports
}

fn finding(fault: &FaultAt) -> Finding {
    let code = match &fault.error {
        ServiceError::Endpoint {
            fault: EndpointFault::NotTls { http: true },
            ..
        } => Code::Cleartext,
        _ => Code::Unreachable,
    };
    Finding::new(code, fault.error.to_string())
}

/// A helper's panic is ours: what it had would be missing from the report.
fn joined<T>(helper: ScopedJoinHandle<'_, T>) -> T {
    helper.join().unwrap_or_else(|panic| resume_unwind(panic))
}
