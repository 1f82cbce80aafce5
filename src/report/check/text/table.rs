//! The table of certificates: one line each, or two where the terminal is too narrow for the sources.

use time::OffsetDateTime;

use crate::report::check::Look;
use crate::report::check::text::{BOLD, INDENT, STATUS, colour, fitted, paint, painted_status};
use crate::report::printable::{cut, printable, width};
use crate::report::scan::{CertificateRow, Kind};

/// What fits the widest cells of all rows.
pub(super) struct Table<'a> {
    look: &'a Look,
    now: OffsetDateTime,
    name: usize,
    /// Whether sources stand in lines of their own.
    is_narrow: bool,
}

const BAR: usize = 10;
const LEFT: usize = 7;
const DATE: usize = 10;
const GAP: usize = 2;
/// Columns before the name.
const FIXED: usize = STATUS + GAP + BAR + GAP + LEFT + GAP + DATE + GAP;
/// A longer name pushes its source to the right, in a pipe; on a terminal it is cut.
const NAME: usize = 40;

impl<'a> Table<'a> {
    pub(super) fn new(rows: &[&CertificateRow], now: OffsetDateTime, look: &'a Look) -> Self {
        let widest = |cell: fn(&CertificateRow) -> String| {
            let widths = rows.iter().map(|row| width(&cell(row)));
            widths.max().unwrap_or(0)
        };
        let name = widest(name).clamp("NAME".len(), NAME);
        let room = look.width.unwrap_or(usize::MAX).saturating_sub(FIXED);
        Self {
            look,
            now,
            name: name.min(room.max(INDENT)),
            is_narrow: room < name + GAP + widest(source),
        }
    }

    pub(super) fn head(&self) -> String {
        let bar = match self.look.width {
            Some(_) => format!("{:BAR$}  ", "LIFETIME"),
            None => String::new(),
        };
        let name = if self.is_narrow {
            "NAME, SOURCE"
        } else {
            "NAME"
        };
        let source = if self.is_narrow { "" } else { "SOURCE" };
        let head = format!(
            "{:STATUS$}  {bar}{:>LEFT$}  {:DATE$}  {name:width$}  {source}",
            "STATUS",
            "LEFT",
            "UNTIL",
            width = self.name,
        );
        paint(head.trim_end(), BOLD, self.look)
    }

    pub(super) fn row(&self, row: &CertificateRow) -> String {
        let status = painted_status(row.status(), self.look);
        let bar = match self.look.width {
            Some(_) => paint(&self.bar(row), colour(row.status()), self.look) + "  ",
            None => String::new(),
        };
        let (left, date) = (self.left(row), row.not_after.date());
        let name = name(row);
        let name = match self.look.width {
            Some(_) => cut(&name, self.name),
            None => name.into(),
        };
        let start = format!("{status}  {bar}{left:>LEFT$}  {date}  {name}");
        if self.is_narrow {
            let source = fitted(&source(row), INDENT, self.look);
            return format!("{start}\n{:INDENT$}{source}", "");
        }
        let padding = self.name.saturating_sub(width(&name)) + GAP;
        format!("{start}{:padding$}{}", "", source(row))
    }

    /// How much of the lifetime is left; something, while anything is.
    fn bar(&self, row: &CertificateRow) -> String {
        let lifetime = row.days_left_at(row.not_before);
        let share = row.days_left_at(self.now) / lifetime.max(f64::MIN_POSITIVE);
        let filled = (share.clamp(0.0, 1.0) * BAR as f64).ceil() as usize;
        "█".repeat(filled) + &"░".repeat(BAR.saturating_sub(filled))
    }

    /// Days, but hours on the last one.
    fn left(&self, row: &CertificateRow) -> String {
        match row.days_left {
            0 => format!("{:.0} h", (row.days_left_at(self.now) * 24.0).floor()),
            days => format!("{days} d"),
        }
    }
}

/// What a person would call it, and its place in the chain when it is no leaf.
fn name(row: &CertificateRow) -> String {
    let name = row.title();
    let name = printable(&name);
    match row.kind {
        Kind::Leaf => name.into_owned(),
        Kind::Intermediate | Kind::Root => format!("{name} ({})", row.kind),
    }
}

fn source(row: &CertificateRow) -> String {
    let source = printable(&row.source);
    match &row.alias {
        Some(alias) => format!("{source} ({})", printable(alias)),
        None => source.into_owned(),
    }
}
