//! The command line as people type it: flags, wrong usage, help, colour.
#![allow(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

mod support;

use std::fs;
use std::process::Command;

use support::scratch::Scratch;
use support::stand_in::{Run, StandIn, is_root};
use support::transcript::{Test, dhtls};

const COMMANDS: [&str; 4] = ["demo", "history", "install-webapi", "rollback"];

const EVERYWHERE: [&str; 9] = [
    "--root <DIR>",
    "--config <FILE>",
    "-n, --dry-run",
    "--format <FORMAT>",
    "--restart",
    "--no-restart",
    "-q, --quiet",
    "-v, --verbose",
    "--color <WHEN>",
];

const OF_INSTALL_WEBAPI: [&str; 17] = [
    "--crt <FILE>",
    "--key <FILE>",
    "--pfx <FILE>",
    "--chain <FILE>",
    "--ca <FILE>",
    "--passphrase-file <FILE>",
    "--host <NAME>",
    "--allow <CODE>",
    "--endpoint <HOST:PORT>",
    "--timeout <TIME>",
    "--enable",
    "--profile <PROFILE>",
    "--alias <NAME>",
    "--keystore <FILE>",
    "--webapi-passphrase <FILE>",
    "--no-properties",
    "--self-signed",
];

/// dhtls in an empty folder.
fn run(arguments: &str) -> Run {
    let output = Test::new().args(arguments).run();
    Run::from(output)
}

#[test]
fn wrong_usage_is_2_with_the_usage_on_stderr() {
    for line in [
        "",
        "no-such-command",
        "--no-such-flag history",
        "install-webapi",
        "install-webapi --crt a",
        "install-webapi --key a",
        "install-webapi --crt a --key b --pfx c",
        "install-webapi --self-signed",
        "install-webapi --self-signed --host a.example.com --pfx c",
        "install-webapi --crt a --key b --allow expired",
        "install-webapi --crt a --key b --allow no-such-finding",
        "install-webapi --crt a --key b --timeout soon",
        "install-webapi --crt a --key b --timeout 0",
        "install-webapi --crt a --key b --profile newest",
        "install-webapi --crt a --key b --host",
        "install-webapi --crt a --key b --keystore relative.p12",
        "install-webapi --crt a --key b --webapi-passphrase relative",
        "history surplus",
        "rollback one",
        "--format yaml history",
        "-q -v history",
    ] {
        let run = run(line);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{line}: {run:?}");
        let words = ["Usage: dhtls", "--help"];
        assert!(
            words.iter().any(|word| run.stderr.contains(word)),
            "{line}: {run:?}"
        );
        assert!(!run.stderr.contains("panicked"), "{run:?}");
    }
}

#[test]
fn what_cannot_be_allowed_is_told_with_what_can() {
    let run = run("install-webapi --crt a --key b --allow expired");
    let said = "what can be allowed is damaged-keystore, incomplete-chain, other-entries, self-signed, weak-key, \
                weak-signature";
    assert!(run.stderr.contains(said), "{run:?}");
}

#[test]
fn the_version_is_the_packages() {
    let version = concat!("dhtls ", env!("CARGO_PKG_VERSION"), "\n");
    for line in ["--version", "-V"] {
        assert_eq!(run(line).stdout, version);
    }
}

#[test]
fn every_flag_is_in_the_help_with_words() {
    for command in COMMANDS {
        for help in ["--help", "-h"] {
            let text = run(&format!("{command} {help}")).stdout;
            let own: &[&str] = match command {
                "install-webapi" => &OF_INSTALL_WEBAPI,
                _ => &[],
            };
            for flag in EVERYWHERE.iter().chain(own) {
                assert!(
                    says_something_about(flag, &text),
                    "{flag} in {command} {help}:\n{text}"
                );
            }
        }
    }
    let text = run("--help").stdout;
    for word in EVERYWHERE.iter().chain(&COMMANDS) {
        assert!(says_something_about(word, &text), "{word}:\n{text}");
    }
}

/// Words behind the flag, or on the line below it.
fn says_something_about(flag: &str, help: &str) -> bool {
    let lines: Vec<_> = help.lines().map(str::trim).collect();
    let Some(index) = lines.iter().position(|line| line.starts_with(flag)) else {
        return false;
    };
    let behind = lines[index][flag.len()..].trim_start_matches("...").trim();
    let below = lines.get(index + 1).copied().unwrap_or_default();
    [behind, below]
        .iter()
        .any(|text| text.contains(' ') && !text.starts_with('-'))
}

