//! Mode, owner, access lists and labels of what a transaction writes and puts back.

use std::fs;
use std::path::Path;
use std::process::Command;

use xattr::FileExt;

use super::{PROP, applied, restarting, server};
use crate::system::history::rollback::rollback;
use crate::system::plan::Action;
use crate::system::scratch::{Scratch, Tree, attributes, is_root, plan};

#[test]
fn attributes_survive_a_replacement_and_a_way_back() {
    let scratch = Scratch::new();
    scratch.file("/etc/a.prop", "old", 0o640);
    let file = fs::File::open(scratch.real("/etc/a.prop")).unwrap();
    file.set_xattr("user.comment", b"kept").unwrap();
    setfacl(&["-m", "u:64123:r"], &scratch, "/etc/a.prop");
    let old = scratch.tree();

    let lock = scratch.lock();
    applied(
        &scratch,
        &lock,
        &plan([scratch.write("/etc/a.prop", "new", 0o640)]),
    );
    let new = scratch.tree();
    let looks = |tree: &Tree| tree.get(Path::new("etc/a.prop")).unwrap().3.clone();
    assert_eq!(looks(&new), looks(&old));
    assert_eq!(looks(&new).len(), 2);
    let back = rollback(&scratch.host, &scratch.state, None).unwrap();
    applied(&scratch, &lock, &back.plan);
    assert_eq!(scratch.tree(), old);
}

/// What a rollback takes its access list and attributes from.
#[test]
fn a_rollback_brings_back_what_a_narrower_mode_has_trimmed_and_what_was_removed() {
    let scratch = Scratch::new();
    for path in ["/etc/key.p12", "/etc/stale.prop"] {
        scratch.file(path, "old", 0o644);
        let file = fs::File::open(scratch.real(path)).unwrap();
        file.set_xattr("user.comment", b"kept").unwrap();
        setfacl(&["-m", "u:64123:rw,g::rw,m::rw"], &scratch, path);
    }
    let old = scratch.tree();
    let lock = scratch.lock();
    let changes = [
        scratch.write("/etc/key.p12", "new", 0o440),
        scratch.change("/etc/stale.prop", Action::Remove),
    ];
    applied(&scratch, &lock, &plan(changes));
    let new = scratch.tree();
    for expected in [&old, &new, &old] {
        let back = rollback(&scratch.host, &scratch.state, None).unwrap();
        applied(&scratch, &lock, &back.plan);
        assert_eq!(&scratch.tree(), expected);
    }
}

#[test]
fn a_rollback_leaves_a_list_that_someone_has_set_since() {
    let scratch = Scratch::new();
    scratch.file("/etc/key.p12", "old", 0o640);
    let lock = scratch.lock();
    let change = scratch.write("/etc/key.p12", "new", 0o640);
    applied(&scratch, &lock, &plan([change]));
    setfacl(&["-m", "u:64123:r"], &scratch, "/etc/key.p12");
    let back = rollback(&scratch.host, &scratch.state, None).unwrap();
    applied(&scratch, &lock, &back.plan);
    assert_eq!(scratch.read("/etc/key.p12"), "old");
    let list = getfacl(&scratch, "/etc/key.p12");
    assert!(list.contains("user:64123:r--"), "{list}");
}

#[test]
fn a_default_access_list_opens_no_new_file() {
    let scratch = Scratch::new();
    scratch.make_folder("/etc/keys", 0o755);
    setfacl(
        &["-d", "-m", "u:64123:rwx,g::rwx,o::rwx"],
        &scratch,
        "/etc/keys",
    );
    let lock = scratch.lock();
    let changes = [
        scratch.write("/etc/keys/new.p12", "secret", 0o440),
        scratch.change("/etc/keys/private", Action::CreateFolder(attributes(0o700))),
        scratch.write("/etc/keys/private/key.pem", "secret", 0o600),
    ];
    applied(&scratch, &lock, &plan(changes));
    for (path, entries) in [
        ("/etc/keys/new.p12", 3),
        ("/etc/keys/private", 3),
        ("/etc/keys/private/key.pem", 3),
    ] {
        let list = getfacl(&scratch, path);
        assert_eq!(list.lines().count(), entries, "{path} has {list}");
    }
}

#[test]
fn a_wider_mode_does_not_open_a_key_to_a_sleeping_access_list() {
    let scratch = Scratch::new();
    scratch.file("/etc/key.p12", "old", 0o600);
    setfacl(&["-m", "u:64123:r"], &scratch, "/etc/key.p12");
    scratch.mode("/etc/key.p12", 0o600);
    let lock = scratch.lock();
    applied(
        &scratch,
        &lock,
        &plan([scratch.write("/etc/key.p12", "new", 0o440)]),
    );
    let list = getfacl(&scratch, "/etc/key.p12");
    assert!(list.contains("user:64123:---"), "{list}");
    assert!(
        list.contains("mask::r--") && list.contains("group::r--"),
        "{list}"
    );
}

#[test]
fn owners_are_set_and_put_back() {
    if !is_root() {
        return;
    }
    let scratch = server();
    let lock = scratch.lock();
    let old = scratch.tree();
    let unproven = restarting(&scratch, &lock);
    let owner = |scratch: &Scratch| {
        scratch
            .tree()
            .get(Path::new("etc/auth/webapi.p12"))
            .unwrap()
            .2
    };
    assert_eq!(owner(&scratch), super::IRISADMIN);
    let put_back = unproven.put_back(&scratch.host);
    assert_eq!(scratch.tree(), old);
    put_back.done(&lock).unwrap();
}

#[test]
fn the_very_file_comes_back_and_not_only_its_bytes() {
    use std::os::unix::fs::MetadataExt;
    let scratch = server();
    let lock = scratch.lock();
    let inode = || {
        fs::metadata(scratch.real(PROP))
            .map(|file| (file.ino(), file.mtime_nsec()))
            .unwrap()
    };
    let old = inode();
    let unproven = restarting(&scratch, &lock);
    assert_ne!(inode(), old);
    let _ = unproven.put_back(&scratch.host);
    assert_eq!(inode(), old);
}

#[test]
fn backups_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let scratch = server();
    drop(restarting(&scratch, &scratch.lock()));
    let folder = scratch.real("/var/lib/dhtls/history/000001");
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o7777;
    assert_eq!(mode(&folder), 0o700);
    let names: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(names.len(), 6, "{names:?}");
    for name in names {
        assert_eq!(mode(&name), 0o600, "{name:?}");
    }
}

fn setfacl(arguments: &[&str], scratch: &Scratch, path: &str) {
    let mut command = Command::new("setfacl");
    assert!(
        command
            .args(arguments)
            .arg(scratch.real(path))
            .status()
            .unwrap()
            .success()
    );
}

fn getfacl(scratch: &Scratch, path: &str) -> String {
    let mut command = Command::new("getfacl");
    let output = command
        .args(["-cnp", "--"])
        .arg(scratch.real(path))
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
