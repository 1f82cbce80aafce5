//! What a user would pick instead, in the loop that a user would write: Debian's packages, and sslx of
//! crates.io. What is not installed is named and left out.

use std::env;
use std::path::Path;
use std::process::Command;

use super::support::{self, Costs, Result, print_line};

/// Another program, asked about each of the arguments in `"$@"`.
#[derive(Debug)]
pub(crate) struct Rival {
    pub(crate) name: &'static str,
    /// The program, absolute or in PATH, and what brings it.
    pub(crate) program: (&'static str, &'static str),
    /// What a shell runs.
    pub(crate) script: &'static str,
    /// How many of the arguments it is given: some take seconds for each.
    pub(crate) sample: usize,
}

pub(crate) const OPENSSL: (&str, &str) = ("openssl", "Debian openssl");
pub(crate) const CERTTOOL: (&str, &str) = ("certtool", "Debian gnutls-bin");
pub(crate) const CHECK_HTTP: (&str, &str) = (
    "/usr/lib/nagios/plugins/check_http",
    "Debian monitoring-plugins-basic",
);
pub(crate) const SSL_CERT_CHECK: (&str, &str) = ("ssl-cert-check", "Debian ssl-cert-check");
pub(crate) const CHECK_SSL_CERT: (&str, &str) = (
    "/usr/lib/nagios/plugins/check_ssl_cert",
    "Debian monitoring-plugins-contrib",
);
pub(crate) const SSLX: (&str, &str) = ("sslx", "cargo install sslx");

impl Rival {
    /// Those of the rivals that are on this machine, and accept what is good.
    pub(crate) fn ready(
        rivals: &'static [Self],
        good: &str,
        folder: &Path,
    ) -> Result<Vec<&'static Self>> {
        let mut ready = Vec::new();
        for rival in rivals {
            let (program, package) = rival.program;
            let fault = match is_installed(program) {
                false => format!("not installed ({package})"),
                true => match support::run(&rival.command(&[good.to_owned()], folder))?.exit {
                    0 => {
                        ready.push(rival);
                        continue;
                    }
                    // A plugin that lacks a program of its own would be quick, and no rival.
                    exit => format!("it ends with {exit} on what is good"),
                },
            };
            print_line(&format!("  skipped: {}: {fault}", rival.name));
        }
        Ok(ready)
    }

    /// One turn, with as many of the arguments as it gets.
    pub(crate) fn run(&self, arguments: &[String], folder: &Path, costs: &mut Costs) -> Result<()> {
        costs.add(
            self.name,
            support::run(&self.command(arguments, folder))?.cost,
        );
        Ok(())
    }

    fn command(&self, arguments: &[String], folder: &Path) -> Command {
        let mut command = Command::new("sh");
        command.current_dir(folder).args(["-c", self.script, "sh"]);
        command.args(arguments.iter().take(self.sample));
        command
    }

    /// How it did beside `ours`, which was asked about `number` of them.
    pub(crate) fn compare(&self, ours: &str, number: usize, what: &str, costs: &Costs) {
        let each = |seconds: f64, number: usize| seconds * 1e3 / number as f64;
        let (theirs, dhtls) = (
            each(costs.cpu(self.name), self.sample.min(number)),
            each(costs.cpu(ours), number),
        );
        print_line(&format!(
            "  {}: {theirs:.3} ms CPU for each {what} (sample of {}), {ours} {dhtls:.3}: ratio {:.1}",
            self.name,
            self.sample.min(number),
            theirs / dhtls
        ));
    }
}

fn is_installed(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| folder.join(program).is_file())
}
