//! 1,000 PKCS#12 keystores: beside the bare derivations that opening them takes, with path building beside
//! one signature check for each as well, and beside other readers.

use std::fmt;
use std::fs;
use std::thread;

use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkcs12::Pkcs12;
use openssl::pkey::PKey;
use openssl::stack::Stack;
use openssl::x509::X509;
use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::certificates::Authority;
use super::rivals::{CERTTOOL, CHECK_SSL_CERT, OPENSSL, Rival, SSL_CERT_CHECK};
use super::support::{self, Cost, Costs, Result, cost_here, print_line, verdict};

const KEYSTORES: usize = 1_000;
const ROUNDS: usize = 5;

/// OpenSSL's and Java's.
const ITERATIONS: [u32; 2] = [2_048, 10_000];

/// Times the bare derivations.
const LIMIT: f64 = 1.15;

const PASSPHRASE: &str = "benchmark-passphrase";

const RIVALS: [Rival; 4] = [
    Rival {
        name: "openssl pkcs12 | openssl x509",
        program: OPENSSL,
        script: "for f; do openssl pkcs12 -in $f -passin file:passphrase -nokeys -clcerts |
            openssl x509 -noout -checkend 2592000; done",
        sample: 50,
    },
    Rival {
        name: "certtool --p12-info",
        program: CERTTOOL,
        script: "for f; do certtool --p12-info --inder --infile $f --password $(cat passphrase); done",
        sample: 50,
    },
    Rival {
        name: "ssl-cert-check -k",
        program: SSL_CERT_CHECK,
        script: "for f; do ssl-cert-check -b -x 30 -t pkcs12 -k $(cat passphrase) -c $f; done",
        sample: 20,
    },
    Rival {
        name: "check_ssl_cert -f",
        program: CHECK_SSL_CERT,
        script: "for f; do /usr/lib/nagios/plugins/check_ssl_cert -A --ignore-sct \
            -r root.anchor --password file:passphrase -f $PWD/$f; done",
        sample: 3,
    },
];

#[derive(Clone, Copy)]
struct Kind {
    family: Family,
    iterations: u32,
}

#[derive(Clone, Copy)]
enum Family {
    /// AES-256 (PBES2) and a SHA-256 MAC.
    Modern,
    /// 3DES and a SHA-1 MAC.
    Java8,
}

pub(crate) fn measure() -> Result<bool> {
    let mut all_hold = true;
    for family in [Family::Modern, Family::Java8] {
        for iterations in ITERATIONS {
            all_hold &= measure_kind(Kind { family, iterations })?;
        }
    }
    Ok(all_hold)
}

fn measure_kind(kind: Kind) -> Result<bool> {
    let folder = tempfile::tempdir()?;
    let authority = Authority::new()?;
    fs::write(folder.path().join("root.anchor"), &authority.root)?;
    fs::write(folder.path().join("passphrase"), PASSPHRASE)?;
    let names: Vec<String> = (0..KEYSTORES)
        .map(|number| format!("{number:04}.p12"))
        .collect();
    on_all_cores(&names, |number, name| {
        Ok(fs::write(
            folder.path().join(name),
            kind.keystore(&authority, number)?,
        )?)
    })?;
    let leaf = |number| Ok(authority.certificate(number)?.der().to_vec());
    let leaves = (0..KEYSTORES).map(leaf).collect::<Result<Vec<_>>>()?;
    let good = names.first().ok_or("no keystores")?;
    print_line(&format!("  {kind}"));
    let rivals = Rival::ready(&RIVALS, good, folder.path())?;
    let mut costs = Costs::default();
    for _ in 0..ROUNDS {
        costs.add("derivations", kind.derivations(&names)?);
        costs.add("signatures", authority.check_signatures(&leaves)?);
        for (name, arguments) in OURS {
            let mut ours = super::dhtls(&["check", "--ca", "root.anchor", "."]);
            ours.args(["--passphrase-file", "passphrase"])
                .args(arguments);
            let ran = support::run(ours.current_dir(&folder))?;
            if ran.exit != 0 {
                return Err(format!("{name} ends with {}", ran.exit).into());
            }
            costs.add(name, ran.cost);
        }
    }
    for rival in &rivals {
        rival.run(&names, folder.path(), &mut costs)?;
        rival.compare("with path building", KEYSTORES, "keystore", &costs);
    }
    Ok(report(&costs))
}

