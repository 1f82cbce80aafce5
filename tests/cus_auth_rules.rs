//! `dhtls cus-auth enable` and `disable` with rules that somebody wrote by hand. They end with lighttpd
//! itself, which needs root, unless `--root` is enough.
#![allow(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

mod support;

use support::cus_files::{AUTH_INCLUDE, CONFIG};
use support::cus_live::CusLive;
use support::cus_staged::{below, cus};

const PATH: &str = "/iris/getdown.txt";

/// Edits of lighttpd's configuration: what the runbook has people uncomment.
const LIST: [(&str, &str); 2] = [
    ("#  \"mod_auth\"", "  \"mod_auth\""),
    ("#  \"mod_authn_file\"", "  \"mod_authn_file\""),
];
const INCLUDE: [(&str, &str); 1] = [("#include", "include")];

/// The statements of a configuration.
fn active(text: &str) -> String {
    let lines = text
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'));
    lines.collect::<Vec<_>>().join("\n")
}

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
        assert_eq!(site.get_as("anna:Rosen im Mai", PATH).status, 200, "{name}");
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
