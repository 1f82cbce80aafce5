//! What clients of the Client Update Service see, asked by curl and openssl: a name, its certificate
//! verified against one trust anchor.

use std::path::PathBuf;

use super::live::HOST;
use super::program;

/// One scheme and port of a server, asked for by its name.
pub(crate) struct Site {
    pub(crate) scheme: &'static str,
    pub(crate) ip: &'static str,
    pub(crate) port: u16,
    /// The only trust anchor, PEM.
    pub(crate) anchor: PathBuf,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    /// 0 without an answer.
    pub(crate) status: u16,
    pub(crate) body: String,
    /// curl's own words when there is none.
    pub(crate) error: String,
}

impl Site {
    /// `https://NAME:PORT`
    pub(crate) fn origin(&self) -> String {
        format!("{}://{HOST}:{}", self.scheme, self.port)
    }

    /// Where it listens, whatever its name.
    pub(crate) fn address(&self) -> String {
        format!("{}:{}", self.ip, self.port)
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.curl(path, &[])
    }

    /// With `USER:PASSWORD`.
    pub(crate) fn get_as(&self, user: &str, path: &str) -> Answer {
        self.curl(path, &["--user", user])
    }

    /// As [`Site::get`], by a client that speaks TLS 1.2 at most, as old Java 8 launchers do.
    pub(crate) fn get_by_tls12(&self, path: &str) -> Answer {
        self.curl(path, &["--tls-max", "1.2"])
    }

    fn curl(&self, path: &str, more: &[&str]) -> Answer {
        let url = format!("{}{path}", self.origin());
        let address = format!("{HOST}:{}:{}", self.port, self.ip);
        let quiet = ["-sS", "--max-time", "10", "--noproxy", "*"];
        let ask = ["--resolve", &address, "-w", "\n%{http_code}", &url];
        let trust = ["--cacert", self.anchor.to_str().unwrap()];
        let curl = program::find("curl").expect("no curl: tests/run.sh installs it");
        let all = [&quiet[..], &ask, &trust, more].concat();
        let asked = program::output(curl, &all, "");
        let text = String::from_utf8(asked.stdout).unwrap();
        let (body, status) = text.rsplit_once('\n').unwrap();
        Answer {
            status: status.parse().unwrap(),
            body: body.to_owned(),
            error: String::from_utf8(asked.stderr).unwrap(),
        }
    }

    /// The launcher file, if it is given out.
    pub(crate) fn launcher(&self) -> Option<String> {
        let answer = self.get("/iris/getdown.txt");
        (answer.status == 200).then_some(answer.body)
    }

    /// The `appbase` in the launcher file.
    pub(crate) fn appbase(&self) -> Option<String> {
        let launcher = self.launcher()?;
        let value = launcher
            .lines()
            .find_map(|line| line.strip_prefix("appbase"))?;
        Some(value.trim_start_matches([' ', '=']).to_owned())
    }

    /// SHA-256 (lower-case hex) of the leaf that is shown, good or not.
    pub(crate) fn leaf(&self) -> Option<String> {
        program::served_leaf(&self.address())
    }

    /// SHA-256 of every certificate that is sent, the leaf first; `None` unless chain and name hold.
    pub(crate) fn verified_chain(&self) -> Option<Vec<String>> {
        let address = self.address();
        let client = [
            "s_client",
            "-connect",
            &address,
            "-servername",
            HOST,
            "-showcerts",
        ];
        let anchor = ["-CAfile", self.anchor.to_str().unwrap()];
        let verify = ["-verify_hostname", HOST, "-verify_return_error"];
        let asked = program::output("openssl", &[&client[..], &anchor, &verify].concat(), "");
        let text = String::from_utf8_lossy(&asked.stdout);
        let begin = "-----BEGIN CERTIFICATE-----";
        let certificates = text.split(begin).skip(1);
        let sent = certificates.map(|rest| program::fingerprint(&format!("{begin}{rest}")));
        (asked.status.success() && text.contains("Verify return code: 0 (ok)"))
            .then(|| sent.collect())
    }
}
