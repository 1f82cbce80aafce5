//! What is read, and how.

use crate::config::lighttpd::Value;
use crate::config::lighttpd::tests::{Files, edited};

#[test]
fn sets_the_value_of_the_last_assignment() {
    let text = edited(&Files::main("server.port = 80 # here\n"), |it| {
        it.set("server.port", &Value::Integer(443))
    });
    assert_eq!(text, "server.port = 443 # here\n");
}
