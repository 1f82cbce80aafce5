//! Servers and probes for the tests of what launchers get.

use time::macros::datetime;

use crate::error::ServiceError;
use crate::pki::names::ServerName;
use crate::pki::throwaway::{Authority, KeyType};
use crate::secret::Secret;
use crate::server::services::testing::Lighttpd;
use crate::server::services::{Answer, ask};
use crate::system::deadline::Deadline;
use crate::system::endpoint::Credentials;
use crate::system::plan::{Intermediate, Launcher, Probe};

pub(super) const HOST: &str = "cus.example.com";
pub(super) const FILE: &str = "www/iris/getdown.txt";
pub(super) const TLS: &str = "server.modules += ( \"mod_openssl\" )\nssl.engine = \"enable\"\n\
    ssl.pemfile = \"FOLDER/bundle.pem\"\n";
pub(super) const AUTH: &str = "server.modules += ( \"mod_auth\", \"mod_authn_file\" )\n";
pub(super) const REQUIRE: &str = "auth.backend = \"htpasswd\"\nauth.backend.htpasswd.userfile = \"FOLDER/users\"\n\
    auth.require = ( \"/iris\" => ( \"method\" => \"basic\", \"realm\" => \"cus\", \"require\" => \"valid-user\" ) )\n";
/// `openssl passwd -apr1 -salt saltsalt right`
pub(super) const USERS: &str = "ada:$apr1$saltsalt$S.4SHjbjuljtTxlMAnDS//\n";

/// A bundle, and what has to be seen of it.
pub(super) struct Bundle {
    pub(super) key: String,
    pub(super) leaf: String,
    pub(super) intermediate: String,
    pub(super) leaf_sha256: String,
    pub(super) sent: Intermediate,
}

impl Bundle {
    pub(super) fn new() -> Self {
        // The dates are compared by nobody here.
        let now = datetime!(2026-01-01 0:00 UTC);
        let authority = Authority::new("Test", now).unwrap();
        let host = ServerName::parse(HOST).unwrap();
        let leaf = authority.issue(&host, KeyType::P256, now, 30).unwrap();
        let intermediate = authority.intermediate().unwrap();
        let key = openssl::pkey::PKey::private_key_from_der(leaf.key.expose()).unwrap();
        Self {
            key: String::from_utf8(key.private_key_to_pem_pkcs8().unwrap()).unwrap(),
            leaf: pem(leaf.certificate.der()),
            intermediate: pem(intermediate.der()),
            leaf_sha256: format!("{:x}", leaf.certificate.fingerprint()),
            sent: Intermediate {
                subject: intermediate.subject(),
                sha256: format!("{:x}", intermediate.fingerprint()),
            },
        }
    }

    pub(super) fn text(&self) -> String {
        [self.key.as_str(), &self.leaf, &self.intermediate].concat()
    }

    /// A server with TLS, and the probe that it stands.
    pub(super) fn serve(&self, host: &str, text: &str, lines: &str) -> (Lighttpd, Probe) {
        let getdown = "appbase = https://cus.example.com/iris\n";
        let files = [("bundle.pem", text), (FILE, getdown), ("users", USERS)];
        let server = Lighttpd::start(host, &format!("{TLS}{lines}"), &files);
        let probe = Probe {
            after: self.leaf_sha256.clone(),
            sent: vec![self.sent.clone()],
            launcher_after: Some(Launcher {
                tls: true,
                ..plain(&server)
            }),
            timeout_seconds: 2,
            ..Probe::default()
        };
        (server, probe)
    }
}

pub(super) fn pem(der: &[u8]) -> String {
    let certificate = openssl::x509::X509::from_der(der).unwrap();
    String::from_utf8(certificate.to_pem().unwrap()).unwrap()
}

pub(super) fn plain(server: &Lighttpd) -> Launcher {
    Launcher {
        endpoints: server.endpoints(),
        server_name: HOST.to_owned(),
        paths: vec!["/iris/getdown.txt".to_owned()],
        ..Launcher::default()
    }
}

pub(super) fn login(password: &str) -> Credentials {
    Credentials {
        user: "ada".to_owned(),
        password: Secret::new(password.into()),
    }
}

pub(super) fn asked(probe: &Probe, login: Option<&Credentials>) -> Result<Answer, ServiceError> {
    let deadline = Deadline::after(std::time::Duration::from_secs(60), &|| false);
    ask(&probe.expected_after(), login, &deadline).map(Option::unwrap)
}

/// The launcher's part alone, in words, the server's port as PORT.
pub(super) fn said(
    server: &Lighttpd,
    launcher: Launcher,
    login: Option<&Credentials>,
) -> (String, String) {
    let probe = Probe {
        launcher_after: Some(launcher),
        ..Probe::default()
    };
    let (text, hint) = match asked(&probe, login) {
        Ok(answer) => (answer.launcher.unwrap(), String::new()),
        Err(error) => {
            assert!(error.is_wrong_answer(), "{error}");
            (error.to_string(), error.hint().unwrap_or_default())
        }
    };
    let port = server.address.port().to_string();
    (text.replace(&port, "PORT"), hint)
}
