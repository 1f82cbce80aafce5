//! `cargo bench --bench install`: a whole `dhtls install-webapi` without restart beside `openssl pkcs12
//! -export` alone, with the same pair, algorithms and iterations. Machines are noisy, so both run in
//! turns within one run, and only ratios count.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::resource::{Usage, UsageWho, getrusage};
use nix::sys::time::TimeValLike;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Enough for a stable median on a busy machine.
const ROUNDS: usize = 40;

/// What the project promises: docs/architecture.md.
const CPU_LIMIT: f64 = 3.0;
const WALL_LIMIT: f64 = 2.0;
const MEMORY_LIMIT_KB: i64 = 15 * 1024;

struct Cost {
    cpu: Duration,
    wall: Duration,
}

fn main() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let server = Server::build(folder.path())?;
    for profile in ["modern", "java8"] {
        compare(&server, profile)?;
    }
    // The largest child so far; openssl and the JVM-free setup are smaller or were waited for before.
    let peak = getrusage(UsageWho::RUSAGE_CHILDREN)?.max_rss();
    print_line(&format!(
        "peak memory of any child: {peak} kB (limit {MEMORY_LIMIT_KB} kB for dhtls)"
    ));
    Ok(())
}

fn compare(server: &Server, profile: &str) -> Result<()> {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS + 2 {
        let pair = round % 2;
        let install = cost(&mut server.install(pair, profile))?;
        let export = cost(&mut server.export(pair, profile))?;
        // The first two rounds warm caches and switch the keystore to this profile.
        if round >= 2 {
            ours.push(install);
            theirs.push(export);
        }
    }
    let cpu = median(&ours, |c| c.cpu) / median(&theirs, |c| c.cpu);
    let wall = median(&ours, |c| c.wall) / median(&theirs, |c| c.wall);
    print_line(&format!(
        "{profile}: openssl pkcs12 -export {:.1} ms CPU, {:.1} ms wall; dhtls install-webapi {:.1} ms \
         CPU, {:.1} ms wall",
        median(&theirs, |c| c.cpu) * 1e3,
        median(&theirs, |c| c.wall) * 1e3,
        median(&ours, |c| c.cpu) * 1e3,
        median(&ours, |c| c.wall) * 1e3
    ));
    print_line(&format!(
        "{profile}: CPU ratio {cpu:.2} (limit {CPU_LIMIT}), wall ratio {wall:.2} (limit {WALL_LIMIT})"
    ));
    Ok(())
}

/// Runs a child to its end; every round must really change something.
fn cost(command: &mut Command) -> Result<Cost> {
    let before = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let start = Instant::now();
    let output = command.stdin(Stdio::null()).output()?;
    let wall = start.elapsed();
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    let after = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let cpu = microseconds(&after) - microseconds(&before);
    Ok(Cost {
        cpu: Duration::from_micros(cpu),
        wall,
    })
}

fn microseconds(usage: &Usage) -> u64 {
    (usage.user_time().num_microseconds() + usage.system_time().num_microseconds()).unsigned_abs()
}

fn median(costs: &[Cost], of: impl Fn(&Cost) -> Duration) -> f64 {
    let mut values: Vec<Duration> = costs.iter().map(of).collect();
    values.sort();
    values
        .get(values.len() / 2)
        .map_or(0.0, Duration::as_secs_f64)
}

#[expect(clippy::print_stdout, reason = "a benchmark reports on stdout")]
fn print_line(text: &str) {
    println!("{text}");
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
        self.openssl(&[
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
        ])
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
        self.openssl(&[
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
        ])?;
        self.openssl(&[
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
        ])
    }

    fn openssl(&self, args: &[&str]) -> Result<()> {
        let output = Command::new("openssl")
            .args(args)
            .current_dir(&self.folder)
            .output()?;
        if output.status.success() {
            return Ok(());
        }
        Err(String::from_utf8_lossy(&output.stderr).into_owned().into())
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
