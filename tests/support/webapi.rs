//! A stand-in for a Deephaven server: its files below a scratch folder, and a JVM that serves the keystore
//! which the properties name, under a private monit.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::TcpListener;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU16, Ordering};

use nix::unistd::{Group, User, chown};

use super::authority::Pair;
use super::java;
use super::monit::{PrivateMonit, end};
use super::program;
use super::scratch::Scratch;

pub(crate) const SERVICE: &str = "web_api_service";
pub(crate) const KEYSTORE: &str = "etc/sysconfig/illumon.d/auth/webServices-keystore.p12";
pub(crate) const PASSPHRASE_FILE: &str = "db/TempFiles/irisadmin/.webapi_passphrase";
pub(crate) const PROPERTIES: &str = "etc/sysconfig/illumon.d/resources/iris-common.prop";
pub(crate) const SERVICE_FILE: &str = "etc/sysconfig/illumon.d/monit/web_api_service.conf";
pub(crate) const LOG: &str = "var/log/deephaven/misc/WebServer.log.current";
/// What the service writes: its process id, and the keystore that it keeps.
const RUN: &str = "run";
pub(crate) const PASSPHRASE: &str = "correct horse battery staple";

/// The files of one server. Every path in them is absolute, and lies below the scratch folder.
pub(crate) struct WebApiServer {
    pub(crate) scratch: Scratch,
    /// Where it listens: `--address` of its start script.
    pub(crate) ip: &'static str,
    pub(crate) port: u16,
    /// `None` until [`WebApiServer::start`].
    pub(crate) monit: Option<PrivateMonit>,
}

/// What the stand-in does with a new keystore.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Behaviour {
    /// Serves the one that the properties name.
    Honest,
    /// Serves the one of its first start for ever.
    KeepsTheFirst,
}

impl WebApiServer {
    /// Lays out the files; `pair` is in the keystore. Nothing runs yet.
    pub(crate) fn new(pair: &Pair, behaviour: Behaviour) -> Self {
        Self::with_java(pair, behaviour, &java::installed())
    }

    /// As [`WebApiServer::new`], on a certain Java.
    pub(crate) fn with_java(pair: &Pair, behaviour: Behaviour, java: &Path) -> Self {
        let server = Self {
            scratch: Scratch::new(),
            ip: "127.0.0.1",
            port: free_port(),
            monit: None,
        };
        server.write_files(behaviour, java);
        server.replace_keystore(pair);
        server
    }

    fn write_files(&self, behaviour: Behaviour, java: &Path) {
        let path = |name: &str| self.scratch.text(name);
        self.scratch
            .write_mode(PASSPHRASE_FILE, encoded_passphrase(), 0o440);
        let text = format!(
            "# The server's properties\nWebServer.tls.keystore={}\nWebServer.tls.passphrase.file={}\n\
             Webapi.server.port={}\nRemoteQueryDispatcher.websocket.enabled=false\n",
            path(KEYSTORE),
            path(PASSPHRASE_FILE),
            self.port
        );
        self.scratch.write(PROPERTIES, text);
        self.scratch.write(LOG, "");
        fs::create_dir(self.scratch.path(RUN)).unwrap();
        let mode = match behaviour {
            Behaviour::Honest => String::new(),
            Behaviour::KeepsTheFirst => format!("--keep-first {}", path("run/first.p12")),
        };
        let script = format!(
            "#!/bin/sh\ncase $1 in\nstart) setsid {} -Xshare:auto -XX:TieredStopAtLevel=1 -cp {} WebApi {mode} {} \
             >>{} 2>&1 </dev/null &\n echo $! >{pid} ;;\nstop) kill $(cat {pid}) ;;\nesac\n",
            java.display(),
            classes().display(),
            path(PROPERTIES),
            path(LOG),
            pid = path("run/web.pid"),
        );
        self.scratch.write_mode("web.sh", script, 0o755);
        let text = format!(
            "check process {SERVICE} with pidfile {}\n  \
             start program = \"{script} start\" with timeout 20 seconds\n  \
             stop program = \"{script} stop\"\n",
            path("run/web.pid"),
            script = path("web.sh"),
        );
        self.scratch.write(SERVICE_FILE, text);
    }

    /// Puts `pair` into the keystore by openssl, with algorithms that every Java reads.
    pub(crate) fn replace_keystore(&self, pair: &Pair) {
        let input = format!("{}{}{}", pair.key, pair.leaf, pair.intermediate);
        let keystore = self.scratch.path(KEYSTORE);
        fs::create_dir_all(keystore.parent().unwrap()).unwrap();
        // 0440: only root could write over it.
        let _ = fs::remove_file(&keystore);
        let passphrase = format!("pass:{PASSPHRASE}");
        let name = keystore.display().to_string();
        let export = ["pkcs12", "-export", "-name", "webapi", "-macalg", "sha1"];
        let algorithms = ["-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES"];
        let to = ["-passout", &passphrase, "-out", &name];
        let made = program::output("openssl", &[&export[..], &algorithms, &to].concat(), &input);
        assert!(made.status.success(), "{made:?}");
        super::scratch::set_mode(&keystore, 0o440);
    }

