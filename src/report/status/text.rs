//! Text for people: what was found, section by section, what is wrong with a thing below that thing.

use std::collections::BTreeSet;
use std::io::{self, Write};

use time::OffsetDateTime;

use crate::pki::findings::Severity;
use crate::report::check::Look;
use crate::report::check::text::{
    BOLD, DIM, colour, paint, write_certificates, write_errors, write_finding,
};
use crate::report::printable::printable;
use crate::report::scan::{CertificateRow, ErrorRow, Kind, Status};
use crate::report::status::columns::{Cell, Columns};
use crate::report::status::{
    ClientUpdatesRow, EndpointRow, FileRow, FileState, Layout, MonitRow, Origin, PropertiesRow,
    Report, ServedBy, ServedRow, ServiceRow, SettingRow, WantedRow,
};

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
        self.line("properties", &properties(&server.properties))?;
        self.line("launchers", &client_updates(&server.client_updates))?;
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
        let wanted = wanted(&file.wanted).filter(|_| file.right == Some(false));
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
        let lines: Vec<_> = self.report.settings.iter().map(setting).collect();
        let head = ["SETTING", "VALUE", "SET IN"];
        let columns = Columns::new(&head, lines.iter().map(<[Cell; 3]>::as_slice), self.look);
        self.head(&columns, lines.len())?;
        lines
            .iter()
            .try_for_each(|line| columns.write(line, self.out))
    }

    fn services(&mut self) -> io::Result<()> {
        let lines: Vec<_> = self.report.services.iter().map(service).collect();
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

fn properties(row: &PropertiesRow) -> String {
    let files = row.files.join(", ");
    let PropertiesRow {
        evidence,
        missing,
        folder,
        ..
    } = row;
    let evidence = evidence.as_deref().unwrap_or_default();
    match row.layout {
        Layout::ConfigurationServer if files.is_empty() => {
            format!("the configuration server has them ({evidence})")
        }
        Layout::ConfigurationServer => {
            format!("the configuration server has them ({evidence}); {files} is a copy")
        }
        Layout::HalfLegacy => format!(
            "half of a legacy pair: {files}, without {}",
            missing.as_deref().unwrap_or_default()
        ),
        Layout::LegacyPair => format!("a legacy pair: {files}"),
        Layout::None => format!("none in {folder}"),
        Layout::OneFile => format!("one file for all services: {files}"),
        Layout::Unknown => format!("unknown: {folder} could not be read"),
    }
}

fn client_updates(row: &ClientUpdatesRow) -> String {
    let evidence = row.evidence.as_deref().unwrap_or_default();
    match row.served_by {
        ServedBy::Lighttpd => format!("served by lighttpd: {evidence}"),
        ServedBy::Nobody => "served by nobody: there is no lighttpd for them".to_owned(),
        ServedBy::Unknown => "unknown: lighttpd's configuration could not be read".to_owned(),
        ServedBy::WebApi => format!("served by the Web API Service, without lighttpd: {evidence}"),
    }
}

fn wanted(wanted: &WantedRow) -> Option<String> {
    let owner = match (wanted.user.as_deref(), wanted.group.as_deref()) {
        (Some(user), Some(group)) => Some(format!("{user}:{group}")),
        (Some(user), None) => Some(user.to_owned()),
        (None, Some(group)) => Some(format!(":{group}")),
        (None, None) => None,
    };
    let parts: Vec<String> = owner.into_iter().chain(wanted.mode.clone()).collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

fn setting(row: &SettingRow) -> [Cell; 3] {
    let key = match &row.condition {
        Some(condition) => format!("{} ({condition})", row.key),
        None => row.key.clone(),
    };
    let value = row.value.as_deref();
    let value = match row.origin {
        Origin::Default | Origin::File => Cell::plain(value.unwrap_or_default()),
        Origin::Unknown => Cell::coloured("unknown", colour(Status::Unknown)),
        Origin::Unset => Cell::coloured("not set", DIM),
    };
    let at = match (&row.file, row.line, row.origin) {
        (Some(file), Some(line), _) => format!("{file}:{line}"),
        (_, _, Origin::Default) => "the default".to_owned(),
        (_, _, _) => String::new(),
    };
    [Cell::plain(key), value, Cell::plain(at)]
}

fn service(row: &ServiceRow) -> [Cell; 5] {
    let on = match row.on {
        Some(true) => "on",
        Some(false) => "off",
        None => "no file",
    };
    let tls = match row.tls {
        Some(true) => "yes",
        Some(false) => "no",
        None => "-",
    };
    let served = row.endpoints.iter().map(served);
    let served: Vec<String> = served.collect();
    [
        Cell::plain(&row.name),
        Cell::plain(on),
        Cell::plain(tls),
        monit(&row.monit),
        Cell::plain(match served.is_empty() {
            true => "not asked".to_owned(),
            false => served.join("; "),
        }),
    ]
}

fn served(row: &EndpointRow) -> String {
    let words = |it: &ServedRow| match &it.same_as {
        Some(file) => format!("{}, {} d, as in {file}", it.name, it.days_left),
        None => format!("{}, {} d, which is in no file here", it.name, it.days_left),
    };
    let served: Vec<String> = row.served.iter().map(words).collect();
    match served.is_empty() {
        true => format!("{}: nothing that could be read", row.endpoint),
        false => format!("{}: {}", row.endpoint, served.join("; ")),
    }
}

fn monit(row: &MonitRow) -> Cell {
    match (&row.status, &row.problem) {
        (Some(status), _) => Cell::plain(match row.pid {
            Some(pid) => format!("{status}, process {pid}"),
            None => status.clone(),
        }),
        (None, Some(problem)) => Cell::coloured(problem, colour(Status::Unknown)),
        (None, None) => Cell::plain("not asked"),
    }
}
