//! What the commands of the Client Update Service refuse, and leave as it was. With `--root`, so nothing runs.
#![allow(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

mod support;

use std::fs;

use rcgen::{KeyPair, date_time_ymd};

use support::cus_files::{AUTH_INCLUDE, CONFIG, GETDOWN, USERS_FILE};
use support::cus_staged::{BUNDLE, HTTPS, below, by_certbot, config, cus};
use support::stand_in::{HOST, StandIn, authority};

const ENABLE: &str = "--root root cus-auth enable";
const DISABLE: &str = "--root root cus-auth disable";
const HTTP: &str = "--root root cus-http --host deephaven.example.com --i-accept-cleartext";

/// A server with these further lines in its configuration.
fn with(lines: &str) -> StandIn {
    let server = cus();
    let text = format!("{}{lines}", config(&server));
    server.scratch.write(&below(CONFIG), text);
    server
}

fn with_user(server: StandIn) -> StandIn {
    server
        .scratch
        .write_mode("password", "Rosen im Mai\n", 0o600);
    server.succeeds("--root root cus-auth add anna --password-file password");
    server
}

/// The line of the configuration that begins so.
fn line_of(server: &StandIn, start: &str) -> usize {
    let text = config(server);
    text.lines()
        .position(|line| line.starts_with(start))
        .unwrap()
        + 1
}

#[test]
fn certbots_own_files_are_never_the_bundle() {
    let server = cus();
    let pair = authority().pair(&[HOST]);
    let live = by_certbot(&server, &pair);
    server
        .scratch
        .edit(&below(CONFIG), "ssl.privkey", "#ssl.privkey");
    let given = format!("{HTTPS} --bundle {live}/fullchain.pem");
    server.refuses_with(&given, &["certbot's", "--bundle FILE"]);
    // Nor through a link that leads there.
    fs::create_dir_all(server.path("root/srv")).unwrap();
    std::os::unix::fs::symlink(
        format!("{live}/fullchain.pem"),
        server.path("root/srv/cus.pem"),
    )
    .unwrap();
    server.refuses_with(&format!("{HTTPS} --bundle /srv/cus.pem"), &["certbot's"]);
    let before = server.everything();
    server.scratch.edit(
        &below(CONFIG),
        &format!("{live}/fullchain.pem"),
        "/srv/cus.pem",
    );
    server.succeeds(HTTPS);
    assert!(config(&server).contains("ssl.pemfile = \"/etc/ssl/private/lighttpd.pem\""));
    let touched = server.differences(&before);
    assert!(touched.contains(&BUNDLE.to_owned()), "{touched:?}");
    assert!(
        !touched.iter().any(|name| name.contains("letsencrypt")),
        "{touched:?}"
    );
}

#[test]
fn all_findings_of_a_pair_are_shown_at_once() {
    let server = cus();
    let key = KeyPair::generate().unwrap();
    let mut pair = authority().odd_pair(key, &["elsewhere.example.com"], |leaf| {
        leaf.not_after = date_time_ymd(2021, 2, 3);
    });
    pair.intermediate.clear();
    server.hand_in(&pair);
    let found = ["expired: ", "host-mismatch: ", "incomplete-chain: "];
    server.refuses_with(HTTPS, &found);
    // What may be accepted is accepted, and the rest still refuses.
    server.refuses_with(&format!("{HTTPS} --allow incomplete-chain"), &found[..2]);
}

#[test]
fn settings_that_only_the_running_lighttpd_knows_are_refused_with_file_and_line() {
    for (line, key) in [
        ("ssl.engine = env.TLS\n", "ssl.engine"),
        ("ssl.pemfile = env.HOME + \"/cus.pem\"\n", "ssl.pemfile"),
    ] {
        let server = with(line);
        let at = format!("/{CONFIG}:{}: {key} is computed", line_of(&server, key));
        server.refuses_with(HTTPS, &[&at, "write the value of"]);
    }
}

