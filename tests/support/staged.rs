//! The files of a server below `--root`: nothing runs, and no rights are needed.

use std::fs;
use std::path::{Path, PathBuf};

use super::authority::{Authority, Pair};
use super::live::{HOST, Run, bare_command};
use super::program::{self, output, run};
use super::scratch::{Scratch, Tree};
use super::transcript::dhtls;
use super::webapi::{KEYSTORE, PASSPHRASE, PASSPHRASE_FILE, PROPERTIES, encoded_passphrase};

/// A passphrase file and an empty property file, in the runbook's places; no keystore yet. The
/// passphrase for other programs is in `passphrase`, the authority's root in `ca.crt`.
pub(crate) struct Staged {
    pub(crate) scratch: Scratch,
    pub(crate) authority: Authority,
}

impl Staged {
    pub(crate) fn new() -> Self {
        let scratch = Scratch::new();
        let authority = Authority::new();
        scratch.write_mode(PASSPHRASE_FILE, encoded_passphrase(), 0o440);
        scratch.write_mode("passphrase", PASSPHRASE, 0o600);
        scratch.write(PROPERTIES, "");
        scratch.write("ca.crt", authority.root());
        let name = |flag| run("id", &[flag]).trim().to_owned();
        let settings = format!(
            "[webapi]\nowner = {:?}\ngroup = {:?}\n",
            name("-un"),
            name("-gn")
        );
        scratch.write("etc/dhtls.toml", settings);
        let staged = Self { scratch, authority };
        staged.remove_keystore();
        staged
    }

    /// A fresh P-256 pair, in `/NAME.crt` and `/NAME.key`.
    pub(crate) fn pair(&self, name: &str) -> Pair {
        self.authority.pair_in(&self.scratch, name, HOST)
    }

    /// `install-webapi` with arguments without blanks; their paths are below the root.
    pub(crate) fn install(&self, arguments: &str) -> Run {
        self.dhtls(&format!("install-webapi --ca /ca.crt {arguments}"))
    }

    pub(crate) fn dhtls(&self, arguments: &str) -> Run {
        let mut command = bare_command(&dhtls(), &self.scratch);
        command
            .arg("--root")
            .arg(self.scratch.folder())
            .args(arguments.split_whitespace());
        Run::of(command.output().unwrap(), &self.scratch)
    }

    pub(crate) fn keystore(&self) -> PathBuf {
        self.scratch.path(KEYSTORE)
    }

    /// Leaves no keystore and no original, but their folder.
    pub(crate) fn remove_keystore(&self) {
        for name in [KEYSTORE.to_owned(), format!("{KEYSTORE}.ORG")] {
            let _ = fs::remove_file(self.scratch.path(&name));
        }
        fs::create_dir_all(self.keystore().parent().unwrap()).unwrap();
    }

    /// Content, mode, owner, inode and time of the server's files.
    pub(crate) fn touched(&self) -> [Tree; 2] {
        ["etc", "db"].map(|name| self.scratch.touched(name))
    }

    /// A keystore as openssl makes it of this pair; `flags` choose the algorithms.
    pub(crate) fn export(&self, pair: &Pair, to: &Path, flags: &[&str]) {
        let passphrase = format!("file:{}", self.scratch.text("passphrase"));
        let to = to.to_str().unwrap();
        let export = ["pkcs12", "-export", "-passout", &passphrase, "-out", to];
        let input = format!("{}{}{}", pair.key, pair.leaf, pair.intermediate);
        let made = output("openssl", &[&export, flags].concat(), &input);
        assert!(made.status.success(), "{made:?}");
    }

    /// Openssl finds exactly leaf and intermediate of this pair, and its key, under this alias.
    #[track_caller]
    pub(crate) fn assert_holds(&self, pair: &Pair, alias: &str) {
        let passphrase = format!("file:{}", self.scratch.text("passphrase"));
        let keystore = self.keystore();
        let read = ["pkcs12", "-passin", &passphrase, "-nodes", "-in"];
        let text = run(
            "openssl",
            &[&read[..], &[keystore.to_str().unwrap()]].concat(),
        );
        let certificates: Vec<String> = text
            .split("-----BEGIN CERTIFICATE-----")
            .skip(1)
            .map(|rest| program::fingerprint(&format!("-----BEGIN CERTIFICATE-----{rest}")))
            .collect();
        let wanted = [
            pair.sha256.clone(),
            program::fingerprint(&pair.intermediate),
        ];
        assert_eq!(certificates, wanted);
        assert_eq!(public_key(&text), public_key(&pair.key));
        assert!(text.contains(&format!("friendlyName: {alias}\n")), "{text}");
    }
}

impl Default for Staged {
    fn default() -> Self {
        Self::new()
    }
}

/// The public half of the private key in a PEM text, taken by openssl.
pub(crate) fn public_key(pem: &str) -> String {
    let found = output("openssl", &["pkey", "-pubout"], pem);
    assert!(found.status.success(), "{found:?}");
    String::from_utf8(found.stdout).unwrap()
}

/// A keystore's algorithms, as openssl names them: `java8` or `modern`.
pub(crate) fn profile(keystore: &Path, passphrase: &Path) -> &'static str {
    let from = format!("file:{}", passphrase.display());
    let info = ["pkcs12", "-info", "-noout", "-passin", &from, "-in"];
    let said = output(
        "openssl",
        &[&info[..], &[keystore.to_str().unwrap()]].concat(),
        "",
    );
    let said = String::from_utf8(said.stderr).unwrap();
    let has = |words: &str, times| said.matches(words).count() == times;
    if has("MAC: sha256", 1) && has("PBES2, PBKDF2, AES-256-CBC", 2) {
        "modern"
    } else if has("MAC: sha1", 1) && has("pbeWithSHA1And3-KeyTripleDES-CBC", 2) {
        "java8"
    } else {
        panic!("{said}");
    }
}
