//! Nagios and its kin, by the Monitoring Plugins Development Guidelines: one line that tells it all, with
//! performance data behind its bar, then a line a finding, within what NRPE carries.

mod perfdata;

use std::cmp::Reverse;
use std::io::{self, Write};

use crate::pki::certificate::distinguished_name::is_invisible;
use crate::report::check::count;
use crate::report::printable::escaped;
use crate::report::scan::{FindingRow, Scan, Status};

/// Bytes of the output. NRPE 3 and Nagios carry 4096, the end of a C string included.
const ROOM: usize = 4_000;
/// What performance data may take of it: some 40 sources.
const PERFDATA: usize = 2_000;
/// Kept for the note of what is left out.
const NOTE: usize = 120;
/// Sources and messages are cut to these, so that one long path does not hide all others.
const SOURCE: usize = 160;
const MESSAGE: usize = 240;

/// What does not fit is left out from the end, the worst being first, and counted in the last line.
pub(super) fn write(scan: &Scan, out: &mut impl Write) -> io::Result<()> {
    let findings = worst_first(scan);
    let (series, hidden_series) = perfdata::of(scan, PERFDATA);
    let mut page = format!("DHTLS {} - {}", scan.status, overview(scan, &findings));
    if !series.is_empty() {
        page.push('|');
        page.push_str(&series);
    }
    page.push('\n');
    let mut hidden_findings = findings.len();
    for (source, finding) in findings {
        let line = format!("{} {}\n", word(finding), sentence(source, finding));
        if page.len() + line.len() + NOTE > ROOM {
            break;
        }
        page.push_str(&line);
        hidden_findings -= 1;
    }
    page.push_str(&note(hidden_findings, hidden_series));
    out.write_all(page.as_bytes())
}

/// What an alarm on a phone shows: the worst finding, and how much more there is.
fn overview(scan: &Scan, findings: &[(&str, &FindingRow)]) -> String {
    let all = format!(
        "{} of {}",
        count(scan.judged(), "certificate"),
        count(scan.sources(), "source")
    );
    let counted = findings.iter().filter(|(_, finding)| !finding.ignored);
    let more = match counted.clone().count().saturating_sub(1) {
        0 => String::new(),
        more => format!("{more} more, "),
    };
    let first_end = scan.certificates.iter().min_by_key(|row| row.not_after);
    match (counted.clone().next(), first_end) {
        (Some((source, finding)), _) => format!("{}; {more}{all}", sentence(source, finding)),
        (None, Some(row)) => {
            let days = row.days_left;
            let source = shown(&row.source, SOURCE);
            format!("{all}, the first ends in {days} days: {source}")
        }
        (None, None) => "no certificate was found".to_owned(),
    }
}

/// Ignored ones last.
fn worst_first(scan: &Scan) -> Vec<(&str, &FindingRow)> {
    let of_certificates = scan.worst_first().into_iter().flat_map(|row| {
        let findings = row.findings.iter();
        findings.map(|finding| (&*row.source, finding))
    });
    let of_errors = scan.errors.iter();
    let of_errors = of_errors.map(|row| (row.source.as_str(), &row.finding));
    let mut findings: Vec<_> = of_certificates.chain(of_errors).collect();
    findings.sort_by_key(|(_, finding)| (finding.ignored, Reverse(finding.severity)));
    findings
}

/// Many messages name their source themselves.
fn sentence(source: &str, finding: &FindingRow) -> String {
    let message = shown(&finding.message, MESSAGE);
    match finding.message.contains(source) {
        true => format!("{message} ({})", finding.code),
        false => format!("{}: {message} ({})", shown(source, SOURCE), finding.code),
    }
}

fn word(finding: &FindingRow) -> String {
    match finding.ignored {
        true => "ignored".to_owned(),
        false => Status::of(finding.severity).to_string(),
    }
}

/// A bar would begin performance data.
fn shown(text: &str, room: usize) -> String {
    let text = escaped(text, |character| {
        character == '|' || is_invisible(character)
    });
    if text.len() <= room {
        return text.into_owned();
    }
    let ends = text.char_indices().map(|(start, _)| start);
    let end = ends.take_while(|end| *end <= room).last();
    format!("{}…", text.get(..end.unwrap_or(0)).unwrap_or_default())
}

fn note(findings: usize, series: usize) -> String {
    let mut left_out = Vec::new();
    if findings > 0 {
        left_out.push(count(findings, "more finding"));
    }
    if series > 0 {
        left_out.push(format!("performance data of {}", count(series, "source")));
    }
    match left_out.is_empty() {
        true => String::new(),
        false => format!("left out: {}\n", left_out.join(", ")),
    }
}
