//! Text for people: what was found, section by section, what is wrong with a thing below that thing.

use std::collections::BTreeSet;
use std::io::{self, Write};

use time::OffsetDateTime;

use crate::pki::findings::Severity;
use crate::report::check::Look;
use crate::report::check::text::{
    BOLD, colour, paint, write_certificates, write_errors, write_finding,
};
use crate::report::printable::printable;
use crate::report::scan::{CertificateRow, ErrorRow, Kind, Status};
use crate::report::status::columns::{Cell, Columns};
use crate::report::status::words;
use crate::report::status::{FileRow, FileState, Report};

/// `verbose` shows also what need not be there, and certificates that are no leaves.
///
/// # Errors
/// Those of `out`.
pub(crate) fn write(
    report: &Report,
    now: OffsetDateTime,
    verbose: bool,
    look: &Look,
    out: &mut impl Write,
) -> io::Result<()> {
    let mut page = Page {
        report,
        look,
        verbose,
        said: BTreeSet::new(),
        out,
    };
    page.server()?;
    page.files()?;
    page.settings()?;
    page.services()?;
    page.certificates(now)?;
    page.rest()?;
    page.history()
}

struct Page<'a, W> {
    report: &'a Report,
    look: &'a Look,
    verbose: bool,
    /// Sources whose findings stand below them.
    said: BTreeSet<&'a str>,
    out: &'a mut W,
}

impl<'a, W: Write> Page<'a, W> {
    fn server(&mut self) -> io::Result<()> {
        let server = &self.report.server;
        self.line("properties", &words::properties(&server.properties))?;
        self.line("launchers", &words::client_updates(&server.client_updates))?;
        let settings = server.settings_file.as_deref();
        self.line(
            "settings",
            settings.unwrap_or("the runbook's; there is no settings file"),
        )?;
        match &server.root {
            Some(root) => self.line("root", root),
            None => Ok(()),
        }
    }

    fn files(&mut self) -> io::Result<()> {
        let is_shown =
            |file: &&FileRow| self.verbose || file.needed || file.state != FileState::Missing;
        let files: Vec<&FileRow> = self.report.files.iter().filter(is_shown).collect();
        let lines: Vec<_> = files.iter().map(|file| self.file(file)).collect();
        let head = ["FILE", "STATE", "OWNER", "MODE", "PATH"];
        let columns = Columns::new(&head, lines.iter().map(<[Cell; 5]>::as_slice), self.look);
        self.head(&columns, files.len())?;
        for (file, line) in files.into_iter().zip(&lines) {
            columns.write(line, self.out)?;
            self.findings_of(&file.path)?;
        }
        Ok(())
    }

    fn file(&self, file: &FileRow) -> [Cell; 5] {
        let has_unknown = self
            .of_source(&file.path)
            .any(|row| !row.finding.ignored && row.finding.severity == Severity::Unknown);
        let (state, status) = match (file.state, file.right) {
            (FileState::Missing, _) if file.needed => ("missing", Status::Warning),
            (FileState::Missing, _) => ("absent", Status::Ok),
            (FileState::Hidden, _) => ("hidden", Status::Unknown),
            (FileState::There, _) if has_unknown => ("unread", Status::Unknown),
            (FileState::There, Some(false)) => ("wrong", Status::Warning),
            (FileState::There, Some(true)) => ("right", Status::Ok),
            (FileState::There, None) => ("there", Status::Ok),
        };
        let path = match &file.real_path {
            Some(real) => format!("{} -> {real}", file.path),
            None => file.path.clone(),
        };
        let (owner, mode) = match file.state {
            FileState::There => (file.owner.as_deref(), file.mode.as_deref()),
            FileState::Hidden | FileState::Missing => (None, None),
        };
        let wanted = words::wanted(&file.wanted).filter(|_| file.right == Some(false));
        let path = match wanted {
            Some(wanted) => format!("{path} ({wanted} is wanted)"),
            None => path,
        };
        [
            Cell::plain(&file.role),
            Cell::coloured(state, colour(status)),
            Cell::plain(owner.unwrap_or("-")),
            Cell::plain(mode.unwrap_or("-")),
            Cell::plain(path),
        ]
    }

