//! The same run of `dhtls check` in text, nagios, json and prometheus: one verdict.
#![allow(clippy::unwrap_used, reason = "a test ends where it cannot go on")]
#![allow(clippy::print_stderr, reason = "a test says what it skips")]

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use support::check::{check, exit_code, verdict};
use support::check_files::{Inputs, in_format};
use support::program::{self, find, output};

/// One for each status and kind of finding: targets, status.
const SAMPLE: [(&str, &str); 15] = [
    ("good.pem", "OK"),
    ("good.pem ec.pem whole/names.pem", "OK"),
    ("--passphrase-file words modern.p12", "OK"),
    ("--ignore self-signed self-signed.pem", "OK"),
    ("ends-in-20-days.pem", "WARNING"),
    ("wrong-order.pem private-ca.pem leaf.pem", "WARNING"),
    ("rsa-1024.pem", "WARNING"),
    ("ends-in-3-days.pem", "CRITICAL"),
    ("intermediate-ended.pem", "CRITICAL"),
    ("ended-yesterday.pem junk.pem self-signed.pem", "CRITICAL"),
    ("--host other.example.com good.pem", "CRITICAL"),
    ("junk.pem", "UNKNOWN"),
    ("nowhere.pem ends-in-20-days.pem", "UNKNOWN"),
    ("--passphrase-file other-words modern.p12", "UNKNOWN"),
    ("nothing", "UNKNOWN"),
];

fn run(inputs: &Inputs, format: &str, arguments: &str) -> (i32, String) {
    let output = check(&inputs.scratch, &in_format(format, arguments));
    let text = String::from_utf8(output.stdout).unwrap();
    (output.status.code().unwrap(), text)
}

/// Value of a series without labels.
fn sample(metrics: &str, name: &str) -> Option<f64> {
    let line = metrics.lines().find(|line| {
        line.strip_prefix(name)
            .is_some_and(|rest| rest.starts_with(' '))
    })?;
    line.rsplit(' ').next()?.parse().ok()
}

#[test]
fn one_verdict_in_four_formats() {
    let inputs = Inputs::new();
    for (targets, status) in SAMPLE {
        let code = exit_code(status);
        let json = check(&inputs.scratch, &in_format("json", targets));
        let found = verdict(&json).unwrap();
        assert_eq!(
            (found.exit, found.status.as_str()),
            (code, status),
            "{targets}"
        );

        let (exit, text) = run(&inputs, "text", targets);
        assert_eq!(exit, code, "{targets}: {text}");
        let last = text.lines().last().unwrap();
        assert!(
            last.starts_with(&format!("{status}: ")),
            "{targets}: {text}"
        );
        for code in &found.codes {
            assert!(text.contains(code.as_str()), "{targets}: no {code}: {text}");
        }

        let (exit, nagios) = run(&inputs, "nagios", targets);
        assert_eq!(exit, code, "{targets}: {nagios}");
        let start = format!("DHTLS {status} - ");
        assert!(nagios.starts_with(&start), "{targets}: {nagios}");
        for code in &found.codes {
            assert!(
                nagios.contains(code.as_str()),
                "{targets}: no {code}: {nagios}"
            );
        }

        let (exit, metrics) = run(&inputs, "prometheus", targets);
        assert_eq!(exit, code, "{targets}: {metrics}");
        let value = sample(&metrics, "dhtls_check_status");
        assert_eq!(value, Some(f64::from(code)), "{targets}: {metrics}");
    }
}

/// Monitoring Plugins Development Guidelines: 'label'=value[UOM];[warn];[crit];[min];[max]
#[test]
fn nagios_gets_one_line_with_performance_data_that_parses() {
    let inputs = Inputs::new();
    for (targets, status) in SAMPLE {
        let (_, text) = run(&inputs, "nagios", targets);
        assert!(text.len() < 4096, "{targets}");
        assert!(text.matches('|').count() <= 1, "{targets}: {text}");
        match text.lines().next().unwrap().split_once('|') {
            Some((_, data)) => assert_performance_data(data),
            None => assert_eq!(status, "UNKNOWN", "{targets}: {text}"),
        }
    }
}

