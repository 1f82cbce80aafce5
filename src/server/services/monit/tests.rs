use std::time::Duration;

use crate::error::ServiceError;
use crate::server::services::testing::{FakeMonit, status};
use crate::server::services::{Monit, State, Status};
use crate::system::deadline::Deadline;

const PLENTY: Duration = Duration::from_secs(60);

fn ask(fake: &FakeMonit) -> Result<Status, ServiceError> {
    let deadline = Deadline::after(PLENTY, &|| false);
    Monit::new(&fake.command()).status("web_api_service", &deadline)
}

#[test]
fn every_known_state_is_told_apart() {
    for (said, state, pending, runs) in [
        ("OK", State::Running, false, true),
        ("Running", State::Running, false, true),
        ("OK - restart pending", State::Running, true, false),
        ("OK - stop pending", State::Running, true, false),
        ("Initializing", State::Starting, false, false),
        (
            "Initializing - restart pending",
            State::Starting,
            true,
            false,
        ),
        ("Not monitored", State::NotMonitored, false, false),
        (
            "Not monitored - start pending",
            State::NotMonitored,
            true,
            false,
        ),
        ("Does not exist", State::Missing, false, false),
        (
            "Execution failed | Does not exist",
            State::Failed,
            false,
            false,
        ),
        ("Execution failed", State::Failed, false, false),
        ("Data access error", State::Other, false, false),
        ("OK | Resource limit matched", State::Other, false, false),
    ] {
        let found = ask(&FakeMonit::new(&status(said, None), "")).unwrap();
        assert_eq!((found.state, found.pending), (state, pending), "{said}");
        assert_eq!(found.runs(), runs, "{said}");
        assert_eq!(found.said, said);
        assert_eq!(found.pid, None);
    }
}

#[test]
fn the_pid_is_the_services_own_not_its_parents() {
    let found = ask(&FakeMonit::new(&status("OK", Some(4711)), "")).unwrap();
    assert_eq!(found.pid, Some(4711));
}

#[test]
fn no_daemon_is_told_with_the_way_round() {
    for said in [
        "Monit: the monit daemon is not running\n",
        "monit: Status not available -- the monit daemon is not running\n",
    ] {
        let fake = FakeMonit::failing(said);
        let error = ask(&fake).unwrap_err();
        let expected = format!(
            "monit is not running (asked with: {})",
            fake.command().join(" ")
        );
        assert_eq!(error.to_string(), expected);
        assert!(error.hint().unwrap().contains("--no-restart"));
    }
}

#[test]
fn an_unknown_service_is_told_by_its_name() {
    for fake in [
        FakeMonit::failing("Service 'web_api_service' not found\n"),
        FakeMonit::failing("There is no service named \"web_api_service\"\n"),
        FakeMonit::new("Monit 5.33.0 uptime: 2m\n\n", ""),
    ] {
        let error = ask(&fake).unwrap_err();
        assert!(
            matches!(&error, ServiceError::UnknownService { service, .. } if service == "web_api_service"),
            "{error}"
        );
    }
}

#[test]
fn any_other_refusal_keeps_monits_last_words() {
    let fake = FakeMonit::failing("first\nsudo: a password is required\n");
    assert_eq!(
        ask(&fake).unwrap_err().to_string(),
        format!(
            "{} status web_api_service: exit status: 1: sudo: a password is required",
            fake.command().join(" ")
        )
    );
}

#[test]
fn a_missing_monit_is_not_taken_for_a_missing_service() {
    let deadline = Deadline::after(PLENTY, &|| false);
    let command = ["sh", "-c", "no-such-monit"].map(str::to_owned);
    let error = Monit::new(&command)
        .status("web_api_service", &deadline)
        .unwrap_err();
    assert!(matches!(error, ServiceError::Monit { .. }), "{error}");
}

#[test]
fn a_broken_configuration_is_never_reloaded() {
    let fake = FakeMonit::new("", "");
    fake.break_configuration();
    let deadline = Deadline::after(PLENTY, &|| false);
    let error = Monit::new(&fake.command()).reload(&deadline).unwrap_err();
    assert!(
        error.to_string().ends_with("web.conf:3: syntax error"),
        "{error}"
    );
    assert_eq!(fake.orders(), ["-t"]);
}
