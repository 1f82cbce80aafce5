//! A machine that does not play along: full, read-only, without the users, with lists of access. One
//! clear line, and nothing changed.
#![allow(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

mod support;

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use support::program;
use support::scratch::set_mode;
use support::stand_in::{
    AUTH, INSTALL, KEYSTORE, ORIGINAL, PASSPHRASE_FILE, PROPERTIES, RESOURCES, SETTINGS, STATE,
    StandIn, is_root, skip, whoever_runs_this,
};
use support::transcript::{Test, dhtls};

/// Something that is mounted, until dropped.
struct Mounted(PathBuf);

impl Mounted {
    /// `None`: nothing can be mounted here, which is said.
    fn new(options: &[&str], at: &Path) -> Option<Self> {
        if !is_root() {
            skip("only root mounts");
            return None;
        }
        let mounted = program::output("mount", &[options, &[at.to_str().unwrap()]].concat(), "");
        if !mounted.status.success() {
            skip("nothing can be mounted here");
            return None;
        }
        Some(Self(at.to_owned()))
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        program::output("umount", &["-l", self.0.to_str().unwrap()], "");
    }
}

/// A file system of 64 KiB at `folder` with what was in it, and not a byte more.
fn full(server: &StandIn, folder: &str) -> Option<Mounted> {
    let at = server.path(folder);
    fs::create_dir_all(&at).unwrap();
    let mode = format!(
        "size=64k,mode={:o}",
        fs::metadata(&at).unwrap().mode() & 0o7777
    );
    let files: Vec<_> = fs::read_dir(&at)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    let files: Vec<_> = files
        .into_iter()
        .map(|path| (fs::read(&path).unwrap(), path))
        .collect();
    let mounted = Mounted::new(&["-t", "tmpfs", "-o", &mode, "tmpfs"], &at)?;
    for (bytes, path) in files {
        fs::write(&path, bytes).unwrap();
        set_mode(&path, 0o440);
    }
    assert!(fs::write(at.join("fill"), vec![0; 65 << 10]).is_err());
    Some(mounted)
}

const FULL: &str = "make room on that file system, then run the command again";

#[test]
fn a_full_disk_under_the_keystore_changes_nothing() {
    let server = StandIn::new();
    let Some(mounted) = full(&server, AUTH) else {
        return;
    };
    let server = server.fails(
        INSTALL,
        &format!("cannot write $ROOT/{AUTH}/.webServices-keystore.p12[..]: No space left on device (os error 28)"),
        FULL,
    );
    drop(mounted);
    drop(server);
}

#[test]
fn a_full_disk_under_the_properties_leaves_the_keystore_alone_too() {
    let server = StandIn::new();
    let Some(mounted) = full(&server, RESOURCES) else {
        return;
    };
    let server = server.fails(
        INSTALL,
        &format!("cannot write $ROOT/{RESOURCES}/.iris-common.prop.[..]: No space left on device (os error 28)"),
        FULL,
    );
    drop(mounted);
    drop(server);
}

#[test]
fn a_full_disk_under_the_state_folder_changes_nothing() {
    let server = StandIn::new();
    fs::create_dir_all(server.path(STATE)).unwrap();
    set_mode(&server.path(STATE), 0o700);
    let Some(mounted) = full(&server, STATE) else {
        return;
    };
    let server = server.fails(
        INSTALL,
        &format!(
            "cannot [..] $ROOT/{STATE}/history/000001[..]: No space left on device (os error 28)"
        ),
        FULL,
    );
    drop(mounted);
    drop(server);
}

#[test]
fn a_limit_on_file_sizes_is_an_error_and_no_death() {
    let by_shell = |test: Test| {
        test.with_program("/bin/sh")
            .args("-c")
            .arg("ulimit -f 0; exec \"$@\"")
            .args("sh")
            .arg(dhtls().to_str().unwrap())
            .args(INSTALL)
    };
    StandIn::new().fails_by(
        &by_shell,
        &format!("cannot write $ROOT/{STATE}/history/000001/[..]: File too large (os error 27)"),
        "the limit on file sizes (ulimit -f) is too low",
    );
}

#[test]
fn a_read_only_file_system_under_the_keystore_changes_nothing() {
    let server = StandIn::new();
    let at = server.path(AUTH);
    let Some(mounted) = Mounted::new(&["--bind", at.to_str().unwrap()], &at) else {
        return;
    };
    program::run("mount", &["-o", "remount,ro,bind", at.to_str().unwrap()]);
    let server = server.fails(
        INSTALL,
        &format!("cannot create $ROOT/{AUTH}/.webServices-keystore.p12[..]: Read-only file system (os error 30)"),
        "the file system is mounted read-only",
    );
    drop(mounted);
    drop(server);
}

const DENIED: &str = "run dhtls as root; if it does, lsattr shows whether the file is immutable";

