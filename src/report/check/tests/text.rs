//! What people see.

use super::{NOW, certificate, error, facts, finding, rendered, scan, server};
use crate::pki::findings::{Code, Severity};
use crate::report::check::{Format, Look};
use crate::report::printable::width;
use crate::report::scan::{Kind, Scan};

fn on(scan: &Scan, width: Option<usize>) -> String {
    let look = Look {
        width,
        ..Look::default()
    };
    rendered(scan, Format::Text, &look)
}

fn quiet(scan: &Scan) -> String {
    let look = Look {
        quiet: true,
        ..Look::default()
    };
    rendered(scan, Format::Text, &look)
}

#[test]
fn a_pipe_gets_the_worst_first_without_bar_and_colour() {
    let expected = "\
STATUS       LEFT  UNTIL       NAME                          SOURCE
CRITICAL      3 d  2026-03-04  Example CA G2 (intermediate)  /etc/sysconfig/illumon.d/auth/keystore.webapi.p12
          critical  expiring: Example CA G2 ends on 2026-03-04 13:30:00 UTC, in 3 days
          warning   weak-key: Example CA G2 has an RSA key of 1024 bits
WARNING      12 d  2026-03-13  test.example.com              127.0.0.1:8123
          warning   expiring: test.example.com ends on 2026-03-13, in 12 days
          ignored   self-signed: test.example.com is self-signed
OK           83 d  2026-05-23  web.example.com               /etc/sysconfig/illumon.d/auth/keystore.webapi.p12 (webapi)
UNKNOWN   /etc/old.p12
          unknown   wrong-passphrase: /etc/old.p12 cannot be opened without its passphrase

CRITICAL: 3 certificates of 3 sources; 1 critical, 1 unknown, 2 warnings, 1 ignored; 2 files skipped
";
    assert_eq!(on(&server(), None), expected);
}

#[test]
fn a_wide_terminal_gets_a_bar_of_the_lifetime_left() {
    let text = on(&server(), Some(140));
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(
        lines[0],
        "STATUS    LIFETIME       LEFT  UNTIL       NAME                          SOURCE"
    );
    assert_eq!(
        lines[1],
        "CRITICAL  █░░░░░░░░░      3 d  2026-03-04  Example CA G2 (intermediate)  \
         /etc/sysconfig/illumon.d/auth/keystore.webapi.p12"
    );
    assert_eq!(
        lines[7],
        "OK        █████░░░░░     83 d  2026-05-23  web.example.com               \
         /etc/sysconfig/illumon.d/auth/keystore.webapi.p12 (webapi)"
    );
}