/// The lines of a help text that show how to call dhtls.
fn examples(help: &str) -> Vec<String> {
    let (_, examples) = help
        .split_once("\nExamples:\n")
        .unwrap_or_else(|| panic!("{help}"));
    let lines = examples
        .lines()
        .map(str::trim)
        .filter_map(|line| line.strip_prefix("dhtls "));
    // Behind two blanks is what it does.
    lines
        .map(|line| line.split("  ").next().unwrap().to_owned())
        .collect()
}

#[test]
fn every_example_of_every_help_parses_as_it_is_printed() {
    let helps = COMMANDS.map(|command| format!("{command} --help"));
    for help in helps.iter().map(String::as_str).chain(["--help", "-h"]) {
        let examples = examples(&run(help).stdout);
        assert!(!examples.is_empty(), "{help}");
        for example in examples {
            let scratch = Scratch::new();
            fs::create_dir(scratch.path("image")).unwrap();
            // The demo has a folder of its own.
            let root = match example.contains("--root") || example.contains("demo") {
                true => "",
                false => "--root image",
            };
            // One among the temporary files, when it is given none.
            let test = Test::on(scratch).env("TMPDIR", "$ROOT").args(root);
            let run = test.args(&example).run();
            assert_ne!(run.status.code(), Some(2), "{example}: {run:?}");
        }
    }
}

#[test]
fn no_example_needs_more_than_a_hundred_columns() {
    for command in COMMANDS {
        let help = run(&format!("{command} --help")).stdout;
        for line in help.lines() {
            assert!(line.chars().count() <= 100, "{line}");
        }
        let (_, examples) = help.split_once("\nExamples:\n").unwrap();
        let examples = examples.split("\n\n").next().unwrap();
        for line in examples.lines() {
            assert!(
                line.starts_with("  "),
                "{line} is the rest of a line that was too long"
            );
        }
    }
}

#[test]
fn flags_that_hold_everywhere_stand_before_or_after_the_command() {
    let server = StandIn::new();
    let before = server
        .run("--root root --dry-run -v install-webapi --crt tls.crt --key tls.key --ca ca.crt");
    let after = server
        .run("install-webapi --crt tls.crt --key tls.key --ca ca.crt -v --dry-run --root root");
    assert_eq!((before.code, before.stderr), (after.code, after.stderr));
    // The salts of two keystores differ.
    let visible = |text: String| -> Vec<String> {
        let lines = text.lines().filter(|line| !line.contains("SHA-256"));
        lines.map(str::to_owned).collect()
    };
    assert_eq!(visible(before.stdout), visible(after.stdout));
}

#[test]
fn without_root_rights_and_without_another_root_nothing_begins() {
    let server = StandIn::new();
    let error = "this changes files of root and restarts a service, so it has to run as root";
    let hint = "run it with sudo, or try it below another folder with --root DIR";
    if !is_root() {
        server.refuses("rollback", error, hint);
        return;
    }
    let binary = server.path("dhtls");
    fs::copy(dhtls(), &binary).unwrap();
    let mut command = Command::new("runuser");
    command
        .args(["-u", "nobody", "--"])
        .arg(&binary)
        .arg("rollback");
    let run = Run::from(command.output().unwrap());
    let said = format!("dhtls: error: {error}\ndhtls: hint: {hint}\n");
    assert_eq!((run.code, run.stdout, run.stderr), (1, String::new(), said));
}

#[test]
fn colour_is_for_those_who_want_it() {
    let coloured = "\x1b[1;31mdhtls: error:\x1b[0m ";
    let plain = "dhtls: error: ";
    let starts = |line: &str, variables: &[(&str, &str)], start: &str| {
        let mut test = Test::new().args(line).args("--root . rollback");
        for (name, value) in variables {
            test = test.env(name, value);
        }
        let run = Run::from(test.run());
        assert!(
            run.stderr.starts_with(start),
            "{line} {variables:?}: {run:?}"
        );
        assert_eq!(run.code, 1);
    };
    starts("", &[], plain);
    starts("--color auto", &[], plain);
    starts("--color never", &[("CLICOLOR_FORCE", "1")], plain);
    starts("--color always", &[], coloured);
    starts("--color always", &[("NO_COLOR", "1")], coloured);
    starts("", &[("CLICOLOR_FORCE", "1")], coloured);
    starts("", &[("NO_COLOR", "1")], plain);
}

#[test]
fn another_root_has_to_be_a_folder_that_is_there() {
    let server = StandIn::new();
    server
        .refuses(
            "--root none history",
            "cannot use --root none: No such file or directory (os error 2)",
            "",
        )
        .refuses(
            "--root tls.crt history",
            "cannot use --root tls.crt: Not a directory (os error 20)",
            "",
        );
}
