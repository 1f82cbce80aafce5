//! Lists: the history, and the users of the Client Update Service.

use std::path::PathBuf;

use serde::Serialize;

use crate::report::printable::printable;

#[derive(Debug, Default, Serialize)]
pub(crate) struct Listing {
    /// The oldest first.
    pub(crate) changes: Vec<Row>,
    /// That something waits to be put back.
    pub(crate) pending: Option<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Row {
    pub(crate) id: u64,
    /// RFC 3339, UTC.
    pub(crate) started: String,
    pub(crate) command: String,
    pub(crate) state: String,
    pub(crate) files: Vec<PathBuf>,
}

impl Listing {
    /// One change a line, its files below it.
    pub(crate) fn render(&self) -> String {
        let mut text = String::new();
        for row in &self.changes {
            text.push_str(&format!(
                "{:>4}  {}  {:<16} {}\n",
                row.id, row.started, row.command, row.state
            ));
            for file in &row.files {
                text.push_str(&format!("      {}\n", file.display()));
            }
        }
        if self.changes.is_empty() && self.pending.is_none() {
            text.push_str("dhtls has changed nothing here yet\n");
        }
        text
    }
}

#[derive(Debug, Default, Serialize)]
pub(crate) struct UserListing {
    /// In the order of the file.
    pub(crate) users: Vec<UserRow>,
    pub(crate) warnings: Vec<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct UserRow {
    pub(crate) name: String,
    /// How the password is kept: `apr1`, `SHA-1`.
    pub(crate) hash: String,
}

impl UserListing {
    /// One name a line, for scripts; `verbose` adds how the password is kept.
    pub(crate) fn render(&self, verbose: bool) -> String {
        let line = |row: &UserRow| match verbose {
            true => format!("{} ({})\n", printable(&row.name), row.hash),
            false => format!("{}\n", printable(&row.name)),
        };
        self.users.iter().map(line).collect()
    }
}
