//! A second run: the files are right already, and what is served decides.

use crate::cli::apply::Run;
use crate::cli::apply::log::LogMarks;
use crate::cli::streams::Flags;
use crate::error::Result;
use crate::report::outcome::{Outcome, ServiceOutcome};
use crate::report::text;
use crate::server::services::testing::{FakeMonit, Lighttpd, status};
use crate::system::plan::{Launcher, Plan, Probe, Restart};
use crate::system::scratch::{self, Scratch};

const GETDOWN: &str = "www/iris/getdown.txt";

fn restarting() -> FakeMonit {
    FakeMonit::new(&status("OK", Some(1000)), &status("OK", Some(1001)))
}

/// Runs a plan without changes that expects the launcher file of `endpoint`.
fn second_run(fake: &FakeMonit, endpoint: String, origin: &str) -> Result<Outcome> {
    let scratch = Scratch::new();
    let plan = Plan {
        restart: Some(Restart {
            service: "client_update_service".to_owned(),
            monit: fake.command(),
            probe: Probe {
                launcher_after: Some(Launcher {
                    endpoints: vec![endpoint],
                    server_name: "cus.example.com".to_owned(),
                    paths: vec!["/iris/getdown.txt".to_owned()],
                    origin: Some(origin.to_owned()),
                    ..Launcher::default()
                }),
                timeout_seconds: 2,
                ..Probe::default()
            },
            ..scratch::restart()
        }),
        ..Plan::new("cus-http")
    };
    let run = Run {
        host: &scratch.host,
        lock: &scratch.lock(),
        flags: &Flags {
            dry_run: false,
            json: false,
            quiet: true,
            verbose: false,
            recovery_suffices: false,
        },
        plan: &plan,
        switches_off: None,
        login: None,
        judge: None,
        logs: LogMarks::now(&scratch.host, &[], None),
        interrupted: &|| false,
    };
    run.carry_out(Outcome {
        service: Some(ServiceOutcome {
            name: "client_update_service".to_owned(),
            ..ServiceOutcome::default()
        }),
        ..Outcome::default()
    })
}

#[test]
fn what_is_served_as_wanted_is_left_running_and_reported() {
    let fake = restarting();
    let files = [(GETDOWN, "appbase = http://cus.example.com/iris\n")];
    let server = Lighttpd::start("127.0.0.1", "", &files);
    let outcome = second_run(&fake, server.address.to_string(), "http://cus.example.com").unwrap();
    assert!(fake.orders().is_empty() && !outcome.changed);
    let names = format!(
        "http://cus.example.com:{}/iris/getdown.txt names http://cus.example.com/iris",
        server.address.port()
    );
    assert_eq!(
        text::render(&outcome, false),
        format!(
            "service      client_update_service not restarted\nlauncher     {names}\n\
             unchanged    everything is as wanted already\n"
        )
    );
    let service = serde_json::to_value(&outcome).unwrap()["service"].clone();
    assert_eq!(service["launcher"], names);
    assert!(service.get("endpoint").is_none());
}

#[test]
fn another_address_in_the_file_or_nobody_there_is_a_reason_to_restart() {
    let server = Lighttpd::start("127.0.0.1", "", &[(GETDOWN, "appbase = http://old/\n")]);
    let served = server.address.to_string();
    let nobody = "127.0.0.1:1".to_owned();
    for endpoint in [served, nobody] {
        let fake = restarting();
        let error = second_run(&fake, endpoint, "http://cus.example.com").unwrap_err();
        assert_eq!(fake.orders(), ["restart client_update_service"]);
        let text = error.to_string();
        assert!(
            text.starts_with("client_update_service is not back"),
            "{text}"
        );
    }
}
