//! Files of testdata/props, edited: each `.before` has to become its `.after`.

use std::fs;
use std::path::{Path, PathBuf};

use crate::config::props::{Properties, Scope, Source};
use crate::error::PropsError;

const KEYSTORE: &str = "WebServer.tls.keystore";
const NEW: &str = "/etc/new.p12";
const WEB_API: &str = "web_api_service";

/// Name, service, key and wanted value.
const CASES: &[(&str, &str, &str, &str)] = &[
    ("plain", WEB_API, KEYSTORE, NEW),
    ("crlf", WEB_API, KEYSTORE, NEW),
    ("cr", WEB_API, KEYSTORE, NEW),
    ("cr-append", WEB_API, KEYSTORE, NEW),
    ("crlf-append", WEB_API, KEYSTORE, NEW),
    ("tabs", WEB_API, KEYSTORE, NEW),
    ("latin-1", WEB_API, KEYSTORE, NEW),
    ("utf-8", WEB_API, KEYSTORE, NEW),
    ("no-final-newline", WEB_API, KEYSTORE, NEW),
    ("append-no-final-newline", WEB_API, KEYSTORE, NEW),
    ("empty", WEB_API, KEYSTORE, NEW),
    ("continued-value", WEB_API, KEYSTORE, NEW),
    ("continued-separator", WEB_API, KEYSTORE, NEW),
    ("continued-key", WEB_API, KEYSTORE, NEW),
    ("hash-in-continuation", WEB_API, KEYSTORE, NEW),
    ("three-backslashes", WEB_API, KEYSTORE, NEW),
    ("swallowed-by-comment", WEB_API, KEYSTORE, NEW),
    ("append-after-open-comment", WEB_API, KEYSTORE, NEW),
    ("append-after-open-value", WEB_API, KEYSTORE, NEW),
    ("empty-value", WEB_API, KEYSTORE, NEW),
    ("empty-value-blanks", WEB_API, KEYSTORE, NEW),
    ("empty-value-continued", WEB_API, KEYSTORE, NEW),
    ("empty-value-at-end", WEB_API, KEYSTORE, NEW),
    ("no-separator", WEB_API, KEYSTORE, NEW),
    ("trailing-blank", WEB_API, KEYSTORE, NEW),
    ("escaped-key", WEB_API, KEYSTORE, NEW),
    ("escaped-blank", WEB_API, KEYSTORE, NEW),
    ("escaped-value", WEB_API, "install.folder", r"C:\temp\new\"),
    ("non-ascii-value", WEB_API, "name", "Zoë ☃ 😀\t#=:"),
    ("last-wins", WEB_API, KEYSTORE, NEW),
    ("unchanged", WEB_API, KEYSTORE, NEW),
    ("in-scope", WEB_API, KEYSTORE, NEW),
    ("shared-scope", WEB_API, KEYSTORE, NEW),
    ("global-after-scope", WEB_API, KEYSTORE, NEW),
    ("other-service", WEB_API, KEYSTORE, NEW),
    ("other-service-final", WEB_API, KEYSTORE, NEW),
    ("braces-on-one-line", WEB_API, KEYSTORE, NEW),
    ("nested-scopes", WEB_API, KEYSTORE, NEW),
    ("blank-in-alternative", WEB_API, KEYSTORE, NEW),
    ("final", WEB_API, KEYSTORE, NEW),
    ("finalized-later", WEB_API, KEYSTORE, NEW),
    ("final-in-tab", WEB_API, KEYSTORE, NEW),
    ("bom", WEB_API, KEYSTORE, NEW),
    ("inline-hash", WEB_API, KEYSTORE, NEW),
    ("many-separators", WEB_API, KEYSTORE, NEW),
    ("include-wins", WEB_API, KEYSTORE, NEW),
    ("includer-wins", WEB_API, KEYSTORE, NEW),
    ("include-append", WEB_API, KEYSTORE, NEW),
    ("include-in-scope", WEB_API, KEYSTORE, NEW),
    ("ignored-include", WEB_API, KEYSTORE, NEW),
    (
        "dispatcher",
        "dbquery",
        "RemoteQueryDispatcherParameters.host",
        "db.example.com",
    ),
    ("uncertain-before", WEB_API, KEYSTORE, NEW),
    ("uncertain-only", WEB_API, KEYSTORE, NEW),
    ("mixed-endings", WEB_API, KEYSTORE, NEW),
    ("form-feed", WEB_API, KEYSTORE, NEW),
];

#[test]
fn every_fixture_is_edited_to_the_byte() {
    for case in CASES {
        let mut properties = load(case.0);
        set(&mut properties, case);
        for name in names(&properties) {
            let expected = fixture(&name, "after").or_else(|| fixture(&name, "before"));
            assert_eq!(
                shown(now(&properties, &name)),
                expected.map(shown).unwrap(),
                "{} of {}",
                name,
                case.0
            );
        }
    }
}

#[test]
fn editing_a_fixture_twice_is_editing_it_once() {
    for case in CASES {
        let mut properties = load(case.0);
        set(&mut properties, case);
        let once: Vec<_> = names(&properties)
            .iter()
            .map(|name| now(&properties, name))
            .collect();
        set(&mut properties, case);
        let twice: Vec<_> = names(&properties)
            .iter()
            .map(|name| now(&properties, name))
            .collect();
        assert_eq!(once, twice, "{}", case.0);
    }
}

#[test]
fn every_fixture_is_in_the_table_or_included_by_one_that_is() {
    let folder = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    let on_disk =
        folder.filter_map(|name| Some(name.to_str()?.strip_suffix(".before")?.to_owned()));
    let used: Vec<String> = CASES.iter().flat_map(|case| names(&load(case.0))).collect();
    for name in on_disk {
        assert!(used.contains(&name), "{name}.before is used by no test");
    }
}

fn load(name: &str) -> Properties {
    let source = |name: &str| {
        let bytes = fixture(name, "before")?;
        Some(Source {
            path: PathBuf::from(name),
            bytes,
        })
    };
    Properties::load(source(name).unwrap(), |name| {
        Ok::<_, PropsError>(source(name))
    })
    .unwrap()
}

fn set(properties: &mut Properties, (name, service, key, value): &(&str, &str, &str, &str)) {
    let done = properties.set(key, value, &Scope::service(service));
    assert!(done.is_ok(), "{name}: {done:?}");
}

fn names(properties: &Properties) -> Vec<String> {
    let paths = properties
        .files
        .iter()
        .map(|loaded| loaded.file.path.display().to_string());
    paths.collect()
}

fn now(properties: &Properties, name: &str) -> Vec<u8> {
    let changed = properties
        .changed_files()
        .find(|(path, _)| *path == Path::new(name));
    changed
        .map(|(_, bytes)| bytes.to_vec())
        .or_else(|| fixture(name, "before"))
        .unwrap()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/props")
}

fn fixture(name: &str, state: &str) -> Option<Vec<u8>> {
    fs::read(folder().join(format!("{name}.{state}"))).ok()
}

fn shown(bytes: Vec<u8>) -> String {
    bytes.escape_ascii().to_string()
}
