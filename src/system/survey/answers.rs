//! What every address answered, put together for each endpoint.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;

use nix::errno::Errno;

use crate::error::ServiceError;
use crate::error::service::EndpointFault;
use crate::system::endpoint::{Endpoint, Served};
use crate::system::survey::{Asked, FaultAt, ServedAt, Surveyed};

/// The answers of all endpoints, as they come in.
pub(super) struct Answers {
    /// A list for each endpoint, in the order asked.
    lists: Vec<Vec<Answer>>,
    /// Endpoints whose addresses are not known yet, and addresses that have not answered yet.
    missing: usize,
}

struct Answer {
    address: Option<SocketAddr>,
    /// `None`: not yet.
    result: Option<Result<Served, EndpointFault>>,
}

impl Answers {
    pub(super) fn new(endpoints: usize) -> Self {
        Self {
            lists: (0..endpoints).map(|_| Vec::new()).collect(),
            missing: endpoints,
        }
    }

    pub(super) fn are_missing(&self) -> bool {
        self.missing > 0
    }

    /// An endpoint's addresses are known.
    pub(super) fn expect(&mut self, user: usize, addresses: &[SocketAddr]) {
        if let Some(list) = self.lists.get_mut(user) {
            list.extend(addresses.iter().map(|address| Answer {
                address: Some(*address),
                result: None,
            }));
            self.missing = (self.missing + addresses.len()).saturating_sub(1);
        }
    }

    /// One of these addresses has answered.
    pub(super) fn fill(
        &mut self,
        user: usize,
        place: usize,
        result: Result<Served, EndpointFault>,
    ) {
        let list = self.lists.get_mut(user);
        if let Some(answer) = list.and_then(|list| list.get_mut(place)) {
            answer.result = Some(result);
            self.missing = self.missing.saturating_sub(1);
        }
    }

    /// The endpoint has no address to ask.
    pub(super) fn fail(&mut self, user: usize, fault: EndpointFault) {
        if let Some(list) = self.lists.get_mut(user) {
            list.push(Answer {
                address: None,
                result: Some(Err(fault)),
            });
            self.missing = self.missing.saturating_sub(1);
        }
    }

    pub(super) fn surveyed(self, asked: &[Asked]) -> Vec<Surveyed> {
        let lists = asked.iter().zip(self.lists);
        lists
            .map(|(asked, list)| together(&asked.endpoint, list))
            .collect()
    }
}

/// Everything fails for one reason: this process has no descriptors left.
pub(super) fn all_failed(asked: &[Asked], error: &io::Error) -> Vec<Surveyed> {
    let mut answers = Answers::new(asked.len());
    for user in 0..asked.len() {
        let error = io::Error::new(error.kind(), error.to_string());
        answers.fail(user, EndpointFault::Unreachable(error));
    }
    answers.surveyed(asked)
}

/// Equal chains and equal faults become one each.
fn together(endpoint: &Endpoint, answers: Vec<Answer>) -> Surveyed {
    let mut served: Vec<ServedAt> = Vec::new();
    let mut faults: Vec<(String, Vec<SocketAddr>, EndpointFault)> = Vec::new();
    for Answer { address, result } in answers {
        match result.unwrap_or(Err(EndpointFault::NotAsked)) {
            Ok(new) => match served.iter_mut().find(|it| it.served.chain == new.chain) {
                Some(known) => known.addresses.extend(address),
                None => served.push(ServedAt {
                    addresses: address.into_iter().collect(),
                    served: new,
                }),
            },
            Err(fault) => {
                let text = format!("{fault:?}");
                match faults.iter_mut().find(|(known, ..)| *known == text) {
                    Some((_, addresses, _)) => addresses.extend(address),
                    None => faults.push((text, address.into_iter().collect(), fault)),
                }
            }
        }
    }
    let is_mixed = served.len() + faults.len() > 1;
    let faults = faults.into_iter().map(|(_, addresses, fault)| FaultAt {
        counts: served.is_empty() || !is_nobody_there(&fault),
        error: ServiceError::Endpoint {
            endpoint: named(endpoint, &addresses, is_mixed),
            fault,
        },
        addresses,
    });
    Surveyed {
        faults: faults.collect(),
        served,
    }
}

/// `HOST:PORT`, and the addresses when not all of them behaved alike.
fn named(endpoint: &Endpoint, addresses: &[SocketAddr], is_mixed: bool) -> String {
    if !is_mixed {
        return endpoint.to_string();
    }
    let addresses: Vec<String> = addresses.iter().map(|it| it.ip().to_string()).collect();
    format!("{endpoint} ({})", addresses.join(", "))
}

/// Whether the address is none to ask from here: a closed port, or IPv6 where there is none. An address
/// that swallows packets is something else: nobody knows what it serves.
fn is_nobody_there(fault: &EndpointFault) -> bool {
    match fault {
        EndpointFault::Refused => true,
        EndpointFault::Unreachable(error) => {
            matches!(
                error.kind(),
                ErrorKind::AddrNotAvailable
                    | ErrorKind::HostUnreachable
                    | ErrorKind::NetworkUnreachable
            ) || error.raw_os_error() == Some(Errno::EAFNOSUPPORT as i32)
        }
        EndpointFault::Closed
        | EndpointFault::Handshake(_)
        | EndpointFault::HungUp
        | EndpointFault::NoAddress(_)
        | EndpointFault::NotAsked
        | EndpointFault::NotHttp { .. }
        | EndpointFault::NotTls { .. }
        | EndpointFault::Silent
        | EndpointFault::TimedOut
        | EndpointFault::Unresolved => false,
    }
}
