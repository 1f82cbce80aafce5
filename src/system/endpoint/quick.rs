//! A TLS client at a third of the cost of OpenSSL's, for servers of the usual kind. It knows no P-521, no
//! RSA below 2,048 bits and no CBC; whatever it cannot end is OpenSSL's to judge.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, TcpStream};
use std::sync::{Arc, LazyLock};

use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{
    WebPkiSupportedAlgorithms, ring, verify_tls12_signature, verify_tls13_signature,
};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CipherSuite, ClientConfig, ClientConnection, DigitallySignedStruct, Error, ProtocolVersion,
    SignatureScheme,
};

use crate::error::service::EndpointFault;
use crate::system::endpoint::Served;
use crate::system::endpoint::address::is_host_name;
use crate::system::endpoint::dial::Progress;
use crate::system::endpoint::watched::Watched;

/// More than any handshake needs: a certificate message has 65,535 bytes at most here.
const MOST_RECEIVED: usize = 256 * 1024;

/// A connection in its handshake.
pub(super) struct Quick {
    connection: ClientConnection,
    stream: Watched,
    received: usize,
}

impl Quick {
    /// `None`: a name that only OpenSSL would send.
    pub(super) fn new(stream: TcpStream, server_name: &str) -> Option<Self> {
        let name = if is_host_name(server_name) {
            ServerName::try_from(server_name.to_owned()).ok()?
        } else {
            // Any address: none is sent as SNI.
            ServerName::from(IpAddr::V4(Ipv4Addr::LOCALHOST))
        };
        Some(Self {
            connection: ClientConnection::new(Arc::clone(CONFIG.as_ref()?), name).ok()?,
            stream: Watched::new(stream),
            received: 0,
        })
    }

    /// Goes as far as the socket lets it.
    pub(super) fn step(&mut self) -> Progress {
        match self.exchange() {
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Progress::Waiting,
            Err(_) => {}
            Ok(()) => self.connection.send_close_notify(),
        }
        // Polite, an alert too: what becomes of it does not matter.
        let _ = self.connection.write_tls(&mut self.stream);
        if let Some(served) = self.proven() {
            return Progress::Done(Ok(served));
        }
        match self.stream.other_protocol() {
            Some(fault) => Progress::Done(Err(fault)),
            None => Progress::SecondOpinion,
        }
    }

    /// What is known when there is no time left.
    pub(super) fn late(&self) -> Result<Served, EndpointFault> {
        let silent = || self.stream.other_protocol();
        self.proven()
            .ok_or_else(|| silent().unwrap_or(EndpointFault::Silent))
    }

    fn exchange(&mut self) -> io::Result<()> {
        loop {
            while self.connection.wants_write() {
                self.connection.write_tls(&mut self.stream)?;
            }
            if !self.connection.is_handshaking() {
                return Ok(());
            }
            let count = self.connection.read_tls(&mut self.stream)?;
            self.received = self.received.saturating_add(count);
            if count == 0 || self.received > MOST_RECEIVED {
                return Err(ErrorKind::InvalidData.into());
            }
            self.connection
                .process_new_packets()
                .map_err(io::Error::other)?;
        }
    }

    /// The chain, as soon as the server has signed with the leaf's key: that some of them then end the
    /// connection for want of a client certificate changes nothing.
    fn proven(&self) -> Option<Served> {
        let protocol = match self.connection.protocol_version()? {
            ProtocolVersion::TLSv1_2 => "TLSv1.2",
            ProtocolVersion::TLSv1_3 => "TLSv1.3",
            _ => return None,
        };
        let chain = self.connection.peer_certificates()?;
        Some(Served {
            chain: chain.iter().map(|der| der.to_vec()).collect(),
            protocol,
            cipher: openssl_name(self.connection.negotiated_cipher_suite()?.suite()),
        })
    }
}

/// `ECDHE-RSA-AES128-GCM-SHA256` for what RFC 5289 calls `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256`.
fn openssl_name(suite: CipherSuite) -> String {
    let name = format!("{suite:?}");
    match name.strip_prefix("TLS13_") {
        Some(rest) => format!("TLS_{rest}"),
        None => name
            .trim_start_matches("TLS_")
            .replace("_WITH_", "_")
            .replace("AES_", "AES")
            .replace("POLY1305_SHA256", "POLY1305")
            .replace('_', "-"),
    }
}

/// One for all connections. `None` is not to be expected, and leaves everything to OpenSSL.
static CONFIG: LazyLock<Option<Arc<ClientConfig>>> = LazyLock::new(|| {
    let provider = Arc::new(ring::default_provider());
    let verifier = TakesAny(provider.signature_verification_algorithms);
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .ok()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    config.resumption = Resumption::disabled();
    Some(Arc::new(config))
});

/// Trusts every certificate, but wants to see that the server holds its key.
#[derive(Debug)]
struct TakesAny(WebPkiSupportedAlgorithms);

impl ServerCertVerifier for TakesAny {
    fn verify_server_cert(
        &self,
        _leaf: &CertificateDer<'_>,
        _others: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _stapled: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, leaf, signature, &self.0)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, leaf, signature, &self.0)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use rustls::crypto::ring::ALL_CIPHER_SUITES;

    use super::openssl_name;

    #[test]
    fn cipher_suites_have_the_names_that_openssl_knows() {
        let output = Command::new("openssl")
            .args(["ciphers", "-s", "-v", "ALL"])
            .output()
            .unwrap();
        let known = String::from_utf8(output.stdout).unwrap();
        for suite in ALL_CIPHER_SUITES {
            let name = openssl_name(suite.suite());
            assert!(
                known
                    .lines()
                    .any(|line| line.split(' ').next() == Some(&name)),
                "{name} in {known}"
            );
        }
    }
}
