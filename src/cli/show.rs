//! `dhtls show` at the terminal: what could be read on stdout, what could not on stderr.

use crate::cli::{Everywhere, streams};
use crate::commands::show::{self, Args};
use crate::error::Result;
use crate::report::show::{Detail, Look};
use crate::server::site::Site;
use crate::system::host::Host;

/// What is printed.
#[derive(Clone, Copy, Debug)]
pub(super) enum ShownAs {
    Json,
    Pem,
    Text,
}

/// # Errors
/// The stream failed; else the last of what could not be read, for the caller to say.
pub(super) fn run(
    args: &Args,
    everywhere: &Everywhere,
    host: &mut Host,
    site: &Site,
) -> Result<()> {
    let mut shown = show::run(args, host, site)?;
    let rendered = match everywhere.format.of_show() {
        ShownAs::Json => streams::as_json(&shown.showing, false)?,
        ShownAs::Pem => shown.pem(),
        ShownAs::Text => shown.showing.render(&look(everywhere)),
    };
    streams::print(&rendered, false, host)?;
    let last = shown.errors.pop();
    for error in &shown.errors {
        streams::report_error(error, host);
    }
    last.map_or(Ok(()), Err)
}

/// Colour by `--color`, else the terminal, NO_COLOR and CLICOLOR_FORCE; lines as long as the terminal is
/// wide.
fn look(everywhere: &Everywhere) -> Look {
    Look {
        colour: streams::stdout_takes_colour(everywhere.color.into()),
        width: streams::width(),
        detail: match (everywhere.quiet, everywhere.verbose) {
            (true, _) => Detail::Brief,
            (false, 0) => Detail::Usual,
            (false, _) => Detail::Full,
        },
    }
}
