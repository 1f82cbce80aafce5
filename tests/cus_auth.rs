//! `dhtls cus-auth`: who may download, in the users file, and whether lighttpd asks. With `--root` unless
//! lighttpd runs, which needs root.
#![allow(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

mod support;

use std::fs;
use std::os::unix::fs::MetadataExt;

use nix::unistd::{Group, chown};

use support::cus::{LOG, SERVICE, Twist};
use support::cus_files::{AUTH_INCLUDE, CONFIG, USERS_FILE};
use support::cus_live::CusLive;
use support::cus_staged::{ADD_USER, active, add_user, below, config, cus, reports_true_lines};
use support::live::assert_same;
use support::program::run;
use support::scratch::set_mode;
use support::stand_in::StandIn;

const PATH: &str = "/iris/getdown.txt";

fn users(server: &StandIn) -> String {
    server.text(&below(USERS_FILE))
}

/// That openssl makes the same hash of this password.
#[track_caller]
fn holds(line: &str, user: &str, password: &str) {
    let hash = line.strip_prefix(&format!("{user}:")).expect(line);
    let [_, method, salt, _] = hash.split('$').collect::<Vec<_>>()[..] else {
        panic!("{line}");
    };
    assert_eq!(method, "apr1");
    let made = run("openssl", &["passwd", "-apr1", "-salt", salt, password]);
    assert_eq!(made.trim(), hash);
}

fn mode(server: &StandIn) -> u32 {
    fs::metadata(server.path(&below(USERS_FILE)))
        .unwrap()
        .mode()
        & 0o7777
}

#[test]
fn a_user_is_added_with_a_hash_that_openssl_makes_too() {
    let server = cus();
    for (user, password) in [("anna", "Rosen im Mai"), ("bert.b", "ä\u{20ac}$'\"\\")] {
        add_user(&server, user, password);
        let text = users(&server);
        assert!(text.ends_with('\n'), "{text}");
        holds(text.lines().last().unwrap(), user, password);
    }
    assert_eq!(users(&server).lines().count(), 2);
    assert_eq!(mode(&server), 0o640);
    assert_eq!(
        server.succeeds("--root root cus-auth list").stdout,
        "anna\nbert.b\n"
    );
}

#[test]
fn a_known_user_gets_a_new_password_in_the_same_line() {
    let server = cus();
    let sha = "bert:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=";
    let old = format!("# the first users\nanna:$apr1$abcdefgh$x\n{sha}\nanna:$apr1$second$x");
    server.scratch.write_mode(&below(USERS_FILE), &old, 0o640);
    add_user(&server, "anna", "new");
    let text = users(&server);
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines[0], "# the first users");
    // The first line of a user is the one that lighttpd reads.
    holds(lines[1], "anna", "new");
    assert_eq!(lines[2], sha);

    server.succeeds("--root root cus-auth remove anna");
    assert_eq!(users(&server), format!("# the first users\n{sha}\n"));
    assert_eq!(
        server.succeeds("--root root cus-auth list").stdout,
        "bert\n"
    );
    server.refuses_with(
        "--root root cus-auth remove anna",
        &["anna", "dhtls cus-auth list"],
    );
}

#[test]
fn a_password_comes_from_a_file_or_a_terminal_and_is_never_shown() {
    let server = cus();
    server.refuses_with(
        &format!("{ADD_USER} anna"),
        &["anna", "--password-file FILE"],
    );
    server.refuses_with(
        &format!("{ADD_USER} anna --password-file none"),
        &[
            "there is no none\n",
            "dhtls: hint: write the password into its first line, or leave --password-file out",
        ],
    );
    server
        .scratch
        .write_mode("password", "Rosen-im-Mai\nsecond line\n", 0o600);
    let line = format!("{ADD_USER} anna --password-file password");
    for how in ["", "--dry-run ", "--verbose ", "--format json "] {
        let said = server.succeeds(&line.replace("cus-auth", &format!("{how}cus-auth")));
        let said = format!("{}{}", said.stdout, said.stderr);
        assert!(!said.contains("Rosen-im-Mai"), "{said}");
        assert!(!said.contains("$apr1$"), "{said}");
    }
    holds(users(&server).trim(), "anna", "Rosen-im-Mai");
    for password in ["", "\n", "  \u{7}\n"] {
        server.scratch.write_mode("password", password, 0o600);
        server.refuses_with(&line, &["password"]);
    }
}

#[test]
fn names_that_would_break_the_file_are_refused() {
    let server = cus();
    server.scratch.write_mode("password", "good\n", 0o600);
    for name in ["an:na", "#anna", ":anna"] {
        let run = server.run(&format!("{ADD_USER} {name} --password-file password"));
        assert!([1, 2].contains(&run.code), "{run:?}");
        assert!(run.stderr.contains(name), "{run:?}");
        assert!(!server.path(&below(USERS_FILE)).exists(), "{run:?}");
    }
}

#[test]
fn enable_is_refused_as_long_as_it_would_lock_everyone_out() {
    let server = cus();
    server.refuses_with(
        "--root root cus-auth enable",
        &["/etc/lighttpd/illumon-cus.user", "dhtls cus-auth add USER"],
    );
    server.scratch.write(&below(USERS_FILE), "# nobody yet\n");
    server.refuses_with("--root root cus-auth enable", &["dhtls cus-auth add USER"]);
}

