//! lighttpd 1.4.77 and later speak TLS 1.3 alone by default, which shuts launchers with an old Java 8 out.
//! With `--root` the release is read out of the program below it; the last test asks a lighttpd of that kind.
#![allow(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

mod support;

use support::cus_files::SERVICE_FILE;
use support::cus_live::CusLive;
use support::cus_staged::{HTTPS, below, config, cus};
use support::live::assert_same;
use support::newer_lighttpd::{newer_lighttpd, newer_program};
use support::stand_in::StandIn;

const PROGRAM: &str = "root/usr/sbin/lighttpd";

const PATH: &str = "/iris/getdown.txt";

/// What keeps TLS 1.2 open, and what shuts it.
const OPEN: &str = "ssl.openssl.ssl-conf-cmd = ( \"MinProtocol\" => \"TLSv1.2\" )\n";
const SHUT: &str = "ssl.openssl.ssl-conf-cmd = ( \"MinProtocol\" => \"TLSv1.3\" )\n";

/// A program that says of itself which release it is, between bytes that are no text.
fn program(release: &str) -> Vec<u8> {
    let words = format!("lighttpd/{release} (ssl) - a light and fast webserver\n");
    [&b"\x7fELF\0\xff"[..], words.as_bytes(), b"\0\xfe\0"].concat()
}

fn with_program(release: &str) -> StandIn {
    let server = cus();
    server.scratch.write(PROGRAM, program(release));
    server
}

#[test]
fn tls_1_2_stays_open_where_the_release_would_shut_it() {
    for (release, keeps_open) in [
        ("1.4.54", false),
        ("1.4.69", false),
        ("1.4.76", false),
        ("1.4.77", true),
        ("1.4.85", true),
        ("1.5.0", true),
    ] {
        let server = with_program(release);
        let dry = server.succeeds(&HTTPS.replace("cus-https", "--dry-run cus-https"));
        assert_eq!(
            dry.stdout.contains(&format!("+{OPEN}")),
            keeps_open,
            "{release}: {dry:?}"
        );
        server.succeeds(HTTPS);
        assert_eq!(config(&server).contains(OPEN), keeps_open, "{release}");
        let before = server.everything();
        server.succeeds(HTTPS);
        server.is_still(&before);
    }
}

#[test]
fn without_a_program_there_is_no_such_line() {
    let server = cus();
    server.succeeds(HTTPS);
    assert!(!config(&server).contains("MinProtocol"));
}

#[test]
fn the_release_is_that_of_the_program_that_is_started() {
    let own = "/opt/lighttpd/sbin/lighttpd";
    for (started, packaged, keeps_open) in [("1.4.79", "1.4.69", true), ("1.4.69", "1.4.79", false)]
    {
        let server = with_program(packaged);
        server
            .scratch
            .write(&format!("root{own}"), program(started));
        let text = server.text(&below(SERVICE_FILE));
        let start = text
            .lines()
            .find(|line| line.contains("start program"))
            .unwrap();
        let line =
            format!("  start program = \"{own} -f /etc/lighttpd/client-update-service.conf\"");
        server
            .scratch
            .write(&below(SERVICE_FILE), text.replace(start, &line));
        server.succeeds(HTTPS);
        assert_eq!(config(&server).contains(OPEN), keeps_open, "{started}");
    }
    // A script around the program does not say.
    let server = with_program("1.4.79");
    server
        .scratch
        .write("root/opt/lighttpd", "#!/bin/sh\nexec lighttpd \"$@\"\n");
    server.settings("[cus]\nlighttpd = \"/opt/lighttpd\"\n");
    server.succeeds(HTTPS);
    assert!(config(&server).contains(OPEN));
}

#[test]
fn what_is_said_of_the_oldest_protocol_already_stays() {
    for line in [OPEN, SHUT] {
        let server = with_program("1.4.79");
        let text = format!("{}{line}", config(&server));
        server
            .scratch
            .write(&below(support::cus_files::CONFIG), text);
        server.succeeds(HTTPS);
        assert_eq!(config(&server).matches("MinProtocol").count(), 1);
        assert!(config(&server).contains(line));
    }
}

#[test]
fn only_tls_1_3_is_there_for_whoever_asks_for_it() {
    let line = format!("{HTTPS} --tls13-only");
    for release in ["1.4.69", "1.4.79"] {
        let server = with_program(release);
        server.succeeds(HTTPS);
        server.succeeds(&line);
        assert!(config(&server).contains(SHUT), "{}", config(&server));
        assert_eq!(config(&server).matches("MinProtocol").count(), 1);
        let before = server.everything();
        server.succeeds(&line);
        // And it stays: without the flag nothing is said of it.
        server.succeeds(HTTPS);
        server.is_still(&before);
    }
}

#[test]
fn the_release_is_read_out_of_a_real_program() {
    let Some(program) = newer_program() else {
        return;
    };
    let server = cus();
    server.scratch.write(PROGRAM, program);
    server.succeeds(HTTPS);
    assert!(config(&server).contains(OPEN));
}

#[test]
fn a_lighttpd_that_speaks_tls_1_3_alone_lets_old_launchers_in() {
    let Some(lighttpd) = newer_lighttpd() else {
        return;
    };
    let Some((live, first)) = CusLive::start_secured_by(Some(lighttpd)) else {
        return;
    };
    // As by the runbook, and shut to them.
    let site = live.server.https();
    live.serves(&first);
    assert_eq!(site.get_by_tls12(PATH).status, 0);

    live.https("first", "").exits(0).complains("");
    live.serves(&first);
    assert_eq!(site.get_by_tls12(PATH).status, 200);
    let (touched, pid) = (live.touched(), live.server.pid());
    live.https("first", "").exits(0).complains("");
    assert_same(&touched, &live.touched());
    assert_eq!(live.server.pid(), pid);

    let second = live.rsa_pair("second");
    live.https("second", "--tls13-only").exits(0).complains("");
    live.serves(&second);
    assert_eq!(site.get_by_tls12(PATH).status, 0);
    live.dhtls("rollback").exits(0).complains("");
    live.serves(&first);
    assert_eq!(site.get_by_tls12(PATH).status, 200);
}
