//! `dhtls cus-auth enable` and `disable` with rules that somebody wrote by hand. They end with lighttpd
//! itself, which needs root, unless `--root` is enough.
#![allow(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

mod support;

use std::fs;

use support::cus_files::{AUTH_INCLUDE, CONFIG, USERS_FILE};
use support::cus_live::CusLive;
use support::cus_staged::{active, add_user, below, cus};
use support::live::assert_same;
use support::scratch::set_mode;

const PATH: &str = "/iris/getdown.txt";

/// A user and her password.
const ANNA: &str = "anna:Rosen im Mai";

/// Edits of lighttpd's configuration: what the runbook has people uncomment.
const LIST: [(&str, &str); 2] = [
    ("#  \"mod_auth\"", "  \"mod_auth\""),
    ("#  \"mod_authn_file\"", "  \"mod_authn_file\""),
];
const INCLUDE: [(&str, &str); 1] = [("#include", "include")];

#[test]
fn whoever_loads_the_modules_the_password_comes_and_goes() {
    let Some(live) = CusLive::start() else {
        return;
    };
    live.add_user("anna", "Rosen im Mai").exits(0);
    let (config, rules) = (live.text(CONFIG), live.text(AUTH_INCLUDE));
    // lighttpd's own example begins with the modules.
    let both = "server.modules += ( \"mod_auth\", \"mod_authn_file\" )\n";
    let one = "server.modules += ( \"mod_auth\" )\n";
    let by_hand = [&LIST[..], &INCLUDE].concat();
    for (name, modules, edits) in [
        ("the rules", both, &[][..]),
        ("the rules, included by hand", both, &INCLUDE),
        ("the rules and the list", both, &by_hand),
        ("the rules one of them", one, &[]),
        ("the list", "", &by_hand),
    ] {
        live.scratch().write(CONFIG, &config);
        for (from, to) in edits {
            live.scratch().edit(CONFIG, from, to);
        }
        live.scratch()
            .write(AUTH_INCLUDE, format!("{modules}{rules}"));
        live.dhtls("cus-auth enable").exits(0);
        let site = live.server.http();
        assert_eq!(site.get(PATH).status, 401, "{name}");
        assert_eq!(site.get_as(ANNA, PATH).status, 200, "{name}");
        let added = active(&live.text(CONFIG)).contains("+= ( \"mod_auth");
        assert_eq!(added, modules == one, "{name}: no module is loaded twice");

        live.dhtls("cus-auth disable").exits(0);
        assert_eq!(site.get(PATH).status, 200, "{name}");
        let text = active(&live.text(CONFIG));
        assert!(!text.contains("iris-auth.conf"), "{name}: {text}");
    }
}

#[test]
fn rules_that_load_the_module_for_another_place_too_are_not_let_go_of() {
    let server = cus();
    let rules = server.text(&below(AUTH_INCLUDE));
    let modules = "server.modules += ( \"mod_auth\", \"mod_authn_file\" )\n";
    server
        .scratch
        .write(&below(AUTH_INCLUDE), format!("{modules}{rules}"));
    server.scratch.edit(&below(CONFIG), "#include", "include");
    let place = "$HTTP[\"host\"] == \"admin.example.com\" { auth.require = ( \"/\" => (\n\
                 \"method\" => \"basic\", \"realm\" => \"x\", \"require\" => \"valid-user\" ) ) }\n";
    server
        .scratch
        .write("root/etc/lighttpd/vhosts.d/admin.conf", place);
    // Without the module that place would be open, and lighttpd would only warn.
    server.refuses_with(
        "--root root cus-auth disable",
        &["/etc/lighttpd/vhosts.d/admin.conf:1: ", "auth.require"],
    );
}

#[test]
fn rules_that_leave_the_launcher_file_open_are_refused() {
    let server = cus();
    add_user(&server, "anna", "good");
    server
        .scratch
        .edit(&below(AUTH_INCLUDE), "\"/\" =>", "\"/other\" =>");
    let words = [
        "/etc/lighttpd/conf.d/iris-auth.conf:3: ",
        "asks for no password for /iris/getdown.txt",
        "name a place in auth.require that /iris/getdown.txt begins with",
    ];
    let line = "--root root cus-auth enable";
    server.refuses_with(line, &words);
    server.scratch.write(&below(AUTH_INCLUDE), "# to be done\n");
    server.refuses_with(line, &["iris-auth.conf:1: ", words[1], words[2]]);
}