#[test]
fn enable_loads_the_modules_and_the_rules_and_disable_lets_go_of_the_rules() {
    let server = cus();
    add_user(&server, "anna", "good");
    let done = server.succeeds("--root root cus-auth enable");
    reports_true_lines(&server, &done.stdout);
    let text = active(&config(&server));
    for part in [
        "\"mod_auth\"",
        "\"mod_authn_file\"",
        "include \"conf.d/iris-auth.conf\"",
    ] {
        assert_eq!(text.matches(part).count(), 1, "{part}: {text}");
    }
    let before = server.everything();
    let again = server.succeeds("--root root cus-auth enable");
    assert!(again.stdout.contains("unchanged "), "{again:?}");
    server.is_still(&before);

    server.succeeds("--root root cus-auth disable");
    let text = active(&config(&server));
    assert!(!text.contains("iris-auth.conf"), "{text}");
    let before = server.everything();
    server.succeeds("--root root cus-auth disable");
    server.is_still(&before);
}

#[test]
fn enable_is_undone_by_rollback_to_the_byte() {
    let server = cus();
    add_user(&server, "anna", "good");
    let before = config(&server);
    server.succeeds("--root root cus-auth enable");
    assert_ne!(config(&server), before);
    server.succeeds("--root root rollback");
    assert_eq!(config(&server), before);
}

#[test]
fn lighttpd_asks_for_a_password_and_lets_the_users_in_under_tls_too() {
    let Some((live, first)) = CusLive::start_secured() else {
        return;
    };
    let site = live.server.https();
    live.add_user("anna", "Rosen im Mai").exits(0);
    let group = Group::from_name("irisadmin").unwrap().unwrap().gid.as_raw();
    let found = fs::metadata(live.scratch().path(USERS_FILE)).unwrap();
    assert_eq!(
        (found.uid(), found.gid(), found.mode() & 0o7777),
        (0, group, 0o640)
    );

    // As a careful person leaves it: lighttpd is no longer root when it reads the file.
    let users = live.scratch().path(USERS_FILE);
    chown(&users, Some(0.into()), Some(0.into())).unwrap();
    set_mode(&users, 0o600);

    let line = format!("service      {SERVICE} restarted");
    live.dhtls("cus-auth enable").exits(0).mentions(&[&line]);
    let found = fs::metadata(&users).unwrap();
    assert_eq!((found.gid(), found.mode() & 0o7777), (group, 0o640));
    assert_eq!(site.get(PATH).status, 401);
    assert_eq!(site.get_as("anna:wrong", PATH).status, 401);
    assert_eq!(site.get_as("anna:Rosen im Mai", PATH).status, 200);
    // The users file is read at each request.
    let pid = live.server.pid();
    live.add_user("bert", "Veilchen").exits(0);
    assert_eq!(site.get_as("bert:Veilchen", PATH).status, 200);
    live.dhtls("cus-auth remove anna").exits(0);
    assert_eq!(site.get_as("anna:Rosen im Mai", PATH).status, 401);
    assert_eq!(live.server.pid(), pid);
    assert_eq!(site.verified_chain().unwrap()[0], first.sha256);

    let second = live.pair("second");
    live.https("second", "").exits(0);
    assert_eq!(site.verified_chain().unwrap()[0], second.sha256);
    assert_eq!(site.get(PATH).status, 401);
    live.dhtls("cus-auth disable").exits(0).mentions(&[&line]);
    assert_eq!(site.get(PATH).status, 200);
    // After SIGUSR1, which it calls a graceful shutdown, it cannot read the bundle again and ends.
    let log = live.text(LOG);
    assert!(log.contains("server stopped by "), "{log}");
    assert!(!log.contains("graceful"), "{log}");
}

#[test]
fn rules_that_do_not_take_hold_are_put_back() {
    let Some(live) = CusLive::start() else {
        return;
    };
    live.add_user("anna", "Rosen im Mai").exits(0);
    live.server.twist(Twist::NoPassword);
    let (files, pid) = (live.files(), live.server.pid());
    live.dhtls("cus-auth enable")
        .exits(1)
        .prints("")
        .warns_of(&[
            "dhtls: error: ",
            "without a password",
            "every file was put back as it was and client_update_service restarted",
        ]);
    assert_same(&files, &live.files());
    assert_ne!(live.server.pid(), pid);
    assert_eq!(live.server.http().get(PATH).status, 200);
    assert!(
        live.text(CONFIG)
            .contains("\n#include \"conf.d/iris-auth.conf\"\n")
    );
}

#[test]
fn users_whose_file_lighttpd_cannot_reach_are_not_locked_out() {
    let Some(live) = CusLive::start() else {
        return;
    };
    // It reads the file when it is no longer root; `-tt` does not notice.
    let closed = live.scratch().path("etc/lighttpd/closed");
    fs::create_dir(&closed).unwrap();
    set_mode(&closed, 0o700);
    let users = closed.join("users").display().to_string();
    let old = live.scratch().text(USERS_FILE);
    live.scratch().edit(AUTH_INCLUDE, &old, &users);
    live.add_user("anna", "Rosen im Mai")
        .exits(0)
        .mentions(&[&users]);
    let (files, pid) = (live.files(), live.server.pid());
    live.dhtls("cus-auth enable --timeout 20s")
        .exits(1)
        .prints("")
        .warns_of(&[
            "refuses the right password of ",
            "every file was put back as it was and client_update_service restarted",
        ]);
    assert_same(&files, &live.files());
    assert_ne!(live.server.pid(), pid);
    assert_eq!(live.server.http().get(PATH).status, 200);
}
