//! The grammar, a rule a test. Each was checked against the parser of Deephaven Community 42.7.

use crate::config::props::tests::{Files, web_api};
use crate::config::props::{Note, Scope};

fn value(file: &str, key: &str) -> String {
    Files::main(file).value(key)
}

#[test]
fn the_first_colon_or_equals_sign_separates() {
    assert_eq!(value("a=b=c", "a"), "b=c");
    assert_eq!(value("a : b=c", "a"), "b=c");
    assert_eq!(value("j k=l", "j k"), "l");
    assert_eq!(value(r"d\:e=f", "d"), "e=f");
    assert_eq!(value(r"a\u003db", "a"), "b");
    assert_eq!(value("alone", "alone"), "");
}

#[test]
fn keys_are_trimmed_on_both_sides_and_values_on_the_left() {
    let found = Files::main(" \t k\t=\t /a/b \n")
        .effective("k")
        .unwrap()
        .unwrap();
    assert_eq!(found.text(), "/a/b ");
    assert!(found.ends_in_blank());
    let found = Files::main("k= /a b").effective("k").unwrap().unwrap();
    assert!(!found.ends_in_blank());
    assert_eq!(value(r"k=\ \ v", "k"), "v");
}

#[test]
fn comments_begin_a_line_and_only_a_line() {
    assert_eq!(value("# k=1\n  ! k=2\n", "k"), "-");
    assert_eq!(value(r"\u0023 k=1", "k"), "-");
    assert_eq!(value("k=1 # one", "k"), "1 # one");
    assert_eq!(value("; k=1\n// k=2", "; k"), "1");
}

#[test]
fn one_backslash_continues_a_line_but_two_and_three_do_not() {
    assert_eq!(value("k=a\\\n   b\\\r\nc\nd=1", "k"), "abc");
    assert_eq!(value("k=a\\\\\nd=1", "k"), "a\\");
    assert_eq!(value("k=a\\\\\\\nd=1", "d"), "1");
    assert_eq!(value("k=a\\ \nd=1", "k"), "a ");
    assert_eq!(value("k=a\\", "k"), "a");
    assert_eq!(value("k=a\\\n\nd=1", "k"), "a");
    assert_eq!(value("k=a\\\n# b", "k"), "a# b");
    assert_eq!(value("# a\\\nk=1\nd=1", "k"), "-");
}

