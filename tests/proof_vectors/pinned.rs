//! Tables of verdicts in testdata, `SUBJECT | VERDICT | REASON`: the reason is there where others say
//! something else, and nowhere else.

use std::collections::BTreeMap;
use std::fs;

/// What was found about one subject.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) verdict: String,
    /// Whether the others say something else.
    pub(crate) differs: bool,
}

/// A line of a table.
#[derive(Debug)]
struct Row {
    verdict: String,
    reason: String,
}

/// Holds what was found against a table: each line of `complete` ones has to be found, of the others only
/// those that differ are in the table. `looked_at` tells subjects of this run from those of a fuller one.
#[track_caller]
pub(crate) fn assert_table(
    path: &str,
    found: &BTreeMap<String, Found>,
    looked_at: impl Fn(&str) -> bool,
) {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let complaints = complaints(&text, found, looked_at);
    assert!(
        complaints.is_empty(),
        "{path}, {} lines to look at:\n{}",
        complaints.len(),
        complaints.join("\n")
    );
}

/// Every line that is missing, too many, or says something else.
pub(crate) fn complaints(
    table: &str,
    found: &BTreeMap<String, Found>,
    looked_at: impl Fn(&str) -> bool,
) -> Vec<String> {
    let rows = rows(table);
    let mut complaints = Vec::new();
    for (subject, now) in found {
        let Found { verdict, differs } = now;
        match rows.get(subject) {
            None if *differs => complaints.push(format!("new: {subject} | {verdict} | why?")),
            None => {}
            Some(row) if row.verdict != *verdict => complaints.push(format!(
                "changed: {subject} | {verdict} | instead of: {}",
                row.verdict
            )),
            Some(row) if *differs && row.reason.is_empty() => {
                complaints.push(format!("no reason: {subject} | {verdict} |"));
            }
            Some(row) if !differs && !row.reason.is_empty() => {
                complaints.push(format!("no longer different: {subject} | {verdict} |"));
            }
            Some(_) => {}
        }
    }
    let gone = rows.keys().filter(|subject| looked_at(subject));
    let gone = gone.filter(|subject| !found.contains_key(*subject));
    complaints.extend(gone.map(|subject| format!("gone: {subject}")));
    complaints
}

fn rows(table: &str) -> BTreeMap<String, Row> {
    let lines = table.lines().map(str::trim);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    let rows = lines.map(|line| {
        let fields: Vec<&str> = line.split('|').map(str::trim).collect();
        let [subject, verdict, reason] = fields[..] else {
            panic!("not three fields: {line}");
        };
        let (verdict, reason) = (verdict.to_owned(), reason.to_owned());
        (subject.to_owned(), Row { verdict, reason })
    });
    rows.collect()
}

#[test]
fn a_table_that_is_not_as_found_is_noticed() {
    let table = "# SUBJECT | VERDICT | REASON\n\
                 same | accepted |\nodd | accepted | others are stricter\nlost | refused |\n\
                 other | refused |\n";
    let found = |subject: &str, verdict: &str, differs| {
        let verdict = verdict.to_owned();
        (subject.to_owned(), Found { verdict, differs })
    };
    let as_pinned = [
        found("same", "accepted", false),
        found("odd", "accepted", true),
        found("unlisted", "refused", false),
    ];
    let complain = |found| complaints(table, &BTreeMap::from(found), |subject| subject != "other");
    assert_eq!(complain(as_pinned), ["gone: lost"]);
    let otherwise = [
        found("same", "accepted", true),
        found("odd", "accepted", false),
        found("lost", "accepted", false),
    ];
    assert_eq!(
        complain(otherwise),
        [
            "changed: lost | accepted | instead of: refused",
            "no longer different: odd | accepted |",
            "no reason: same | accepted |",
        ]
    );
    let new = [
        found("lost", "refused", false),
        found("new", "accepted", true),
    ];
    let told = complaints(table, &BTreeMap::from(new), |subject| subject == "lost");
    assert_eq!(told, ["new: new | accepted | why?"]);
}
