//! A Client Update Service: the real lighttpd on a loopback address, started by a private monit, its files
//! below a scratch folder. It gives the launcher file out as Deephaven does: prepared at each start.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::unistd::{Uid, User, chown};

use super::authority::Pair;
use super::cus_files::{AUTH_INCLUDE, CONFIG, GETDOWN, Place, SERVICE_FILE, USERS_FILE};
use super::cus_site::Site;
use super::live::HOST;
use super::monit::{PrivateMonit, end};
use super::program;
use super::scratch::{Scratch, set_mode};
use super::webapi::free_port;

pub(crate) const SERVICE: &str = "client_update_service";
pub(crate) const DISABLED: &str = "etc/sysconfig/illumon.d/monit/cus.conf.disabled";
/// What `[cus] bundle` of the settings names.
pub(crate) const BUNDLE: &str = "etc/ssl/private/lighttpd.pem";
pub(crate) const LOG: &str = "var/log/lighttpd/cus-error.log";
/// Read by the start script, when a test has put it there.
const TWIST: &str = "run/twist.sh";

/// One server. Every path in its files is absolute, and lies below the scratch folder.
pub(crate) struct CusServer {
    pub(crate) scratch: Scratch,
    /// Where it listens; with brackets, as lighttpd and a URL want it.
    pub(crate) ip: &'static str,
    /// The cleartext port.
    pub(crate) port: u16,
    /// Nobody listens there, until a test makes it the port of HTTPS.
    pub(crate) tls_port: u16,
    /// `None` until [`CusServer::start_monit`].
    pub(crate) monit: Option<PrivateMonit>,
    /// Another lighttpd than the machine's.
    lighttpd: Option<PathBuf>,
}

/// What a start makes of the files of the server: what `lighttpd -tt` cannot foresee.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Twist {
    /// The bundle that is served is `run/other.pem`.
    AnotherBundle,
    /// TLS stays off.
    Cleartext,
    /// The intermediates get lost.
    LeafAlone,
    /// Nobody is asked for a password.
    NoPassword,
    /// The launcher file stays the one that is served now.
    OldLauncher,
    /// With TLS on it does not start, and says why.
    Refuses,
}

impl CusServer {
    /// Lays out the files of a service without TLS. Nothing runs yet.
    pub(crate) fn new() -> Self {
        Self::on("127.0.0.1")
    }

    /// The same on another loopback address.
    pub(crate) fn on(ip: &'static str) -> Self {
        Self::with(ip, None)
    }

    /// The same with another lighttpd, which the settings name.
    pub(crate) fn with(ip: &'static str, lighttpd: Option<PathBuf>) -> Self {
        let server = Self {
            scratch: Scratch::new(),
            ip,
            port: free_port(),
            tls_port: free_port(),
            monit: None,
            lighttpd,
        };
        server.write_files();
        server
    }

    fn write_files(&self) {
        let lighttpd = self.lighttpd.clone().or_else(|| program::find("lighttpd"));
        let lighttpd = lighttpd.expect("no lighttpd: tests/run.sh installs it");
        let user = whom_it_becomes();
        let place = Place {
            folder: self.scratch.folder().to_str().unwrap(),
            host: HOST,
            ip: self.ip,
            port: self.port,
            user: user.as_ref().map(|user| user.name.as_str()),
            lighttpd: lighttpd.to_str().unwrap(),
        };
        for (name, text) in place.files() {
            self.scratch.write(name, text);
        }
        for name in ["run", "var/log/lighttpd", "etc/ssl/private"] {
            fs::create_dir_all(self.scratch.path(name)).unwrap();
        }
        set_mode(&self.scratch.path("etc/ssl/private"), 0o700);
        if let Some(user) = user {
            // It opens its log, and removes its pidfile, without root's rights.
            for name in ["run", "var/log/lighttpd"] {
                chown(&self.scratch.path(name), Some(user.uid), Some(user.gid)).unwrap();
            }
        }
    }