    fn settings(&mut self) -> io::Result<()> {
        let lines: Vec<_> = self.report.settings.iter().map(words::setting).collect();
        let head = ["SETTING", "VALUE", "SET IN"];
        let columns = Columns::new(&head, lines.iter().map(<[Cell; 3]>::as_slice), self.look);
        self.head(&columns, lines.len())?;
        lines
            .iter()
            .try_for_each(|line| columns.write(line, self.out))
    }

    fn services(&mut self) -> io::Result<()> {
        let lines: Vec<_> = self.report.services.iter().map(words::service).collect();
        let head = ["SERVICE", "STATE", "TLS", "MONIT", "SERVES"];
        let columns = Columns::new(&head, lines.iter().map(<[Cell; 5]>::as_slice), self.look);
        self.head(&columns, lines.len())?;
        for (service, line) in self.report.services.iter().zip(&lines) {
            columns.write(line, self.out)?;
            self.findings_of(&service.name)?;
            for endpoint in &service.endpoints {
                self.findings_of(&endpoint.endpoint)?;
            }
        }
        Ok(())
    }

    fn certificates(&mut self, now: OffsetDateTime) -> io::Result<()> {
        let is_shown = |row: &&CertificateRow| {
            self.verbose || row.kind == Kind::Leaf || row.status() != Status::Ok
        };
        let rows: Vec<_> = self.report.certificates.iter().filter(is_shown).collect();
        if rows.is_empty() {
            return Ok(());
        }
        writeln!(self.out)?;
        write_certificates(&rows, now, self.look, self.out)
    }

    /// Findings about what has no line of its own. The state folder has the last one.
    fn rest(&mut self) -> io::Result<()> {
        let is_left = |row: &&ErrorRow| {
            let source = row.source.as_str();
            !self.said.contains(source) && source != self.report.state_folder
        };
        let rows: Vec<_> = self.report.findings.iter().filter(is_left).collect();
        if rows.is_empty() {
            return Ok(());
        }
        writeln!(self.out)?;
        write_errors(&rows, self.look, self.out)
    }

    fn history(&mut self) -> io::Result<()> {
        writeln!(self.out)?;
        if let Some(pending) = &self.report.pending_recovery {
            self.line("pending", pending)?;
        }
        match &self.report.last_change {
            Some(change) => self.line(
                "last change",
                &format!(
                    "{}, {}, {}: {}",
                    change.id, change.started, change.command, change.state
                ),
            ),
            None if self.report.history_read => self.line("last change", "none by dhtls"),
            None => self.line("last change", "unknown"),
        }?;
        self.findings_of(&self.report.state_folder)
    }

    fn line(&mut self, label: &str, text: &str) -> io::Result<()> {
        let label = paint(&format!("{label:<12}"), BOLD, self.look);
        writeln!(self.out, "{label} {}", printable(text))
    }

    /// A section begins, unless it is empty.
    fn head(&mut self, columns: &Columns<'_>, lines: usize) -> io::Result<()> {
        if lines == 0 {
            return Ok(());
        }
        writeln!(self.out)?;
        columns.write_head(self.out)
    }

    fn of_source(&self, source: &str) -> impl Iterator<Item = &'a ErrorRow> {
        let findings = self.report.findings.iter();
        findings.filter(move |row| row.source == source)
    }

    /// Below the thing that they are about, once.
    fn findings_of(&mut self, source: &'a str) -> io::Result<()> {
        if !self.said.insert(source) {
            return Ok(());
        }
        let rows: Vec<_> = self.of_source(source).collect();
        rows.iter()
            .try_for_each(|row| write_finding(&row.finding, self.look, self.out))
    }
}
