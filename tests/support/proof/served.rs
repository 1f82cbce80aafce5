//! Scenarios with a restart and its proof: a monit that is a script, and a service that serves what the
//! keystore was at its last restart.

use std::fs;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use openssl::pkcs12::Pkcs12;
use openssl::ssl::{SslAcceptor, SslMethod};

use super::super::stand_in::{HOST, INSTALL, KEYSTORE, PASSPHRASE, SETTINGS, StandIn};
use super::scenario::Scenario;

/// What the service holds in memory, beside the server's root.
const SERVED: &str = "monit/served.p12";

/// The same words as monit 5.33.
const MONIT: &str = r#"cd "$(dirname "$0")" || exit 9
case $1 in
status)
    printf 'Monit 5.33.0 uptime: 2m\n\nProcess '\''web_api_service'\''\n'
    printf '  status                       OK\n  monitoring status            Monitored\n'
    printf '  monitoring mode              active\n  pid                          %s\n' "$(cat pid)"
    printf '  parent pid                   1\n' ;;
restart)
    cp ../root/etc/sysconfig/illumon.d/auth/webServices-keystore.p12 served.p12
    echo $(($(cat pid) + 1)) >pid ;;
esac
"#;

/// A service for every worker of a sweep, each in a laid folder of its own.
pub(crate) struct Service {
    port: u16,
    ends: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Service {
    /// Serves what lies in that folder, from now on.
    pub(crate) fn start(laid: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let ends = Arc::new(AtomicBool::new(false));
        let (end, served) = (Arc::clone(&ends), laid.join(SERVED));
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if end.load(Ordering::SeqCst) {
                    return;
                }
                // A client that dies in a handshake is what this is about.
                let _ = answer(stream.unwrap(), &served);
            }
        });
        Self {
            port,
            ends,
            thread: Some(thread),
        }
    }

    /// Tells the laid server where this service is.
    pub(crate) fn settle_in(&self, laid: &Path) {
        let settings = laid.join(SETTINGS);
        let text = fs::read_to_string(&settings).unwrap();
        fs::write(settings, text.replace("@PORT@", &self.port.to_string())).unwrap();
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        let _ = self.thread.take().unwrap().join();
    }
}

fn answer(stream: TcpStream, served: &Path) -> Option<()> {
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    let keystore = Pkcs12::from_der(&fs::read(served).ok()?).ok()?;
    let opened = keystore.parse2(PASSPHRASE).ok()?;
    let mut acceptor = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server()).ok()?;
    acceptor.set_private_key(opened.pkey.as_ref()?).ok()?;
    acceptor.set_certificate(opened.cert.as_ref()?).ok()?;
    let mut secured = acceptor.build().accept(stream).ok()?;
    secured.flush().ok()
}

/// `install-webapi` with a restart and a handshake.
pub(crate) fn install() -> Scenario {
    let server = StandIn::new();
    let more =
        "endpoint = \"127.0.0.1:@PORT@\"\n[monit]\ncommand = [\"sh\", \"@HERE@/monit/monit.sh\"]\n";
    server.settings(more);
    server.scratch.write("monit/monit.sh", MONIT);
    server.scratch.write("monit/pid", "1000\n");
    fs::copy(server.path(KEYSTORE), server.path(SERVED)).unwrap();
    let line = format!("{} --restart --host {HOST} --timeout 6s", INSTALL);
    Scenario::served("webapi-restart", &server, &line)
}

/// Whether the service serves what the keystore holds.
pub(crate) fn is_in_step(laid: &Path) -> bool {
    fs::read(laid.join(SERVED)).unwrap() == fs::read(laid.join(KEYSTORE)).unwrap()
}
