//! The transactions that were: what they changed, whether one is unfinished, how one is undone.

pub(crate) mod rollback;

use std::ffi::OsString;

use crate::error::FileError;
use crate::system::folder::Folder;
use crate::system::host::Host;
use crate::system::journal::{Found, Journal, Record, State};
use crate::system::lock::StateFolder;
use crate::system::plan::Id;

/// A finished transaction.
#[derive(Debug)]
pub(crate) struct Past {
    pub(crate) record: Record,
    /// The transaction that undid it.
    pub(crate) undone_by: Option<Id>,
}

/// The finished transactions that are kept, the newest first.
pub(crate) fn list(host: &Host, state: &StateFolder) -> Result<Vec<Past>, FileError> {
    let mut past: Vec<Past> = Vec::new();
    for record in records(host, state)? {
        if !record.state.is_finished() {
            continue;
        }
        let undoes = record.undoes.filter(|_| record.state == State::Verified);
        if let Some(undone) = past.iter_mut().find(|past| Some(past.record.id) == undoes) {
            undone.undone_by = Some(record.id);
        }
        past.push(Past {
            record,
            undone_by: None,
        });
    }
    past.reverse();
    Ok(past)
}

/// The transaction that the next run which changes things will put back. Needs no lock and changes
/// nothing, so that a run that is busy just now looks like one that died.
pub(crate) fn pending(host: &Host, state: &StateFolder) -> Result<Option<Record>, FileError> {
    let records = records(host, state)?;
    Ok(records
        .into_iter()
        .rfind(|record| !record.state.is_finished()))
}

fn records(host: &Host, state: &StateFolder) -> Result<Vec<Record>, FileError> {
    let journals = journals(host, state)?;
    Ok(journals.into_iter().map(|journal| journal.record).collect())
}

fn journals(host: &Host, state: &StateFolder) -> Result<Vec<Journal>, FileError> {
    let Some(history) = state.history(&host.root)? else {
        return Ok(Vec::new());
    };
    let mut journals = Vec::new();
    for id in ids(&history)? {
        match Journal::open(&history, id) {
            Ok(Found::Journal(journal)) => journals.push(*journal),
            Ok(Found::Nothing | Found::Damaged) => {}
            // Pruned or put back by a run that is busy just now.
            Err(error) if error.is_not_found() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(journals)
}

/// The numbers of the transactions that have a folder, the oldest first.
pub(crate) fn ids(history: &Folder) -> Result<Vec<Id>, FileError> {
    let number = |name: &OsString| name.to_str()?.parse().ok().map(Id);
    let mut ids: Vec<Id> = history.names()?.iter().filter_map(number).collect();
    ids.sort();
    Ok(ids)
}

/// A number that no transaction has or had, as far as anybody knows.
pub(crate) fn next_id(history: &Folder) -> Result<Id, FileError> {
    let number = |name: OsString| name.to_str()?.split('.').next()?.parse::<u64>().ok();
    let highest = history.names()?.into_iter().filter_map(number).max();
    Ok(Id(highest.unwrap_or(0).saturating_add(1)))
}

#[cfg(test)]
mod tests;
