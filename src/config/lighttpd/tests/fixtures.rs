//! Files of testdata/lighttpd, edited as for HTTPS: each `.before` has to become its `.after`, and lighttpd
//! itself has to make of it what we make of it.

use std::fs;
use std::path::{Path, PathBuf};

use crate::config::lighttpd::tests::judge::Folder;
use crate::config::lighttpd::{Change, Configuration, Source, Value, include_path, is_pattern};
use crate::error::LighttpdError;

pub(super) const PORT: u16 = 18443;
pub(super) const BUNDLE: &str = "/etc/ssl/private/lighttpd.pem";
pub(super) const CONFIGURE: &str = "ssl.openssl.ssl-conf-cmd";

#[test]
fn every_fixture_is_edited_to_the_byte() {
    for name in names("before") {
        let mut configuration = load(&name, "before");
        secure(&mut configuration, &name).unwrap_or_else(|error| panic!("{name}: {error}"));
        let expected = fs::read(folder().join(format!("{name}.after"))).unwrap();
        let now = configuration.bytes().escape_ascii().to_string();
        assert_eq!(now, expected.escape_ascii().to_string(), "{name}");
    }
}

#[test]
fn editing_a_fixture_twice_is_editing_it_once() {
    for name in names("before") {
        let mut configuration = load(&name, "after");
        let before = configuration.bytes().to_vec();
        let changes = secure(&mut configuration, &name).unwrap();
        assert_eq!(configuration.bytes(), before, "{name}");
        let is_unchanged = |change: &Change| matches!(change, Change::Unchanged(_));
        assert!(changes.iter().all(is_unchanged), "{name}: {changes:?}");
    }
}

#[test]
fn lighttpd_takes_every_fixture_and_reads_it_as_we_do() {
    for name in names("before") {
        let folder = scratch();
        for state in ["before", "after"] {
            let bytes = fs::read(file(&name, state)).unwrap();
            folder.compare(&bytes, &format!("{name}.{state}"));
        }
        let verdict = folder.judge(&fs::read(file(&name, "after")).unwrap());
        assert_eq!(verdict, Ok(()), "{name}");
    }
}

#[test]
fn there_are_twenty_fixtures_and_more() {
    assert!(names("before").len() > 30);
}

/// What cus-https does to a configuration.
pub(super) fn secure(
    configuration: &mut Configuration,
    name: &str,
) -> Result<Vec<Change>, LighttpdError> {
    configuration.refuse_socket_on(PORT)?;
    configuration.refuse_inheriting_sockets()?;
    let mut changes = vec![
        configuration.set("server.port", &Value::Integer(PORT))?,
        configuration.load_module("mod_openssl")?,
        configuration.set("ssl.engine", &Value::Switch(true))?,
        configuration.set("ssl.pemfile", &Value::Text(BUNDLE.to_owned()))?,
    ];
    let commented = configuration.comment_out("ssl.privkey")?;
    changes.extend(commented.into_iter().map(Change::Changed));
    if name.starts_with("map-") {
        changes.push(configuration.set_entry(CONFIGURE, "MinProtocol", "TLSv1.2")?);
    }
    Ok(changes)
}

fn load(name: &str, state: &str) -> Configuration {
    try_load(name, state).unwrap_or_else(|error| panic!("{name}: {error}"))
}

pub(super) fn try_load(name: &str, state: &str) -> Result<Configuration, LighttpdError> {
    let main = source(file(name, state));
    Configuration::load(main.clone(), |written| Ok(included(&main.path, written)))
}

/// A folder for lighttpd, with all that the fixtures include.
pub(super) fn scratch() -> Folder {
    Folder::new(&["bad.d", "conf.d", "many.d"].map(|it| folder().join(it)))
}

/// What a name or a pattern `FOLDER/*.conf` includes.
fn included(main: &Path, written: &str) -> Vec<Source> {
    let path = include_path(main, written);
    if !is_pattern(written) {
        return path.exists().then(|| source(path)).into_iter().collect();
    }
    let Ok(found) = fs::read_dir(path.parent().unwrap()) else {
        return Vec::new();
    };
    let mut paths: Vec<_> = found.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().map(source).collect()
}

fn source(path: PathBuf) -> Source {
    let bytes = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Source { path, bytes }
}

pub(super) fn file(name: &str, state: &str) -> PathBuf {
    folder().join(format!("{name}.{state}"))
}

pub(super) fn names(state: &str) -> Vec<String> {
    let entries = fs::read_dir(folder()).unwrap();
    let names = entries.filter_map(|entry| {
        let name = entry.unwrap().file_name().into_string().unwrap();
        Some(name.strip_suffix(&format!(".{state}"))?.to_owned())
    });
    names.collect()
}

fn folder() -> &'static Path {
    Path::new("testdata/lighttpd")
}
