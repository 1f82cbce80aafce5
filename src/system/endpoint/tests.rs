//! Servers on threads, on this machine only, by the openssl crate and by hand.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::ssl::{NameType, Ssl, SslContext, SslMethod, SslVersion};
use openssl::x509::X509;

use crate::error::ServiceError;
use crate::error::service::EndpointFault;
use crate::system::deadline::Deadline;
use crate::system::endpoint::testing::{TlsServer, ec_key, self_signed, sha256_hex};
use crate::system::endpoint::{Endpoint, Served, handshake};

const PLENTY: Duration = Duration::from_secs(60);
const LITTLE: Duration = Duration::from_millis(400);

/// A server for one connection, on an address of its own.
fn server(
    address: &str,
    serve: impl FnOnce(TcpStream) + Send + 'static,
) -> (SocketAddr, thread::JoinHandle<()>) {
    let listener = TcpListener::bind(address).unwrap();
    let address = listener.local_addr().unwrap();
    let thread = thread::spawn(move || serve(listener.accept().unwrap().0));
    (address, thread)
}

/// Serves the key's own certificate in one version of TLS; returns what is seen and the name asked for.
fn serve_tls(
    address: &str,
    key: PKey<Private>,
    version: SslVersion,
    server_name: &str,
) -> (X509, Served, Option<String>) {
    let leaf = self_signed(&key);
    let mut context = SslContext::builder(SslMethod::tls_server()).unwrap();
    context.set_security_level(0);
    context.set_min_proto_version(Some(version)).unwrap();
    context.set_max_proto_version(Some(version)).unwrap();
    context.set_private_key(&key).unwrap();
    context.set_certificate(&leaf).unwrap();
    let ssl = Ssl::new(&context.build()).unwrap();
    let (name, asked) = std::sync::mpsc::channel();
    let (address, thread) = server(address, move |stream| {
        let mut stream = ssl.accept(stream).unwrap();
        let asked_for = stream.ssl().servername(NameType::HOST_NAME);
        name.send(asked_for.map(str::to_owned)).unwrap();
        let _ = stream.read(&mut [0; 16]);
    });
    let endpoint: Endpoint = address.to_string().parse().unwrap();
    let deadline = Deadline::after(PLENTY, &|| false);
    let served = handshake(&endpoint, server_name, &deadline).unwrap();
    thread.join().unwrap();
    (leaf, served, asked.recv().unwrap())
}

fn fault(address: SocketAddr, limit: Duration) -> (EndpointFault, String) {
    let endpoint: Endpoint = address.to_string().parse().unwrap();
    let error = handshake(&endpoint, "localhost", &Deadline::after(limit, &|| false)).unwrap_err();
    let text = error.to_string();
    let ServiceError::Endpoint { fault, .. } = error else {
        panic!("{error}");
    };
    (fault, text.replace(&address.to_string(), "ADDRESS"))
}

#[test]
fn tls_1_2_and_1_3_show_the_leaf_and_get_the_name() {
    for (version, text) in [
        (SslVersion::TLS1_2, "TLSv1.2"),
        (SslVersion::TLS1_3, "TLSv1.3"),
    ] {
        let key = ec_key(Nid::X9_62_PRIME256V1);
        let (leaf, served, name) = serve_tls("127.0.0.1:0", key, version, "server.example.com");
        assert_eq!(served.protocol, text);
        assert!(!served.cipher.is_empty());
        assert_eq!(served.chain, [leaf.to_der().unwrap()]);
        assert_eq!(served.leaf_sha256(), sha256_hex(&leaf));
        assert_eq!(name.as_deref(), Some("server.example.com"));
    }
}

#[test]
fn an_address_is_not_sent_as_the_name() {
    for server_name in ["127.0.0.1", "::1", ""] {
        let key = ec_key(Nid::X9_62_PRIME256V1);
        let (_, _, name) = serve_tls("127.0.0.1:0", key, SslVersion::TLS1_3, server_name);
        assert_eq!(name, None);
    }
}

#[test]
fn weak_and_unusual_keys_are_seen_rather_than_refused() {
    let weak = PKey::from_rsa(Rsa::generate(1024).unwrap()).unwrap();
    for key in [weak, ec_key(Nid::SECP521R1)] {
        let (leaf, served, _) = serve_tls("127.0.0.1:0", key, SslVersion::TLS1_2, "localhost");
        assert_eq!(served.chain, [leaf.to_der().unwrap()]);
    }
}

#[test]
fn ipv6_works() {
    if TcpListener::bind("[::1]:0").is_err() {
        return; // this machine has none
    }
    let key = ec_key(Nid::X9_62_PRIME256V1);
    let (leaf, served, _) = serve_tls("[::1]:0", key, SslVersion::TLS1_3, "localhost");
    assert_eq!(served.chain, [leaf.to_der().unwrap()]);
}