#[track_caller]
fn assert_performance_data(data: &str) {
    let mut rest = data;
    while !rest.is_empty() {
        let (label, after) = rest[1..]
            .split_once("'=")
            .unwrap_or_else(|| panic!("{data}"));
        assert!(rest.starts_with('\'') && !label.is_empty(), "{data}");
        assert!(!label.contains(['=', '\'']), "{data}");
        let (values, next) = after.split_once(' ').unwrap_or((after, ""));
        let fields: Vec<&str> = values.split(';').collect();
        assert!((3..=5).contains(&fields.len()), "{data}");
        fields[0].parse::<f64>().unwrap();
        for range in &fields[1..3] {
            range.strip_suffix(':').unwrap().parse::<f64>().unwrap();
        }
        rest = next;
    }
}

#[test]
fn prometheus_gets_every_series_once_under_help_and_type() {
    let inputs = Inputs::new();
    for (targets, _) in SAMPLE {
        let (_, text) = run(&inputs, "prometheus", targets);
        assert!(text.ends_with('\n'), "{targets}");
        let mut declared = Vec::new();
        let mut seen = Vec::new();
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("# TYPE ") {
                declared.push(rest.split(' ').next().unwrap());
            } else if !line.starts_with('#') {
                let (series, value) = line.rsplit_once(' ').unwrap();
                value.parse::<f64>().unwrap();
                let name = series.split('{').next().unwrap();
                assert_eq!(declared.last(), Some(&name), "{targets}: {text}");
                assert!(!seen.contains(&series), "{targets}: twice {series}");
                seen.push(series);
            }
        }
        assert!(
            sample(&text, "dhtls_check_timestamp_seconds").is_some(),
            "{text}"
        );
        let Some(promtool) = promtool() else {
            eprintln!("skipped: no promtool, which tests/run.sh fetches");
            continue;
        };
        let judged = output(promtool, &["check", "metrics"], &text);
        assert!(judged.status.success(), "{judged:?}");
    }
}

fn promtool() -> Option<PathBuf> {
    let fetched = Some(program::cache().join("promtool"));
    find("promtool").or(fetched.filter(|file| file.is_file()))
}

#[test]
fn quiet_says_nothing_when_all_is_well_and_what_is_wrong_otherwise() {
    let inputs = Inputs::new();
    for (targets, status) in SAMPLE {
        let (exit, text) = run(&inputs, "text", &format!("-q {targets}"));
        assert_eq!(exit, exit_code(status), "{targets}: {text}");
        assert_eq!(text.is_empty(), status == "OK", "{targets}: {text}");
    }
}

#[test]
fn output_goes_into_a_file_that_others_may_read() {
    let inputs = Inputs::new();
    let file = inputs.scratch.path("out.prom");
    fs::write(&file, "stale 1\n").unwrap();
    for (targets, status) in SAMPLE {
        for format in ["prometheus", "json"] {
            let line = format!("--output out.prom {targets}");
            let (exit, text) = run(&inputs, format, &line);
            assert_eq!((exit, text.as_str()), (exit_code(status), ""), "{targets}");
            let written = fs::read_to_string(&file).unwrap();
            assert!(
                written.contains("dhtls") || written.contains(status),
                "{written}"
            );
            assert!(!written.contains("stale 1"), "{written}");
            let mode = fs::metadata(&file).unwrap().permissions().mode();
            assert_eq!(mode & 0o7777, 0o644);
        }
    }
    let names = fs::read_dir(inputs.scratch.folder()).unwrap();
    let left = names.filter(|entry| {
        let name = entry.as_ref().unwrap().file_name();
        name.to_string_lossy().contains("out.prom")
    });
    assert_eq!(left.count(), 1, "temporary files are left");
}
