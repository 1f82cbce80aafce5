//! `dhtls status`: what there is on a server, right or not, below `--root`. Live ones: tests/status_live.rs.
#![allow(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

mod support;

use std::fs;
use std::os::unix::fs::symlink;

use nix::sys::stat::Mode;
use nix::unistd::mkfifo;
use serde_json::Value;

use support::scratch::set_mode;
use support::stand_in::{
    HOST, INSTALL, KEYSTORE, PASSPHRASE_FILE, PROPERTIES, RESOURCES, Run, SETTINGS, STATE, StandIn,
};

const STATUS: &str = "--root root status";
const CONFIGURATION: &str = "root/etc/sysconfig/illumon.d";
const LIGHTTPD: &str = "root/etc/lighttpd/client-update-service.conf";
const GETDOWN: &str = "root/var/www/lighttpd/iris/iris/getdown.txt.pre";

const FRESH: &str = "\
properties   one file for all services: $ROOT/root/etc/sysconfig/illumon.d/resources/iris-common.prop
launchers    served by nobody: there is no lighttpd for them
settings     $ROOT/root/etc/dhtls.toml
root         $ROOT/root

FILE        STATE    OWNER[..]  MODE  PATH
keystore    [..]  0440  $ROOT/root/etc/sysconfig/illumon.d/auth/webServices-keystore.p12
passphrase  [..]  0440  $ROOT/root/db/TempFiles/irisadmin/.webapi_passphrase
properties  there    [..]  0644  $ROOT/root/etc/sysconfig/illumon.d/resources/iris-common.prop
monit       there    [..]  0644  $ROOT/root/etc/sysconfig/illumon.d/monit/web_api_service.conf
monit       missing  -[..]  -     $ROOT/root/etc/sysconfig/illumon.d/monit/cus.conf

SETTING                                  VALUE                                                   SET IN
WebServer.tls.keystore                   /etc/sysconfig/illumon.d/auth/webServices-keystore.p12  the default
WebServer.tls.passphrase.file            /db/TempFiles/irisadmin/.webapi_passphrase              the default
RemoteQueryDispatcher.websocket.enabled  false                                                   $ROOT/root/etc/sysconfig/illumon.d/resources/iris-common.prop:3
RemoteQueryDispatcherParameters.host     not set
Webapi.server.port                       8123                                                    $ROOT/root/etc/sysconfig/illumon.d/resources/iris-common.prop:2

SERVICE                STATE    TLS  MONIT      SERVES
web_api_service        on       yes  not asked  not asked
client_update_service  no file  -    not asked  not asked

STATUS [..]
WARNING [..]  dhtls test leaf  $ROOT/root/etc/sysconfig/illumon.d/auth/webServices-keystore.p12 (webapi)
          warning   incomplete-chain: [..]

last change  none by dhtls
";

/// A server with a Client Update Service.
fn with_lighttpd(lines: &str) -> StandIn {
    let server = StandIn::new();
    let scratch = &server.scratch;
    scratch.write(LIGHTTPD, lines);
    scratch.write(GETDOWN, format!("appbase = https://{HOST}/iris/\n"));
    scratch.write(
        "root/etc/sysconfig/illumon.d/monit/cus.conf.disabled",
        "check process client_update_service with pidfile /var/run/cus.pid\n",
    );
    server
}

/// What it says, whatever it says; not a byte, mode, inode or time of any file is different afterwards.
#[track_caller]
fn status(server: &StandIn) -> Run {
    let before = server.everything();
    let run = server.run(STATUS);
    server.is_still(&before);
    assert!(!run.stderr.contains("panicked"), "{run:?}");
    run
}

/// That it could not tell everything, and says these words.
#[track_caller]
fn is_incomplete(server: &StandIn, words: &[&str]) {
    let run = status(server);
    assert_eq!((run.code, run.stderr.as_str()), (1, ""), "{run:?}");
    run.says(words);
}

fn json(server: &StandIn) -> Value {
    let run = server.run("--root root --format json status");
    assert_eq!(run.stderr, "");
    serde_json::from_str(&run.stdout).unwrap()
}

/// The entry of a list whose field is that.
fn entry(list: &Value, field: &str, wanted: &str) -> Value {
    let list = list.as_array().unwrap();
    let found = list.iter().find(|it| it[field] == wanted);
    found
        .unwrap_or_else(|| panic!("no {field} {wanted} in {list:?}"))
        .clone()
}

#[test]
fn a_fresh_server_is_told_whole() {
    let server = StandIn::new();
    let run = status(&server);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{run:?}");
    let folder = server.scratch.folder().display().to_string();
    let expected = FRESH.replace("$ROOT", &folder);
    assert!(
        support::transcript::matches(&expected, &run.stdout),
        "--- expected\n{expected}--- found\n{}",
        run.stdout
    );
}

