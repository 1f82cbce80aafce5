//! The files of a server below `root/`, for runs with `--root root`, and beside them a pair that waits to
//! be installed. Nothing runs; services are left alone.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use nix::unistd::{Group, Uid, User, getegid, geteuid};

use super::authority::{Authority, Pair};
use super::live::bare_command;
use super::program;
use super::scratch::{Scratch, Tree};
use super::transcript::{Test, dhtls};

pub(crate) const HOST: &str = "deephaven.example.com";
pub(crate) const KEYSTORE: &str = "root/etc/sysconfig/illumon.d/auth/webServices-keystore.p12";
pub(crate) const ORIGINAL: &str = "root/etc/sysconfig/illumon.d/auth/webServices-keystore.p12.ORG";
pub(crate) const AUTH: &str = "root/etc/sysconfig/illumon.d/auth";
pub(crate) const PASSPHRASE_FILE: &str = "root/db/TempFiles/irisadmin/.webapi_passphrase";
pub(crate) const RESOURCES: &str = "root/etc/sysconfig/illumon.d/resources";
pub(crate) const PROPERTIES: &str = "root/etc/sysconfig/illumon.d/resources/iris-common.prop";
pub(crate) const SETTINGS: &str = "root/etc/dhtls.toml";
pub(crate) const STATE: &str = "root/var/lib/dhtls";
pub(crate) const PASSPHRASE: &str = "correct horse battery staple";

/// The usual run.
pub(crate) const INSTALL: &str =
    "--root root install-webapi --crt tls.crt --key tls.key --ca ca.crt";

/// A server as the installer leaves it, in a folder that goes away with the test.
pub(crate) struct StandIn {
    pub(crate) scratch: Scratch,
}

/// What a run left behind.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Made once for all tests of a program: making keys takes longest.
struct Fixture {
    authority: Authority,
    pair: Pair,
    keystore: Vec<u8>,
}

impl StandIn {
    pub(crate) fn new() -> Self {
        let Fixture {
            authority,
            pair,
            keystore,
        } = fixture();
        let scratch = Scratch::new();
        let encoded = program::output("base64", &[] as &[&str], PASSPHRASE);
        scratch.write_mode(PASSPHRASE_FILE, encoded.stdout, 0o440);
        scratch.write_mode(KEYSTORE, keystore, 0o440);
        scratch.write(
            PROPERTIES,
            "# Settings that all services share.\n\
             Webapi.server.port=8123\n\
             RemoteQueryDispatcher.websocket.enabled=false\n",
        );
        scratch.write(
            "root/etc/sysconfig/illumon.d/monit/web_api_service.conf",
            "check process web_api_service with pidfile /var/run/illumon/web_api_service.pid\n",
        );
        std::fs::create_dir_all(scratch.path("root/var/lib")).unwrap();
        pair.write(&scratch, "tls");
        scratch.write("ca.crt", authority.root());
        let server = Self { scratch };
        server.settings("");
        server
    }

    /// Rewrites `/etc/dhtls.toml`. Whoever runs the test takes the place of irisadmin.
    pub(crate) fn settings(&self, more: &str) {
        let (user, group) = whoever_runs_this();
        let text = format!("[webapi]\nowner = \"{user}\"\ngroup = \"{group}\"\n{more}");
        self.scratch.write(SETTINGS, text);
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.scratch.path(name)
    }

    pub(crate) fn text(&self, name: &str) -> String {
        String::from_utf8(self.scratch.read(name)).unwrap()
    }

    /// Another pair in place of `tls.crt` and `tls.key`.
    pub(crate) fn hand_in(&self, pair: &Pair) {
        pair.write(&self.scratch, "tls");
    }

    /// A run that has to succeed, whatever it warns of.
    #[track_caller]
    pub(crate) fn succeeds(&self, arguments: &str) -> Run {
        let run = self.run(arguments);
        assert_eq!(run.code, 0, "{run:?}");
        run
    }

    /// A run that has to refuse with all these words on stderr, and to leave everything as it was.
    #[track_caller]
    pub(crate) fn refuses_with(&self, arguments: &str, words: &[&str]) {
        let before = self.everything();
        let run = self.run(arguments);
        assert_eq!((run.code, run.stdout.as_str()), (1, ""), "{run:?}");
        for word in words {
            assert!(run.stderr.contains(word), "no {word:?} in {run:?}");
        }
        self.is_still(&before);
    }

    /// A call that is not understood: exit code 2, and this word on stderr.
    #[track_caller]
    pub(crate) fn refuses_usage(&self, arguments: &str, word: &str) {
        let run = self.run(arguments);
        assert_eq!(run.code, 2, "{run:?}");
        assert!(run.stderr.contains(word), "{run:?}");
    }

    /// Runs dhtls in the scratch folder, with arguments separated by blanks.
    pub(crate) fn run(&self, arguments: &str) -> Run {
        self.finished(self.command(&dhtls()).args(arguments.split_whitespace()))
    }

    /// dhtls behind another program that ends in `exec "$@"` or the like.
    pub(crate) fn run_by(&self, program: &str, before: &[&str], arguments: &str) -> Run {
        let mut command = self.command(Path::new(program));
        command.args(before).arg(dhtls());
        self.finished(command.args(arguments.split_whitespace()))
    }

