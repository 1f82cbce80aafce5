//! A stand-in for a Deephaven server: the files that dhtls works on, with a throw-away CA.

mod cus;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::error::{KeystoreError, Result};
use crate::pki::bundle;
use crate::pki::keystore::{KeyEntry, Keystore, Profile};
use crate::pki::names::ServerName;
use crate::pki::throwaway::{self, Authority, KeyType};
use crate::secret::Secret;
use crate::system::account;
use crate::system::host::Host;
use crate::system::plan::{Mode, Owner};
use crate::system::scaffold::NewFile;

/// Where the new pair lies, as in the runbook's example, and the CA's root beside it.
pub(crate) const CRT: &str = "/etc/ssl/certs/tls.crt";
pub(crate) const KEY: &str = "/etc/ssl/certs/tls.key";
pub(crate) const CA: &str = "/etc/ssl/certs/demo-ca.crt";

/// The server's name.
pub(crate) const HOST: &str = "deephaven.example.com";

const PROPERTIES: &str = "\
# Settings that all services share.
Webapi.server.port=8123
RemoteQueryDispatcher.websocket.enabled=false

[service.name=dbquery|dbmerge] {
    ShutdownManager.deephaven.shutdownTimeoutMillis=60000
}
";

const MONIT: &str = "\
check process web_api_service with pidfile /var/run/illumon/web_api_service.pid
    start program = \"/usr/illumon/latest/bin/iris start web_api_service\" with timeout 60 seconds
    stop program = \"/usr/illumon/latest/bin/iris stop web_api_service\"
";

/// The files of a fresh server, and a CA-signed pair that waits to be installed.
///
/// # Errors
/// The libraries refuse to make keys or certificates.
pub(crate) fn files(host: &Host) -> Result<Vec<NewFile>> {
    let name = ServerName::parse(HOST)?;
    let authority = Authority::new("Demo CA", host.now())?;
    let pair = authority.issue(&name, KeyType::Rsa, host.now(), 199)?;
    let passphrase = passphrase()?;
    let encoded = STANDARD.encode(passphrase.expose());
    let sent = [pair.certificate.clone(), authority.intermediate()?];
    let mut files = cus::files();
    files.extend([
        file("etc/dhtls.toml", 0o644, settings()),
        file(
            "etc/sysconfig/illumon.d/resources/iris-common.prop",
            0o644,
            PROPERTIES,
        ),
        file(
            "etc/sysconfig/illumon.d/monit/web_api_service.conf",
            0o644,
            MONIT,
        ),
        file(
            "db/TempFiles/irisadmin/.webapi_passphrase",
            0o440,
            encoded + "\n",
        ),
        NewFile {
            path: "etc/sysconfig/illumon.d/auth/webServices-keystore.p12",
            mode: Mode(0o440),
            bytes: default_keystore(&name, &passphrase, host)?,
        },
        file("etc/ssl/certs/tls.crt", 0o644, bundle::encode_pem(&sent)),
        NewFile {
            path: "etc/ssl/certs/tls.key",
            mode: Mode(0o600),
            bytes: pair.private_key()?.to_pkcs8_pem(),
        },
        file(
            "etc/ssl/certs/demo-ca.crt",
            0o644,
            bundle::encode_pem(&[authority.root()?]),
        ),
    ]);
    Ok(files)
}

fn file(path: &'static str, mode: u32, text: impl Into<Vec<u8>>) -> NewFile {
    NewFile {
        path,
        mode: Mode(mode),
        bytes: Secret::new(text.into()),
    }
}

/// Whoever runs the demo takes the place of irisadmin, who may not exist here.
fn settings() -> String {
    let owner = Owner::current();
    format!(
        "[webapi]\nowner = \"{}\"\ngroup = \"{}\"\n",
        account::user_name(owner.user),
        account::group_name(owner.group)
    )
}

/// 24 random bytes as text, which is what the installer leaves.
fn passphrase() -> Result<Secret, KeystoreError> {
    let mut random = [0; 24];
    openssl::rand::rand_bytes(&mut random).map_err(|_| KeystoreError::Encode)?;
    Ok(Secret::new(STANDARD.encode(random).into_bytes()))
}

/// What the installer makes: self-signed, in the algorithms of its time.
fn default_keystore(name: &ServerName, passphrase: &Secret, host: &Host) -> Result<Secret> {
    let made = throwaway::self_signed(name, host.now(), 3650)?;
    let entry = KeyEntry {
        alias: "webapi".to_owned(),
        key: made.private_key()?,
        chain: vec![made.certificate.der().to_vec()],
    };
    Ok(Keystore::encode(&entry, passphrase, Profile::Java8)?)
}
