//! `dhtls check` on more files than are judged at once.
#![allow(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

mod support;

use std::fs;

use serde_json::Value;

use support::check_files::Inputs;

/// None is lost, all keep their order, and a folder knows what was in it.
#[test]
fn thousands_of_files_are_judged_in_their_order() {
    let inputs = Inputs::new();
    let good = inputs.scratch.path("good.pem");
    let names: Vec<String> = (0..4_200)
        .map(|number| format!("many/{number:04}.pem"))
        .collect();
    fs::create_dir(inputs.scratch.path("many")).unwrap();
    for name in &names {
        fs::hard_link(&good, inputs.scratch.path(name)).unwrap();
    }
    let output = inputs.check("many nothing ended-yesterday.pem");
    assert_eq!(output.status.code(), Some(2));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let sources = |list: &str| -> Vec<String> {
        let rows = report[list].as_array().unwrap().iter();
        rows.map(|row| row["source"].as_str().unwrap().to_owned())
            .collect()
    };
    // Leaf and intermediate of each.
    let mut expected: Vec<String> = names
        .iter()
        .flat_map(|name| [name.clone(), name.clone()])
        .collect();
    expected.extend(["ended-yesterday.pem", "ended-yesterday.pem"].map(str::to_owned));
    assert!(sources("certificates") == expected);
    assert_eq!(sources("errors"), ["nothing"]);
}
