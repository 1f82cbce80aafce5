//! Whether a server is in a state in which it may be: at any moment each file is its old or its new self;
//! after the next run all are old or all are new, and nothing else is left.

use std::collections::BTreeSet;
use std::path::Path;

use super::essence::essence;
use super::image::{Image, Item, Kind};
use super::scenario::{Scenario, server, state};

/// What the files of a server are, taken together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whole {
    Old,
    New,
    /// Each file is one of the two.
    Mixed,
}

/// The server right after a run ended or died.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) whole: Whole,
    /// dot-names beside files that the next run has to remove.
    pub(crate) left: Vec<String>,
}

/// Judges the server in a folder, whatever has happened to the run.
///
/// # Errors
/// A file is neither its old nor its new self, or a name does not belong there; each with the reason.
pub(crate) fn at_once(scenario: &Scenario, laid: &Image) -> Result<Found, String> {
    let now = server(laid);
    let (mut old, mut new) = (true, true);
    let (mut left, mut wrong) = (Vec::new(), Vec::new());
    for path in all_paths(&[&scenario.old, &scenario.new, &now]) {
        let [before, after, item] =
            [&scenario.old, &scenario.new, &now].map(|image| image.0.get(path));
        if before.is_none() && after.is_none() {
            match item.is_some_and(|item| may_wait_there(scenario, path, item)) {
                true => left.push(path.display().to_string()),
                false => wrong.push(format!(
                    "{} does not belong there: {item:?}",
                    path.display()
                )),
            }
            continue;
        }
        let is_old = item == before;
        let is_new = item == after || (!is_old && means_the_same(path, item, after));
        let is_on_the_way = is_half_made(before, after, item) || has_guest(after, item);
        if !is_old && !is_new && !is_on_the_way {
            wrong.push(format!(
                "{} is neither {before:?} nor {after:?}: {item:?}",
                path.display()
            ));
        }
        old &= is_old;
        new &= is_new;
    }
    if !wrong.is_empty() {
        return Err(wrong.join("; "));
    }
    let whole = match (old, new) {
        (true, _) => Whole::Old,
        (false, true) => Whole::New,
        (false, false) => Whole::Mixed,
    };
    Ok(Found { whole, left })
}

/// Judges the server and dhtls's own folder once nothing may be unfinished any more; says whether all is
/// old or new.
///
/// # Errors
/// As [`at_once`]; files of both kinds, something left over.
pub(crate) fn after_next_run(scenario: &Scenario, laid: &Image) -> Result<Whole, String> {
    let found = at_once(scenario, laid)?;
    if found.whole == Whole::Mixed {
        return Err("some files are old and some are new".to_owned());
    }
    if !found.left.is_empty() {
        return Err(format!("left over: {:?}", found.left));
    }
    for (path, item) in state(laid).0 {
        judge_state(&path, &item)?;
    }
    Ok(found.whole)
}

fn all_paths<'a>(images: &[&'a Image]) -> BTreeSet<&'a Path> {
    let paths = images.iter().flat_map(|image| image.0.keys());
    paths.map(AsRef::as_ref).collect()
}

fn means_the_same(path: &Path, item: Option<&Item>, new: Option<&Item>) -> bool {
    let (Some(item), Some(new)) = (item, new) else {
        return false;
    };
    let dressed_alike = Item {
        bytes: new.bytes.clone(),
        ..item.clone()
    } == *new;
    dressed_alike
        && essence(path, &new.bytes)
            .is_some_and(|wanted| essence(path, &item.bytes) == Some(wanted))
}

/// A new folder is for its owner alone until it is set up.
fn is_half_made(before: Option<&Item>, after: Option<&Item>, item: Option<&Item>) -> bool {
    let is_folder = |item: &Item| item.kind == Kind::Folder;
    before.is_none()
        && after.is_some_and(is_folder)
        && item.is_some_and(|item| is_folder(item) && item.mode & 0o077 == 0)
}

/// Passwords are proven with a user of that moment at the end of the users file.
fn has_guest(after: Option<&Item>, item: Option<&Item>) -> bool {
    let (Some(after), Some(item)) = (after, item) else {
        return false;
    };
    let guest = item.bytes.strip_prefix(&after.bytes[..]);
    let is_guest = |line: &[u8]| {
        line.starts_with(b"dhtls-") && line.iter().filter(|byte| **byte == b'\n').count() == 1
    };
    guest.is_some_and(is_guest)
        && Item {
            bytes: after.bytes.clone(),
            ..item.clone()
        } == *after
}

/// Whether it is one of the transaction's dot-names beside a file of the scenario, and no more open than
/// that file was or will be.
fn may_wait_there(scenario: &Scenario, path: &Path, item: &Item) -> bool {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
        return false;
    };
    let parts: Vec<&str> = name.rsplitn(4, '.').collect();
    let ["dhtls", which, token, target] = parts[..] else {
        return false;
    };
    let is_known =
        ["new", "old", "final", "judged", "report"].contains(&which) && token.len() == 16;
    let target = path.with_file_name(target.trim_start_matches('.'));
    let selves = [&scenario.old, &scenario.new].map(|image| image.0.get(&target));
    let closed = item.mode & 0o177 == 0;
    let like_a_self = selves
        .iter()
        .flatten()
        .any(|own| (own.mode, own.owner) == (item.mode, item.owner));
    is_known
        && item.kind == Kind::File
        && selves.iter().any(Option::is_some)
        && (closed || like_a_self)
}

/// Records of what is done, their copies, the lock.
fn judge_state(path: &Path, item: &Item) -> Result<(), String> {
    let wrong = |why: &str| {
        Err(format!(
            "{} in dhtls's folder {why}: {item:?}",
            path.display()
        ))
    };
    if item.mode & 0o077 != 0 {
        return wrong("is open to others");
    }
    let parts: Vec<&str> = path.iter().filter_map(|part| part.to_str()).collect();
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    match parts[..] {
        ["lock" | "history"] => Ok(()),
        ["history", id] if is_number(id) && item.kind == Kind::Folder => Ok(()),
        ["history", id, copy] if is_number(id) && is_number(copy) => Ok(()),
        ["history", id, "record.json"] if is_number(id) => {
            let record: Option<serde_json::Value> = serde_json::from_slice(&item.bytes).ok();
            match record.as_ref().and_then(|record| record["state"].as_str()) {
                Some("verified") => Ok(()),
                other => wrong(&format!("says {other:?}")),
            }
        }
        _ => wrong("is left over"),
    }
}
