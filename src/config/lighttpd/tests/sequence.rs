//! All edits of cus-https, one after the other, on files that nobody would write.

use std::collections::BTreeMap;

use proptest::prelude::{ProptestConfig, Strategy};
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use proptest::{prop_assert, prop_assert_eq, proptest};

use crate::config::lighttpd::tests::Files;
use crate::config::lighttpd::tests::fixtures::{BUNDLE, CONFIGURE, PORT, secure};
use crate::config::lighttpd::tests::judge::{CRASHED, Folder};
use crate::config::lighttpd::tests::random;
use crate::config::lighttpd::{Change, Configuration, Data};

/// What the keys of the generated files are called here.
const KEYS: [(&str, &str); 5] = [
    ("t.key", "server.port"),
    ("T.Key", "Server.Port"),
    ("T.KEY", "SERVER.PORT"),
    ("t.b", "ssl.pemfile"),
    ("t.c", "ssl.privkey"),
];

const INCLUDED: &str = "ssl.privkey := \"included\"\n";
const MANY: &str = "server.port := 5\n";

/// Whatever the edits may change.
const TARGETS: [&str; 6] = [
    "server.port",
    "server.modules",
    "ssl.engine",
    "ssl.pemfile",
    "ssl.privkey",
    CONFIGURE,
];

fn file() -> impl Strategy<Value = Vec<u8>> {
    random::file().prop_map(|bytes| {
        // Byte for byte, whatever they mean.
        let mut text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
        for (old, new) in KEYS {
            text = text.replace(old, new);
        }
        text.chars().map(|c| u8::try_from(c).unwrap()).collect()
    })
}

fn load(main: &[u8]) -> Option<Configuration> {
    let files = Files::main(main)
        .with("inc.conf", INCLUDED)
        .with("many.d/1.conf", MANY);
    files.load().ok()
}

/// The configuration before and after all edits, unless one of them was refused.
fn edited(main: &[u8]) -> Option<(Configuration, Configuration)> {
    let mut configuration = load(main)?;
    // With the entry of a map.
    secure(&mut configuration, "map-").ok()?;
    Some((load(main)?, configuration))
}

/// What all other keys are, in every scope; those of conditions stay as well, whatever they are called.
fn others(configuration: &Configuration) -> BTreeMap<(Vec<u8>, Vec<u8>), Data> {
    let is_target = |key: &[u8]| TARGETS.iter().any(|target| target.as_bytes() == key);
    let scopes = configuration.state.scopes.iter();
    let all = scopes.flat_map(|scope| {
        let is_global = scope.parent.is_none();
        let values = scope.values.iter();
        let others = values.filter(move |(key, _)| !is_global || !is_target(key));
        others.map(|(key, entry)| ((scope.identity.clone(), key.clone()), entry.data.clone()))
    });
    all.collect()
}

/// Without the values that are to change.
fn untouched(main: &[u8], before: &Configuration) -> Vec<u8> {
    let lasts = TARGETS.iter().filter_map(|key| before.last(key));
    let own = lasts.filter(|(_, last)| last.file == 0);
    let spans: Vec<_> = own.map(|(_, last)| last.assignment.value.span).collect();
    let is_value = |at: &usize| spans.iter().any(|span| span.contains(at));
    let rest = (0..main.len()).filter(|at| !is_value(at));
    rest.map(|at| main[at]).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn whatever_is_wanted_is_effective_and_the_rest_as_it_was(main in file()) {
        let Some((before, after)) = edited(&main) else { return Ok(()) };
        let now = load(after.bytes()).unwrap();
        let value = |key| now.value(key).map(|it| it.data);
        prop_assert_eq!(now.value("server.port").unwrap().integer(), Some(i32::from(PORT)));
        prop_assert_eq!(now.value("ssl.engine").unwrap().switch(), Some(true));
        prop_assert_eq!(value("ssl.pemfile"), Some(Data::Text(BUNDLE.into())));
        prop_assert!(value("ssl.privkey").is_none_or(|it| it == Data::Text(Vec::new())));
        prop_assert!(now.modules().contains(&"mod_openssl".to_owned()));
        let map = now.value(CONFIGURE).unwrap();
        prop_assert_eq!(map.entry("MinProtocol"), Some(&Data::Text("TLSv1.2".into())));
        prop_assert_eq!(others(&now), others(&before));
    }

    #[test]
    fn every_byte_but_the_values_is_there_in_its_order(main in file()) {
        let Some((before, after)) = edited(&main) else { return Ok(()) };
        let mut rest = after.bytes().iter();
        prop_assert!(untouched(&main, &before).iter().all(|byte| rest.any(|it| it == byte)));
    }

    #[test]
    fn all_edits_twice_are_all_edits_once(main in file()) {
        let Some((_, mut after)) = edited(&main) else { return Ok(()) };
        let once = after.bytes().to_vec();
        let again = secure(&mut after, "map-").unwrap();
        prop_assert!(again.iter().all(|change| matches!(change, Change::Unchanged(_))));
        prop_assert_eq!(once, after.bytes());
    }
}

#[test]
fn lighttpd_reads_the_edited_files_as_we_do() {
    let folder = Folder::new(&[]);
    folder.include("inc.conf", INCLUDED);
    folder.include("many.d/1.conf", MANY);
    let mut runner = TestRunner::deterministic();
    let mut compared = 0;
    for _ in 0..120 {
        let main = file().new_tree(&mut runner).unwrap().current();
        let Some((_, after)) = edited(&main) else {
            continue;
        };
        // What lighttpd did not read before is not to be blamed on the edit, nor that it crashes.
        let has_crashed = || {
            let printed = folder.printed(after.bytes());
            printed.is_err_and(|why| why == CRASHED)
        };
        if folder.printed(&main).is_ok() && !has_crashed() {
            folder.compare(after.bytes(), &after.bytes().escape_ascii().to_string());
            compared += 1;
        }
    }
    assert!(compared > 20, "only {compared} were compared");
}