    /// Starts monit, and the service by it; returns the service's pid once it answers.
    pub(crate) fn start(&mut self) -> u32 {
        self.start_monit();
        let pid = self.pid();
        program::wait_for("the launcher file", || {
            let sites = [self.http(), self.https()];
            sites.iter().find_map(Site::launcher)
        });
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

    /// Off in monit, as Deephaven ships it.
    pub(crate) fn switch_off(&self) {
        let path = |name| self.scratch.path(name);
        fs::rename(path(SERVICE_FILE), path(DISABLED)).unwrap();
        // monit wants one file at least.
        self.scratch.write(
            "etc/sysconfig/illumon.d/monit/other.conf",
            "check file other with path /etc/passwd\n",
        );
    }

    /// HTTPS on [`CusServer::tls_port`] as the runbook makes it by hand.
    pub(crate) fn secure_by_hand(&self, pair: &Pair) {
        self.scratch.write_mode(BUNDLE, pair.bundle(), 0o600);
        self.scratch.edit(CONFIG, "#ssl.engine", "ssl.engine");
        self.scratch.edit(
            CONFIG,
            "#ssl.pemfile = \"/etc/ssl/private/lighttpd.pem\"",
            &format!(
                "ssl.pemfile = \"{}\"\nserver.modules += ( \"mod_openssl\" )",
                self.scratch.text(BUNDLE)
            ),
        );
        let port = |number: u16| format!("server.port = {number}\n");
        self.scratch
            .edit(CONFIG, &port(self.port), &port(self.tls_port));
        self.scratch
            .edit(GETDOWN, &self.http().origin(), &self.https().origin());
    }

    /// From the next start on something goes wrong on the way from the files to the service.
    pub(crate) fn twist(&self, twist: Twist) {
        // Relative includes are looked up beside the configuration.
        let copy = "rm -rf \"$folder/run/lighttpd\"\ncp -r \"$folder/etc/lighttpd\" \"$folder/run/lighttpd\"\n\
                    conf=$folder/run/lighttpd/client-update-service.conf\n";
        let served = "\"$(sed -n 's/^ssl.pemfile *= *\"\\(.*\\)\"/\\1/p' \"$conf\")\"";
        let instead =
            |file| format!("sed -i \"s|^ssl.pemfile.*|ssl.pemfile = \\\"{file}\\\"|\" \"$conf\"\n");
        let script = match twist {
            Twist::AnotherBundle => format!("{copy}{}", instead("$folder/run/other.pem")),
            Twist::Cleartext => format!("{copy}sed -i '/^ssl\\./d' \"$conf\"\n"),
            Twist::LeafAlone => format!(
                "{copy}pem={served}\nsed '/END CERT/q' \"$pem\" >\"$folder/run/alone.pem\"\n{}",
                instead("$folder/run/alone.pem")
            ),
            Twist::NoPassword => format!("{copy}sed -i '/iris-auth/d' \"$conf\"\n"),
            Twist::OldLauncher => {
                let launcher = self.scratch.path(GETDOWN).with_extension("");
                let kept = self.scratch.path("run/getdown.txt");
                fs::copy(&launcher, &kept).unwrap();
                format!("cp {} {}\n", kept.display(), launcher.display())
            }
            Twist::Refuses => {
                "if grep -q '^ssl.engine' \"$conf\"; then echo 'no entropy today' >&2; exit 1; fi\n"
                    .to_owned()
            }
        };
        self.scratch.write(TWIST, script);
    }

    /// `/etc/dhtls.toml` for this server: `--config` of a run on its absolute paths.
    pub(crate) fn settings(&self) -> PathBuf {
        let path = |name: &str| format!("{:?}", self.scratch.text(name));
        let command = self.monit.as_ref().map(PrivateMonit::command);
        let services = self.scratch.path(SERVICE_FILE);
        let lighttpd = self.lighttpd.iter();
        let lighttpd: String = lighttpd.map(|it| format!("lighttpd = {it:?}\n")).collect();
        let text = format!(
            "[cus]\n{lighttpd}config = {}\nbundle = {}\ngetdown = {}\nusers_file = {}\nauth_include = {}\n\
             log = {}\n[monit]\ncommand = {:?}\nfolder = {:?}\n[state]\nfolder = {}\n",
            path(CONFIG),
            path(BUNDLE),
            path(GETDOWN),
            path(USERS_FILE),
            path(AUTH_INCLUDE),
            path(LOG),
            command.unwrap_or_else(|| vec!["monit".to_owned()]),
            services.parent().unwrap(),
            path("var/lib/dhtls"),
        );
        self.scratch.write("etc/dhtls.toml", text)
    }

    /// The cleartext site.
    pub(crate) fn http(&self) -> Site {
        self.site("http", self.port)
    }

    /// The site under TLS, verified with the trust anchor in `ca.crt`.
    pub(crate) fn https(&self) -> Site {
        self.site("https", self.tls_port)
    }

    fn site(&self, scheme: &'static str, port: u16) -> Site {
        Site {
            scheme,
            ip: self.ip,
            port,
            anchor: self.scratch.path("ca.crt"),
        }
    }

    /// monit's pid of the service, once it runs.
    pub(crate) fn pid(&self) -> u32 {
        self.monit.as_ref().unwrap().wait_until_runs(SERVICE, None)
    }

    /// Every process of this server but monit, whether monit knows it or not.
    pub(crate) fn processes(&self) -> Vec<u32> {
        let monit = self.monit.as_ref().map(PrivateMonit::pid);
        let mut all = processes_of(self.scratch.folder());
        all.retain(|pid| Some(*pid) != monit);
        all
    }
}

impl Drop for CusServer {
    /// monit first: it would start the service again.
    fn drop(&mut self) {
        let log = self.monit.as_ref().map(PrivateMonit::log);
        drop(self.monit.take());
        // A start that was under way when monit ended comes to its end.
        while let Some(pid) = self.processes().first() {
            end(*pid);
            std::thread::sleep(Duration::from_millis(50));
        }
        if std::thread::panicking() {
            eprintln!("{}", log.unwrap_or_default());
        }
    }
}

/// As root: irisadmin, or nobody where there is none.
fn whom_it_becomes() -> Option<User> {
    let names = ["irisadmin", "nobody"];
    let find = |name: &&str| User::from_name(name).unwrap();
    Uid::effective()
        .is_root()
        .then(|| names.iter().find_map(find))
        .flatten()
}

/// Processes that name a file of this folder, which nobody but the test knows.
pub(crate) fn processes_of(folder: &Path) -> Vec<u32> {
    let folder = folder.to_str().unwrap();
    let names_it = |pid: &u32| {
        let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&line).contains(folder) && program::runs(*pid)
    };
    fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok())
        .filter(names_it)
        .collect()
}

