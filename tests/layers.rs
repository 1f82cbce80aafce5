//! The shape of the source: imports point down, files and functions stay short, nothing is unsafe.
#![allow(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

use std::fs;
use std::path::{Path, PathBuf};

/// Rooms, top to bottom, and what each may use. docs/architecture.md has the same in words.
const ROOMS: [(&str, &[&str]); 10] = [
    (
        "lib",
        &[
            "cli", "commands", "report", "server", "pki", "config", "system", "error", "secret",
        ],
    ),
    (
        // No part of the product: what has to hold of its parsers and editors.
        "fuzzing",
        &["server", "pki", "config", "system", "error", "secret"],
    ),
    (
        "cli",
        &[
            "commands", "report", "server", "pki", "config", "system", "error", "secret",
        ],
    ),
    (
        "commands",
        &[
            "report", "server", "pki", "config", "system", "error", "secret",
        ],
    ),
    ("report", &["pki", "config", "system", "error", "secret"]),
    ("server", &["pki", "config", "system", "error", "secret"]),
    ("pki", &["error", "secret"]),
    ("config", &["error", "secret"]),
    ("system", &["error", "secret"]),
    ("error", &["secret"]),
];

/// What makes code in `pki` and `config` depend on the machine.
const IMPURE: [&str; 6] = [
    "std::fs",
    "std::env",
    "std::net::Tcp",
    "std::process",
    "now_utc",
    "SystemTime",
];

fn sources() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    collect(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut found,
    );
    assert!(found.len() > 40, "the walk found the source");
    found
}

fn collect(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
}

/// The first folder or file name below `src`.
fn room(path: &Path) -> String {
    let below = path
        .strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("src"))
        .unwrap();
    let first = below
        .components()
        .next()
        .unwrap()
        .as_os_str()
        .to_str()
        .unwrap();
    first.trim_end_matches(".rs").to_owned()
}

/// Files of tests may reach for programs and files.
fn is_test(path: &Path) -> bool {
    let names = ["tests", "fixtures", "testing", "scratch"];
    path.file_stem()
        .is_some_and(|stem| names.iter().any(|name| stem == *name))
        || path.components().any(|part| part.as_os_str() == "tests")
}

/// The code of a file without its tests and comments.
fn code(text: &str) -> String {
    let product = text.split("\n#[cfg(test)]").next().unwrap();
    let lines = product
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// Rooms that a file names: `crate::room`, in imports and in place.
fn uses(text: &str) -> Vec<String> {
    let mut rooms = Vec::new();
    for (start, _) in text.match_indices("crate::") {
        let rest = &text[start + "crate::".len()..];
        if let Some(list) = rest.strip_prefix('{') {
            let list = list.split('}').next().unwrap();
            rooms.extend(list.split(',').map(|name| first_word(name.trim())));
        } else {
            rooms.push(first_word(rest));
        }
    }
    rooms
}

fn first_word(text: &str) -> String {
    text.chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect()
}

#[test]
fn imports_point_down() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let room = room(&path);
        if is_test(&path) || room == "main" {
            continue;
        }
        let allowed = ROOMS
            .iter()
            .find(|(name, _)| *name == room)
            .map_or(&[] as &[_], |(_, list)| list);
        for used in uses(&code(&text)) {
            let is_room = ROOMS.iter().any(|(name, _)| *name == used) || used == "secret";
            if is_room && used != room && !allowed.contains(&used.as_str()) {
                wrong.push(format!("{} uses {used}", path.display()));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn pki_and_config_touch_no_machine() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        if !["pki", "config"].contains(&room(&path).as_str()) || is_test(&path) {
            continue;
        }
        let code = code(&text);
        for impure in IMPURE.iter().filter(|impure| code.contains(**impure)) {
            wrong.push(format!("{} uses {impure}", path.display()));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn no_file_has_more_than_400_lines() {
    let long: Vec<_> = sources()
        .into_iter()
        .filter(|(_, text)| text.lines().count() > 400)
        .map(|(path, _)| path)
        .collect();
    assert_eq!(long, Vec::<PathBuf>::new());
}

#[test]
fn no_function_has_more_than_40_lines() {
    let mut long = Vec::new();
    for (path, text) in sources() {
        // Tables of words and of test cases are as long as what they list.
        let is_table = path.to_string_lossy().contains("/src/error/");
        if is_table || is_test(&path) {
            continue;
        }
        let product = text.split("\n#[cfg(test)]\nmod tests {").next().unwrap();
        let lines: Vec<&str> = product.lines().collect();
        for (start, line) in lines.iter().enumerate() {
            let Some(indent) = function_indent(line) else {
                continue;
            };
            // rustfmt closes a body with a brace in the column of its `fn`.
            let close = format!("{}}}", " ".repeat(indent));
            let length = lines[start..]
                .iter()
                .position(|line| *line == close)
                .unwrap_or(0);
            let body = &lines[start..start + length];
            if body.iter().filter(|line| says_something(line)).count() > 40 {
                long.push(format!("{}:{}", path.display(), start + 1));
            }
        }
    }
    assert_eq!(long, Vec::<String>::new());
}

/// rustfmt gives closing brackets lines of their own; those make no function harder to read.
fn says_something(line: &str) -> bool {
    line.chars().any(char::is_alphanumeric)
}

/// The indentation of a line that begins a function with a body over several lines.
fn function_indent(line: &str) -> Option<usize> {
    let start = line.trim_start();
    let bare = ["pub(crate) ", "pub(super) ", "pub ", "const "]
        .iter()
        .fold(start, |rest, word| rest.strip_prefix(word).unwrap_or(rest));
    (bare.starts_with("fn ") && !line.trim_end().ends_with(['}', ';']))
        .then(|| line.len() - start.len())
}

#[test]
fn the_crate_forbids_unsafe_code() {
    let lib = sources()
        .into_iter()
        .find(|(path, _)| path.ends_with("src/lib.rs"))
        .unwrap()
        .1;
    assert!(lib.contains("#![forbid(unsafe_code)]"));
}

#[test]
fn the_walk_sees_an_upward_import() {
    let sample = "use crate::{cli, error::Error};\nfn f() { crate::server::x() }";
    assert_eq!(uses(sample), ["cli", "error", "server"]);
}
