//! No input breaks a parser, and no edit loses a byte. The promises are the functions of `src/fuzzing`;
//! their sample, every seed and mutations of it, is `cargo test --lib fuzzing`, which also shows that
//! faults are found. In full: coverage-guided, by libFuzzer, as often as `fuzz/targets` says.
#![allow(clippy::unwrap_used, reason = "a test ends where it cannot go on")]
#![allow(
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "what it did is for the person who runs it in full"
)]

use std::fs;
use std::path::Path;
use std::process::Command;

/// A line of `fuzz/targets`.
#[derive(Debug)]
struct Target {
    name: String,
    executions: u64,
    longest: u64,
    seeds: Vec<String>,
}

fn targets() -> Vec<Target> {
    let text = fs::read_to_string("fuzz/targets").unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let targets = lines.map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        Target {
            name: words[0].to_owned(),
            executions: words[1].parse().unwrap(),
            longest: words[2].parse().unwrap(),
            seeds: words[3..]
                .iter()
                .map(|seeds| format!("testdata/{seeds}"))
                .collect(),
        }
    });
    targets.collect()
}

#[test]
fn the_full_run_has_twenty_million_executions_and_seeds_for_each_target() {
    let targets = targets();
    let executions: u64 = targets.iter().map(|target| target.executions).sum();
    assert!(executions >= 20_000_000, "{executions}");
    for target in &targets {
        let has_files =
            |folder: &String| fs::read_dir(folder).is_ok_and(|mut it| it.next().is_some());
        assert!(target.seeds.iter().any(has_files), "{}", target.name);
    }
}

#[test]
fn no_input_breaks_a_promise() {
    if std::env::var("DHTLS_PROOF").as_deref() != Ok("full") {
        eprintln!(
            "skipped: the full run is tests/prove.sh fuzz, its sample cargo test --lib fuzzing"
        );
        return;
    }
    build();
    let mut total = 0;
    println!("| target | executions | a second | inputs kept | branches |\n|---|---|---|---|---|");
    for target in targets() {
        let figures = run(&target);
        println!(
            "| {} | {} | {} | {} | {} |",
            target.name, figures.executions, figures.a_second, figures.kept, figures.branches
        );
        total += figures.executions;
    }
    println!("{total} executions");
    assert!(total >= 20_000_000);
}

/// With the flags of `fuzz/.cargo/config.toml`, which cargo finds from that folder.
fn build() {
    let built = Command::new(env!("CARGO"))
        .args(["build", "--release", "--quiet"])
        .current_dir("fuzz")
        .status();
    assert!(built.unwrap().success());
}

/// What libFuzzer says at its end.
struct Figures {
    executions: u64,
    a_second: u64,
    /// Inputs that took a way of their own.
    kept: u64,
    branches: u64,
}

fn run(target: &Target) -> Figures {
    let folder = |kind: &str| {
        let folder = format!("target/fuzz/{kind}/{}/", target.name);
        fs::create_dir_all(&folder).unwrap();
        folder
    };
    let (corpus, broken) = (folder("corpus"), folder("broken"));
    let seeds = target
        .seeds
        .iter()
        .filter(|folder| Path::new(folder).is_dir());
    let output = Command::new(program(&target.name))
        .arg(&corpus)
        .args(seeds)
        .arg(format!("-runs={}", target.executions))
        .arg(format!("-max_len={}", target.longest))
        .arg(format!("-artifact_prefix={broken}"))
        .args(["-timeout=120", "-rss_limit_mb=2048", "-print_final_stats=1"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let end: Vec<&str> = said.lines().rev().take(60).collect();
    let end = || end.iter().rev().copied().collect::<Vec<_>>().join("\n");
    assert!(output.status.success(), "{}:\n{}", target.name, end());
    let executions = number_after(&said, "stat::number_of_executed_units:");
    Figures {
        executions,
        a_second: number_after(&said, "stat::average_exec_per_sec:"),
        kept: number_after(&said, " corp: "),
        branches: number_after(&said, " cov: "),
    }
}

/// In a folder that is named for this machine.
fn program(target: &str) -> String {
    let folders = fs::read_dir("target/fuzz").unwrap();
    let mut programs = folders.map(|folder| folder.unwrap().path().join("release").join(target));
    let program = programs.find(|program| program.is_file());
    program.unwrap().display().to_string()
}

/// The last one.
fn number_after(text: &str, words: &str) -> u64 {
    let rest = text.rsplit_once(words).unwrap().1.trim_start();
    let end = rest
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(rest.len());
    rest[..end].parse().unwrap()
}

#[test]
fn the_last_number_is_read() {
    let said = "#2 INITED cov: 7 ft: 8\n#9 DONE   cov: 12 ft: 9 corp: 3/4b exec/s: 0\n";
    assert_eq!(number_after(said, " cov: "), 12);
    assert_eq!(number_after(said, " corp: "), 3);
}
