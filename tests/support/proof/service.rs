//! A service that serves what it was told at its last restart: the Web API's leaf, or the launcher file,
//! with TLS and a password as lighttpd's configuration has it.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use nix::sched::{CloneFlags, unshare};
use openssl::pkcs12::Pkcs12;
use openssl::pkey::PKey;
use openssl::ssl::{SslAcceptor, SslMethod};
use openssl::x509::X509;

use super::super::program::{output, wait_for};
use super::super::stand_in::PASSPHRASE;
use super::served::SERVED;

pub(crate) struct Service {
    port: u16,
    ends: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Service {
    /// Serves what lies in that folder, from now on.
    pub(crate) fn start(laid: &Path, port: u16) -> Self {
        // For a moment it may be the near end of somebody's connection.
        let listener = wait_for("the port", || TcpListener::bind(("127.0.0.1", port)).ok());
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
}

impl Drop for Service {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        let _ = self.thread.take().unwrap().join();
    }
}

/// Gives this thread, and what it starts, a loopback of its own; not every container may.
pub(crate) fn has_own_network() -> bool {
    let up = ["link", "set", "lo", "up"];
    unshare(CloneFlags::CLONE_NEWNET).is_ok() && output("ip", &up, "").status.success()
}

fn answer(mut stream: TcpStream, served: &Path) -> Option<()> {
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    let mut acceptor = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server()).ok()?;
    if let Ok(keystore) = fs::read(served.join("webServices-keystore.p12")) {
        let opened = Pkcs12::from_der(&keystore).ok()?.parse2(PASSPHRASE).ok()?;
        acceptor.set_private_key(opened.pkey.as_ref()?).ok()?;
        acceptor.set_certificate(opened.cert.as_ref()?).ok()?;
        return acceptor.build().accept(stream).ok()?.flush().ok();
    }
    let configuration = fs::read_to_string(served.join("client-update-service.conf")).ok()?;
    let says = |start: &str, end: &str| {
        let mut lines = configuration.lines();
        lines.any(|line| line.starts_with(start) && line.ends_with(end))
    };
    let asks = says("include", "\"conf.d/iris-auth.conf\"");
    if !says("ssl.engine", "\"enable\"") {
        return give_out(&mut stream, served, asks);
    }
    let bundle = fs::read(served.join("lighttpd.pem")).ok()?;
    acceptor
        .set_private_key(PKey::private_key_from_pem(&bundle).ok()?.as_ref())
        .ok()?;
    let mut chain = X509::stack_from_pem(&bundle).ok()?.into_iter();
    acceptor.set_certificate(chain.next()?.as_ref()).ok()?;
    chain
        .try_for_each(|one| acceptor.add_extra_chain_cert(one))
        .ok()?;
    give_out(&mut acceptor.build().accept(stream).ok()?, served, asks)
}

/// One request, one answer.
fn give_out(stream: &mut (impl Read + Write), served: &Path, asks: bool) -> Option<()> {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).ok()?;
        request.extend(byte);
    }
    let request = String::from_utf8(request).ok()?;
    let (status, body) = match !asks || is_admitted(&request, served).unwrap_or(false) {
        true => (
            "200 OK",
            fs::read_to_string(served.join("getdown.txt.pre")).ok()?,
        ),
        false => (
            "401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"iris\"",
            String::new(),
        ),
    };
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    stream.write_all(format!("{head}{body}").as_bytes()).ok()?;
    stream.flush().ok()
}

fn is_admitted(request: &str, served: &Path) -> Option<bool> {
    let mut lines = request.lines();
    let encoded = lines.find_map(|line| line.strip_prefix("Authorization: Basic "))?;
    let login = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (user, password) = login.split_once(':')?;
    // lighttpd reads the users with each request.
    let users = served.join("../../root/etc/lighttpd/illumon-cus.user");
    let users = fs::read_to_string(users).ok()?;
    let start = format!("{user}:");
    let hash = users.lines().find_map(|line| line.strip_prefix(&start))?;
    let salt = hash.strip_prefix("$apr1$")?.split('$').next()?;
    let made = output("openssl", &["passwd", "-apr1", "-salt", salt, password], "");
    Some(String::from_utf8(made.stdout).ok()?.trim() == hash)
}
