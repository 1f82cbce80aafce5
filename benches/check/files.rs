//! 10,000 different PEM files, leaf and intermediate: beside `cat` of the same, beside one signature check
//! for each certificate, beside the usual loops.

use std::fs;
use std::path::Path;
use std::process::Command;

use x509_parser::pem::parse_x509_pem;

use super::certificates::Authority;
use super::rivals::{CERTTOOL, CHECK_SSL_CERT, OPENSSL, Rival, SSL_CERT_CHECK, SSLX};
use super::support::{self, Costs, Result, print_line, verdict};

const FILES: usize = 10_000;
const ROUNDS: usize = 7;

/// Times what `cat` of the same files takes.
const LIMIT: f64 = 3.0;

const RIVALS: [Rival; 5] = [
    Rival {
        name: "openssl x509 -checkend",
        program: OPENSSL,
        script: "for f; do openssl x509 -noout -checkend 2592000 -in $f; done",
        sample: 200,
    },
    Rival {
        name: "certtool --verify",
        program: CERTTOOL,
        script: "for f; do certtool --verify --load-ca-certificate root.anchor --infile $f; done",
        sample: 100,
    },
    Rival {
        name: "ssl-cert-check -c",
        program: SSL_CERT_CHECK,
        script: "for f; do ssl-cert-check -b -x 30 -c $f; done",
        sample: 20,
    },
    Rival {
        name: "check_ssl_cert -f",
        program: CHECK_SSL_CERT,
        script: "for f; do /usr/lib/nagios/plugins/check_ssl_cert -A --ignore-sct -r root.anchor -f $PWD/$f; done",
        sample: 3,
    },
    Rival {
        name: "sslx inspect",
        program: SSLX,
        script: "for f; do sslx inspect $f; done",
        sample: 200,
    },
];

pub(crate) fn measure() -> Result<bool> {
    let folder = tempfile::tempdir()?;
    let authority = Authority::new()?;
    let names: Vec<String> = (0..FILES)
        .map(|number| format!("{number:05}.pem"))
        .collect();
    for (number, name) in names.iter().enumerate() {
        fs::write(folder.path().join(name), authority.chain(number)?)?;
    }
    // Its name promises nothing, so that it is none of the files.
    fs::write(folder.path().join("root.anchor"), &authority.root)?;
    let good = names.first().ok_or("no files")?;
    let rivals = Rival::ready(&RIVALS, good, folder.path())?;
    let costs = take_turns(folder.path(), &authority, &names, &rivals)?;
    report(&costs, &rivals)
}

fn take_turns(
    folder: &Path,
    authority: &Authority,
    names: &[String],
    rivals: &[&Rival],
) -> Result<Costs> {
    let mut costs = Costs::default();
    let mut cat = Command::new("cat");
    cat.args(names).current_dir(folder);
    let mut leaves = Vec::new();
    for name in names {
        // The first block is the leaf.
        leaves.push(parse_x509_pem(&fs::read(folder.join(name))?)?.1.contents);
    }
    for round in 0..=ROUNDS {
        let mut turn = vec![("cat", support::run(&cat)?.cost)];
        for (name, arguments) in OURS {
            let mut ours = super::dhtls(&["check", "--ca", "root.anchor", "."]);
            ours.args(arguments).current_dir(folder);
            let ran = support::run(&ours)?;
            if ran.exit != 0 {
                return Err(format!("{name} ends with {}", ran.exit).into());
            }
            turn.push((name, ran.cost));
        }
        turn.push(("signatures", authority.check_signatures(&leaves)?));
        // The first round warms the page cache.
        if round > 0 {
            turn.iter().for_each(|(name, cost)| costs.add(name, *cost));
        }
    }
    for rival in rivals {
        rival.run(names, folder, &mut costs)?;
    }
    Ok(costs)
}

const OURS: [(&str, &[&str]); 4] = [
    ("--no-trust", &["--no-trust"]),
    ("--no-trust -q", &["--no-trust", "-q"]),
    (
        "--no-trust --format json",
        &["--no-trust", "--format", "json"],
    ),
    ("with path building", &[]),
];

fn report(costs: &Costs, rivals: &[&Rival]) -> Result<bool> {
    let mut names = vec!["cat", "signatures"];
    names.extend(OURS.map(|(name, _)| name));
    for name in names {
        print_line(&format!(
            "  {name}: {:.3} s CPU, {:.3} s, {:.1} MB",
            costs.cpu(name),
            costs.wall(name),
            costs.peak_mb(name)
        ));
    }
    for rival in rivals {
        rival.compare("with path building", FILES, "file", costs);
    }
    let cat = costs.cpu("cat");
    let is_close = OURS.map(|(name, arguments)| {
        let budget = match arguments {
            [] => LIMIT * cat + costs.cpu("signatures"),
            _ => LIMIT * cat,
        };
        verdict(
            &format!("{name}, times its budget"),
            costs.cpu(name) / budget,
            1.0,
            "",
        )
    });
    Ok(is_close.iter().all(|holds| *holds))
}