#[test]
fn a_value_that_a_block_overrules_is_refused_with_file_and_line() {
    let block = "$HTTP[\"host\"] == \"a\" {\n  ssl.pemfile = \"/a.pem\"\n}\n";
    let server = with(block);
    let line = line_of(&server, "  ssl.pemfile");
    let at = format!("/{CONFIG}:{line}: ssl.pemfile is also set in $HTTP[\"host\"] == \"a\"");
    server.refuses_with(HTTPS, &[&at]);
    let added = with("server.port += 1\n");
    let line = line_of(&added, "server.port +=");
    added.refuses_with(
        HTTPS,
        &[&format!("/{CONFIG}:{line}: += adds to server.port")],
    );
    // Both ways: cus-http meets the same.
    added.refuses_with(
        HTTP,
        &[&format!("/{CONFIG}:{line}: += adds to server.port")],
    );
    let socket = with("$SERVER[\"socket\"] == \"[::]:80\" { }\n");
    socket.refuses_with(HTTP, &[&format!("/{CONFIG}:"), "opens port 80 as well"]);
}

#[test]
fn rules_that_no_user_of_the_file_could_pass_are_refused_with_file_and_line() {
    let rules = |text: &str| {
        let server = with_user(cus());
        server.scratch.edit(
            &below(AUTH_INCLUDE),
            text,
            &text
                .replace("basic", "digest")
                .replace("\"htpasswd\"", "\"plain\""),
        );
        server
    };
    let at = format!("/{AUTH_INCLUDE}:");
    rules("\"method\"  => \"basic\"").refuses_with(
        ENABLE,
        &[&at, "the method \"digest\"", "[cus] auth_include"],
    );
    rules("auth.backend = \"htpasswd\"").refuses_with(ENABLE, &[&at, "auth.backend = \"plain\""]);
}

#[test]
fn disable_says_where_a_password_is_still_asked_for() {
    let require = "auth.require = ( \"/x\" => ( \"method\" => \"basic\", \"realm\" => \"x\", \"require\" => \"valid-user\" ) )";
    let server = with(&format!("server.modules += ( \"mod_auth\" )\n{require}\n"));
    let line = line_of(&server, "auth.require");
    server.refuses_with(
        DISABLE,
        &[&format!(
            "/{CONFIG}:{line}: this would still ask for a password"
        )],
    );
}

#[test]
fn a_launcher_file_with_an_address_twice_is_refused_by_every_command_that_would_edit_it() {
    let server = cus();
    let text = server.text(&below(GETDOWN));
    let lines = text.lines().count();
    let twice = format!("{text}appbase = http://{HOST}/iris/\n");
    server.scratch.write(&below(GETDOWN), twice);
    let said = format!("/{GETDOWN}:{}: appbase is set again", lines + 1);
    server.refuses_with(HTTPS, &[&said]);
    server.refuses_with(HTTP, &[&said]);
    server.succeeds(&format!("{HTTPS} --no-getdown"));
}

#[test]
fn a_users_file_that_lighttpd_would_read_otherwise_is_refused_with_its_line() {
    let server = cus();
    server
        .scratch
        .write_mode(&below(USERS_FILE), "anna:$apr1$a$b\nbe\0rt:x\n", 0o640);
    server
        .scratch
        .write_mode("password", "Rosen im Mai\n", 0o600);
    let said = format!("/{USERS_FILE}:2: a NUL byte");
    for line in [
        "list",
        "remove anna",
        "add bert --password-file password",
        "enable",
    ] {
        server.refuses_with(&format!("--root root cus-auth {line}"), &[&said]);
    }
}

#[test]
fn wrong_usage_is_told_with_the_usage_and_exit_code_2() {
    let server = cus();
    for (line, word) in [
        ("cus-https --port 0", "--port"),
        ("cus-https --port 65536", "--port"),
        ("cus-https --bundle relative.pem", "--bundle"),
        ("cus-https --crt tls.crt", "--key"),
        ("cus-https --timeout soon", "--timeout"),
        ("cus-https --endpoint nowhere", "--endpoint"),
        ("cus-http --i-accept-cleartext", "--host"),
        ("cus-http --host a.example.com", "--i-accept-cleartext"),
        ("cus-auth", "Usage"),
        ("cus-auth add", "<USER>"),
        ("cus-auth add anna --password x", "--password"),
        ("cus-auth forget anna", "forget"),
    ] {
        server.refuses_usage(&format!("--root root {line}"), word);
    }
}