#[test]
fn escapes_are_undone_over_the_whole_line() {
    assert_eq!(value(r#"k=\\ \" \' \q"#, "k"), r#"\ " ' q"#);
    assert_eq!(value(r"k=x\b\n\t\f\r", "k"), "x\u{8}\n\t\u{c}\r");
    assert_eq!(value(r"k=C:\temp\new", "k"), "C:\temp\new");
    assert_eq!(value(r"k=\u0041\uu0042\u+0043", "k"), "ABC");
    assert_eq!(value(r"k=\101\7\477\18", "k"), "A\u{7}\u{27}7\u{1}8");
    assert_eq!(value(r"k=\u00e9\ud83d\ude00\ud83d", "k"), "é😀\u{fffd}");
    assert_eq!(value("k=\\u00\\\n41", "k"), "A");
}

#[test]
fn the_last_assignment_wins() {
    let found = Files::main("k=1\r\n\r\nk=2\r\n")
        .effective("k")
        .unwrap()
        .unwrap();
    assert_eq!(
        (found.text().as_ref(), found.at.to_string()),
        ("2", "main.prop:3".to_owned())
    );
}

#[test]
fn the_number_of_a_continued_line_is_that_of_its_first() {
    let found = Files::main("a=\\\n1\nk=\\\n2\n")
        .effective("k")
        .unwrap()
        .unwrap();
    assert_eq!(found.at.line, 3);
}

#[test]
fn final_and_finalize_lock_and_say_so() {
    let locked = |file: &str| {
        Files::main(file)
            .effective("k.a")
            .unwrap()
            .is_some_and(|it| it.locked)
    };
    assert!(locked("final k.a=1"));
    assert!(locked("k.a=1\nfinalize b , k.*"));
    assert!(locked(
        "[service.name=web_api_service] {\nk.a=1\nfinalize *a\n}\nb=1"
    ));
    assert!(!locked("k.a=1\nfinalize k, k.a.*, K.a, *b"));
    assert!(!locked("k.a=1\n[service.name=other] {\nfinalize k.a\n}"));
    assert_eq!(value("FINAL k=1", "FINAL k"), "1");
    assert_eq!(value("final\tk=1", "final\tk"), "1");
    assert_eq!(value("final.k=1", "final.k"), "1");
}

#[test]
fn scopes_combine_by_and_within_brackets_and_by_nesting() {
    let scope = |conditions: &str| value(&format!("k=0\n[{conditions}] {{\nk=1\n}}"), "k");
    assert_eq!(scope("service.name=web_api_service"), "1");
    assert_eq!(scope("service.name=other|web_api_service"), "1");
    assert_eq!(scope(" service.name =  web_api_service"), "1");
    assert_eq!(scope("service.name=web_api_service | other"), "0");
    assert_eq!(
        scope("service.name=web_api_service, service.name=other"),
        "0"
    );
    assert_eq!(scope("service.name="), "0");
    assert_eq!(scope("HOST=db"), "1");
    assert_eq!(scope("host=db.example.com"), "1");
    assert_eq!(scope("host=Db.example.com"), "0");
    // Whatever the unknown token is, the other condition does not hold.
    assert_eq!(scope("unknown=1,service.name=other"), "0");
    assert_eq!(
        scope(
            "service.name=other] {\n}\n[unknown=1] { [service.name=other] {\nk=2\n}\n}\n[service.name=x"
        ),
        "0"
    );
}

#[test]
fn braces_may_share_a_line_with_what_comes_before_or_after() {
    let file =
        "[service.name=x]\n# comment\n\n{ a=1\n} [service.name=web_api_service] { b=2 }\n} c=3";
    assert_eq!(
        ["a", "b", "c"].map(|key| value(file, key)),
        ["-", "2 }", "3"]
    );
}

#[test]
fn process_is_short_for_the_system_property_process_name() {
    let files = Files::main("[process=p] {\nk=1\n}").load().unwrap();
    let scope = |values: &[&'static str]| web_api().with("process.name", values.iter().copied());
    assert!(files.effective("k", &scope(&["p"])).unwrap().is_some());
    assert!(files.effective("k", &scope(&[])).unwrap().is_none());
}

#[test]
fn a_scope_in_doubt_does_no_harm_where_it_makes_no_difference() {
    assert_eq!(value("[x=1] {\nk=1\n}\nk=2", "k"), "2");
    assert_eq!(value("k=2\n[x=1] {\nk=2\n}", "k"), "2");
    assert_eq!(value("k=1\n[x=1] {\nfinal other=1\n}", "k"), "1");
    assert_eq!(value("k=1\n[x=1] {\nincludefiles=a.prop\n}", "k"), "1");
}

#[test]
fn included_files_load_first_and_the_including_file_overrides() {
    let files = Files::main("# first\nincludefiles : a.prop , b.prop,\nk=main")
        .with("a.prop", "k=a\nonly.a=1\nboth=a")
        .with("b.prop", "includefiles=c.prop\nboth=b")
        .with("c.prop", "both=c\nonly.c=1");
    let values = ["k", "both", "only.a", "only.c"].map(|key| files.value(key));
    assert_eq!(values, ["main", "b", "1", "1"]);
}

#[test]
fn a_missing_included_file_is_a_note() {
    let properties = Files::main("\nincludefiles=a.prop,gone.prop")
        .with("a.prop", "")
        .load()
        .unwrap();
    let notes: Vec<String> = properties.notes().iter().map(Note::to_string).collect();
    assert_eq!(notes, ["main.prop:2: included file gone.prop not found"]);
}

#[test]
fn a_byte_order_mark_joins_the_first_key_and_is_a_note() {
    let files = Files::main("\u{feff}includefiles=a.prop\nk=1").with("a.prop", "only.a=1");
    assert_eq!(
        [files.value("only.a"), files.value("\u{feff}includefiles")],
        ["-", "a.prop"]
    );
    let notes: Vec<String> = files
        .load()
        .unwrap()
        .notes()
        .iter()
        .map(Note::to_string)
        .collect();
    assert_eq!(
        notes,
        ["main.prop:1: a byte order mark makes this line another one for the server"]
    );
}

#[test]
fn assignments_of_all_processes_are_listed_by_the_end_of_their_key() {
    let file =
        "a.tls.keystore=1\n[service.name=x|y,host=h] { [z=1] {\nfinal b.tls.keystore=2\n}\n}\nc=3";
    let listed = Files::main(file)
        .load()
        .unwrap()
        .assignments(".tls.keystore");
    let shown: Vec<String> = listed
        .iter()
        .map(|it| format!("{} {} {}{}", it.at, it.key, it.scope, it.locked))
        .collect();
    assert_eq!(
        shown,
        [
            "main.prop:1 a.tls.keystore false",
            "main.prop:3 b.tls.keystore [service.name=x|y,host=h][z=1]true"
        ]
    );
}

#[test]
fn services_are_those_that_scopes_name() {
    let file = "[service.name=b|a,host=h] { [service.name=c] {\nk=1\n}\n}\n[process=p] {\nk=2\n}";
    let files = Files::main(format!("includefiles=i.prop\n{file}"));
    let files = files.with("i.prop", "[service.name=a] {\nk=3\n}\nservice.name=d");
    assert_eq!(files.load().unwrap().services(), ["a", "b", "c"]);
}

#[test]
fn a_service_without_any_other_knowledge_doubts_the_host() {
    let files = Files::main("[host=db] {\nk=1\n}").load().unwrap();
    assert!(
        files
            .effective("k", &Scope::service("web_api_service"))
            .is_err()
    );
}
