//! `dhtls status`: its exit code says whether everything could be told, whatever that was.

use std::io::Write;
use std::process::ExitCode;

use crate::cli::format::Format;
use crate::cli::{Everywhere, streams};
use crate::commands::status;
use crate::error::Result;
use crate::report::check::Look;
use crate::report::{json, status as report};
use crate::system::host::Host;

/// Something could not be read.
const INCOMPLETE: u8 = 1;

/// Looks, and prints what there is.
pub(super) fn run(everywhere: &Everywhere, host: &mut Host) -> ExitCode {
    match look(everywhere, host) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(INCOMPLETE),
        Err(error) => streams::report_error(&error, host),
    }
}

/// Whether everything could be told.
fn look(everywhere: &Everywhere, host: &mut Host) -> Result<bool> {
    let site = everywhere.site(host)?;
    let found = status::run(everywhere.config.as_deref(), host, &site)?;
    let look = Look {
        colour: streams::stdout_takes_colour(everywhere.color.into()),
        width: streams::width(),
        quiet: false,
    };
    let mut bytes = Vec::new();
    let written = match everywhere.format {
        Format::Json => json::render(&found)
            .map_err(Into::into)
            .and_then(|text| bytes.write_all(text.as_bytes())),
        Format::Nagios | Format::Pem | Format::Prometheus | Format::Text => report::write(
            &found,
            host.now(),
            everywhere.verbose > 0,
            &look,
            &mut bytes,
        ),
    };
    written
        .and_then(|()| host.out.write_all(&bytes))
        .and_then(|()| host.out.flush())
        .map_err(streams::output_lost)?;
    Ok(found.complete)
}
