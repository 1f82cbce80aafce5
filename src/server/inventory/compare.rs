//! What is on the disk, what the settings say, and what is served, against each other.

use crate::error::ServiceError;
use crate::error::service::EndpointFault;
use crate::pki::certificate::Certificate;
use crate::pki::findings::Finding;
use crate::server::inventory::{AskedEndpoint, Inventory};

/// A leaf that was read from a source.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Leaf<'a> {
    /// [`ServerFile::shown`] of the source.
    ///
    /// [`ServerFile::shown`]: crate::server::inventory::ServerFile::shown
    pub(crate) source: &'a str,
    pub(crate) certificate: &'a Certificate,
}

/// What an endpoint did when it was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    /// It answers plain HTTP.
    Cleartext,
    /// Something listens, and neither ends a handshake nor answers HTTP; why, for people.
    Failed(String),
    /// A whole handshake: DER, the leaf first, as sent.
    Served(Vec<Vec<u8>>),
    /// Nothing listens there, or nobody knows; why, for people.
    Silent(String),
}

impl Reply {
    /// What a failed handshake says.
    pub(crate) fn of_error(error: &ServiceError) -> Self {
        match error {
            ServiceError::Endpoint {
                fault: EndpointFault::NotTls { http: true },
                ..
            } => Self::Cleartext,
            ServiceError::Endpoint { fault, .. } if fault.listens() => {
                Self::Failed(error.to_string())
            }
            _ => Self::Silent(error.to_string()),
        }
    }
}

impl Inventory {
    /// Of each service the endpoint that decides, which is the one to judge by its certificates: the
    /// first at which something listens, else the first. `replies` are those of [`Inventory::endpoints`],
    /// in their order; one that is missing was not asked in time.
    pub(crate) fn deciding<'a>(
        &'a self,
        replies: &'a [Reply],
    ) -> Vec<(&'a AskedEndpoint, Option<&'a Reply>)> {
        let _ = replies;
        Vec::new()
    }

    /// Compares files, settings and what is served. `leaves` are those of the [sources], as far as they
    /// could be read; `replies` as in [`Inventory::deciding`]. An endpoint that does not answer is a
    /// finding of this function.
    ///
    /// [sources]: Inventory::sources
    pub(crate) fn compare(&self, leaves: &[Leaf<'_>], replies: &[Reply]) -> Vec<(String, Finding)> {
        let _ = (leaves, replies);
        Vec::new()
    }
}
