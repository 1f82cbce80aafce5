//! What monit says and what a handshake shows.

mod fixtures;
mod launcher;

use std::net::TcpListener;

use crate::error::{Result, ServiceError};
use crate::server::services::proof::Proof;
use crate::server::services::testing::{FakeMonit, status};
use crate::server::services::{
    preflight, put_back_after_files, put_back_before_files, restart_and_prove,
};
use crate::system::endpoint::testing::TlsServer;
use crate::system::plan::{Probe, Restart};

/// No process of any machine: above the kernel's PID_MAX_LIMIT.
const OLD: u32 = 5_000_000;
const NEW: u32 = OLD + 1;

/// The grace is then a third of that.
const TIMEOUT: u64 = 2;

fn restart(fake: &FakeMonit, endpoints: &[String], after: &str) -> Restart {
    Restart {
        service: "web_api_service".to_owned(),
        monit: fake.command(),
        enabling: false,
        probe: Probe {
            endpoints: endpoints.to_vec(),
            server_name: "localhost".to_owned(),
            after: after.to_owned(),
            before: None,
            timeout_seconds: TIMEOUT,
            ..Probe::default()
        },
    }
}

fn prove(restart: &Restart) -> Result<Proof, ServiceError> {
    restart_and_prove(restart, None, &mut |_| {}, &|| false)
}

fn on(server: &TlsServer) -> Vec<String> {
    vec![server.address.to_string()]
}

/// An address on which nobody listens.
fn closed() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

fn restarting() -> FakeMonit {
    FakeMonit::new(&status("OK", Some(OLD)), &status("OK", Some(NEW)))
}

#[test]
fn a_new_process_that_serves_the_leaf_is_proof() {
    let (fake, server) = (restarting(), TlsServer::start());
    let proof = prove(&restart(&fake, &on(&server), &server.leaf_sha256)).unwrap();
    assert_eq!(proof.pid, Some(NEW));
    let answer = proof.answer.unwrap();
    assert_eq!(answer.endpoint, server.address.to_string());
    assert_eq!(answer.served.unwrap().leaf_sha256(), server.leaf_sha256);
    assert_eq!(fake.orders(), ["restart web_api_service"]);
}

#[test]
fn the_old_process_is_no_proof_even_when_the_leaf_is_right() {
    let server = TlsServer::start();
    let fake = FakeMonit::new(&status("OK", Some(OLD)), &status("OK", Some(OLD)));
    let error = prove(&restart(&fake, &on(&server), &server.leaf_sha256)).unwrap_err();
    let expected = format!("web_api_service is not back after {TIMEOUT} s: monit says \"OK\"");
    assert_eq!(error.to_string(), expected);
}

/// monit had not looked at it, and takes over what runs: this process, which is older than the order.
#[test]
fn a_process_that_monit_takes_over_is_restarted_once_more() {
    let server = TlsServer::start();
    let taken_over = status("OK", Some(std::process::id()));
    let fake = FakeMonit::new(&status("Not monitored", None), &taken_over);
    let error = prove(&restart(&fake, &on(&server), &server.leaf_sha256)).unwrap_err();
    assert!(matches!(error, ServiceError::NotProven { .. }), "{error}");
    assert_eq!(fake.orders(), ["restart web_api_service"; 2]);
}

#[test]
fn a_pending_restart_is_no_proof() {
    let server = TlsServer::start();
    let pending = status("OK - restart pending", Some(NEW));
    let fake = FakeMonit::new(&status("OK", Some(OLD)), &pending);
    let error = prove(&restart(&fake, &on(&server), &server.leaf_sha256)).unwrap_err();
    assert!(matches!(error, ServiceError::NotProven { .. }), "{error}");
}

#[test]
fn another_leaf_is_an_error_before_the_deadline_naming_both() {
    let (fake, server) = (restarting(), TlsServer::start());
    let wanted = "0123456789abcdef".repeat(4);
    let error = prove(&restart(&fake, &on(&server), &wanted)).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "{} still serves another certificate: {}…, not 0123456789abcdef…",
            server.address,
            &server.leaf_sha256[..16]
        )
    );
}

#[test]
fn a_silent_port_is_named_at_the_deadline() {
    let (fake, closed) = (restarting(), closed());
    let mut restart = restart(&fake, std::slice::from_ref(&closed), "00");
    // Time for one look at least, on the slowest machine.
    restart.probe.timeout_seconds = 3 * TIMEOUT;
    let error = prove(&restart).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("web_api_service is not back after 6 s: connection refused on {closed}")
    );
}

#[test]
fn the_next_endpoint_is_asked_when_nobody_listens_on_the_first() {
    let (fake, server) = (restarting(), TlsServer::start());
    let endpoints = [closed(), server.address.to_string()];
    let proof = prove(&restart(&fake, &endpoints, &server.leaf_sha256)).unwrap();
    assert_eq!(proof.answer.unwrap().endpoint, endpoints[1]);
}

