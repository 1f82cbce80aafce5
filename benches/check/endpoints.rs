//! 1,000 servers on loopback that shake hands, beside other clients; then ten that accept and stay silent.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection};
use x509_parser::pem::parse_x509_pem;

use super::certificates::Authority;
use super::rivals::{CHECK_HTTP, CHECK_SSL_CERT, OPENSSL, Rival, SSL_CERT_CHECK, SSLX};
use super::support::{self, Costs, Result, print_line, verdict};

const ENDPOINTS: usize = 1_000;
const HUNG: usize = 10;
const ROUNDS: usize = 7;

/// CPU seconds of the client.
const LIMIT: f64 = 0.8;

const DEADLINE: f64 = 4.0;

/// How much later than its deadline a run may end on a busy machine.
const GRACE: f64 = 0.5;

const RIVALS: [Rival; 5] = [
    Rival {
        name: "openssl s_client | openssl x509",
        program: OPENSSL,
        script: "for e; do openssl s_client -connect $e </dev/null |
            openssl x509 -noout -checkend 2592000; done",
        sample: 100,
    },
    Rival {
        name: "check_http -C",
        program: CHECK_HTTP,
        script: "for e; do /usr/lib/nagios/plugins/check_http -I 127.0.0.1 -p ${e#*:} -S -C 30; done",
        sample: 100,
    },
    Rival {
        name: "ssl-cert-check -s",
        program: SSL_CERT_CHECK,
        script: "for e; do ssl-cert-check -b -x 30 -s 127.0.0.1 -p ${e#*:}; done",
        sample: 20,
    },
    Rival {
        name: "check_ssl_cert -H",
        program: CHECK_SSL_CERT,
        script: "for e; do /usr/lib/nagios/plugins/check_ssl_cert -A --ignore-sct \
            -r root.anchor -H 127.0.0.1 -p ${e#*:}; done",
        sample: 3,
    },
    Rival {
        name: "sslx expiry",
        program: SSLX,
        script: "sslx expiry \"$@\"",
        sample: ENDPOINTS,
    },
];

pub(crate) fn measure() -> Result<bool> {
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, most, most)?;
    let folder = tempfile::tempdir()?;
    let authority = Authority::new()?;
    fs::write(folder.path().join("root.anchor"), &authority.root)?;
    let live = (0..ENDPOINTS)
        .map(|number| serve(&authority, number))
        .collect::<Result<Vec<_>>>()?;
    let good = live.first().ok_or("no servers")?;
    let rivals = Rival::ready(&RIVALS, good, folder.path())?;
    let is_cheap = measure_live(&live, folder.path(), &rivals)?;
    let ends = measure_hung(&live, folder.path())?;
    Ok(is_cheap && ends)
}

fn measure_live(live: &[String], folder: &Path, rivals: &[&Rival]) -> Result<bool> {
    fs::write(folder.join("live.txt"), live.join("\n"))?;
    let mut ours = super::dhtls(&["check", "--ca", "root.anchor", "@live.txt"]);
    ours.current_dir(folder);
    let mut costs = Costs::default();
    for round in 0..ROUNDS {
        let ran = support::run(&ours)?;
        if ran.exit != 0 {
            return Err(format!("dhtls check ends with {}", ran.exit).into());
        }
        costs.add("dhtls check", ran.cost);
        for rival in rivals {
            // Who is asked about all is quick enough to take as many turns.
            if round == 0 || rival.sample == ENDPOINTS {
                rival.run(live, folder, &mut costs)?;
            }
        }
    }
    print_line(&format!(
        "  dhtls check of {ENDPOINTS}: {:.3} s CPU, {:.3} s, {:.1} MB",
        costs.cpu("dhtls check"),
        costs.wall("dhtls check"),
        costs.peak_mb("dhtls check")
    ));
    for rival in rivals {
        rival.compare("dhtls check", ENDPOINTS, "endpoint", &costs);
    }
    Ok(verdict(
        "CPU of the client",
        costs.cpu("dhtls check"),
        LIMIT,
        " s",
    ))
}

/// It has to end at the deadline, and say which have not answered.
fn measure_hung(live: &[String], folder: &Path) -> Result<bool> {
    // The kernel accepts for them.
    let hung = (0..HUNG).map(|_| TcpListener::bind("127.0.0.1:0"));
    let hung = hung.collect::<std::io::Result<Vec<_>>>()?;
    let mut names = Vec::new();
    for listener in &hung {
        names.push(listener.local_addr()?.to_string());
    }
    let quick = live.get(HUNG..).unwrap_or_default();
    fs::write(folder.join("hung.txt"), [&names, quick].concat().join("\n"))?;
    let mut ours = super::dhtls(&["check", "-q", "--ca", "root.anchor", "--timeout", "60s"]);
    ours.args(["--deadline", &format!("{DEADLINE}s"), "@hung.txt"])
        .current_dir(folder);
    let told = fs::File::create(folder.join("told"))?;
    let ran = support::run_into(&ours, Stdio::from(told))?;
    let told = fs::read_to_string(folder.join("told"))?;
    let named = names
        .iter()
        .filter(|name| told.contains(name.as_str()))
        .count();
    let wall = ran.cost.wall.as_secs_f64();
    print_line(&format!(
        "  {HUNG} of {ENDPOINTS} hung: exit {}, {named} of them named, ends after {wall:.3} s",
        ran.exit
    ));
    let is_told = ran.exit == 3 && named == HUNG && told.lines().count() < 2 * HUNG + 10;
    if !is_told {
        print_line("  the hung ones are not what is told: DOES NOT HOLD");
    }
    Ok(verdict("end", wall, DEADLINE + GRACE, " s") && is_told)
}

/// A server on a port of its own, until the benchmark ends.
fn serve(authority: &Authority, number: usize) -> Result<String> {
    let intermediate = parse_x509_pem(authority.intermediate.as_bytes())?
        .1
        .contents;
    let leaf = authority.certificate(number)?;
    let chain = vec![leaf.der().clone(), CertificateDer::from(intermediate)];
    let key = PrivatePkcs8KeyDer::from(authority.key.serialized_der().to_vec());
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, PrivateKeyDer::Pkcs8(key))?;
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let name = listener.local_addr()?.to_string();
    thread::Builder::new()
        .stack_size(256 << 10)
        .spawn(move || {
            for stream in listener.incoming().flatten() {
                // A client that breaks off is the client's affair.
                let _ = shake_hands(stream, Arc::clone(&config));
            }
        })?;
    Ok(name)
}

fn shake_hands(mut stream: TcpStream, config: Arc<ServerConfig>) -> Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut connection = ServerConnection::new(config)?;
    while connection.is_handshaking() {
        connection.complete_io(&mut stream)?;
    }
    // Until the client has said that it ends.
    while connection.complete_io(&mut stream)?.0 > 0 {}
    Ok(())
}
