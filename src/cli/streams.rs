//! The only code that prints: results to stdout; errors, warnings and hints to stderr as `dhtls: ...`,
//! lower case, without a full stop.

use std::io::{self, Write};
use std::process::ExitCode;

use anstream::{AutoStream, ColorChoice};
use serde::Serialize;

use crate::commands::show::Shown;
use crate::error::{ChangeError, Error, Result};
use crate::report::listing::{Listing, UserListing};
use crate::report::outcome::Outcome;
use crate::report::show::{Detail, Look};
use crate::report::{json, text};
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
}

/// Decides whether stderr takes colour: `--color`, else the terminal, NO_COLOR and CLICOLOR_FORCE.
pub(crate) fn choose_colour(choice: ColorChoice, host: &mut Host) {
    let choice = match choice {
        ColorChoice::Auto => AutoStream::choice(&io::stderr()),
        ColorChoice::Always | ColorChoice::AlwaysAnsi | ColorChoice::Never => choice,
    };
    host.coloured = choice != ColorChoice::Never;
}

/// What `dhtls show` prints.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ShownAs {
    Json,
    Pem,
    Text,
}

/// How text on stdout looks: colour by `--color`, else the terminal, NO_COLOR and CLICOLOR_FORCE; lines
/// as long as the terminal is wide.
pub(crate) fn look(choice: ColorChoice, flags: &Flags) -> Look {
    let choice = match choice {
        ColorChoice::Auto => AutoStream::choice(&io::stdout()),
        ColorChoice::Always | ColorChoice::AlwaysAnsi | ColorChoice::Never => choice,
    };
    let width = terminal_size::terminal_size_of(io::stdout());
    Look {
        colour: choice != ColorChoice::Never,
        width: width.map(|(columns, _)| usize::from(columns.0)),
        detail: match (flags.quiet, flags.verbose) {
            (true, _) => Detail::Brief,
            (false, false) => Detail::Usual,
            (false, true) => Detail::Full,
        },
    }
}

/// Help and version go to stdout with 0, wrong usage to stderr with 2.
pub(crate) fn show_usage(usage: &clap::Error, host: &mut Host) -> ExitCode {
    let code = u8::try_from(usage.exit_code()).unwrap_or(2);
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

/// Prints what could be read; what could not, on stderr.
///
/// # Errors
/// The stream failed; else the last of what could not be read, for the caller to say.
pub(crate) fn print_shown(
    mut shown: Shown,
    format: ShownAs,
    look: &Look,
    host: &mut Host,
) -> Result<()> {
    let rendered = match format {
        ShownAs::Json => as_json(&shown.showing, false)?,
        ShownAs::Pem => shown.to_pem(),
        ShownAs::Text => shown.showing.render(look),
    };
    print(&rendered, false, host)?;
    let last = shown.errors.pop();
    for error in &shown.errors {
        report_error(error, host);
    }
    last.map_or(Ok(()), Err)
}

fn as_json(document: &impl Serialize, changed: bool) -> Result<String> {
    json::render(document).map_err(|error| {
        let source = io::Error::from(error);
        ChangeError::Output { source, changed }.into()
    })
}

/// Writes to stdout, whole.
///
/// # Errors
/// The stream failed.
fn print(rendered: &str, changed: bool, host: &mut Host) -> Result<()> {
    host.out
        .write_all(rendered.as_bytes())
        .and_then(|()| host.out.flush())
        .map_err(|source| ChangeError::Output { source, changed }.into())
}
