//! `dhtls check` on servers: good, badly set up, hung, closed. NAME | ARGUMENTS | STATUS | CODES.
#![allow(
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test says what it skips, and ends where it cannot go on"
)]

mod support;

use std::process::Output;
use std::time::{Duration, Instant};

use support::check::{assert_table, check, check_with, rows, verdict};
use support::check_certificates::Issuers;
use support::check_servers::Servers;
use support::scratch::Scratch;

/// 0x7f000001 is a name like any other, and the C library takes it for 127.0.0.1 without asking anybody.
/// localhost and addresses only say where a server is, not by which name clients reach it.
const SERVED: &str = "
by name                        | localhost:{good}               | OK       |
by address                     | 127.0.0.1:{good}               | OK       |
by URL                         | https://localhost:{good}/iris/ | OK       |
another name than its own      | 127.0.0.1:{good} --host deephaven.example.com | OK |
TLS 1.2 only                   | localhost:{tls12}              | OK       |
TLS 1.3 only                   | localhost:{tls13}              | OK       |
a byte at a time               | localhost:{drips} --timeout 20s | OK      |
a client certificate is wanted | localhost:{client-wanted}      | OK       |
and required, after the handshake | localhost:{client-required} | OK       |
and required, within it        | localhost:{client-required-12} | OK       |
the root as well               | localhost:{with-root}          | OK       |
by the name that is asked for  | 127.0.0.1:{by-name} --host deephaven.example.com | OK |
another name, asked by localhost | localhost:{by-name}          | OK       |
another name, asked by address | 127.0.0.1:{by-name}            | OK       |
another name, asked by name    | 0x7f000001:{good}              | CRITICAL | host-mismatch
not the name that is expected  | localhost:{good} --host other.example.com | CRITICAL | host-mismatch
without its intermediate       | localhost:{leaf-alone}         | CRITICAL | incomplete-chain
the same, and no trust asked   | localhost:{leaf-alone} --no-trust | OK    |
it has ended                   | localhost:{ended}              | CRITICAL | expired
self-signed                    | localhost:{self-signed}        | WARNING  | self-signed
intermediates in the wrong order | localhost:{wrong-order}      | WARNING  | chain-order
another CA                     | localhost:{private-ca}         | WARNING  | untrusted
two, one of which has ended    | localhost:{good} localhost:{ended} | CRITICAL | expired
";

/// Nothing was shown that could be judged.
const NOT_SERVED: &str = "
closed port                    | localhost:{closed}             | UNKNOWN  | unreachable
hung                           | localhost:{hung}               | UNKNOWN  | unreachable
a byte at a time, for ever     | localhost:{drips-for-ever}     | UNKNOWN  | unreachable
closes at once                 | localhost:{closes-at-once}     | UNKNOWN  | unreachable
closes after the hello         | localhost:{closes-early}       | UNKNOWN  | unreachable
an alert                       | localhost:{alert}              | UNKNOWN  | unreachable
noise without end              | localhost:{noise}              | UNKNOWN  | unreachable
another protocol               | localhost:{ssh}                | UNKNOWN  | unreachable
TLS 1.1 only                   | localhost:{tls11}              | UNKNOWN  | unreachable
plain HTTP                     | localhost:{http}               | CRITICAL | cleartext
no such name                   | nobody.invalid:443             | UNKNOWN  | unreachable
";

struct Net {
    scratch: Scratch,
    servers: Servers,
}

impl Net {
    fn new() -> Self {
        let scratch = Scratch::new();
        let issuers = Issuers::new();
        scratch.write("root.pem", issuers.root.pem());
        Self {
            scratch,
            servers: Servers::start(issuers),
        }
    }

    fn line(&self, arguments: &str) -> String {
        let timeout = match arguments.contains("--timeout") {
            true => "",
            false => "--timeout 3s",
        };
        let given = "--format json --at 2026-03-01T00:00:00Z --ca root.pem";
        self.servers.fill(&format!("{given} {timeout} {arguments}"))
    }

    fn check(&self, arguments: &str) -> Output {
        check(&self.scratch, &self.line(arguments))
    }
}

#[test]
fn what_is_served_is_judged() {
    let net = Net::new();
    assert_table(SERVED, |row| net.check(row.arguments));
}

#[test]
fn what_is_not_served_is_told_by_name() {
    let net = Net::new();
    assert_table(NOT_SERVED, |row| net.check(row.arguments));
    for row in rows(NOT_SERVED) {
        let output = net.check(row.arguments);
        let target = net.servers.fill(row.arguments);
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(said.contains(&target), "{target}: {said}");
    }
}

#[test]
fn ipv6_addresses_are_asked_too() {
    let net = Net::new();
    if std::net::TcpListener::bind("[::1]:0").is_err() {
        eprintln!("skipped: no ::1 here");
        return;
    }
    assert_table(
        "brackets | [::1]:{ipv6} | OK |\nURL | https://[::1]:{ipv6} | OK |",
        |row| net.check(row.arguments),
    );
}

#[test]
fn silence_beside_a_good_server_is_no_good_status() {
    let net = Net::new();
    for row in rows(NOT_SERVED) {
        for more in ["", "--no-trust", "--ignore expired", "-q"] {
            let arguments = format!("localhost:{{good}} {} {more}", row.arguments);
            let output = net.check(&arguments);
            let found = verdict(&output).unwrap();
            assert_eq!(
                (found.status.as_str(), found.exit),
                expected(row.expected),
                "{arguments}"
            );
        }
    }
}

fn expected(status: &str) -> (&str, i32) {
    (status, support::check::exit_code(status))
}

#[test]
fn at_the_deadline_whoever_has_not_answered_is_unknown_by_name() {
    let net = Net::new();
    let begun = Instant::now();
    let hung =
        ["hung", "drips-for-ever"].map(|name| net.servers.fill(&format!("localhost:{{{name}}}")));
    let output = net.check(&format!(
        "--timeout 60s --deadline 2s localhost:{{good}} {}",
        hung.join(" ")
    ));
    assert!(
        begun.elapsed() < Duration::from_secs(10),
        "{:?}",
        begun.elapsed()
    );
    let found = verdict(&output).unwrap();
    assert_eq!(
        (found.status.as_str(), found.exit),
        ("UNKNOWN", 3),
        "{output:?}"
    );
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let named = |list: &str| {
        let rows = report[list].as_array().unwrap();
        let mut names: Vec<_> = rows
            .iter()
            .map(|row| row["source"].as_str().unwrap().to_owned())
            .collect();
        names.sort();
        names.dedup();
        names
    };
    let mut hung = hung.to_vec();
    hung.sort();
    assert_eq!(named("errors"), hung);
    assert_eq!(
        named("certificates"),
        [net.servers.fill("localhost:{good}")]
    );
}

#[test]
fn one_at_a_time_comes_to_the_same() {
    let net = Net::new();
    let list = net
        .servers
        .fill("localhost:{good}\nlocalhost:{ended}\nlocalhost:{closed}\n");
    for jobs in ["1", "2", "100"] {
        let line = net.line(&format!("--jobs {jobs} -"));
        let found = verdict(&check_with(&net.scratch, &line, &list)).unwrap();
        let expected = support::check::Verdict::expected("CRITICAL", "expired unreachable");
        assert_eq!(found, expected, "{jobs} jobs");
    }
}
