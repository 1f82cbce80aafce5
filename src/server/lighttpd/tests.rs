//! The real lighttpd, asked about files of the test's own.

mod naming;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::error::{Error, LighttpdProgramError, Result};
use crate::server::lighttpd::{Judge, Lighttpd, LighttpdVersion, Wanted, differences};
use crate::system::deadline::Deadline;
use crate::system::plan::{FileChange, Plan};
use crate::system::root::Root;
use crate::system::scratch::{Scratch, Tree};
use crate::system::transaction::{self, Staged};

fn lighttpd() -> Lighttpd {
    Lighttpd::find(None, None).unwrap().unwrap()
}

fn plenty() -> Deadline<'static> {
    Deadline::after(Duration::from_secs(60), &|| false)
}

/// Files in a folder of the test's own, by their real paths: lighttpd knows no other root.
struct Server {
    scratch: Scratch,
    config: String,
    bundle: String,
}

impl Server {
    /// One whose configuration has this in its middle.
    fn with(rest: &str) -> Self {
        let mut scratch = Scratch::new();
        scratch
            .make_folder("/var/www", 0o755)
            .make_folder("/etc/ssl/private", 0o700)
            .file(
                "/etc/lighttpd/mime.conf",
                "mimetype.assign = ( \".html\" => \"text/html\" )\n",
                0o644,
            );
        let real = |path: &str| scratch.real(path).display().to_string();
        let text = format!(
            "server.document-root = \"{}\"\n\
             server.modules = ( \"mod_access\",\n  \"mod_alias\" )\n\
             include \"mime.conf\"\n{rest}\nserver.port = 18080\n",
            real("/var/www")
        );
        let (config, bundle) = (
            real("/etc/lighttpd/cus.conf"),
            real("/etc/ssl/private/lighttpd.pem"),
        );
        scratch.file("/etc/lighttpd/cus.conf", &text, 0o644);
        scratch.state.path = scratch.real("/var/lib/dhtls");
        scratch.host.root = Root::real();
        Self {
            scratch,
            config,
            bundle,
        }
    }

    fn config(&self) -> &Path {
        Path::new(&self.config)
    }

    fn text(&self) -> String {
        fs::read_to_string(&self.config).unwrap()
    }

    /// The configuration after cus-https's edit.
    fn edited(&self) -> String {
        format!(
            "{}server.modules += ( \"mod_openssl\" )\nssl.engine = \"enable\"\nssl.pemfile = \"{}\"\n",
            self.text().replace("= 18080", "= 18443"),
            self.bundle
        )
    }

    /// What cus-https sets.
    fn wanted(&self) -> Wanted {
        let key = |key: &str, value: String| (key.to_owned(), Some(value));
        Wanted {
            keys: BTreeMap::from([
                key("server.port", "18443".to_owned()),
                key("ssl.engine", "\"enable\"".to_owned()),
                key("ssl.pemfile", format!("\"{}\"", self.bundle)),
            ]),
            loaded: vec!["mod_openssl".to_owned()],
            ..Wanted::default()
        }
    }

    fn write_bundle(&self, text: &str) -> FileChange {
        self.scratch.write(&self.bundle, text, 0o600)
    }

    /// Carries changes out, if lighttpd lets them.
    fn apply(&self, edited: &str, changes: Vec<FileChange>) -> Result<()> {
        self.apply_wanted(edited, changes, &self.wanted())
    }

    fn apply_wanted(&self, edited: &str, changes: Vec<FileChange>, wanted: &Wanted) -> Result<()> {
        let target = fs::canonicalize(&self.config).unwrap();
        let judge = Judge {
            lighttpd: lighttpd(),
            config: self.config.clone().into(),
            target: target.clone(),
            edited: edited.into(),
            wanted: wanted.clone(),
        };
        let mut plan = Plan::new("test");
        plan.changes = changes;
        let target = target.to_str().unwrap();
        plan.changes.push(self.scratch.write(target, edited, 0o644));
        plan.judged.push(self.config.clone().into());
        let host = &self.scratch.host;
        let inspect = |staged: &Staged<'_>| judge.inspect(&host.root, staged, &plenty());
        transaction::apply(host, &self.scratch.lock(), &plan, Some(&inspect), &|| false).map(drop)
    }

