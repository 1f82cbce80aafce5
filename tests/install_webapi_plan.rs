//! Which properties files install-webapi edits on which layout, and what it leaves alone.
#![allow(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

mod support;

use std::fs;
use std::os::unix::fs::symlink;

use support::stand_in::{HOST, INSTALL, KEYSTORE, PROPERTIES, RESOURCES, SETTINGS, StandIn};

const DEFAULT_KEYSTORE: &str = "/etc/sysconfig/illumon.d/auth/webServices-keystore.p12";
const DEFAULT_PASSPHRASE: &str = "/db/TempFiles/irisadmin/.webapi_passphrase";

/// As the server sees it, in messages about properties.
const SHOWN: &str = "/etc/sysconfig/illumon.d/resources";

/// A server with these properties files and no others.
fn with(files: &[(&str, &str)]) -> StandIn {
    let server = StandIn::new();
    fs::remove_file(server.path(PROPERTIES)).unwrap();
    for (name, text) in files {
        server.scratch.write(&format!("{RESOURCES}/{name}"), text);
    }
    server
}

fn tls() -> String {
    format!(
        "WebServer.tls.keystore={DEFAULT_KEYSTORE}\nWebServer.tls.passphrase.file={DEFAULT_PASSPHRASE}\n"
    )
}

fn dispatcher() -> String {
    format!(
        "RemoteQueryDispatcher.websocket.enabled=true\nRemoteQueryDispatcherParameters.host={HOST}\n"
    )
}

fn reads(server: &StandIn, name: &str, text: &str) {
    assert_eq!(server.text(&format!("{RESOURCES}/{name}")), text, "{name}");
}

#[test]
fn iris_common_is_edited_and_nothing_beside_it() {
    let server = with(&[
        ("iris-common.prop", "a=b\n"),
        ("openapi-defaults.prop", "c=d\n"),
        ("iris-query-server.prop", "e=f\n"),
        ("web_api_service.prop", "g=h\n"),
    ]);
    server.installs(INSTALL);
    reads(
        &server,
        "iris-common.prop",
        &format!("a=b\n{}{}", tls(), dispatcher()),
    );
    reads(&server, "openapi-defaults.prop", "c=d\n");
    reads(&server, "iris-query-server.prop", "e=f\n");
    reads(&server, "web_api_service.prop", "g=h\n");
}

#[test]
fn without_iris_common_it_is_openapi_defaults() {
    let server = with(&[
        ("openapi-defaults.prop", "c=d\n"),
        ("iris-query-server.prop", "e=f\n"),
    ]);
    server.installs(INSTALL);
    reads(
        &server,
        "openapi-defaults.prop",
        &format!("c=d\n{}{}", tls(), dispatcher()),
    );
    reads(&server, "iris-query-server.prop", "e=f\n");
}

#[test]
fn a_legacy_server_has_the_tls_settings_in_both_files_and_the_dispatchers_in_one() {
    let server = with(&[
        ("iris-query-server.prop", "e=f\n"),
        ("web_api_service.prop", "g=h\n"),
    ]);
    server.installs(INSTALL);
    reads(
        &server,
        "iris-query-server.prop",
        &format!("e=f\n{}{}", tls(), dispatcher()),
    );
    reads(&server, "web_api_service.prop", &format!("g=h\n{}", tls()));
    let unchanged = server.everything();
    server.installs(INSTALL);
    server.is_still(&unchanged);
}

#[test]
fn half_a_legacy_server_is_refused_and_the_keystore_alone_can_be_installed() {
    for (present, missing) in [
        ("iris-query-server.prop", "web_api_service.prop"),
        ("web_api_service.prop", "iris-query-server.prop"),
    ] {
        let server = with(&[(present, "a=b\n")]).refuses(
            INSTALL,
            &format!(
                "$ROOT/{RESOURCES} has {present} but no {missing}, and the runbook changes both"
            ),
            "put the missing file back, or install the keystore alone with --no-properties",
        );
        server.installs(&format!("{INSTALL} --no-properties"));
        reads(&server, present, "a=b\n");
    }
}

