//! What was found, in a person's words.

use crate::report::check::text::{DIM, colour};
use crate::report::scan::Status;
use crate::report::status::columns::Cell;
use crate::report::status::{
    ClientUpdatesRow, EndpointRow, Layout, MonitRow, Origin, PropertiesRow, ServedBy, ServedRow,
    ServiceRow, SettingRow, WantedRow,
};

pub(super) fn properties(row: &PropertiesRow) -> String {
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

pub(super) fn client_updates(row: &ClientUpdatesRow) -> String {
    let evidence = row.evidence.as_deref().unwrap_or_default();
    match row.served_by {
        ServedBy::Lighttpd => format!("served by lighttpd: {evidence}"),
        ServedBy::Nobody => "served by nobody: there is no lighttpd for them".to_owned(),
        ServedBy::Unknown => "unknown: lighttpd's configuration could not be read".to_owned(),
        ServedBy::WebApi => format!("served by the Web API Service, without lighttpd: {evidence}"),
    }
}

pub(super) fn wanted(wanted: &WantedRow) -> Option<String> {
    let owner = match (wanted.user.as_deref(), wanted.group.as_deref()) {
        (Some(user), Some(group)) => Some(format!("{user}:{group}")),
        (Some(user), None) => Some(user.to_owned()),
        (None, Some(group)) => Some(format!(":{group}")),
        (None, None) => None,
    };
    let parts: Vec<String> = owner.into_iter().chain(wanted.mode.clone()).collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

pub(super) fn setting(row: &SettingRow) -> [Cell; 3] {
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

pub(super) fn service(row: &ServiceRow) -> [Cell; 5] {
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
