//! Time, and how much is done at once.

use std::io::Read;
use std::net::{SocketAddr, TcpListener};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::ServiceError;
use crate::error::service::EndpointFault;
use crate::system::endpoint::testing::TlsServer;
use crate::system::survey::tests::{PLENTY, at, only_fault};
use crate::system::survey::{Limits, survey};

/// Takes connections, and says nothing.
fn silent() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let mut kept = Vec::new();
        while let Ok((mut stream, _)) = listener.accept() {
            stream.set_nonblocking(true).unwrap();
            let _ = stream.read(&mut [0; 16]);
            kept.push(stream);
        }
    });
    address
}

#[test]
fn of_200_endpoints_the_five_hung_ones_are_named_at_the_deadline_and_the_order_is_kept() {
    let servers: Vec<TlsServer> = (0..3).map(|_| TlsServer::start()).collect();
    let hung: Vec<SocketAddr> = (0..5).map(|_| silent()).collect();
    let addresses: Vec<SocketAddr> = (0..200)
        .map(|index| match index % 40 {
            7 => hung[index / 40],
            _ => servers[index % 3].address,
        })
        .collect();
    let asked: Vec<_> = addresses.iter().copied().map(at).collect();
    let limits = Limits {
        whole: Duration::from_secs(8),
        ..PLENTY
    };
    let start = Instant::now();
    let surveyed = survey(&asked, &limits, &|| false).unwrap();
    let elapsed = start.elapsed();
    assert!(
        elapsed >= limits.whole && elapsed < limits.whole * 4,
        "{elapsed:?}"
    );
    assert_eq!(surveyed.len(), 200);
    for (index, (answer, address)) in surveyed.iter().zip(&addresses).enumerate() {
        if hung.contains(address) {
            let text = format!("{address} accepts connections but does not answer");
            assert_eq!(only_fault(answer).1, text);
        } else {
            let [at] = answer.served.as_slice() else {
                panic!("{index}: {answer:?}");
            };
            assert_eq!(at.served.leaf_sha256(), servers[index % 3].leaf_sha256);
        }
    }
}

#[test]
fn a_survey_is_over_with_its_last_answer() {
    let server = TlsServer::start();
    let asked = vec![at(server.address); 40];
    for jobs in [0, 1, 7, 100] {
        let limits = Limits { jobs, ..PLENTY };
        let start = Instant::now();
        let surveyed = survey(&asked, &limits, &|| false).unwrap();
        assert!(
            surveyed.iter().all(|it| it.served.len() == 1),
            "{surveyed:?}"
        );
        assert!(start.elapsed() < PLENTY.whole / 2);
    }
    assert!(survey(&[], &PLENTY, &|| false).unwrap().is_empty());
}

#[test]
fn a_hung_endpoint_makes_room_for_the_next_one() {
    let server = TlsServer::start();
    let asked = [at(silent()), at(server.address)];
    let limits = Limits {
        each: Duration::from_millis(300),
        jobs: 1,
        ..PLENTY
    };
    let surveyed = survey(&asked, &limits, &|| false).unwrap();
    assert!(matches!(only_fault(&surveyed[0]).0, EndpointFault::Silent));
    assert_eq!(surveyed[1].served.len(), 1);
}

#[test]
fn who_was_never_asked_is_named_with_the_way_out() {
    let server = TlsServer::start();
    let name = format!("localhost:{}", server.address.port());
    let named = name.parse::<crate::system::endpoint::Endpoint>().unwrap();
    let asked = [at(silent()), at(server.address), named.into()];
    let limits = Limits {
        whole: Duration::from_millis(300),
        jobs: 1,
        ..PLENTY
    };
    let surveyed = survey(&asked, &limits, &|| false).unwrap();
    assert!(matches!(only_fault(&surveyed[0]).0, EndpointFault::Silent));
    for (answer, name) in [
        (&surveyed[1], server.address.to_string()),
        (&surveyed[2], name),
    ] {
        assert_eq!(
            only_fault(answer).1,
            format!("no time was left to ask {name}")
        );
        let hint = answer.faults[0].error.hint().unwrap();
        assert!(hint.contains("--deadline") && hint.contains("--jobs"));
    }
}

#[test]
fn an_interrupt_ends_a_survey() {
    let start = Instant::now();
    let interrupted = || start.elapsed() > Duration::from_millis(200);
    let error = survey(&[at(silent())], &PLENTY, &interrupted).unwrap_err();
    assert!(matches!(error, ServiceError::Interrupted));
    assert!(start.elapsed() < PLENTY.whole / 2);
}

#[test]
fn absurd_limits_are_no_panic() {
    let server = TlsServer::start();
    let limits = Limits {
        each: Duration::MAX,
        whole: Duration::MAX,
        jobs: usize::MAX,
    };
    let surveyed = survey(&[at(server.address)], &limits, &|| false).unwrap();
    assert_eq!(surveyed[0].served.len(), 1);
}
