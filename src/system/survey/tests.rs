//! Real servers on this machine, asked all at once.

use std::net::SocketAddr;
use std::time::Duration;

use crate::error::ServiceError;
use crate::error::service::EndpointFault;
use crate::system::deadline::Deadline;
use crate::system::survey::names::Resolver;
use crate::system::survey::run::Run;
use crate::system::survey::{Asked, FaultAt, Limits, Surveyed};

mod addresses;
mod kinds;
mod limits;
mod s_server;

/// So long that only a hang reaches it.
const PLENTY: Limits = Limits {
    each: Duration::from_secs(60),
    whole: Duration::from_secs(60),
    jobs: 16,
};

fn at(address: SocketAddr) -> Asked {
    Asked::from(
        address
            .to_string()
            .parse::<crate::system::endpoint::Endpoint>()
            .unwrap(),
    )
}

/// By its own resolver.
fn survey_by(resolver: Resolver, asked: &[Asked], limits: &Limits) -> Vec<Surveyed> {
    let deadline = Deadline::after(limits.whole, &|| false);
    let run = Run::new(asked, limits, resolver).unwrap();
    run.finish(&deadline).unwrap()
}

/// The one thing that was found out there, which is a fault.
fn only_fault(surveyed: &Surveyed) -> (&EndpointFault, String) {
    let [fault] = surveyed.faults.as_slice() else {
        panic!("{surveyed:?}");
    };
    assert!(surveyed.served.is_empty() && fault.counts, "{surveyed:?}");
    (kind(fault), fault.error.to_string())
}

fn kind(fault: &FaultAt) -> &EndpointFault {
    match &fault.error {
        ServiceError::Endpoint { fault, .. } => fault,
        other => panic!("{other}"),
    }
}