#[test]
fn an_immutable_folder_or_one_without_write_permission_changes_nothing() {
    let server = StandIn::new();
    let at = server.scratch.text(AUTH);
    let immutable = is_root() && program::output("chattr", &["+i", &at], "").status.success();
    if is_root() && !immutable {
        return skip("no file here can be made immutable");
    }
    set_mode_unless(immutable, Path::new(&at), 0o555);
    let cause = match immutable {
        true => "Operation not permitted (os error 1)",
        false => "Permission denied (os error 13)",
    };
    let name = at.clone();
    // Without it the scratch folder could not be removed, whatever the outcome.
    let mutable = Finally(move || {
        program::output("chattr", &["-i", &name], "");
        set_mode_unless(immutable, Path::new(&name), 0o755);
    });
    let before = server.everything();
    let run = server.run(INSTALL);
    assert_eq!((run.code, run.stdout.as_str()), (1, ""));
    let start = format!(
        "{}dhtls: error: cannot create {at}/.webServices-keystore.p12",
        server.owner_warning()
    );
    assert!(run.stderr.starts_with(&start), "{}", run.stderr);
    assert!(
        run.stderr
            .ends_with(&format!(": {cause}\ndhtls: hint: {DENIED}\n")),
        "{}",
        run.stderr
    );
    server.is_still(&before);
    drop(mutable);
    drop(server);
}

fn set_mode_unless(immutable: bool, path: &Path, mode: u32) {
    if !immutable {
        set_mode(path, mode);
    }
}

struct Finally<F: FnMut()>(F);

impl<F: FnMut()> Drop for Finally<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

#[test]
fn a_user_or_group_that_does_not_exist_is_named() {
    if !is_root() {
        return skip("only root gives files away");
    }
    let server = StandIn::new();
    let hint =
        "is this a Deephaven server? getent shows the accounts; the settings file can name others";
    let settings = "[webapi]\nowner = \"no-such-admin\"\ngroup = \"root\"\n";
    server.scratch.write(SETTINGS, settings);
    let server = server.refuses(INSTALL, "there is no user no-such-admin", hint);
    let settings = "[webapi]\nowner = \"root\"\ngroup = \"no-such-group\"\n";
    server.scratch.write(SETTINGS, settings);
    server.refuses(INSTALL, "there is no group no-such-group", hint);
}

#[test]
fn root_gives_the_keystore_to_the_runbooks_owner_and_keeps_the_old_owner_of_the_original() {
    if !is_root() || !["irisadmin", "dbquery"].iter().all(|user| exists(user)) {
        return skip("needs root and the users irisadmin and dbquery");
    }
    let server = StandIn::new();
    fs::remove_file(server.path(SETTINGS)).unwrap();
    set_mode(&server.path(KEYSTORE), 0o666);
    let (old, properties) = (owner(&server, KEYSTORE), owner(&server, PROPERTIES));
    server.installs(INSTALL);
    let stat = ["-c", "%U:%G %a"];
    let said = program::run(
        "stat",
        &[&stat[..], &[&server.scratch.text(KEYSTORE)]].concat(),
    );
    assert_eq!(said, "irisadmin:dbquery 440\n");
    assert_eq!(owner(&server, ORIGINAL), old);
    assert_eq!(owner(&server, PROPERTIES), properties);
}

fn exists(user: &str) -> bool {
    nix::unistd::User::from_name(user).unwrap().is_some()
}

fn owner(server: &StandIn, name: &str) -> (u32, u32) {
    let metadata = fs::metadata(server.path(name)).unwrap();
    (metadata.uid(), metadata.gid())
}

#[test]
fn a_default_access_list_of_the_folder_opens_the_new_keystore_to_nobody() {
    let server = StandIn::new();
    let list = ["-d", "-m", "u:nobody:r", &server.scratch.text(AUTH)];
    if !program::output("setfacl", &list, "").status.success() {
        return skip("no access lists here");
    }
    fs::write(server.path(&format!("{AUTH}/control")), "").unwrap();
    let list = |name: &str| program::run("getfacl", &["-cp", &server.scratch.text(name)]);
    assert!(
        list(&format!("{AUTH}/control")).contains("user:nobody:r--"),
        "the list is inherited"
    );
    server.installs(INSTALL);
    for name in [KEYSTORE, ORIGINAL] {
        assert_eq!(
            list(name),
            "user::r--\ngroup::r--\nother::---\n\n",
            "{name}"
        );
    }
    if is_root() {
        set_mode(server.scratch.folder(), 0o755);
        let read = ["-u", "nobody", "--", "cat", &server.scratch.text(KEYSTORE)];
        assert!(!program::output("runuser", &read, "").status.success());
    }
}

#[test]
fn a_plain_user_is_told_that_owners_are_left_alone() {
    if is_root() {
        return skip("needs to be no root");
    }
    let (user, group) = whoever_runs_this();
    let run = StandIn::new().run(INSTALL);
    let warning = "dhtls: warning: without root rights owners are left alone; the server wants";
    assert_eq!(
        (run.code, run.stderr),
        (0, format!("{warning} {user}:{group}\n"))
    );
}

#[test]
fn an_original_that_is_no_file_is_refused() {
    let server = StandIn::new();
    fs::create_dir(server.path(ORIGINAL)).unwrap();
    server.refuses(
        INSTALL,
        &format!("$ROOT/{ORIGINAL} is a folder, not a file"),
        "name a regular file",
    );
}

#[test]
fn a_state_folder_that_others_can_write_is_refused() {
    let server = StandIn::new();
    fs::create_dir(server.path(STATE)).unwrap();
    set_mode(&server.path(STATE), 0o777);
    server.refuses(
        INSTALL,
        &format!("$ROOT/{STATE} can be written by others"),
        "make it a folder of the user who runs dhtls with mode 0700, or set another in [state] folder",
    );
}

#[test]
fn the_passphrase_file_keeps_its_mode() {
    let server = StandIn::new();
    server.installs(INSTALL);
    let mode = fs::metadata(server.path(PASSPHRASE_FILE))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o7777, 0o440);
}
