//! A real lighttpd on a loopback port, for one pemfile.

use std::fs::{self, Permissions};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use openssl::ssl::{SslConnector, SslMethod, SslVerifyMode};
use tempfile::TempDir;

/// What became of it.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Outcome {
    /// Its own words.
    DoesNotStart(String),
    /// The certificates that a client gets, in DER.
    Sends(Vec<Vec<u8>>),
}

/// Starts lighttpd, looks, and ends it. `privkey` is for `ssl.privkey`.
pub(super) fn outcome(pemfile: &[u8], privkey: Option<&[u8]>) -> Outcome {
    outcome_by_mode(pemfile, privkey, 0o600)
}

/// The same with a mode of the pemfile.
pub(super) fn outcome_by_mode(pemfile: &[u8], privkey: Option<&[u8]>, mode: u32) -> Outcome {
    loop {
        let server = Server::start(pemfile, privkey, mode);
        match server.outcome() {
            // Somebody else took the port in between.
            Outcome::DoesNotStart(reason) if reason.contains("bind()") => {}
            outcome => return outcome,
        }
    }
}

struct Server {
    process: Child,
    folder: TempDir,
    address: SocketAddr,
}

impl Server {
    fn start(pemfile: &[u8], privkey: Option<&[u8]>, mode: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        let path = |name: &str| folder.path().join(name).display().to_string();
        fs::write(path("bundle.pem"), pemfile).unwrap();
        fs::set_permissions(path("bundle.pem"), Permissions::from_mode(mode)).unwrap();
        let mut configuration = format!(
            "server.modules = (\"mod_openssl\")\nserver.document-root = \"{}\"\n\
             server.bind = \"127.0.0.1\"\nserver.port = {port}\n\
             ssl.engine = \"enable\"\nssl.pemfile = \"{}\"\n",
            folder.path().display(),
            path("bundle.pem")
        );
        if let Some(privkey) = privkey {
            fs::write(path("key.pem"), privkey).unwrap();
            configuration.push_str(&format!("ssl.privkey = \"{}\"\n", path("key.pem")));
        }
        fs::write(path("lighttpd.conf"), configuration).unwrap();
        // Without a terminal, else it asks there for the passphrase of an encrypted key.
        let process = Command::new("setsid")
            .args(["lighttpd", "-D", "-f", &path("lighttpd.conf")])
            .stdin(Stdio::null())
            .stderr(fs::File::create(path("errors")).unwrap())
            .spawn()
            .unwrap();
        Self {
            process,
            address: (Ipv4Addr::LOCALHOST, port).into(),
            folder,
        }
    }

    fn outcome(mut self) -> Outcome {
        let deadline = Instant::now() + Duration::from_secs(20);
        while Instant::now() < deadline {
            if self.process.try_wait().unwrap().is_some() {
                let errors = fs::read_to_string(self.folder.path().join("errors")).unwrap();
                return Outcome::DoesNotStart(errors);
            }
            if let Ok(stream) = TcpStream::connect(self.address) {
                return Outcome::Sends(sent_over(stream));
            }
            sleep(Duration::from_millis(5));
        }
        panic!("lighttpd neither started nor ended");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Each once in a process, and none that the kernel gives to connections: one that looks whether the server
/// is up yet would find itself.
fn free_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    loop {
        let next = std::process::id().wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed));
        let port = u16::try_from(12_000 + next % 8_000).unwrap();
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
}

fn sent_over(stream: TcpStream) -> Vec<Vec<u8>> {
    let mut connector = SslConnector::builder(SslMethod::tls_client()).unwrap();
    connector.set_verify(SslVerifyMode::NONE);
    let stream = connector.build().connect("localhost", stream).unwrap();
    let chain = stream.ssl().peer_cert_chain().unwrap();
    chain
        .iter()
        .map(|certificate| certificate.to_der().unwrap())
        .collect()
}
