//! lighttpd's configuration with what it includes, and each kind of edit.

use std::path::{Path, PathBuf};

use crate::config::lighttpd::{Change, Configuration, Data, Source, Value, is_pattern};
use crate::error::LighttpdError;
use crate::fuzzing::edit::{changes_nothing, keeps_every_byte, only_adds, touches_only};
use crate::fuzzing::input::{Input, path};

const ENGINE: &str = "ssl.engine";
const INCLUDE: &str = "conf.d/iris-auth.conf";
const MAP: &str = "ssl.openssl.ssl-conf-cmd";
const MODULE: &str = "mod_openssl";
const PEMFILE: &str = "ssl.pemfile";
const PORT: &str = "server.port";

/// The main file; the other part of an input is what every included file holds.
#[derive(Clone, Copy)]
struct Files<'a> {
    main: &'a [u8],
    included: &'a [u8],
}

/// Reads the whole input as a configuration, and edits its first part.
pub fn lighttpd(bytes: &[u8]) {
    let whole = Files {
        main: bytes,
        included: b"",
    };
    let _ = whole.load();
    let input = Input::of(bytes);
    let files = &Files {
        main: input.main(),
        included: input.included(),
    };
    let Ok(before) = files.load() else { return };
    let text = input.wanted("/etc/ssl/private/lighttpd.pem");
    set_holds(files, &before, PEMFILE, &Value::Text(text.to_owned()));
    set_holds(files, &before, PORT, &Value::Integer(8443));
    set_holds(files, &before, ENGINE, &Value::Switch(true));
    entry_holds(files, &before, text);
    comment_holds(files, &before);
    module_holds(files, &before);
    include_holds(files, &before);
}

fn set_holds(files: &Files<'_>, before: &Configuration, key: &str, value: &Value) {
    let edit = |configuration: &mut Configuration| configuration.set(key, value);
    let Some((after, change)) = edited(files, edit) else {
        return;
    };
    others_are_kept(before, &after, &[key]);
    let now = after.value(key).expect("it is set");
    let is_wanted = match value {
        Value::Integer(number) => now.integer() == Some(i32::from(*number)),
        Value::Switch(on) => now.switch() == Some(*on),
        Value::Text(text) => now.data == Data::Text(text.clone().into_bytes()),
    };
    assert!(is_wanted, "{now:?}");
    match change {
        Change::Appended(_) => only_adds(files.main, after.bytes()),
        Change::Changed(_) => {
            let span = before.value_span(key).expect("it was in the main file");
            touches_only(&span, files.main, after.bytes());
        }
        Change::Unchanged(_) => changes_nothing(files.main, after.bytes()),
    }
}

fn entry_holds(files: &Files<'_>, before: &Configuration, value: &str) {
    let name = "MinProtocol";
    let edit = |configuration: &mut Configuration| configuration.set_entry(MAP, name, value);
    let Some((after, change)) = edited(files, edit) else {
        return;
    };
    others_are_kept(before, &after, &[MAP]);
    let map = after.value(MAP).expect("it is set");
    let now = map.entry(name);
    assert_eq!(now, Some(&Data::Text(value.as_bytes().to_vec())));
    match change {
        Change::Appended(_) => only_adds(files.main, after.bytes()),
        Change::Changed(_) | Change::Unchanged(_) => {}
    }
}

fn comment_holds(files: &Files<'_>, before: &Configuration) {
    let edit = |configuration: &mut Configuration| configuration.comment_out(PEMFILE);
    let Some((after, _)) = edited(files, edit) else {
        return;
    };
    others_are_kept(before, &after, &[PEMFILE]);
    let now = after.value(PEMFILE);
    assert!(now.is_none_or(|it| it.data == Data::Text(Vec::new())));
    keeps_every_byte(files.main, after.bytes());
}

fn module_holds(files: &Files<'_>, before: &Configuration) {
    let edit = |configuration: &mut Configuration| configuration.load_module(MODULE);
    let Some((after, _)) = edited(files, edit) else {
        return;
    };
    others_are_kept(before, &after, &["server.modules"]);
    let mut others = after.modules();
    others.retain(|module| module != MODULE);
    let mut old = before.modules();
    old.retain(|module| module != MODULE);
    assert_eq!(others, old);
    assert!(after.modules().contains(&MODULE.to_owned()));
}

