//! A stand-in server that runs, an authority, and dhtls as an administrator calls it.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use nix::unistd::{Uid, User, chown};

use super::authority::{Authority, Pair};
use super::scratch::{Scratch, Tree, set_mode};
use super::staged;
use super::transcript::{self, ROOT, dhtls};
use super::webapi::{Behaviour, KEYSTORE, PASSPHRASE, PROPERTIES, WebApiServer};

/// The name in the certificates.
pub(crate) const HOST: &str = "deephaven.example.com";

/// What `dhtls history` says when there is none.
pub(crate) const NO_HISTORY: &str = "dhtls has changed nothing here yet\n";

/// The server with its first pair in the keystore, the authority's root in `ca.crt`.
pub(crate) struct Live {
    pub(crate) server: WebApiServer,
    pub(crate) authority: Authority,
    pub(crate) first: Pair,
}

impl Live {
    /// Laid out, and nothing runs yet; `None`, and a word on stderr, without root rights: dhtls changes
    /// the files of a real server as root alone.
    pub(crate) fn new(behaviour: Behaviour) -> Option<Self> {
        if !is_root() {
            return None;
        }
        let authority = Authority::new();
        let first = authority.pair(&[HOST]);
        let server = WebApiServer::new(&first, behaviour);
        server.scratch.write("ca.crt", authority.root());
        Some(Self {
            server,
            authority,
            first,
        })
    }

    /// The same, and the service runs.
    pub(crate) fn start(behaviour: Behaviour) -> Option<Self> {
        let mut live = Self::new(behaviour)?;
        live.server.start();
        live.server.settings();
        Some(live)
    }

    /// The same with a service that runs as irisadmin, its files to belong to `irisadmin:dbquery`; so
    /// far keystore and properties have other owners and modes than the runbook's.
    pub(crate) fn start_as_irisadmin() -> Option<Self> {
        if !is_root() || !has_users() {
            return None;
        }
        let mut live = Self::new(Behaviour::Honest)?;
        live.server = live.server.run_as("irisadmin", "dbquery");
        let user = User::from_name("irisadmin").unwrap().unwrap();
        for (name, mode) in [(KEYSTORE, 0o644), (PROPERTIES, 0o664)] {
            let path = live.scratch().path(name);
            chown(&path, Some(user.uid), Some(user.gid)).unwrap();
            set_mode(&path, mode);
        }
        live.server.start();
        live.server.settings();
        live.set("owner = \"root\"", "owner = \"irisadmin\"");
        live.set("group = \"root\"", "group = \"dbquery\"");
        Some(live)
    }

    pub(crate) fn scratch(&self) -> &Scratch {
        &self.server.scratch
    }

    /// A fresh pair, in `NAME.crt` and `NAME.key`.
    pub(crate) fn pair(&self, name: &str) -> Pair {
        self.authority.pair_in(self.scratch(), name, HOST)
    }

    /// `dhtls --config ... install-webapi` with the pair of that name.
    pub(crate) fn install(&self, name: &str, more: &str) -> Run {
        self.dhtls(&install_line(name, more))
    }

    /// Another text in the settings: `old` has to be there.
    pub(crate) fn set(&self, old: &str, new: &str) {
        self.scratch().edit("etc/dhtls.toml", old, new);
    }

    /// Arguments without blanks in them, separated by blanks.
    pub(crate) fn dhtls(&self, arguments: &str) -> Run {
        self.run(&mut self.command(&dhtls(), arguments))
    }

    /// `program` with the settings of this server and these arguments, in the scratch folder.
    pub(crate) fn command(&self, program: &Path, arguments: &str) -> Command {
        configured(program, self.scratch(), arguments)
    }

    pub(crate) fn run(&self, command: &mut Command) -> Run {
        Run::of(command.output().unwrap(), self.scratch())
    }

    /// Everything that an installation may change, but for its own history.
    pub(crate) fn files(&self) -> [Tree; 2] {
        ["etc", "db"].map(|name| self.scratch().tree(name))
    }

    /// The same with inodes and times.
    pub(crate) fn touched(&self) -> [Tree; 2] {
        ["etc", "db"].map(|name| self.scratch().touched(name))
    }

    /// Changes the options in the service's start script.
    pub(crate) fn set_options(&self, options: &str) {
        let script = String::from_utf8(self.scratch().read("web.sh")).unwrap();
        let (head, tail) = script.split_once(" WebApi ").unwrap();
        let properties = self.scratch().text(PROPERTIES);
        let at = tail.find(&properties).unwrap();
        let text = format!("{head} WebApi {options} {}", &tail[at..]);
        self.scratch().write("web.sh", text);
    }

