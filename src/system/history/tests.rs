use std::fs;

use super::rollback::rollback;
use super::{list, pending};
use crate::error::FileError;
use crate::system::lock::Lock;
use crate::system::plan::{Action, Id, Plan};
use crate::system::scratch::{Scratch, attributes, plan, restart};
use crate::system::transaction::{Applied, apply};

const FILE: &str = "/etc/file";

fn server() -> (Scratch, Lock) {
    let scratch = Scratch::new();
    scratch
        .file(FILE, "0", 0o640)
        .file("/etc/gone", "gone", 0o600);
    let lock = scratch.lock();
    (scratch, lock)
}

fn done(scratch: &Scratch, lock: &Lock, plan: &Plan) -> Id {
    match apply(&scratch.host, lock, plan, None, &|| false).unwrap() {
        Applied::Verified(id) => id,
        Applied::Unproven(mut unproven) => unproven.verify(&scratch.host, lock).unwrap(),
    }
}

fn write(scratch: &Scratch, lock: &Lock, bytes: &str) -> Id {
    done(scratch, lock, &plan([scratch.write(FILE, bytes, 0o440)]))
}

fn undo(scratch: &Scratch, lock: &Lock, id: Option<Id>) -> Result<Id, FileError> {
    let rollback = rollback(&scratch.host, &scratch.state, id)?;
    Ok(done(scratch, lock, &rollback.plan))
}

#[test]
fn a_server_without_a_history_has_none() {
    let scratch = Scratch::new();
    assert!(list(&scratch.host, &scratch.state).unwrap().is_empty());
    assert!(pending(&scratch.host, &scratch.state).unwrap().is_none());
    let error = rollback(&scratch.host, &scratch.state, None).unwrap_err();
    assert_eq!(error.to_string(), "there is no change to undo");
    assert!(!scratch.real("/var").exists());
}

#[test]
fn a_rollback_undoes_every_kind_of_change() {
    let (scratch, lock) = server();
    scratch
        .file("/etc/service.disabled", "check", 0o600)
        .make_folder("/etc/empty", 0o711);
    let old = scratch.tree();
    let rename = Action::Rename {
        to: "/etc/service".into(),
    };
    let all = plan([
        scratch.write(FILE, "1", 0o440),
        scratch.write("/etc/new", "new", 0o400),
        scratch.change("/etc/gone", Action::Remove),
        scratch.change("/etc/service.disabled", rename),
        scratch.change("/etc/ssl", Action::CreateFolder(attributes(0o700))),
        scratch.write("/etc/ssl/bundle", "bundle", 0o600),
        scratch.change("/etc/empty", Action::RemoveFolder(attributes(0o711))),
    ]);
    done(&scratch, &lock, &all);
    let new = scratch.tree();
    assert_ne!(new, old);
    undo(&scratch, &lock, None).unwrap();
    assert_eq!(scratch.tree(), old);
    // A rollback is a transaction: it can be rolled back itself.
    undo(&scratch, &lock, None).unwrap();
    assert_eq!(scratch.tree(), new);
}

#[test]
fn the_history_says_what_was_undone_by_what() {
    let (scratch, lock) = server();
    let first = write(&scratch, &lock, "1");
    let second = write(&scratch, &lock, "2");
    let undone = undo(&scratch, &lock, Some(second)).unwrap();
    let past = list(&scratch.host, &scratch.state).unwrap();
    let shown: Vec<_> = past
        .iter()
        .map(|past| (past.record.id, past.record.command.as_str(), past.undone_by))
        .collect();
    assert_eq!(
        shown,
        [
            (undone, "rollback 2", None),
            (second, "test", Some(undone)),
            (first, "test", None)
        ]
    );
    // 20 characters, to the second: 2026-07-01T12:00:00Z.
    assert!(
        past.iter()
            .all(|past| past.record.started.len() == 20 && past.record.started.ends_with('Z'))
    );
}

#[test]
fn a_rollback_refuses_what_was_changed_since() {
    let (scratch, lock) = server();
    let both = plan([
        scratch.write(FILE, "1", 0o440),
        scratch.change("/etc/gone", Action::Remove),
    ]);
    let first = done(&scratch, &lock, &both);
    scratch
        .file(FILE, "edited", 0o440)
        .file("/etc/gone", "back", 0o600);
    let error = undo(&scratch, &lock, None).unwrap_err();
    let FileError::ChangedSince { transaction, paths } = &error else {
        panic!("{error}")
    };
    assert_eq!((*transaction, paths.len()), (first.0, 2));
    // So does another mode alone, and an older transaction under a newer one.
    fs::remove_file(scratch.real("/etc/gone")).unwrap();
    scratch.file(FILE, "1", 0o444);
    assert!(undo(&scratch, &lock, None).is_err());
    scratch.mode(FILE, 0o440);
    write(&scratch, &lock, "2");
    assert!(undo(&scratch, &lock, Some(first)).is_err());
}

