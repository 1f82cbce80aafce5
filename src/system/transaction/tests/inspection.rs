//! The look at the new files before any of them is in place.

use std::cell::RefCell;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::{PROP, apply, everything, left_over_without, never, recovered, server};
use crate::error::{Error, FileError, ServiceError};
use crate::system::lock::Lock;
use crate::system::plan::Plan;
use crate::system::scratch::{Scratch, plan};
use crate::system::transaction::{self, Applied, Staged};

fn copies(scratch: &Scratch) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = scratch.tree().into_keys().collect();
    paths.retain(|path| path.to_string_lossy().ends_with(".judged.dhtls"));
    paths
}

/// A run that dies while the copy is judged.
fn dies_with_a_copy_beside(judged: &str, scratch: &Scratch, lock: &Lock, plan: &Plan) {
    let die = |staged: &Staged<'_>| {
        staged.copy_beside(Path::new(judged), b"variant")?;
        std::panic::resume_unwind(Box::new("death"))
    };
    let run = || transaction::apply(&scratch.host, lock, plan, Some(&die), &never);
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).is_err());
}

#[test]
fn the_new_files_are_complete_and_none_is_in_place() {
    let scratch = server();
    let lock = scratch.lock();
    let plan = everything(&scratch);
    let look = |staged: &Staged<'_>| {
        let waiting = staged.path_of(Path::new(PROP)).unwrap();
        assert_eq!(fs::read_to_string(&waiting).unwrap(), "new=2\n");
        assert_eq!(waiting.parent(), scratch.real(PROP).parent());
        assert_eq!(scratch.read(PROP), "old=1\n");
        assert!(
            staged
                .path_of(Path::new("/etc/ssl/lighttpd.pem"))
                .is_some_and(|path| path.exists())
        );
        assert_eq!(staged.path_of(Path::new("/etc/props/stale.prop")), None);
        assert_eq!(staged.path_of(Path::new("/etc/not/in/the.plan")), None);

        let copy = staged.copy_beside(Path::new(PROP), b"variant")?;
        assert_eq!(fs::read(&copy).unwrap(), b"variant");
        assert_eq!(copy.parent(), scratch.real(PROP).parent());
        let mode = fs::metadata(&copy).unwrap().permissions().mode();
        assert_eq!(mode & 0o7777, 0o600);
        Ok(())
    };
    let applied = transaction::apply(&scratch.host, &lock, &plan, Some(&look), &never).unwrap();
    assert!(matches!(applied, Applied::Verified(_)));
    assert_eq!(scratch.read(PROP), "new=2\n");
    assert_eq!(copies(&scratch), Vec::<PathBuf>::new());
}

#[test]
fn a_no_leaves_everything_as_it_was_and_nothing_behind() {
    let scratch = server();
    let lock = scratch.lock();
    let old = scratch.tree();
    let plan = everything(&scratch);
    let refuse = |staged: &Staged<'_>| {
        staged.copy_beside(Path::new(PROP), b"variant")?;
        assert_eq!(copies(&scratch).len(), 1);
        Err(ServiceError::NoCommand.into())
    };
    let refused = transaction::apply(&scratch.host, &lock, &plan, Some(&refuse), &never);
    assert!(matches!(
        refused.unwrap_err(),
        Error::Service(ServiceError::NoCommand)
    ));
    assert_eq!(scratch.tree(), old);
    assert_eq!(scratch.transactions(), Vec::<String>::new());
}

#[test]
fn a_copy_that_a_dead_run_has_left_goes_with_the_next_run() {
    let scratch = server();
    let lock = scratch.lock();
    let old = scratch.tree();
    let plan = everything(&scratch);
    dies_with_a_copy_beside(PROP, &scratch, &lock, &plan);
    assert_eq!(copies(&scratch).len(), 1);
    drop(lock);
    assert!(recovered(&scratch));
    assert_eq!(scratch.tree(), old);
}

#[test]
fn a_copy_that_cannot_be_come_to_is_looked_for_again() {
    let scratch = server();
    scratch.file("/etc/judged/file", "", 0o600);
    let lock = scratch.lock();
    let mut plan = plan([scratch.write(PROP, "new=2\n", 0o644)]);
    plan.judged.push("/etc/judged/file".into());
    dies_with_a_copy_beside("/etc/judged/file", &scratch, &lock, &plan);
    drop(lock);
    let left = left_over_without(&scratch, "/etc/judged");
    assert_eq!(left.len(), 1, "{left:?}");
    assert!(recovered(&scratch));
    assert_eq!(copies(&scratch), Vec::<PathBuf>::new());
}

#[test]
fn a_file_that_the_plan_does_not_change_can_be_judged_too() {
    let scratch = server();
    let lock = scratch.lock();
    let mut plan = plan([scratch.write("/etc/auth/passphrase", "new", 0o400)]);
    plan.judged.push(PROP.into());
    let seen = RefCell::new(None);
    let look = |staged: &Staged<'_>| {
        let copy = staged.copy_beside(Path::new(PROP), b"variant")?;
        seen.replace(Some(copy));
        Ok(())
    };
    let applied = transaction::apply(&scratch.host, &lock, &plan, Some(&look), &never);
    assert!(matches!(applied.unwrap(), Applied::Verified(_)));
    assert!(!seen.take().unwrap().exists());
    assert_eq!(scratch.read(PROP), "old=1\n");
}

#[test]
fn no_copy_is_made_that_a_recovery_would_not_know_of() {
    let scratch = server();
    let lock = scratch.lock();
    let plan = plan([scratch.write(PROP, "new", 0o644)]);
    let look = |staged: &Staged<'_>| Ok(staged.copy_beside(Path::new(PROP), b"").map(|_| ())?);
    let refused = transaction::apply(&scratch.host, &lock, &plan, Some(&look), &never);
    assert!(matches!(
        refused.unwrap_err(),
        Error::File(FileError::BadPlan { .. })
    ));
    assert_eq!(scratch.read(PROP), "old=1\n");
}

#[test]
fn an_edit_while_the_new_files_are_judged_stops_the_run() {
    let scratch = server();
    let lock = scratch.lock();
    let plan = everything(&scratch);
    let edit = |_: &Staged<'_>| {
        scratch.file(PROP, "someone else was here\n", 0o644);
        Ok(())
    };
    let refused = transaction::apply(&scratch.host, &lock, &plan, Some(&edit), &never);
    assert!(matches!(
        refused.unwrap_err(),
        Error::File(FileError::Changed { .. })
    ));
    assert_eq!(scratch.read(PROP), "someone else was here\n");
    assert_eq!(scratch.read("/etc/auth/webapi.p12"), "old keystore");
    drop(lock);
    assert!(!recovered(&scratch));
    let again = apply(
        &scratch.host,
        &scratch.lock(),
        &everything(&scratch),
        &never,
    );
    assert!(again.is_ok());
}