#[test]
fn another_leaf_on_a_later_endpoint_waits_for_the_first_until_the_deadline() {
    let (fake, server) = (restarting(), TlsServer::start());
    let endpoints = [closed(), server.address.to_string()];
    let error = prove(&restart(&fake, &endpoints, "00")).unwrap_err();
    assert!(
        matches!(&error, ServiceError::NotProven { last_seen, .. } if last_seen.contains("still serves")),
        "{error}"
    );
}

#[test]
fn a_service_that_does_not_start_is_given_up_before_the_deadline() {
    let failed = status("Execution failed | Does not exist", None);
    let fake = FakeMonit::new(&status("OK", Some(OLD)), &failed);
    let error = prove(&restart(&fake, &[closed()], "00")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "web_api_service does not start: monit says \"Execution failed | Does not exist\""
    );
}

#[test]
fn a_service_that_ends_after_its_start_is_given_up_before_the_deadline() {
    for gone in ["Data access error", "Does not exist"] {
        let fake = FakeMonit::new(&status("OK", Some(OLD)), &status(gone, None));
        let error = prove(&restart(&fake, &[closed()], "00")).unwrap_err();
        assert!(
            matches!(error, ServiceError::DoesNotStart { .. }),
            "{error}"
        );
    }
}

#[test]
fn a_service_just_enabled_may_be_missing_at_first_and_one_that_is_up_may_have_faults() {
    let missing = FakeMonit::new("", &status("Does not exist", None));
    let mut enabling = restart(&missing, &[closed()], "00");
    enabling.enabling = true;
    let up = FakeMonit::new(
        &status("OK", Some(1)),
        &status("Connection failed", Some(2)),
    );
    for restart in [enabling, restart(&up, &[closed()], "00")] {
        let error = prove(&restart).unwrap_err();
        assert!(matches!(error, ServiceError::NotProven { .. }), "{error}");
    }
}

#[test]
fn an_interrupt_ends_the_wait() {
    let fake = FakeMonit::new(&status("OK", Some(1)), &status("Initializing", None));
    let looks = std::cell::Cell::new(0);
    let mut progress = |_: &str| looks.set(looks.get() + 1);
    let restart = restart(&fake, &[closed()], "00");
    let error = restart_and_prove(&restart, None, &mut progress, &|| looks.get() > 1).unwrap_err();
    assert!(matches!(error, ServiceError::Interrupted), "{error}");
}

#[test]
fn a_service_just_enabled_is_reloaded_and_not_restarted() {
    let server = TlsServer::start();
    let fake = FakeMonit::new("", &status("OK", Some(NEW)));
    let mut restart = restart(&fake, &on(&server), &server.leaf_sha256);
    assert!(matches!(
        preflight(&restart, &|| false),
        Err(ServiceError::UnknownService { .. })
    ));
    restart.enabling = true;
    assert_eq!(preflight(&restart, &|| false).unwrap(), None);
    prove(&restart).unwrap();
    assert_eq!(fake.orders(), ["-t", "reload"]);
}

#[test]
fn preflight_refuses_an_endpoint_that_is_none() {
    let restart = restart(&restarting(), &["localhost".to_owned()], "00");
    let error = preflight(&restart, &|| false).unwrap_err();
    assert_eq!(error.to_string(), "\"localhost\" is not HOST:PORT");
}

#[test]
fn putting_back_restarts_and_proves_what_was_served_before() {
    let (fake, server) = (restarting(), TlsServer::start());
    let mut restart = restart(&fake, &on(&server), "00");
    restart.probe.before = Some(server.leaf_sha256.clone());
    put_back_before_files(&restart, &mut |_| {}, &|| false).unwrap();
    assert!(fake.orders().is_empty());
    let proof = put_back_after_files(&restart, &mut |_| {}, &|| false).unwrap();
    assert!(proof.unwrap().answer.is_some());
    assert_eq!(fake.orders(), ["restart web_api_service"]);
}

#[test]
fn putting_back_without_a_leaf_from_before_waits_for_the_process_alone() {
    let fake = restarting();
    let restart = restart(&fake, &[closed()], "00");
    let proof = put_back_after_files(&restart, &mut |_| {}, &|| false).unwrap();
    assert_eq!(proof.unwrap().pid, Some(NEW));
}

#[test]
fn undoing_an_enable_stops_the_service_before_monit_forgets_it() {
    let fake = FakeMonit::new(&status("OK", Some(1)), &status("Not monitored", None));
    let mut restart = restart(&fake, &[closed()], "00");
    restart.enabling = true;
    put_back_before_files(&restart, &mut |_| {}, &|| false).unwrap();
    assert_eq!(fake.orders(), ["stop web_api_service"]);
    assert!(
        put_back_after_files(&restart, &mut |_| {}, &|| false)
            .unwrap()
            .is_none()
    );
    assert_eq!(fake.orders(), ["stop web_api_service", "-t", "reload"]);
}

#[test]
fn a_service_that_does_not_stop_is_named() {
    let fake = FakeMonit::new(
        &status("OK", Some(1)),
        &status("OK - stop pending", Some(1)),
    );
    let mut restart = restart(&fake, &[closed()], "00");
    restart.enabling = true;
    let error = put_back_before_files(&restart, &mut |_| {}, &|| false).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "web_api_service did not stop within {TIMEOUT} s: monit says \"OK - stop pending\""
        )
    );
}