#[test]
fn a_name_with_several_addresses_is_tried_until_one_accepts() {
    let server = TlsServer::start();
    let endpoint = Endpoint {
        host: "localhost".to_owned(), // often ::1 first, where nobody listens
        port: server.address.port(),
    };
    let deadline = Deadline::after(PLENTY, &|| false);
    let served = handshake(&endpoint, "localhost", &deadline).unwrap();
    assert_eq!(served.leaf_sha256(), server.leaf_sha256);
}

#[test]
fn a_closed_port_is_refused() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let (fault, text) = fault(address, PLENTY);
    assert_eq!(text, "connection refused on ADDRESS");
    assert!(!fault.listens());
}

#[test]
fn plain_http_is_not_tls() {
    let (address, thread) = server("127.0.0.1:0", |mut stream| {
        let _ = stream.read(&mut [0; 16]);
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
    });
    let (fault, text) = fault(address, PLENTY);
    thread.join().unwrap();
    assert_eq!(text, "ADDRESS speaks HTTP without TLS");
    assert!(fault.listens());
}

#[test]
fn another_protocol_is_not_tls() {
    let (address, thread) = server("127.0.0.1:0", |mut stream| {
        let _ = stream.write_all(b"220 mail.example.com ESMTP\r\n");
        let _ = stream.read(&mut [0; 1024]);
    });
    assert_eq!(fault(address, PLENTY).1, "ADDRESS does not speak TLS");
    thread.join().unwrap();
}

#[test]
fn a_silent_server_gets_no_more_than_the_deadline() {
    let (address, thread) = server("127.0.0.1:0", |mut stream| {
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let start = Instant::now();
    let (fault, text) = fault(address, LITTLE);
    assert_eq!(text, "ADDRESS accepts connections but does not answer");
    assert!(fault.listens());
    assert!(start.elapsed() < PLENTY / 4);
    thread.join().unwrap();
}

#[test]
fn a_server_that_drips_gets_no_more_than_the_deadline() {
    let (address, thread) = server("127.0.0.1:0", |mut stream| {
        // A handshake record of 16,384 bytes, one byte at a time.
        for byte in [22, 3, 3, 0x40, 0, 2, 0, 0x3f, 0xfc]
            .into_iter()
            .chain([0].repeat(9999))
        {
            thread::sleep(Duration::from_millis(10));
            if stream.write_all(&[byte]).is_err() {
                break;
            }
        }
    });
    let start = Instant::now();
    assert!(matches!(fault(address, LITTLE).0, EndpointFault::Silent));
    assert!(start.elapsed() < PLENTY / 4);
    thread.join().unwrap();
}

#[test]
fn an_interrupt_ends_the_wait_for_a_silent_server() {
    let (address, thread) = server("127.0.0.1:0", |mut stream| {
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let endpoint: Endpoint = address.to_string().parse().unwrap();
    let start = Instant::now();
    let interrupted = || start.elapsed() > Duration::from_millis(100);
    let deadline = Deadline::after(PLENTY, &interrupted);
    let error = handshake(&endpoint, "localhost", &deadline).unwrap_err();
    assert!(matches!(error, ServiceError::Interrupted), "{error}");
    thread.join().unwrap();
}

#[test]
fn a_server_that_hangs_up_is_named_so() {
    let (address, thread) = server("127.0.0.1:0", |mut stream| {
        let _ = stream.read(&mut [0; 1024]);
    });
    let (fault, text) = fault(address, PLENTY);
    assert_eq!(text, "ADDRESS closed the connection during the handshake");
    assert!(fault.listens());
    thread.join().unwrap();
}

#[test]
fn a_handshake_that_the_server_refuses_keeps_its_reason() {
    let (address, thread) = server("127.0.0.1:0", |mut stream| {
        let _ = stream.read(&mut [0; 1024]);
        // Fatal alert 40, handshake_failure: what Java sends without a usable key.
        let _ = stream.write_all(&[21, 3, 3, 0, 2, 2, 40]);
        let _ = stream.read(&mut [0; 1024]);
    });
    let (_, text) = fault(address, PLENTY);
    assert!(
        text.starts_with("TLS handshake with ADDRESS failed: ")
            && text.contains("alert handshake failure"),
        "{text}"
    );
    thread.join().unwrap();
}

#[test]
fn a_name_that_does_not_resolve_is_named() {
    // RFC 6761: .invalid never resolves.
    let endpoint: Endpoint = "no-such-host.invalid:8123".parse().unwrap();
    let deadline = Deadline::after(PLENTY, &|| false);
    let error = handshake(&endpoint, "localhost", &deadline).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("no-such-host.invalid:8123 has no address: "),
        "{error}"
    );
}
