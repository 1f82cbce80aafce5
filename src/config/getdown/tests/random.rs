//! Files that nobody would write.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_oneof};
use proptest::{prop_assert, prop_assert_eq, proptest};

use crate::config::getdown::tests::parse;
use crate::config::getdown::{Edited, Launcher, Origin, Scheme};
use crate::config::lines::lines;

/// Keys, addresses, comments and line ends in every combination; many are files that launchers read.
pub(super) fn file() -> impl Strategy<Value = Vec<u8>> {
    let key = prop_oneof![
        6 => Just("appbase".to_owned()),
        2 => Just("latest".to_owned()),
        6 => "ui\\.install_error(\\.(de|fr|it|es))?",
        1 => Just("# before dhtls: appbase".to_owned()),
        1 => "#? ?[a-z]{1,6}",
    ];
    let qualifier = prop_oneof![
        3 => Just(String::new()),
        3 => "\\[!?(linux|windows|mac os x)(-amd64)?\\] ?",
    ];
    let value = prop_oneof![
        8 => "[hH]ttps?://([a-z]@)?(a|cus.example.com|\\[::1\\])(:80|:443)?[/?]?[a-z=%#\u{fc} ]{0,6}",
        1 => "[a-z:/]{0,6}",
    ];
    let assignment =
        (key, " ?=[ \t]?", qualifier, value).prop_map(|(key, equals, qualifier, value)| {
            format!("{key}{equals}{qualifier}{value}").into_bytes()
        });
    let other = prop_oneof![
        3 => Just(b"strict_comments = true".to_vec()),
        2 => Just(b"strict_comments = [linux] true".to_vec()),
        2 => "[#a-z =]{0,8}".prop_map(String::into_bytes),
        1 => vec(any::<u8>(), 0..4),
    ];
    let line = prop_oneof![6 => assignment, 1 => other];
    let ending = prop_oneof![Just("\n"), Just("\r\n"), Just("\r"), Just("\n \t\n")];
    vec((line, ending), 0..6).prop_map(|lines| {
        let lines = lines
            .iter()
            .map(|(line, ending)| [line.as_slice(), ending.as_bytes()].concat());
        lines.collect::<Vec<_>>().concat()
    })
}

pub(super) fn origin() -> impl Strategy<Value = Origin> {
    let scheme = prop_oneof![Just(Scheme::Http), Just(Scheme::Https)];
    let host = prop_oneof![Just("cus.example.com"), Just("::1"), Just("192.0.2.7")];
    let port = prop_oneof![Just(80), Just(443), Just(8443)];
    (scheme, host, port).prop_map(|(scheme, host, port)| Origin::new(scheme, host, port).unwrap())
}

/// The file before and after, if it was not refused.
fn edit(bytes: &[u8], origin: &Origin) -> Option<(Launcher, Edited)> {
    let launcher = parse(bytes).ok()?;
    let edited = launcher.point_what_is_there_to(origin).unwrap();
    Some((launcher, edited))
}

/// An edited file as it was, undone without the editor's own means: new comments are dropped and changed
/// lines are what the comment or the old value says.
fn undone(launcher: &Launcher, edited: &Edited) -> Vec<u8> {
    let mut bytes = edited.bytes.clone();
    for changed in edited.changed.iter().rev() {
        let line = lines(&bytes).nth(changed.new.at.line - 1).unwrap();
        let text = String::from_utf8_lossy(&bytes[line.start..line.end]);
        let start = line.start + text.find(&changed.new.value).unwrap();
        bytes.splice(start..start + changed.new.value.len(), changed.old.bytes());
    }
    let original: Vec<&[u8]> = launcher.bytes.split_inclusive(is_end).collect();
    let mut kept = original.iter().peekable();
    let kept_lines = bytes
        .split_inclusive(is_end)
        .filter(|line| kept.next_if(|kept| **kept == *line).is_some());
    kept_lines.collect::<Vec<_>>().concat()
}

fn is_end(byte: &u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_bytes_make_it_panic(bytes in vec(any::<u8>(), 0..200), origin in origin()) {
        let _ = edit(&bytes, &origin);
    }

    #[test]
    fn every_address_points_there_after_an_edit(file in file(), origin in origin()) {
        let Some((before, edited)) = edit(&file, &origin) else { return Ok(()) };
        let after = parse(&edited.bytes).unwrap();
        prop_assert_eq!(before.addresses().count(), after.addresses().count());
        for (old, new) in before.addresses().zip(after.addresses()) {
            prop_assert_eq!((&old.key, &old.qualifier), (&new.key, &new.qualifier));
            match old.is_latest() || !old.value.to_ascii_lowercase().starts_with("http") {
                true => prop_assert_eq!(&old.value, &new.value),
                false => {
                    prop_assert_eq!(new.origin.as_ref(), Some(&origin));
                    prop_assert_eq!(path(&old.value), path(&new.value));
                }
            }
        }
    }

    #[test]
    fn an_edit_leaves_every_byte_outside_of_the_addresses(file in file(), origin in origin()) {
        let Some((launcher, edited)) = edit(&file, &origin) else { return Ok(()) };
        // What is not ASCII is shown with a replacement character, so it cannot be put back from there.
        if edited.changed.iter().all(|changed| changed.old.is_ascii()) {
            let undone = undone(&launcher, &edited);
            prop_assert_eq!(undone.escape_ascii().to_string(), file.escape_ascii().to_string());
        }
    }

    #[test]
    fn editing_twice_is_editing_once(file in file(), origin in origin()) {
        let Some((_, once)) = edit(&file, &origin) else { return Ok(()) };
        let (_, twice) = edit(&once.bytes, &origin).unwrap();
        prop_assert_eq!(once.bytes, twice.bytes);
        prop_assert_eq!(twice.changed, []);
    }

    #[test]
    fn no_key_is_active_twice_for_the_same_platform(file in file(), origin in origin()) {
        let Some((_, edited)) = edit(&file, &origin) else { return Ok(()) };
        let after = parse(&edited.bytes).unwrap();
        let keys: BTreeSet<_> = after.addresses().map(|it| (&it.key, &it.qualifier)).collect();
        prop_assert_eq!(keys.len(), after.addresses().count());
    }

    #[test]
    fn any_way_there_and_back_leaves_one_comment_for_an_address(file in file(), origins in vec(origin(), 1..6)) {
        let Some((launcher, _)) = edit(&file, &origins[0]) else { return Ok(()) };
        let mut bytes = file.clone();
        for origin in &origins {
            bytes = edit(&bytes, origin).unwrap().1.bytes;
        }
        prop_assert!(lines(&bytes).count() <= lines(&file).count() + launcher.addresses().count());
    }
}

/// What is behind the host.
fn path(value: &str) -> Option<&str> {
    let rest = value.split_once("//")?.1;
    Some(&rest[rest.find(['/', '?', '#']).unwrap_or(rest.len())..])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5))]

    #[test]
    fn many_generated_files_are_edited(files in vec(file(), 100), origin in origin()) {
        let edited = files.iter().filter_map(|file| edit(file, &origin));
        let changed = edited.filter(|(_, edited)| !edited.changed.is_empty()).count();
        prop_assert!(changed > 20, "the properties above would prove nothing: {}", changed);
    }
}