    /// From its next start on the service keeps the keystore that is there now, or no longer.
    pub(crate) fn keep_the_first(&self, keeps: bool) {
        let copy = self.scratch().path("run/first.p12");
        if keeps {
            std::fs::copy(self.scratch().path(KEYSTORE), &copy).unwrap();
            self.set_options(&format!("--keep-first {}", copy.display()));
        } else {
            self.set_options("");
        }
    }

    /// The keystore's algorithms, as openssl names them: `java8` or `modern`.
    pub(crate) fn profile(&self) -> &'static str {
        let passphrase = self.scratch().write_mode("passphrase", PASSPHRASE, 0o600);
        staged::profile(&self.scratch().path(KEYSTORE), &passphrase)
    }

    /// monit's pid of the service, once it runs.
    pub(crate) fn pid(&self) -> u32 {
        let monit = self.server.monit.as_ref().unwrap();
        monit.wait_until_runs(super::webapi::SERVICE, None)
    }
}

/// Says which paths differ in bytes, mode, owner or, with [`Live::touched`], inode and time.
#[track_caller]
pub(crate) fn assert_same(before: &[Tree; 2], now: &[Tree; 2]) {
    let pairs = before.iter().zip(now);
    let differ: Vec<_> = pairs
        .flat_map(|(before, now)| {
            let all = before.0.keys().chain(now.0.keys());
            all.filter(|path| before.0.get(*path) != now.0.get(*path))
        })
        .collect();
    assert!(differ.is_empty(), "{differ:#?}");
}

/// Whether we are root; a plain user reads that the test is skipped.
pub(crate) fn is_root() -> bool {
    let root = Uid::effective().is_root();
    if !root {
        eprintln!("skipped: needs root");
    }
    root
}

/// Whether the owners of the runbook are here.
pub(crate) fn has_users() -> bool {
    let all = ["irisadmin", "dbquery"]
        .iter()
        .all(|name| User::from_name(name).unwrap().is_some());
    if !all {
        eprintln!("skipped: no users irisadmin and dbquery, which tests/run.sh creates");
    }
    all
}

pub(crate) fn install_line(name: &str, more: &str) -> String {
    format!("install-webapi --crt {name}.crt --key {name}.key --ca ca.crt --timeout 20s {more}")
}

/// No environment but `PATH`, no terminal, the scratch folder as its own.
pub(crate) fn bare_command(program: &Path, scratch: &Scratch) -> Command {
    bare_command_in(program, scratch.folder())
}

/// The same in any folder.
pub(crate) fn bare_command_in(program: &Path, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .current_dir(folder)
        .stdin(Stdio::null());
    command
}

/// The same with the settings in that folder and these arguments, separated by blanks.
pub(crate) fn configured(program: &Path, scratch: &Scratch, arguments: &str) -> Command {
    let mut command = bare_command(program, scratch);
    command
        .args(["--config", "etc/dhtls.toml"])
        .args(arguments.split_whitespace());
    command
}

/// How a run of dhtls ended, and what it said.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    root: String,
}

impl Run {
    pub(crate) fn of(output: Output, scratch: &Scratch) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
            root: scratch.folder().display().to_string(),
        }
    }

    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self
    }

    /// The whole of stdout, as in a transcript.
    #[track_caller]
    pub(crate) fn prints(self, expected: &str) -> Self {
        self.compare(expected, &self.stdout);
        self
    }

    /// That stdout has all these lines or parts of lines.
    #[track_caller]
    pub(crate) fn mentions(self, parts: &[&str]) -> Self {
        self.contains(parts, &self.stdout);
        self
    }

    /// The same of stderr.
    #[track_caller]
    pub(crate) fn warns_of(self, parts: &[&str]) -> Self {
        self.contains(parts, &self.stderr);
        self
    }

    #[track_caller]
    fn contains(&self, parts: &[&str], text: &str) {
        for part in parts {
            let part = part.replace(ROOT, &self.root);
            assert!(text.contains(&part), "no {part:?} in {self:#?}");
        }
    }

    /// The whole of stderr.
    #[track_caller]
    pub(crate) fn complains(self, expected: &str) -> Self {
        self.compare(expected, &self.stderr);
        self
    }

    #[track_caller]
    fn compare(&self, expected: &str, found: &str) {
        let expected = expected.replace(ROOT, &self.root);
        assert!(
            transcript::matches(&expected, found),
            "--- expected\n{expected}--- found\n{found}--- stderr\n{}--- exit {:?}",
            self.stderr,
            self.code
        );
    }
}
