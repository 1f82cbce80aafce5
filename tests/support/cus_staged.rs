//! The files of a Client Update Service below `root/`, for runs with `--root root`. Nothing runs.

use std::fs;

use super::authority::Pair;
use super::cus_files::{CONFIG, GETDOWN, Place};
use super::stand_in::{HOST, StandIn, whoever_runs_this};

/// The usual run.
pub(crate) const HTTPS: &str =
    "--root root cus-https --host deephaven.example.com --crt tls.crt --key tls.key --ca ca.crt";

pub(crate) const ADD_USER: &str = "--root root cus-auth add";

pub(crate) const BUNDLE: &str = "root/etc/ssl/private/lighttpd.pem";

/// A server as Deephaven leaves it: lighttpd without TLS on port 80, no folder for its bundle, and
/// beside it a pair `tls` that waits to be installed.
pub(crate) fn cus() -> StandIn {
    let server = StandIn::new();
    // Names are looked up on this machine, where nobody is called lighttpd.
    let (_, group) = whoever_runs_this();
    let place = Place {
        folder: "",
        host: HOST,
        ip: "0.0.0.0",
        port: 80,
        user: Some(&group),
        lighttpd: "/usr/sbin/lighttpd",
    };
    for (name, text) in place.files() {
        let text = text.replace(":80/", "/");
        server.scratch.write(&format!("root/{name}"), text);
    }
    server
}

/// A user with this password, or a new one.
pub(crate) fn add_user(server: &StandIn, user: &str, password: &str) {
    server
        .scratch
        .write_mode("password", format!("{password}\n"), 0o600);
    server.succeeds(&format!("{ADD_USER} {user} --password-file password"));
}

pub(crate) fn config(server: &StandIn) -> String {
    server.text(&below(CONFIG))
}

pub(crate) fn getdown(server: &StandIn) -> String {
    server.text(&below(GETDOWN))
}

/// The lines of a configuration that are no comments.
pub(crate) fn active(text: &str) -> String {
    let lines = text
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'));
    lines.collect::<Vec<_>>().join("\n")
}

/// `name` as the test sees it.
pub(crate) fn below(name: &str) -> String {
    format!("root/{name}")
}

/// Every setting that was reported is in the line that was named.
#[track_caller]
pub(crate) fn reports_true_lines(server: &StandIn, stdout: &str) {
    let rows = stdout.lines().filter(|row| row.starts_with("setting "));
    for row in rows {
        let words: Vec<_> = row.split_whitespace().collect();
        let (file, line) = words[1].rsplit_once(':').unwrap();
        let text = server.text(&format!("root{file}"));
        let named = text.lines().nth(line.parse::<usize>().unwrap() - 1);
        let key = words[2].split('=').next().unwrap();
        let holds = named.is_some_and(|named| named.trim_start().starts_with(key));
        assert!(holds, "{row}: {named:?}");
    }
}

/// Lines that are in the text exactly once.
#[track_caller]
pub(crate) fn has_lines(text: &str, lines: &[&str]) {
    for wanted in lines {
        let count = text.lines().filter(|line| line == wanted).count();
        assert_eq!(count, 1, "{wanted:?} in:\n{text}");
    }
}

/// certbot's layout: links in `live/` that lead to the pair in `archive/`, both in lighttpd's
/// configuration, under TLS already. Returns the folder of the links.
pub(crate) fn by_certbot(server: &StandIn, pair: &Pair) -> String {
    let folder = |name: &str| format!("root/etc/letsencrypt/{name}/{HOST}");
    let chain = format!("{}{}", pair.leaf, pair.intermediate);
    let write = |name: &str, text: &str, mode| {
        let path = format!("{}/{name}1.pem", folder("archive"));
        server.scratch.write_mode(&path, text, mode);
        let link = server.path(&format!("{}/{name}.pem", folder("live")));
        fs::create_dir_all(link.parent().unwrap()).unwrap();
        let target = format!("../../archive/{HOST}/{name}1.pem");
        std::os::unix::fs::symlink(target, link).unwrap();
    };
    write("fullchain", &chain, 0o644);
    write("privkey", &pair.key, 0o600);
    let live = format!("/etc/letsencrypt/live/{HOST}");
    server
        .scratch
        .edit(&below(CONFIG), "#ssl.engine", "ssl.engine");
    server.scratch.edit(
        &below(CONFIG),
        "#ssl.pemfile = \"/etc/ssl/private/lighttpd.pem\"",
        &format!("ssl.pemfile = \"{live}/fullchain.pem\"\nssl.privkey = \"{live}/privkey.pem\""),
    );
    live
}
