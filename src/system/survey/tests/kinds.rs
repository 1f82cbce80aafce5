//! Each kind of server.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use openssl::x509::X509;
use rustls::crypto::ring::{self, sign::any_supported_type};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::ServerConnection;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::version::{TLS12, TLS13};
use rustls::{ServerConfig, SupportedProtocolVersion};

use crate::error::service::EndpointFault;
use crate::server::services::testing::Lighttpd;
use crate::system::survey::tests::s_server::{SServer, chain_of, path};
use crate::system::survey::tests::{PLENTY, at, only_fault};
use crate::system::survey::{Asked, Limits, Surveyed, survey};

/// What one server serves: the chain by file names, protocol, cipher.
fn serves(asked: Asked, chain: &[&str], protocol: &str, cipher: &str) {
    let surveyed = survey(&[asked], &PLENTY, &|| false).unwrap();
    let [Surveyed { served, faults }] = surveyed.as_slice() else {
        panic!("{surveyed:?}");
    };
    let ([at], []) = (served.as_slice(), faults.as_slice()) else {
        panic!("{surveyed:?}");
    };
    assert_eq!(at.served.chain, chain_of(chain));
    assert_eq!(at.served.protocol, protocol);
    assert!(at.served.cipher.contains(cipher), "{}", at.served.cipher);
}

/// A server by hand: does the same with every connection, as long as the test lasts.
fn by_hand(serve: impl Fn(TcpStream) + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        while let Ok((stream, _)) = listener.accept() {
            serve(stream);
        }
    });
    address
}

fn fault_of(address: SocketAddr, each: Duration) -> String {
    let limits = Limits { each, ..PLENTY };
    let surveyed = survey(&[at(address)], &limits, &|| false).unwrap();
    let text = only_fault(&surveyed[0]).1;
    text.replace(&address.to_string(), "ADDRESS")
}

const LITTLE: Duration = Duration::from_millis(400);

#[test]
fn tls_1_2_only_and_tls_1_3_only() {
    for (flag, protocol) in [("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")] {
        let server = SServer::start("leaf.pem", "leaf.key", &[flag]);
        serves(server.asked(), &["leaf.pem"], protocol, "GCM");
    }
}

#[test]
fn the_chain_comes_as_it_is_sent() {
    let more = ["-cert_chain", &path("with-cross.pem")];
    let server = SServer::start("leaf.pem", "leaf.key", &more);
    let surveyed = survey(&[server.asked()], &PLENTY, &|| false).unwrap();
    let sent = &surveyed[0].served[0].served.chain;
    let file = fs::read(path("with-cross.pem")).unwrap();
    let others = X509::stack_from_pem(&file).unwrap();
    let mut expected = chain_of(&["leaf.pem"]);
    expected.extend(others.iter().map(|it| it.to_der().unwrap()));
    assert_eq!(sent, &expected);
}

#[test]
fn servers_that_want_a_client_certificate_show_theirs_all_the_same() {
    for flag in ["-tls1_2", "-tls1_3"] {
        for (certificate, key) in [("leaf.pem", "leaf.key"), ("p521.pem", "p521.key")] {
            let server = SServer::start(certificate, key, &["-Verify", "1", flag]);
            let protocol = if flag == "-tls1_2" {
                "TLSv1.2"
            } else {
                "TLSv1.3"
            };
            serves(server.asked(), &[certificate], protocol, "");
        }
    }
}

#[test]
fn what_rustls_does_not_know_is_left_to_openssl() {
    let weak = ["-cipher", "DEFAULT:@SECLEVEL=0"];
    for (certificate, key, more) in [
        ("p521.pem", "p521.key", [].as_slice()),
        ("rsa1024.pem", "rsa1024.key", &weak),
        ("v1.pem", "leaf.key", &[]),
        ("md5.pem", "leaf.key", &weak),
    ] {
        let server = SServer::start(certificate, key, more);
        serves(server.asked(), &[certificate], "TLSv1.3", "");
    }
    let old = ["-tls1_2", "-cipher", "AES128-SHA"];
    let server = SServer::start("leaf.pem", "leaf.key", &old);
    serves(server.asked(), &["leaf.pem"], "TLSv1.2", "AES128-SHA");
}

#[test]
fn expired_self_signed_and_wrongly_named_certificates_are_shown() {
    for name in [
        "expired.pem",
        "self-signed.pem",
        "no-san.pem",
        "client-only.pem",
    ] {
        let server = SServer::start(name, "leaf.key", &[]);
        let asked = Asked {
            server_name: "other.example.org".to_owned(),
            ..server.asked()
        };
        serves(asked, &[name], "TLSv1.3", "");
    }
}

