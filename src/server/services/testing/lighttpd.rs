//! The lighttpd of this machine, on a free port, until the test ends.

use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

pub(crate) struct Lighttpd {
    pub(crate) address: SocketAddr,
    folder: TempDir,
    process: Child,
}

impl Lighttpd {
    /// Serves the folder `www` on a loopback `host`. `lines` go into the configuration; `FOLDER` in them,
    /// and in the paths of `files`, is the folder of this server.
    pub(crate) fn start(host: &str, lines: &str, files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        fs::create_dir_all(folder.path().join("www")).unwrap();
        // Between the choice of a port and its use another test may take it.
        for _ in 0..20 {
            let listener = TcpListener::bind((host, 0)).unwrap();
            let address = listener.local_addr().unwrap();
            drop(listener);
            if let Some(process) = start(folder.path(), host, address, lines) {
                return Self {
                    address,
                    folder,
                    process,
                };
            }
        }
        let log = fs::read_to_string(folder.path().join("log")).unwrap_or_default();
        panic!("lighttpd does not start: {log}")
    }

    pub(crate) fn endpoints(&self) -> Vec<String> {
        vec![self.address.to_string()]
    }

    /// Replaces or adds a file while it runs.
    pub(crate) fn write(&self, name: &str, content: &str) {
        fs::write(self.folder.path().join(name), content).unwrap();
    }
}

impl Drop for Lighttpd {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// `None`: it ended at once.
fn start(folder: &Path, host: &str, address: SocketAddr, lines: &str) -> Option<Child> {
    let here = folder.to_str().unwrap();
    // `server.bind = "::1"` needs brackets: https://redmine.lighttpd.net/projects/lighttpd/wiki/IPv6-Config
    let host = match address.is_ipv6() {
        true => format!("[{host}]"),
        false => host.to_owned(),
    };
    let port = address.port();
    let configuration = format!(
        "server.document-root = \"{here}/www\"\nserver.errorlog = \"{here}/log\"\n\
         server.bind = \"{host}\"\nserver.port = {port}\n{}\n",
        lines.replace("FOLDER", here)
    );
    fs::write(folder.join("lighttpd.conf"), configuration).unwrap();
    let mut process = Command::new("/usr/sbin/lighttpd")
        .args(["-D", "-f"])
        .arg(folder.join("lighttpd.conf"))
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while process.try_wait().unwrap().is_none() {
        if TcpStream::connect(address).is_ok() {
            return Some(process);
        }
        thread::sleep(Duration::from_millis(10));
    }
    None
}
