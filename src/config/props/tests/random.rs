//! Files that nobody would write.

use proptest::collection::vec;
use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_oneof};
use proptest::{prop_assert, prop_assert_eq, proptest};

use crate::config::props::statement::Action;
use crate::config::props::tests::{Files, web_api};
use crate::config::props::{Change, Properties};

const KEY: &str = "k";

/// Lines, brackets and backslashes in every combination; most are files that the server would load.
fn file() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        8 => (prop_oneof![Just("k"), Just("a"), Just("final k"), Just("final a")], "[=:]| = ", "[a-z ]{0,4}")
            .prop_map(|(key, separator, value)| format!("{key}{separator}{value}").into_bytes()),
        4 => prop_oneof![Just("\n"), Just("\r"), Just("\r\n"), Just("\\\n"), Just("\\\\\n"), Just("\n  ")]
            .prop_map(|text| text.as_bytes().to_vec()),
        2 => prop_oneof![
            Just("\n[service.name=web_api_service] {\nk=1\n}\n"),
            Just("\n[service.name=other|x] { k=1\na=2\n}\n"),
            Just("\n[devel=true] {\nk=1\n}\n"),
            Just("# comment"),
            Just("finalize a, b*\n"),
            Just(r"\u0041\n\101\q"),
        ]
        .prop_map(|text| text.as_bytes().to_vec()),
        1 => vec(any::<u8>(), 0..4),
    ];
    vec(piece, 0..16).prop_map(|pieces| pieces.concat())
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("/etc/new.p12".to_owned()),
        "[ -~]{0,12}",
        ".{0,8}",
        r"[nu\\ ]{0,6}"
    ]
}

/// The main file after the edit and what was done, if it was not refused.
fn edit(files: &Files, value: &str) -> Option<(Properties, Change)> {
    let mut properties = files.load().ok()?;
    let change = properties.set(KEY, value, &web_api()).ok()?;
    Some((properties, change))
}

/// The file's bytes and, if its key is assigned in place, those that belong to the value.
fn around_value(before: &[u8], after: &[u8]) -> (usize, usize) {
    let same = |pair: &(&u8, &u8)| pair.0 == pair.1;
    let front = before.iter().zip(after).take_while(same).count();
    let back = before
        .iter()
        .rev()
        .zip(after.iter().rev())
        .take_while(same)
        .count();
    (front, back)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn no_bytes_make_it_panic(bytes in vec(any::<u8>(), 0..200), value in value()) {
        let _ = edit(&Files::main(bytes), &value);
    }

    #[test]
    fn the_wanted_value_is_effective_after_an_edit(file in file(), value in value()) {
        if let Some((properties, _)) = edit(&Files::main(&file), &value) {
            let now = Files::main(&properties.files[0].file.bytes);
            let found = now.effective(KEY).unwrap().unwrap();
            prop_assert_eq!(found.text(), value);
        }
    }

    #[test]
    fn an_edit_leaves_every_byte_outside_of_the_value(file in file(), value in value()) {
        let files = Files::main(&file);
        let Some((properties, change)) = edit(&files, &value) else { return Ok(()) };
        let after = &properties.files[0].file.bytes;
        let original = files.load().unwrap();
        let spans = original.files[0].file.parsed.statements.iter().filter_map(|it| match &it.action {
            Action::Assign(assignment) if assignment.key == KEY.as_bytes() => Some(assignment.span.clone()),
            Action::Assign(_) | Action::Finalize(_) | Action::Include(_) | Action::LateInclude => None,
        });
        let (front, back) = around_value(&file, after);
        match change {
            Change::Unchanged(_) => prop_assert_eq!(after, &file),
            Change::Appended(_) => prop_assert!(after.starts_with(&file)),
            Change::Changed(_) => {
                let fits = |span: std::ops::Range<usize>| span.start <= front && file.len() - span.end <= back;
                prop_assert!(spans.into_iter().any(fits));
            }
        }
    }

    #[test]
    fn editing_twice_is_editing_once(file in file(), value in value()) {
        if let Some((mut properties, _)) = edit(&Files::main(&file), &value) {
            let once = properties.files[0].file.bytes.clone();
            let again = properties.set(KEY, &value, &web_api()).unwrap();
            prop_assert!(matches!(again, Change::Unchanged(_)));
            prop_assert_eq!(&once, &properties.files[0].file.bytes);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5))]

    #[test]
    fn most_generated_files_are_edited(files in vec(file(), 40)) {
        let edited = files.iter().filter(|file| edit(&Files::main(file), "/a").is_some());
        prop_assert!(edited.count() > 8, "the properties above would prove nothing");
    }
}
