//! A plan as people read it before it is carried out: a unified diff, and lines for all that a diff
//! cannot say. Of secrets only size and SHA-256 are shown.

use std::fmt::Write;
use std::path::Path;

use similar::TextDiff;

use crate::error::FileError;
use crate::system::account;
use crate::system::extended::{self, Extended};
use crate::system::plan::{Action, Attributes, Content, FileChange, Plan, Restart};
use crate::system::read;
use crate::system::root::Root;
use crate::system::snapshot::{Snapshot, sha256};

const CONTEXT_LINES: usize = 3;

/// The whole plan; empty when it changes nothing. Reads the files that are to be replaced.
pub(crate) fn render(root: &Root, plan: &Plan) -> Result<String, FileError> {
    let mut text = String::new();
    for change in &plan.changes {
        text.push_str(&one(root, plan, change)?);
        if let Some(content) = plan.provisional_content(change) {
            let path = shown(&root.shown(&change.path));
            let _ = writeln!(text, "until proven {path}: {}", of_bytes(content.bytes()));
        }
    }
    if let Some(restart) = &plan.restart {
        text.push_str(&restarting(restart));
    }
    Ok(text)
}

fn one(root: &Root, plan: &Plan, change: &FileChange) -> Result<String, FileError> {
    let path = shown(&root.shown(&change.path));
    let looks = |attributes: &Attributes| match attributes.owner {
        Some(owner) => format!("mode {}, owner {}", attributes.mode, account::names(owner)),
        None => format!("mode {}", attributes.mode),
    };
    Ok(match &change.action {
        Action::CreateFolder(attributes) => {
            format!("create folder {path}: {}\n", looks(attributes))
        }
        Action::Remove => format!("remove {path}{}\n", size_of_old(change)),
        Action::RemoveFolder(_) => format!("remove folder {path}\n"),
        Action::Rename { to } => format!("rename {path} to {}\n", shown(&root.shown(to))),
        Action::Write {
            content,
            attributes,
        } => match &change.before {
            None => {
                let head = format!("create {path}: {}\n", looks(attributes));
                head + &new_content(&path, content)
            }
            Some(before) if is_as_before(before, content, attributes) => String::new(),
            Some(before) => {
                let kept = plan.extended(change, attributes.mode);
                let looks = changed_looks(before, attributes, &kept);
                let head = format!("change {path}\n{looks}");
                head + &changed_content(root, change, &path, before, content)?
            }
        },
    })
}

/// A file that is only touched for the proof.
fn is_as_before(before: &Snapshot, content: &Content, attributes: &Attributes) -> bool {
    sha256(content.bytes()) == before.sha256
        && attributes.mode == before.mode
        && attributes.owner.is_none_or(|owner| owner == before.owner)
}

fn size_of_old(change: &FileChange) -> String {
    let of = |before: &Snapshot| format!(": {}", fingerprint(before.size, &before.sha256));
    change.before.as_ref().map(of).unwrap_or_default()
}

fn changed_looks(before: &Snapshot, after: &Attributes, kept: &[Extended]) -> String {
    let mut text = String::new();
    if before.mode != after.mode {
        let _ = writeln!(text, "  mode {} -> {}", before.mode, after.mode);
    }
    if let Some(owner) = after.owner.filter(|owner| *owner != before.owner) {
        let (old, new) = (account::names(before.owner), account::names(owner));
        let _ = writeln!(text, "  owner {old} -> {new}");
    }
    for entry in extended::named_in_acl(kept) {
        let _ = writeln!(text, "  access list keeps {entry}");
    }
    text
}

fn new_content(path: &str, content: &Content) -> String {
    match content {
        Content::Secret(secret) => {
            let bytes = secret.expose();
            format!("  secret: {}\n", of_bytes(bytes))
        }
        Content::Public(bytes) => unified(["/dev/null", path], b"", bytes),
    }
}

fn changed_content(
    root: &Root,
    change: &FileChange,
    path: &str,
    before: &Snapshot,
    content: &Content,
) -> Result<String, FileError> {
    Ok(match content {
        Content::Secret(secret) if sha256(secret.expose()) == before.sha256 => String::new(),
        Content::Secret(secret) => format!(
            "  secret: {} -> {}\n",
            fingerprint(before.size, &before.sha256),
            of_bytes(secret.expose())
        ),
        Content::Public(bytes) => {
            let place = root.place(&change.path)?;
            let old = match read::at(&place.folder, &place.name, before.size) {
                Ok(Some(old)) if old.snapshot == *before => old.bytes,
                Ok(_) | Err(FileError::TooLarge { .. }) => {
                    let path = place.shown();
                    return Err(FileError::Changed { path });
                }
                Err(error) => return Err(error),
            };
            unified([path, path], old.expose(), bytes)
        }
    })
}

fn of_bytes(bytes: &[u8]) -> String {
    fingerprint(bytes.len(), &sha256(bytes))
}

fn fingerprint(size: impl std::fmt::Display, sha256: &str) -> String {
    format!("{size} bytes, SHA-256 {sha256}")
}

fn unified([old_path, new_path]: [&str; 2], old: &[u8], new: &[u8]) -> String {
    let (old, new) = (visible(old), visible(new));
    TextDiff::from_lines(&old, &new)
        .unified_diff()
        .context_radius(CONTEXT_LINES)
        .header(old_path, new_path)
        .to_string()
}

fn shown(path: &Path) -> String {
    visible(path.as_os_str().as_encoded_bytes()).replace('\n', "\\n")
}

fn restarting(restart: &Restart) -> String {
    let verb = if restart.enabling {
        "switch on"
    } else {
        "restart"
    };
    format!(
        "{verb} {} through {}\nprobe {} for {}: leaf SHA-256 {}\n",
        restart.service,
        restart.monit.join(" "),
        restart.probe.endpoints.join(", "),
        restart.probe.server_name,
        restart.probe.after,
    )
}

/// Bytes as text that a terminal cannot take for commands. A backslash stays itself: properties are full
/// of them.
fn visible(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        for letter in chunk.valid().chars() {
            if letter == '\n' || letter == '\t' || !is_hidden(letter) {
                text.push(letter);
            } else {
                text.extend(letter.escape_default());
            }
        }
        for byte in chunk.invalid() {
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}

/// Control characters, and those that only turn the direction of writing or take no room.
fn is_hidden(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests;
