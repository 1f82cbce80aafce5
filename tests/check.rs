//! `dhtls check` on files: the exit code says what is known, and what was not read is never OK.
#![allow(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use nix::sys::stat::Mode;
use nix::unistd::mkfifo;

use support::scratch::Scratch;
use support::stand_in::Run;
use support::transcript::{Test, dhtls};

/// A day on which the fixtures are valid that ought to be, and their root.
const JUDGED: &str = "--at 2026-03-01 --ca root.pem";

/// The fixtures in a folder of their own.
fn fixtures() -> Scratch {
    let scratch = Scratch::new();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/pki");
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_file() {
            let name = entry.file_name().into_string().unwrap();
            scratch.write(&name, fs::read(entry.path()).unwrap());
        }
    }
    scratch.write(
        "leaf.key",
        fs::read(format!("{folder}/keys/leaf.key")).unwrap(),
    );
    scratch
}

/// dhtls in the scratch folder, judging as of that day.
fn check_in(scratch: &Scratch, arguments: &str) -> Run {
    let output = Command::new(dhtls())
        .arg("check")
        .args(arguments.split_whitespace().chain(JUDGED.split(' ')))
        .current_dir(scratch.folder())
        .stdin(Stdio::null())
        .output();
    Run::from(output.unwrap())
}

fn check(arguments: &str) -> Run {
    check_in(&fixtures(), arguments)
}

/// Each line: exit code, arguments, what stdout says.
fn table(lines: &str) {
    let scratch = fixtures();
    for line in lines.lines() {
        let [code, arguments, words] = line.split('|').map(str::trim).collect::<Vec<_>>()[..]
        else {
            panic!("{line}");
        };
        let run = check_in(&scratch, arguments);
        assert_eq!(run.code.to_string(), code, "{line}: {run:?}");
        assert!(run.stdout.contains(words), "{line}: {run:?}");
        assert_eq!(run.stderr, "", "{line}");
    }
}

#[test]
fn the_exit_code_is_the_worst_that_was_found() {
    table(
        "\
        0 | chain.pem | OK: 2 certificates of 1 source
        0 | chain.p7b chain.der.p7b | OK: 4 certificates of 2 sources
        1 | leaf.pem | incomplete-chain
        1 | shuffled.pem | chain-order
        1 | self-signed.pem | self-signed
        1 | chain.pem --warn 400d | expiring
        2 | chain.pem --crit 310d | expiring
        2 | chain.pem expired.pem no-such-file.pem | expired on
        2 | chain.pem --host other.example.com | host-mismatch
        2 | not-yet-valid.pem --no-trust | not-yet-valid
        2 | no-san.pem --no-trust | no-san
        2 | client-only.pem --no-trust | wrong-usage
        2 | chain.pem --format nagios --crit 310d | DHTLS CRITICAL
        0 | leaf.pem --no-trust | OK
        0 | leaf.pem --ignore incomplete-chain | ignored
        0 | leaf.pem --ignore incomplete-chain@leaf.pem | ignored
        1 | leaf.pem --ignore incomplete-chain@other.pem | incomplete-chain",
    );
}

#[test]
fn what_cannot_be_read_and_judged_is_unknown_by_name() {
    table(
        "\
        3 | no-such-file.pem | no-such-file.pem
        3 | chain.pem no-such-file.pem | no-such-file.pem
        3 | no-such-*.pem | matches no file
        3 | other.request.pem | certificate request
        3 | leaf.key | private key
        3 | chain.pem leaf.key | private key
        3 | /dev/null | device
        3 | http://www.example.com/ | only https
        3 | @no-such-list | no-such-list
        3 | 127.0.0.1:1 | unreachable
        3 | - | names no target",
    );
}

