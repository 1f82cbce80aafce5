//! Names that someone has taken before dhtls needs them: lock, history, journal, copies, staged files, and the
//! folder of the demo.

use std::fs;
use std::os::unix::fs::{chown, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::sys::stat::{Mode, SFlag, makedev, mknod};
use nix::unistd::mkfifo;

use crate::attack::{ATTACKER, Attack};
use crate::field::{Field, TARGET};
use crate::support::program;
use crate::support::scratch::{Scratch, set_mode};
use crate::support::transcript::dhtls;

/// What lies there, how it is laid, and the exit codes of a rollback that are right then.
type Planted = (&'static str, fn(&Field), &'static [i32]);

const PLANTED: [Planted; 23] = [
    ("nothing", |_| {}, &[0]),
    ("a link for the lock", |field| link(field, "lock"), &[1]),
    (
        "the victim for the lock",
        |field| hard_link(field, &state(field, "lock")),
        &[0],
    ),
    (
        "a pipe for the lock",
        |field| pipe(&state(field, "lock")),
        &[1],
    ),
    (
        "a folder for the lock",
        |field| folder(&state(field, "lock")),
        &[1],
    ),
    (
        "a device for the lock",
        |field| device(&state(field, "lock")),
        &[1],
    ),
    (
        "a link for the history",
        |field| link(field, "history"),
        &[1],
    ),
    (
        "a pipe for the history",
        |field| pipe(&state(field, "history")),
        &[1],
    ),
    (
        "somebody's history",
        |field| give(&state(field, "history")),
        &[1],
    ),
    (
        "a history for all",
        |field| set_mode(&state(field, "history"), 0o777),
        &[1],
    ),
    ("a link for the state", |field| link(field, ""), &[1]),
    ("somebody's state", |field| give(&state(field, "")), &[1]),
    (
        "a state for the group",
        |field| set_mode(&state(field, ""), 0o770),
        &[1],
    ),
    ("a state by access list", list_on_state, &[1]),
    (
        "a link for the next number",
        |field| link(field, "history/000003"),
        &[0, 1],
    ),
    (
        "a link for the record",
        |field| link(field, "history/000002/record.json"),
        &[1],
    ),
    (
        "a pipe for the record",
        |field| pipe(&state(field, "history/000002/record.json")),
        &[1],
    ),
    (
        "a link for the next record",
        |field| link(field, "history/000002/record.json.new"),
        &[0],
    ),
    ("a link for a copy", |field| link(field, COPY), &[1]),
    (
        "the victim for a copy",
        |field| hard_link(field, &state(field, COPY)),
        &[1],
    ),
    (
        "a link for the old file",
        |field| interrupted(field, "old", true),
        &[0, 3],
    ),
    (
        "the victim for the old file",
        |field| interrupted(field, "old", false),
        &[0, 3],
    ),
    (
        "the victim for the new file",
        |field| interrupted(field, "new", false),
        &[0, 3],
    ),
];

/// Of the keystore in the second transaction.
const COPY: &str = "history/000002/1";

fn state(field: &Field, name: &str) -> PathBuf {
    let state = field.path("etc/state");
    if name.is_empty() {
        state
    } else {
        state.join(name)
    }
}

/// Moves what is there aside.
fn clear(path: &Path) {
    if path.symlink_metadata().is_ok() {
        fs::rename(path, path.with_extension("aside")).unwrap();
    }
}

fn link(field: &Field, name: &str) {
    let path = state(field, name);
    let leads_to_file = !path.is_dir() && name != "history/000003";
    clear(&path);
    let victim = field.path("victim");
    let to = if leads_to_file {
        victim.join(TARGET)
    } else {
        victim
    };
    symlink(to, &path).unwrap();
    if name.is_empty() {
        std::os::unix::fs::lchown(&path, Some(ATTACKER), None).unwrap();
    }
}

fn hard_link(field: &Field, path: &Path) {
    clear(path);
    fs::hard_link(field.path("victim").join(TARGET), path).unwrap();
}

fn pipe(path: &Path) {
    clear(path);
    mkfifo(path, Mode::from_bits_truncate(0o600)).unwrap();
}

fn folder(path: &Path) {
    clear(path);
    fs::create_dir(path).unwrap();
}

fn device(path: &Path) {
    clear(path);
    let mode = Mode::from_bits_truncate(0o600);
    mknod(path, SFlag::S_IFCHR, mode, makedev(1, 3)).unwrap();
}

fn give(path: &Path) {
    chown(path, Some(ATTACKER), None).unwrap();
}

fn list_on_state(field: &Field) {
    let path = state(field, "").display().to_string();
    program::run("setfacl", &["-m", "u:65534:rwx", &path]);
}

/// The last transaction was not finished, and one of its dot-names is taken.
fn interrupted(field: &Field, which: &str, as_link: bool) {
    let record = state(field, "history/000002/record.json");
    let text = fs::read_to_string(&record).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let token = json["token"].as_str().unwrap();
    fs::write(&record, text.replace("\"verified\"", "\"applied\"")).unwrap();
    let dot_name = format!("srv/deep/auth/.{TARGET}.{token}.{which}.dhtls");
    let path = field.path(&dot_name);
    let victim = field.path("victim").join(TARGET);
    match as_link {
        true => symlink(victim, path).unwrap(),
        false => fs::hard_link(victim, path).unwrap(),
    }
}

#[test]
fn a_planted_name_leads_nowhere() {
    if !crate::support::live::is_root() {
        return;
    }
    let scratch = Scratch::new();
    let field = Field(scratch.folder().to_owned());
    let attack = Attack::LinkedFile;
    field.lay_out(attack);
    for (what, plant, codes) in PLANTED {
        // A link in the state folder's place is not emptied by a reset.
        let _ = fs::remove_file(state(&field, ""));
        let _ = fs::remove_dir_all(field.path("etc/state.aside"));
        field.reset(attack);
        fs::remove_file(field.path("srv/deep/auth/bait")).unwrap();
        plant(&field);
        let victims = field.victims();
        let mut command = Command::new(dhtls());
        command.arg("--config").arg(field.path("etc/dhtls.toml"));
        let ended = command.args(["--no-restart", "rollback"]).output().unwrap();
        let code = ended.status.code().unwrap();
        assert!(codes.contains(&code), "{what}: {ended:?}");
        assert_eq!(field.victims(), victims, "{what}: {ended:?}");
    }
}

#[test]
fn the_demo_builds_in_no_folder_of_someone_else() {
    if !crate::support::live::is_root() {
        return;
    }
    let scratch = Scratch::new();
    let theirs = scratch.path("theirs");
    fs::create_dir(&theirs).unwrap();
    give(&theirs);
    let open = scratch.path("open");
    fs::create_dir(&open).unwrap();
    set_mode(&open, 0o777);
    symlink(&theirs, scratch.path("link")).unwrap();
    for (name, fault) in [
        ("theirs", "does not belong to the user who runs dhtls"),
        ("link", "does not belong to the user who runs dhtls"),
        ("open", "can be written by others"),
    ] {
        let mut demo = Command::new(dhtls());
        let ended = demo
            .args(["demo", "-q"])
            .arg(scratch.path(name))
            .output()
            .unwrap();
        let said = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(1), "{name}: {said}");
        assert!(said.contains(fault), "{name}: {said}");
    }
    for folder in [theirs, open] {
        assert_eq!(fs::read_dir(folder).unwrap().count(), 0);
    }
}

/// Its folder had a name that can be guessed: it was taken, whosever it was, when it was empty.
#[test]
fn the_demo_builds_in_no_folder_that_was_there() {
    let scratch = Scratch::new();
    let script =
        "for ahead in 0 1 2 3 4 5 6 7 8 9; do mkdir dhtls-demo-$(($(date +%s) + ahead))-$$; done
                  exec \"$0\" demo -q";
    let mut demo = Command::new("sh");
    demo.args(["-c", script]).arg(dhtls());
    demo.env("TMPDIR", scratch.folder())
        .current_dir(scratch.folder());
    let ended = demo.output().unwrap();
    assert!(ended.status.success(), "{ended:?}");
    let folders: Vec<_> = fs::read_dir(scratch.folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(folders.len(), 11, "{folders:?}");
    let filled = folders
        .iter()
        .filter(|folder| fs::read_dir(folder).unwrap().next().is_some());
    assert_eq!(filled.count(), 1);
}
