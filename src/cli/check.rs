//! `dhtls check` is a monitoring plugin as well: its exit code is the status, and whatever goes wrong is
//! UNKNOWN, wrong usage included.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::CommandFactory as _;

use crate::cli::{Cli, Everywhere, streams};
use crate::commands::check::{self, Args};
use crate::error::Result;
use crate::report::check::{Format, Look};
use crate::report::scan::Scan;
use crate::system::host::Host;
use crate::system::publish;

/// Monitoring's UNKNOWN.
pub(super) const UNKNOWN: u8 = 3;

/// Whether a line that clap refuses was meant to be a check: by its first word that is neither a flag nor
/// a flag's value.
pub(super) fn is_meant(line: &[OsString]) -> bool {
    let command = Cli::command();
    let takes_value = |flag: &str| {
        let mut flags = command.get_arguments();
        flags.any(|known| known.get_long() == Some(flag) && known.get_action().takes_values())
    };
    let mut words = line.iter().skip(1).map(|word| word.to_string_lossy());
    while let Some(word) = words.next() {
        match word.strip_prefix('-') {
            None => return word == "check",
            Some(flag) if takes_value(flag.trim_start_matches('-')) => drop(words.next()),
            Some(_) => {}
        }
    }
    false
}

/// Checks, prints or writes what was found; the exit code is the status.
pub(super) fn run(args: &Args, everywhere: &Everywhere, host: &mut Host) -> ExitCode {
    let format = everywhere.format.of_check();
    let look = Look {
        colour: args.output.is_none() && streams::stdout_takes_colour(everywhere.color.into()),
        width: args.output.is_none().then(streams::width).flatten(),
        quiet: everywhere.quiet,
    };
    // Nobody looks at the rows of what is right.
    let only_wrong = look.quiet && format == Format::Text;
    let checked = everywhere
        .site(host)
        .and_then(|site| check::run(args, host, &site, only_wrong));
    let scan = match checked {
        Ok(scan) => scan,
        Err(error) => {
            streams::report_error(&error, host);
            let scan = check::failed(&error, host.now());
            // Monitoring reads stdout, and an old textfile would go on saying that all is well.
            if format == Format::Text && args.output.is_none() {
                return ExitCode::from(UNKNOWN);
            }
            scan
        }
    };
    match deliver(&scan, args, everywhere.dry_run, (format, &look), host) {
        Ok(()) => ExitCode::from(scan.status.exit_code()),
        Err(error) => {
            streams::report_error(&error, host);
            ExitCode::from(UNKNOWN)
        }
    }
}

fn deliver(
    scan: &Scan,
    args: &Args,
    dry_run: bool,
    (format, look): (Format, &Look),
    host: &mut Host,
) -> Result<()> {
    match &args.output {
        Some(path) if !dry_run => {
            let bytes = streams::scan_as_bytes(scan, format, look)?;
            Ok(publish::publish(&host.root, path, &bytes)?)
        }
        Some(_) | None => streams::print_scan(scan, format, look, host),
    }
}
