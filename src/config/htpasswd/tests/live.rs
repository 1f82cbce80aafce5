//! Users files as a real lighttpd reads them.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, sleep};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tempfile::TempDir;

use crate::config::htpasswd::tests::{parse, secret};
use crate::config::htpasswd::{Salt, apr1, verify};

/// A server that asks for a password, until it is dropped.
struct Server {
    folder: TempDir,
    port: u16,
    child: Child,
}

impl Server {
    fn start(users: &[u8]) -> Self {
        let folder = TempDir::new().unwrap();
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        fs::write(folder.path().join("users"), users).unwrap();
        fs::write(folder.path().join("index.html"), "in").unwrap();
        fs::write(
            folder.path().join("conf"),
            configuration(folder.path(), port),
        )
        .unwrap();
        let child = Command::new("/usr/sbin/lighttpd")
            .arg("-D")
            .arg("-f")
            .arg(folder.path().join("conf"))
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server = Self {
            folder,
            port,
            child,
        };
        for _ in 0..200 {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return server;
            }
            sleep(Duration::from_millis(50));
        }
        panic!("lighttpd does not listen");
    }

    fn lets_in(&self, user: &[u8], password: &[u8]) -> bool {
        let credentials = STANDARD.encode([user, b":", password].concat());
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        write!(
            stream,
            "GET / HTTP/1.0\r\nAuthorization: Basic {credentials}\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        BufReader::new(stream).read_line(&mut answer).unwrap();
        match answer.split(' ').nth(1) {
            Some("200") => true,
            Some("401") => false,
            _ => panic!("{answer}"),
        }
    }

    fn write(&self, users: &[u8]) {
        fs::write(self.folder.path().join("users"), users).unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn configuration(folder: &Path, port: u16) -> String {
    let folder = folder.display();
    format!(
        "server.modules = ( \"mod_auth\", \"mod_authn_file\" )\n\
         server.bind = \"127.0.0.1\"\nserver.port = {port}\n\
         server.document-root = \"{folder}\"\nindex-file.names = ( \"index.html\" )\n\
         auth.backend = \"htpasswd\"\nauth.backend.htpasswd.userfile = \"{folder}/users\"\n\
         auth.require = ( \"/\" => ( \"method\" => \"basic\", \"realm\" => \"x\", \"require\" => \"valid-user\" ) )\n"
    )
}

#[test]
fn lighttpd_lets_in_whom_we_verify() {
    let hash = |password: &str| {
        let hash = apr1(password.as_bytes(), Salt::from_random([9; 8]));
        String::from_utf8(hash.expose().to_vec()).unwrap()
    };
    let (one, two) = (hash("one"), hash("two"));
    let long = |length: usize| format!("{}:{one}", "x".repeat(length - one.len() - 1));
    let file = [
        format!("#a:{one}\na:{one}\na:{two}\nb:{one}\r\n\r\nc\n"),
        format!("d:{{SHA}}/gW83NxJKAEngaXxoqd8u1OY4QY=\ne:one\nf:\ng:{one}:x\n :{one}\n"),
        format!("h:{one}\rs:{one}\n{}\n{}\n", long(1023), long(1030)),
        format!("\u{fc}:{one}\nlast:{one}"),
    ]
    .concat();
    let server = Server::start(file.as_bytes());
    let users = parse(&file).unwrap();
    let names = [
        "a", "#a", "b", "c", "d", "e", "f", "g", " ", "h", "s", "\u{fc}", "last", "nobody", "A",
    ];
    let long = [1023, 1030].map(|length| "x".repeat(length - one.len() - 1));
    let let_in = AtomicUsize::new(0);
    let try_all = &|name: &str| {
        for password in ["one", "two", ""] {
            let hash = users.hash(name);
            let ours = hash.and_then(|hash| verify(password.as_bytes(), &hash)) == Some(true);
            let theirs = server.lets_in(name.as_bytes(), password.as_bytes());
            assert_eq!(ours, theirs, "{} with {password}", name.escape_debug());
            let_in.fetch_add(usize::from(ours), Ordering::Relaxed);
        }
    };
    // At once: lighttpd takes a second for each wrong password.
    thread::scope(|scope| {
        for name in names.into_iter().chain(long.iter().map(String::as_str)) {
            scope.spawn(move || try_all(name));
        }
    });
    // a, b, d, the blank, the umlaut, the longest line, last.
    assert_eq!(let_in.into_inner(), 7);
}

#[test]
fn whoever_is_added_gets_in_until_removed() {
    let mut users = parse("other:x").unwrap();
    let server = Server::start(users.bytes().expose());
    let longest = "x".repeat(255);
    let passwords = ["p", " p:$#\\\"' ", "p\u{e4}ss\u{20ac}", &longest];
    for (name, password) in ["iris", "A. B@c#d", "z\u{fc}", &longest]
        .into_iter()
        .zip(passwords)
    {
        let hash = apr1(password.as_bytes(), Salt::from_random([3; 8]));
        users.set(name, &hash).unwrap();
        server.write(users.bytes().expose());
        assert!(
            server.lets_in(name.as_bytes(), password.as_bytes()),
            "{name}"
        );
        assert!(!server.lets_in(name.as_bytes(), b"wrong"), "{name}");
        users.remove(name);
        server.write(users.bytes().expose());
        assert!(
            !server.lets_in(name.as_bytes(), password.as_bytes()),
            "{name}"
        );
    }
    assert_eq!(users.hash("other"), Some(secret("x")));
}
