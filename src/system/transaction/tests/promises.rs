//! What else a transaction promises, one test each.

use std::cell::Cell;
use std::fs;
use std::path::Path;

use nix::sys::stat::Mode as Permissions;
use nix::unistd::mkfifo;

use super::{PROP, applied, apply, everything, never, recovered, restarting, server, with_restart};
use crate::error::FileError;
use crate::system::history;
use crate::system::host;
use crate::system::read;
use crate::system::scratch::{Scratch, plan};
use crate::system::transaction::Applied;
use crate::system::transaction::recovery::recover;

#[test]
fn an_interruption_between_any_two_steps_puts_everything_back() {
    let mut steps = 0;
    loop {
        let scratch = server();
        let lock = scratch.lock();
        let plan = everything(&scratch);
        let old = scratch.tree();
        let asked = Cell::new(0);
        let interrupted = || {
            asked.set(asked.get() + 1);
            asked.get() > steps
        };
        match apply(&scratch.host, &lock, &plan, &interrupted) {
            Err(error) => assert!(matches!(error, FileError::Interrupted), "{error}"),
            Ok(_) => break,
        }
        assert_eq!(scratch.tree(), old);
        steps += 1;
    }
    assert!(steps > 20, "asked only {steps} times");
}

#[test]
fn a_change_whose_proof_fails_is_put_back_with_the_restart_still_owed() {
    let scratch = server();
    let lock = scratch.lock();
    let old = scratch.tree();
    let put_back = restarting(&scratch, &lock).put_back(&scratch.host);
    assert_eq!(scratch.tree(), old);
    assert_eq!(put_back.restart().unwrap().service, "web_api_service");

    // The run dies before it has restarted the service again.
    drop((put_back, lock));
    let pending = history::pending(&scratch.host, &scratch.state)
        .unwrap()
        .unwrap();
    assert_eq!(pending.command, "test");
    let lock = scratch.lock();
    let recovery = recover(&scratch.host, &lock).unwrap();
    let put_back = recovery.put_back.unwrap();
    assert_eq!(put_back.restart().unwrap().service, "web_api_service");
    put_back.done(&lock).unwrap();
    assert!(
        history::pending(&scratch.host, &scratch.state)
            .unwrap()
            .is_none()
    );
    assert_eq!(scratch.transactions(), Vec::<String>::new());
}

#[test]
fn a_restart_that_never_began_is_not_owed() {
    let scratch = server();
    let lock = scratch.lock();
    let plan = with_restart(everything(&scratch));
    let Applied::Unproven(unproven) = apply(&scratch.host, &lock, &plan, &never).unwrap() else {
        panic!("a restart has to be proven")
    };
    assert_eq!(unproven.put_back(&scratch.host).restart(), None);
}

/// The power fails between the last file and the restart: the machine starts the service with the new
/// files, which then go.
#[test]
fn a_restart_is_owed_when_the_machine_has_started_since() {
    let scratch = server();
    let old = scratch.tree();
    let lock = scratch.lock();
    let plan = with_restart(everything(&scratch));
    drop(apply(&scratch.host, &lock, &plan, &never).unwrap());
    let path = "/var/lib/dhtls/history/000001/record.json";
    let record = scratch.read(path);
    let boot = host::boot_id().expect("a Linux with /proc");
    assert!(record.contains(&boot), "{record}");
    let earlier = record.replace(&boot, "00000000-0000-4000-8000-000000000000");
    scratch.file(path, &earlier, 0o600);
    let put_back = recover(&scratch.host, &lock).unwrap().put_back.unwrap();
    assert_eq!(put_back.restart().unwrap().service, "web_api_service");
    put_back.done(&lock).unwrap();
    assert_eq!(scratch.tree(), old);
}

#[test]
fn an_edit_between_plan_and_apply_stops_the_run() {
    let scratch = server();
    let lock = scratch.lock();
    let plan = everything(&scratch);
    scratch.file(PROP, "someone else was here\n", 0o644);
    let edited = scratch.tree();
    let error = apply(&scratch.host, &lock, &plan, &never).unwrap_err();
    assert!(
        matches!(&error, FileError::Changed { path } if path.ends_with("iris-common.prop")),
        "{error}"
    );
    assert_eq!(scratch.tree(), edited);
    assert_eq!(scratch.transactions(), Vec::<String>::new());
}

