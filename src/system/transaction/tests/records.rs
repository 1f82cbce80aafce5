//! Journals and backups that are not what they should be.

use std::fs;
use std::path::Path;

use super::{PROP, applied, apply, everything, never, restarting, server};
use crate::error::FileError;
use crate::system::call::fault::{self, Fault};
use crate::system::history;
use crate::system::journal;
use crate::system::lock::Lock;
use crate::system::scratch::{Scratch, plan};
use crate::system::transaction::recovery::recover;

#[test]
fn a_record_that_nobody_can_read_is_set_aside() {
    for garbage in ["", "{\"format\":1,", "{\"format\":1}", "\0\0\0"] {
        let scratch = server();
        drop(restarting(&scratch, &scratch.lock()));
        fs::write(
            scratch.real("/var/lib/dhtls/history/000001/record.json"),
            garbage,
        )
        .unwrap();
        assert!(
            history::pending(&scratch.host, &scratch.state)
                .unwrap()
                .is_none()
        );
        let lock = scratch.lock();
        let recovery = recover(&scratch.host, &lock).unwrap();
        assert!(recovery.put_back.is_none());
        assert_eq!(scratch.transactions(), ["000001.damaged"]);
        assert_eq!(
            recovery.set_aside,
            [scratch
                .host
                .root
                .shown(Path::new("/var/lib/dhtls/history/000001.damaged"))]
        );
        applied(
            &scratch,
            &lock,
            &plan([scratch.write(PROP, "later", 0o644)]),
        );
        assert_eq!(scratch.transactions(), ["000001.damaged", "000002"]);
    }
}

#[test]
fn a_record_is_read_as_it_was_written() {
    let scratch = server();
    drop(restarting(&scratch, &scratch.lock()));
    let record = scratch.real("/var/lib/dhtls/history/000001/record.json");
    let written = fs::read(record).unwrap();
    assert_eq!(journal::reread(&written).unwrap(), written.trim_ascii_end());
    assert_eq!(journal::reread(b"{}"), None);
}

#[test]
fn a_record_of_another_transaction_is_set_aside() {
    let scratch = server();
    drop(restarting(&scratch, &scratch.lock()));
    let history = scratch.real("/var/lib/dhtls/history");
    fs::rename(history.join("000001"), history.join("000002")).unwrap();
    let recovery = recover(&scratch.host, &scratch.lock()).unwrap();
    assert!(recovery.put_back.is_none());
    assert_eq!(scratch.transactions(), ["000002.damaged"]);
}

#[test]
fn a_record_that_waits_is_not_among_the_oldest_that_go() {
    let mut scratch = server();
    scratch.state.keep = 1;
    drop(restarting(&scratch, &scratch.lock()));
    let lock = scratch.lock();
    for bytes in ["later", "later still"] {
        let next = plan([scratch.write(PROP, bytes, 0o644)]);
        applied(&scratch, &lock, &next);
    }
    assert_eq!(scratch.transactions(), ["000001", "000003"]);
}

#[test]
fn a_record_of_a_newer_dhtls_is_left_alone() {
    let scratch = server();
    drop(restarting(&scratch, &scratch.lock()));
    let record = scratch.real("/var/lib/dhtls/history/000001/record.json");
    fs::write(&record, "{\"format\":2}").unwrap();
    let error = recover(&scratch.host, &scratch.lock()).unwrap_err();
    assert!(matches!(error, FileError::NewerRecord { .. }), "{error}");
}

#[test]
fn a_file_without_a_second_name_is_copied_back() {
    let scratch = server();
    let lock = scratch.lock();
    let old = scratch.tree();
    drop(restarting(&scratch, &lock));
    for entry in fs::read_dir(scratch.real("/etc/auth")).unwrap() {
        let path = entry.unwrap().path();
        if path.to_string_lossy().ends_with(".old.dhtls") {
            fs::remove_file(path).unwrap();
        }
    }
    recovered_under(&scratch, &lock);
    assert_eq!(scratch.tree(), old);
}

#[test]
fn a_damaged_backup_is_not_brought_back() {
    let scratch = server();
    let lock = scratch.lock();
    drop(restarting(&scratch, &lock));
    fs::write(scratch.real("/var/lib/dhtls/history/000001/4"), "damaged").unwrap();
    let put_back = recover(&scratch.host, &lock).unwrap().put_back.unwrap();
    let left = put_back.left_overs();
    let [left] = &left[..] else {
        panic!("{left:?}");
    };
    assert!(left.contains("/var/lib/dhtls/history/000001/4"), "{left}");
    assert!(!scratch.real("/etc/props/stale.prop").exists());
    assert_eq!(scratch.read(PROP), "old=1\n");
    // It stays pending: a person may bring the backup back.
    put_back.done(&lock).unwrap();
    assert!(
        history::pending(&scratch.host, &scratch.state)
            .unwrap()
            .is_some()
    );
}

#[test]
fn what_a_run_left_that_died_before_its_record_is_swept() {
    let scratch = server();
    let lock = scratch.lock();
    let plan = everything(&scratch);
    let died = fault::at(20, Fault::Death, || {
        apply(&scratch.host, &lock, &plan, &never)
    })
    .is_err();
    assert!(died);
    assert_eq!(scratch.transactions(), ["000001"]);
    assert!(
        !scratch
            .real("/var/lib/dhtls/history/000001/record.json")
            .exists()
    );
    assert!(recover(&scratch.host, &lock).unwrap().put_back.is_none());
    assert_eq!(scratch.transactions(), Vec::<String>::new());
}

fn recovered_under(scratch: &Scratch, lock: &Lock) {
    let put_back = recover(&scratch.host, lock).unwrap().put_back.unwrap();
    assert_eq!(put_back.left_overs(), Vec::<String>::new());
    put_back.done(lock).unwrap();
}