#[test]
fn a_server_without_properties_is_refused_and_the_keystore_alone_can_be_installed() {
    let server = with(&[]).refuses(
        INSTALL,
        &format!(
            "$ROOT/{RESOURCES} has neither iris-common.prop nor openapi-defaults.prop nor the two legacy files"
        ),
        "set [properties] folder in /etc/dhtls.toml, or install the keystore alone with --no-properties",
    );
    server.installs(&format!("{INSTALL} --no-properties"));
}

/// The lines that show where properties are set on such a server.
fn dhconfig(file: &str) -> String {
    format!(
        "'dhconfig properties export {file} --directory DIR', edit it there, then 'sudo -u irisadmin dhconfig \
         properties import DIR/{file}'; the keystore alone: --no-properties"
    )
}

fn ignored(evidence: &str) -> String {
    format!(
        "{evidence} shows that the configuration server has this server's properties; an edit of \
         $ROOT/{PROPERTIES} would be ignored"
    )
}

#[test]
fn properties_of_a_configuration_server_are_not_edited_and_its_commands_are_named() {
    let server = StandIn::new();
    let folder = "root/etc/sysconfig/illumon.d";
    fs::rename(
        server.path(folder),
        server.path("root/etc/sysconfig/deephaven"),
    )
    .unwrap();
    symlink("deephaven", server.path(folder)).unwrap();
    let server = server.refuses(
        INSTALL,
        &ignored("/etc/sysconfig/illumon.d"),
        &dhconfig("iris-common.prop"),
    );
    let (properties, keystore) = (server.text(PROPERTIES), server.scratch.read(KEYSTORE));
    server.installs(&format!("{INSTALL} --no-properties"));
    assert_eq!(server.text(PROPERTIES), properties);
    assert_ne!(server.scratch.read(KEYSTORE), keystore);
}

#[test]
fn the_program_of_a_configuration_server_shows_it_too() {
    let server = StandIn::new();
    server
        .scratch
        .write("root/usr/illumon/latest/bin/dhconfig", "");
    server.refuses(
        INSTALL,
        &ignored("/usr/illumon/latest/bin/dhconfig"),
        &dhconfig("iris-common.prop"),
    );
}

#[test]
fn a_locked_property_is_refused_with_the_line_that_locks_it() {
    let at = format!("{SHOWN}/iris-common.prop");
    with(&[("iris-common.prop", "a=b\nfinalize WebServer.*\n")]).refuses(
        INSTALL,
        &format!("WebServer.tls.keystore cannot be set: {at}:2 locks it"),
        &format!("set WebServer.tls.keystore above {at}:2, or take it out of the lock"),
    );
    let key = "RemoteQueryDispatcher.websocket.enabled";
    with(&[(
        "iris-common.prop",
        &format!("final {key}=false\n{key}=true\n"),
    )])
    .refuses(
        INSTALL,
        &format!("{at}:2: {key} is assigned again, but {at}:1 locks it"),
        "the server does not start with this: remove one of the two lines",
    );
}

#[test]
fn a_value_is_changed_where_it_is_effective_in_an_included_file_and_in_a_scope() {
    let included = "[service.name=dbquery|dbmerge] {\n    RemoteQueryDispatcherParameters.host=old.example.com\n}\n";
    let common = format!(
        "includefiles=site.prop\n{}RemoteQueryDispatcher.websocket.enabled=true\n",
        tls()
    );
    let server = with(&[("iris-common.prop", &common), ("site.prop", included)]);
    let stdout = server.installs(INSTALL);
    let said = format!(
        "property     {SHOWN}/site.prop:2 RemoteQueryDispatcherParameters.host={HOST} replaced\n"
    );
    assert!(stdout.contains(&said), "{stdout}");
    reads(&server, "iris-common.prop", &common);
    reads(
        &server,
        "site.prop",
        &included.replace("old.example.com", HOST),
    );
}