#[test]
fn after_an_installation_the_settings_have_lines_and_there_is_a_last_change() {
    let server = StandIn::new();
    server.installs(INSTALL);
    let run = status(&server);
    assert_eq!(run.code, 0, "{run:?}");
    run.says(&[
        "webServices-keystore.p12  [..]".trim_end_matches("[..]"),
        "iris-common.prop:4\n",
        "iris-common.prop:5\n",
        "last change  1, ",
        "Z, install-webapi: done\n",
    ]);
    let json = json(&server);
    assert_eq!(json["last_change"]["id"], 1);
    let host = entry(
        &json["settings"],
        "key",
        "RemoteQueryDispatcherParameters.host",
    );
    assert_eq!((&host["value"], &host["line"]), (&HOST.into(), &6.into()));
    assert_eq!(host["origin"], "file");
}

#[test]
fn json_has_the_names_of_the_manual() {
    let json = json(&with_lighttpd("server.port = 80\n"));
    let names = |value: &Value| {
        value
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect::<Vec<_>>()
    };
    let sorted = |text: &str| {
        let mut names: Vec<String> = text.split(' ').map(str::to_owned).collect();
        names.sort();
        names
    };
    for (found, wanted) in [
        (
            &json,
            "complete checked_at server files settings services certificates findings state_folder \
             history_read pending_recovery last_change",
        ),
        (
            &json["server"],
            "root settings_file properties client_updates",
        ),
        (
            &json["files"][0],
            "role path state needed owner mode real_path wanted right named_at",
        ),
        (
            &json["settings"][0],
            "service key condition value origin file line",
        ),
        (&json["services"][0], "service name on tls monit endpoints"),
    ] {
        let mut found = names(found);
        found.sort();
        assert_eq!(found, sorted(wanted));
    }
    assert_eq!(json["complete"], true);
    let cus = entry(&json["services"], "service", "client-update");
    assert_eq!((&cus["on"], &cus["tls"]), (&false.into(), &false.into()));
    assert_eq!(cus["monit"]["asked"], false);
}

#[test]
fn lighttpds_settings_are_told_with_their_conditions() {
    let server = with_lighttpd(
        "server.modules = ( \"mod_access\", \"mod_openssl\", \"mod_auth\" )\nserver.port = 80\n\
         $SERVER[\"socket\"] == \":8443\" {\n  ssl.engine = \"enable\"\n  ssl.pemfile = \"/etc/ssl/private/x.pem\"\n}\n",
    );
    let run = status(&server);
    run.says(&[
        "launchers    served by lighttpd: ",
        "mod_openssl, mod_auth ",
        "ssl.engine  ",
        "not set\n",
        "ssl.pemfile ($SERVER[\"socket\"] == \":8443\")",
        "client-update-service.conf:5\n",
        "appbase  ",
        "getdown.txt.pre:1\n",
        "client_update_service  off    yes  not asked  not asked\n",
        "bundle      missing  ",
    ]);
    // The bundle that a setting names is not there.
    assert_eq!(run.code, 1);
}

#[test]
fn a_wrong_mode_is_told_with_the_one_that_is_wanted() {
    let server = StandIn::new();
    set_mode(&server.path(PASSPHRASE_FILE), 0o644);
    let run = status(&server);
    assert_eq!(run.code, 0, "{run:?}");
    run.says(&[
        "passphrase  wrong    ",
        "  0644  ",
        "0440 is wanted)\n          warning   loose-permissions: its mode 0644 lets everyone read the passphrase",
    ]);
    let json = json(&server);
    let file = entry(&json["files"], "role", "passphrase");
    assert_eq!(file["right"], false);
    assert_eq!(file["wanted"]["mode"], "0440");
}

#[test]
fn links_are_told_with_what_they_lead_to() {
    let server = StandIn::new();
    let real = server.path("root/srv/keys/web.p12");
    fs::create_dir_all(real.parent().unwrap()).unwrap();
    fs::rename(server.path(KEYSTORE), real).unwrap();
    symlink("/srv/keys/web.p12", server.path(KEYSTORE)).unwrap();
    let run = status(&server);
    assert_eq!(run.code, 0, "{run:?}");
    let shown = server.path("root/srv/keys/web.p12");
    run.says(&[&format!(
        "webServices-keystore.p12 -> {}\n",
        shown.display()
    )]);
}

