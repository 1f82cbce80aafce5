//! Content for the time of the proof. The tests of faults and deaths have it in their plan, too.

use std::fs;

use super::{PROP, PROVISIONAL, USERS, apply, everything, never, restarting, server};
use crate::error::FileError;
use crate::system::history::rollback::rollback;
use crate::system::history::{self, list};
use crate::system::plan::{Content, Provisional};
use crate::system::scratch::{plan, restart};
use crate::system::transaction::recovery::recover;

const BUNDLE: &str = "/etc/ssl/lighttpd.pem";

#[test]
fn it_stands_until_the_proof_and_not_longer() {
    let scratch = server();
    let lock = scratch.lock();
    let mut unproven = restarting(&scratch, &lock);
    for path in [PROP, USERS, BUNDLE] {
        assert_eq!(scratch.read(path), format!("{PROVISIONAL}{path}"));
    }
    unproven.verify(&scratch.host, &lock).unwrap();
    assert_eq!(scratch.read(PROP), "new=2\n");
    assert_eq!(scratch.read(USERS), "user:hash\n");
    assert_eq!(scratch.read(BUNDLE), "bundle");
    let names = scratch.tree().into_keys();
    assert_eq!(
        names
            .filter(|path| path.to_string_lossy().ends_with(".dhtls"))
            .count(),
        0
    );
}

#[test]
fn it_looks_like_the_final_file() {
    let scratch = server();
    let lock = scratch.lock();
    let looks = |path: &str| {
        let entry = scratch
            .tree()
            .remove(std::path::Path::new(path.trim_start_matches('/')));
        entry.map(|(_, mode, owner, extended)| (mode, owner, extended))
    };
    let mut unproven = restarting(&scratch, &lock);
    let provisional = [PROP, USERS, BUNDLE].map(looks);
    unproven.verify(&scratch.host, &lock).unwrap();
    assert_eq!(provisional, [PROP, USERS, BUNDLE].map(looks));
}

#[test]
fn without_a_restart_there_is_nothing_to_wait_for() {
    let scratch = server();
    let lock = scratch.lock();
    super::applied(&scratch, &lock, &everything(&scratch));
    assert_eq!(scratch.read(PROP), "new=2\n");
    assert_eq!(scratch.read(USERS), "user:hash\n");
}

#[test]
fn a_file_that_is_as_it_was_is_no_change_in_the_history() {
    let scratch = server();
    let lock = scratch.lock();
    let old = scratch.tree();
    restarting(&scratch, &lock)
        .verify(&scratch.host, &lock)
        .unwrap();
    let past = list(&scratch.host, &scratch.state).unwrap();
    let lasting: Vec<_> = past[0]
        .record
        .lasting()
        .map(|(_, change)| change.path.clone())
        .collect();
    assert_eq!(lasting.len(), everything(&server()).changes.len() - 1);
    assert!(!lasting.contains(&USERS.into()));

    // Nor does a rollback touch it, or mind that it was changed since.
    scratch.file(USERS, "someone else\n", 0o640);
    let back = rollback(&scratch.host, &scratch.state, None).unwrap();
    assert!(
        back.plan
            .changes
            .iter()
            .all(|change| change.path.as_os_str() != USERS)
    );
    let mut back = back.plan;
    back.restart = None;
    super::applied(&scratch, &lock, &back);
    assert_eq!(scratch.read(USERS), "someone else\n");
    scratch.file(USERS, "user:hash\n", 0o640);
    assert_eq!(scratch.tree(), old);
}

#[test]
fn an_edit_during_the_proof_fails_it_and_survives() {
    let scratch = server();
    let lock = scratch.lock();
    let mut unproven = restarting(&scratch, &lock);
    scratch.file(USERS, "someone else\n", 0o640);
    let error = unproven.verify(&scratch.host, &lock).unwrap_err();
    assert!(
        matches!(&error, FileError::Changed { path } if path.ends_with("users")),
        "{error}"
    );
    let put_back = unproven.put_back(&scratch.host);
    assert_eq!(
        put_back.left_overs().len(),
        1,
        "{:?}",
        put_back.left_overs()
    );
    put_back.done(&lock).unwrap();
    assert_eq!(scratch.read(USERS), "someone else\n");
    assert_eq!(scratch.read(PROP), "old=1\n");
}

#[test]
fn a_record_of_before_there_was_such_a_thing_can_be_read() {
    let scratch = server();
    drop(restarting(&scratch, &scratch.lock()));
    let path = scratch.real("/var/lib/dhtls/history/000001/record.json");
    let mut record: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    record.as_object_mut().unwrap().remove("judged").unwrap();
    let changes = record["changes"].as_array_mut().unwrap();
    let removed = changes
        .iter_mut()
        .filter_map(|change| change.as_object_mut().unwrap().remove("provisional"));
    assert_eq!(removed.count(), 3);
    fs::write(&path, serde_json::to_vec(&record).unwrap()).unwrap();
    assert!(
        history::pending(&scratch.host, &scratch.state)
            .unwrap()
            .is_some()
    );
    assert!(
        recover(&scratch.host, &scratch.lock())
            .unwrap()
            .put_back
            .is_some()
    );
}

#[test]
fn only_a_file_that_is_written_can_have_it() {
    let scratch = server();
    let lock = scratch.lock();
    let mut plan = plan([scratch.write(PROP, "new", 0o644)]);
    plan.restart = Some(restart());
    let content = Content::Public(Vec::new());
    plan.provisional.push(Provisional {
        path: USERS.into(),
        content,
    });
    let error = apply(&scratch.host, &lock, &plan, &never).unwrap_err();
    assert!(matches!(error, FileError::BadPlan { .. }), "{error}");
}
