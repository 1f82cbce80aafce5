//! Many endpoints at once, under one deadline.

mod answers;
mod flights;
mod names;
mod run;

use std::net::SocketAddr;
use std::time::Duration;

use crate::error::ServiceError;
use crate::system::deadline::Deadline;
use crate::system::endpoint::{Endpoint, Served};
use names::SYSTEM_RESOLVER;
use run::Run;

/// An endpoint, and the name that is asked for there.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) endpoint: Endpoint,
    /// Sent as SNI unless it is an address or empty (RFC 6066, section 3).
    pub(crate) server_name: String,
}

impl From<Endpoint> for Asked {
    /// Asks for the host itself.
    fn from(endpoint: Endpoint) -> Self {
        let server_name = endpoint.host.clone();
        Self {
            endpoint,
            server_name,
        }
    }
}

/// How long a survey may take, and how much it does at once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// For the name of an endpoint, and then for each of its addresses.
    pub(crate) each: Duration,
    /// For everything.
    pub(crate) whole: Duration,
    /// Connections at once, and names looked up at once; 0 is taken as 1.
    pub(crate) jobs: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            each: Duration::from_secs(5),
            whole: Duration::from_secs(55),
            jobs: 128,
        }
    }
}

/// What the addresses of one endpoint did. At least one of both lists has an entry.
#[derive(Debug)]
pub(crate) struct Surveyed {
    /// One for each different chain.
    pub(crate) served: Vec<ServedAt>,
    /// One for each different fault.
    pub(crate) faults: Vec<FaultAt>,
}

impl Surveyed {
    /// The faults that leave something unjudged.
    pub(crate) fn counting(&self) -> impl Iterator<Item = &FaultAt> {
        self.faults.iter().filter(|fault| fault.counts)
    }
}

/// The same chain on one or more addresses.
#[derive(Debug)]
pub(crate) struct ServedAt {
    /// Sorted.
    pub(crate) addresses: Vec<SocketAddr>,
    pub(crate) served: Served,
}

/// The same fault on one or more addresses.
#[derive(Debug)]
pub(crate) struct FaultAt {
    /// Sorted; empty when the name has no address.
    #[cfg_attr(not(test), expect(dead_code, reason = "the error names them too"))]
    pub(crate) addresses: Vec<SocketAddr>,
    /// A [`ServiceError::Endpoint`]; its text names the addresses when others behaved differently.
    pub(crate) error: ServiceError,
    /// False when nobody listens there, or this machine has no way to it, and another address served.
    pub(crate) counts: bool,
}

/// Asks every address of every endpoint what it serves, and returns the answers in the order asked.
///
/// Nothing is trusted and nothing refused. Whatever does not answer in time is a fault by name. The only
/// error is [`ServiceError::Interrupted`].
pub(crate) fn survey(
    asked: &[Asked],
    limits: &Limits,
    interrupted: &dyn Fn() -> bool,
) -> Result<Vec<Surveyed>, ServiceError> {
    let deadline = Deadline::after(limits.whole, interrupted);
    match Run::new(asked, limits, SYSTEM_RESOLVER) {
        Ok(run) => run.finish(&deadline),
        Err(error) => Ok(answers::all_failed(asked, &error)),
    }
}

#[cfg(test)]
mod tests;
