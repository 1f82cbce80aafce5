//! A server with secrets of every kind, and the commands that meet them.

use crate::support::authority::Pair;
use crate::support::cus_staged::cus;
use crate::support::program;
use crate::support::secrets::Secrets;
use crate::support::stand_in::{HOST, KEYSTORE, PASSPHRASE, StandIn, authority, keystore};

const PASSWORD: &str = "Rosen im Mai und Veilchen im April";

/// Monitoring's: it says what is wrong with what it looked at.
pub(crate) const ANY: u64 = u64::MAX;

/// Exit codes and command lines, each on the server as the one before has left it.
pub(crate) const LINES: [(u64, &str); 25] = [
    (
        0,
        "--root root install-webapi --crt tls.crt --key tls.key --ca ca.crt",
    ),
    (
        0,
        "--root root install-webapi --crt tls.crt --key tls.key --ca ca.crt",
    ),
    (0, "--root root rollback"),
    (
        0,
        "--root root install-webapi --crt tls.crt --key locked.key --passphrase-file passphrase --ca ca.crt",
    ),
    (0, "--root root rollback"),
    (
        0,
        "--root root install-webapi --pfx tls.pfx --passphrase-file passphrase --ca ca.crt",
    ),
    (
        1,
        "--root root install-webapi --crt tls.crt --key other.key --ca ca.crt",
    ),
    (
        1,
        "--root root install-webapi --crt tls.crt --key half.key --ca ca.crt",
    ),
    (
        1,
        "--root root install-webapi --pfx tls.pfx --passphrase-file password --ca ca.crt",
    ),
    (
        0,
        "--root root install-webapi --self-signed --host deephaven.example.com",
    ),
    (
        0,
        "--root root install-webapi --crt rsa.crt --key rsa.key --ca ca.crt",
    ),
    (
        0,
        "--root root cus-https --host deephaven.example.com --crt tls.crt --key tls.key --ca ca.crt",
    ),
    (
        0,
        "--root root cus-https --host deephaven.example.com --crt tls.crt --key locked.key --decrypt-key --passphrase-file passphrase --ca ca.crt",
    ),
    (
        0,
        "--root root cus-https --host deephaven.example.com --crt rsa.crt --key rsa.key --ca ca.crt",
    ),
    (0, "--root root rollback"),
    (
        0,
        "--root root cus-http --host deephaven.example.com --i-accept-cleartext",
    ),
    (0, "--root root cus-auth add anna --password-file password"),
    (0, "--root root cus-auth remove anna"),
    (0, "--root root history"),
    (0, "--root root status"),
    (ANY, "--root root check --ca ca.crt"),
    (ANY, "check tls.crt tls.key --ca ca.crt"),
    (0, "show tls.key rsa.key"),
    (0, "show tls.pfx locked.key --passphrase-file passphrase"),
    (
        0,
        "--root root --dry-run install-webapi --crt tls.crt --key tls.key --ca ca.crt",
    ),
];

pub(crate) struct Server {
    pub(crate) stand_in: StandIn,
    pub(crate) secrets: Secrets,
    pairs: Vec<Pair>,
}

impl Server {
    pub(crate) fn new() -> Self {
        let stand_in = cus();
        let write = |name: &str, bytes: &[u8]| stand_in.scratch.write_mode(name, bytes, 0o600);
        let pairs: Vec<_> = ["tls", "other"]
            .into_iter()
            .map(|name| {
                let pair = authority().pair(&[HOST]);
                pair.write(&stand_in.scratch, name);
                pair
            })
            .collect();
        let tls = &pairs[0];
        let rsa = authority().rsa_pair(&[HOST]);
        rsa.write(&stand_in.scratch, "rsa");
        write("passphrase", PASSPHRASE.as_bytes());
        write("password", format!("{PASSWORD}\n").as_bytes());
        write("half.key", &tls.key.as_bytes()[..tls.key.len() / 2]);
        write(
            "tls.pfx",
            &keystore(&[&tls.key, &tls.leaf, &tls.intermediate], &[]),
        );
        let from = format!("pass:{PASSPHRASE}");
        let locked = program::output("openssl", &["pkcs8", "-topk8", "-passout", &from], &tls.key);
        write("locked.key", &locked.stdout);
        let mut server = Self {
            secrets: Secrets::of(&[]),
            stand_in,
            pairs,
        };
        server.pairs.push(rsa);
        server.learn();
        server
    }

    /// The keys that are in the keystore now are secrets, too.
    pub(crate) fn learn(&mut self) {
        let (from, file) = (format!("pass:{PASSPHRASE}"), self.stand_in.path(KEYSTORE));
        let open = [
            "pkcs12",
            "-passin",
            &from,
            "-nodes",
            "-nocerts",
            "-in",
            file.to_str().unwrap(),
        ];
        let text = program::run("openssl", &open);
        let start = text.find("-----BEGIN").unwrap();
        let mut keys = vec![&text[start..]];
        keys.extend(self.pairs.iter().map(|pair| pair.key.as_str()));
        self.secrets = Secrets::of_keys(&keys).and("the password", &PASSWORD[16..]);
    }
}