/// Included, and taken out again. What the included file says may well change other values.
fn include_holds(files: &Files<'_>, before: &Configuration) {
    let included = || files.included(INCLUDE);
    let edit = |configuration: &mut Configuration| configuration.set_include(INCLUDE, included());
    if let Some((after, _)) = edited(files, edit) {
        assert!(after.includes().iter().any(|(name, _)| name == INCLUDE));
    }
    let edit = |configuration: &mut Configuration| configuration.comment_out_include(INCLUDE);
    if let Some((after, _)) = edited(files, edit) {
        let is_own = |(name, at): &(String, _)| name == INCLUDE && is_main(at);
        assert!(!after.includes().iter().any(is_own));
        keeps_every_byte(files.main, after.bytes());
        let is_other = |(name, _): &&(String, _)| name != INCLUDE;
        let (old, new) = (before.includes(), after.includes());
        if old.iter().all(|it| is_main(&it.1)) {
            let names = |all: &[(String, _)]| -> Vec<String> {
                let others = all.iter().filter(is_other);
                others.map(|(name, _)| name.clone()).collect()
            };
            assert_eq!(names(&old), names(&new));
        }
    }
}

fn is_main(at: &crate::error::Position) -> bool {
    at.path == path()
}

/// The configuration after an edit, read anew, and what the edit says it did. Nothing if it was refused,
/// which must leave all as it was.
fn edited<T: Done>(
    files: &Files<'_>,
    edit: impl Fn(&mut Configuration) -> Result<T, LighttpdError>,
) -> Option<(Configuration, T)> {
    let mut configuration = files.load().ok()?;
    let Ok(done) = edit(&mut configuration) else {
        changes_nothing(files.main, configuration.bytes());
        return None;
    };
    if done.is_nothing() {
        changes_nothing(files.main, configuration.bytes());
    }
    let once = configuration.bytes().to_vec();
    let twice = edit(&mut configuration);
    assert!(twice.is_ok_and(|twice| twice.is_nothing()), "done twice");
    changes_nothing(&once, configuration.bytes());
    let after = Files {
        main: &once,
        ..*files
    };
    let after = after.load().expect("an edited file is read");
    Some((after, done))
}

/// What an edit says it did.
trait Done {
    fn is_nothing(&self) -> bool;
}

impl Done for Change {
    fn is_nothing(&self) -> bool {
        matches!(self, Self::Unchanged(_))
    }
}

impl Done for Vec<crate::error::Position> {
    fn is_nothing(&self) -> bool {
        self.is_empty()
    }
}

/// Every other value is as it was, in blocks too.
fn others_are_kept(before: &Configuration, after: &Configuration, edited: &[&str]) {
    let keys = [
        ENGINE,
        MAP,
        PEMFILE,
        PORT,
        "server.modules",
        "server.document-root",
        "ssl.privkey",
        "auth.require",
    ];
    for key in keys.iter().filter(|key| !edited.contains(key)) {
        let data = |configuration: &Configuration| configuration.value(key).map(|it| it.data);
        assert_eq!(data(before), data(after), "{key}");
    }
    for key in keys {
        let conditional = |configuration: &Configuration| -> Vec<_> {
            let all = configuration.conditionals(key).into_iter();
            all.map(|it| (it.condition, it.data)).collect()
        };
        assert_eq!(conditional(before), conditional(after), "{key}");
    }
    let sockets = |configuration: &Configuration| -> Vec<_> {
        let all = configuration.sockets().into_iter();
        all.map(|it| (it.address, it.sets_engine)).collect()
    };
    assert_eq!(sockets(before), sockets(after));
}

impl Files<'_> {
    fn load(&self) -> Result<Configuration, LighttpdError> {
        let main = Source {
            path: path(),
            bytes: self.main.to_vec(),
        };
        Configuration::load(main, |name| Ok(self.included(name)))
    }

    /// A pattern stands for two files.
    fn included(&self, name: &str) -> Vec<Source> {
        let names = match is_pattern(name) {
            _ if name.contains("missing") => return Vec::new(),
            true => vec!["a.d/1.conf", "a.d/2.conf"],
            false => vec![name],
        };
        let source = |name: &str| Source {
            path: PathBuf::from(Path::new(name)),
            bytes: self.included.to_vec(),
        };
        names.into_iter().map(source).collect()
    }
}
