use std::os::unix::fs::symlink;

use super::{BUNDLE, CUS_FILE, GETDOWN, KEYSTORE, LIGHTTPD, PROPERTIES, Server, WEB_API_FILE};
use crate::server::inventory::Service;
use crate::system::scratch::{is_root, plan};
use crate::system::transaction::apply;

const CERTIFICATE: &str = "/etc/deephaven/cus_tls/tls.crt";

#[test]
fn without_lighttpd_the_web_api_service_serves_the_launchers() {
    let server = Server::new();
    server
        .remove(LIGHTTPD)
        .remove(CUS_FILE)
        .remove(BUNDLE)
        .remove(GETDOWN);
    server.scratch.file(CERTIFICATE, "certificate", 0o644);
    server
        .scratch
        .file("/etc/deephaven/cus_tls/tls.key", "key", 0o644);
    let inventory = server.take();
    let source = inventory
        .sources
        .iter()
        .find(|it| it.service == Some(Service::ClientUpdate));
    assert_eq!(source.unwrap().file.path, std::path::Path::new(CERTIFICATE));
    let asked = inventory
        .endpoints
        .iter()
        .filter(|it| it.service == Service::ClientUpdate);
    assert_eq!(
        asked.clone().next().unwrap().endpoint.to_string(),
        "127.0.0.1:8443"
    );
    let findings = server.in_words(inventory.findings);
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert!(findings[0].starts_with("/etc/deephaven/cus_tls/tls.key: loose-permissions: "));
}

#[test]
fn services_that_are_left_alone_are_not_asked() {
    let mut server = Server::new();
    server.site.restart = false;
    assert!(server.take().endpoints.is_empty());
}

#[test]
fn a_service_that_is_off_is_not_asked() {
    let server = Server::new();
    let (on, off) = (
        server.scratch.real(WEB_API_FILE),
        "web_api_service.disabled",
    );
    std::fs::rename(&on, on.with_file_name(off)).unwrap();
    let inventory = server.take();
    assert!(
        inventory
            .endpoints
            .iter()
            .all(|it| it.service == Service::ClientUpdate)
    );
    assert_eq!(inventory.services[0].on, Some(false));
}

#[test]
fn the_endpoint_of_the_settings_is_the_only_one() {
    let mut server = Server::new();
    server.site.settings.webapi.endpoint = Some("web.example.com:9443".to_owned());
    server.site.settings.cus.endpoint = Some("nonsense".to_owned());
    let inventory = server.take();
    let asked: Vec<String> = inventory
        .endpoints
        .iter()
        .map(|it| it.endpoint.to_string())
        .collect();
    assert_eq!(asked, ["web.example.com:9443"]);
    let findings = server.in_words(inventory.findings);
    assert_eq!(
        findings[0],
        "nonsense: unreachable: \"nonsense\" is not HOST:PORT"
    );
}

#[test]
fn a_change_that_died_is_pending() {
    let server = Server::new();
    let scratch = &server.scratch;
    let lock = scratch.lock();
    let mut change = plan([scratch.write("/etc/file", "new", 0o640)]);
    change.restart = Some(crate::system::scratch::restart());
    std::mem::forget(apply(&scratch.host, &lock, &change, None, &|| false).unwrap());
    let findings = server.findings();
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert!(findings[0].starts_with("/var/lib/dhtls: recovery-pending: change 1 (test, begun "));
}

#[test]
fn a_configuration_server_leaves_reference_copies() {
    let server = Server::new();
    let real = |path: &str| server.scratch.real(path);
    std::fs::create_dir_all(real("/etc/sysconfig/deephaven")).unwrap();
    let (old, new) = (
        real("/etc/sysconfig/illumon.d"),
        real("/etc/sysconfig/deephaven/illumon.d"),
    );
    std::fs::rename(&old, &new).unwrap();
    symlink("deephaven/illumon.d", &old).unwrap();
    assert_eq!(server.findings(), [""; 0]);
    assert_eq!(server.paths(), [KEYSTORE, BUNDLE]);
}

#[test]
fn a_service_that_is_on_needs_its_keystore() {
    let server = Server::with("Webapi.server.port=8123\n", PROPERTIES);
    server.remove(KEYSTORE);
    let expected = format!(
        "{KEYSTORE}: unreadable: it is the keystore of the Web API Service, and it is not there"
    );
    assert_eq!(server.findings(), [expected]);
}

#[test]
fn whatever_lies_there_is_a_finding_and_no_end() {
    let odd: [fn(&std::path::Path); 3] = [
        |path| std::fs::create_dir(path).unwrap(),
        |path| std::fs::write(path, [0xff, 0, 0x80, b'{', b'"', b'[', 0xfe]).unwrap(),
        |path| nix::unistd::mkfifo(path, nix::sys::stat::Mode::S_IRWXU).unwrap(),
    ];
    for path in [
        PROPERTIES,
        LIGHTTPD,
        GETDOWN,
        CUS_FILE,
        WEB_API_FILE,
        BUNDLE,
        KEYSTORE,
    ] {
        for (number, make) in odd.iter().enumerate() {
            let server = Server::new();
            server.remove(path);
            make(&server.scratch.real(path));
            let inventory = server.take();
            // Who reads the sources says what they are; junk may be a properties file of one key.
            let is_source = [BUNDLE, KEYSTORE].contains(&path);
            let is_text = number == 1;
            assert!(
                is_source || is_text || !inventory.findings.is_empty(),
                "{path} {number}"
            );
        }
    }
}

#[test]
fn a_link_that_leads_nowhere_is_not_there() {
    if !is_root() {
        return;
    }
    let server = Server::new();
    server.remove(KEYSTORE).scratch.link(KEYSTORE, "/nowhere");
    let findings = server.findings();
    assert!(findings[0].ends_with("WebServer.tls.keystore names it, and it is not there"));
}
