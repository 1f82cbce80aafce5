//! Servers on loopback addresses for `dhtls check`: good ones, badly set up ones, and those that never
//! come to an end. They run until the test program ends.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use openssl::ssl::{
    NameType, SniError, SslAcceptor, SslAcceptorBuilder, SslMethod, SslRef, SslVerifyMode,
    SslVersion,
};
use time::macros::datetime;

use super::check_certificates::{Issued, Issuers, Recipe};
use super::live::HOST;

/// No client of a test stays for longer.
const LIMIT: Duration = Duration::from_secs(30);

/// Ports by name: `{NAME}` in a row's arguments stands for one.
pub(crate) struct Servers {
    ports: Vec<(&'static str, u16)>,
    issuers: Issuers,
}

impl Servers {
    /// Issued by these, whose root the client has to be given.
    pub(crate) fn start(issuers: Issuers) -> Self {
        let mut servers = Self {
            ports: Vec::new(),
            issuers,
        };
        servers.start_good();
        servers.start_chains();
        servers.start_strict();
        servers.start_broken();
        servers.start_slow();
        servers
    }

    pub(crate) fn fill(&self, arguments: &str) -> String {
        let fill = |text: String, (name, port): &(&str, u16)| {
            text.replace(&format!("{{{name}}}"), &port.to_string())
        };
        let filled = self.ports.iter().fold(arguments.to_owned(), fill);
        assert!(!filled.contains('{'), "no such server: {filled}");
        filled
    }

    fn add(&mut self, name: &'static str, serve: impl Fn(TcpStream) + Send + Sync + 'static) {
        let port = listen("127.0.0.1", serve).unwrap();
        self.ports.push((name, port));
    }

    fn issue(&self, recipe: Recipe<'_>) -> Issued {
        self.issuers.issue(recipe)
    }

    /// Leaf and intermediate, as it should be.
    fn usual(&self) -> SslAcceptorBuilder {
        acceptor(&self.issue(Recipe::leaf()), &[&self.issuers.intermediate])
    }

    fn start_good(&mut self) {
        self.add("good", tls(self.usual()));
        for (name, version) in [("tls12", SslVersion::TLS1_2), ("tls13", SslVersion::TLS1_3)] {
            let mut builder = self.usual();
            builder.set_min_proto_version(Some(version)).unwrap();
            builder.set_max_proto_version(Some(version)).unwrap();
            self.add(name, tls(builder));
        }
        if let Some(port) = listen("::1", tls(self.usual())) {
            self.ports.push(("ipv6", port));
        }
        let names = &["elsewhere.example.com"];
        let elsewhere = self.issue(Recipe {
            names,
            ..Recipe::leaf()
        });
        let intermediate = &[&self.issuers.intermediate];
        let (mut first, named) = (acceptor(&elsewhere, intermediate), self.usual().build());
        first.set_servername_callback(move |ssl: &mut SslRef, _| {
            if ssl.servername(NameType::HOST_NAME) == Some(HOST) {
                ssl.set_ssl_context(named.context()).unwrap();
            }
            Ok::<(), SniError>(())
        });
        self.add("by-name", tls(first));
    }

    fn start_chains(&mut self) {
        let leaf = self.issue(Recipe::leaf());
        let until = datetime!(2026-02-28 00:00 UTC);
        let ended = self.issue(Recipe {
            until,
            ..Recipe::leaf()
        });
        let own = Recipe::leaf().self_signed();
        let private = Issuers::new();
        let strangers = private.issue(Recipe::leaf());
        let Issuers { root, intermediate } = &self.issuers;
        let second = Recipe::authority("check second intermediate").signed_by(intermediate);
        let below = Recipe::leaf().signed_by(&second);
        let chains = [
            ("leaf-alone", acceptor(&leaf, &[])),
            ("ended", acceptor(&ended, &[intermediate])),
            ("self-signed", acceptor(&own, &[])),
            ("with-root", acceptor(&leaf, &[intermediate, root])),
            ("wrong-order", acceptor(&below, &[intermediate, &second])),
            (
                "private-ca",
                acceptor(&strangers, &[&private.intermediate, &private.root]),
            ),
        ];
        for (name, builder) in chains {
            self.add(name, tls(builder));
        }
    }

