//! Names, and all the addresses of a name.

use std::net::{SocketAddr, TcpListener};
use std::thread;
use std::time::Duration;

use openssl::nid::Nid;

use crate::error::service::EndpointFault;
use crate::system::endpoint::testing::{TlsServer, ec_key, self_signed};
use crate::system::endpoint::{Endpoint, Served};
use crate::system::survey::names::SYSTEM_RESOLVER;
use crate::system::survey::tests::{PLENTY, at, kind, only_fault, survey_by};
use crate::system::survey::{Asked, Limits, Surveyed};

/// `one.test` has one address, `two.test` two, not in order and one of them twice.
fn resolver(host: &str) -> Result<Vec<SocketAddr>, String> {
    let [first, second] = ["127.0.0.1:0", "127.0.0.2:0"].map(|it| it.parse().unwrap());
    match host {
        "one.test" => Ok(vec![first]),
        "two.test" => Ok(vec![second, first, second]),
        "hung.test" => loop {
            thread::park();
        },
        other => Err(format!("no {other} here")),
    }
}

fn ask(host: &str, port: u16, each: Duration) -> Surveyed {
    let endpoint = Endpoint {
        host: host.to_owned(),
        port,
    };
    let limits = Limits { each, ..PLENTY };
    let mut surveyed = survey_by(resolver, &[Asked::from(endpoint)], &limits);
    surveyed.pop().unwrap()
}

/// Listeners on both addresses of `two.test`, on one port.
fn two_listeners() -> (TcpListener, TcpListener) {
    for _ in 0..20 {
        let first = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = first.local_addr().unwrap().port();
        if let Ok(second) = TcpListener::bind(("127.0.0.2", port)) {
            return (first, second);
        }
    }
    panic!("no port is free on both")
}

const LITTLE: Duration = Duration::from_millis(400);

#[test]
fn different_chains_on_different_addresses_are_both_kept() {
    let (first, second) = two_listeners();
    let servers = [first, second].map(|listener| TlsServer::on(listener, b"", None));
    let surveyed = ask("two.test", servers[0].address.port(), PLENTY.each);
    assert_eq!(surveyed.served.len(), 2);
    for (at, server) in surveyed.served.iter().zip(&servers) {
        assert_eq!(at.addresses, [server.address]);
        assert_eq!(at.served.leaf_sha256(), server.leaf_sha256);
    }
    assert!(surveyed.faults.is_empty());
}

#[test]
fn a_chain_on_several_addresses_is_listed_once() {
    let (first, second) = two_listeners();
    let key = ec_key(Nid::X9_62_PRIME256V1);
    let leaf = self_signed(&key);
    let servers = [first, second].map(|it| TlsServer::serving(&leaf, &key, it, b"", None));
    let surveyed = ask("two.test", servers[0].address.port(), PLENTY.each);
    let [at] = surveyed.served.as_slice() else {
        panic!("{surveyed:?}");
    };
    assert_eq!(at.addresses, servers.each_ref().map(|it| it.address));
    assert_eq!(at.served.leaf_sha256(), servers[0].leaf_sha256);
    assert!(surveyed.faults.is_empty());
}

#[test]
fn an_address_that_refuses_counts_only_when_all_do() {
    let server = TlsServer::start();
    let port = server.address.port();
    let surveyed = ask("two.test", port, PLENTY.each);
    assert_eq!(surveyed.served[0].addresses, [server.address]);
    let [fault] = surveyed.faults.as_slice() else {
        panic!("{surveyed:?}");
    };
    assert!(matches!(kind(fault), EndpointFault::Refused));
    let text = format!("connection refused on two.test:{port} (127.0.0.2)");
    assert_eq!(fault.error.to_string(), text);
    assert_eq!(surveyed.counting().count(), 0);

    drop(server);
    let surveyed = ask("two.test", port, PLENTY.each);
    let text = format!("connection refused on two.test:{port}");
    assert_eq!(only_fault(&surveyed).1, text);
    assert_eq!(surveyed.faults[0].addresses.len(), 2);
}