#[test]
fn a_folder_is_judged_by_its_certificates_and_other_names_are_counted() {
    let scratch = Scratch::new();
    scratch.write("root.pem", fs::read("testdata/pki/root.pem").unwrap());
    let chain = fs::read("testdata/pki/chain.pem").unwrap();
    scratch.write("tls/good.pem", &chain);
    scratch.write("tls/README", "no certificate");
    scratch.write(
        "tls/key.pem",
        fs::read("testdata/pki/keys/leaf.key").unwrap(),
    );
    scratch.write("tls/deeper/GOOD.CRT", &chain);
    scratch.write("none/README", "no certificate");
    let run = check_in(&scratch, "tls");
    assert_eq!(run.code, 0, "{run:?}");
    assert!(
        run.stdout
            .contains("OK: 2 certificates of 1 source; 2 files skipped"),
        "{run:?}"
    );
    let run = check_in(&scratch, "-r tls");
    assert!(
        run.stdout.contains("OK: 4 certificates of 2 sources"),
        "{run:?}"
    );
    let run = check_in(&scratch, "tls none");
    assert_eq!(run.code, 3, "{run:?}");
    assert!(
        run.stdout
            .contains("the folder none has no certificate in it"),
        "{run:?}"
    );
    scratch.write(
        "tls/junk.pem",
        "-----BEGIN CERTIFICATE-----\njunk\n-----END CERTIFICATE-----\n",
    );
    mkfifo(&scratch.path("tls/pipe.pem"), Mode::S_IRWXU).unwrap();
    let run = check_in(&scratch, "tls");
    assert_eq!(run.code, 3, "{run:?}");
    for name in ["tls/junk.pem:1: damaged block", "tls/pipe.pem is a pipe"] {
        assert!(run.stdout.contains(name), "{name}: {run:?}");
    }
}

#[test]
fn a_list_names_targets_a_line_each() {
    let scratch = fixtures();
    scratch.write("list", "# ours\r\nchain.pem\r\n\n  no-*-here.pem\n@list\n");
    let run = check_in(&scratch, "@list -q");
    assert_eq!(run.code, 3, "{run:?}");
    for words in [
        "no-*-here.pem: the pattern",
        "a list cannot name another",
        "2 certificates of 3 sources",
    ] {
        assert!(run.stdout.contains(words), "{words}: {run:?}");
    }
}

#[test]
fn keystores_open_with_the_passphrase_from_a_file_and_are_unknown_without() {
    let scratch = fixtures();
    scratch.write("pass", "secret\n");
    scratch.write("pass.base64", "c2VjcmV0Cg==");
    let made = Command::new("openssl")
        .args("pkcs12 -export -in chain.pem -inkey leaf.key -name web -passout pass:secret -out k.p12".split(' '))
        .current_dir(scratch.folder())
        .status();
    assert!(made.unwrap().success());
    for (arguments, code, words) in [
        ("k.p12", 3, "needs a passphrase: --passphrase-file FILE"),
        ("k.p12 --passphrase-file no-such-file", 3, "no-such-file"),
        (
            "k.p12 --passphrase-file chain.pem",
            3,
            "does not open the keystore k.p12",
        ),
        ("k.p12 --passphrase-file pass", 0, "OK: 2 certificates"),
        (
            "k.p12 --passphrase-base64-file pass.base64",
            0,
            "OK: 2 certificates",
        ),
        (
            "k.p12 --passphrase-file pass --format json",
            0,
            "\"alias\": \"web\"",
        ),
    ] {
        let run = check_in(&scratch, arguments);
        assert_eq!(run.code, code, "{arguments}: {run:?}");
        let said = run.stdout.clone() + &run.stderr;
        assert!(said.contains(words), "{arguments}: {run:?}");
    }
}

#[test]
fn quiet_says_nothing_when_all_is_well_and_everything_that_is_wrong() {
    let run = check("chain.pem -q");
    assert_eq!(
        (run.code, run.stdout.as_str(), run.stderr.as_str()),
        (0, "", "")
    );
    let run = check("chain.pem leaf.pem -q");
    assert!(
        run.stdout.contains("WARNING: 3 certificates of 2 sources"),
        "{run:?}"
    );
    assert!(!run.stdout.contains("OK"), "{run:?}");
}

#[test]
fn wrong_usage_of_check_is_unknown_wherever_the_fault_stands() {
    for line in [
        "check --no-such-flag",
        "--no-such-flag check",
        "check --warn 30",
        "check --format yaml",
        "check --at tomorrow",
        "check --ignore no-such-code",
        "check --jobs 0",
        "check --deadline",
        "-q -v check",
    ] {
        let run = Run::from(Test::new().args(line).run());
        assert_eq!((run.code, run.stdout.as_str()), (3, ""), "{line}: {run:?}");
        assert!(run.stderr.contains("--help"), "{line}: {run:?}");
    }
    let run = Run::from(Test::new().args("check --help").run());
    assert_eq!(run.code, 0);
    for line in ["--format nagios history", "history --format prometheus"] {
        let run = Run::from(Test::new().args(line).run());
        assert_eq!(run.code, 2, "{line}: {run:?}");
    }
}

#[test]
fn a_run_that_cannot_begin_tells_monitoring_so() {
    for (format, words) in [("nagios", "DHTLS UNKNOWN - "), ("json", "\"UNKNOWN\"")] {
        let run = check(&format!("chain.pem --ca no-such-ca.pem --format {format}"));
        assert_eq!(run.code, 3, "{run:?}");
        assert!(
            run.stdout.contains(words) && run.stdout.contains("no-such-ca.pem"),
            "{run:?}"
        );
    }
}