    fn start_strict(&mut self) {
        let required = SslVerifyMode::PEER | SslVerifyMode::FAIL_IF_NO_PEER_CERT;
        for (name, mode, version) in [
            ("client-wanted", SslVerifyMode::PEER, SslVersion::TLS1_3),
            ("client-required", required, SslVersion::TLS1_3),
            ("client-required-12", required, SslVersion::TLS1_2),
        ] {
            let mut builder = self.usual();
            builder.set_max_proto_version(Some(version)).unwrap();
            builder.set_verify(mode);
            self.add(name, tls(builder));
        }
        let mut old = self.usual();
        old.set_min_proto_version(Some(SslVersion::TLS1)).unwrap();
        old.set_max_proto_version(Some(SslVersion::TLS1_1)).unwrap();
        old.set_cipher_list("ALL:@SECLEVEL=0").unwrap();
        self.add("tls11", tls(old));
    }

    fn start_broken(&mut self) {
        let closed = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        self.ports
            .push(("closed", closed.local_addr().unwrap().port()));
        drop(closed);
        self.add("closes-at-once", drop);
        self.add("closes-early", |mut stream| {
            hello(&mut stream);
        });
        self.add("http", |mut stream| {
            hello(&mut stream);
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
        });
        self.add("ssh", |mut stream| {
            let _ = stream.write_all(b"SSH-2.0-OpenSSH_9.2p1\r\n");
            hello(&mut stream);
        });
        self.add("alert", |mut stream| {
            hello(&mut stream);
            // A fatal handshake_failure (RFC 8446, section 6).
            let _ = stream.write_all(&[0x15, 3, 3, 0, 2, 2, 40]);
        });
        self.add(
            "noise",
            |mut stream| {
                while stream.write_all(&[0xa5; 4096]).is_ok() {}
            },
        );
    }

    fn start_slow(&mut self) {
        self.add("hung", |mut stream| {
            hello(&mut stream);
            thread::sleep(LIMIT);
        });
        self.add("drips-for-ever", |mut stream| {
            hello(&mut stream);
            // A handshake record of 16 KiB that comes a byte at a time.
            let _ = stream.write_all(&[0x16, 3, 3, 0x40, 0, 2, 0, 0x3f, 0xfc]);
            while stream.write_all(&[0]).is_ok() {
                thread::sleep(Duration::from_millis(50));
            }
        });
        let good = self.ports[0].1;
        self.add("drips", move |stream| drip(stream, good));
    }
}

/// What a server with these certificates is made of; TLS 1.2 and 1.3.
fn acceptor(leaf: &Issued, others: &[&Issued]) -> SslAcceptorBuilder {
    let mut builder = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls()).unwrap();
    builder.set_certificate(&leaf.certificate).unwrap();
    builder.set_private_key(&leaf.key).unwrap();
    for other in others {
        builder
            .add_extra_chain_cert(other.certificate.clone())
            .unwrap();
    }
    builder
}

/// Ends the handshake and waits for the client to go.
fn tls(builder: SslAcceptorBuilder) -> impl Fn(TcpStream) + Send + Sync {
    let acceptor = builder.build();
    move |stream| {
        if let Ok(mut stream) = acceptor.accept(stream) {
            let _ = stream.read(&mut [0; 1024]);
            let _ = stream.shutdown();
        }
    }
}

/// A port on which every connection gets a thread; `None` when the machine has no such address.
fn listen(ip: &str, serve: impl Fn(TcpStream) + Send + Sync + 'static) -> Option<u16> {
    let listener = TcpListener::bind((ip, 0)).ok()?;
    let port = listener.local_addr().unwrap().port();
    let serve = Arc::new(serve);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let serve = Arc::clone(&serve);
            stream.set_read_timeout(Some(LIMIT)).unwrap();
            stream.set_write_timeout(Some(LIMIT)).unwrap();
            thread::spawn(move || serve(stream));
        }
    });
    Some(port)
}

/// Takes whatever the client says first.
fn hello(stream: &mut TcpStream) {
    let _ = stream.read(&mut [0; 4096]);
}

/// Passes a connection on, and what comes back a byte at a time: slow, but it ends.
fn drip(client: TcpStream, port: u16) {
    let server = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let (mut from, mut to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    thread::spawn(move || std::io::copy(&mut from, &mut to));
    client.set_nodelay(true).unwrap();
    let (mut server, mut client) = (server, client);
    let mut byte = [0];
    while matches!(server.read(&mut byte), Ok(1)) && client.write_all(&byte).is_ok() {
        thread::sleep(Duration::from_micros(500));
    }
}
