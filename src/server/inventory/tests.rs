//! A server on which everything agrees, and what becomes of it with one thing changed.

mod attributes;
mod layouts;
mod lighttpd;
mod served;
mod settings;

use time::OffsetDateTime;

use super::Inventory;
use crate::pki::certificate::Certificate;
use crate::pki::findings::Finding;
use crate::pki::names::ServerName;
use crate::pki::pemfile;
use crate::pki::throwaway::{Authority, KeyType, Throwaway};
use crate::server::settings::Settings;
use crate::server::site::Site;
use crate::system::account;
use crate::system::plan::Owner;
use crate::system::scratch::Scratch;

const KEYSTORE: &str = "/etc/sysconfig/illumon.d/auth/webServices-keystore.p12";
const PASSPHRASE: &str = "/db/TempFiles/irisadmin/.webapi_passphrase";
const PROPERTIES: &str = "/etc/sysconfig/illumon.d/resources/iris-common.prop";
const LIGHTTPD: &str = "/etc/lighttpd/client-update-service.conf";
const BUNDLE: &str = "/etc/ssl/private/lighttpd.pem";
const GETDOWN: &str = "/var/www/lighttpd/iris/iris/getdown.txt.pre";
const WEB_API_FILE: &str = "/etc/sysconfig/illumon.d/monit/web_api_service.conf";
const CUS_FILE: &str = "/etc/sysconfig/illumon.d/monit/cus.conf";
const HOST: &str = "deephaven.example.com";

const PROPERTY_LINES: &str = "\
WebServer.tls.keystore=/etc/sysconfig/illumon.d/auth/webServices-keystore.p12
WebServer.tls.passphrase.file=/db/TempFiles/irisadmin/.webapi_passphrase
RemoteQueryDispatcher.websocket.enabled=true
RemoteQueryDispatcherParameters.host=deephaven.example.com
Webapi.server.port=8123
";

const LIGHTTPD_LINES: &str = "\
server.port = 443
ssl.engine = \"enable\"
ssl.pemfile = \"/etc/ssl/private/lighttpd.pem\"
";

struct Server {
    scratch: Scratch,
    site: Site,
    leaf: Certificate,
}

impl Server {
    fn new() -> Self {
        let scratch = Scratch::new();
        let owner = Owner::current();
        let (user, group) = (
            account::user_name(owner.user),
            account::group_name(owner.group),
        );
        let settings = format!("[webapi]\nowner = \"{user}\"\ngroup = \"{group}\"\n");
        let pair = issue(HOST);
        let key = pair.private_key().unwrap();
        let bundle = pemfile::encode(&key, &pair.certificate, &[]);
        let bundle = String::from_utf8(bundle.expose().to_vec()).unwrap();
        let monit = |name: &str| format!("check process {name} with pidfile /run/{name}.pid\n");
        let appbase = format!("appbase = https://{HOST}/iris/\n");
        scratch
            .file("/etc/dhtls.toml", &settings, 0o644)
            .file(PROPERTIES, PROPERTY_LINES, 0o644)
            .file(KEYSTORE, "keystore", 0o440)
            .file(PASSPHRASE, "c2VjcmV0", 0o440)
            .file(WEB_API_FILE, &monit("web_api_service"), 0o644)
            .file(CUS_FILE, &monit("client_update_service"), 0o644)
            .file(LIGHTTPD, LIGHTTPD_LINES, 0o644)
            .file(BUNDLE, &bundle, 0o600)
            .file(GETDOWN, &appbase, 0o644);
        let site = Site {
            settings: Settings::read(None, &scratch.host).unwrap(),
            restart: true,
            dry_run: false,
        };
        let leaf = pair.certificate;
        Self {
            scratch,
            site,
            leaf,
        }
    }

    /// The same with a line more, or another one, in a file.
    fn with(text: &str, path: &str) -> Self {
        let server = Self::new();
        server.scratch.file(path, text, 0o644);
        server
    }

    fn take(&self) -> Inventory {
        Inventory::take(&self.scratch.host, &self.site)
    }

    /// `SOURCE: CODE: MESSAGE` of each finding, without the folder of the root.
    fn findings(&self) -> Vec<String> {
        self.in_words(self.take().findings)
    }

    fn in_words(&self, findings: Vec<(String, Finding)>) -> Vec<String> {
        let root = self.scratch.folder().canonicalize().unwrap();
        let root = root.display().to_string();
        let words = |(source, finding): (String, Finding)| {
            format!("{source}: {}: {}", finding.code, finding.message).replace(&root, "")
        };
        findings.into_iter().map(words).collect()
    }

    fn remove(&self, path: &str) -> &Self {
        std::fs::remove_file(self.scratch.real(path)).unwrap();
        self
    }

    fn paths(&self) -> Vec<String> {
        let sources = self.take().sources.into_iter();
        sources
            .map(|it| it.file.path.display().to_string())
            .collect()
    }
}

fn issue(host: &str) -> Throwaway {
    let now = OffsetDateTime::now_utc();
    let authority = Authority::new("Test", now).unwrap();
    let host = ServerName::parse(host).unwrap();
    authority.issue(&host, KeyType::P256, now, 90).unwrap()
}

#[test]
fn a_server_on_which_all_agrees_has_nothing_to_find() {
    let server = Server::new();
    assert_eq!(server.findings(), [""; 0]);
    assert_eq!(server.paths(), [KEYSTORE, BUNDLE]);
}

#[test]
fn a_machine_without_deephaven_is_not_judged() {
    let mut server = Server::new();
    server.scratch = Scratch::new();
    server.scratch.file("/etc/ssl/certs/tls.crt", "junk", 0o644);
    let findings = server.findings();
    assert!(
        findings[0].starts_with("/: unreadable: nothing of Deephaven was found"),
        "{findings:?}"
    );
    assert_eq!(findings.len(), 1);
    assert_eq!(server.paths(), [""; 0]);
}

#[test]
fn the_stand_in_is_taken_whole() {
    let server = Server::new();
    let host = &server.scratch.host;
    let stand_in = Scratch::new();
    let files = crate::server::stand_in::files(host).unwrap();
    for file in files {
        let text = file.bytes.expose().to_vec();
        let real = stand_in.real(file.path);
        std::fs::create_dir_all(real.parent().unwrap()).unwrap();
        std::fs::write(&real, text).unwrap();
        stand_in.mode(file.path, file.mode.0);
    }
    let server = Server {
        scratch: stand_in,
        ..server
    };
    // The runbook's way out of both is `cus-https`; its pair waits to be installed.
    let findings = server.findings();
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert!(findings[0].contains("cleartext: ssl.engine is not set"));
    assert_eq!(server.paths(), [KEYSTORE, "/etc/ssl/certs/tls.crt"]);
}
