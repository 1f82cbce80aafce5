//! An edit is read again before it counts, and one that went wrong changes nothing.

use crate::config::lighttpd::Data;
use crate::config::lighttpd::file::Splice;
use crate::config::lighttpd::tests::Files;

const BEFORE: &str = r#"server.port = 80
server.tag = "a"
$HTTP["host"] == "one" {
    server.port = 81
}
"#;

/// What is said when an edit for `server.port = 443` leaves this behind.
fn refusal(after: &str) -> Option<String> {
    let mut configuration = Files::main(BEFORE).load().unwrap();
    let splice = Splice {
        span: 0..BEFORE.len(),
        new: after.into(),
    };
    let proof = |data: Option<&Data>| data.is_some_and(|data| data.integer() == Some(443));
    let error = configuration.take_over("Server.Port", vec![splice], &proof);
    let stays = configuration.bytes() == BEFORE.as_bytes();
    assert_eq!(error.is_err(), stays);
    error.err().map(|error| error.to_string())
}

#[test]
fn an_edit_of_anything_but_the_key_is_held_back() {
    let right = BEFORE.replace("80", "443");
    assert_eq!(refusal(&right), None);
    let refused = |was: &str, is: &str| refusal(&right.replace(was, is)).unwrap();
    for (was, is) in [
        ("443", "444"),
        ("443", "("),
        ("443", "443\nserver.name = \"b\""),
        ("server.tag = \"a\"", ""),
        ("\"one\"", "\"two\""),
        ("}\n", "}\n$HTTP[\"host\"] == \"two\" {\n}\n"),
    ] {
        let said = refused(was, is);
        assert!(said.contains("did not read back"), "{was} as {is}: {said}");
    }
    for (was, is, other) in [
        ("\"a\"", "\"b\"", "server.tag"),
        ("81", "82", "server.port"),
    ] {
        let said = refused(was, is);
        assert!(
            said.contains(&format!("{other} would change together")),
            "{said}"
        );
    }
}
