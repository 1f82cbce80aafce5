//! Files that nobody would write.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_oneof};
use proptest::{prop_assert, prop_assert_eq, proptest};

use crate::config::getdown::tests::parse;
use crate::config::getdown::{Edited, Origin, Scheme};

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

/// The file afterwards, if it was not refused.
fn edit(bytes: &[u8], origin: &Origin) -> Option<Edited> {
    let launcher = parse(bytes).ok()?;
    Some(launcher.point_what_is_there_to(origin).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Pointed there, read back, undone, pointed again, to several servers and around.
    #[test]
    fn what_has_to_hold_for_any_input_holds(file in file()) {
        crate::fuzzing::getdown(&file);
    }

    #[test]
    fn no_key_is_active_twice_for_the_same_platform(file in file(), origin in origin()) {
        let Some(edited) = edit(&file, &origin) else { return Ok(()) };
        let after = parse(&edited.bytes).unwrap();
        let keys: BTreeSet<_> = after.addresses().map(|it| (&it.key, &it.qualifier)).collect();
        prop_assert_eq!(keys.len(), after.addresses().count());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5))]

    #[test]
    fn many_generated_files_are_edited(files in vec(file(), 100), origin in origin()) {
        let edited = files.iter().filter_map(|file| edit(file, &origin));
        let changed = edited.filter(|edited| !edited.changed.is_empty()).count();
        prop_assert!(changed > 20, "the properties above would prove nothing: {}", changed);
    }
}
