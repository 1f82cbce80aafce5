//! The hardest observer: servers that read bundle and keystore anew at each connection, so that a file which
//! is half one pair and half another cannot go unseen, and a client that verifies what they show.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{JoinHandle, spawn};

use openssl::hash::MessageDigest;
use openssl::pkcs12::Pkcs12;
use openssl::ssl::{SslAcceptor, SslConnector, SslFiletype, SslMethod};
use openssl::x509::X509Ref;

use crate::support::authority::Pair;
use crate::support::cus_staged::BUNDLE;
use crate::support::stand_in::{KEYSTORE, PASSPHRASE, StandIn};

/// What the client met.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) handshakes: usize,
    /// How often each pair's leaf was shown.
    pub(crate) leaves: [usize; 2],
    pub(crate) faults: Vec<String>,
}

/// Asks all the time until it is stopped.
pub(crate) struct Observer {
    stop: Arc<AtomicBool>,
    handshakes: Arc<AtomicUsize>,
    client: JoinHandle<Seen>,
}

impl Observer {
    /// Of the server's two files, with these pairs for this name.
    pub(crate) fn start(server: &StandIn, pairs: &[Pair], name: &'static str) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let handshakes = Arc::new(AtomicUsize::new(0));
        let begun = Arc::clone(&handshakes);
        let files = [server.path(BUNDLE), server.path(KEYSTORE)];
        let anchor = server.path("ca.crt");
        let leaves: Vec<_> = pairs.iter().map(|pair| pair.sha256.clone()).collect();
        let client = spawn(move || {
            let mut seen = Seen::default();
            while !stopped.load(Ordering::Relaxed) {
                for file in &files {
                    begun.fetch_add(1, Ordering::Relaxed);
                    match shake_hands(file, &anchor, name) {
                        Err(fault) => seen.faults.push(format!("{}: {fault}", file.display())),
                        Ok(leaf) => match leaves.iter().position(|known| *known == leaf) {
                            Some(number) => seen.leaves[number] += 1,
                            None => seen.faults.push(format!("a leaf of nobody: {leaf}")),
                        },
                    }
                }
            }
            seen
        });
        Self {
            stop,
            handshakes,
            client,
        }
    }

    /// So many until now.
    pub(crate) fn handshakes(&self) -> usize {
        assert!(!self.client.is_finished(), "nobody asks any more");
        self.handshakes.load(Ordering::Relaxed)
    }

    pub(crate) fn stop(self) -> Seen {
        self.stop.store(true, Ordering::Relaxed);
        let seen = self.client.join().unwrap();
        Seen {
            handshakes: self.handshakes.load(Ordering::Relaxed),
            ..seen
        }
    }
}

type Fault = Box<dyn std::error::Error + Send + Sync>;

/// One server that reads the file, one client; returns SHA-256 of the leaf that was shown.
fn shake_hands(file: &Path, anchor: &Path, name: &str) -> Result<String, Fault> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let file = file.to_owned();
    let server = spawn(move || -> Result<(), Fault> {
        let (stream, _) = listener.accept()?;
        acceptor(&file)?.accept(stream)?;
        Ok(())
    });
    let mut builder = SslConnector::builder(SslMethod::tls())?;
    builder.set_ca_file(anchor)?;
    let shown = builder.build().connect(name, TcpStream::connect(address)?);
    // What the server could not read is the reason; the client only sees it hang up.
    server.join().unwrap()?;
    let shown = shown?;
    Ok(sha256(
        shown.ssl().peer_certificate().ok_or("no leaf")?.as_ref(),
    ))
}

fn acceptor(file: &PathBuf) -> Result<SslAcceptor, Fault> {
    let mut builder = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls())?;
    if file.ends_with(KEYSTORE) {
        let store = Pkcs12::from_der(&fs::read(file)?)?.parse2(PASSPHRASE)?;
        builder.set_private_key(store.pkey.as_ref().ok_or("no key")?)?;
        builder.set_certificate(store.cert.as_ref().ok_or("no leaf")?)?;
        for intermediate in store.ca.into_iter().flatten() {
            builder.add_extra_chain_cert(intermediate)?;
        }
    } else {
        // Read once, as one process would: two opens could see two files, which no lighttpd does.
        let copy = tempfile::NamedTempFile::new()?;
        fs::write(&copy, fs::read(file)?)?;
        builder.set_private_key_file(copy.path(), SslFiletype::PEM)?;
        builder.set_certificate_chain_file(copy.path())?;
    }
    builder.check_private_key()?;
    Ok(builder.build())
}

/// SHA-256 of the leaf in a keystore that opens, whose key belongs to it.
pub(crate) fn leaf_of_keystore(file: &Path) -> String {
    let store = Pkcs12::from_der(&fs::read(file).unwrap()).unwrap();
    let store = store.parse2(PASSPHRASE).unwrap();
    let (key, leaf) = (store.pkey.unwrap(), store.cert.unwrap());
    assert!(leaf.public_key().unwrap().public_eq(&key));
    sha256(&leaf)
}

fn sha256(leaf: &X509Ref) -> String {
    let digest = leaf.digest(MessageDigest::sha256()).unwrap();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