    /// A run that has to succeed; returns stdout. stderr says nothing but what a plain user is told.
    pub(crate) fn installs(&self, arguments: &str) -> String {
        let run = self.run(arguments);
        assert_eq!(
            (run.code, run.stderr.as_str()),
            (0, self.owner_warning().as_str()),
            "{run:?}"
        );
        run.stdout
    }

    /// A run that has to refuse: stdout empty, stderr just this error and hint, exit code 1, and not a
    /// byte, mode, owner, inode or time of any file different afterwards; no history, nothing staged.
    pub(crate) fn refuses(self, arguments: &str, error: &str, hint: &str) -> Self {
        self.refuses_by(&|test| test.args(arguments), error, hint)
    }

    /// The same, when it refuses only once the plan is made and its warnings are said.
    pub(crate) fn fails(self, arguments: &str, error: &str, hint: &str) -> Self {
        let error = format!("{error}\n");
        self.unchanged_by(&|test| test.args(arguments), &error, hint, true)
    }

    /// As [`StandIn::refuses`], with arguments that hold blanks, or another program.
    pub(crate) fn refuses_by(self, with: &dyn Fn(Test) -> Test, error: &str, hint: &str) -> Self {
        let error = format!("{error}\n");
        self.unchanged_by(with, &error, hint, false)
    }

    /// As [`StandIn::fails`], likewise.
    pub(crate) fn fails_by(self, with: &dyn Fn(Test) -> Test, error: &str, hint: &str) -> Self {
        let error = format!("{error}\n");
        self.unchanged_by(with, &error, hint, true)
    }

    fn unchanged_by(
        self,
        with: &dyn Fn(Test) -> Test,
        error: &str,
        hint: &str,
        warns: bool,
    ) -> Self {
        let before = self.everything();
        let warning = if warns {
            self.owner_warning()
        } else {
            String::new()
        };
        let hint = match hint {
            "" => String::new(),
            hint => format!("dhtls: hint: {hint}\n"),
        };
        let stderr = format!("{warning}dhtls: error: {error}{hint}");
        let scratch = with(Test::on(self.scratch)).stderr(&stderr).failure();
        let server = Self { scratch };
        server.is_still(&before);
        server
    }

    /// Everything in the scratch folder with inode and time; of the state folder only what a run leaves
    /// in it that means something.
    pub(crate) fn everything(&self) -> Tree {
        let mut tree = self.scratch.tree("").touched(self.scratch.folder());
        let ignored =
            [STATE, &format!("{STATE}/lock"), &format!("{STATE}/history")].map(PathBuf::from);
        tree.0.retain(|path, _| !ignored.contains(path));
        tree
    }

    /// Compares with [`StandIn::everything`] of before.
    pub(crate) fn is_still(&self, before: &Tree) {
        assert_eq!(self.differences(before), [] as [String; 0]);
    }

    /// The names of files that are not as before.
    pub(crate) fn differences(&self, before: &Tree) -> Vec<String> {
        let after = self.everything();
        let paths: BTreeSet<_> = before.0.keys().chain(after.0.keys()).collect();
        paths
            .into_iter()
            .filter(|path| before.0.get(*path) != after.0.get(*path))
            .map(|path| path.display().to_string())
            .collect()
    }

    /// What a plain user reads with every change.
    pub(crate) fn owner_warning(&self) -> String {
        let (user, group) = whoever_runs_this();
        match is_root() {
            true => String::new(),
            false => format!(
                "dhtls: warning: without root rights owners are left alone; the server wants {user}:{group}\n"
            ),
        }
    }

    pub(crate) fn command(&self, program: &Path) -> Command {
        bare_command(program, &self.scratch)
    }

    pub(crate) fn finished(&self, command: &mut Command) -> Run {
        let output = command.output();
        Run::from(output.unwrap_or_else(|error| panic!("{command:?}: {error}")))
    }
}

impl Run {
    /// That stdout and stderr together hold all of these.
    #[track_caller]
    pub(crate) fn says(&self, parts: &[&str]) {
        let said = format!("{}{}", self.stdout, self.stderr);
        for part in parts {
            assert!(said.contains(part), "no {part:?} in {self:#?}");
        }
    }
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// The authority behind `ca.crt`.
pub(crate) fn authority() -> &'static Authority {
    &fixture().authority
}

pub(crate) fn is_root() -> bool {
    Uid::effective().is_root()
}

/// Says why a test proves nothing here.
pub(crate) fn skip(why: &str) {
    eprintln!("skipped: {why}");
}

pub(crate) fn whoever_runs_this() -> (String, String) {
    let user = User::from_uid(geteuid()).unwrap().unwrap();
    let group = Group::from_gid(getegid()).unwrap().unwrap();
    (user.name, group.name)
}

fn fixture() -> &'static Fixture {
    static FIXTURE: OnceLock<Fixture> = OnceLock::new();
    FIXTURE.get_or_init(|| {
        let authority = Authority::new();
        let old = authority.pair(&[HOST]);
        Fixture {
            pair: authority.pair(&[HOST]),
            keystore: keystore(&[&old.key, &old.leaf], &["-name", "webapi"]),
            authority,
        }
    })
}

/// A PKCS#12 file by openssl with the server's passphrase.
pub(crate) fn keystore(pem: &[&str], options: &[&str]) -> Vec<u8> {
    let passphrase = format!("pass:{PASSPHRASE}");
    let export = ["pkcs12", "-export", "-passout", &passphrase];
    let made = program::output("openssl", &[&export, options].concat(), &pem.concat());
    assert!(made.status.success(), "{made:?}");
    made.stdout
}
