//! A check in four formats, all from one [`Scan`], so that all give the same verdict.

mod json;
mod nagios;
mod prometheus;
pub(crate) mod text;

use std::io::{self, BufWriter, Write};

use clap::ValueEnum;

use crate::report::scan::Scan;

/// How to print what was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    #[default]
    Text,
    /// For Nagios, Icinga and their kin, by the plugin guidelines
    Nagios,
    /// One document, described by docs/check.schema.json
    Json,
    /// For node_exporter's textfile collector
    Prometheus,
}

/// How the person at the terminal wants the text; other formats look the same everywhere.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Look {
    pub(crate) colour: bool,
    /// Columns of the terminal; `None` for a pipe or a file.
    pub(crate) width: Option<usize>,
    /// Only what is wrong, and nothing at all when all is well.
    pub(crate) quiet: bool,
}

/// Writes `scan` to `out`, which needs no buffer of its own: of 100,000 certificates it would be large.
///
/// # Errors
/// Those of `out`.
pub(crate) fn render(
    scan: &Scan,
    format: Format,
    look: &Look,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(64 * 1024, out);
    match format {
        Format::Text => text::write(scan, look, &mut out),
        Format::Nagios => nagios::write(scan, &mut out),
        Format::Json => json::write(scan, &mut out),
        Format::Prometheus => prometheus::write(scan, &mut out),
    }?;
    out.flush()
}

/// `1 source`, `2 sources`
fn count(number: usize, noun: &str) -> String {
    match number {
        1 => format!("1 {noun}"),
        _ => format!("{number} {noun}s"),
    }
}

#[cfg(test)]
mod tests;