    /// Has it refuse, and everything as it was.
    fn refused(&self, edited: &str, bundle: &str) -> String {
        let before = self.tree();
        let error = self
            .apply(edited, vec![self.write_bundle(bundle)])
            .unwrap_err();
        assert_eq!(self.tree(), before);
        assert!(matches!(error, Error::LighttpdProgram(_)), "{error}");
        let said = error.to_string();
        assert!(!said.contains(".dhtls"), "{said}");
        said.replace(&self.scratch.folder().display().to_string(), "")
    }

    fn tree(&self) -> Tree {
        self.scratch.tree()
    }
}

/// A pair as a bundle; its key is encrypted when there is a passphrase.
fn bundle(passphrase: Option<&str>) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let mut command = Command::new("openssl");
    command
        .args([
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-days",
            "3",
            "-subj",
            "/CN=localhost",
        ])
        .arg("-keyout")
        .arg(path("key"))
        .arg("-out")
        .arg(path("crt"));
    match passphrase {
        Some(passphrase) => command.arg("-passout").arg(format!("pass:{passphrase}")),
        None => command.arg("-nodes"),
    };
    assert!(command.output().unwrap().status.success());
    let read = |name| fs::read_to_string(path(name)).unwrap();
    read("key") + &read("crt")
}

#[test]
fn the_packages_program_is_found_and_tells_its_release() {
    let version = lighttpd().version(&plenty()).unwrap();
    assert!(version >= LighttpdVersion::parse("lighttpd/1.4.54").unwrap());
}

#[test]
fn a_program_that_others_could_replace_is_not_run() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("lighttpd");
    fs::write(&program, "#!/bin/sh\n").unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o777)).unwrap();
    let error = Lighttpd::find(Some(&program), None).unwrap_err();
    let not_trusted = LighttpdProgramError::NotTrusted {
        program: program.clone(),
    };
    assert!(matches!(error, Error::LighttpdProgram(error) if error == not_trusted));
    let start = [
        program.display().to_string(),
        "-f".to_owned(),
        "/x".to_owned(),
    ];
    let found = Lighttpd::find(None, Some(&start)).unwrap().unwrap();
    assert_ne!(found.program, program);

    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let found = Lighttpd::find(None, Some(&start)).unwrap().unwrap();
    assert_eq!(found.program, program);
    let missing = PathBuf::from("/no/such/lighttpd");
    assert!(Lighttpd::find(Some(&missing), None).unwrap().is_none());
    let said = found.version(&plenty()).unwrap_err().to_string();
    assert!(
        said.ends_with("-v does not answer like a lighttpd: exit status: 0"),
        "{said}"
    );
}

#[test]
fn an_edit_that_changes_what_it_should_is_carried_out() {
    let server = Server::with("");
    let edited = server.edited();
    server
        .apply(&edited, vec![server.write_bundle(&bundle(None))])
        .unwrap();
    assert_eq!(server.text(), edited);
    let names = fs::read_dir(server.config().parent().unwrap()).unwrap();
    assert_eq!(names.count(), 2, "nothing but the two files is left");
}

#[test]
fn a_stray_brace_that_the_check_lets_pass_is_found_by_what_it_moves() {
    let server = Server::with("$HTTP[\"host\"] == \"a\" {\n  server.name = \"a\"\n}");
    let stray = server.text().replace("{\n  server", "{ }\n  server");
    let copy = server.config().with_file_name("stray.conf");
    fs::write(&copy, &stray).unwrap();
    // From 1.4.69 on it passes; before, it is refused.
    let passes = lighttpd().check(&copy, &plenty()).unwrap().is_ok();
    fs::remove_file(&copy).unwrap();
    let edited = server.edited().replace("{\n  server", "{ }\n  server");
    let said = server.refused(&edited, &bundle(None));
    let found = "otherwise than wanted: server.name is new, \
         server.name (in $HTTP[\"host\"] == \"a\") is lost";
    assert!(!passes || said.ends_with(found), "{said}");
}

#[test]
fn a_brace_that_moves_a_key_under_a_condition_is_found() {
    let server =
        Server::with("$HTTP[\"host\"] == \"a\" {\n  server.name = \"a\"\n}\nserver.tag = \"x\"");
    let edited = server.edited().replace(
        "\"a\"\n}\nserver.tag = \"x\"",
        "\"a\"\nserver.tag = \"x\"\n}",
    );
    assert_eq!(
        server.refused(&edited, &bundle(None)),
        "lighttpd would understand more of /etc/lighttpd/cus.conf otherwise than wanted: \
         server.tag is lost, server.tag (in $HTTP[\"host\"] == \"a\") is new"
    );
}

