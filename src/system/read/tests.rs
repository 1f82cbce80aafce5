use std::path::Path;

use nix::sys::stat::Mode as Permissions;
use nix::unistd::mkfifo;

use super::{Target, existing, input, target};
use crate::error::FileError;
use crate::system::plan::{Mode, Owner};
use crate::system::scratch::{Scratch, is_root};

const SOMEONE: Owner = Owner {
    user: 64001,
    group: 64001,
};

fn targeted(scratch: &Scratch, path: &str) -> Result<Target, FileError> {
    target(&scratch.host.root, Path::new(path), 100)
}

#[test]
fn an_input_is_looked_up_below_the_root_and_follows_links() {
    let scratch = Scratch::new();
    scratch
        .file("/etc/archive/key1.pem", "the key", 0o640)
        .make_folder("/etc/live", 0o755)
        .link("/etc/live/key.pem", "../archive/key1.pem");
    let key = input(&scratch.host.root, Path::new("/etc/live/key.pem"), 7).unwrap();
    assert_eq!(key.bytes.expose(), b"the key");
    assert_eq!(key.mode, Mode(0o640));
}

#[test]
fn a_relative_input_is_looked_up_in_the_current_folder() {
    let scratch = Scratch::new();
    let manifest = input(&scratch.host.root, Path::new("Cargo.toml"), 1 << 20).unwrap();
    assert!(manifest.bytes.expose().starts_with(b"[package]"));
}

#[test]
fn an_input_that_is_too_large_or_no_file_is_an_error() {
    let scratch = Scratch::new();
    scratch
        .file("/large", "12345678", 0o600)
        .make_folder("/folder", 0o755);
    mkfifo(&scratch.real("/pipe"), Permissions::S_IRWXU).unwrap();
    for (path, says) in [
        ("/large", "has more than 7 bytes"),
        ("/folder", "is a folder, not a file"),
        ("/pipe", "is a pipe, not a file"),
        ("/none", "/none"),
    ] {
        let error = input(&scratch.host.root, Path::new(path), 7).unwrap_err();
        assert!(error.to_string().ends_with(says), "{error}");
    }
    let error = input(
        &crate::system::root::Root::real(),
        Path::new("/dev/null"),
        7,
    )
    .unwrap_err();
    assert_eq!(error.to_string(), "/dev/null is a device, not a file");
}

#[test]
fn a_file_that_has_more_than_it_says_is_read_whole() {
    // Files of /proc say that they are empty.
    let root = crate::system::root::Root::real();
    let status = input(&root, Path::new("/proc/self/status"), 1 << 20).unwrap();
    assert!(status.bytes.len() > 500);
    let error = input(&root, Path::new("/proc/self/status"), 100).unwrap_err();
    assert!(matches!(error, FileError::TooLarge { .. }), "{error}");
}

#[test]
fn a_target_may_be_there_or_not() {
    let scratch = Scratch::new();
    scratch.file("/etc/file", "old", 0o440);
    let there = targeted(&scratch, "/etc/file").unwrap();
    assert_eq!(there.file.as_ref().unwrap().bytes.expose(), b"old");
    assert_eq!(there.before().unwrap().mode, Mode(0o440));
    assert!(targeted(&scratch, "/etc/none").unwrap().file.is_none());
    assert!(
        existing(&scratch.host.root, Path::new("/etc/none"), 1)
            .unwrap()
            .is_none()
    );
    assert!(
        targeted(&scratch, "/none/at/all")
            .unwrap_err()
            .is_not_found()
    );
}

#[test]
fn other_names_of_a_target_are_noticed() {
    let scratch = Scratch::new();
    scratch.file("/etc/file", "old", 0o440);
    std::fs::hard_link(scratch.real("/etc/file"), scratch.real("/etc/other")).unwrap();
    let target = targeted(&scratch, "/etc/file").unwrap();
    assert!(target.file.unwrap().has_other_names);
}

#[test]
fn a_linked_target_is_what_the_link_leads_to() {
    let scratch = Scratch::new();
    scratch
        .file("/etc/deephaven/file", "old", 0o440)
        .link("/etc/illumon.d", "deephaven")
        .link("/etc/short", "/etc/illumon.d/file");
    let through_folder = targeted(&scratch, "/etc/illumon.d/file").unwrap();
    assert_eq!(through_folder.path, Path::new("/etc/deephaven/file"));
    assert_eq!(through_folder.link, None);
    let through_link = targeted(&scratch, "/etc/short").unwrap();
    assert_eq!(through_link.path, Path::new("/etc/deephaven/file"));
    assert_eq!(through_link.link.as_deref(), Some(Path::new("/etc/short")));
}

#[test]
fn a_link_to_where_others_can_write_or_to_nothing_is_refused() {
    let scratch = Scratch::new();
    scratch
        .file("/open/file", "old", 0o644)
        .mode("/open", 0o775)
        .link("/linked", "/open/file")
        .link("/dangling", "/nowhere")
        .link("/to-folder", "/open");
    let error = targeted(&scratch, "/linked").unwrap_err();
    assert!(
        error.to_string().contains("is a link to a file in"),
        "{error}"
    );
    assert!(error.hint().is_some());
    assert!(targeted(&scratch, "/dangling").unwrap_err().is_not_found());
    assert!(targeted(&scratch, "/to-folder").is_err());
}

#[test]
fn a_link_of_someone_else_to_a_file_of_root_is_refused() {
    if !is_root() {
        return;
    }
    let scratch = Scratch::new();
    scratch
        .file("/etc/shadow", "secret", 0o600)
        .make_folder("/theirs", 0o755)
        .file("/theirs/own", "own", 0o600)
        .owner("/theirs/own", SOMEONE)
        .owner("/theirs", SOMEONE)
        .link("/theirs/webapi.p12", "/etc/shadow")
        .link("/theirs/short", "own");
    for link in ["/theirs/webapi.p12", "/theirs/short"] {
        std::os::unix::fs::lchown(scratch.real(link), Some(64001), Some(64001)).unwrap();
    }
    let error = targeted(&scratch, "/theirs/webapi.p12").unwrap_err();
    assert!(matches!(error, FileError::Link { .. }), "{error}");
    assert!(targeted(&scratch, "/theirs/short").is_ok());
}
