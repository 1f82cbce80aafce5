//! Edits beyond those of the fixtures.

use crate::config::lighttpd::tests::{Files, edited};
use crate::config::lighttpd::{Change, Value};

const MAIN: &str = "lighttpd.conf";

fn text(value: &str) -> Value {
    Value::Text(value.to_owned())
}

fn shown(change: &Change) -> String {
    match change {
        Change::Appended(at) => format!("appended {at}"),
        Change::Changed(at) => format!("changed {at}"),
        Change::Unchanged(at) => format!("unchanged {at}"),
    }
}

#[test]
fn the_lines_of_a_change_are_told() {
    let mut configuration = Files::main("# head\nserver.port = 80").load().unwrap();
    let changed = configuration
        .set("server.port", &Value::Integer(443))
        .unwrap();
    assert_eq!(shown(&changed), "changed lighttpd.conf:2");
    let appended = configuration
        .set("ssl.engine", &Value::Switch(true))
        .unwrap();
    assert_eq!(shown(&appended), "appended lighttpd.conf:3");
    let unchanged = configuration
        .set("ssl.engine", &Value::Switch(true))
        .unwrap();
    assert_eq!(shown(&unchanged), "unchanged lighttpd.conf:3");
    let (path, bytes) = configuration.changed().unwrap();
    assert_eq!(path.to_str(), Some(MAIN));
    assert_eq!(
        bytes,
        b"# head\nserver.port = 443\nssl.engine = \"enable\"\n"
    );
}

#[test]
fn a_refusal_names_the_line_of_the_file_on_the_disk() {
    let files = Files::main("#ssl.engine = 1\n#ssl.pemfile = 1\n\nserver.port += 80\n");
    let mut configuration = files.load().unwrap();
    configuration
        .set("ssl.engine", &Value::Switch(true))
        .unwrap();
    configuration.set("ssl.pemfile", &text("/a")).unwrap();
    let error = configuration
        .set("server.port", &Value::Integer(1))
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "lighttpd.conf:4: += adds to server.port, which is to have one value"
    );
}

#[test]
fn strings_are_written_so_that_they_read_back() {
    for value in ["", r#"a"b"#, r#"\"x"#, r"c:\x", "a # } (", "ä"] {
        let main = edited(&Files::main("a.b = 1\n"), |it| it.set("a.b", &text(value)));
        let found = Files::main(main).load().unwrap().value("a.b").unwrap();
        assert_eq!(found.text().unwrap(), value);
    }
}

#[test]
fn a_string_that_lighttpd_cannot_read_is_refused() {
    let mut configuration = Files::main("a.b = 1\n").load().unwrap();
    for value in [r"c:\", "\\", "a\0b"] {
        let error = configuration.set("a.b", &text(value)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the value of a.b cannot be written in lighttpd's configuration"
        );
        assert!(configuration.set_entry("a.c", "k", value).is_err());
        assert!(configuration.load_module(value).is_err());
    }
    assert_eq!(configuration.changed(), None);
}

#[test]
fn a_key_that_would_read_back_as_another_is_not_written() {
    let mut configuration = Files::main("x = 1\n").load().unwrap();
    for key in [
        "a", "a b", "a.b =", "#a.b", "include", "env.A", "a.b\n", "1.a",
    ] {
        let error = configuration.set(key, &Value::Integer(1)).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("lighttpd.conf: the change of {key} did not read back")
        );
    }
    assert_eq!(configuration.changed(), None);
}

#[test]
fn a_setting_of_another_port_does_not_win() {
    let main = "server.port = 443\n$SERVER[\"socket\"] == \":80\" { ssl.pemfile = \"/b\" }\n";
    let now = edited(&Files::main(main), |it| it.set("ssl.pemfile", &text("/a")));
    assert_eq!(now, format!("{main}ssl.pemfile = \"/a\"\n"));
    // Only there and in the global scope does ssl.engine count.
    let main = "$HTTP[\"host\"] == \"a\" { ssl.engine = \"disable\" server.port = 1 }\n";
    let now = edited(&Files::main(main), |it| {
        it.set("ssl.engine", &Value::Switch(true))?;
        it.set("server.port", &Value::Integer(443))
    });
    assert!(now.starts_with(main));
}

#[test]
fn a_block_on_the_servers_own_port_wins() {
    let files = Files::main(
        "server.port = 443\n$SERVER[\"socket\"] == \":443\" { $HTTP[\"host\"] == \"a\" { ssl.pemfile = \"/b\" } }\n",
    );
    let mut configuration = files.load().unwrap();
    let error = configuration.set("ssl.pemfile", &text("/a")).unwrap_err();
    assert_eq!(
        error.to_string(),
        r#"lighttpd.conf:2: ssl.pemfile is also set in $HTTP["host"] == "a", which wins"#
    );
    assert!(configuration.set("ssl.pemfile", &text("/b")).is_ok());
    let on = "server.port = 443\n$SERVER[\"socket\"] == \":443\" { ssl.engine = \"true\" }\n";
    let set = |on, wanted| Files::main(on).load().unwrap().set("ssl.engine", &wanted);
    assert!(set(on, Value::Switch(true)).is_ok());
    assert!(set(on, Value::Switch(false)).is_err());
}

