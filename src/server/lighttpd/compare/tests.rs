//! Lists of modules, before and after an edit.

use crate::server::lighttpd::printed::Printed;
use crate::server::lighttpd::{Wanted, differences};

fn printed(modules: &[&str]) -> Printed {
    let list: String = modules.iter().map(|it| format!("\"{it}\",\n")).collect();
    Printed::parse(&format!("config {{\nserver.modules = (\n{list})\n}}")).unwrap()
}

fn said(before: &[&str], after: &[&str], wanted: &Wanted) -> Vec<String> {
    differences(&printed(before), &printed(after), wanted)
}

#[test]
fn modules_that_an_include_loads_may_go_with_it_and_no_others() {
    let before = ["mod_access", "mod_auth", "mod_authn_file", "mod_alias"];
    let after = ["mod_access", "mod_alias"];
    let lost = [
        "server.modules loses mod_auth",
        "server.modules loses mod_authn_file",
    ];
    assert_eq!(said(&before, &after, &Wanted::default()), lost);
    let wanted = Wanted {
        module_families: vec!["mod_auth".to_owned()],
        ..Wanted::default()
    };
    assert_eq!(said(&before, &after, &wanted), Vec::<String>::new());
    assert_eq!(
        said(&before, &["mod_access"], &wanted),
        ["server.modules loses mod_alias"]
    );
}

#[test]
fn a_module_that_was_loaded_twice_may_be_loaded_once() {
    let twice = ["mod_access", "mod_auth", "mod_alias", "mod_auth"];
    let once = ["mod_access", "mod_auth", "mod_alias"];
    let wanted = Wanted::default();
    assert_eq!(said(&twice, &once, &wanted), Vec::<String>::new());
    assert_eq!(
        said(&twice, &["mod_access", "mod_alias", "mod_auth"], &wanted),
        ["server.modules changes its order"]
    );
}
