//! One file, as monitoring asks every few minutes: how long it takes to start and end.

use std::fs;

use super::certificates::Authority;
use super::support::{self, Costs, Result, print_line, verdict};

/// A few milliseconds are soon disturbed.
const ROUNDS: usize = 60;

const WALL_MS: f64 = 10.0;
const PEAK_MB: f64 = 15.0;

pub(crate) fn measure() -> Result<bool> {
    let folder = tempfile::tempdir()?;
    let authority = Authority::new()?;
    fs::write(folder.path().join("tls.crt"), authority.chain(0)?)?;
    fs::write(folder.path().join("root.crt"), &authority.root)?;
    let mut ours = super::dhtls(&["check", "--ca", "root.crt", "tls.crt"]);
    ours.current_dir(&folder);
    let mut theirs = std::process::Command::new("openssl");
    theirs.args(["x509", "-noout", "-checkend", "2592000", "-in", "tls.crt"]);
    theirs.current_dir(&folder);
    let mut costs = Costs::default();
    for _ in 0..ROUNDS {
        for (name, command) in [("dhtls check FILE", &ours), ("openssl x509", &theirs)] {
            let ran = support::run(command)?;
            if ran.exit != 0 {
                return Err(format!("{name} ends with {}", ran.exit).into());
            }
            costs.add(name, ran.cost);
        }
    }
    for name in ["dhtls check FILE", "openssl x509"] {
        print_line(&format!(
            "  {name}: {:.1} ms, at best {:.1}, {:.1} ms CPU, {:.1} MB",
            costs.wall(name) * 1e3,
            costs.least_wall(name) * 1e3,
            costs.cpu(name) * 1e3,
            costs.peak_mb(name)
        ));
    }
    let ours = "dhtls check FILE";
    let is_quick = verdict("start to end", costs.least_wall(ours) * 1e3, WALL_MS, " ms");
    let is_small = verdict("memory", costs.peak_mb(ours), PEAK_MB, " MB");
    Ok(is_quick && is_small)
}
