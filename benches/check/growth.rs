//! 100,000 certificates in one bundle, and 100,000 files: four times as many may take four times as long,
//! and memory stays small.

use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::Path;

use super::certificates::Authority;
use super::support::{self, Costs, Result, print_line, verdict};

const MOST: usize = 100_000;
const ROUNDS: usize = 3;
const PEAK_MB: f64 = 100.0;

/// How much more a certificate may take among 100,000 than among a quarter of that.
const GROWTH: f64 = 1.25;

const OUTPUTS: [(&str, &[&str]); 4] = [
    ("text", &[]),
    ("-q", &["-q"]),
    ("json", &["--format", "json"]),
    ("prometheus", &["--format", "prometheus"]),
];

pub(crate) fn measure() -> Result<bool> {
    let folder = tempfile::tempdir()?;
    let authority = Authority::new()?;
    fs::write(folder.path().join("root.anchor"), &authority.root)?;
    for number in [MOST / 4, MOST] {
        build(&authority, folder.path(), number)?;
    }
    let mut costs = Costs::default();
    for _ in 0..ROUNDS {
        for target in ["bundle", "folder"] {
            for number in [MOST / 4, MOST] {
                for (output, flags) in OUTPUTS {
                    let mut ours =
                        super::dhtls(&["check", "--ca", "root.anchor", "--deadline", "600s"]);
                    ours.args(flags)
                        .arg(format!("{target}-{number}"))
                        .current_dir(folder.path());
                    let ran = support::run(&ours)?;
                    if ran.exit != 0 {
                        return Err(format!("{target}, {output}: ends with {}", ran.exit).into());
                    }
                    costs.add(&format!("{target} of {number}, {output}"), ran.cost);
                }
            }
        }
    }
    Ok(report(&costs))
}

fn report(costs: &Costs) -> bool {
    let mut all_hold = true;
    for target in ["bundle", "folder"] {
        for (output, _) in OUTPUTS {
            let (some, all) = (
                format!("{target} of {}, {output}", MOST / 4),
                format!("{target} of {MOST}, {output}"),
            );
            for name in [&some, &all] {
                print_line(&format!(
                    "  {name}: {:.3} s CPU, {:.3} s, {:.1} MB",
                    costs.cpu(name),
                    costs.wall(name),
                    costs.peak_mb(name)
                ));
            }
            let growth = costs.cpu(&all) / costs.cpu(&some) / 4.0;
            all_hold &= verdict("growth for each certificate", growth, GROWTH, "");
            all_hold &= verdict("memory", costs.peak_mb(&all), PEAK_MB, " MB");
        }
    }
    all_hold
}

/// Different leaves of one intermediate: as one bundle, which begins with the intermediate, and as files
/// that have it each.
fn build(authority: &Authority, folder: &Path, number: usize) -> Result<()> {
    let files = folder.join(format!("folder-{number}"));
    fs::create_dir(&files)?;
    let mut bundle = BufWriter::new(File::create(folder.join(format!("bundle-{number}")))?);
    bundle.write_all(authority.intermediate.as_bytes())?;
    for place in 0..number {
        let leaf = authority.leaf(place)?;
        bundle.write_all(leaf.as_bytes())?;
        fs::write(
            files.join(format!("{place:06}.pem")),
            leaf + &authority.intermediate,
        )?;
    }
    Ok(bundle.flush()?)
}
