//! A server, and a command that changes it: what is old, what is new, and the command that only puts back.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::super::cus_staged::{self, HTTPS};
use super::super::live::{bare_command_in, has_users};
use super::super::program::run;
use super::super::stand_in::{HOST, INSTALL, KEYSTORE, PROPERTIES, SETTINGS, StandIn};
use super::super::transcript::dhtls;
use super::essence::PASSWORD;
use super::image::{Image, empty};
use super::service::Service;
use super::verdict::{self, Whole};

/// Where the server lies in a laid folder: everything else there is input.
pub(crate) const ROOT: &str = "root";
/// dhtls's own, below [`ROOT`].
pub(crate) const STATE: &str = "var/lib/dhtls";
/// A change that never was: such a run puts back what is unfinished, and then refuses.
const RECOVER: &str = "--root root rollback 999999";
/// What it says at its end.
pub(crate) const NO_SUCH_CHANGE: &str = "999999";

/// One command on one server.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    /// What [`Scenario::lay`] puts down: the server below `root`, and the command's inputs.
    pub(crate) before: Image,
    pub(crate) line: String,
    /// The exit code that says: done.
    pub(crate) done: i32,
    /// Whether it reports on faults instead of ending with them: other exit codes say nothing.
    pub(crate) reports: bool,
    /// Where a [`Service`] has to stand by, since the command restarts it.
    pub(crate) port: Option<u16>,
    /// Of a recovery: what it makes of the files, however often it has to begin anew.
    pub(crate) settles: Option<Whole>,
    /// Below [`ROOT`], without dhtls's own state.
    pub(crate) old: Image,
    pub(crate) new: Image,
}

impl Scenario {
    /// Every command that writes below another root, each on a server where it has something to do.
    pub(crate) fn all() -> Vec<Self> {
        let webapi = webapi();
        let installed = webapi.succeeding("rollback-webapi", "--root root rollback");
        let https = on(&cus_staged::cus(), "cus-https", HTTPS);
        let back = format!("--root root cus-http --host {HOST} --i-accept-cleartext");
        let http = https.succeeding("cus-http", &back);
        let undone = https.succeeding("rollback-cus", "--root root rollback");
        let mut all = vec![webapi, installed, https, http, undone];
        all.extend(passwords());
        all.push(report());
        all
    }

    /// One of them by name.
    pub(crate) fn named(name: &str) -> Self {
        let found = Self::all().into_iter().find(|one| one.name == name);
        found.unwrap_or_else(|| panic!("no scenario {name}"))
    }

    /// Runs the command once where nothing goes wrong.
    fn of(name: &'static str, before: Image, line: &str) -> Self {
        let folder = super::fast_folder();
        let folder = folder.path();
        before.lay(folder);
        // Owners and lists may come out otherwise on this file system.
        let before = Image::of(folder);
        let ended = with(folder, &dhtls(), line).output().unwrap();
        assert_eq!(ended.status.code(), Some(0), "{name}: {ended:?}");
        let (old, new) = (server(&before), server(&Image::of(folder)));
        assert!(old != new, "{name} changes nothing");
        Self {
            name,
            before,
            line: line.to_owned(),
            done: 0,
            reports: false,
            port: None,
            settles: None,
            old,
            new,
        }
    }

    /// A command on the server that this one leaves behind.
    fn succeeding(&self, name: &'static str, line: &str) -> Self {
        let folder = super::fast_folder();
        self.lay(folder.path());
        let ended = self.command(folder.path(), &dhtls()).output().unwrap();
        assert_eq!(ended.status.code(), Some(self.done), "{name}: {ended:?}");
        Self::of(name, Image::of(folder.path()), line)
    }

