use super::{BUNDLE, CUS_FILE, GETDOWN, HOST, LIGHTTPD, LIGHTTPD_LINES, Server, issue};
use crate::pki::bundle;
use crate::server::inventory::Leaf;

fn only(server: &Server) -> String {
    let findings = server.findings();
    assert_eq!(findings.len(), 1, "{findings:?}");
    findings[0].clone()
}

fn configured(text: &str) -> Server {
    Server::with(text, LIGHTTPD)
}

#[test]
fn a_service_without_tls_serves_programs_in_clear_text() {
    let server = configured("server.port = 80\n");
    server
        .scratch
        .file(GETDOWN, &format!("appbase = http://{HOST}/iris/\n"), 0o644);
    assert_eq!(
        only(&server),
        format!(
            "{LIGHTTPD}: cleartext: ssl.engine is not set: launchers download their programs in clear text from \
             port 80; dhtls cus-https secures it"
        )
    );
    let server = configured("server.port = 80\nssl.pemfile = \"/etc/ssl/private/lighttpd.pem\"\n");
    server
        .scratch
        .file(GETDOWN, &format!("appbase = http://{HOST}/iris/\n"), 0o644);
    assert!(only(&server).contains(&format!(
        "cleartext: {LIGHTTPD}:2: ssl.pemfile is set, but ssl.engine is not: "
    )));
}

#[test]
fn a_service_that_is_off_serves_nobody() {
    let server = configured("server.port = 80\n");
    server
        .scratch
        .file(GETDOWN, &format!("appbase = http://{HOST}/iris/\n"), 0o644);
    let (on, off) = (
        server.scratch.real(CUS_FILE),
        format!("{CUS_FILE}.disabled"),
    );
    std::fs::rename(on, server.scratch.real(&off)).unwrap();
    assert_eq!(server.findings(), [""; 0]);
}

#[test]
fn addresses_have_to_lead_to_a_port_that_serves_them() {
    for (address, expected) in [
        (
            format!("http://{HOST}/iris/"),
            "http://deephaven.example.com on port 80",
        ),
        (
            format!("https://{HOST}:8443/"),
            "https://deephaven.example.com:8443 on port 8443",
        ),
    ] {
        let server = Server::with(&format!("# launchers\nappbase = {address}\n"), GETDOWN);
        assert_eq!(
            only(&server),
            format!(
                "{GETDOWN}: setting-mismatch: {GETDOWN}:2: appbase sends launchers to {expected}, but lighttpd serves \
                 https on port 443 ({LIGHTTPD}:1)"
            )
        );
    }
}

#[test]
fn a_help_page_may_lie_on_another_server() {
    let text = |help: &str| format!("appbase = https://{HOST}/\nui.install_error = {help}\n");
    let server = Server::with(&text("http://help.example.com/"), GETDOWN);
    assert_eq!(server.findings(), [""; 0]);
    let server = Server::with(&text("http://DEEPHAVEN.example.com/help"), GETDOWN);
    assert!(only(&server).contains(&format!("{GETDOWN}:2: ui.install_error sends launchers")));
}

#[test]
fn a_block_may_have_the_tls_port() {
    let text = "server.port = 80\n$SERVER[\"socket\"] == \":443\" {\nssl.engine = \"enable\"\n\
        ssl.pemfile = \"/etc/ssl/private/lighttpd.pem\"\n}\n";
    let server = configured(text);
    assert_eq!(server.findings(), [""; 0]);
    assert!(server.paths().contains(&BUNDLE.to_owned()));
    let asked = server.take().endpoints;
    assert!(
        asked
            .iter()
            .any(|it| it.endpoint.to_string() == "127.0.0.1:443"),
        "{asked:?}"
    );
}

#[test]
fn launchers_do_not_follow_a_redirect_to_the_tls_port() {
    let text = format!(
        "{LIGHTTPD_LINES}$SERVER[\"socket\"] == \":80\" {{\nssl.engine = \"disable\"\n}}\n"
    );
    let server = configured(&text);
    assert_eq!(server.findings(), [""; 0]);
    let appbase = format!("appbase = http://{HOST}/\n");
    server.scratch.file(GETDOWN, &appbase, 0o644);
    assert!(only(&server).contains(
        "but lighttpd serves https on port 443 (/etc/lighttpd/client-update-service.conf:1) and http on port 80"
    ));
}

