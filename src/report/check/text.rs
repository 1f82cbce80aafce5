//! Text for people: certificates, the worst first, what is wrong below each, then what could not be read,
//! then one line for all. Fitted to a terminal; in a pipe plain, each certificate on one line.

mod table;

use std::io::{self, Write};

use time::OffsetDateTime;

use crate::pki::findings::Severity;
use crate::report::check::{Look, count};
use crate::report::printable::{printable, wrapped};
use crate::report::scan::{CertificateRow, ErrorRow, FindingRow, Scan, Status};
use table::Table;

/// Nothing at all for a quiet look at a scan where all is well.
pub(super) fn write(scan: &Scan, look: &Look, out: &mut impl Write) -> io::Result<()> {
    if look.quiet && scan.status == Status::Ok {
        return Ok(());
    }
    let shown = |row: &&CertificateRow| !look.quiet || row.status() != Status::Ok;
    let rows: Vec<_> = scan.worst_first().into_iter().filter(shown).collect();
    let errors = errors(scan, look);
    write_certificates(&rows, scan.checked_at, look, out)?;
    write_errors(&errors, look, out)?;
    if !(rows.is_empty() && errors.is_empty()) {
        writeln!(out)?;
    }
    let status = paint(&scan.status.to_string(), colour(scan.status), look);
    // The status is followed by a colon.
    let indent = scan.status.to_string().len() + 2;
    writeln!(out, "{status}: {}", fitted(&summary(scan), indent, look))
}

/// A table, what is wrong with each certificate below it.
pub(crate) fn write_certificates(
    rows: &[&CertificateRow],
    now: OffsetDateTime,
    look: &Look,
    out: &mut impl Write,
) -> io::Result<()> {
    let table = Table::new(rows, now, look);
    if !rows.is_empty() {
        writeln!(out, "{}", table.head())?;
    }
    for row in rows {
        writeln!(out, "{}", table.row(row))?;
        for finding in &row.findings {
            write_finding(finding, look, out)?;
        }
    }
    Ok(())
}

/// Findings below the sources that they are about.
pub(crate) fn write_errors(
    errors: &[&ErrorRow],
    look: &Look,
    out: &mut impl Write,
) -> io::Result<()> {
    for error in errors {
        write_error(error, look, out)?;
    }
    Ok(())
}

/// Columns of a status, and of what stands below one.
const STATUS: usize = 8;
const INDENT: usize = STATUS + 2;
pub(crate) const BOLD: &str = "\x1b[1m";
pub(crate) const DIM: &str = "\x1b[2m";

/// The worst first.
fn errors<'a>(scan: &'a Scan, look: &Look) -> Vec<&'a ErrorRow> {
    let shown = |row: &&ErrorRow| !(look.quiet && row.finding.ignored);
    let mut errors: Vec<_> = scan.errors.iter().filter(shown).collect();
    errors.sort_by_key(|row| (row.finding.ignored, std::cmp::Reverse(row.finding.severity)));
    errors
}

fn write_error(error: &ErrorRow, look: &Look, out: &mut impl Write) -> io::Result<()> {
    let status = match error.finding.ignored {
        true => paint(&format!("{:STATUS$}", "ignored"), DIM, look),
        false => painted_status(Status::of(error.finding.severity), look),
    };
    let source = fitted(&printable(&error.source), INDENT, look);
    writeln!(out, "{status}  {source}")?;
    write_finding(&error.finding, look, out)
}

/// `critical  expired: web.example.com expired on …`
pub(crate) fn write_finding(
    finding: &FindingRow,
    look: &Look,
    out: &mut impl Write,
) -> io::Result<()> {
    if finding.ignored && look.quiet {
        return Ok(());
    }
    let word = match finding.ignored {
        true => paint(&format!("{:STATUS$}", "ignored"), DIM, look),
        false => {
            let colour = colour(Status::of(finding.severity));
            paint(&format!("{:STATUS$}", finding.severity), colour, look)
        }
    };
    let text = format!("{}: {}", finding.code, printable(&finding.message));
    let text = fitted(&text, 2 * INDENT, look);
    writeln!(out, "{:INDENT$}{word}  {text}", "")
}

/// `text` for a place behind `indent` columns, over as many lines as the terminal wants.
fn fitted(text: &str, indent: usize, look: &Look) -> String {
    let Some(width) = look.width else {
        return text.to_owned();
    };
    let lines = wrapped(text, width.saturating_sub(indent).max(INDENT));
    lines.join(&format!("\n{:indent$}", ""))
}

/// `12 certificates of 5 sources; 1 critical, 2 warnings; 7 files skipped`
fn summary(scan: &Scan) -> String {
    let certificates = count(scan.judged(), "certificate");
    let sources = count(scan.sources(), "source");
    let mut text = format!("{certificates} of {sources}");
    let number = |severity| {
        let counted = scan.findings().filter(|(_, finding)| !finding.ignored);
        counted
            .filter(|(_, finding)| finding.severity == severity)
            .count()
    };
    let ignored = scan
        .findings()
        .filter(|(_, finding)| finding.ignored)
        .count();
    let warnings = number(Severity::Warning);
    let numbers = [
        (number(Severity::Critical), "critical"),
        (number(Severity::Unknown), "unknown"),
        (warnings, if warnings == 1 { "warning" } else { "warnings" }),
        (ignored, "ignored"),
    ];
    let numbers: Vec<_> = numbers
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, word)| format!("{number} {word}"))
        .collect();
    if !numbers.is_empty() {
        text.push_str(&format!("; {}", numbers.join(", ")));
    }
    if scan.skipped > 0 {
        text.push_str(&format!("; {} skipped", count(scan.skipped, "file")));
    }
    text
}

fn painted_status(status: Status, look: &Look) -> String {
    paint(&format!("{status:STATUS$}"), colour(status), look)
}

pub(crate) fn colour(status: Status) -> &'static str {
    match status {
        Status::Ok => "\x1b[32m",
        Status::Warning => "\x1b[33m",
        Status::Unknown => "\x1b[35m",
        Status::Critical => "\x1b[1;31m",
    }
}

pub(crate) fn paint(text: &str, colour: &str, look: &Look) -> String {
    match look.colour {
        true => format!("{colour}{text}\x1b[0m"),
        false => text.to_owned(),
    }
}
