//! The flags of every command that installs a certificate.

use std::path::PathBuf;
use std::time::Duration;

use crate::pki::findings::{Code, Handling};
use crate::system::endpoint::Endpoint;

/// A certificate, its key, and what to hold them against.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "The certificate")]
pub(crate) struct PairArgs {
    /// Certificate(s) from the CA: PEM, DER or PKCS#7, in any order
    #[arg(long, value_name = "FILE", requires = "key")]
    pub(crate) crt: Option<PathBuf>,
    /// Its private key: PKCS#8, PKCS#1 or SEC1, PEM or DER, encrypted or not
    #[arg(long, value_name = "FILE", requires = "crt")]
    pub(crate) key: Option<PathBuf>,
    /// A PKCS#12 file from the CA, instead of --crt and --key
    #[arg(long, value_name = "FILE", conflicts_with_all = ["crt", "key"])]
    pub(crate) pfx: Option<PathBuf>,
    /// Intermediate certificates, in any order (repeatable)
    #[arg(long, value_name = "FILE")]
    pub(crate) chain: Vec<PathBuf>,
    /// Trust anchors besides the system's (repeatable)
    #[arg(long, value_name = "FILE")]
    pub(crate) ca: Vec<PathBuf>,
    /// File with the passphrase of the key or pfx in its first line [default: ask at the terminal]
    #[arg(long, value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
    /// The server's name, which the certificate must cover [default: its only exact DNS name]
    #[arg(long, value_name = "NAME")]
    pub(crate) host: Option<String>,
    /// Accept a finding that otherwise refuses; the codes are below (repeatable)
    #[arg(long, value_name = "CODE", value_parser = allowable)]
    pub(crate) allow: Vec<Code>,
    /// What to probe after the restart [default: the service's port on this machine]
    #[arg(long, value_name = "HOST:PORT", value_parser = endpoint)]
    pub(crate) endpoint: Option<String>,
    /// How long restart and probe may take
    #[arg(long, value_name = "TIME", default_value = "120s", value_parser = duration)]
    pub(crate) timeout: Duration,
    /// Switch the service on in monit when it is off
    #[arg(long)]
    pub(crate) enable: bool,
}

pub(crate) fn endpoint(text: &str) -> Result<String, String> {
    let parsed = text.parse::<Endpoint>();
    parsed
        .map(|_| text.to_owned())
        .map_err(|error| error.to_string())
}

/// Only what can be allowed at all: accepting an expired certificate would help nobody.
fn allowable(text: &str) -> Result<Code, String> {
    let mut codes = Code::all().filter(|code| code.handling() == Handling::RefuseUnlessAllowed);
    codes.find(|code| code.to_string() == text).ok_or_else(|| {
        let codes = Code::all().filter(|code| code.handling() == Handling::RefuseUnlessAllowed);
        let names: Vec<String> = codes.map(|code| code.to_string()).collect();
        format!("what can be allowed is {}", names.join(", "))
    })
}

/// `120s`, `2m`, `1h`; a bare number is seconds.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "a time is written like 90s, 2m or 1h".to_owned();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match text.get(digits.len()..) {
        Some("" | "s") => 1,
        Some("m") => 60,
        Some("h") => 3600,
        Some(_) | None => return Err(wrong()),
    };
    let number: u64 = digits.parse().map_err(|_| wrong())?;
    let seconds = number.checked_mul(unit).ok_or_else(wrong)?;
    // A day is far beyond any restart, and keeps sums of times in range.
    if seconds == 0 || seconds > 86_400 {
        return Err("a time of 1s to 24h is needed".to_owned());
    }
    Ok(Duration::from_secs(seconds))
}
