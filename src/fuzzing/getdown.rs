//! A launcher file, pointed elsewhere.

use crate::config::getdown::{Edited, Launcher, Origin, Scheme};
use crate::config::lines::lines;
use crate::fuzzing::edit::changes_nothing;
use crate::fuzzing::input::path;

/// Reads the input as a launcher file, and points it to several servers, one after the other too.
pub fn getdown(bytes: &[u8]) {
    let Ok(launcher) = Launcher::parse(&path(), bytes) else {
        return;
    };
    let _ = (launcher.clashes(), launcher.appbase());
    let mut tour = bytes.to_vec();
    for origin in origins() {
        point_holds(bytes, &launcher, &origin);
        tour = pointed(&tour, &origin).bytes;
    }
    let most = lines(bytes).count() + launcher.addresses().count();
    assert!(lines(&tour).count() <= most, "comments pile up");
}

fn point_holds(bytes: &[u8], launcher: &Launcher, origin: &Origin) {
    let edited = pointed(bytes, origin);
    let after = Launcher::parse(&path(), &edited.bytes).expect("an edited file is read");
    assert_eq!(launcher.addresses().count(), after.addresses().count());
    for (old, new) in launcher.addresses().zip(after.addresses()) {
        assert_eq!((&old.key, &old.qualifier), (&new.key, &new.qualifier));
        match points_somewhere(&old.value) && !old.is_latest() {
            false => assert_eq!(old.value, new.value),
            true => {
                assert_eq!(new.origin.as_ref(), Some(origin));
                assert_eq!(behind_host(&old.value), behind_host(&new.value));
            }
        }
    }
    // What is not ASCII is shown with a replacement character, so it cannot be put back from there.
    if edited.changed.iter().all(|it| it.old.is_ascii()) {
        changes_nothing(bytes, &undone(bytes, &edited));
    }
    let twice = pointed(&edited.bytes, origin);
    changes_nothing(&edited.bytes, &twice.bytes);
    assert_eq!(twice.changed, []);
}

fn pointed(bytes: &[u8], origin: &Origin) -> Edited {
    let launcher = Launcher::parse(&path(), bytes).expect("an edited file is read");
    let edited = launcher.point_what_is_there_to(origin);
    edited.expect("every launcher file can be edited")
}

fn origins() -> [Origin; 3] {
    let origin = |scheme, host, port| Origin::new(scheme, host, port).expect("it is a host");
    [
        origin(Scheme::Https, "cus.example.com", 443),
        origin(Scheme::Http, "192.0.2.7", 80),
        origin(Scheme::Https, "::1", 8443),
    ]
}

fn points_somewhere(address: &str) -> bool {
    let scheme = address.split_once(':').unwrap_or_default().0;
    ["http", "https"]
        .iter()
        .any(|it| it.eq_ignore_ascii_case(scheme))
}

fn behind_host(value: &str) -> Option<&str> {
    let rest = value.split_once("//")?.1;
    rest.get(rest.find(['/', '?', '#']).unwrap_or(rest.len())..)
}

/// An edited file as it was, undone without the editor's own means: changed addresses are the old ones
/// again, and lines that were not there are dropped.
fn undone(original: &[u8], edited: &Edited) -> Vec<u8> {
    let mut bytes = edited.bytes.clone();
    for changed in edited.changed.iter().rev() {
        let line = lines(&bytes).nth(changed.new.at.line - 1);
        let line = line.expect("a position is a line of its file");
        let text = &bytes[line.start..line.end];
        let new = changed.new.value.as_bytes();
        // A platform may look like an address.
        let before = changed.new.qualifier.as_ref().map_or(b'=', |_| b']');
        let before = text.iter().position(|byte| *byte == before);
        let before = before.expect("the address is behind it");
        let mut found = text[before..].windows(new.len());
        let found = found.position(|window| window == new);
        let start = line.start + before + found.expect("the new address is in its line");
        bytes.splice(start..start + new.len(), changed.old.bytes());
    }
    let is_end = |byte: &u8| matches!(byte, b'\n' | b'\r');
    let mut kept = original.split_inclusive(is_end).peekable();
    let lines = bytes.split_inclusive(is_end);
    let kept = lines.filter(|line| kept.next_if_eq(line).is_some());
    kept.collect::<Vec<_>>().concat()
}
