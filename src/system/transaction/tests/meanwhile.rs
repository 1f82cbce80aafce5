//! What others have done to files between the death of a run and the next one.

use std::fs;

use super::{
    PROP, apply, left_over, left_over_without, never, recovered, restarting, server, with_restart,
};
use crate::system::plan::Action;
use crate::system::scratch::{Scratch, plan};

const STALE: &str = "/etc/props/stale.prop";
const OFF: &str = "/etc/monit/web_api_service.disabled";
const ON: &str = "/etc/monit/web_api_service";

/// The server after that, and what the next run leaves alone and names.
fn after(happens: impl FnOnce(&Scratch)) -> (Scratch, Vec<String>) {
    let scratch = server();
    drop(restarting(&scratch, &scratch.lock()));
    happens(&scratch);
    let left = left_alone(&scratch);
    (scratch, left)
}

fn left_alone(scratch: &Scratch) -> Vec<String> {
    let left = left_over(scratch).unwrap();
    // What is someone else's is no reason to try again.
    assert_eq!(left_over(scratch), None);
    left
}

#[track_caller]
fn is_named(left: &[String], name: &str) {
    assert!(left.len() == 1 && left[0].contains(name), "{left:?}");
}

#[test]
fn the_old_bytes_with_another_mode_are_someones_choice() {
    let (scratch, left) = after(|scratch| _ = scratch.file(PROP, "old=1\n", 0o600));
    assert_eq!(left, Vec::<String>::new());
    assert_eq!(
        scratch.tree()[std::path::Path::new("etc/props/iris-common.prop")]
            .1
            .0,
        0o600
    );
}

#[test]
fn a_removed_file_that_someone_has_made_anew_is_named_unless_it_is_the_old_one() {
    let (scratch, left) = after(|scratch| _ = scratch.file(STALE, "someone else", 0o600));
    is_named(&left, STALE);
    assert_eq!(scratch.read(STALE), "someone else");
    let (_, left) = after(|scratch| _ = scratch.file(STALE, "goes away", 0o600));
    assert_eq!(left, Vec::<String>::new());
}

#[test]
fn a_moved_file_that_someone_has_edited_is_named() {
    let (scratch, left) = after(|scratch| _ = scratch.file(ON, "someone else", 0o600));
    is_named(&left, OFF);
    assert_eq!(scratch.read(ON), "someone else");
    let (scratch, left) = after(|scratch| _ = scratch.file(OFF, "someone else", 0o600));
    is_named(&left, OFF);
    assert_eq!(scratch.read(OFF), "someone else");
    let (_, left) = after(|scratch| fs::remove_file(scratch.real(ON)).unwrap());
    is_named(&left, OFF);
}

/// Both are there, and are no two names of one file.
#[test]
fn a_moved_file_that_someone_has_copied_back_stays_twice() {
    let (scratch, left) = after(|scratch| _ = scratch.file(OFF, "check process", 0o600));
    assert_eq!(left, Vec::<String>::new());
    assert_eq!(scratch.read(ON), "check process");
    assert_eq!(scratch.read(OFF), "check process");
}

#[test]
fn a_file_that_went_away_with_the_folder_it_was_moved_to_is_named() {
    let scratch = server();
    scratch.make_folder("/etc/on", 0o755);
    let to = Action::Rename {
        to: "/etc/on/web_api_service".into(),
    };
    let plan = with_restart(plan(vec![scratch.change(OFF, to)]));
    drop(apply(&scratch.host, &scratch.lock(), &plan, &never).unwrap());
    fs::remove_dir_all(scratch.real("/etc/on")).unwrap();
    is_named(&left_alone(&scratch), OFF);
}

#[test]
fn folders_that_others_use_are_named() {
    let theirs = "/etc/ssl/theirs";
    let (scratch, left) = after(|scratch| _ = scratch.file(theirs, "in use", 0o600));
    is_named(&left, "/etc/ssl");
    assert_eq!(scratch.read(theirs), "in use");
    for folder in ["/etc/ssl", "/etc/empty"] {
        let (scratch, left) = after(|scratch| {
            let _ = fs::remove_dir_all(scratch.real(folder));
            scratch.file(folder, "a file", 0o600);
        });
        is_named(&left, folder);
        assert_eq!(scratch.read(folder), "a file");
    }
}

#[test]
fn what_cannot_be_come_to_is_tried_again() {
    let scratch = server();
    drop(restarting(&scratch, &scratch.lock()));
    let left = left_over_without(&scratch, "/etc/props");
    assert!(
        !left.is_empty() && !left.iter().any(|it| it.contains("someone else")),
        "{left:?}"
    );
    assert!(recovered(&scratch));
    assert_eq!(scratch.read(PROP), "old=1\n");
    assert_eq!(scratch.read(STALE), "goes away");
}