#[test]
fn an_include_is_taken_out_and_in_again() {
    let commented = "server.port = 80\r\n#include \"a.conf\"\r\n# end";
    let active = commented.replace("#include", "include");
    let files = Files::main(commented).with("a.conf", "auth.backend = \"htpasswd\"\n");
    let mut configuration = files.load().unwrap();
    let included = || files.included("a.conf");
    let change = configuration.set_include("a.conf", included()).unwrap();
    assert_eq!(shown(&change), "changed lighttpd.conf:2");
    assert_eq!(configuration.bytes(), active.as_bytes());
    assert!(configuration.value("auth.backend").is_some());
    let change = configuration.set_include("a.conf", included()).unwrap();
    assert_eq!(shown(&change), "unchanged lighttpd.conf:2");
    let lines = configuration.comment_out_include("a.conf").unwrap();
    assert_eq!(lines.len(), 1);
    assert_eq!(configuration.bytes(), commented.as_bytes());
    assert_eq!(configuration.comment_out_include("a.conf").unwrap(), []);
}

#[test]
fn an_include_is_added_at_the_end_outside_of_blocks() {
    let main = "$HTTP[\"host\"] == \"a\" {\n#include \"a.conf\"\n}";
    let files = Files::main(main).with("a.conf", "");
    let now = edited(&files, |it| {
        it.set_include("a.conf", files.included("a.conf"))
    });
    assert_eq!(now, format!("{main}\ninclude \"a.conf\"\n"));
}

#[test]
fn a_faulty_file_is_not_included() {
    let files = Files::main("server.port = 80\n").with("a.conf", "server.port = 80\n");
    let mut configuration = files.load().unwrap();
    let error = configuration.set_include("a.conf", files.included("a.conf"));
    assert_eq!(
        error.unwrap_err().to_string(),
        "a.conf:1: server.port is set again, but lighttpd.conf:1 sets it"
    );
    assert_eq!(configuration.changed(), None);
    assert_eq!(configuration.includes(), []);
}

#[test]
fn a_key_in_use_elsewhere_is_not_commented_out() {
    let mut configuration = Files::main("a.b = 1\nx = a.b\n").load().unwrap();
    let error = configuration.comment_out("a.b").unwrap_err();
    assert_eq!(
        error.to_string(),
        "lighttpd.conf: the change of a.b did not read back"
    );
    assert_eq!(configuration.changed(), None);
}

#[test]
fn a_key_that_cannot_be_emptied_stays_as_it_was() {
    let main = "include \"a.conf\"\nssl.privkey := \"/b\"\n\
                $HTTP[\"host\"] == \"a\" { ssl.privkey = \"/c\" }\n";
    let files = Files::main(main).with("a.conf", "ssl.privkey = \"/a\"\n");
    let mut configuration = files.load().unwrap();
    assert!(configuration.comment_out("ssl.privkey").is_err());
    assert_eq!(configuration.changed(), None);
    assert_eq!(
        configuration.value("ssl.privkey").unwrap().text().unwrap(),
        "/b"
    );
}

#[test]
fn a_module_goes_below_what_the_main_file_says_of_modules() {
    let files =
        Files::main("server.modules = ( \"mod_a\" )\ninclude \"b.conf\"\n").with("b.conf", "");
    let now = edited(&files, |it| it.load_module("mod_b"));
    assert_eq!(
        now,
        "server.modules = ( \"mod_a\" )\nserver.modules += ( \"mod_b\" )\ninclude \"b.conf\"\n"
    );
}

#[test]
fn of_all_comments_the_line_that_loads_the_module_is_taken_in() {
    let others = "#server.modules += ( \"mod_a\" )\n#x += ( \"mod_b\" )\n#server.modules = ( \"mod_b\" )\n\
                  #server.modules += ( \"mod_b\", \"mod_c\" )\n";
    let file =
        format!("server.modules = ( \"mod_d\" )\n{others}#server.modules += ( \"mod_b\" )\n");
    let now = edited(&Files::main(&file), |it| it.load_module("mod_b"));
    let wanted = file.replace(
        "\n#server.modules += ( \"mod_b\" )",
        "\nserver.modules += ( \"mod_b\" )",
    );
    assert_eq!(now, wanted);
}

#[test]
fn an_example_below_a_commented_out_block_is_one() {
    let above = "#$HTTP[\"host\"] == \"a\" {\n#    a.b = 1\n#}\n#a.b = 2\n";
    let files = Files::main(format!("{above}server.port = 80\n"));
    let now = edited(&files, |it| it.set("a.b", &Value::Integer(3)));
    assert_eq!(now, format!("{above}a.b = 3\nserver.port = 80\n"));
}
