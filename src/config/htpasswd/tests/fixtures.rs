//! Files of testdata/htpasswd, edited: each `.before` has to become its `.after`.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::collection::vec;
use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_oneof};
use proptest::{prop_assert, prop_assert_eq, proptest};

use crate::config::htpasswd::tests::{parse, secret};
use crate::config::htpasswd::{Change, Users};

/// Of `secret`.
const HASH: &str = "$apr1$........$9SzY/TdPRPHQr/nVfsH1r/";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/htpasswd")
}

fn fixture(name: &str, state: &str) -> Vec<u8> {
    fs::read(folder().join(format!("{name}.{state}"))).unwrap()
}

fn on_disk(state: &str) -> Vec<String> {
    let files = fs::read_dir(folder()).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    names
        .filter_map(|name| Some(name.strip_suffix(state)?.to_owned()))
        .collect()
}

fn edit(name: &str, users: &mut Users) {
    match name.starts_with("removed") {
        true => drop(users.remove("iris")),
        false => drop(users.set("iris", &secret(HASH)).unwrap()),
    }
}

fn shown(users: &Users) -> String {
    users.bytes().expose().escape_ascii().to_string()
}

#[test]
fn every_fixture_is_edited_to_the_byte_and_only_once() {
    let names = on_disk(".before");
    assert!(names.len() >= 20);
    for name in names {
        let mut users = parse(fixture(&name, "before")).unwrap();
        for _ in 0..2 {
            edit(&name, &mut users);
            let after = fixture(&name, "after").escape_ascii().to_string();
            assert_eq!(shown(&users), after, "{name}");
        }
    }
}

#[test]
fn what_was_done_is_told_with_its_lines() {
    let done = |name: &str| {
        let mut users = parse(fixture(name, "before")).unwrap();
        match users.set("iris", &secret(HASH)).unwrap() {
            Change::Added(at) => format!("added {at}"),
            Change::Replaced { at, removed } => {
                let removed = removed.iter().map(ToString::to_string).collect::<Vec<_>>();
                format!("replaced {at}, removed {removed:?}")
            }
            Change::Unchanged(at) => format!("unchanged {at}"),
        }
    };
    assert_eq!(done("added"), "added cus.user:2");
    assert_eq!(done("added-to-empty"), "added cus.user:1");
    assert_eq!(done("added-no-final-newline"), "added cus.user:3");
    assert_eq!(done("replaced"), "replaced cus.user:4, removed []");
    assert_eq!(done("unchanged"), "unchanged cus.user:2");
    assert_eq!(
        done("replaced-first"),
        r#"replaced cus.user:1, removed ["cus.user:3", "cus.user:5"]"#
    );
    let mut users = parse(fixture("removed", "before")).unwrap();
    let removed: Vec<usize> = users.remove("iris").iter().map(|at| at.line).collect();
    assert_eq!(removed, [1, 3]);
    assert_eq!(users.remove("iris"), []);
}

#[test]
fn what_lighttpd_would_read_as_something_else_is_refused_with_its_line() {
    let messages = [
        ("bom", "cus.user:1: the line begins with a byte order mark"),
        (
            "bom-below",
            "cus.user:2: the line begins with a byte order mark",
        ),
        ("nul", "cus.user:2: a NUL byte"),
        (
            "utf-16",
            "cus.user:1: the line begins with a byte order mark",
        ),
    ];
    assert_eq!(on_disk(".refused").len(), messages.len());
    for (name, message) in messages {
        let error = parse(fixture(name, "refused")).unwrap_err();
        assert_eq!(error.to_string(), message);
        assert!(error.hint().is_some());
    }
}

/// Lines of a few users, comments and rubbish, with every ending.
fn file() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        4 => "(iris|a|b):[a-z$:]{0,6}".prop_map(String::into_bytes),
        2 => "#?[a-z: ]{0,6}".prop_map(String::into_bytes),
        1 => vec(any::<u8>(), 0..5),
    ];
    let ending = prop_oneof![Just("\n"), Just("\r\n"), Just("\r"), Just("")];
    vec((line, ending), 0..10).prop_map(|lines| {
        let lines = lines
            .iter()
            .map(|(line, ending)| [line.as_slice(), ending.as_bytes()].concat());
        lines.collect::<Vec<_>>().concat()
    })
}

/// Everybody's lines but those of iris.
fn others(users: &Users) -> Vec<(String, Option<crate::secret::Secret>)> {
    let all = users.users().into_iter().filter(|user| user.name != "iris");
    all.map(|user| {
        let hash = users.hash(&user.name);
        (user.name, hash)
    })
    .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_bytes_make_it_panic(bytes in vec(any::<u8>(), 0..200), user in ".{0,5}") {
        if let Ok(mut users) = parse(bytes) {
            let _ = users.set(&user, &secret(HASH));
            users.remove(&user);
            users.users();
        }
    }

    #[test]
    fn a_set_hash_counts_once_and_others_keep_theirs(file in file()) {
        let Ok(mut users) = parse(&file) else { return Ok(()) };
        let before = others(&users);
        users.set("iris", &secret(HASH)).unwrap();
        prop_assert_eq!(users.hash("iris"), Some(secret(HASH)));
        prop_assert_eq!(users.users().iter().filter(|user| user.name == "iris").count(), 1);
        prop_assert_eq!(others(&users), before.clone());
        let once = shown(&users);
        prop_assert!(matches!(users.set("iris", &secret(HASH)).unwrap(), Change::Unchanged(_)));
        prop_assert_eq!(shown(&users), once);
        users.remove("iris");
        prop_assert_eq!(users.hash("iris"), None);
        prop_assert_eq!(others(&users), before);
    }

    #[test]
    fn a_new_user_leaves_every_byte_before_it(file in file()) {
        let Ok(mut users) = parse(&file) else { return Ok(()) };
        if let Change::Added(_) = users.set("new", &secret(HASH)).unwrap() {
            prop_assert!(users.bytes().expose().starts_with(&file));
            users.remove("new");
            prop_assert!(users.bytes().expose().starts_with(&file));
            prop_assert!(users.bytes().len() <= file.len() + 2);
        }
    }
}
