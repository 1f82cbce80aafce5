//! What every command says, in every format and at every volume, and what it leaves for others to read.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::server::{LINES, Server};
use crate::support::mutants;
use crate::support::proof::is_full;
use crate::support::transcript::dhtls;

/// The first two are the sample.
const VOLUMES: [&str; 5] = ["-vv", "--format json", "", "-q", "--color always"];

/// Commands that have formats of their own.
const MORE: [&str; 6] = [
    "--root root check --format nagios",
    "--root root check --format prometheus",
    "--root root check --format json -v",
    "show tls.pfx tls.key --passphrase-file passphrase --format json",
    "show tls.pfx tls.key --passphrase-file passphrase --format pem",
    "show tls.pfx --passphrase-file half.key",
];

fn says(server: &Server, program: &Path, line: &str, mutant: &str) -> Vec<u8> {
    let mut command = server.stand_in.command(program);
    command
        .args(line.split_whitespace())
        .env("DHTLS_MUTANT", mutant);
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    let is_usage = said.windows(8).any(|part| part == b"\nUsage: ");
    assert!(!is_usage, "{line}: {}", String::from_utf8_lossy(&said));
    said
}

#[test]
fn no_command_says_a_secret_at_any_volume() {
    let mut server = Server::new();
    let lines = LINES.iter().map(|(_, line)| *line);
    let mut count = 0;
    for line in lines.chain(MORE) {
        let volumes = if is_full() {
            &VOLUMES[..]
        } else {
            &VOLUMES[..2]
        };
        for volume in volumes
            .iter()
            .filter(|volume| !(line.contains("--format") && volume.contains("--format")))
        {
            // A dry run first: what is done then is another thing.
            for dry in ["--dry-run", ""] {
                if !dry.is_empty()
                    && (line.contains("--dry-run")
                        || !line.contains("install-webapi") && !line.contains("cus-"))
                {
                    continue;
                }
                let line = format!("{volume} {dry} {line}");
                let said = says(&server, &dhtls(), &line, "");
                server.learn();
                server.secrets.assert_absent(said, &line);
                count += 1;
            }
        }
    }
    let others = server
        .secrets
        .assert_absent_for_others(&server.stand_in.path("root"));
    let journals = journals(&server);
    eprintln!("{count} command lines, {others} files for others, {journals} journals");
    assert!(others > 5 && journals > 5);
}

/// A journal names files and their fingerprints, and is for root alone like the copies beside it.
fn journals(server: &Server) -> usize {
    let mut count = 0;
    for entry in fs::read_dir(server.stand_in.path("root/var/lib/dhtls/history")).unwrap() {
        for entry in fs::read_dir(entry.unwrap().path()).unwrap() {
            let path = entry.unwrap().path();
            let mode = fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o7777, 0o600, "{}", path.display());
            if path.ends_with("record.json") {
                server
                    .secrets
                    .assert_absent(fs::read(&path).unwrap(), "record.json");
                count += 1;
            }
        }
    }
    count
}

#[test]
fn a_diff_that_shows_a_key_is_found() {
    if !crate::support::live::is_root() {
        return;
    }
    let server = Server::new();
    let line = "--root root --dry-run cus-https --host deephaven.example.com --crt tls.crt --key tls.key --ca ca.crt";
    let said = says(&server, mutants::program(), line, "");
    assert_eq!(server.secrets.found_in(&said), None);
    let said = says(&server, mutants::program(), line, "secrets-in-diffs");
    assert!(server.secrets.found_in(&said).is_some());
}