#[test]
fn rules_that_let_in_nobody_of_the_users_file_are_refused() {
    let server = cus();
    add_user(&server, "anna", "good");
    server
        .scratch
        .edit(&below(AUTH_INCLUDE), "valid-user", "user=bert|user=cora");
    let line = "--root root cus-auth enable";
    server.refuses_with(
        line,
        &[
            "/etc/lighttpd/conf.d/iris-auth.conf:3: this lets in bert and cora alone",
            "everyone would be locked out",
            "dhtls cus-auth add bert",
        ],
    );
    server.scratch.edit(&below(AUTH_INCLUDE), "cora", "anna");
    server.succeeds(line);
}

#[test]
fn conditions_that_leave_the_launcher_file_open_are_put_back() {
    let Some(live) = CusLive::start() else {
        return;
    };
    live.add_user("anna", "Rosen im Mai").exits(0);
    let everywhere = live.text(AUTH_INCLUDE);
    let below = |place: &str| {
        let block = format!("$HTTP[\"url\"] =~ \"^{place}\" {{\nauth.require");
        let rules = everywhere.replace("auth.require", &block);
        live.scratch().write(AUTH_INCLUDE, format!("{rules}}}\n"));
    };
    below("/other/");
    let (files, pid) = (live.files(), live.server.pid());
    live.dhtls("cus-auth enable --timeout 20s")
        .exits(1)
        .prints("")
        .warns_of(&[
            "/iris/getdown.txt is served without a password",
            "every file was put back as it was and client_update_service restarted",
        ]);
    assert_same(&files, &live.files());
    assert_ne!(live.server.pid(), pid);
    assert_eq!(live.server.http().get(PATH).status, 200);

    below("/iris/");
    live.dhtls("cus-auth enable")
        .exits(0)
        .mentions(&["asks for a password; with one, "]);
    assert_eq!(live.server.http().get(PATH).status, 401);
    assert_eq!(live.server.http().get_as(ANNA, PATH).status, 200);
}

#[test]
fn where_the_rules_name_the_users_a_login_is_proven_in_the_name_of_one() {
    let Some(live) = CusLive::start() else {
        return;
    };
    for (user, password) in [("bert", "Veilchen"), ("anna", "Rosen im Mai")] {
        live.add_user(user, password).exits(0);
    }
    live.scratch()
        .edit(AUTH_INCLUDE, "valid-user", "user=zoe|user=anna");
    let (config, users) = (live.text(CONFIG), live.text(USERS_FILE));
    live.dhtls("cus-auth enable").exits(0).mentions(&[
        "asks for a password; with one, ",
        "anna has another password for the time of the proof",
    ]);
    assert_eq!(live.text(USERS_FILE), users);
    let site = live.server.http();
    for (login, status) in [(ANNA, 200), ("bert:Veilchen", 401)] {
        assert_eq!(site.get_as(login, PATH).status, status, "{login}");
    }

    live.dhtls("cus-auth disable").exits(0);
    // It reads the file when it is no longer root.
    let closed = live.scratch().path("etc/lighttpd/closed");
    fs::create_dir(&closed).unwrap();
    set_mode(&closed, 0o700);
    fs::write(closed.join("users"), &users).unwrap();
    let closed = closed.join("users").display().to_string();
    let open = live.scratch().text(USERS_FILE);
    live.scratch().edit(AUTH_INCLUDE, &open, &closed);
    live.dhtls("cus-auth enable --timeout 20s")
        .exits(1)
        .warns_of(&["refuses the right password of anna"]);
    assert_eq!(fs::read_to_string(&closed).unwrap(), users);
    assert_eq!(site.get(PATH).status, 200);

    live.scratch().edit(AUTH_INCLUDE, &closed, &open);
    live.scratch().edit(AUTH_INCLUDE, "user=zoe", "group=zoe");
    live.scratch().write(CONFIG, &config);
    live.dhtls("cus-auth enable")
        .exits(0)
        .warns_of(&["whom the rules let in is not known here"]);
    assert_eq!(site.get(PATH).status, 401);
}
