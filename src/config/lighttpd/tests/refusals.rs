//! Files of testdata/lighttpd that are refused, in the words that a person reads, and what the lighttpd of
//! this machine makes of them.

use std::fs;

use crate::config::lighttpd::tests::fixtures::{file, names, scratch, secure, try_load};
use crate::error::LighttpdError;

use Verdict::{Fails, Starts};

/// What lighttpd 1.4.69 says of the file as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Fails,
    /// It would start; what is wrong comes to light later, on another release, or through the edit.
    Starts,
}

/// Name, message, verdict.
const CASES: &[(&str, &str, Verdict)] = &[
    (
        "assigned-twice",
        "assigned-twice.refused:4: server.port is set again, but assigned-twice.refused:2 sets it",
        Fails,
    ),
    (
        "assigned-twice-by-include",
        "conf.d/tls.conf:1: server.port is set again, but assigned-twice-by-include.refused:2 sets it",
        Fails,
    ),
    (
        "assigned-twice-in-condition",
        "assigned-twice-in-condition.refused:4: server.tag is set again, but assigned-twice-in-condition.refused:2 sets it",
        Fails,
    ),
    (
        "assigned-twice-in-else",
        "assigned-twice-in-else.refused:4: server.tag is set again, but assigned-twice-in-else.refused:2 sets it",
        Fails,
    ),
    (
        "assigned-twice-in-global",
        "assigned-twice-in-global.refused:3: server.port is set again, but assigned-twice-in-global.refused:2 sets it",
        Fails,
    ),
    (
        "assigned-twice-other-case",
        "assigned-twice-other-case.refused:3: Server.Port is set again, but assigned-twice-other-case.refused:2 sets it",
        Fails,
    ),
    (
        "backslash-before-quote",
        "backslash-before-quote.refused:2: the string that begins here has no closing quote",
        Fails,
    ),
    (
        "bad-character",
        "bad-character.refused:2: this character means nothing to lighttpd",
        Fails,
    ),
    (
        "block-in-global",
        "block-in-global.refused:3: global { } cannot hold another block",
        Fails,
    ),
    (
        "byte-order-mark",
        "byte-order-mark.refused:1: the file begins with a byte order mark",
        Fails,
    ),
    (
        "entry-twice",
        "entry-twice.refused:2: the entry /A is there twice",
        Fails,
    ),
    (
        "environment-set",
        "environment-set.refused:2: a variable of the environment cannot be set",
        Fails,
    ),
    (
        "fault-in-include",
        "bad.d/fault.conf:3: this is no statement of lighttpd",
        Starts,
    ),
    (
        "host-has-its-certificate",
        r#"host-has-its-certificate.refused:5: ssl.pemfile is also set in $HTTP["host"] == "a.example.com", which wins"#,
        Starts,
    ),
    (
        "include-circle",
        "bad.d/circle.conf:2: including bad.d/circle.conf goes round in a circle",
        Fails,
    ),
    (
        "include-from-environment",
        "include-from-environment.refused:2: the name of the included file depends on the environment",
        Fails,
    ),
    (
        "line-break-before-value",
        "line-break-before-value.refused:2: this is no statement of lighttpd",
        Starts,
    ),
    (
        "lost-comma",
        "lost-comma.refused:4: this is no statement of lighttpd",
        Starts,
    ),
    (
        "map-is-text",
        "map-is-text.refused:2: ssl.openssl.ssl-conf-cmd holds no entries",
        Fails,
    ),
    (
        "map-unknown",
        "map-unknown.refused:2: ssl.openssl.ssl-conf-cmd holds no entries",
        Fails,
    ),
    (
        "missing-include",
        "missing-include.refused:2: included file conf.d/none.conf not found",
        Fails,
    ),
    (
        "name-at-end",
        "name-at-end.refused:3: the file ends in a name, without a newline behind it",
        Fails,
    ),
    (
        "nested-too-deeply",
        "nested-too-deeply.refused:2: lists or blocks are nested too deeply",
        Starts,
    ),
    (
        "nul-byte",
        "nul-byte.refused:3: there is a NUL byte here",
        Starts,
    ),
    (
        "number-too-large",
        "number-too-large.refused:2: the number is too large",
        Fails,
    ),
    (
        "other-sockets-have-their-certificate",
        r#"other-sockets-have-their-certificate.refused:2: ssl.pemfile is also set in $SERVER["socket"] != ":18081", which wins"#,
        Starts,
    ),
    (
        "port-added-to",
        "port-added-to.refused:3: += adds to server.port, which is to have one value",
        Starts,
    ),
    (
        "port-in-another-setting",
        "port-in-another-setting.refused:3: other.port would change together with server.port",
        Starts,
    ),
    (
        "socket-ipv4",
        r#"socket-ipv4.refused:4: $SERVER["socket"] == "0.0.0.0:18443" opens port 18443 as well"#,
        Starts,
    ),
    (
        "socket-ipv6",
        r#"socket-ipv6.refused:2: $SERVER["socket"] == "[::]:18443" opens port 18443 as well"#,
        Starts,
    ),
    (
        "socket-name",
        r#"socket-name.refused:3: $SERVER["socket"] == "localhost:18443" opens port 18443 as well"#,
        Starts,
    ),
    (
        "socket-port",
        r#"socket-port.refused:3: $SERVER["socket"] == ":18443" opens port 18443 as well"#,
        Fails,
    ),
    (
        "socket-without-engine",
        r#"socket-without-engine.refused:2: $SERVER["socket"] == "127.0.0.1:18081" says nothing about ssl.engine: with TLS on for the server, it would answer nobody"#,
        Starts,
    ),
    (
        "socket-without-port",
        r#"socket-without-port.refused:4: $SERVER["socket"] == "127.0.0.2" opens port 18443 as well"#,
        Starts,
    ),
    (
        "stray-brace",
        "stray-brace.refused:3: } closes no block",
        Starts,
    ),
    (
        "stray-parenthesis",
        "stray-parenthesis.refused:2: ) closes no list",
        Fails,
    ),
    (
        "text-added-to-list",
        "text-added-to-list.refused:3: a list can only be added to a list",
        Fails,
    ),
    (
        "unclosed-block",
        "unclosed-block.refused:3: the block that is opened here is never closed",
        Fails,
    ),
    (
        "unclosed-list",
        "unclosed-list.refused:4: = within a list: => is meant, or the list is never closed",
        Fails,
    ),
    (
        "unclosed-list-at-end",
        "unclosed-list-at-end.refused:3: the list that is opened here is never closed",
        Fails,
    ),
    (
        "unclosed-string",
        "unclosed-string.refused:3: the string that begins here has no closing quote",
        Fails,
    ),
    (
        "undefined-variable",
        "undefined-variable.refused:2: var.port has no value",
        Fails,
    ),
];

#[test]
fn every_refused_file_is_refused_with_its_line() {
    for (name, message, _) in CASES {
        let shown = error(name).to_string().replace("testdata/lighttpd/", "");
        assert_eq!(shown, *message, "{name}");
    }
}

#[test]
fn a_refusal_has_a_way_out() {
    for (name, ..) in CASES {
        assert!(error(name).hint().is_some(), "{name}");
    }
}

#[test]
fn lighttpd_itself_judges_them_as_said() {
    let folder = scratch();
    for (name, _, verdict) in CASES {
        let judged = folder.judge(&fs::read(file(name, "refused")).unwrap());
        let now = if judged.is_ok() { Starts } else { Fails };
        assert_eq!(now, *verdict, "{name}: {judged:?}");
    }
}

#[test]
fn every_refused_file_is_in_the_table() {
    for name in names("refused") {
        assert!(CASES.iter().any(|case| case.0 == name), "{name}");
    }
}

/// Why the edits for HTTPS are not made. They change nothing then.
fn error(name: &str) -> LighttpdError {
    match try_load(name, "refused") {
        Err(error) => error,
        Ok(mut configuration) => secure(&mut configuration, name).expect_err(name),
    }
}
