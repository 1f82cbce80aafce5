use super::{GETDOWN, KEYSTORE, PROPERTIES, PROPERTY_LINES, Server};
use crate::server::inventory::{Leaf, Value};

const WEB_API: &str = "/etc/sysconfig/illumon.d/resources/web_api_service.prop";
const QUERY: &str = "/etc/sysconfig/illumon.d/resources/iris-query-server.prop";

/// The properties with one line more.
fn and(line: &str) -> String {
    format!("{PROPERTY_LINES}{line}\n")
}

fn only(server: &Server) -> String {
    let findings = server.findings();
    assert_eq!(findings.len(), 1, "{findings:?}");
    findings[0].clone()
}

#[test]
fn a_keystore_that_a_property_names_has_to_be_there() {
    let server = Server::with(
        &and("WebServer.tls.keystore=/etc/elsewhere.p12"),
        PROPERTIES,
    );
    assert_eq!(
        only(&server),
        format!(
            "/etc/elsewhere.p12: unreadable: {PROPERTIES}:6: WebServer.tls.keystore names it, and it is not there"
        )
    );
}

#[test]
fn keystores_of_every_scope_are_taken_with_their_passphrases() {
    let lines = and(
        "[service.name=db_acl_write_server|authentication_server] {\n\
         \ttls.keystore=/etc/auth.p12\n\ttls.passphrase.file=/etc/.auth\n}\n\
         [service.name=tailer1] {\n\tingester.tls.keystore=/etc/tailer.p12\n}\n\
         Other.tls.keystore=/etc/gone.p12\n[service.name=a] {\nOther.tls.keystore=/etc/a.p12\n}\n\
         tls.keystoreless=/etc/none",
    );
    let server = Server::with(&lines, PROPERTIES);
    for path in ["/etc/auth.p12", "/etc/tailer.p12", "/etc/a.p12"] {
        server.scratch.file(path, "keystore", 0o440);
    }
    let inventory = server.take();
    let pairs: Vec<(String, Option<String>)> = inventory
        .sources
        .iter()
        .map(|it| {
            let text = |path: &std::path::Path| path.display().to_string();
            let passphrase = it.passphrase.as_ref().map(|file| text(&file.path));
            (text(&it.file.path), passphrase)
        })
        .collect();
    assert!(pairs.contains(&("/etc/auth.p12".to_owned(), Some("/etc/.auth".to_owned()))));
    assert!(pairs.contains(&("/etc/tailer.p12".to_owned(), None)));
    assert!(pairs.contains(&("/etc/a.p12".to_owned(), None)));
    // The service `a` has its own; all others look for this one.
    assert!(only(&server).starts_with("/etc/gone.p12: unreadable: "));
}

#[test]
fn keystores_at_their_usual_places_need_no_property() {
    let server = Server::new();
    let auth = "/etc/sysconfig/illumon.d/auth/keystore.authserver.p12";
    let configuration = "/etc/sysconfig/illumon.d/auth/keystore.configuration_server.p12";
    server
        .scratch
        .file(auth, "keystore", 0o400)
        .file(configuration, "keystore", 0o444);
    let inventory = server.take();
    let of = |path: &str| {
        let mut sources = inventory.sources.iter();
        sources
            .find(|it| it.file.path == std::path::Path::new(path))
            .unwrap()
    };
    let passphrase = of(auth).passphrase.as_ref().unwrap();
    assert!(passphrase.path.ends_with(".auth_passphrase"));
    assert!(of(configuration).passphrase.is_none());
    assert!(only(&server).starts_with(&format!("{configuration}: loose-permissions: ")));
}

#[test]
fn a_scope_that_may_not_be_this_machines_names_only_what_is_there() {
    let lines = and("[host=elsewhere] {\ntls.keystore=/etc/there.p12\n}\n\
         [host=nowhere] {\ntls.keystore=/etc/not-there.p12\n}");
    let server = Server::with(&lines, PROPERTIES);
    server.scratch.file("/etc/there.p12", "keystore", 0o440);
    assert_eq!(server.findings(), [""; 0]);
    assert!(server.paths().contains(&"/etc/there.p12".to_owned()));
}

