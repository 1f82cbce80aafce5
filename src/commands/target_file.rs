//! A file of the server that a command looks after: left alone when it is right, replaced when not, and
//! reported either way.

use std::path::Path;

use crate::error::Result;
use crate::report::outcome::{Effect, FileOutcome, Outcome};
use crate::system::account;
use crate::system::host::Host;
use crate::system::plan::{Action, Attributes, Content, FileChange, Mode, Owner, Plan};
use crate::system::read::{self, Target};

/// The content is right already; owner and mode may not be.
pub(crate) fn keep(
    role: &'static str,
    target: Target,
    attributes: Attributes,
    plan: &mut Plan,
    outcome: &mut Outcome,
) {
    let Some(file) = &target.file else {
        return;
    };
    let owner = file.snapshot.owner;
    let right = file.snapshot.mode == attributes.mode
        && attributes.owner.is_none_or(|wanted| wanted == owner);
    if right {
        plan.observed.push(target.observed());
        report(role, &target.path, Effect::Unchanged, &attributes, outcome);
        return;
    }
    let content = Content::Secret(file.bytes.clone());
    replace(role, target, content, attributes, plan, outcome);
}

/// Creates the file, or replaces what is there.
pub(crate) fn replace(
    role: &'static str,
    target: Target,
    content: Content,
    attributes: Attributes,
    plan: &mut Plan,
    outcome: &mut Outcome,
) {
    let effect = match target.file {
        Some(_) => Effect::Replaced,
        None => Effect::Created,
    };
    report(role, &target.path, effect, &attributes, outcome);
    if target
        .file
        .as_ref()
        .is_some_and(|file| file.has_other_names)
    {
        outcome.warnings.push(format!(
            "{} has other names (hard links), which keep the old {role}",
            target.path.display()
        ));
    }
    if let Some(link) = &target.link {
        outcome.notes.push(format!(
            "{} is a link; {} is what changes",
            link.display(),
            target.path.display()
        ));
    }
    plan.changes.push(FileChange {
        before: target.before(),
        path: target.path,
        action: Action::Write {
            content,
            attributes,
        },
    });
}

/// An edited text file keeps owner and mode; one that says what it said is only looked at.
pub(crate) fn edit(
    role: &'static str,
    target: Target,
    text: Vec<u8>,
    host: &Host,
    plan: &mut Plan,
    outcome: &mut Outcome,
) {
    let before = target.before();
    let attributes = Attributes {
        mode: before.as_ref().map_or(Mode(0o644), |before| before.mode),
        owner: before
            .filter(|_| host.is_superuser())
            .map(|before| before.owner),
    };
    match &target.file {
        Some(file) if file.bytes.expose() == text => {
            keep(role, target, attributes, plan, outcome);
        }
        Some(_) | None => {
            let content = Content::Public(text);
            replace(role, target, content, attributes, plan, outcome);
        }
    }
}

/// Reads what is at a file's place; folders on the way that are not there become part of the change.
///
/// # Errors
/// What is there cannot be read, or may not be replaced.
pub(crate) fn with_folders(
    path: &Path,
    limit: u64,
    folders: &Attributes,
    host: &Host,
    plan: &mut Plan,
    outcome: &mut Outcome,
) -> Result<Target> {
    let mut missing = Vec::new();
    for folder in path.ancestors().skip(1) {
        if host.root.exists(folder)? {
            break;
        }
        missing.insert(0, folder);
    }
    if missing.is_empty() {
        return Ok(read::target(&host.root, path, limit)?);
    }
    for folder in missing {
        report("folder", folder, Effect::Created, folders, outcome);
        plan.changes.push(FileChange {
            path: folder.to_owned(),
            before: None,
            action: Action::CreateFolder(folders.clone()),
        });
    }
    Ok(Target {
        path: path.to_owned(),
        link: None,
        file: None,
    })
}

pub(crate) fn report(
    role: &'static str,
    path: &Path,
    effect: Effect,
    attributes: &Attributes,
    outcome: &mut Outcome,
) {
    let owner = attributes.owner.unwrap_or_else(Owner::current);
    outcome.files.push(FileOutcome {
        role,
        path: path.to_owned(),
        effect,
        mode: attributes.mode.to_string(),
        owner: account::names(owner),
    });
}
