//! README and docs agree with the program.
#![allow(
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test says what it skips, and ends where it cannot go on"
)]

mod support;

use std::path::Path;
use std::process::Output;

use nix::unistd::Uid;

use support::scratch::Scratch;
use support::transcript::Test;

/// Where the README's demo was built.
const TRIAL: &str = "/srv/trial";

fn readme() -> String {
    std::fs::read_to_string("README.md").unwrap()
}

/// The fenced blocks of a language.
fn blocks(language: &str) -> Vec<String> {
    let readme = readme();
    let fence = format!("```{language}\n");
    let parts = readme.split(fence.as_str()).skip(1);
    parts
        .map(|part| part.split("```").next().unwrap().to_owned())
        .collect()
}

fn run(test: &Test) -> (String, Output) {
    let output = test.run();
    (String::from_utf8(output.stdout.clone()).unwrap(), output)
}

/// What differs from run to run: hashes, times, and sizes by a byte or two.
fn settled(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let words: Vec<&str> = line.split(' ').collect();
        let settled = words.iter().enumerate().map(|(index, word)| {
            let is_size = words
                .get(index + 1)
                .is_some_and(|next| next.starts_with("bytes"));
            let is_hash = word.len() == 64 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
            let is_time = word.len() == 20 && word.ends_with('Z');
            if is_size || is_hash || is_time {
                "~"
            } else {
                word
            }
        });
        settled.collect::<Vec<_>>().join(" ")
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_transcripts_of_the_readme_are_what_the_demo_shows() {
    if !Uid::effective().is_root() {
        eprintln!("skipped: the README was written by root, and owners are in it");
        return;
    }
    let scratch = Scratch::new();
    let trial = scratch.path("trial").display().to_string();
    let (shown, output) = run(&Test::on(scratch).args("demo").arg(&trial));
    assert!(output.status.success(), "{output:?}");
    let shown = settled(&shown.replace(&trial, TRIAL));
    let all = blocks("console");
    let transcripts = all.iter().filter(|block| block.contains(TRIAL));
    let [webapi, cus] = transcripts.collect::<Vec<_>>().try_into().unwrap();
    assert!(webapi.contains(" install-webapi ") && cus.contains(" cus-https "));
    for transcript in [webapi, cus] {
        let told = settled(transcript.trim_end());
        assert!(
            shown.contains(&told),
            "--- README\n{told}\n--- demo\n{shown}"
        );
    }
}

#[test]
fn the_settings_of_the_readme_are_understood() {
    let [settings] = blocks("toml").try_into().unwrap();
    let test = Test::new()
        .file("dhtls.toml", &settings)
        .file("image/etc/hostname", "");
    let (shown, output) = run(&test.args("--root image --config dhtls.toml history"));
    assert!(output.status.success(), "{output:?}");
    assert_eq!(shown, "dhtls has changed nothing here yet\n");
}

#[test]
fn every_command_is_in_the_readme_and_in_the_changelog() {
    let (help, _) = run(&Test::new().args("--help"));
    let list = help.split("Commands:\n").nth(1).unwrap();
    let commands = list.lines().take_while(|line| !line.is_empty());
    let names: Vec<&str> = commands
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .map(|line| line.split_whitespace().next().unwrap())
        .filter(|name| *name != "help")
        .collect();
    assert!(
        names.contains(&"install-webapi") && names.len() >= 4,
        "{names:?}"
    );
    let changelog = std::fs::read_to_string("docs/changelog.md").unwrap();
    for name in names {
        let spelled = format!("`dhtls {name}");
        assert!(readme().contains(&spelled), "README.md lacks {name}");
        assert!(
            changelog.contains(&spelled),
            "docs/changelog.md lacks {name}"
        );
    }
}

#[test]
fn every_document_that_is_named_is_there() {
    for text in [
        readme(),
        std::fs::read_to_string("docs/contributing.md").unwrap(),
    ] {
        for target in text
            .split("](")
            .skip(1)
            .map(|rest| rest.split(')').next().unwrap())
        {
            assert!(Path::new(target).is_file(), "{target}");
        }
        for name in text
            .split('`')
            .filter(|word| word.starts_with("src/") || word.starts_with("tests/"))
        {
            let path = name.split(' ').next().unwrap();
            assert!(Path::new(path).exists(), "{path}");
        }
    }
}

#[test]
fn the_two_commands_of_the_readme_are_the_ones_that_ci_runs() {
    let readme = readme();
    assert!(readme.contains("cargo run --release -- demo") && readme.contains("tests/run.sh"));
    assert!(
        std::fs::read_to_string(".ci/run")
            .unwrap()
            .contains("tests/run.sh")
    );
}