/// Of the same length, of another owner's mode alone, and by someone who has taken the file away.
#[test]
fn an_edit_that_size_does_not_tell_stops_the_run_too() {
    let edits: [fn(&Scratch); 3] = [
        |scratch| _ = scratch.file(PROP, "OLD=1\n", 0o644),
        |scratch| _ = scratch.mode(PROP, 0o600),
        |scratch| fs::remove_file(scratch.real(PROP)).unwrap(),
    ];
    for edit in edits {
        let scratch = server();
        let lock = scratch.lock();
        let plan = everything(&scratch);
        assert_eq!(scratch.read(PROP).len(), "OLD=1\n".len());
        edit(&scratch);
        let edited = scratch.tree();
        let error = apply(&scratch.host, &lock, &plan, &never).unwrap_err();
        assert!(matches!(&error, FileError::Changed { .. }), "{error}");
        assert_eq!(scratch.tree(), edited);
    }
}

/// Its folder has become something else.
#[test]
fn a_target_that_cannot_be_looked_at_stops_the_run() {
    let scratch = server();
    let lock = scratch.lock();
    let new = plan([scratch.write("/etc/props/none.prop", "new", 0o644)]);
    fs::rename(scratch.real("/etc/props"), scratch.real("/etc/away")).unwrap();
    let error = apply(&scratch.host, &lock, &new, &never).unwrap_err();
    assert!(error.is_not_found(), "{error}");
    scratch.file("/etc/props", "a file", 0o644);
    let error = apply(&scratch.host, &lock, &new, &never).unwrap_err();
    assert!(matches!(error, FileError::Io { .. }), "{error}");
    assert_eq!(scratch.transactions(), Vec::<String>::new());
}

#[test]
fn an_edit_of_a_file_that_the_plan_only_rests_on_stops_the_run() {
    let scratch = server();
    let lock = scratch.lock();
    let observed = read::target(&scratch.host.root, Path::new(PROP), 100).unwrap();
    let resting = |bytes: &str| {
        let mut plan = plan([scratch.write("/etc/auth/passphrase", bytes, 0o400)]);
        plan.observed.push(observed.observed());
        plan
    };
    applied(&scratch, &lock, &resting("kept bytes, new mode"));
    let plan = resting("new");
    scratch.mode(PROP, 0o600);
    let error = apply(&scratch.host, &lock, &plan, &never).unwrap_err();
    assert!(matches!(error, FileError::Changed { .. }), "{error}");
    assert_eq!(scratch.read("/etc/auth/passphrase"), "kept bytes, new mode");
}

/// A run in which this happens while the files are prepared: before any is changed.
fn error_when(scratch: &Scratch, happens: impl Fn(&Scratch)) -> FileError {
    let lock = scratch.lock();
    let plan = everything(scratch);
    let asked = Cell::new(0);
    // Backups are asked for first, one question a change, then the first new file is prepared.
    let then = || {
        asked.set(asked.get() + 1);
        if asked.get() == plan.changes.len() + 2 {
            happens(scratch);
        }
        false
    };
    apply(&scratch.host, &lock, &plan, &then).unwrap_err()
}

#[test]
fn an_edit_while_files_are_prepared_stops_the_run() {
    let scratch = server();
    let error = error_when(&scratch, |scratch| {
        scratch.file(PROP, "someone else was here\n", 0o644);
    });
    assert!(matches!(error, FileError::Changed { .. }), "{error}");
    assert_eq!(scratch.read(PROP), "someone else was here\n");
    assert_eq!(scratch.read("/etc/auth/webapi.p12"), "old keystore");
}

/// What happens to files before the first of them is changed ends the run, and is nothing to put back.
#[test]
fn what_happens_before_anything_was_changed_needs_no_person() {
    let happens: [fn(&Scratch); 2] = [
        |scratch| fs::rename(scratch.real("/etc/props"), scratch.real("/etc/away")).unwrap(),
        |scratch| _ = scratch.file("/etc/props/stale.prop", "someone else", 0o640),
    ];
    for happens in happens {
        let scratch = server();
        let error = error_when(&scratch, happens);
        assert!(!error.needs_a_person(), "{error}");
        assert_eq!(scratch.transactions(), Vec::<String>::new());
    }
}

#[test]
fn a_folder_that_is_gone_after_its_files_were_changed_is_for_a_person() {
    let scratch = server();
    drop(restarting(&scratch, &scratch.lock()));
    fs::rename(scratch.real("/etc/props"), scratch.real("/etc/away")).unwrap();
    let lock = scratch.lock();
    let put_back = recover(&scratch.host, &lock).unwrap().put_back.unwrap();
    let left = put_back.left_overs();
    for name in ["iris-common.prop", "stale.prop"] {
        let named = |left: &&String| left.contains(&format!("/etc/props/{name}"));
        assert_eq!(left.iter().filter(named).count(), 1, "{left:?}");
    }
    assert_eq!(left.len(), 2, "{left:?}");
}

