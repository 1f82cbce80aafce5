use std::cell::Cell;
use std::fs::{self, Permissions as Bits};
use std::os::unix::fs::PermissionsExt;

use nix::errno::Errno;
use nix::sys::stat::Mode as Permissions;
use nix::unistd::mkfifo;

use super::Lock;
use crate::error::FileError;
use crate::system::call::fault::{self, Fault};
use crate::system::plan::Owner;
use crate::system::scratch::{Scratch, is_root};

fn refusal(scratch: &Scratch) -> FileError {
    Lock::take(&scratch.host.root, &scratch.state).unwrap_err()
}

#[test]
fn a_second_run_is_told_that_it_has_to_wait() {
    let scratch = Scratch::new();
    let lock = scratch.lock();
    let error = refusal(&scratch);
    assert_eq!(error.to_string(), "another dhtls run is changing things");
    assert!(error.hint().is_some());
    drop(lock);
    scratch.lock();
}

#[test]
fn the_state_folder_is_for_its_owner_alone() {
    let scratch = Scratch::new();
    scratch.lock();
    for (path, mode) in [
        ("/var/lib/dhtls", 0o700),
        ("/var/lib/dhtls/history", 0o700),
        ("/var/lib/dhtls/lock", 0o600),
    ] {
        let metadata = fs::metadata(scratch.real(path)).unwrap();
        assert_eq!(metadata.permissions().mode() & 0o7777, mode, "{path}");
    }
    assert_eq!(
        fs::metadata(scratch.real("/var/lib"))
            .unwrap()
            .permissions()
            .mode()
            & 0o7777,
        0o755
    );
}

#[test]
fn a_state_folder_that_others_could_have_filled_is_refused() {
    let scratch = Scratch::new();
    scratch.make_folder("/var/lib/dhtls", 0o770);
    let error = refusal(&scratch);
    assert!(
        error
            .to_string()
            .ends_with("/var/lib/dhtls can be written by others"),
        "{error}"
    );
    scratch
        .mode("/var/lib/dhtls", 0o700)
        .make_folder("/var/lib/dhtls/history", 0o777);
    assert!(matches!(refusal(&scratch), FileError::StateFolder { .. }));
}

#[test]
fn a_state_folder_of_someone_else_is_refused() {
    if !is_root() {
        return;
    }
    let scratch = Scratch::new();
    let owner = Owner {
        user: 64001,
        group: 64001,
    };
    scratch
        .make_folder("/var/lib/dhtls", 0o700)
        .owner("/var/lib/dhtls", owner);
    assert!(matches!(refusal(&scratch), FileError::StateFolder { .. }));
    assert!(crate::system::history::pending(&scratch.host, &scratch.state).is_err());
}

#[test]
fn a_planted_lock_is_refused() {
    let scratch = Scratch::new();
    scratch
        .make_folder("/var/lib/dhtls", 0o700)
        .file("/victim", "untouched", 0o600);
    scratch.link("/var/lib/dhtls/lock", "/victim");
    assert!(refusal(&scratch).to_string().contains("symbolic links"));
    fs::remove_file(scratch.real("/var/lib/dhtls/lock")).unwrap();
    mkfifo(&scratch.real("/var/lib/dhtls/lock"), Permissions::S_IRWXU).unwrap();
    assert!(matches!(
        refusal(&scratch),
        FileError::Kind { kind: "a pipe", .. }
    ));
}

#[test]
fn a_history_that_never_was_is_none_and_one_that_cannot_be_looked_at_is_an_error() {
    let scratch = Scratch::new();
    let history = || scratch.state.history(&scratch.host.root);
    let state = scratch.real("/var/lib/dhtls");
    assert!(history().unwrap().is_none());
    fs::create_dir_all(&state).unwrap();
    fs::set_permissions(&state, Bits::from_mode(0o700)).unwrap();
    assert!(history().unwrap().is_none());
    fs::write(state.join("history"), "").unwrap();
    assert!(history().is_err());
    assert!(Lock::take(&scratch.host.root, &scratch.state).is_err());
    fs::remove_dir_all(&state).unwrap();
    fs::write(&state, "").unwrap();
    assert!(history().is_err());
}

/// Another run makes it at the same moment.
#[test]
fn a_history_that_appears_meanwhile_is_as_good() {
    for number in 1..40 {
        let scratch = Scratch::new();
        let state = scratch.real("/var/lib/dhtls");
        let before = Cell::new(0);
        let appears = move || {
            before.set(before.get() + 1);
            if before.get() == number {
                fs::create_dir_all(state.join("history")).unwrap();
                for folder in [&state, &state.join("history")] {
                    fs::set_permissions(folder, Bits::from_mode(0o700)).unwrap();
                }
            }
        };
        let taken = fault::watched(appears, || Lock::take(&scratch.host.root, &scratch.state));
        taken.unwrap_or_else(|error| panic!("{number}: {error}"));
    }
}

/// A folder that was made but is not on the disk, or not set up, is none to keep the history in.
#[test]
fn a_lock_of_which_any_call_fails_is_not_held() {
    for number in 1.. {
        let scratch = Scratch::fast();
        let take = || Lock::take(&scratch.host.root, &scratch.state).map(drop);
        let taken = fault::at(number, Fault::Error(Errno::EIO), take).unwrap();
        if fault::count() < number {
            assert!(number > 20, "{number} calls are too few to be all");
            return taken.unwrap();
        }
        assert!(taken.is_err(), "call {number}");
        scratch.lock();
    }
}