    /// The recovery from a state that a death of this command has left.
    pub(crate) fn recovery(&self, dead: Image) -> Self {
        let folder = super::fast_folder();
        dead.lay(folder.path());
        let _service = self.port.map(|port| Service::start(folder.path(), port));
        let ended = self.recover(folder.path(), &dhtls()).output().unwrap();
        assert_eq!(ended.status.code(), Some(1), "{ended:?}");
        let settled = verdict::after_next_run(self, &Image::of(folder.path()));
        Self {
            name: self.name,
            before: dead,
            line: self.recovery_line(),
            done: 1,
            reports: false,
            port: self.port,
            settles: Some(settled.unwrap()),
            old: self.old.clone(),
            new: self.new.clone(),
        }
    }

    /// Empties the folder and lays the server and the inputs into it.
    pub(crate) fn lay(&self, folder: &Path) {
        empty(folder);
        self.before.lay(folder);
    }

    /// `program`, a dhtls, about to run this command in a laid folder.
    pub(crate) fn command(&self, folder: &Path, program: &Path) -> Command {
        with(folder, program, &self.line)
    }

    /// The same, about to put back what is unfinished and nothing else; ends with exit code 1, or with 3
    /// when something could not be put back. A report is no change: it is written anew.
    pub(crate) fn recover(&self, folder: &Path, program: &Path) -> Command {
        if self.reports {
            return self.command(folder, program);
        }
        with(folder, program, &self.recovery_line())
    }

    fn recovery_line(&self) -> String {
        let restarts = self.port.map_or("", |_| " --restart");
        format!("{RECOVER}{restarts}")
    }
}

/// The server in an image of a laid folder, without dhtls's own state.
pub(crate) fn server(laid: &Image) -> Image {
    let mut server = laid.below(ROOT);
    server.0.retain(|path, _| !path.starts_with("var/lib"));
    server
}

/// dhtls's own state in it.
pub(crate) fn state(laid: &Image) -> Image {
    laid.below(&format!("{ROOT}/{STATE}"))
}

pub(crate) fn with(folder: &Path, program: &Path, line: &str) -> Command {
    let mut command = bare_command_in(program, folder);
    command.args(line.split_whitespace());
    command
}

fn on(server: &StandIn, name: &'static str, line: &str) -> Scenario {
    Scenario::of(name, Image::of(server.scratch.folder()), line)
}

/// The keystore belongs to irisadmin and has a note, the properties have an access list.
fn webapi() -> Scenario {
    let server = StandIn::new();
    let path = |name: &str| server.path(name);
    if has_users() {
        let settings = "[webapi]\nowner = \"irisadmin\"\ngroup = \"dbquery\"\n";
        server.scratch.write(SETTINGS, settings);
        for name in [KEYSTORE, PROPERTIES] {
            run("chown", &["irisadmin:dbquery".into(), path(name)]);
        }
        let list = ["-m", "u:dbquery:r", path(PROPERTIES).to_str().unwrap()].map(PathBuf::from);
        run("setfacl", &list);
    }
    // Not every file system takes it.
    let _ = xattr::set(path(KEYSTORE), "user.note", b"since 2019");
    on(&server, "install-webapi", INSTALL)
}

/// The first user and the second, a user gone, the rules on and off.
fn passwords() -> Vec<Scenario> {
    let server = cus_staged::cus();
    server
        .scratch
        .write_mode("password", format!("{PASSWORD}\n"), 0o600);
    let add = |user: &str| format!("--root root cus-auth add {user} --password-file password");
    let first = on(&server, "cus-auth-add-first", &add("anna"));
    let second = first.succeeding("cus-auth-add", &add("bert"));
    let remove = second.succeeding("cus-auth-remove", "--root root cus-auth remove anna");
    let enable = second.succeeding("cus-auth-enable", "--root root cus-auth enable");
    let disable = enable.succeeding("cus-auth-disable", "--root root cus-auth disable");
    vec![first, second, remove, enable, disable]
}

/// A report for node_exporter over an older one; `check` ends with 0 when all is well.
fn report() -> Scenario {
    let server = StandIn::new();
    server.scratch.write("root/reports/dhtls.prom", "# older\n");
    let line =
        "--root root check --format prometheus --output /reports/dhtls.prom --ca ca.crt tls.crt";
    Scenario {
        reports: true,
        ..on(&server, "check-output", line)
    }
}