#[test]
fn pemfiles_of_conditions_are_taken_too() {
    let text = format!(
        "{LIGHTTPD_LINES}$HTTP[\"host\"] == \"other\" {{\nssl.pemfile = \"/etc/ssl/other.pem\"\n}}\n"
    );
    let server = configured(&text);
    assert_eq!(
        only(&server),
        format!(
            "/etc/ssl/other.pem: unreadable: {LIGHTTPD}:5: ssl.pemfile names it, and it is not there"
        )
    );
    let bundle = server.scratch.read(BUNDLE);
    server.scratch.file("/etc/ssl/other.pem", &bundle, 0o600);
    assert_eq!(server.findings(), [""; 0]);
    assert!(server.paths().contains(&"/etc/ssl/other.pem".to_owned()));
}

#[test]
fn the_key_of_its_own_file_has_to_be_the_certificates() {
    let pair = issue(HOST);
    let key = "/etc/ssl/private/own.key";
    let server = configured(&format!("{LIGHTTPD_LINES}ssl.privkey = \"{key}\"\n"));
    let pem =
        String::from_utf8(bundle::encode_pem(std::slice::from_ref(&pair.certificate))).unwrap();
    server.scratch.file(BUNDLE, &pem, 0o600);
    assert_eq!(
        only(&server),
        format!("{key}: unreadable: {LIGHTTPD}:4: ssl.privkey names it, and it is not there")
    );
    let pkcs8 = |pair: &crate::pki::throwaway::Throwaway| {
        let pem = pair.private_key().unwrap().to_pkcs8_pem();
        String::from_utf8(pem.expose().to_vec()).unwrap()
    };
    server.scratch.file(key, &pkcs8(&pair), 0o600);
    assert_eq!(server.findings(), [""; 0]);
    server.scratch.file(key, &pkcs8(&issue(HOST)), 0o600);
    let expected = format!("{key}: key-mismatch: lighttpd does not start with it: ");
    assert!(only(&server).starts_with(&expected), "{}", only(&server));
}

#[test]
fn a_bundle_that_lighttpd_would_not_take_is_found_before_it_has_to() {
    let server = Server::new();
    let pem = String::from_utf8(bundle::encode_pem(std::slice::from_ref(&server.leaf))).unwrap();
    server.scratch.file(BUNDLE, &pem, 0o600);
    assert_eq!(
        only(&server),
        format!("{BUNDLE}: key-mismatch: lighttpd does not start with it: it holds no private key")
    );
}

#[test]
fn a_configuration_that_cannot_be_understood_is_said() {
    let server = configured("server.port = \n");
    assert!(
        only(&server).starts_with(&format!("{LIGHTTPD}: unreadable: ")),
        "{}",
        only(&server)
    );
    let server = configured("server.port = env.PORT\nssl.pemfile = env.PEM\n");
    let findings = server.findings();
    assert!(
        findings
            .iter()
            .any(|it| it.contains(&format!("{LIGHTTPD}:2: only the running lighttpd")))
    );
    assert!(
        findings.iter().any(|it| it.contains("server.port")),
        "{findings:?}"
    );
}

#[test]
fn launchers_have_to_find_the_name_in_the_certificate() {
    let server = Server::with("appbase = https://other.example.com/\n", GETDOWN);
    let inventory = server.take();
    let source = inventory.sources[1].file.shown.clone();
    let leaf = Leaf {
        source: &source,
        certificate: &server.leaf,
    };
    let found = server.in_words(inventory.compare(&[leaf], &[]));
    let expected =
        format!("{GETDOWN}: setting-mismatch: {GETDOWN}:1: appbase sends clients to other");
    assert!(
        found.iter().any(|it| it.starts_with(&expected)),
        "{found:?}"
    );
}

#[test]
fn launchers_without_a_readable_file_are_a_finding() {
    let server = Server::with("appbase = ftp://x/\n", GETDOWN);
    assert!(only(&server).starts_with(&format!("{GETDOWN}: unreadable: {GETDOWN}:1: appbase ")));
    server.remove(GETDOWN);
    assert!(only(&server).starts_with(&format!("{GETDOWN}: unreadable: ")));
}