const OURS: [(&str, &[&str]); 2] = [("--no-trust", &["--no-trust"]), ("with path building", &[])];

fn report(costs: &Costs) -> bool {
    for name in [
        "derivations",
        "signatures",
        "--no-trust",
        "with path building",
    ] {
        print_line(&format!(
            "  {name}: {:.3} s CPU, {:.3} s, {:.1} MB",
            costs.cpu(name),
            costs.wall(name),
            costs.peak_mb(name)
        ));
    }
    let bare = costs.cpu("derivations");
    let ratio = costs.cpu("--no-trust") / bare;
    let is_close = verdict("--no-trust, times the derivations", ratio, LIMIT, "");
    let ratio = costs.cpu("with path building") / (LIMIT * bare + costs.cpu("signatures"));
    is_close & verdict("with path building, times its budget", ratio, 1.0, "")
}

impl Kind {
    fn keystore(self, authority: &Authority, number: usize) -> Result<Vec<u8>> {
        let leaf = X509::from_der(authority.certificate(number)?.der())?;
        let key = PKey::private_key_from_der(authority.key.serialized_der())?;
        let mut chain = Stack::new()?;
        chain.push(X509::from_pem(authority.intermediate.as_bytes())?)?;
        let (cipher, digest) = match self.family {
            Family::Modern => (Nid::AES_256_CBC, MessageDigest::sha256()),
            Family::Java8 => (
                Nid::PBE_WITHSHA1AND3_KEY_TRIPLEDES_CBC,
                MessageDigest::sha1(),
            ),
        };
        let mut builder = Pkcs12::builder();
        builder.name("webapi").pkey(&key).cert(&leaf).ca(chain);
        builder
            .key_algorithm(cipher)
            .cert_algorithm(cipher)
            .mac_md(digest);
        builder.key_iter(self.iterations).mac_iter(self.iterations);
        Ok(builder.build2(PASSPHRASE)?.to_der()?)
    }

    /// What nobody can do without: the MAC's key, then one for the key and one for the certificates.
    fn derivations(self, names: &[String]) -> Result<Cost> {
        let derive = |salt: &[u8]| match self.family {
            Family::Modern => {
                pkcs12_derivation::<Sha256>(salt, self.iterations, 1);
                for _ in 0..2 {
                    let (passphrase, mut key) = (PASSPHRASE.as_bytes(), [0; 32]);
                    pbkdf2::pbkdf2_hmac::<Sha256>(passphrase, salt, self.iterations, &mut key);
                    std::hint::black_box(key);
                }
            }
            // 20 bytes at a time: one for the MAC; two for a key of 24 bytes, one for the vector.
            Family::Java8 => pkcs12_derivation::<Sha1>(salt, self.iterations, 1 + 2 * 3),
        };
        cost_here(|| {
            on_all_cores(names, |_, name| {
                derive(name.as_bytes());
                Ok(())
            })
        })
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let family = match self.family {
            Family::Modern => "AES-256, SHA-256 MAC",
            Family::Java8 => "3DES, SHA-1 MAC",
        };
        write!(f, "{family}, {} iterations", self.iterations)
    }
}

/// RFC 7292, B.2: each block of output is a hash, hashed again and again.
fn pkcs12_derivation<D: Digest>(salt: &[u8], iterations: u32, blocks: usize) {
    for _ in 0..blocks {
        let mut hash = D::digest(salt);
        for _ in 1..iterations {
            hash = D::digest(&hash);
        }
        std::hint::black_box(hash);
    }
}

/// As dhtls does; cores that share a unit are slower together.
fn on_all_cores(names: &[String], work: impl Fn(usize, &str) -> Result<()> + Sync) -> Result<()> {
    let share = names.len().div_ceil(thread::available_parallelism()?.get());
    let work = |first: usize, names: &[String]| {
        let mut numbered = (first..).zip(names);
        numbered
            .try_for_each(|(number, name)| work(number, name).map_err(|error| error.to_string()))
    };
    thread::scope(|scope| {
        let shares = names.chunks(share).enumerate();
        let workers: Vec<_> = shares
            .map(|(place, names)| scope.spawn(move || work(place * share, names)))
            .collect();
        workers
            .into_iter()
            .try_for_each(|worker| match worker.join() {
                Ok(done) => Ok(done?),
                Err(_) => Err("a thread has died".into()),
            })
    })
}
