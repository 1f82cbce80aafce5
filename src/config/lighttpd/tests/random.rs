//! Files that nobody would write.

use std::path::PathBuf;

use proptest::collection::vec;
use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_oneof};
use proptest::strategy::{BoxedStrategy, ValueTree};
use proptest::test_runner::TestRunner;
use proptest::{prop_assert, prop_assert_eq, proptest};

use crate::config::lighttpd::tests::Files;
use crate::config::lighttpd::tests::judge::{CRASHED, Folder, disagreement};
use crate::config::lighttpd::{Change, Configuration, Data, Value};

const KEY: &str = "t.key";

/// So that most names have a value. All lists have names only: of a list with both, `-p` leaves the names out.
const BEGIN: &str = "n = 7\nx = 1\nt.b = \"b\"\nvar.y = \"y\"\nz = ( \"z\" => 1 )\n";

fn text(choices: &[&'static str]) -> BoxedStrategy<String> {
    let choices: Vec<String> = choices.iter().map(|it| (*it).to_owned()).collect();
    proptest::sample::select(choices).boxed()
}

fn term() -> BoxedStrategy<String> {
    let plain = text(&[
        "1",
        "0443",
        "x",
        "y",
        "n",
        "var.y",
        "t.b",
        "env.PATH",
        r#""""#,
        r#""a # } ( b""#,
        r#""c\"d\x""#,
        "\"two\nlines\"",
        r#""enable""#,
    ]);
    plain.boxed()
}

fn list() -> BoxedStrategy<String> {
    text(&[
        "z",
        "()",
        "(\"i\" => (1,\n # c )\n 2,,),)",
        r#"("n" => "v", "m" + 1 => x)"#,
        r#"("p" => (("a"), ("b" => ("c",))))"#,
    ])
}

fn statement() -> BoxedStrategy<String> {
    let key = text(&["t.key", "t.key", "T.Key", "t.b", "t.c", "x", "var.y", "w"]);
    // Mostly `:=`, since a second `=` is fatal.
    let operator = text(&["=", " = ", ":=", " := ", ":= ", " :=\t", "+= "]);
    let terms = prop_oneof![9 => vec(term(), 1..3), 1 => vec(list(), 1..3)];
    let value = terms.prop_map(|terms| terms.join(" + "));
    (key, operator, value)
        .prop_map(|(key, operator, value)| key + &operator + &value)
        .boxed()
}

fn separator() -> BoxedStrategy<String> {
    text(&[
        "\n",
        "\r\n",
        "\r",
        " ",
        "\t",
        ", ",
        "\n\n",
        " # comment\n",
        "\n#t.key = \"example\"\n",
        "\n # T.KEY := 1\r\n",
        "\n##\n#{\n#t.key = 1\n",
        "\u{a0}",
    ])
}

/// Statements, blocks and line ends in every combination; most are files that lighttpd would load.
fn body(statement: BoxedStrategy<String>) -> BoxedStrategy<String> {
    vec((separator(), statement), 0..5)
        .prop_map(|parts| parts.into_iter().map(|(before, it)| before + &it).collect())
        .boxed()
}

fn block() -> BoxedStrategy<String> {
    let condition = text(&[
        r#"$HTTP["host"] == "a""#,
        r#"$HTTP["host"]=="b""#,
        r#"$HTTP["url"] =~ "^/x" + n"#,
        r#"$SERVER["socket"] == "127.0.0.1:18080""#,
        r#"$HTTP["host"] != "a""#,
    ]);
    let inner = prop_oneof![
        6 => body(statement()),
        1 => body(statement()).prop_map(|inner| format!("global {{{inner}}}")),
    ];
    let ends = text(&["}", "}\n", " } ", "} #t.key = 1\n", "}\r"]);
    let branch = (
        text(&["else ", "\nelse ", "\n# c\n else "]),
        body(statement()),
    )
        .prop_map(|(word, inner)| format!("{word}{{ {inner} }}"));
    prop_oneof![
        4 => (condition.clone(), inner, vec(branch, 0..2), ends.clone())
            .prop_map(|(condition, inner, branches, end)| format!(
                "{condition} {{{inner} }}{}{}", branches.concat(), end.trim_start_matches([' ', '}'])
            )),
        1 => (body(statement()), ends).prop_map(|(inner, end)| format!("global {{ {inner} {end}")),
        1 => (condition, block_of_block()).prop_map(|(outer, inner)| format!("{outer} {{ {inner} }}")),
    ]
    .boxed()
}

fn block_of_block() -> BoxedStrategy<String> {
    body(statement())
        .prop_map(|inner| format!("$HTTP[\"url\"] == \"/\" {{ {inner} }}\n"))
        .boxed()
}

pub(super) fn file() -> BoxedStrategy<Vec<u8>> {
    let piece = prop_oneof![
        40 => statement().prop_map(String::into_bytes),
        14 => block().prop_map(String::into_bytes),
        6 => text(&["include \"inc.conf\"", "include \"many.d/*.conf\"", "#include \"inc.conf\""])
            .prop_map(String::into_bytes),
        1 => vec(any::<u8>(), 0..3),
    ];
    let end = text(&["", "\n", "\r\n", " # end", "\r"]);
    (vec((piece, separator()), 0..9), end)
        .prop_map(|(parts, end)| {
            let parts = parts
                .into_iter()
                .flat_map(|(piece, behind)| [piece, behind.into_bytes()]);
            let parts: Vec<Vec<u8>> = parts.collect();
            [BEGIN.as_bytes(), &parts.concat(), end.as_bytes()].concat()
        })
        .boxed()
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<u16>().prop_map(Value::Integer),
        any::<bool>().prop_map(Value::Switch),
        Just(Value::Text("/etc/ssl/private/lighttpd.pem".to_owned())),
        "[ -~\n]{0,8}".prop_map(Value::Text),
        r#"[\\" ]{0,6}"#.prop_map(Value::Text),
    ]
}