#[test]
fn an_edit_between_death_and_recovery_survives_and_is_named() {
    let scratch = server();
    let lock = scratch.lock();
    let old = scratch.tree();
    drop(restarting(&scratch, &lock));
    scratch.file(PROP, "someone else was here\n", 0o644);
    let put_back = recover(&scratch.host, &lock).unwrap().put_back.unwrap();
    let left = put_back.left_overs().join("\n");
    assert!(
        left.contains("iris-common.prop was changed by someone else"),
        "{left}"
    );
    put_back.done(&lock).unwrap();

    assert_eq!(scratch.read(PROP), "someone else was here\n");
    scratch.file(PROP, "old=1\n", 0o644);
    assert_eq!(scratch.tree(), old);
    // The next run goes on; what was there before is still to be found.
    drop(lock);
    assert!(!recovered(&scratch));
    assert_eq!(scratch.read("/var/lib/dhtls/history/000001/3"), "old=1\n");
}

/// Where nothing was before.
#[test]
fn an_edit_of_a_new_file_between_death_and_recovery_survives_and_is_named() {
    let scratch = server();
    drop(restarting(&scratch, &scratch.lock()));
    let new = "/etc/auth/webapi.p12.ORG";
    scratch.file(new, "someone else was here", 0o400);
    let lock = scratch.lock();
    let put_back = recover(&scratch.host, &lock).unwrap().put_back.unwrap();
    let left = put_back.left_overs();
    assert!(left.len() == 1 && left[0].contains(new), "{left:?}");
    assert_eq!(scratch.read(new), "someone else was here");
}

#[test]
fn an_edit_of_a_file_that_the_dead_run_never_touched_is_nothing_to_report() {
    let scratch = server();
    let lock = scratch.lock();
    let plan = everything(&scratch);
    let prepared = || {
        scratch
            .tree()
            .keys()
            .any(|path| path.to_string_lossy().ends_with(".new.dhtls"))
    };
    let dies = || {
        // Between the preparations and the first change: the bundle is the last file of the plan.
        let last =
            fs::read_dir(scratch.real("/etc/ssl")).is_ok_and(|mut folder| folder.next().is_some());
        if last {
            std::panic::resume_unwind(Box::new("death"));
        }
        false
    };
    let run = || apply(&scratch.host, &lock, &plan, &dies);
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).is_err());
    assert!(prepared());
    scratch.file(PROP, "someone else was here\n", 0o644);
    drop(lock);
    assert!(recovered(&scratch));
    assert_eq!(scratch.read(PROP), "someone else was here\n");
    assert!(!prepared());
}

#[test]
fn a_pipe_where_a_file_should_be_is_refused_and_does_not_hang() {
    let scratch = server();
    let lock = scratch.lock();
    let plan = everything(&scratch);
    fs::remove_file(scratch.real(PROP)).unwrap();
    mkfifo(&scratch.real(PROP), Permissions::S_IRWXU).unwrap();
    let error = apply(&scratch.host, &lock, &plan, &never).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("iris-common.prop is a pipe, not a file"),
        "{error}"
    );
}

#[test]
fn a_new_file_does_not_take_a_name_that_appeared_meanwhile() {
    let scratch = server();
    let lock = scratch.lock();
    let plan = everything(&scratch);
    let commits = Cell::new(false);
    let appear = || {
        let staged =
            fs::read_dir(scratch.real("/etc/ssl")).is_ok_and(|mut folder| folder.next().is_some());
        if staged && !commits.replace(true) {
            scratch.file("/etc/ssl/lighttpd.pem", "someone else's", 0o644);
        }
        false
    };
    let error = apply(&scratch.host, &lock, &plan, &appear).unwrap_err();
    assert_eq!(scratch.read("/etc/ssl/lighttpd.pem"), "someone else's");
    assert_eq!(scratch.read("/etc/auth/webapi.p12"), "old keystore");
    // The created folder is in use now.
    assert!(error.needs_a_person(), "{error}");
}

#[test]
fn a_plan_that_changes_a_path_twice_is_refused() {
    let scratch = server();
    let lock = scratch.lock();
    let plan = plan([
        scratch.write(PROP, "one", 0o644),
        scratch.write(PROP, "two", 0o644),
    ]);
    let error = apply(&scratch.host, &lock, &plan, &never).unwrap_err();
    assert!(matches!(error, FileError::BadPlan { .. }), "{error}");
}
