//! A Client Update Service that runs, an authority, and dhtls as an administrator calls it.

use std::path::PathBuf;
use std::process::Command;

use super::authority::{Authority, Pair};
use super::cus::{BUNDLE, CusServer, SERVICE, Twist};
use super::live::{HOST, Run, configured, has_users, is_root};
use super::scratch::{Scratch, Tree};
use super::transcript::dhtls;

/// The server, and an authority whose root is in `ca.crt`.
pub(crate) struct CusLive {
    pub(crate) server: CusServer,
    pub(crate) authority: Authority,
}

impl CusLive {
    /// Laid out, and nothing runs yet; `None`, and a word on stderr, without root rights or without the
    /// user that lighttpd becomes.
    pub(crate) fn new(ip: &'static str) -> Option<Self> {
        Self::with(ip, None)
    }

    fn with(ip: &'static str, lighttpd: Option<PathBuf>) -> Option<Self> {
        if !is_root() || !has_users() {
            return None;
        }
        let server = CusServer::with(ip, lighttpd);
        let authority = Authority::new();
        server.scratch.write("ca.crt", authority.root());
        Some(Self { server, authority })
    }

    /// Off in monit and without TLS, as Deephaven ships it; monit runs.
    pub(crate) fn off() -> Option<Self> {
        let mut live = Self::new("127.0.0.1")?;
        live.server.switch_off();
        live.server.start_monit();
        live.server.settings();
        Some(live)
    }

    /// On, and without TLS.
    pub(crate) fn start() -> Option<Self> {
        Self::start_on("127.0.0.1")
    }

    pub(crate) fn start_on(ip: &'static str) -> Option<Self> {
        let mut live = Self::new(ip)?;
        live.server.start();
        live.server.settings();
        Some(live)
    }

    /// On, and under TLS already, with the pair that comes back.
    pub(crate) fn start_secured() -> Option<(Self, Pair)> {
        Self::start_secured_by(None)
    }

    /// The same with another lighttpd than the machine's.
    pub(crate) fn start_secured_by(lighttpd: Option<PathBuf>) -> Option<(Self, Pair)> {
        let mut live = Self::with("127.0.0.1", lighttpd)?;
        let first = live.pair("first");
        live.server.secure_by_hand(&first);
        live.server.start();
        live.server.settings();
        Some((live, first))
    }

    /// On, without TLS, with a pair `new`; the next start goes wrong.
    pub(crate) fn start_twisted(twist: Twist) -> Option<Self> {
        let live = Self::start()?;
        live.pair("new");
        let other = live.authority.pair(&[HOST]);
        live.scratch()
            .write_mode("run/other.pem", other.bundle(), 0o600);
        live.server.twist(twist);
        Some(live)
    }

    pub(crate) fn scratch(&self) -> &Scratch {
        &self.server.scratch
    }

    /// A fresh P-256 pair, in `NAME.crt` and `NAME.key`.
    pub(crate) fn pair(&self, name: &str) -> Pair {
        self.authority.pair_in(self.scratch(), name, HOST)
    }

    /// The same with an RSA key.
    pub(crate) fn rsa_pair(&self, name: &str) -> Pair {
        let pair = self.authority.rsa_pair(&[HOST]);
        pair.write(self.scratch(), name);
        pair
    }

    /// `cus-https` with the pair of that name, on the port that the server keeps for TLS.
    pub(crate) fn https(&self, name: &str, more: &str) -> Run {
        self.dhtls(&self.https_line(name, more))
    }

    pub(crate) fn https_line(&self, name: &str, more: &str) -> String {
        format!(
            "cus-https --host {HOST} --crt {name}.crt --key {name}.key --ca ca.crt --port {} --timeout 20s {more}",
            self.server.tls_port
        )
    }

    /// The way back, on the port that the server has without TLS.
    pub(crate) fn http(&self, more: &str) -> Run {
        self.dhtls(&format!(
            "cus-http --host {HOST} --port {} --i-accept-cleartext --timeout 20s {more}",
            self.server.port
        ))
    }

    /// `cus-auth add` with this password in a file.
    pub(crate) fn add_user(&self, user: &str, password: &str) -> Run {
        let file = self
            .scratch()
            .write_mode("password", format!("{password}\n"), 0o600);
        self.dhtls(&format!(
            "cus-auth add {user} --password-file {}",
            file.display()
        ))
    }

    /// Arguments without blanks in them, separated by blanks.
    pub(crate) fn dhtls(&self, arguments: &str) -> Run {
        self.run(&mut configured(&dhtls(), self.scratch(), arguments))
    }

    pub(crate) fn run(&self, command: &mut Command) -> Run {
        Run::of(command.output().unwrap(), self.scratch())
    }

    /// Everything that a change may touch, but for its own history.
    pub(crate) fn files(&self) -> [Tree; 2] {
        ["etc", "var/www"].map(|name| self.scratch().tree(name))
    }

    /// The same with inodes and times.
    pub(crate) fn touched(&self) -> [Tree; 2] {
        ["etc", "var/www"].map(|name| self.scratch().touched(name))
    }

    pub(crate) fn text(&self, name: &str) -> String {
        String::from_utf8(self.scratch().read(name)).unwrap()
    }

    pub(crate) fn is_known_to_monit(&self) -> bool {
        let monit = self.server.monit.as_ref().unwrap();
        monit.call(&["-B", "status", SERVICE]).status.success()
    }

    /// HTTPS with a chain that verifies, this leaf first, and a launcher file that names HTTPS.
    #[track_caller]
    pub(crate) fn serves(&self, pair: &Pair) {
        let site = self.server.https();
        let chain = site.verified_chain().expect("a chain that verifies");
        let intermediate = super::program::fingerprint(&pair.intermediate);
        assert_eq!(chain, [pair.sha256.clone(), intermediate]);
        let launcher = site.get("/iris/getdown.txt");
        assert_eq!(launcher.status, 200, "{launcher:?}");
        assert_eq!(site.appbase(), Some(format!("{}/iris/", site.origin())));
    }

    /// What the bundle on disk is: key, leaf, intermediate and nothing else, for root alone.
    #[track_caller]
    pub(crate) fn has_bundle_of(&self, pair: &Pair) {
        super::cus::assert_bundle(&self.scratch().path(BUNDLE), pair);
    }
}