#[test]
fn two_legacy_files_have_to_agree() {
    let server = Server::new();
    let other = "\
RemoteQueryDispatcherParameters.host=deephaven.example.com
WebServer.tls.keystore=/etc/other.p12
";
    server
        .remove(PROPERTIES)
        .scratch
        .file(WEB_API, PROPERTY_LINES, 0o644)
        .file(QUERY, other, 0o644);
    assert_eq!(
        server.findings(),
        [
            format!(
                "{WEB_API}: setting-mismatch: {WEB_API}:1: WebServer.tls.keystore = {KEYSTORE}, but {QUERY}:2 says /etc/other.p12"
            ),
            format!(
                "{WEB_API}: setting-mismatch: {WEB_API}:2: WebServer.tls.passphrase.file is set here, and not in iris-query-server.prop"
            ),
        ]
    );
    server.scratch.file(QUERY, PROPERTY_LINES, 0o644);
    assert_eq!(server.findings(), [""; 0]);
}

#[test]
fn properties_that_cannot_be_understood_leave_the_runbooks_paths() {
    let server = Server::with("[service.name=a] {\n", PROPERTIES);
    assert!(only(&server).starts_with(&format!("{PROPERTIES}: unreadable: {PROPERTIES}:1: ")));
    assert!(server.paths().contains(&KEYSTORE.to_owned()));
}

#[test]
fn values_that_no_server_could_use_are_found_with_their_lines() {
    for (line, expected) in [
        (
            "Webapi.server.port=http",
            "setting-mismatch: PROP:6: Webapi.server.port = http is no port",
        ),
        (
            "RemoteQueryDispatcherParameters.host=https://x/",
            "setting-mismatch: PROP:6: RemoteQueryDispatcherParameters.host: ",
        ),
        (
            "Webapi.server.port=8124 ",
            "setting-mismatch: PROP:6: the value of Webapi.server.port ends in a blank",
        ),
        (
            "WebServer.tls.keystore=<workspace>/k.p12",
            "unreadable: PROP:6: WebServer.tls.keystore = <workspace>/k.p12 is no path",
        ),
        (
            "[host=h] {\nWebServer.tls.keystore=/k.p12\n}",
            "unreadable: WebServer.tls.keystore depends on PROP:7, in the scope [host=h]",
        ),
    ] {
        let server = Server::with(&and(line), PROPERTIES);
        let findings = server.findings();
        let expected = format!("{PROPERTIES}: {}", expected.replace("PROP", PROPERTIES));
        assert!(
            findings.iter().any(|it| it.starts_with(&expected)),
            "{line}: {findings:?}"
        );
    }
}

#[test]
fn the_name_that_browsers_are_told_has_to_be_in_the_certificate() {
    let server = Server::with(
        &and("RemoteQueryDispatcherParameters.host=other.example.com"),
        PROPERTIES,
    );
    let inventory = server.take();
    let source = inventory.sources[0].file.shown.clone();
    let leaf = Leaf {
        source: &source,
        certificate: &server.leaf,
    };
    let found = server.in_words(inventory.compare(&[leaf], &[]));
    assert_eq!(
        found[0],
        format!(
            "{PROPERTIES}: setting-mismatch: {PROPERTIES}:6: RemoteQueryDispatcherParameters.host sends clients to \
             other.example.com, which the certificate in {KEYSTORE} does not cover: it is for deephaven.example.com"
        )
    );
    // What could not be read is a finding of whoever read it.
    assert!(
        inventory
            .compare(&[], &[])
            .iter()
            .all(|(_, it)| it.code.to_string() == "unreachable")
    );
}

#[test]
fn effective_settings_are_there_to_be_shown() {
    let inventory = Server::new().take();
    let shown: Vec<String> = inventory
        .settings
        .iter()
        .filter_map(|it| match &it.value {
            Value::Set { value, at } => Some(format!("{at} {}={value}", it.key)),
            Value::Default(_) | Value::Unknown { .. } | Value::Unset => None,
        })
        .collect();
    assert!(
        shown.contains(&format!("{PROPERTIES}:5 Webapi.server.port=8123")),
        "{shown:?}"
    );
    assert!(shown.contains(&format!(
        "{GETDOWN}:1 appbase=https://deephaven.example.com/iris/"
    )));
}