#[test]
fn the_name_asked_for_decides_what_is_served() {
    let more = [
        ["-servername", "other.example.com"],
        ["-cert2", &path("other-key.pem")],
        ["-key2", &path("keys/other-key.key")],
    ];
    let server = SServer::start("leaf.pem", "leaf.key", more.as_flattened());
    serves(server.asked(), &["leaf.pem"], "TLSv1.3", "");
    let asked = Asked {
        server_name: "other.example.com".to_owned(),
        ..server.asked()
    };
    serves(asked, &["other-key.pem"], "TLSv1.3", "");
}

#[test]
fn lighttpd_serves_its_bundle() {
    let bundle: String = ["keys/leaf.key", "chain.pem"]
        .map(|name| fs::read_to_string(path(name)).unwrap())
        .concat();
    let lines = "server.modules += (\"mod_openssl\")\nssl.engine = \"enable\"\n\
                 ssl.pemfile = \"FOLDER/bundle.pem\"";
    for host in ["127.0.0.1", "::1"] {
        if TcpListener::bind((host, 0)).is_err() {
            continue; // this machine has no IPv6
        }
        let server = Lighttpd::start(host, lines, &[("bundle.pem", &bundle)]);
        serves(
            at(server.address),
            &["leaf.pem", "intermediate.pem"],
            "TLSv1.3",
            "",
        );
    }
}

#[test]
fn plain_http_and_other_protocols_are_not_tls() {
    let server = Lighttpd::start("127.0.0.1", "", &[]);
    let text = fault_of(server.address, PLENTY.each);
    assert_eq!(text, "ADDRESS speaks HTTP without TLS");
    let address = by_hand(|mut stream| {
        let _ = stream.write_all(b"220 mail.example.com ESMTP\r\n");
        let _ = stream.read(&mut [0; 1024]);
    });
    assert_eq!(fault_of(address, PLENTY.each), "ADDRESS does not speak TLS");
}

#[test]
fn a_closed_port_is_refused() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let text = fault_of(address, PLENTY.each);
    assert_eq!(text, "connection refused on ADDRESS");
}

#[test]
fn a_server_that_closes_early_is_named_so() {
    for bytes in [b"".as_slice(), &[22, 3, 3, 0x40]] {
        let address = by_hand(|mut stream| {
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(bytes);
        });
        let text = fault_of(address, PLENTY.each);
        assert_eq!(text, "ADDRESS closed the connection during the handshake");
    }
}

#[test]
fn a_refused_handshake_keeps_the_reason() {
    let address = by_hand(|mut stream| {
        let _ = stream.read(&mut [0; 4096]);
        // Fatal alert 40, handshake_failure: what Java sends without a usable key.
        let _ = stream.write_all(&[21, 3, 3, 0, 2, 2, 40]);
        let _ = stream.read(&mut [0; 4096]);
    });
    let text = fault_of(address, PLENTY.each);
    assert!(text.contains("alert handshake failure"), "{text}");
}

#[test]
fn silence_and_dripping_end_with_the_time_of_the_endpoint() {
    let silent = by_hand(|mut stream| drop(stream.read_to_end(&mut Vec::new())));
    let drip = by_hand(|mut stream| {
        // A handshake record of 16,384 bytes, one byte at a time.
        for byte in [22, 3, 3, 0x40, 0, 2, 0, 0x3f, 0xfc].into_iter().cycle() {
            thread::sleep(Duration::from_millis(10));
            if stream.write_all(&[byte]).is_err() {
                break;
            }
        }
    });
    for address in [silent, drip] {
        let text = fault_of(address, LITTLE);
        assert_eq!(text, "ADDRESS accepts connections but does not answer");
    }
}

#[test]
fn a_flood_of_junk_ends() {
    // Empty records of a handshake that never comes.
    let address = by_hand(|mut stream| while stream.write_all(&[22, 3, 3, 0, 0]).is_ok() {});
    let surveyed = survey(&[at(address)], &PLENTY, &|| false).unwrap();
    let (fault, text) = only_fault(&surveyed[0]);
    assert!(matches!(fault, EndpointFault::Handshake(_)), "{text}");
}

/// Serves leaf.pem, and signs with another key.
fn impostor(version: &'static SupportedProtocolVersion) -> SocketAddr {
    let key = PrivateKeyDer::from_pem_file(path("keys/other-key.key")).unwrap();
    let leaf = CertificateDer::from_pem_file(path("leaf.pem")).unwrap();
    let key = any_supported_type(&key).unwrap();
    let pair = CertifiedKey::new(vec![leaf], key);
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[version])
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(pair)));
    let config = Arc::new(config);
    by_hand(move |mut stream| {
        let mut connection = ServerConnection::new(Arc::clone(&config)).unwrap();
        while connection.is_handshaking() && connection.complete_io(&mut stream).is_ok() {}
    })
}

#[test]
fn a_server_that_does_not_hold_the_key_of_its_certificate_is_found_out() {
    for version in [&TLS12, &TLS13] {
        let text = fault_of(impostor(version), PLENTY.each);
        assert!(text.contains("bad signature"), "{text}");
    }
}
