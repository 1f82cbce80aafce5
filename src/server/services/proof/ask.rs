//! Asks the endpoints what they serve, and compares it with what is expected.

use std::time::Duration;

use crate::error::ServiceError;
use crate::server::services::proof::launcher;
use crate::system::deadline::Deadline;
use crate::system::endpoint::{Credentials, Endpoint, Served, handshake};
use crate::system::plan::Expected;

/// One handshake or request; a server that is slower is asked again.
pub(super) const ONE_LOOK: Duration = Duration::from_secs(5);

/// All that was expected was seen.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) endpoint: String,
    /// The expected leaf and what was sent with it; `None`: no leaf was expected.
    pub(crate) served: Option<Served>,
    /// What launchers get, in words; `None`: not asked.
    pub(crate) launcher: Option<String>,
}

/// Something else was seen than what was expected, or nothing.
#[derive(Debug)]
pub(super) struct Wrong {
    pub(super) error: ServiceError,
    /// By the first endpoint, the one that is surely this service's.
    pub(super) first: bool,
}

/// Asks whether everything that is expected is served; `None`: nothing is expected.
///
/// # Errors
/// What is served instead ([`ServiceError::is_wrong_answer`]), or why nobody knows.
pub(crate) fn ask(
    expected: &Expected<'_>,
    login: Option<&Credentials>,
    deadline: &Deadline<'_>,
) -> Result<Option<Answer>, ServiceError> {
    all(expected, login, deadline).map_err(|wrong| wrong.error)
}

pub(super) fn all(
    expected: &Expected<'_>,
    login: Option<&Credentials>,
    deadline: &Deadline<'_>,
) -> Result<Option<Answer>, Wrong> {
    let mut answer = None;
    if let Some(leaf) = expected.leaf.filter(|_| !over_tls(expected)) {
        answer = Some(first_that_listens(expected.endpoints, |endpoint| {
            let deadline = deadline.within(ONE_LOOK);
            let served = handshake(endpoint, expected.server_name, &deadline)?;
            check_leaf(endpoint, &served, leaf, expected)?;
            Ok(Answer {
                endpoint: endpoint.to_string(),
                served: Some(served),
                launcher: None,
            })
        })?);
    }
    if let Some(launcher) = expected.launcher {
        let of_leaf = answer.take();
        let mut seen = first_that_listens(&launcher.endpoints, |endpoint| {
            launcher::check(launcher, endpoint, expected, login, deadline)
        })?;
        if let Some(of_leaf) = of_leaf {
            seen.endpoint = of_leaf.endpoint;
            seen.served = of_leaf.served;
        }
        answer = Some(seen);
    }
    Ok(answer)
}

/// Where the launcher file comes over TLS its connection shows the leaf.
pub(super) fn over_tls(expected: &Expected<'_>) -> bool {
    expected.launcher.is_some_and(|launcher| launcher.tls)
}

/// Asks the endpoints in turn until one accepts a connection.
pub(super) fn first_that_listens<T>(
    endpoints: &[String],
    mut ask: impl FnMut(&Endpoint) -> Result<T, ServiceError>,
) -> Result<T, Wrong> {
    let mut last = ServiceError::BadEndpoint {
        text: String::new(),
    };
    for (index, text) in endpoints.iter().enumerate() {
        let first = index == 0;
        match text.parse().and_then(|endpoint| ask(&endpoint)) {
            Ok(seen) => return Ok(seen),
            Err(ServiceError::Endpoint { endpoint, fault }) if !fault.listens() => {
                // What is said is about the first one, unless a later one at least listens.
                if first {
                    last = ServiceError::Endpoint { endpoint, fault };
                }
            }
            Err(error) => return Err(Wrong { error, first }),
        }
    }
    Err(Wrong {
        error: last,
        first: false,
    })
}

/// The leaf, and the intermediates with which clients find from it to their trust anchor.
pub(super) fn check_leaf(
    endpoint: &Endpoint,
    served: &Served,
    leaf: &str,
    expected: &Expected<'_>,
) -> Result<(), ServiceError> {
    let endpoint = endpoint.to_string();
    if served.leaf_sha256() != leaf {
        return Err(ServiceError::StillServes {
            served: served.leaf_sha256(),
            endpoint,
            expected: leaf.to_owned(),
        });
    }
    match expected.sent.iter().find(|it| !served.sent(&it.sha256)) {
        None => Ok(()),
        Some(missing) => Err(ServiceError::IntermediateNotSent {
            endpoint,
            subject: missing.subject.clone(),
            sha256: missing.sha256.clone(),
        }),
    }
}
