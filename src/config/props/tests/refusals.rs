//! What is refused, in the words that a person reads.

use crate::config::props::tests::{Files, web_api};
use crate::error::PropsError;

fn set_error(files: &Files, key: &str, value: &str) -> PropsError {
    let mut properties = files.load().expect("the files load");
    let error = properties
        .set(key, value, &web_api())
        .expect_err("the edit is refused");
    assert_eq!(
        properties.changed_files().count(),
        0,
        "a refused edit changes nothing"
    );
    error
}

#[test]
fn a_file_that_the_server_would_not_load_is_refused_with_its_line() {
    let cases = [
        (
            "a=1\nb=\\u12",
            r"main.prop:2: \u needs four hexadecimal digits",
        ),
        (
            "a=1\nb=\\\n \\\n \\u12g4",
            r"main.prop:2: \u needs four hexadecimal digits",
        ),
        ("# \\u-", r"main.prop:1: \u needs four hexadecimal digits"),
        ("a=1\r}\r", "main.prop:2: } closes no scope"),
        ("[a=b] {\nc=1\n}}", "main.prop:3: } closes no scope"),
        (
            "\n[a=b] {\nc=1",
            "main.prop:2: the scope that is opened here is never closed",
        ),
        (
            "[a=b] { c=1 }\n",
            "main.prop:1: the scope that is opened here is never closed",
        ),
        (
            "[a=b]\n",
            "main.prop:1: the scope that is opened here is never closed",
        ),
        (
            "[a=b][c=d] {\n}",
            "main.prop:1: a scope's ] has to be followed by {",
        ),
        (
            "[a=b]\n\nc=1\n",
            "main.prop:3: a scope's ] has to be followed by {",
        ),
        ("{\n}", "main.prop:1: { without a scope before it"),
        ("[a=b {\n}", "main.prop:1: a scope's [ has no ]"),
        (
            "[a] {\n}",
            "main.prop:1: a scope needs conditions of the form token=value",
        ),
        (
            "[] {\n}",
            "main.prop:1: a scope needs conditions of the form token=value",
        ),
        (
            "[,] {\n}",
            "main.prop:1: a scope needs conditions of the form token=value",
        ),
        (
            "[=b] {\n}",
            "main.prop:1: a scope needs conditions of the form token=value",
        ),
        (
            "a=1\nincludefiles=b.prop",
            "main.prop:2: includefiles has to be the first line that is no comment",
        ),
        (
            "includefiles=b.prop\nincludefiles=c.prop",
            "main.prop:2: includefiles has to be the first line that is no comment",
        ),
    ];
    for (file, message) in cases {
        let error = Files::main(file).load().expect_err(file);
        assert_eq!(error.to_string(), message, "{file:?}");
        let hint = error.hint().unwrap();
        assert_eq!(
            hint,
            "the server does not start with this: correct the line; the keystore alone: --no-properties \
             --keystore FILE --webapi-passphrase FILE"
        );
    }
}

#[test]
fn a_fault_in_an_included_file_names_that_file() {
    let files = Files::main("includefiles=a.prop").with("a.prop", "}");
    assert_eq!(
        files.load().unwrap_err().to_string(),
        "a.prop:1: } closes no scope"
    );
}

#[test]
fn a_late_include_in_the_services_own_scope_is_refused() {
    let files = Files::main("a=1\n[service.name=web_api_service] {\nincludefiles=b.prop\n}");
    let error = set_error(&files, "k", "1");
    assert_eq!(
        error.to_string(),
        "main.prop:3: includefiles has to be the first line that is no comment"
    );
}

#[test]
fn files_that_include_each_other_are_refused() {
    let files = Files::main("includefiles=a.prop")
        .with("a.prop", "#\nincludefiles=b.prop")
        .with("b.prop", "includefiles=a.prop");
    let error = files.load().unwrap_err();
    assert_eq!(
        error.to_string(),
        "b.prop:1: including a.prop goes round in a circle"
    );
    assert_eq!(
        error.hint().unwrap(),
        "the server does not start with this: correct its includefiles line"
    );
}