    /// Has the service run as another user, who then owns what it writes and reads (root only).
    pub(crate) fn run_as(self, user: &str, group: &str) -> Self {
        let uid = User::from_name(user).unwrap().expect(user).uid;
        let gid = Group::from_name(group).unwrap().expect(group).gid;
        for name in [RUN, LOG, KEYSTORE, PASSPHRASE_FILE] {
            chown(&self.scratch.path(name), Some(uid), Some(gid)).unwrap();
        }
        let text = String::from_utf8(self.scratch.read(SERVICE_FILE)).unwrap();
        let start = " start\"";
        let as_user = format!("{start} as uid {user} and gid {group}");
        self.scratch
            .write(SERVICE_FILE, text.replace(start, &as_user));
        self
    }

    /// Starts monit, and the service by it; returns the service's pid once it answers.
    pub(crate) fn start(&mut self) -> u32 {
        self.start_monit();
        let monit = self.monit.as_ref().unwrap();
        let pid = monit.wait_until_runs(SERVICE, None);
        program::wait_for("the Web API to serve", || self.served());
        pid
    }

    /// Starts monit alone: the service may be off.
    pub(crate) fn start_monit(&mut self) {
        let services = self.scratch.path(SERVICE_FILE);
        // Kept at once, so that whatever fails from here on leaves no process behind.
        self.monit = Some(PrivateMonit::start(
            &self.scratch,
            services.parent().unwrap(),
        ));
    }

    /// `/etc/dhtls.toml` for this server: `--config` of a run on its absolute paths.
    pub(crate) fn settings(&self) -> PathBuf {
        let path = |name: &str| format!("{:?}", self.scratch.text(name));
        let folder = |name: &str| {
            let path = self.scratch.path(name);
            format!("{:?}", path.parent().unwrap().display().to_string())
        };
        let command = self.monit.as_ref().map(PrivateMonit::command);
        let text = format!(
            "[webapi]\nkeystore = {}\npassphrase_file = {}\nowner = {:?}\ngroup = {:?}\n\
             endpoint = \"127.0.0.1:{}\"\nlog = {}\n\
             [properties]\nfolder = {}\n[monit]\ncommand = {:?}\nfolder = {}\n[state]\nfolder = {}\n",
            path(KEYSTORE),
            path(PASSPHRASE_FILE),
            program::run("id", &["-un"]).trim(),
            program::run("id", &["-gn"]).trim(),
            self.port,
            path(LOG),
            folder(PROPERTIES),
            command.unwrap_or_else(|| vec!["monit".to_owned()]),
            folder(SERVICE_FILE),
            path("var/lib/dhtls"),
        );
        self.scratch.write("etc/dhtls.toml", text)
    }

    /// SHA-256 of the leaf that the service shows, asked by openssl.
    pub(crate) fn served(&self) -> Option<String> {
        program::served_leaf(&self.address())
    }

    pub(crate) fn address(&self) -> String {
        format!("{}:{}", self.ip, self.port)
    }

    /// The service's process, whether monit knows it or not.
    pub(crate) fn service_pid(&self) -> Option<u32> {
        let text = fs::read_to_string(self.scratch.path("run/web.pid")).ok()?;
        text.trim().parse().ok()
    }
}

impl Drop for WebApiServer {
    /// monit first: it would start the service again.
    fn drop(&mut self) {
        drop(self.monit.take());
        if let Some(pid) = self.service_pid().filter(|pid| program::runs(*pid)) {
            end(pid);
        }
        if std::thread::panicking() {
            eprintln!("{}", String::from_utf8_lossy(&self.scratch.read(LOG)));
        }
    }
}

/// base64 of the passphrase and a newline, as `echo PASSPHRASE | base64` makes it.
pub(crate) fn encoded_passphrase() -> Vec<u8> {
    program::output("base64", &[] as &[&str], &format!("{PASSPHRASE}\n")).stdout
}

/// The compiled stand-in, made once for each version of its source.
pub(crate) fn classes() -> &'static Path {
    static CLASSES: OnceLock<PathBuf> = OnceLock::new();
    CLASSES.get_or_init(|| {
        let source = include_str!("WebApi.java");
        let mut hash = DefaultHasher::new();
        source.hash(&mut hash);
        // Not in the target folder: a plain user may run what root has built.
        let user = program::run("id", &["-u"]);
        let name = format!("dhtls-webapi-{}-{:016x}", user.trim(), hash.finish());
        let cache = std::env::temp_dir().join(name);
        if !cache.join("WebApi.class").is_file() {
            compile(source, &cache);
        }
        // The name can be guessed, and what is in it is run.
        assert_eq!(fs::metadata(&cache).unwrap().uid().to_string(), user.trim());
        cache
    })
}

/// Compiled aside and renamed: other tests may do the same at this moment.
fn compile(source: &str, cache: &Path) {
    let scratch = Scratch::new();
    let file = scratch.write("WebApi.java", source);
    let classes = format!("{}.{}", cache.display(), std::process::id());
    program::run(
        program::find("javac").expect("no javac: tests/run.sh installs it"),
        &["--release", "11", "-d", &classes, file.to_str().unwrap()],
    );
    if fs::rename(&classes, cache).is_err() {
        let _ = fs::remove_dir_all(&classes);
    }
    assert!(cache.join("WebApi.class").is_file());
}

/// Below the ports that the system hands out by itself, so that nobody takes it before the service does.
pub(crate) fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = u16::try_from(std::process::id() % 9000).unwrap();
    loop {
        let port = 20_000 + (start + NEXT.fetch_add(1, Ordering::Relaxed)) % 12_000;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
