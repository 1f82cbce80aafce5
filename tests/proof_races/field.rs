//! Where the race is run: a keystore in a folder that the attacker owns, and a victim that he cannot touch.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};

use nix::fcntl::{AT_FDCWD, RenameFlags, renameat2};

use crate::attack::{ATTACKER, Attack, Exchange};
use crate::support::authority::Authority;
use crate::support::scratch::set_mode;
use crate::support::{program, stand_in};

pub(crate) const TARGET: &str = "webServices-keystore.p12";
pub(crate) const BAIT: &str = "bait";
/// Where a new file is made by who gives no thought to it.
pub(crate) const GUESSED: &str = ".webServices-keystore.p12.new.dhtls";
const HOST: &str = "deephaven.example.com";
const SECRET: &str = "the victim's own bytes";

pub(crate) struct Field(pub(crate) PathBuf);

impl Field {
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// A server whose keystore was replaced twice, so that `dhtls rollback` goes back and forth between two.
    pub(crate) fn lay_out(&self, attack: Attack) {
        for folder in [
            "etc/props",
            "etc/monit",
            "srv/deep/auth",
            "loot",
            "victim/auth",
            "template",
        ] {
            fs::create_dir_all(self.path(folder)).unwrap();
        }
        set_mode(&self.0, 0o755);
        set_mode(&self.path("victim"), 0o700);
        let authority = Authority::new();
        fs::write(self.path("etc/ca.crt"), authority.root()).unwrap();
        let state = self.state(attack);
        let path = |name: &str| format!("{:?}", self.path(name));
        let settings = format!(
            "[webapi]\nkeystore = {}\npassphrase_file = {}\nowner = \"root\"\ngroup = \"root\"\n\
             [properties]\nfolder = {}\n[monit]\nfolder = {}\n[state]\nfolder = {state:?}\nkeep = 2\n",
            path(&format!("srv/deep/auth/{TARGET}")),
            path("etc/passphrase"),
            path("etc/props"),
            path("etc/monit"),
        );
        fs::write(self.path("etc/dhtls.toml"), settings).unwrap();
        let encoded = program::output("base64", &[] as &[&str], stand_in::PASSPHRASE).stdout;
        fs::write(self.path("etc/passphrase"), encoded).unwrap();
        set_mode(&self.path("etc/passphrase"), 0o400);
        fs::write(
            self.path("etc/props/iris-common.prop"),
            "Webapi.server.port=8123\n",
        )
        .unwrap();
        for _ in 0..2 {
            let pair = authority.pair(&[HOST]);
            fs::write(self.path("etc/tls.crt"), pair.bundle()).unwrap();
            fs::write(self.path("etc/tls.key"), &pair.key).unwrap();
            set_mode(&self.path("etc/tls.key"), 0o600);
            self.install();
        }
        copy(&state, &self.path("template/state"));
        copy(&self.path("srv/deep/auth"), &self.path("template/auth"));
        for folder in ["srv", "srv/deep", "srv/deep/auth", "loot"] {
            chown(self.path(folder), Some(ATTACKER), Some(ATTACKER)).unwrap();
        }
        attack.prepare(self);
        self.reset(attack);
    }

    fn install(&self) {
        let path = |name: &str| self.path(name).display().to_string();
        let flags = [
            "--config",
            &path("etc/dhtls.toml"),
            "--no-restart",
            "-q",
            "install-webapi",
        ];
        let pair = [
            "--crt",
            &path("etc/tls.crt"),
            "--key",
            &path("etc/tls.key"),
            "--ca",
            &path("etc/ca.crt"),
        ];
        program::run(
            crate::support::transcript::dhtls(),
            &[&flags[..], &pair].concat(),
        );
    }

    /// Where an attack on the state can reach it, or where nobody can.
    fn state(&self, attack: Attack) -> PathBuf {
        self.path(match attack {
            Attack::LinkedState | Attack::PlantedState => "srv/state",
            _ => "etc/state",
        })
    }

    /// Everything as before the first attempt. The folders stay: the attacker has them open.
    pub(crate) fn reset(&self, attack: Attack) {
        self.straighten(attack);
        if let Some(Exchange { folder, .. }) = attack.exchange() {
            remove(&self.path(folder).join(BAIT));
        }
        for folder in ["victim", "srv/deep/auth", "loot"] {
            empty(&self.path(folder));
        }
        fs::create_dir(self.path("victim/auth")).unwrap();
        fs::create_dir(self.path("victim/deep")).ok();
        for name in ["victim", "victim/auth"] {
            let file = self.path(name).join(TARGET);
            fs::write(&file, SECRET).unwrap();
            set_mode(&file, 0o600);
        }
        copy(&self.path("template/auth"), &self.path("srv/deep/auth"));
        for path in names(&self.path("srv/deep/auth")) {
            // The folder may pass on a list that names the attacker.
            let _ = xattr::remove(&path, "system.posix_acl_access");
            set_mode(&path, 0o440);
        }
        remove(&self.state(attack));
        copy(&self.path("template/state"), &self.state(attack));
        attack.lay(self);
    }

    /// Whatever the last exchange has left, the names are the right way round.
    pub(crate) fn straighten(&self, attack: Attack) {
        let Some(Exchange {
            folder,
            names: [name, bait],
        }) = attack.exchange()
        else {
            return;
        };
        let (name, bait) = (self.path(folder).join(name), self.path(folder).join(bait));
        let right = |path: &Path| {
            fs::symlink_metadata(path).is_ok_and(|found| match attack {
                // The attacker's own has the same kind.
                Attack::PlantedState | Attack::Swap => found.uid() == 0,
                Attack::LinkedFolder | Attack::LinkedGrandparent | Attack::LinkedState => {
                    found.is_dir()
                }
                _ => found.is_file() && found.nlink() == 1,
            })
        };
        if !right(&name) && right(&bait) {
            let exchange = RenameFlags::RENAME_EXCHANGE;
            renameat2(AT_FDCWD, &name, AT_FDCWD, &bait, exchange).unwrap();
        }
    }
}

/// What is in a folder, sorted.
pub(crate) fn names(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<_> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

fn empty(folder: &Path) {
    names(folder).iter().for_each(|path| remove(path));
}

fn remove(path: &Path) {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(path).unwrap(),
        Ok(_) => fs::remove_file(path).unwrap(),
        Err(_) => {}
    }
}

/// Files and folders with their modes.
fn copy(from: &Path, to: &Path) {
    if !to.is_dir() {
        fs::create_dir(to).unwrap();
        fs::set_permissions(to, fs::metadata(from).unwrap().permissions()).unwrap();
    }
    for path in names(from) {
        let name = to.join(path.file_name().unwrap());
        match path.is_dir() {
            true => copy(&path, &name),
            false => drop(fs::copy(&path, &name).unwrap()),
        }
    }
}