#[test]
fn a_rollback_refuses_a_move_whose_way_back_is_taken() {
    let (scratch, lock) = server();
    let to = Action::Rename {
        to: "/etc/moved".into(),
    };
    done(&scratch, &lock, &plan([scratch.change("/etc/gone", to)]));
    let refuses = || {
        let refused = rollback(&scratch.host, &scratch.state, None);
        matches!(refused, Err(FileError::ChangedSince { paths, .. }) if paths.len() == 1)
    };
    scratch.file("/etc/gone", "another", 0o600);
    assert!(refuses());
    fs::remove_file(scratch.real("/etc/gone")).unwrap();
    assert!(!refuses());
    fs::remove_file(scratch.real("/etc/moved")).unwrap();
    assert!(refuses());
}

#[test]
fn a_folder_that_is_back_already_is_no_hindrance_to_a_rollback() {
    let (scratch, lock) = server();
    scratch.make_folder("/etc/empty", 0o711);
    let remove = Action::RemoveFolder(attributes(0o711));
    let removed = scratch.change("/etc/empty", remove);
    done(
        &scratch,
        &lock,
        &plan([removed, scratch.write(FILE, "1", 0o440)]),
    );
    scratch.make_folder("/etc/empty", 0o755);
    undo(&scratch, &lock, None).unwrap();
    assert_eq!(scratch.read(FILE), "0");
}

#[test]
fn a_folder_in_use_stays_after_a_rollback() {
    let (scratch, lock) = server();
    done(
        &scratch,
        &lock,
        &plan([scratch.change("/etc/ssl", Action::CreateFolder(attributes(0o700)))]),
    );
    scratch.file("/etc/ssl/other", "in use", 0o600);
    undo(&scratch, &lock, None).unwrap();
    assert_eq!(scratch.read("/etc/ssl/other"), "in use");
}

/// A folder that was made, and a file in it or elsewhere.
fn made(file: &str) -> (Scratch, Lock) {
    let (scratch, lock) = server();
    let folder = scratch.change("/etc/ssl", Action::CreateFolder(attributes(0o700)));
    let file = scratch.write(file, "1", 0o440);
    done(&scratch, &lock, &plan([folder, file]));
    (scratch, lock)
}

#[test]
fn a_folder_that_was_made_stays_when_it_holds_something_else() {
    let (scratch, lock) = made("/etc/ssl/bundle");
    scratch.file("/etc/ssl/other", "in use", 0o600);
    undo(&scratch, &lock, None).unwrap();
    assert!(scratch.real("/etc/ssl/other").exists());
    assert!(!scratch.real("/etc/ssl/bundle").exists());
}

#[test]
fn a_folder_that_was_made_and_is_gone_is_no_hindrance_to_a_rollback() {
    let (scratch, lock) = made(FILE);
    fs::remove_dir(scratch.real("/etc/ssl")).unwrap();
    undo(&scratch, &lock, None).unwrap();
    assert_eq!(scratch.read(FILE), "0");
}

#[test]
fn a_file_in_place_of_a_folder_that_was_made_stays_and_is_said() {
    for file in [FILE, "/etc/ssl/bundle"] {
        let (scratch, lock) = made(file);
        fs::remove_dir_all(scratch.real("/etc/ssl")).unwrap();
        scratch.file("/etc/ssl", "a file", 0o600);
        let error = undo(&scratch, &lock, None).unwrap_err();
        assert!(error.is_out_of_place(), "{error}");
        assert_eq!(scratch.read("/etc/ssl"), "a file");
    }
}

#[test]
fn an_unknown_transaction_is_said() {
    let (scratch, lock) = server();
    write(&scratch, &lock, "1");
    let error = undo(&scratch, &lock, Some(Id(7))).unwrap_err();
    assert_eq!(error.to_string(), "there is no change 7");
    assert_eq!(error.hint().unwrap(), "dhtls history lists the changes");
}

#[test]
fn only_the_newest_transactions_are_kept() {
    let (mut scratch, _) = server();
    scratch.state.keep = 3;
    let lock = scratch.lock();
    for bytes in ["1", "2", "3", "4", "5"] {
        write(&scratch, &lock, bytes);
    }
    assert_eq!(scratch.transactions(), ["000003", "000004", "000005"]);
    for left in ["4", "3", "2"] {
        let newest = list(&scratch.host, &scratch.state).unwrap();
        let last = newest
            .iter()
            .find(|past| past.undone_by.is_none() && past.record.undoes.is_none());
        if let Some(last) = last {
            undo(&scratch, &lock, Some(last.record.id)).unwrap();
            assert_eq!(scratch.read(FILE), left);
        }
    }
}

#[test]
fn a_rollback_expects_the_other_certificate() {
    let (scratch, lock) = server();
    let mut change = plan([scratch.write(FILE, "1", 0o440)]);
    let mut restart = restart();
    change.restart = Some(restart.clone());
    done(&scratch, &lock, &change);
    let back = rollback(&scratch.host, &scratch.state, None).unwrap();
    restart.probe.after = "old".into();
    restart.probe.before = Some("new".into());
    assert_eq!(back.plan.restart, Some(restart));
    assert_eq!(back.undone.id, Id(1));
}
