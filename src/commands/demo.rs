//! `dhtls demo`: the real commands on a stand-in server, shown with what they print.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use crate::error::{ChangeError, Result};
use crate::server::stand_in::{self, CA, CRT, HOST, KEY};
use crate::system::host::Host;
use crate::system::scaffold;

const EXAMPLES: &str = "\
Examples:
  dhtls demo             build in a new folder for temporary files
  dhtls demo stand-in    build in the folder stand-in";

/// Try dhtls on a stand-in server below DIR: no root, no Deephaven, no network needed
///
/// Builds the files of a server with a default keystore, properties, lighttpd, launcher file and monit
/// files, and a throw-away CA with a fresh pair. Then runs install-webapi, cus-https and check on it for real, and
/// shows each command with what it prints. The folder stays, for you to look at and to try commands with --root.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES, after_long_help = EXAMPLES)]
pub(crate) struct Args {
    /// Folder to build in: a new one, or an empty one of yours [default: a new one for temporary files]
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
}

/// Runs one command line of dhtls.
pub(crate) type RunLine<'a> = &'a mut dyn FnMut(Vec<OsString>, &mut Host) -> ExitCode;

/// # Errors
/// The folder holds something, or a step did not end as it should.
pub(crate) fn run(args: &Args, host: &mut Host, run_line: RunLine<'_>) -> Result<()> {
    let folder = match &args.folder {
        Some(folder) => scaffold::empty_folder(folder)?,
        None => scaffold::temporary_folder("dhtls-demo")?,
    };
    scaffold::create(&folder, &stand_in::files(host)?)?;
    let root = folder.display().to_string();
    say(host, &format!("# a stand-in server was built below {root}"))?;
    let pair = ["install-webapi", "--crt", CRT, "--key", KEY, "--ca", CA];
    let launchers = ["cus-https", "--host", HOST, "--ca", CA];
    for (why, line) in [
        (
            "what would change",
            [&["--dry-run"], pair.as_slice()].concat(),
        ),
        ("do it", pair.to_vec()),
        ("a second run finds nothing to do", pair.to_vec()),
        ("what dhtls changed", vec!["history"]),
        ("and back to where it was", vec!["rollback"]),
        ("the new certificate once more", pair.to_vec()),
        (
            "the launchers' server: what would change",
            [&["--dry-run"], launchers.as_slice()].concat(),
        ),
        ("do it, with the Web API's pair", launchers.to_vec()),
        (
            "every certificate of the server, for monitoring",
            vec!["check", "--ca", CA],
        ),
    ] {
        step(
            why,
            &[&["--root", root.as_str()], line.as_slice()].concat(),
            host,
            run_line,
        )?;
    }
    say(
        host,
        &format!("\n# {root} stays: look at it, or try any command with --root {root}"),
    )
}

fn step(why: &str, line: &[&str], host: &mut Host, run_line: RunLine<'_>) -> Result<()> {
    say(host, &format!("\n# {why}\n$ dhtls {}", line.join(" ")))?;
    let words = std::iter::once("dhtls").chain(line.iter().copied());
    let code = run_line(words.map(OsString::from).collect(), host);
    if code == ExitCode::SUCCESS {
        return Ok(());
    }
    Err(ChangeError::Demo {
        line: line.join(" "),
    }
    .into())
}

fn say(host: &mut Host, text: &str) -> Result<()> {
    let written = writeln!(host.out, "{text}").and_then(|()| host.out.flush());
    Ok(written.map_err(|source| ChangeError::Output {
        source,
        changed: false,
    })?)
}