#[test]
fn a_report_goes_into_a_file_for_everyone_whole_and_nothing_to_stdout() {
    let scratch = fixtures();
    let run = check_in(&scratch, "leaf.pem --format prometheus --output dhtls.prom");
    assert_eq!(
        (run.code, run.stdout.as_str(), run.stderr.as_str()),
        (1, "", "")
    );
    let text = String::from_utf8(scratch.read("dhtls.prom")).unwrap();
    assert!(text.contains("dhtls_check_status"), "{text}");
    let mode = fs::metadata(scratch.path("dhtls.prom"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o644);
    let names = fs::read_dir(scratch.folder()).unwrap();
    let staged = names.filter(|name| {
        name.as_ref()
            .unwrap()
            .file_name()
            .to_string_lossy()
            .ends_with(".dhtls")
    });
    assert_eq!(staged.count(), 0);
    let run = check_in(&scratch, "chain.pem --output /no/such/folder/file");
    assert_eq!(run.code, 3, "{run:?}");
}

#[test]
fn a_lost_stdout_is_not_ok() {
    let scratch = fixtures();
    let full = fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let status = Command::new(dhtls())
        .args(["check", "chain.pem"].into_iter().chain(JUDGED.split(' ')))
        .current_dir(scratch.folder())
        .stdout(full)
        .stderr(Stdio::null())
        .status();
    assert_eq!(status.unwrap().code(), Some(3));
}

/// As many different certificates as make a file too large to be read whole, all but the signature the
/// leaf's.
fn large_bundle() -> String {
    let leaf = fs::read("testdata/pki/leaf.der").unwrap();
    let (start, _) = leaf.split_at(leaf.len() - 4);
    let block = |number: u32| {
        let body = BASE64_STANDARD.encode([start, &number.to_be_bytes()].concat());
        format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n")
    };
    let bundle: String = (0..3_500).map(block).collect();
    assert!(bundle.len() > 4 << 20);
    bundle
}

#[test]
fn a_bundle_too_large_to_be_read_whole_is_judged_whole() {
    let scratch = fixtures();
    let bundle = large_bundle();
    let expired = fs::read_to_string("testdata/pki/expired.pem").unwrap();
    scratch.write("good", &bundle);
    scratch.write("expired", bundle.clone() + &expired + &bundle);
    scratch.write(
        "damaged",
        bundle.clone() + "-----BEGIN CERTIFICATE-----\nMII=\n",
    );
    for (arguments, code, words) in [
        ("good -q --no-trust", 0, ""),
        (
            "good --format nagios --no-trust",
            0,
            "DHTLS OK - 3500 certificates",
        ),
        (
            "good -q",
            1,
            "WARNING: 3500 certificates of 1 source; 3500 warnings",
        ),
        (
            "expired -q --no-trust",
            2,
            "CRITICAL: 3501 certificates of 1 source; 1 critical",
        ),
        (
            "damaged -q --no-trust",
            3,
            "damaged:10501: damaged block: it has no END line",
        ),
    ] {
        let run = check_in(&scratch, arguments);
        assert_eq!(run.code, code, "{arguments}: {}", run.stderr);
        assert!(run.stdout.contains(words), "{arguments}: {}", run.stderr);
    }
}

#[test]
fn a_large_file_comes_to_the_same_as_a_small_one() {
    let scratch = fixtures();
    let padding = "# nothing but words\n".repeat(250_000);
    for (name, arguments) in [
        ("chain.pem", ""),
        ("leaf.pem", ""),
        ("self-signed.pem", ""),
        ("with-cross.pem", ""),
        ("chain.pem", "--warn 99% --crit 400d"),
        ("root.pem", ""),
        ("no-san.pem", "--no-trust"),
        ("other.request.pem", ""),
    ] {
        let small = check_in(&scratch, &format!("{name} {arguments}"));
        assert_eq!(small.stderr, "", "{name} {arguments}");
        let text = String::from_utf8(scratch.read(name)).unwrap();
        scratch.write("large", padding.clone() + &text);
        let large = check_in(&scratch, &format!("large {arguments}"));
        let findings = |run: &Run| {
            let lines = run.stdout.lines().filter(|line| line.starts_with("   "));
            let lines = lines
                .map(|line| line.replace(name, "large"))
                .collect::<Vec<_>>();
            (run.code, lines)
        };
        assert_eq!(findings(&large), findings(&small), "{name} {arguments}");
    }
}