#[test]
fn a_scope_that_may_not_apply_is_refused() {
    let text = "[stage=test] {\nWebServer.tls.keystore=/etc/test.p12\n}\n";
    let at = format!("{SHOWN}/iris-common.prop:2");
    with(&[("iris-common.prop", text)]).refuses(
        INSTALL,
        &format!("WebServer.tls.keystore depends on {at}, in the scope [stage=test]"),
        "dhtls cannot tell whether that scope applies: move WebServer.tls.keystore out of it",
    );
}

#[test]
fn a_blank_behind_an_old_path_is_said_and_taken_away() {
    let spoilt = tls().replace(".p12\n", ".p12 \n");
    let server = with(&[("iris-common.prop", &spoilt)]);
    let stdout = server.installs(INSTALL);
    let said = format!(
        "note         {SHOWN}/iris-common.prop:1: the value of WebServer.tls.keystore ends in a blank, which \
         the server takes as part of it\n"
    );
    assert!(stdout.contains(&said), "{stdout}");
    reads(&server, "iris-common.prop", &(tls() + &dispatcher()));
}

#[test]
fn a_file_with_windows_line_ends_keeps_them() {
    let server = with(&[(
        "iris-common.prop",
        "a=b\r\nRemoteQueryDispatcher.websocket.enabled=no\r\n",
    )]);
    server.installs(INSTALL);
    let expected = format!(
        "a=b\nRemoteQueryDispatcher.websocket.enabled=true\n{}RemoteQueryDispatcherParameters.host={HOST}\n",
        tls()
    );
    reads(&server, "iris-common.prop", &expected.replace('\n', "\r\n"));
}

#[test]
fn properties_that_keep_the_server_from_starting_are_refused_with_their_line() {
    let at = format!("{SHOWN}/iris-common.prop");
    for (text, error) in [
        (
            "a=b\nincludefiles=c.prop\n",
            ":2: includefiles has to be the first line that is no comment",
        ),
        (
            "a=b\n[service.name=x] {\n",
            ":2: the scope that is opened here is never closed",
        ),
        ("a=\\u00zz\n", ":1: \\u needs four hexadecimal digits"),
    ] {
        with(&[("iris-common.prop", text)]).refuses(INSTALL, &format!("{at}{error}"), "[..]");
    }
}

#[test]
fn properties_that_cannot_be_read_stand_in_nobodys_way_when_they_are_left_alone() {
    let broken = "[service.name=x] {\n";
    let server = with(&[("iris-common.prop", broken)]).refuses(
        &format!("{INSTALL} --no-properties"),
        &format!("{SHOWN}/iris-common.prop:1: the scope that is opened here is never closed"),
        "the server does not start with this: correct the line; the keystore alone: --no-properties --keystore \
         FILE --webapi-passphrase FILE",
    );
    server.installs(&format!(
        "{INSTALL} --no-properties --keystore {DEFAULT_KEYSTORE} --webapi-passphrase {DEFAULT_PASSPHRASE}"
    ));
    reads(&server, "iris-common.prop", broken);
}

#[test]
fn a_path_that_only_the_server_can_resolve_is_refused() {
    let text = "WebServer.tls.keystore=<workspace>/web.p12\n";
    with(&[("iris-common.prop", text)]).refuses(
        INSTALL,
        &format!(
            "{SHOWN}/iris-common.prop:1: \"<workspace>/web.p12\" is not an absolute path, and only the server \
             resolves it"
        ),
        "name the files with --keystore FILE and --webapi-passphrase FILE",
    );
}

