use std::os::unix::fs::symlink;
use std::path::Path;

use super::Root;
use crate::error::FileError;
use crate::system::plan::Owner;
use crate::system::scratch::{Scratch, is_root};

const SOMEONE: Owner = Owner {
    user: 64001,
    group: 64001,
};

fn canonical(scratch: &Scratch, path: &str) -> String {
    let path = scratch.host.root.canonical(Path::new(path)).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn an_absolute_link_leads_below_the_root() {
    let scratch = Scratch::new();
    scratch
        .file("/etc/real/file", "inside", 0o644)
        .link("/etc/linked", "/etc/real");
    assert_eq!(canonical(&scratch, "/etc/linked/file"), "/etc/real/file");
    let mut bytes = String::new();
    let mut file = scratch
        .host
        .root
        .open(Path::new("/etc/linked/file"))
        .unwrap();
    std::io::Read::read_to_string(&mut file, &mut bytes).unwrap();
    assert_eq!(bytes, "inside");
}

#[test]
fn nothing_leads_out_of_the_root() {
    let scratch = Scratch::new();
    scratch
        .file("/etc/hostname", "inside", 0o644)
        .link("/etc/up", "../../../../../..")
        .link("/etc/far", "/../../etc");
    for path in [
        "/../../etc/hostname",
        "/etc/up/etc/hostname",
        "/etc/far/hostname",
        "/etc/./../etc/hostname",
    ] {
        assert_eq!(canonical(&scratch, path), "/etc/hostname", "{path}");
    }
}

#[test]
fn the_real_root_resolves_as_the_kernel_does() {
    let scratch = Scratch::new();
    scratch
        .file("/a/b/file", "", 0o644)
        .link("/a/link", "b/../b");
    let path = scratch.real("/a/link/../link/file");
    let root = Root::real();
    assert_eq!(root.canonical(&path).unwrap(), path.canonicalize().unwrap());
    assert!(root.is_real() && root.exists(&path).unwrap());
    assert_eq!(root.shown(&path), path);
}

#[test]
fn a_circle_of_links_ends() {
    let scratch = Scratch::new();
    scratch
        .make_folder("/etc", 0o755)
        .link("/etc/one", "two")
        .link("/etc/two", "one");
    let error = scratch.host.root.open(Path::new("/etc/one")).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("Too many levels of symbolic links"),
        "{error}"
    );
}

#[test]
fn what_is_missing_is_told_from_what_is_in_the_way() {
    let scratch = Scratch::new();
    scratch
        .file("/etc/file", "", 0o644)
        .link("/etc/dangling", "/nowhere");
    let root = &scratch.host.root;
    assert!(!root.exists(Path::new("/etc/none/at/all")).unwrap());
    assert!(!root.exists(Path::new("/etc/dangling")).unwrap());
    assert!(
        root.open(Path::new("/etc/none"))
            .unwrap_err()
            .is_not_found()
    );
    assert!(
        root.folder(Path::new("/etc/none"))
            .unwrap_err()
            .is_not_found()
    );
    let error = root.folder(Path::new("/etc/file")).unwrap_err();
    assert!(error.to_string().contains("Not a directory"), "{error}");
    assert!(root.exists(Path::new("/etc/file/below")).is_err());
    assert_eq!(root.names(Path::new("/etc")).unwrap(), ["dangling", "file"]);
    for no_folder in ["/etc/none", "/etc/dangling", "/etc/file"] {
        let error = root.names(Path::new(no_folder)).unwrap_err();
        assert!(error.is_out_of_place(), "{error}");
    }
}

#[test]
fn messages_name_the_path_on_this_machine() {
    let scratch = Scratch::new();
    let error = scratch.host.root.open(Path::new("/etc/none")).unwrap_err();
    let shown = scratch
        .real("/etc/none")
        .canonicalize()
        .unwrap_or(scratch.real("/etc/none"));
    assert_eq!(
        error.to_string(),
        format!(
            "cannot open {}: No such file or directory (os error 2)",
            shown.display()
        )
    );
}

#[test]
fn a_link_that_someone_else_can_turn_is_not_followed_to_a_folder() {
    if !is_root() {
        return;
    }
    let scratch = Scratch::new();
    scratch
        .make_folder("/theirs", 0o755)
        .make_folder("/theirs/own", 0o755)
        .make_folder("/roots", 0o755);
    scratch
        .link("/theirs/to-roots", "/roots")
        .link("/theirs/to-own", "own");
    for path in ["/theirs", "/theirs/own"] {
        scratch.owner(path, SOMEONE);
    }
    for link in ["/theirs/to-roots", "/theirs/to-own"] {
        std::os::unix::fs::lchown(scratch.real(link), Some(64001), Some(64001)).unwrap();
    }
    let root = &scratch.host.root;
    let error = root.folder(Path::new("/theirs/to-roots")).unwrap_err();
    assert!(matches!(error, FileError::Link { .. }), "{error}");
    assert!(error.hint().unwrap().contains("chown -h root"));
    // It can only lead to what its owner could change anyway.
    assert_eq!(
        root.folder(Path::new("/theirs/to-own")).unwrap().path(),
        Path::new("/theirs/own")
    );
    // Reading is another matter.
    assert!(root.names(Path::new("/theirs/to-roots")).is_ok());
}

#[test]
fn a_folder_stays_the_one_that_was_opened() {
    let scratch = Scratch::new();
    scratch
        .make_folder("/good", 0o755)
        .make_folder("/victim", 0o755);
    let place = scratch.host.root.place(Path::new("/good/file")).unwrap();
    std::fs::rename(scratch.real("/good"), scratch.real("/moved")).unwrap();
    symlink("/victim", scratch.real("/good")).unwrap();
    drop(place.folder.create(&place.name).unwrap());
    assert!(scratch.real("/moved/file").exists());
    assert!(!scratch.real("/victim/file").exists());
}