/// Whether a service can listen on this address; otherwise a word on stderr.
pub(crate) fn has_address(ip: &str) -> bool {
    let has = TcpListener::bind((ip.trim_matches(['[', ']']), 0)).is_ok();
    if !has {
        eprintln!("skipped: this machine has no address {ip}");
    }
    has
}

/// Key, leaf, intermediate and nothing else, readable for its owner alone.
#[track_caller]
pub(crate) fn assert_bundle(path: &Path, pair: &Pair) {
    let text = fs::read_to_string(path).unwrap();
    let kinds: Vec<_> = text
        .lines()
        .filter_map(|line| line.strip_prefix("-----BEGIN "))
        .collect();
    assert_eq!(
        kinds,
        ["PRIVATE KEY-----", "CERTIFICATE-----", "CERTIFICATE-----"]
    );
    let certificates = &text[text.find("-----BEGIN CERT").unwrap()..];
    let sent = [pair.leaf.trim(), pair.intermediate.trim(), ""].join("\n");
    assert_eq!(certificates, sent);
    assert_eq!(
        super::staged::public_key(&text),
        super::staged::public_key(&pair.key)
    );
    let found = fs::symlink_metadata(path).unwrap();
    assert_eq!(found.mode() & 0o7777, 0o600);
    assert_eq!(found.uid(), Uid::effective().as_raw());
}
