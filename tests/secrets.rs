//! Passphrase and key stay where they belong: in no output, no file for others, no child's arguments.
#![allow(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

mod support;

use std::fs;

use support::authority::Pair;
use support::program::{output, run};
use support::secrets::Secrets;
use support::staged::Staged;
use support::webapi::{KEYSTORE, PASSPHRASE, PASSPHRASE_FILE, SERVICE_FILE};

/// How loud a run may be.
const VOLUMES: [&str; 4] = ["-vv", "-q", "--format json", "--dry-run -v"];

const NEW: &str = "--crt /new.crt --key /new.key";

struct Sweep {
    staged: Staged,
    new: Pair,
    secrets: Secrets,
}

impl Sweep {
    fn new() -> Self {
        let staged = Staged::new();
        let (old, new) = (staged.pair("old"), staged.pair("new"));
        let secrets = Secrets::of(&[&old, &new]);
        staged.export(&old, &staged.keystore(), &["-name", "webapi"]);
        Self {
            staged,
            new,
            secrets,
        }
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        self.staged.scratch.write_mode(name, bytes, 0o600);
    }

    /// Runs at every volume; the exit codes have to be `code`, and nothing may leak.
    #[track_caller]
    fn run(&self, code: i32, line: &str) {
        for volume in VOLUMES {
            let line = format!("{volume} {line}");
            let run = self.staged.dhtls(&line).exits(code);
            self.secrets.assert_absent(&run.stdout, &line);
            self.secrets.assert_absent(&run.stderr, &line);
        }
    }

    #[track_caller]
    fn install(&self, code: i32, arguments: &str) {
        self.run(code, &format!("install-webapi --ca /ca.crt {arguments}"));
    }

    /// The new key in `/made`, encrypted with the passphrase of the stand-in.
    fn encrypt_key(&self) {
        let passphrase = format!("file:{}", self.staged.scratch.text("passphrase"));
        let (from, to) = (
            self.staged.scratch.text("new.key"),
            self.staged.scratch.text("made"),
        );
        run(
            "openssl",
            &[
                "pkcs8",
                "-topk8",
                "-in",
                &from,
                "-passout",
                &passphrase,
                "-out",
                &to,
            ],
        );
        support::scratch::set_mode(&self.staged.scratch.path("made"), 0o600);
    }

    fn check_files(&self) {
        let looked_at = self
            .secrets
            .assert_absent_for_others(self.staged.scratch.folder());
        assert!(looked_at > 3, "{looked_at}");
    }
}

#[test]
fn the_search_finds_what_leaks() {
    let sweep = Sweep::new();
    let key = sweep.staged.scratch.read("new.key");
    let encoded = sweep.staged.scratch.read(PASSPHRASE_FILE);
    let der = output("openssl", &["pkey", "-outform", "DER"], &sweep.new.key).stdout;
    for leak in [key, encoded, der, format!("x{PASSPHRASE}y").into_bytes()] {
        assert!(sweep.secrets.found_in(&leak).is_some());
    }
    sweep.staged.scratch.write("for/others", PASSPHRASE);
    let check = std::panic::AssertUnwindSafe(|| sweep.check_files());
    assert!(std::panic::catch_unwind(check).is_err());
}

#[test]
fn no_command_that_works_says_a_secret() {
    let sweep = Sweep::new();
    for step in [
        format!("install-webapi --ca /ca.crt {NEW}"),
        "rollback".to_owned(),
        "history".to_owned(),
    ] {
        sweep.run(0, &step);
    }
    sweep.encrypt_key();
    sweep.install(
        0,
        "--crt /new.crt --key /made --passphrase-file /passphrase",
    );
    sweep
        .staged
        .export(&sweep.new, &sweep.staged.scratch.path("made"), &[]);
    sweep.install(0, "--pfx /made --passphrase-file /passphrase");
    // Open to others, which is a warning.
    let open = sweep
        .staged
        .scratch
        .write_mode("open", &sweep.new.key, 0o644);
    sweep.install(0, "--crt /new.crt --key /open --alias other");
    fs::remove_file(open).unwrap();
    sweep.check_files();
}

#[test]
fn no_error_about_a_key_or_a_pfx_says_a_secret() {
    let sweep = Sweep::new();
    let key = sweep.new.key.clone();
    sweep.write("half", &key[..key.len() / 2]);
    sweep.write("altered", key.replacen('M', "!", 1));
    let made = sweep.staged.scratch.path("made");
    sweep
        .staged
        .export(&sweep.new, &made, &["-name", PASSPHRASE]);
    for (code, arguments) in [
        (1, "--crt /new.crt --key /half"),
        (1, "--crt /new.crt --key /altered"),
        (1, "--crt /new.key --key /new.key"),
        (1, "--crt /new.crt --key /old.key"),
        (1, "--crt /new.crt --key /new.crt"),
        (1, "--crt /new.crt --key /new.key --chain /new.key"),
        (1, "--crt /new.crt --key /new.key --ca /old.key"),
        (1, "--pfx /new.key"),
        (1, "--pfx /made"),
        (1, "--pfx /made --passphrase-file /new.key"),
        (1, "--crt /new.crt --key /new.key --host other.example.com"),
        (1, "--crt /new.crt --key /new.key --config /new.key"),
    ] {
        sweep.install(code, arguments);
    }
    sweep.encrypt_key();
    sweep.install(1, "--crt /new.crt --key /made");
    sweep.install(1, "--crt /new.crt --key /made --passphrase-file /new.key");
    sweep.check_files();
}

#[test]
fn no_error_about_the_servers_files_says_a_secret() {
    let sweep = Sweep::new();
    let mut raw = PASSPHRASE.as_bytes().to_vec();
    raw.push(7);
    let encoded = output("base64", &[] as &[&str], std::str::from_utf8(&raw).unwrap()).stdout;
    sweep.write("control", encoded);
    for name in ["passphrase", "control", "new.key", "nowhere"] {
        sweep.install(1, &format!("{NEW} --webapi-passphrase /{name}"));
    }
    sweep.install(1, &format!("{NEW} --keystore /nowhere/keystore.p12"));
    let whole = sweep.staged.scratch.read(KEYSTORE);
    sweep.write(KEYSTORE, &whole[..whole.len() / 2]);
    sweep.install(1, NEW);
    sweep.staged.export(
        &sweep.new,
        &sweep.staged.keystore(),
        &["-passout", "pass:another"],
    );
    sweep.install(1, NEW);
    sweep.write(KEYSTORE, &sweep.new.key);
    sweep.install(1, NEW);
    sweep.write(KEYSTORE, whole);
    // Someone saved the key in the wrong window.
    sweep.write(SERVICE_FILE, &sweep.new.key);
    sweep.install(1, &format!("{NEW} --restart"));
    sweep.check_files();
}