#[test]
fn a_port_that_is_none_is_refused_until_the_endpoint_is_given() {
    let server = with(&[("iris-common.prop", "Webapi.server.port=eight\n")]).refuses(
        INSTALL,
        &format!("{SHOWN}/iris-common.prop:1: \"eight\" is no port"),
        "name the right one with --endpoint HOST:PORT",
    );
    server.installs(&format!("{INSTALL} --endpoint 127.0.0.1:8123"));
}

#[test]
fn paths_given_as_flags_win_over_properties_and_settings() {
    let server = with(&[("iris-common.prop", &tls())]);
    server.settings("keystore = \"/settings.p12\"\npassphrase_file = \"/settings.pass\"\n");
    let passphrase = server
        .scratch
        .read("root/db/TempFiles/irisadmin/.webapi_passphrase");
    server
        .scratch
        .write_mode("root/flag.pass", passphrase, 0o400);
    let old = server.scratch.read(KEYSTORE);
    server.installs(&format!(
        "{INSTALL} --keystore /flag.p12 --webapi-passphrase /flag.pass"
    ));
    assert_eq!(server.scratch.read(KEYSTORE), old);
    assert!(server.path("root/flag.p12").exists());
    let set = "WebServer.tls.keystore=/flag.p12\nWebServer.tls.passphrase.file=/flag.pass\n";
    reads(
        &server,
        "iris-common.prop",
        &(set.to_owned() + &dispatcher()),
    );
}

#[test]
fn settings_hold_where_no_property_speaks() {
    let server = with(&[("iris-common.prop", "a=b\n")]);
    fs::rename(server.path(RESOURCES), server.path("root/props")).unwrap();
    fs::create_dir(server.path("root/state")).unwrap();
    server.settings(&format!(
        "keystore = \"/site.p12\"\npassphrase_file = {DEFAULT_PASSPHRASE:?}\nalias = \"site\"\nmode = \"0400\"\n\
         [properties]\nfolder = \"/props\"\n[state]\nfolder = \"/state/dhtls\"\n"
    ));
    server.installs(INSTALL);
    assert!(server.path("root/state/dhtls/history/000001").is_dir());
    assert!(
        server
            .text("root/props/iris-common.prop")
            .contains("WebServer.tls.keystore=/site.p12\n")
    );
    let stat = ["-c", "%a", &server.scratch.text("root/site.p12")];
    assert_eq!(support::program::run("stat", &stat), "400\n");
    let open = ["-nokeys", "-passin", "pass:correct horse battery staple"];
    let name = server.scratch.text("root/site.p12");
    let list = [&["pkcs12", "-in", &name], &open[..]].concat();
    let listed = support::program::run("openssl", &list);
    assert!(listed.contains("friendlyName: site\n"), "{listed}");
}

#[test]
fn what_the_settings_file_says_wrong_is_told_by_its_line() {
    let hint = "README.md lists the keys of the settings file";
    let server = StandIn::new();
    let says = |server: StandIn, text: &str, error: &str| {
        server.scratch.write(SETTINGS, text);
        server.refuses(INSTALL, &format!("/etc/dhtls.toml:{error}"), hint)
    };
    let server = says(
        server,
        "[webapi]\n\nkeystor = \"/x\"\n",
        "3: unknown field `keystor`, expected one of [..]",
    );
    let server = says(
        server,
        "[webapp]\n",
        "1: unknown field `webapp`, expected one of [..]",
    );
    let server = says(server, "[webapi]\nmode = 9\n[", "3: [..]");
    let server = says(
        server,
        "[webapi]\nmode = \"0444\"\n",
        "[..]: [webapi] mode would let others read the private key",
    );
    says(
        server,
        "[state]\nkeep = 0\n",
        "[..]: [state] keep is 0, and dhtls rollback needs at least the newest change",
    );
}

#[test]
fn a_settings_file_that_is_named_has_to_be_there() {
    StandIn::new().refuses(
        &format!("--config none.toml {INSTALL}"),
        "cannot open none.toml: No such file or directory (os error 2)",
        "",
    );
}
