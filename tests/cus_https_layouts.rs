//! Releases and hand-made changes that cus-https meets: what it edits, what it refuses and where the setting
//! lives then; and the way back. With `--root`, so nothing runs.
#![allow(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

mod support;

use std::fs;

use support::cus_files::{CONFIG, GETDOWN, SERVICE_FILE};
use support::cus_staged::{BUNDLE, HTTPS, below, config, cus, getdown, has_lines};
use support::stand_in::{HOST, SETTINGS, StandIn, authority};

const REBUILT_FROM: &str = "root/etc/sysconfig/illumon.d/client_update_service";

const HTTP: &str = "--root root cus-http --host deephaven.example.com --i-accept-cleartext";

#[test]
fn a_release_without_lighttpd_is_refused_and_its_own_place_is_named() {
    let server = StandIn::new();
    server
        .scratch
        .write("root/etc/deephaven/cus_tls/tls.crt", "");
    let words = [
        "/etc/deephaven/cus_tls",
        "tls.crt",
        "tls.key",
        "web_api_service",
    ];
    server.refuses_with(HTTPS, &words);
    server.refuses_with(HTTP, &words[..1]);
    server.refuses_with("--root root cus-auth enable", &words[..1]);
}

#[test]
fn a_server_without_a_client_update_service_is_refused_with_the_place_that_was_looked_at() {
    let server = StandIn::new();
    server.refuses_with(
        HTTPS,
        &["/etc/lighttpd/client-update-service.conf", "[cus] config"],
    );
}

#[test]
fn a_server_without_a_launcher_file_is_refused_until_it_is_to_be_left_alone() {
    let server = cus();
    fs::remove_file(server.path(&below(GETDOWN))).unwrap();
    server.refuses_with(
        HTTPS,
        &[&format!("/{GETDOWN}"), "[cus] getdown", "--no-getdown"],
    );
    server.succeeds(&format!("{HTTPS} --no-getdown"));
    has_lines(&config(&server), &["server.port = 443"]);
}

#[test]
fn a_launcher_file_that_is_rebuilt_at_each_restart_is_edited_where_it_is_made_of() {
    let server = cus();
    let source = format!("{REBUILT_FROM}/getdown.global");
    let text = format!("appbase = http://{HOST}/iris/\nallow_offline = true\n");
    server.scratch.write(&source, text);
    let served = getdown(&server);
    let done = server.succeeds(HTTPS);
    done.says(&["/etc/sysconfig/illumon.d/client_update_service/getdown.global"]);
    has_lines(
        &server.text(&source),
        &[&format!("appbase = https://{HOST}/iris/")],
    );
    assert_eq!(getdown(&server), served);
}

#[test]
fn a_rebuilt_launcher_file_without_an_address_to_edit_is_refused() {
    let server = cus();
    server.scratch.write(
        &format!("{REBUILT_FROM}/getdown.global"),
        "allow_offline = true\n",
    );
    server.refuses_with(
        HTTPS,
        &[
            "/etc/sysconfig/illumon.d/client_update_service",
            "--no-getdown",
            "[cus] getdown",
        ],
    );
}

/// What editors and packages leave beside a file.
const LEFT: [&str; 7] = [
    "getdown.global.bak",
    "getdown.global~",
    "getdown.txt.orig",
    "getdown.txt.pre.rpmnew",
    "getdown.txt.rpmsave",
    "getdown.txt.swp",
    "getdown_old.txt",
];

#[test]
fn what_was_left_beside_a_rebuilt_launcher_file_neither_counts_nor_changes() {
    let server = cus();
    let text = format!("appbase = http://{HOST}/iris/\n");
    for name in LEFT {
        server
            .scratch
            .write(&format!("{REBUILT_FROM}/{name}"), &text);
    }
    let global = format!("{REBUILT_FROM}/getdown.global");
    server.scratch.write(&global, "allow_offline = true\n");
    let words = [
        "no file that it is made of sets its appbase",
        "--no-getdown",
    ];
    server.refuses_with(HTTPS, &words);

    let install_error = format!("ui.install_error = http://{HOST}/iris/help.html\n");
    server.scratch.write(&global, &install_error);
    let made = format!("{REBUILT_FROM}/getdown.txt.pre");
    server.scratch.write(&made, &text);
    server.succeeds(HTTPS);
    for (name, text) in [(&global, &install_error), (&made, &text)] {
        let secured = text.replace("http:", "https:");
        assert!(server.text(name).ends_with(&secured), "{name}");
    }
    for name in LEFT {
        assert_eq!(server.text(&format!("{REBUILT_FROM}/{name}")), text);
    }
}

#[test]
fn the_configuration_is_the_one_that_monit_starts_lighttpd_with() {
    let server = cus();
    let other = "etc/lighttpd/other.conf";
    fs::rename(server.path(&below(CONFIG)), server.path(&below(other))).unwrap();
    server.scratch.edit(&below(SERVICE_FILE), CONFIG, other);
    let enabled = server.path(&below(SERVICE_FILE));
    let disabled = enabled.with_extension("conf.disabled");
    fs::rename(enabled, disabled).unwrap();
    server.succeeds(HTTPS);
    has_lines(&server.text(&below(other)), &["server.port = 443"]);
}

