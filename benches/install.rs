//! `cargo bench --bench install`: a whole `dhtls install-webapi` without restart beside `openssl pkcs12
//! -export` alone, with the same pair, algorithms and iterations. Machines are noisy, so both run in
//! turns within one run, and only ratios count.

#[path = "support/mod.rs"]
mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use support::{Costs, Result, openssl, print_line, verdict};

/// Enough for a stable median on a busy machine.
const ROUNDS: usize = 40;

/// What the project promises: docs/architecture.md.
const CPU_LIMIT: f64 = 3.0;
const WALL_LIMIT: f64 = 2.0;
const MEMORY_LIMIT_MB: f64 = 15.0;

fn main() -> Result<()> {
    support::watch_if_asked()?;
    let folder = tempfile::tempdir()?;
    let server = Server::build(folder.path())?;
    let mut all_hold = true;
    for profile in ["modern", "java8"] {
        all_hold &= compare(&server, profile)?;
    }
    match all_hold {
        true => Ok(()),
        false => Err("a promise does not hold".into()),
    }
}

fn compare(server: &Server, profile: &str) -> Result<bool> {
    let (ours, theirs) = ("dhtls install-webapi", "openssl pkcs12 -export");
    let mut costs = Costs::default();
    for round in 0..ROUNDS + 2 {
        let pair = round % 2;
        let turn = [
            (ours, server.install(pair, profile)),
            (theirs, server.export(pair, profile)),
        ];
        for (name, command) in turn {
            let ran = support::run(&command)?;
            // Every round must really change something.
            if ran.exit != 0 {
                return Err(format!("{name} ends with {}", ran.exit).into());
            }
            // The first two rounds warm caches and switch the keystore to this profile.
            if round >= 2 {
                costs.add(name, ran.cost);
            }
        }
    }
    print_line(profile);
    for name in [theirs, ours] {
        print_line(&format!(
            "  {name}: {:.1} ms CPU, {:.1} ms wall, at best {:.1}, {:.1} MB",
            costs.cpu(name) * 1e3,
            costs.wall(name) * 1e3,
            costs.least_wall(name) * 1e3,
            costs.peak_mb(name)
        ));
    }
    let holds = [
        verdict(
            "CPU ratio",
            costs.cpu(ours) / costs.cpu(theirs),
            CPU_LIMIT,
            "",
        ),
        verdict(
            "wall ratio",
            costs.least_wall(ours) / costs.least_wall(theirs),
            WALL_LIMIT,
            "",
        ),
        verdict("memory", costs.peak_mb(ours), MEMORY_LIMIT_MB, " MB"),
    ];
    Ok(holds.iter().all(|holds| *holds))
}

/// A stand-in server with two RSA pairs of one authority, so that every round installs another leaf.
struct Server {
    folder: PathBuf,
}

impl Server {
    fn build(folder: &Path) -> Result<Self> {
        let server = Self {
            folder: folder.to_owned(),
        };
        let root = folder.join("root");
        for below in [
            "etc/sysconfig/illumon.d/auth",
            "etc/sysconfig/illumon.d/resources",
            "db/TempFiles/irisadmin",
        ] {
            fs::create_dir_all(root.join(below))?;
        }
        fs::write(
            root.join("etc/sysconfig/illumon.d/resources/iris-common.prop"),
            "# common settings\nRemoteQueryDispatcher.memory=8192\n",
        )?;
        fs::write(
            root.join("db/TempFiles/irisadmin/.webapi_passphrase"),
            "YmVuY2htYXJrLXBhc3NwaHJhc2U=\n",
        )?;
        fs::write(folder.join("passphrase"), "benchmark-passphrase\n")?;
        let user = nix::unistd::User::from_uid(nix::unistd::geteuid())?.ok_or("no user")?;
        let group = nix::unistd::Group::from_gid(nix::unistd::getegid())?.ok_or("no group")?;
        fs::write(
            root.join("etc/dhtls.toml"),
            format!(
                "[webapi]\nowner = \"{}\"\ngroup = \"{}\"\n",
                user.name, group.name
            ),
        )?;
        server.make_authority()?;
        for pair in 0..2 {
            server.make_pair(pair)?;
        }
        Ok(server)
    }

    fn make_authority(&self) -> Result<()> {
        openssl(
            &self.folder,
            &[
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-keyout",
                "ca.key",
                "-out",
                "ca.crt",
                "-days",
                "30",
                "-subj",
                "/CN=Benchmark CA",
                "-addext",
                "keyUsage=critical,keyCertSign,cRLSign",
            ],
        )
    }

    fn make_pair(&self, pair: usize) -> Result<()> {
        let (key, request, crt) = (
            format!("{pair}.key"),
            format!("{pair}.csr"),
            format!("{pair}.crt"),
        );
        fs::write(
            self.folder.join("leaf.cnf"),
            "subjectAltName=DNS:bench.example.com\nkeyUsage=critical,digitalSignature,keyEncipherment\n\
             extendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n",
        )?;
        openssl(
            &self.folder,
            &[
                "req",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-keyout",
                &key,
                "-out",
                &request,
                "-subj",
                "/CN=bench.example.com",
            ],
        )?;
        openssl(
            &self.folder,
            &[
                "x509",
                "-req",
                "-in",
                &request,
                "-CA",
                "ca.crt",
                "-CAkey",
                "ca.key",
                "-CAcreateserial",
                "-days",
                "20",
                "-extfile",
                "leaf.cnf",
                "-out",
                &crt,
            ],
        )
    }

    fn install(&self, pair: usize, profile: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dhtls"));
        command.current_dir(&self.folder).args([
            "--root",
            "root",
            "install-webapi",
            "--ca",
            "ca.crt",
        ]);
        command.args([
            "--profile",
            profile,
            "--crt",
            &format!("{pair}.crt"),
            "--key",
            &format!("{pair}.key"),
        ]);
        command
    }

    fn export(&self, pair: usize, profile: &str) -> Command {
        let mut command = Command::new("openssl");
        command
            .current_dir(&self.folder)
            .args(["pkcs12", "-export", "-name", "webapi", "-iter", "10000"]);
        command.args([
            "-in",
            &format!("{pair}.crt"),
            "-inkey",
            &format!("{pair}.key"),
        ]);
        command.args(["-out", "exported.p12", "-passout", "file:passphrase"]);
        if profile == "java8" {
            command.args([
                "-keypbe",
                "PBE-SHA1-3DES",
                "-certpbe",
                "PBE-SHA1-3DES",
                "-macalg",
                "sha1",
            ]);
        }
        command
    }
}
