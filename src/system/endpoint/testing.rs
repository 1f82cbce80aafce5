//! A TLS server on this machine, for tests that need one to be there.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

use openssl::asn1::Asn1Time;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::ssl::{Ssl, SslContext, SslMethod};
use openssl::x509::{X509, X509NameBuilder};

/// The first byte of a TLS connection (RFC 8446, section 5.1).
const HANDSHAKE: u8 = 22;

/// Serves a leaf of its own on 127.0.0.1, one connection after the other, until it is dropped.
pub(crate) struct TlsServer {
    pub(crate) address: SocketAddr,
    pub(crate) leaf_sha256: String,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl TlsServer {
    pub(crate) fn start() -> Self {
        Self::answering(b"")
    }

    /// With these bytes after the first it reads; then the connection ends, without a word of TLS.
    pub(crate) fn answering(answer: &'static [u8]) -> Self {
        Self::with(answer, None)
    }

    /// To whom does not speak TLS it answers `plain` as well.
    pub(crate) fn with(answer: &'static [u8], plain: Option<&'static [u8]>) -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").unwrap(), answer, plain)
    }

    pub(crate) fn on(
        listener: TcpListener,
        answer: &'static [u8],
        plain: Option<&'static [u8]>,
    ) -> Self {
        let key = ec_key(Nid::X9_62_PRIME256V1);
        Self::serving(&self_signed(&key), &key, listener, answer, plain)
    }

    pub(crate) fn serving(
        leaf: &X509,
        key: &PKey<Private>,
        listener: TcpListener,
        answer: &'static [u8],
        plain: Option<&'static [u8]>,
    ) -> Self {
        let mut context = SslContext::builder(SslMethod::tls_server()).unwrap();
        context.set_private_key(key).unwrap();
        context.set_certificate(leaf).unwrap();
        let context = context.build();
        let address = listener.local_addr().unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let mut first = [0];
        let thread = thread::spawn(move || {
            while let Ok((mut stream, _)) = listener.accept() {
                if stopped.load(Ordering::SeqCst) {
                    break;
                }
                if let Some(plain) = plain
                    && matches!(stream.peek(&mut first), Ok(1) if first != [HANDSHAKE])
                {
                    let _ = stream.read(&mut [0; 1024]);
                    let _ = stream.write_all(plain);
                    continue;
                }
                if let Ok(mut stream) = Ssl::new(&context).unwrap().accept(stream) {
                    let _ = stream.read(&mut [0; 1024]);
                    let _ = stream.write_all(answer);
                }
            }
        });
        Self {
            address,
            leaf_sha256: sha256_hex(leaf),
            stop,
            thread: Some(thread),
        }
    }
}

impl Drop for TlsServer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes `accept`.
        drop(TcpStream::connect(self.address));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// By OpenSSL, not by our own code.
pub(crate) fn sha256_hex(leaf: &X509) -> String {
    let digest = leaf.digest(MessageDigest::sha256()).unwrap();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn ec_key(curve: Nid) -> PKey<Private> {
    let group = EcGroup::from_curve_name(curve).unwrap();
    PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap()
}

pub(crate) fn self_signed(key: &PKey<Private>) -> X509 {
    let mut name = X509NameBuilder::new().unwrap();
    name.append_entry_by_nid(Nid::COMMONNAME, "test").unwrap();
    let name = name.build();
    let mut certificate = X509::builder().unwrap();
    certificate.set_version(2).unwrap();
    certificate.set_subject_name(&name).unwrap();
    certificate.set_issuer_name(&name).unwrap();
    certificate.set_pubkey(key).unwrap();
    // 2020-01-01T00:00:00Z: expired for a day in the past, since nothing is verified.
    let start = Asn1Time::from_unix(1_577_836_800).unwrap();
    let end = Asn1Time::from_unix(1_577_923_200).unwrap();
    certificate.set_not_before(&start).unwrap();
    certificate.set_not_after(&end).unwrap();
    certificate.sign(key, MessageDigest::sha256()).unwrap();
    certificate.build()
}