#[test]
fn a_service_that_is_off_is_found_by_both_names_and_switched_on() {
    for name in ["cus.conf.disabled", "cus.disabled"] {
        let server = cus();
        let enabled = server.path(&below(SERVICE_FILE));
        let disabled = enabled.with_file_name(name);
        fs::rename(&enabled, &disabled).unwrap();
        let before = fs::read(&disabled).unwrap();
        server.succeeds(HTTPS);
        assert!(disabled.exists() && !enabled.exists(), "{name}");
        server.succeeds(&format!("{HTTPS} --enable"));
        assert!(!disabled.exists(), "{name}");
        assert_eq!(fs::read(&enabled).unwrap(), before, "{name}");
    }
}

#[test]
fn the_settings_name_every_place() {
    let server = cus();
    for (from, to) in [
        (CONFIG, "etc/lighttpd/site.conf"),
        (GETDOWN, "srv/launcher/getdown.txt"),
    ] {
        let text = server.text(&below(from));
        server.scratch.write(&below(to), text);
    }
    fs::create_dir_all(server.path("root/srv/tls")).unwrap();
    server.settings(
        "[cus]\nconfig = \"/etc/lighttpd/site.conf\"\nbundle = \"/srv/tls/site.pem\"\n\
         getdown = \"/srv/launcher/getdown.txt\"\n",
    );
    let before = server.everything();
    server.succeeds(HTTPS);
    has_lines(
        &server.text("root/etc/lighttpd/site.conf"),
        &["server.port = 443", "ssl.pemfile = \"/srv/tls/site.pem\""],
    );
    let appbase = format!("appbase = https://{HOST}/iris/");
    has_lines(&server.text("root/srv/launcher/getdown.txt"), &[&appbase]);
    assert!(server.path("root/srv/tls/site.pem").is_file());
    let touched = server.differences(&before);
    for name in [CONFIG, GETDOWN, SETTINGS] {
        assert!(!touched.contains(&below(name)), "{touched:?}");
    }
}

/// The same server with this text in its configuration instead of the commented-out example.
fn with(text: &str) -> StandIn {
    let server = cus();
    server
        .scratch
        .edit(&below(CONFIG), "#ssl.engine = \"enable\"\n", text);
    server
}

#[test]
fn what_lighttpd_would_not_take_or_another_line_would_undo_is_refused_with_file_and_line() {
    for text in [
        "server.port = 8080\n",
        "$SERVER[\"socket\"] == \":443\" { ssl.engine = \"enable\" }\n",
        "server.tag = \"a\n",
    ] {
        with(text).refuses_with(HTTPS, &[&format!("/{CONFIG}:")]);
    }
}

#[test]
fn a_launcher_file_that_no_launcher_could_start_with_is_refused_with_file_and_line() {
    for text in [
        "appbase = http://elsewhere.example.com/\n",
        "ui.install_error = http://a/\n",
    ] {
        let server = cus();
        let old = getdown(&server);
        server
            .scratch
            .write(&below(GETDOWN), format!("{old}{text}"));
        server.refuses_with(HTTPS, &[&format!("/{GETDOWN}:")]);
    }
}

#[test]
fn the_way_back_is_port_80_without_tls_and_http_addresses() {
    let server = cus();
    let (old_config, old_getdown) = (config(&server), getdown(&server));
    server.succeeds(HTTPS);
    server.refuses_usage(
        "--root root cus-http --host deephaven.example.com",
        "--i-accept-cleartext",
    );
    let done = server.succeeds(HTTP);
    assert!(done.stderr.contains("dhtls: warning: "), "{done:?}");
    has_lines(&config(&server), &["server.port = 80"]);
    let active = |text: &str| {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(active(&getdown(&server)), active(&old_getdown));
    assert!(
        !active(&config(&server))
            .iter()
            .any(|line| line.replace(' ', "") == "ssl.engine=\"enable\"")
    );
    assert!(
        server.path(BUNDLE).is_file(),
        "the bundle stays for the next time"
    );
    let before = server.everything();
    server.succeeds(HTTP);
    server.is_still(&before);

    server.succeeds("--root root rollback 2");
    server.succeeds("--root root rollback 1");
    assert_eq!(
        (config(&server), getdown(&server)),
        (old_config, old_getdown)
    );
    assert!(!server.path(BUNDLE).exists());
}

#[test]
fn json_has_the_changed_files_and_says_whether_there_was_a_change() {
    let server = cus();
    server.hand_in(&authority().pair(&[HOST]));
    let line = HTTPS.replace("cus-https", "--format json cus-https");
    for changed in [true, false] {
        let done = server.succeeds(&line);
        let value: serde_json::Value = serde_json::from_str(&done.stdout).unwrap();
        assert_eq!(value["changed"], changed, "{value:#}");
        assert_eq!(value["command"], "cus-https");
        let files = value["files"].as_array().unwrap();
        let named = |name: &str| {
            files
                .iter()
                .any(|file| file["path"].as_str().unwrap().ends_with(name))
        };
        for name in ["lighttpd.pem", CONFIG, GETDOWN] {
            assert!(named(name), "{value:#}");
        }
    }
}
