//! dhtls with faults: what a harness has to find, or it proves nothing.
//!
//! `tests/mutants/*.patch` are unified diffs against `src` as `git diff` prints them, a file for all faults
//! in one place. A fault is active only where `crate::mutant("NAME")` says so, that is when the
//! environment variable `DHTLS_MUTANT` is NAME; that function is added to the crate by [`program`]. All
//! patches together make one program, built once beside the target folder with the dependencies that
//! are built already. Line numbers of a patch do not matter: what it replaces has to be in the file
//! exactly once.
//!
//! To add a fault: change `src`, `git diff -U2 src > tests/mutants/PLACE.patch`, `git checkout src`. Two
//! patches must not touch the same lines or their surroundings: add to the patch that does already.
//! Then let a harness run [`program`] with `DHTLS_MUTANT=NAME`, and expect it to find something.
//! `names` lists all faults; a harness should not pass over one that it could find.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// What a build of the program reads.
const SOURCES: [&str; 4] = ["Cargo.toml", "Cargo.lock", "src", "benches"];

const SWITCH: &str = "\n/// Whether this fault is switched on.\npub(crate) fn mutant(name: &str) -> bool {\n    \
                      std::env::var_os(\"DHTLS_MUTANT\").is_some_and(|wanted| wanted == name)\n}\n";

/// The program with all faults; without `DHTLS_MUTANT` it is as ours.
pub(crate) fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let built = Path::new(env!("CARGO_BIN_EXE_dhtls")).parent().unwrap();
        let folder = built.with_file_name("mutants");
        fs::create_dir_all(&folder).unwrap();
        // Another harness may want it at this moment.
        let lock = fs::File::create(folder.join("lock")).unwrap();
        lock.lock().unwrap();
        let source = folder.join("source");
        write(&source, &patched(&patches()));
        let target = folder.join("target");
        seed(built, &target.join("debug"));
        build(&source, &target);
        target.join("debug/dhtls")
    })
}

/// The names of all faults.
pub(crate) fn names() -> BTreeSet<String> {
    let call = "crate::mutant(\"";
    let patches = patches();
    let named = patches
        .iter()
        .flat_map(|(_, patch)| patch.split(call).skip(1));
    let name = |rest: &str| Some(rest.split_once('"')?.0.to_owned());
    named.filter_map(name).collect()
}

fn patches() -> Vec<(String, String)> {
    let files = fs::read_dir("tests/mutants").unwrap();
    let mut patches: Vec<_> = files
        .map(|file| file.unwrap().path())
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, fs::read_to_string(&path).unwrap())
        })
        .collect();
    patches.sort();
    patches
}

/// Every source file with all patches applied.
fn patched(patches: &[(String, String)]) -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    for name in SOURCES {
        read(Path::new(name), &mut files);
    }
    for (name, patch) in patches {
        for change in patch.split("\n+++ b/").skip(1) {
            let (path, hunks) = change.split_once('\n').unwrap();
            let found = files.iter_mut().find(|(file, _)| file == Path::new(path));
            let (_, text) = found.unwrap_or_else(|| panic!("{name}.patch: there is no {path}"));
            for hunk in hunks
                .split("\n@@ ")
                .map(|hunk| hunk.trim_start_matches("@@ "))
            {
                *text =
                    apply(text, hunk).unwrap_or_else(|why| panic!("{name}.patch, {path}: {why}"));
            }
        }
    }
    let lib = files
        .iter_mut()
        .find(|(file, _)| file == Path::new("src/lib.rs"));
    lib.unwrap().1.push_str(SWITCH);
    files
}

/// One hunk, without its `@@`.
fn apply(text: &str, hunk: &str) -> Result<String, String> {
    let (mut old, mut new) = (String::new(), String::new());
    for line in hunk.lines().skip(1) {
        let (kind, rest) = line.split_at_checked(1).unwrap_or((" ", ""));
        // The head of the next file.
        if ![" ", "-", "+"].contains(&kind) {
            break;
        }
        for (side, other) in [(&mut old, "+"), (&mut new, "-")] {
            if kind != other {
                side.push_str(rest);
                side.push('\n');
            }
        }
    }
    match text.matches(&old).count() {
        1 => Ok(text.replacen(&old, &new, 1)),
        count => Err(format!("what it replaces is there {count} times:\n{old}")),
    }
}

fn read(path: &Path, files: &mut Vec<(PathBuf, String)>) {
    if !path.is_dir() {
        files.push((path.to_owned(), fs::read_to_string(path).unwrap()));
        return;
    }
    for entry in fs::read_dir(path).unwrap() {
        read(&entry.unwrap().path(), files);
    }
}

/// A file that says so already keeps its time, so that cargo sees what has changed.
fn write(folder: &Path, files: &[(PathBuf, String)]) {
    for (path, text) in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        if fs::read_to_string(&path).is_ok_and(|present| present == *text) {
            continue;
        }
        fs::write(&path, text).unwrap();
    }
}

/// Built dependencies, which then cost no time and little room.
fn seed(built: &Path, debug: &Path) {
    if debug.exists() {
        return;
    }
    for name in [".fingerprint", "build", "deps"] {
        seed_folder(&built.join(name), &debug.join(name));
    }
}

fn seed_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let from = entry.unwrap().path();
        let name = from.file_name().unwrap();
        let to = to.join(name);
        if from.is_dir() {
            seed_folder(&from, &to);
        } else if !name.to_string_lossy().contains("dhtls") {
            seed_file(&from, &to);
        }
    }
}

/// What cargo may write into is small; what is large it replaces. It compares times.
fn seed_file(from: &Path, to: &Path) {
    let found = fs::metadata(from).unwrap();
    if found.len() > 1 << 16 {
        fs::hard_link(from, to).unwrap();
        return;
    }
    fs::copy(from, to).unwrap();
    let copy = fs::File::options().append(true).open(to).unwrap();
    copy.set_modified(found.modified().unwrap()).unwrap();
}

fn build(source: &Path, target: &Path) {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| env!("CARGO").into());
    let mut build = Command::new(cargo);
    build.args(["build", "--offline", "--bin", "dhtls", "--manifest-path"]);
    let built = build
        .arg(source.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(target)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&built.stderr);
    assert!(built.status.success(), "the mutants do not build:\n{said}");
}
