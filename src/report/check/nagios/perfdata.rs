//! Performance data: `'source'=DAYS;WARN:;CRIT:`, one for each source.

use std::cmp::Ordering;
use std::collections::HashMap;

use crate::pki::certificate::distinguished_name::is_invisible;
use crate::report::printable::escaped;
use crate::report::scan::{CertificateRow, Scan};

/// As many sources as fit into `room` bytes, and how many did not.
///
/// They stand in the order of the scan whatever their state: some graphing programs know a series by its
/// place. Where not all fit, those that alarm first stay.
pub(super) fn of(scan: &Scan, room: usize) -> (String, usize) {
    let points = points(scan);
    let mut ranked: Vec<_> = points.iter().enumerate().collect();
    ranked.sort_by(|(_, (_, a)), (_, (_, b))| a.compare(b));
    let mut length = 0;
    let mut fitting: Vec<(usize, String)> = Vec::new();
    for (place, (source, point)) in ranked {
        let series = format!("{}={point}", label(source));
        if length + series.len() < room {
            length += series.len() + 1;
            fitting.push((place, series));
        }
    }
    let hidden = points.len() - fitting.len();
    fitting.sort_by_key(|(place, _)| *place);
    let fitting: Vec<_> = fitting.into_iter().map(|(_, series)| series).collect();
    (fitting.join(" "), hidden)
}

/// Each source with that of its certificates that alarms first.
fn points(scan: &Scan) -> Vec<(&str, Point)> {
    let mut points: Vec<(&str, Point)> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for row in &scan.certificates {
        let point = Point::of(row, scan);
        let place = *places.entry(&row.source).or_insert(points.len());
        match points.get_mut(place) {
            None => points.push((&row.source, point)),
            Some((_, known)) if point.compare(known) == Ordering::Less => *known = point,
            Some(_) => {}
        }
    }
    points
}

/// Days to the end of a certificate, and the limits below which they alarm.
struct Point {
    days: f64,
    warning: f64,
    critical: f64,
}

impl Point {
    fn of(row: &CertificateRow, scan: &Scan) -> Self {
        let [warning, critical] = row.limits;
        Self {
            days: row.days_left_at(scan.checked_at),
            warning,
            critical,
        }
    }

    /// Less is worse. Each certificate has limits of its own, so the first to end is not always the first
    /// to alarm, and a series must not look well while its source does not.
    fn compare(&self, other: &Self) -> Ordering {
        let by_alarm = other.alarm().cmp(&self.alarm());
        by_alarm.then(self.days.total_cmp(&other.days))
    }

    fn alarm(&self) -> u8 {
        u8::from(self.days < self.warning) + 2 * u8::from(self.days < self.critical)
    }
}

impl std::fmt::Display for Point {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [days, warning, critical] = [self.days, self.warning, self.critical].map(hundredths);
        write!(f, "{days};{warning}:;{critical}:")
    }
}

/// Rounded down, days and limits alike, so that rounding never carries one over the other.
fn hundredths(days: f64) -> f64 {
    (days * 100.0).floor() / 100.0
}

/// The guidelines want neither `=` nor a quote in a label. Older ones double a quote, which Perl's
/// Monitoring::Plugin 0.40 cannot read; it stops at any of the two.
fn label(source: &str) -> String {
    let bad = |character| matches!(character, '|' | '=' | '\'') || is_invisible(character);
    format!("'{}'", escaped(source, bad))
}
