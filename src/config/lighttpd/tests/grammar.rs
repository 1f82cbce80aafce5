//! What is read, and how.

use std::path::{Path, PathBuf};

use crate::config::lighttpd::tests::Files;
use crate::config::lighttpd::{Data, Setting, include_path};
use crate::error::{LighttpdError, Position};

fn setting(main: &str, key: &str) -> Setting {
    let main = format!("{main}\n");
    let configuration = Files::main(main).load().expect("the file loads");
    configuration.value(key).expect("the key has a value")
}

fn error(main: &str) -> String {
    let error = Files::main(main).load().expect_err("the file is refused");
    error.to_string()
}

#[test]
fn a_value_is_known_with_its_line() {
    let port = setting("a = 1\r\rserver.port = 80 + a", "server.port");
    assert_eq!(port.integer(), Some(81));
    assert_eq!(port.at.to_string(), "lighttpd.conf:3");
    assert!(port.is_known());
    let tag = setting("\n\n\nserver.tag = \"a\\\"b\\c\" + 1\n", "Server.Tag");
    assert_eq!(tag.text().unwrap(), r#"a"b\c1"#);
    assert_eq!(tag.at.to_string(), "lighttpd.conf:4");
}

#[test]
fn numbers_are_those_of_c() {
    assert_eq!(
        setting("a.b = 2147483647 + 1", "a.b").integer(),
        Some(i32::MIN)
    );
    assert_eq!(setting("a.b = 4294967297", "a.b").integer(), Some(1));
    assert_eq!(setting("a.b = \"0443\"", "a.b").integer(), Some(443));
    assert_eq!(setting("a.b = \"443 \"", "a.b").integer(), None);
}

#[test]
fn a_switch_has_many_spellings() {
    for on in [
        r#""enable""#,
        r#""Enabled""#,
        r#""TRUE""#,
        r#""1""#,
        "1",
        "5",
    ] {
        assert_eq!(
            setting(&format!("a.b = {on}"), "a.b").switch(),
            Some(true),
            "{on}"
        );
    }
    for off in [r#""disable""#, r#""Disabled""#, r#""false""#, r#""0""#, "0"] {
        assert_eq!(
            setting(&format!("a.b = {off}"), "a.b").switch(),
            Some(false),
            "{off}"
        );
    }
    for other in [r#""yes""#, r#""""#, "()", "env.HOME"] {
        assert_eq!(
            setting(&format!("a.b = {other}"), "a.b").switch(),
            None,
            "{other}"
        );
    }
}

#[test]
fn lists_and_maps_are_read() {
    let list = setting("a.b = (\"x\", 1, \"y\",,)", "a.b");
    assert_eq!(list.list(), ["x", "y"]);
    let map = setting("a.b = (\"K\" => \"v\", \"n\" => 1)", "a.b");
    assert_eq!(map.entry("k"), Some(&Data::Text(b"v".to_vec())));
    assert_eq!(map.entry("N"), Some(&Data::Integer(1)));
    assert_eq!(map.entry("x"), None);
}

#[test]
fn what_depends_on_the_environment_is_not_known() {
    for main in [
        "a.b = env.HOME",
        "a.b = \"x\" + env.HOME",
        "a.b = var.CWD",
        "a.b = PID",
        "x = env.HOME\na.b = (1, (\"k\" => x))",
        "a.b = (env.HOME => 1)",
        "include_shell \"true\"\na.b = what.the.shell.said + 1",
    ] {
        let setting = setting(main, "a.b");
        assert!(!setting.is_known(), "{main}");
    }
}

#[test]
fn modules_includes_and_programs_are_listed() {
    let files = Files::main(
        "server.modules = ( \"mod_a\" )\n\
         d = \"conf.d\"\n\
         include d + \"/x.conf\"\n\
         $HTTP[\"host\"] == \"a\" { include \"none.d/*\" }\n\
         include_shell \"true\"\n",
    )
    .with("conf.d/x.conf", "server.modules += ( \"mod_b\" )\n");
    let configuration = files.load().unwrap();
    assert_eq!(configuration.modules(), ["mod_a", "mod_b"]);
    let includes = configuration.includes();
    let shown = includes
        .iter()
        .map(|(name, at)| format!("{name} {}", at.line));
    assert_eq!(shown.collect::<Vec<_>>(), ["conf.d/x.conf 3", "none.d/* 4"]);
    let shell = configuration.uses_include_shell().unwrap();
    assert_eq!(shell.line, 5);
    let paths: Vec<_> = configuration.paths().map(PathBuf::from).collect();
    assert_eq!(paths, ["lighttpd.conf", "conf.d/x.conf"].map(PathBuf::from));
}

#[test]
fn an_included_file_is_beside_the_main_one() {
    let main = Path::new("/etc/cus/lighttpd.conf");
    let cases = [
        ("a.conf", "/etc/cus/a.conf"),
        ("d/*.conf", "/etc/cus/d/*.conf"),
        ("/a.conf", "/a.conf"),
        // Where lighttpd was started decides.
        ("./a.conf", "./a.conf"),
        ("../a.conf", "../a.conf"),
    ];
    for (name, path) in cases {
        assert_eq!(include_path(main, name), Path::new(path));
    }
}

#[test]
fn blocks_have_values_of_their_own() {
    let configuration = Files::main(
        "a.b = 1\n\
         $HTTP[\"host\"] == \"x\" { a.b = 2 $HTTP[\"url\"] =~ \"y\" { a.b += 3 } }\n\
         else $SERVER[\"socket\"] == \":\" + 80 { a.c = 1 } else {\n a.b = a.b + 4\n}\n",
    )
    .load()
    .unwrap();
    assert_eq!(configuration.value("a.b").unwrap().integer(), Some(1));
    let conditionals = configuration.conditionals("A.b");
    let shown = conditionals
        .iter()
        .map(|it| format!("{} {} {:?}", it.at.line, it.condition, it.data));
    assert_eq!(
        shown.collect::<Vec<_>>(),
        [
            r#"2 $HTTP["host"] == "x" Integer(2)"#,
            r#"2 $HTTP["url"] =~ "y" Integer(5)"#,
            r#"4 $SERVER["socket"] != ":80" Integer(5)"#,
        ]
    );
}

#[test]
fn newer_words_and_conditions_are_understood() {
    // 1.4.69 knows neither the words nor `$PHYSICAL`.
    for word in ["else if", "elif", "elsif", "elseif", "else"] {
        let main = format!(
            "if $HTTP[\"host\"] == \"a\" {{ a.b = 1 }}\n{word} $PHYSICAL[\"path\"] =$ \"b\" {{ a.b = 2 }}\n"
        );
        let configuration = Files::main(&main).load().expect(word);
        assert_eq!(configuration.conditionals("a.b").len(), 2, "{word}");
    }
}

#[test]
fn sockets_are_listed_with_their_ports() {
    let configuration = Files::main(
        "$SERVER[\"socket\"] == \":443\" { ssl.engine = \"enable\" }\n\
         $SERVER[\"socket\"] == \"[::1]:8443\" { }\n\
         $SERVER[\"socket\"] == \"[::1]\" { }\n\
         $SERVER[\"socket\"] == \"host\" { }\n\
         $SERVER[\"socket\"] == \"/run/x.sock:1\" { ssl.engine = \"disable\" }\n\
         $SERVER[\"socket\"] == env.ADDRESS { }\n\
         $SERVER[\"socket\"] =~ \":9\" { }\n",
    )
    .load()
    .unwrap();
    let sockets = configuration.sockets();
    let ports: Vec<_> = sockets.iter().map(|socket| socket.port).collect();
    assert_eq!(ports, [Some(443), Some(8443), None, None, None, None]);
    let engines: Vec<_> = sockets.iter().map(|socket| socket.sets_engine).collect();
    assert_eq!(engines, [true, false, false, false, true, false]);
}

#[test]
fn growth_without_bounds_is_refused() {
    let doubled = "x += x\n".repeat(40);
    let text = format!("x = \"aaaaaaaaaa\"\n{doubled}");
    assert_eq!(
        error(&text),
        "lighttpd.conf:18: the value grows beyond all use"
    );
    let list = format!("x = (1)\n{}", "x := (x, x)\n".repeat(40));
    assert!(error(&list).ends_with("the value grows beyond all use"));
    let nested = format!("x = (1)\n{}", "x := (x)\n".repeat(100));
    assert!(error(&nested).ends_with("lists or blocks are nested too deeply"));
}

#[test]
fn else_that_is_never_reached_is_refused() {
    let one = "$HTTP[\"host\"] == \"a\" { }\n";
    for main in [
        format!("{one}else {{ }} else {{ }}\n"),
        format!("{one}else {{ }}\nelse $HTTP[\"host\"] == \"b\" {{ }}\n"),
        format!("{one}else $HTTP[\"host\"] == \"a\" {{ }}\n"),
        format!("{one}else {{ }}\n{one}else {{ }}\n"),
    ] {
        assert!(
            error(&main).ends_with(": this else is never reached"),
            "{main}"
        );
    }
}

#[test]
fn files_that_multiply_by_including_each_other_are_refused() {
    let mut files = Files::main("include \"0\" include \"0\"\n");
    for number in 0..14 {
        let next = format!("include \"{0}\" include \"{0}\"\n", number + 1);
        files = files.with(&number.to_string(), next);
    }
    let error = files.with("14", "").load().unwrap_err();
    assert!(
        matches!(error, LighttpdError::TooManyIncludes { .. }),
        "{error}"
    );
}

#[test]
fn a_position_is_the_line_in_its_file() {
    let files = Files::main("\ninclude \"a\"\n").with("a", "\r\n\r\n  server.port = 1\n");
    let port = files.load().unwrap().value("server.port").unwrap();
    let at = Position {
        path: PathBuf::from("a"),
        line: 3,
    };
    assert_eq!(port.at, at);
}