const INCLUDED: &str = "t.c := \"included\"\n";
const MANY: &str = "t.key := 5\n";

fn files(main: &[u8]) -> Files {
    Files::main(main)
        .with("inc.conf", INCLUDED)
        .with("many.d/1.conf", MANY)
}

/// The configuration after the edit and what was done, if it was not refused.
fn edit(main: &[u8], value: &Value) -> Option<(Configuration, Change)> {
    let mut configuration = files(main).load().ok()?;
    let change = configuration.set(KEY, value).ok()?;
    Some((configuration, change))
}

fn is(data: &Data, value: &Value) -> bool {
    match value {
        Value::Integer(number) => data.integer() == Some(i32::from(*number)),
        Value::Switch(on) => data.switch() == Some(*on),
        Value::Text(text) => *data == Data::Text(text.clone().into_bytes()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_bytes_make_it_panic(bytes in vec(any::<u8>(), 0..200), value in value()) {
        let _ = edit(&bytes, &value);
    }

    #[test]
    fn the_wanted_value_is_effective_after_an_edit(main in file(), value in value()) {
        if let Some((configuration, _)) = edit(&main, &value) {
            let now = files(configuration.bytes()).load().unwrap();
            prop_assert!(is(&now.value(KEY).unwrap().data, &value));
        }
    }

    #[test]
    fn an_edit_leaves_every_byte_outside_of_the_value(main in file(), value in value()) {
        let before = files(&main).load();
        let Some((configuration, change)) = edit(&main, &value) else { return Ok(()) };
        let after = configuration.bytes();
        match change {
            Change::Unchanged(_) => prop_assert_eq!(after, &main),
            Change::Appended(_) => {
                let same = main.iter().zip(after).take_while(|(old, new)| old == new).count();
                prop_assert!(after.ends_with(&main[same..]));
            }
            Change::Changed(_) => {
                let (_, last) = before.unwrap().last(KEY).unwrap();
                let span = last.assignment.value.span;
                prop_assert!(after.starts_with(&main[..span.start]));
                prop_assert!(after.ends_with(&main[span.end..]));
            }
        }
    }

    #[test]
    fn editing_twice_is_editing_once(main in file(), value in value()) {
        if let Some((mut configuration, _)) = edit(&main, &value) {
            let once = configuration.bytes().to_vec();
            let again = configuration.set(KEY, &value).unwrap();
            prop_assert!(matches!(again, Change::Unchanged(_)));
            prop_assert_eq!(&once, configuration.bytes());
        }
    }

    #[test]
    fn a_key_that_is_commented_out_has_no_value_and_all_bytes_are_there(main in file()) {
        let Ok(mut configuration) = files(&main).load() else { return Ok(()) };
        if configuration.comment_out(KEY).is_err() { return Ok(()) };
        let now = files(configuration.bytes()).load().unwrap().value(KEY);
        prop_assert!(now.is_none_or(|it| it.data == Data::Text(Vec::new())));
        // Only marks, line ends and `t.key := ""` came in.
        let mut rest = configuration.bytes().iter();
        prop_assert!(main.iter().all(|byte| rest.any(|it| it == byte)));
        let once = configuration.bytes().to_vec();
        prop_assert_eq!(configuration.comment_out(KEY).unwrap(), Vec::new());
        prop_assert_eq!(&once, configuration.bytes());
    }

    #[test]
    fn a_module_is_loaded_once(main in file()) {
        let Ok(mut configuration) = files(&main).load() else { return Ok(()) };
        if configuration.load_module("mod_x").is_err() { return Ok(()) };
        let loaded = configuration.bytes().to_vec();
        prop_assert!(configuration.modules().contains(&"mod_x".to_owned()));
        configuration.load_module("mod_x").unwrap();
        prop_assert_eq!(&loaded, configuration.bytes());
    }
}

/// Generated files, the same in every run. Many by hand: `DHTLS_LIGHTTPD_CASES=20000`.
fn samples() -> impl Iterator<Item = (Vec<u8>, Value)> {
    let cases = std::env::var("DHTLS_LIGHTTPD_CASES").ok();
    let cases = cases.map_or(40, |cases| cases.parse().expect("a number"));
    let mut runner = TestRunner::deterministic();
    (0..cases).map(move |_| (file(), value()).new_tree(&mut runner).unwrap().current())
}

#[test]
fn lighttpd_reads_generated_files_as_we_do() {
    let folder = Folder::new(&[]);
    folder.include("inc.conf", INCLUDED);
    folder.include("many.d/1.conf", MANY);
    let (mut read, mut edited) = (0, 0);
    for (main, value) in samples() {
        let Ok(ours) = folder.ours(&main) else {
            continue;
        };
        let shown = main.escape_ascii().to_string();
        let printed = match folder.printed(&main) {
            Ok(printed) => printed,
            Err(why) if is_known_difference(&main, &why) => continue,
            Err(why) => panic!("{shown}\n{why}"),
        };
        assert_eq!(disagreement(&ours, &printed), None, "{shown}\n{printed}");
        read += 1;
        let Some((configuration, _)) = edit(&main, &value) else {
            continue;
        };
        match folder.printed(configuration.bytes()) {
            Err(why) if why == CRASHED => continue,
            Ok(_) | Err(_) => folder.compare(configuration.bytes(), &shown),
        }
        edited += 1;
    }
    assert!(
        edited > 10,
        "{read} read alike, {edited} edited: the comparison would prove nothing"
    );
}

/// What we let pass and lighttpd does not.
fn is_known_difference(main: &[u8], why: &str) -> bool {
    // That a variable of the environment is a string.
    let has_environment = main.windows(4).any(|bytes| bytes == b"env.");
    why == CRASHED || has_environment && why.contains("data type mismatch")
}

#[test]
fn included_files_of_the_samples_are_there() {
    let configuration = files(b"include \"many.d/*.conf\"\n").load().unwrap();
    let paths: Vec<_> = configuration.paths().map(PathBuf::from).collect();
    assert_eq!(paths, ["lighttpd.conf", "many.d/1.conf"].map(PathBuf::from));
}