#[test]
fn files_that_multiply_by_including_each_other_are_refused() {
    let names = [
        "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12",
    ];
    let mut files = Files::main("includefiles=0,0");
    for pair in names.windows(2) {
        files = files.with(pair[0], format!("includefiles={0},{0}", pair[1]));
    }
    let error = files.effective("k").unwrap_err().to_string();
    assert!(
        error.ends_with(":1: too many files are included"),
        "{error}"
    );
}

#[test]
fn assigning_after_a_lock_is_refused_naming_both_lines() {
    let error = |file: &str| Files::main(file).effective("k").unwrap_err();
    let again = error("final k=1\nk=1");
    assert_eq!(
        again.to_string(),
        "main.prop:2: k is assigned again, but main.prop:1 locks it"
    );
    assert_eq!(
        again.hint().unwrap(),
        "the server does not start with this: remove one of the two lines"
    );
    let other = error("finalize b, o*r\n[service.name=web_api_service] {\nother=1\n}");
    assert_eq!(
        other.to_string(),
        "main.prop:3: other is assigned again, but main.prop:1 locks it"
    );
    let listed = error("final a,k=1\nk=1");
    assert_eq!(
        listed.to_string(),
        "main.prop:2: k is assigned again, but main.prop:1 locks it"
    );
}

#[test]
fn a_locked_key_is_not_added() {
    let files =
        Files::main("includefiles=a.prop\nb=1").with("a.prop", "c=1\nfinalize W*.keystore\n");
    let error = set_error(&files, "WebServer.tls.keystore", "/a");
    assert_eq!(
        error.to_string(),
        "WebServer.tls.keystore cannot be set: a.prop:2 locks it"
    );
    assert_eq!(
        error.hint().unwrap(),
        "set WebServer.tls.keystore above a.prop:2, or take it out of the lock"
    );
}

#[test]
fn a_locked_key_with_the_wanted_value_is_unchanged() {
    let mut properties = Files::main("final k=1\n").load().unwrap();
    let change = properties.set("k", "1", &web_api()).unwrap();
    assert_eq!(
        format!("{change:?}"),
        r#"Unchanged(Position { path: "main.prop", line: 1 })"#
    );
}

#[test]
fn a_later_assignment_in_a_scope_in_doubt_is_refused() {
    let files = Files::main("k=1\n[service.name=web_api_service] { [x=1|2,y=3] {\nk=2\n}\n}");
    let error = set_error(&files, "k", "3");
    assert_eq!(
        error.to_string(),
        "k depends on main.prop:3, in the scope [service.name=web_api_service][x=1|2,y=3]"
    );
    assert_eq!(
        error.hint().unwrap(),
        "dhtls cannot tell whether that scope applies: move k out of it"
    );
    assert_eq!(files.effective("k").unwrap_err(), error);
}

#[test]
fn a_lock_in_a_scope_in_doubt_is_refused_when_a_line_would_be_added() {
    let error = set_error(&Files::main("[x=1] {\nfinalize k\n}"), "k", "3");
    assert_eq!(
        error.to_string(),
        "k depends on main.prop:2, in the scope [x=1]"
    );
}

#[test]
fn a_value_that_begins_with_a_blank_cannot_be_written() {
    for value in [" 2", "\t2", "\u{1c}", " "] {
        let error = set_error(&Files::main("k=1"), "k", value);
        assert_eq!(
            error.to_string(),
            "the value of k cannot begin with a blank"
        );
        assert_eq!(
            error.hint().unwrap(),
            "the server drops blanks before a value"
        );
    }
}

#[test]
fn a_key_that_would_read_back_as_another_is_not_written() {
    for key in [
        "a=b",
        "# a",
        "a ",
        "includefiles",
        "[a=b] {",
        "}",
        "final a",
        "a\nb",
    ] {
        let error = set_error(&Files::main("x=1\n"), key, "1");
        assert_eq!(
            error.to_string(),
            format!("main.prop: the new value of {key} did not read back")
        );
    }
}
