//! The only code that prints: results to stdout; errors, warnings and hints to stderr as `dhtls: ...`,
//! lower case, without a full stop.

use std::io::{self, Write};
use std::process::ExitCode;

use anstream::{AutoStream, ColorChoice};
use serde::Serialize;

use crate::error::{ChangeError, Error, Result};
use crate::report::listing::{Listing, UserListing};
use crate::report::outcome::Outcome;
use crate::report::scan::Scan;
use crate::report::{check, json, text};
use crate::system::host::Host;

/// The words that open a line on stderr, with the ANSI colour that sets them off.
const ERROR: (&str, &str) = ("dhtls: error:", "\x1b[1;31m");
const WARNING: (&str, &str) = ("dhtls: warning:", "\x1b[1;33m");
const HINT: (&str, &str) = ("dhtls: hint:", "\x1b[1;36m");

/// How the person at the terminal wants it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Flags {
    pub(crate) dry_run: bool,
    pub(crate) json: bool,
    pub(crate) quiet: bool,
    pub(crate) verbose: bool,
    /// Putting an unfinished change back is all that is wanted.
    pub(crate) recovery_suffices: bool,
}

/// Decides whether stderr takes colour: `--color`, else the terminal, NO_COLOR and CLICOLOR_FORCE.
pub(crate) fn choose_colour(choice: ColorChoice, host: &mut Host) {
    let choice = match choice {
        ColorChoice::Auto => AutoStream::choice(&io::stderr()),
        ColorChoice::Always | ColorChoice::AlwaysAnsi | ColorChoice::Never => choice,
    };
    host.coloured = choice != ColorChoice::Never;
}

/// The same for stdout.
pub(crate) fn stdout_takes_colour(choice: ColorChoice) -> bool {
    let choice = match choice {
        ColorChoice::Auto => AutoStream::choice(&io::stdout()),
        ColorChoice::Always | ColorChoice::AlwaysAnsi | ColorChoice::Never => choice,
    };
    choice != ColorChoice::Never
}

/// The columns of stdout, where that is a terminal.
pub(crate) fn width() -> Option<usize> {
    let (width, _) = terminal_size::terminal_size_of(io::stdout())?;
    Some(usize::from(width.0))
}

/// Help and version go to stdout with 0, wrong usage to stderr with the code for it.
pub(crate) fn show_usage(usage: &clap::Error, wrong: u8, host: &mut Host) -> ExitCode {
    let code = if usage.use_stderr() { wrong } else { 0 };
    let stream = if usage.use_stderr() {
        &mut host.err
    } else {
        &mut host.out
    };
    match write!(stream, "{usage}").and_then(|()| stream.flush()) {
        Ok(()) => ExitCode::from(code),
        Err(_) => ExitCode::from(code.max(1)),
    }
}

/// Says what is wrong and the way out; returns the exit code that the error stands for.
pub(crate) fn report_error(error: &Error, host: &mut Host) -> ExitCode {
    say(ERROR, &error.to_string(), host);
    if let Some(hint) = error.hint() {
        say(HINT, &hint, host);
    }
    ExitCode::from(error.exit_code())
}

pub(crate) fn warn(warnings: &[String], host: &mut Host) {
    for warning in warnings {
        say(WARNING, warning, host);
    }
}

/// A lost stderr must not stop the change; the exit code and the outcome say the same.
fn say((word, colour): (&str, &str), text: &str, host: &mut Host) {
    let line = if host.coloured {
        format!("{colour}{word}\x1b[0m {text}\n")
    } else {
        format!("{word} {text}\n")
    };
    let _ = host
        .err
        .write_all(line.as_bytes())
        .and_then(|()| host.err.flush());
}

/// Prints what was done, or would be.
///
/// # Errors
/// The stream failed.
pub(crate) fn print_outcome(outcome: &Outcome, flags: &Flags, host: &mut Host) -> Result<()> {
    let rendered = if flags.json {
        as_json(outcome, outcome.changed && !outcome.dry_run)?
    } else if flags.quiet && !outcome.dry_run {
        return Ok(());
    } else {
        text::render(outcome, flags.verbose)
    };
    // A dry run changes nothing, whatever it found.
    print(&rendered, outcome.changed && !outcome.dry_run, host)
}

/// Prints the history; an unfinished change as a warning.
///
/// # Errors
/// The stream failed.
pub(crate) fn print_history(listing: &Listing, flags: &Flags, host: &mut Host) -> Result<()> {
    warn(listing.pending.as_slice(), host);
    let rendered = if flags.json {
        as_json(listing, false)?
    } else {
        listing.render()
    };
    print(&rendered, false, host)
}

/// Prints the users; what is odd about them as warnings.
///
/// # Errors
/// The stream failed.
pub(crate) fn print_users(listing: &UserListing, flags: &Flags, host: &mut Host) -> Result<()> {
    warn(&listing.warnings, host);
    let rendered = match flags.json {
        true => as_json(listing, false)?,
        false => listing.render(flags.verbose),
    };
    print(&rendered, false, host)
}

/// Prints what a check found.
///
/// # Errors
/// The stream failed.
pub(crate) fn print_scan(
    scan: &Scan,
    format: check::Format,
    look: &check::Look,
    host: &mut Host,
) -> Result<()> {
    check::render(scan, format, look, &mut host.out)
        .and_then(|()| host.out.flush())
        .map_err(output_lost)
}

/// The same for a file.
///
/// # Errors
/// A report that cannot be expressed, which does not happen.
pub(crate) fn scan_as_bytes(
    scan: &Scan,
    format: check::Format,
    look: &check::Look,
) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    check::render(scan, format, look, &mut bytes).map_err(output_lost)?;
    Ok(bytes)
}

pub(super) fn output_lost(source: io::Error) -> Error {
    let changed = false;
    ChangeError::Output { source, changed }.into()
}

pub(super) fn as_json(document: &impl Serialize, changed: bool) -> Result<String> {
    json::render(document).map_err(|error| {
        let source = io::Error::from(error);
        ChangeError::Output { source, changed }.into()
    })
}

/// Writes to stdout, whole.
///
/// # Errors
/// The stream failed.
pub(super) fn print(rendered: &str, changed: bool, host: &mut Host) -> Result<()> {
    host.out
        .write_all(rendered.as_bytes())
        .and_then(|()| host.out.flush())
        .map_err(|source| ChangeError::Output { source, changed }.into())
}
