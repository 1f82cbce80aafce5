//! `dhtls check` by table: a line for each run, with the status and the findings that it has to come to.

use std::collections::BTreeSet;
use std::fmt;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use super::live::bare_command;
use super::scratch::Scratch;
use super::transcript::dhtls;

/// Seconds after which a run is ended: none of them has to wait for anybody for that long.
const PATIENCE: &str = "45";

/// `NAME | ARGUMENTS | STATUS | CODES`; arguments and codes are separated by blanks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row<'a> {
    pub(crate) name: &'a str,
    pub(crate) arguments: &'a str,
    pub(crate) expected: &'a str,
    pub(crate) codes: &'a str,
}

/// The rows of a table; empty lines and comments are for people.
pub(crate) fn rows(table: &str) -> impl Iterator<Item = Row<'_>> {
    let lines = table.lines().map(str::trim);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| {
        let fields: Vec<&str> = line.split('|').map(str::trim).collect();
        let [name, arguments, expected, codes] = fields[..] else {
            panic!("not four fields: {line}");
        };
        Row {
            name,
            arguments,
            expected,
            codes,
        }
    })
}

/// What a run came to.
#[derive(PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) exit: i32,
    pub(crate) status: String,
    /// Of all findings, ignored ones included.
    pub(crate) codes: BTreeSet<String>,
}

impl Verdict {
    pub(crate) fn expected(status: &str, codes: &str) -> Self {
        Self {
            exit: exit_code(status),
            status: status.to_owned(),
            codes: codes.split_whitespace().map(str::to_owned).collect(),
        }
    }
}

impl fmt::Debug for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {:?}", self.exit, self.status, self.codes)
    }
}

/// The exit code that says the same as this word.
pub(crate) fn exit_code(status: &str) -> i32 {
    let words = ["OK", "WARNING", "CRITICAL", "UNKNOWN"];
    let at = words.iter().position(|word| *word == status);
    i32::try_from(at.unwrap_or_else(|| panic!("no status: {status}"))).unwrap()
}

/// Runs every row and tells of all that come to something else.
#[track_caller]
pub(crate) fn assert_table(table: &str, run: impl Fn(&Row<'_>) -> Output) {
    let mut wrong = Vec::new();
    let mut count = 0;
    for row in rows(table) {
        count += 1;
        let output = run(&row);
        let expected = Verdict::expected(row.expected, row.codes);
        match verdict(&output) {
            Ok(found) if found == expected => {}
            Ok(found) => wrong.push(format!(
                "{}: {}\n  expected {expected:?}\n  found    {found:?}\n{}",
                row.name,
                row.arguments,
                messages(&output)
            )),
            Err(fault) => wrong.push(format!("{}: {}\n  {fault}", row.name, row.arguments)),
        }
    }
    assert!(count > 0, "an empty table");
    assert!(
        wrong.is_empty(),
        "{} of {count} rows:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// What a run with `--format json` came to; an error when its parts do not agree with each other.
pub(crate) fn verdict(output: &Output) -> Result<Verdict, String> {
    let report: Value = serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("no JSON ({error}): {output:?}"))?;
    let status = report["status"].as_str().unwrap_or_default().to_owned();
    let findings = findings(&report);
    let counted = findings
        .iter()
        .filter(|finding| finding["ignored"] != Value::Bool(true));
    let severities: BTreeSet<&str> = counted
        .map(|finding| finding["severity"].as_str().unwrap_or_default())
        .collect();
    let judged = !report["certificates"].as_array().is_none_or(Vec::is_empty);
    let worst = match () {
        () if severities.contains("critical") => "CRITICAL",
        () if severities.contains("unknown") || !judged => "UNKNOWN",
        () if severities.contains("warning") => "WARNING",
        () => "OK",
    };
    if worst != status {
        return Err(format!(
            "{status}, but the findings come to {worst}: {report:#}"
        ));
    }
    let codes = findings
        .iter()
        .map(|finding| finding["code"].as_str().unwrap_or_default().to_owned());
    Ok(Verdict {
        exit: output.status.code().unwrap_or(-1),
        codes: codes.collect(),
        status,
    })
}

/// Sources of the findings of this code.
pub(crate) fn sources_of(output: &Output, code: &str) -> Vec<String> {
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let has = |row: &Value| {
        let own = row["code"] == code;
        let findings = row["findings"].as_array().into_iter().flatten();
        own || findings.into_iter().any(|finding| finding["code"] == code)
    };
    let lists = ["certificates", "errors"].map(|list| report[list].as_array().unwrap().clone());
    let rows = lists.concat();
    let found = rows.iter().filter(|row| has(row));
    found
        .map(|row| row["source"].as_str().unwrap().to_owned())
        .collect()
}

/// Of certificates and others.
fn findings(report: &Value) -> Vec<&Value> {
    let certificates = report["certificates"].as_array().into_iter().flatten();
    let of_certificates =
        certificates.flat_map(|row| row["findings"].as_array().into_iter().flatten());
    let others = report["errors"].as_array().into_iter().flatten();
    of_certificates.chain(others).collect()
}

fn messages(output: &Output) -> String {
    let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    let said = findings(&report).into_iter().map(|finding| {
        let text = |key: &str| finding[key].as_str().unwrap_or_default().to_owned();
        format!("    {} {}", text("code"), text("message"))
    });
    let said: Vec<String> = said.collect();
    format!(
        "{}{}",
        said.join("\n"),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// `dhtls check` in this folder, with these arguments, separated by blanks, and nothing on stdin.
pub(crate) fn check(scratch: &Scratch, arguments: &str) -> Output {
    command(scratch, arguments).output().unwrap()
}

/// The same with a text on stdin.
pub(crate) fn check_with(scratch: &Scratch, arguments: &str, input: &str) -> Output {
    let mut child = command(scratch, arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A run that does not read its stdin is no fault of the pipe.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

/// One that hangs is ended with status 124.
fn command(scratch: &Scratch, arguments: &str) -> Command {
    let mut command = bare_command(Path::new("timeout"), scratch);
    command
        .arg(PATIENCE)
        .arg(dhtls())
        .arg("check")
        .args(arguments.split_whitespace());
    command
}
