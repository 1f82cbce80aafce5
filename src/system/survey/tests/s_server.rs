//! `openssl s_server` with a certificate of testdata/pki, until the test ends.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread;

use openssl::x509::X509;

use crate::system::survey::Asked;
use crate::system::survey::tests::at;

pub(super) struct SServer {
    pub(super) address: SocketAddr,
    process: Child,
    /// At its end the server would end connections.
    _stdin: ChildStdin,
}

impl SServer {
    pub(super) fn start(certificate: &str, key: &str, more: &[&str]) -> Self {
        let mut process = Command::new("openssl")
            .args(["s_server", "-accept", "127.0.0.1:0"])
            .args([
                "-cert",
                &path(certificate),
                "-key",
                &path(&format!("keys/{key}")),
            ])
            .args(more)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let stdin = process.stdin.take().unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        let address = loop {
            line.clear();
            assert_ne!(output.read_line(&mut line).unwrap(), 0, "openssl ended");
            if let Some(address) = line.trim().strip_prefix("ACCEPT ") {
                break address.parse().unwrap();
            }
        };
        // A full pipe would stop the server.
        thread::spawn(move || output.read_to_end(&mut Vec::new()));
        Self {
            address,
            process,
            _stdin: stdin,
        }
    }

    pub(super) fn asked(&self) -> Asked {
        at(self.address)
    }
}

impl Drop for SServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub(super) fn path(name: &str) -> String {
    format!("{}/testdata/pki/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// The certificates of these files, by OpenSSL.
pub(super) fn chain_of(names: &[&str]) -> Vec<Vec<u8>> {
    let read = |name: &&str| {
        let mut pem = Vec::new();
        let mut file = File::open(path(name)).unwrap();
        file.read_to_end(&mut pem).unwrap();
        X509::from_pem(&pem).unwrap().to_der().unwrap()
    };
    names.iter().map(read).collect()
}