#[test]
fn a_lost_comma_that_drops_a_module_is_found() {
    let server = Server::with("");
    let edited = server.edited().replace("\"mod_access\",", "\"mod_access\"");
    let said = server.refused(&edited, &bundle(None));
    // 1.4.74 and later refuse the file itself.
    assert!(
        said.ends_with("otherwise than wanted: server.modules loses mod_alias")
            || said.contains("does not accept the edited"),
        "{said}"
    );
}

#[test]
fn a_foreign_key_that_changes_appears_or_goes_is_found() {
    let server = Server::with("server.tag = \"x\"\nserver.max-fds = 100");
    let edited = server
        .edited()
        .replace("\"x\"", "\"y\"")
        .replace("server.max-fds", "server.max-worker");
    let said = server.refused(&edited, &bundle(None));
    for part in [
        "server.tag changes",
        "server.max-fds is lost",
        "server.max-worker is new",
    ] {
        assert!(said.contains(part), "{said}");
    }
}

#[test]
fn a_wanted_key_that_an_include_overrides_is_found() {
    let server = Server::with("");
    let edited = server.edited() + "server.port := 18080\n";
    let said = server.refused(&edited, &bundle(None));
    assert!(
        said.ends_with("server.port does not get its new value"),
        "{said}"
    );
}

#[test]
fn lighttpds_reason_names_the_real_files() {
    let server = Server::with("");
    let edited = server.edited();
    let broken = server.refused(&edited, "no bundle at all\n");
    assert!(
        broken.starts_with(
            "lighttpd does not accept the edited /etc/lighttpd/cus.conf: (mod_openssl.c."
        ) && broken.contains("/etc/ssl/private/lighttpd.pem"),
        "{broken}"
    );
    let grammar = server.refused(&format!("{edited}server.tag = \"\n"), &bundle(None));
    assert!(
        grammar.contains("source: /etc/lighttpd/cus.conf line: "),
        "{grammar}"
    );
    let missing = format!("{edited}ssl.ca-file = \"/no/such.pem\"\n");
    let missing = server.refused(&missing, &bundle(None));
    assert!(
        missing.contains("No such file or directory /no/such.pem"),
        "{missing}"
    );
}

#[test]
fn an_encrypted_key_is_refused_without_waiting_for_a_passphrase() {
    let server = Server::with("");
    let start = Instant::now();
    let said = server.refused(&server.edited(), &bundle(Some("secret")));
    assert!(said.contains("couldn't read private key"), "{said}");
    assert!(!said.contains("Enter PEM pass phrase"), "{said}");
    assert!(start.elapsed() < Duration::from_secs(30));
}

#[test]
fn a_configuration_that_is_refused_already_is_not_blamed_on_the_edit() {
    let server = Server::with("server.tag = ");
    let said = server.refused(&server.edited(), &bundle(None));
    assert!(
        said.starts_with("lighttpd does not accept /etc/lighttpd/cus.conf as it is now: ")
            && said.contains("source: /etc/lighttpd/cus.conf line: "),
        "{said}"
    );
}

#[test]
fn a_module_that_was_missing_already_is_not_blamed_on_the_edit() {
    let server = Server::with("server.modules += ( \"mod_none_of_these\" )");
    let said = server.refused(&server.edited(), &bundle(None));
    assert!(
        said.starts_with("lighttpd does not accept /etc/lighttpd/cus.conf as it is now: ")
            && said.contains("mod_none_of_these"),
        "{said}"
    );
}

#[test]
fn a_family_of_keys_may_change_under_conditions_too() {
    let server = Server::with("");
    let printed = |text: &str| {
        fs::write(&server.config, text).unwrap();
        lighttpd()
            .printed(server.config(), &plenty())
            .unwrap()
            .unwrap()
    };
    let old = server.text();
    let before = printed(&old);
    let after = printed(&format!(
        "{old}$HTTP[\"url\"] =~ \"^/x\" {{ auth.cache = () }}\n"
    ));
    let mut wanted = Wanted::default();
    assert_eq!(differences(&before, &after, &wanted).len(), 1);
    wanted.families.push("auth.".to_owned());
    assert_eq!(differences(&before, &after, &wanted), Vec::<String>::new());
}