#[test]
fn a_narrow_terminal_gets_more_lines_and_loses_nothing_but_ends_of_names() {
    let expected = "\
STATUS    LIFETIME       LEFT  UNTIL       NAME, SOURCE
CRITICAL  █░░░░░░░░░      3 d  2026-03-04  Example CA G2 (in…
          /etc/sysconfig/illumon.d/auth/keystore.webapi.p12
          critical  expiring: Example CA G2 ends on
                    2026-03-04 13:30:00 UTC, in 3 days
          warning   weak-key: Example CA G2 has an RSA key of
                    1024 bits
WARNING   █░░░░░░░░░     12 d  2026-03-13  test.example.com
          127.0.0.1:8123
          warning   expiring: test.example.com ends on
                    2026-03-13, in 12 days
          ignored   self-signed: test.example.com is
                    self-signed
OK        █████░░░░░     83 d  2026-05-23  web.example.com
          /etc/sysconfig/illumon.d/auth/keystore.webapi.p12
          (webapi)
UNKNOWN   /etc/old.p12
          unknown   wrong-passphrase: /etc/old.p12 cannot be
                    opened without its passphrase

CRITICAL: 3 certificates of 3 sources; 1 critical, 1 unknown,
          2 warnings, 1 ignored; 2 files skipped
";
    let text = on(&server(), Some(61));
    assert_eq!(text, expected);
    for columns in 55..200 {
        let text = on(&server(), Some(columns));
        let widest = text.lines().map(width).max();
        assert!(widest <= Some(columns), "{columns} columns:\n{text}");
    }
}

#[test]
fn absurd_terminals_are_survived() {
    for columns in 0..55 {
        assert!(on(&server(), Some(columns)).contains("CRITICAL: "));
    }
}

#[test]
fn colour_frames_words_and_changes_none() {
    let look = Look {
        colour: true,
        width: Some(80),
        quiet: false,
    };
    let text = rendered(&server(), Format::Text, &look);
    assert!(
        text.contains("\x1b[1;31mCRITICAL\x1b[0m  \x1b[1;31m█░░░░░░░░░\x1b[0m"),
        "{text}"
    );
    assert!(
        text.contains("\n          \x1b[33mwarning \x1b[0m  weak-key: "),
        "{text}"
    );
    assert!(
        text.contains("\n          \x1b[2mignored \x1b[0m  self-signed: "),
        "{text}"
    );
    assert!(
        text.contains("\n\x1b[35mUNKNOWN \x1b[0m  /etc/old.p12\n"),
        "{text}"
    );
    assert!(text.contains("\n\x1b[32mOK      \x1b[0m  "), "{text}");
    assert!(
        text.contains("\n\x1b[1;31mCRITICAL\x1b[0m: 3 certificates"),
        "{text}"
    );
    let codes = [
        "\x1b[0m",
        "\x1b[1m",
        "\x1b[2m",
        "\x1b[32m",
        "\x1b[33m",
        "\x1b[35m",
        "\x1b[1;31m",
    ];
    let bare = codes.iter().fold(text, |text, code| text.replace(code, ""));
    assert_eq!(bare, on(&server(), Some(80)));
}

#[test]
fn a_quiet_look_leaves_out_what_is_well_or_known() {
    let whole = on(&server(), None);
    let left_out = |line: &&str| line.starts_with("OK ") || line.starts_with("          ignored ");
    let (out, kept): (Vec<&str>, Vec<_>) = whole.lines().partition(left_out);
    assert_eq!(out.len(), 2);
    assert_eq!(quiet(&server()).lines().collect::<Vec<_>>(), kept);
}

#[test]
fn a_quiet_look_is_empty_when_all_is_well_or_known() {
    let mut known = error(
        "/etc/gone.pem",
        Code::Unreadable,
        "cannot read /etc/gone.pem",
    );
    known.finding.ignored = true;
    let fine = scan(vec![certificate("a.pem", "a.example.com", 99)], vec![known]);
    assert_eq!(quiet(&fine), "");
    assert_eq!(
        on(&fine, None),
        "\
STATUS       LEFT  UNTIL       NAME           SOURCE
OK           99 d  2026-06-08  a.example.com  a.pem
ignored   /etc/gone.pem
          ignored   unreadable: cannot read /etc/gone.pem

OK: 1 certificate of 2 sources; 1 ignored
"
    );
}

#[test]
fn nothing_found_is_said_even_to_a_quiet_look() {
    let nothing = scan(vec![], vec![]);
    assert_eq!(quiet(&nothing), "UNKNOWN: 0 certificates of 0 sources\n");
}

#[test]
fn the_last_day_counts_in_hours_and_a_bar_is_empty_only_at_the_end() {
    let last = certificate("b", "b", 0);
    let mut ended = certificate("c", "c", -1);
    facts(&mut ended).not_after = NOW - time::Duration::hours(1);
    let mut endless = certificate("d", "d", 2_912_345);
    facts(&mut endless).not_after = time::macros::datetime!(9999-12-31 23:59:59 UTC);
    facts(&mut endless).not_before = NOW;
    let text = on(&scan(vec![last, ended, endless], vec![]), Some(80));
    let expected = "\
STATUS    LIFETIME       LEFT  UNTIL       NAME  SOURCE
OK        ░░░░░░░░░░     -1 d  2026-03-01  c     c
OK        █░░░░░░░░░      1 h  2026-03-01  b     b
OK        ██████████  2912345 d  9999-12-31  d     d

OK: 3 certificates of 3 sources
";
    assert_eq!(text, expected);
}

#[test]
fn nothing_from_outside_reaches_the_terminal_as_a_command() {
    let mut row = certificate("/tmp/\x1b[2J\n.pem", "日本語.example", 40);
    row.alias = Some("a\u{202e}b".into());
    row.kind = Kind::Root;
    row.findings = vec![finding(
        Code::WeakKey,
        Severity::Warning,
        "bad\r\nmessage 🔒",
    )];
    let failed = error("\u{7f}", Code::Unreadable, "no\tway\u{9b}");
    let text = on(&scan(vec![row], vec![failed]), None);
    let expected = r"STATUS       LEFT  UNTIL       NAME                   SOURCE
WARNING      40 d  2026-04-10  日本語.example (root)  /tmp/\u{1b}[2J\u{a}.pem (a\u{202e}b)
          warning   weak-key: bad\u{d}\u{a}message 🔒
UNKNOWN   \u{7f}
          unknown   unreadable: no\u{9}way\u{9b}

UNKNOWN: 1 certificate of 2 sources; 1 unknown, 1 warning
";
    assert_eq!(text, expected);
}