#[test]
fn each_layout_is_told_with_what_shows_it() {
    let server = StandIn::new();
    fs::rename(
        server.path(PROPERTIES),
        server.path(&format!("{RESOURCES}/web_api_service.prop")),
    )
    .unwrap();
    status(&server).says(&[
        "properties   half of a legacy pair: ",
        "web_api_service.prop, without ",
    ]);
    let query = format!("{RESOURCES}/iris-query-server.prop");
    server.scratch.write(&query, "a=b\n");
    let run = status(&server);
    run.says(&["properties   a legacy pair: ", "iris-query-server.prop\n"]);
    assert_eq!(
        json(&server)["server"]["properties"]["layout"],
        "legacy-pair"
    );
    server
        .scratch
        .write("root/usr/illumon/latest/bin/dhconfig", "");
    status(&server).says(&[
        "properties   the configuration server has them (",
        "dhconfig)",
    ]);
    let pair = support::stand_in::authority().pair(&[HOST]);
    server
        .scratch
        .write("root/etc/deephaven/cus_tls/tls.crt", &pair.leaf);
    status(&server).says(&["launchers    served by the Web API Service, without lighttpd: "]);
}

#[test]
fn an_empty_root_is_told_as_such() {
    let server = StandIn::new();
    fs::remove_dir_all(server.path("root")).unwrap();
    fs::create_dir(server.path("root")).unwrap();
    is_incomplete(
        &server,
        &[
            "properties   none in ",
            "settings     the runbook's; there is no settings file\n",
            "nothing of Deephaven was found",
        ],
    );
}

#[test]
fn odd_and_broken_files_are_told_and_end_nothing() {
    let server = with_lighttpd("server.port = \n}}} \x01\u{1b}[31m\n");
    let scratch = &server.scratch;
    fs::remove_file(server.path(KEYSTORE)).unwrap();
    mkfifo(&server.path(KEYSTORE), Mode::from_bits_truncate(0o440)).unwrap();
    fs::remove_file(server.path(PASSPHRASE_FILE)).unwrap();
    symlink("/nowhere", server.path(PASSPHRASE_FILE)).unwrap();
    scratch.write(PROPERTIES, b"[a=b {\nWebServer.tls.keystore=\xff\xfe\n");
    scratch.write(
        &format!("{CONFIGURATION}/monit/web_api_service.conf"),
        "\u{0}{",
    );
    scratch.write(GETDOWN, b"\xff\xfeno equals sign");
    scratch.write("root/etc/ssl/certs/tls.crt", "junk");
    is_incomplete(
        &server,
        &[
            "keystore    unread   ",
            "passphrase  missing  ",
            "properties  unread   ",
            "iris-common.prop:1",
            // Defaults would be a guess.
            "WebServer.tls.keystore                   unknown\n",
            "Webapi.server.port                       unknown\n",
            "launchers    unknown: lighttpd's configuration could not be read\n",
            "input       unread   ",
        ],
    );
    let run = status(&server);
    assert!(!run.stdout.contains('\u{1b}'), "{run:?}");
    assert_eq!(json(&server)["complete"], false);
}

#[test]
fn anchors_that_cannot_be_read_cost_the_certificates_alone() {
    let server = StandIn::new();
    server.settings("[check]\nca = [\"/no/such/ca.pem\"]\n");
    let run = status(&server);
    assert_eq!(run.code, 1, "{run:?}");
    run.says(&["/no/such/ca.pem", "keystore    ", "web_api_service  "]);
    assert!(!run.stdout.contains("UNTIL"), "{run:?}");
}

#[test]
fn settings_that_cannot_be_understood_are_an_error_with_their_line() {
    let server = StandIn::new();
    server.scratch.write(SETTINGS, "[webapi]\nkeystor = 1\n");
    let run = status(&server);
    assert_eq!((run.code, run.stdout.as_str()), (1, ""), "{run:?}");
    run.says(&["dhtls: error: ", "dhtls.toml:2: unknown field"]);
}

#[test]
fn a_change_that_waits_to_be_put_back_is_told() {
    let server = StandIn::new();
    server.installs(INSTALL);
    let record = format!("{STATE}/history/000001/record.json");
    server
        .scratch
        .edit(&record, "\"state\": \"verified\"", "\"state\": \"applied\"");
    status(&server).says(&[
        "pending      change 1 (install-webapi of ",
        ") is unfinished;",
    ]);
    assert!(json(&server)["pending_recovery"].is_string());
}

#[test]
fn colour_and_usage_are_those_of_every_command() {
    let server = StandIn::new();
    let coloured = server.run("--color always --root root status").stdout;
    assert!(coloured.contains("\u{1b}[1mFILE "), "{coloured}");
    server.refuses_usage("status surplus", "surplus");
    server.refuses_usage("--format nagios status", "only check prints");
    // Whoever wants more also sees what need not be there.
    let verbose = server.run("-v --root root status").stdout;
    assert!(verbose.contains("keystore.authserver.p12\n") && verbose.contains("absent"));
}
