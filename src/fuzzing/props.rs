//! A property file with what it includes, and one property set in it.

use std::path::{Path, PathBuf};

use crate::config::props::{Change, Properties, Property, Scope, Source};
use crate::error::{Position, PropsError};
use crate::fuzzing::edit::{logical_line, touches_only};
use crate::fuzzing::input::{Input, path};

const KEY: &str = "WebServer.tls.keystore";

/// The main file; the other part of an input is what every included file holds.
#[derive(Clone, Copy)]
struct Files<'a> {
    main: &'a [u8],
    included: &'a [u8],
    /// A file that is another one now.
    edited: Option<(&'a Path, &'a [u8])>,
}

/// Reads the whole input as a property file, and edits its first part.
pub fn props(bytes: &[u8]) {
    let whole = Files::of(bytes, b"");
    if let Ok(properties) = whole.load() {
        let _ = (properties.notes(), properties.services());
    }
    let input = Input::of(bytes);
    let files = Files::of(input.main(), input.included());
    set_holds(&files, input.wanted("/etc/new.p12"));
}

fn set_holds(files: &Files<'_>, value: &str) {
    let Ok(mut properties) = files.load() else {
        return;
    };
    let before = properties.assignments("");
    let _ = properties.effective(KEY, &web_api());
    let change = properties.set(KEY, value, &web_api());
    let edited: Vec<(PathBuf, Vec<u8>)> = properties
        .changed_files()
        .map(|(path, bytes)| (path.to_owned(), bytes.to_vec()))
        .collect();
    let (path, bytes) = match (&change, edited.as_slice()) {
        (Ok(Change::Changed(_) | Change::Appended(_)), [(path, bytes)]) => (path, bytes),
        (Ok(Change::Unchanged(_)) | Err(_), []) => return,
        (change, edited) => panic!("{change:?} with {} other files", edited.len()),
    };
    match &change {
        Ok(Change::Changed(at)) => keeps_the_rest(files.bytes(path), bytes, at, &before),
        _ => assert!(bytes.starts_with(files.main), "a byte was lost"),
    }
    let after = Files {
        edited: Some((path, bytes)),
        ..*files
    };
    let mut again = after.load().expect("an edited file is read");
    let now = again.effective(KEY, &web_api());
    let now = now.expect("it is certain").expect("it is set");
    assert_eq!(now.value, value.as_bytes());
    others_are_kept(&before, &again.assignments(""), &change);
    let twice = again.set(KEY, value, &web_api());
    assert!(matches!(twice, Ok(Change::Unchanged(_))), "{twice:?}");
    assert_eq!(again.changed_files().count(), 0);
}

/// Nothing outside of the line, and in a line without escapes nothing but the value.
fn keeps_the_rest(before: &[u8], after: &[u8], at: &Position, said: &[Property]) {
    let line = logical_line(before, at.line);
    touches_only(&line, before, after);
    let old = said.iter().find(|it| it.at == *at);
    let old = old.expect("a value that is changed was there");
    if !before[line.clone()].contains(&b'\\') && !old.value.is_empty() {
        assert!(before[line.clone()].ends_with(&old.value));
        touches_only(&(line.end - old.value.len()..line.end), before, after);
    }
}

/// Every other assignment says what it said, in its order.
fn others_are_kept(before: &[Property], after: &[Property], change: &Result<Change, PropsError>) {
    let (old_at, new_at) = match change {
        Ok(Change::Changed(at)) => (Some(at), at),
        Ok(Change::Appended(at)) => (None, at),
        _ => return,
    };
    let others = |all: &[Property], at: Option<&Position>| -> Vec<_> {
        let others = all.iter().filter(|it| Some(&it.at) != at);
        others
            .map(|it| {
                let path = it.at.path.clone();
                (
                    path,
                    it.key.clone(),
                    it.value.clone(),
                    it.scope.clone(),
                    it.locked,
                )
            })
            .collect()
    };
    assert_eq!(others(before, old_at), others(after, Some(new_at)));
}

impl<'a> Files<'a> {
    fn of(main: &'a [u8], included: &'a [u8]) -> Self {
        Self {
            main,
            included,
            edited: None,
        }
    }

    fn bytes(&self, path: &Path) -> &'a [u8] {
        match self.edited {
            Some((edited, bytes)) if edited == path => bytes,
            _ if path == Path::new("main") => self.main,
            _ => self.included,
        }
    }

    fn load(&self) -> Result<Properties, PropsError> {
        let source = |path: PathBuf| Source {
            bytes: self.bytes(&path).to_vec(),
            path,
        };
        Properties::load(source(path()), |name| {
            let is_there = !name.contains("missing");
            Ok(is_there.then(|| source(PathBuf::from(name))))
        })
    }
}

fn web_api() -> Scope {
    Scope::service("web_api_service").with("host", ["Db.example.com", "db", "192.0.2.7"])
}