#[test]
fn a_silent_address_counts_although_another_one_serves() {
    let (first, _silent) = two_listeners();
    let server = TlsServer::on(first, b"", None);
    let port = server.address.port();
    let surveyed = ask("two.test", port, LITTLE);
    assert_eq!(surveyed.served[0].addresses, [server.address]);
    let counting: Vec<String> = surveyed.counting().map(|it| it.error.to_string()).collect();
    let text = format!("two.test:{port} (127.0.0.2) accepts connections but does not answer");
    assert_eq!(counting, [text]);
}

#[test]
fn a_name_without_address_keeps_the_reason() {
    let text = only_fault(&ask("other.test", 1, PLENTY.each)).1;
    assert_eq!(text, "other.test:1 has no address: no other.test here");
}

#[test]
fn a_hung_name_service_is_one_finding_for_each_name() {
    let server = TlsServer::start();
    let port = server.address.port();
    let named = |host: &str| Asked::from(format!("{host}:{port}").parse::<Endpoint>().unwrap());
    let asked = ["hung.test", "one.test", "hung.test"].map(named);
    let limits = Limits {
        each: LITTLE,
        ..PLENTY
    };
    let surveyed = survey_by(resolver, &asked, &limits);
    for hung in [&surveyed[0], &surveyed[2]] {
        let (fault, text) = only_fault(hung);
        assert!(matches!(fault, EndpointFault::Unresolved));
        let expected = format!("the name service does not say where hung.test:{port} is");
        assert_eq!(text, expected);
    }
    let [at] = surveyed[1].served.as_slice() else {
        panic!("{surveyed:?}");
    };
    assert_eq!(at.served.leaf_sha256(), server.leaf_sha256);
}

#[test]
fn names_whose_turn_never_came_are_told_from_hung_ones() {
    let asked = ["hung.test", "one.test"].map(|host| {
        let endpoint = format!("{host}:1").parse::<Endpoint>().unwrap();
        Asked::from(endpoint)
    });
    let limits = Limits {
        whole: LITTLE,
        jobs: 1,
        ..PLENTY
    };
    let surveyed = survey_by(resolver, &asked, &limits);
    assert!(matches!(
        only_fault(&surveyed[0]).0,
        EndpointFault::Unresolved
    ));
    assert!(matches!(
        only_fault(&surveyed[1]).0,
        EndpointFault::NotAsked
    ));
}

#[test]
fn the_resolver_of_the_system_knows_localhost_and_not_invalid() {
    let server = TlsServer::start();
    // RFC 6761: .invalid never resolves.
    let asked = ["localhost", "no-such-host.invalid"].map(|host| {
        let endpoint = Endpoint {
            host: host.to_owned(),
            port: server.address.port(),
        };
        Asked::from(endpoint)
    });
    let surveyed = survey_by(SYSTEM_RESOLVER, &asked, &PLENTY);
    let served: Vec<&Served> = surveyed[0].served.iter().map(|at| &at.served).collect();
    assert_eq!(served[0].leaf_sha256(), server.leaf_sha256);
    assert_eq!(surveyed[0].counting().count(), 0);
    let (fault, text) = only_fault(&surveyed[1]);
    assert!(matches!(fault, EndpointFault::NoAddress(_)), "{text}");
}

#[test]
fn ipv6_literals_are_asked() {
    let Ok(listener) = TcpListener::bind("[::1]:0") else {
        return; // this machine has none
    };
    let server = TlsServer::on(listener, b"", None);
    let surveyed = survey_by(SYSTEM_RESOLVER, &[at(server.address)], &PLENTY);
    let [at] = surveyed[0].served.as_slice() else {
        panic!("{surveyed:?}");
    };
    assert_eq!(at.addresses, [server.address]);
    assert_eq!(at.served.leaf_sha256(), server.leaf_sha256);
}
