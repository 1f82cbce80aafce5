//! Files of testdata/monit, read as `monit -vt` reads them.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use crate::config::monit::ServiceFile;
use crate::error::MonitError;

const CONF: &str = "/etc/lighttpd/cus.conf";

/// File, its processes, and the configuration of the only lighttpd.
const READ: &[(&str, &[&str], Option<&str>)] = &[
    ("angel.conf", &["cus"], Some(CONF)),
    ("another-f.conf", &["cus"], None),
    ("by-script.conf", &["cus"], None),
    ("by-systemctl.conf", &["cus"], None),
    ("capitals.conf", &["Cus"], Some("/etc/lighttpd/Cus.conf")),
    ("clustered.conf", &["cus"], Some(CONF)),
    ("comments.conf", &["cus"], Some("/etc/lighttpd/cus#1.conf")),
    ("crlf.conf", &["cus"], Some(CONF)),
    (
        "cus.conf.disabled",
        &["client_update_service"],
        Some("/etc/lighttpd/client-update-service.conf"),
    ),
    ("exec-and-restart.conf", &["cus"], Some(CONF)),
    ("glued.conf", &["cus"], Some(CONF)),
    ("matching.conf", &["cus"], Some(CONF)),
    ("no-fillers.conf", &["cus"], Some(CONF)),
    ("no-start.conf", &["cus"], None),
    ("one-line.conf", &["cus"], Some(CONF)),
    ("open-argument.conf", &["cus"], None),
    ("other-checks.conf", &["cus"], Some(CONF)),
    ("other-options.conf", &["cus"], Some(CONF)),
    ("over-lines.conf", &["cus"], Some(CONF)),
    ("owner.conf", &["cus"], Some(CONF)),
    ("quote-over-programs.conf", &["cus"], None),
    (
        "quoted-blank.conf",
        &["Client Update Service"],
        Some("/etc/my cus.conf"),
    ),
    ("quoted-blanks-around.conf", &["cus"], Some(CONF)),
    ("quoted-in-shell.conf", &["cus"], Some(CONF)),
    ("set-before.conf", &["cus"], Some(CONF)),
    ("single-quoted.conf", &["cus"], Some(CONF)),
    ("started-twice.conf", &["cus"], Some(CONF)),
    ("two-configurations.conf", &["cus"], None),
    (
        "two-processes.conf",
        &["web_api_service", "cus"],
        Some(CONF),
    ),
    ("web_api_service.conf", &["web_api_service"], None),
    ("wrapped-ambiguous.conf", &["cus"], None),
    (
        "wrapped-in-bash.conf",
        &["client_update_service"],
        Some(CONF),
    ),
    ("wrapped-in-sudo.conf", &["cus"], Some(CONF)),
    ("wrapped-in-variable.conf", &["cus"], None),
    ("wrapped-with-more.conf", &["cus"], Some(CONF)),
];

const REFUSED: &[(&str, &str)] = &[
    (
        "comment-only.refused",
        "comment-only.refused names no process for monit to check",
    ),
    (
        "empty.refused",
        "empty.refused names no process for monit to check",
    ),
    (
        "file-only.refused",
        "file-only.refused names no process for monit to check",
    ),
    (
        "host-only.refused",
        "host-only.refused names no process for monit to check",
    ),
    (
        "html.refused",
        "html.refused names no process for monit to check",
    ),
    (
        "name-in-string.refused",
        "name-in-string.refused names no process for monit to check",
    ),
    (
        "no-check.refused",
        "no-check.refused names no process for monit to check",
    ),
    (
        "open-later.refused",
        "open-later.refused:2: a quote is opened here and never closed",
    ),
    (
        "open-name.refused",
        "open-name.refused:1: a quote is opened here and never closed",
    ),
    (
        "open-pidfile.refused",
        "open-pidfile.refused:1: a quote is opened here and never closed",
    ),
    (
        "open-program.refused",
        "open-program.refused:2: a quote is opened here and never closed",
    ),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/monit")
}

fn read(file: &str) -> Result<ServiceFile, MonitError> {
    ServiceFile::parse(Path::new(file), &fs::read(folder().join(file)).unwrap())
}

#[test]
fn every_fixture_is_in_one_of_the_tables() {
    let files = fs::read_dir(folder()).unwrap();
    let mut on_disk: Vec<String> = files
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    on_disk.retain(|name| name != "README.md");
    on_disk.sort();
    let mut named: Vec<&str> = READ
        .iter()
        .map(|it| it.0)
        .chain(REFUSED.iter().map(|it| it.0))
        .collect();
    named.sort_unstable();
    assert_eq!(on_disk, named);
}

#[test]
fn processes_and_the_configuration_of_lighttpd_are_found() {
    for (file, processes, configuration) in READ {
        let service = read(file).unwrap_or_else(|error| panic!("{error}"));
        let names: Vec<&str> = service
            .processes
            .iter()
            .map(|it| it.name.as_str())
            .collect();
        assert_eq!(names, *processes, "{file}");
        let lighttpd = service.lighttpd().map(|(_, configuration)| configuration);
        assert_eq!(lighttpd.as_deref(), *configuration, "{file}");
    }
}

#[test]
fn what_names_no_process_or_breaks_off_is_refused() {
    for (file, message) in REFUSED {
        assert_eq!(read(file).unwrap_err().to_string(), *message);
    }
}

/// What a restart needs of a process, as text.
type Facts = (String, Option<String>, Option<(String, Duration)>);

#[test]
#[expect(clippy::print_stderr, reason = "a test that skips says so")]
fn monit_reads_the_same() {
    if !nix::unistd::Uid::effective().is_root() {
        eprintln!("skipped: monit takes `as uid` from root alone");
        return;
    }
    for (file, ..) in READ {
        let ours: Vec<Facts> = read(file)
            .unwrap()
            .processes
            .into_iter()
            .map(|process| {
                let start = process.start.map(|start| {
                    let timeout = start.timeout.unwrap_or(Duration::from_secs(30));
                    (start.words.join(" "), timeout)
                });
                (process.name, process.pidfile, start)
            })
            .collect();
        assert_eq!(ours, monit(file), "{file}");
    }
}

/// The processes that monit lists for a file.
fn monit(file: &str) -> Vec<Facts> {
    let scratch = TempDir::new().unwrap();
    let rc = scratch.path().join("monitrc");
    let own = scratch.path().display();
    let include = folder().join(file);
    let text = format!(
        "set idfile {own}/id\nset statefile {own}/state\nset pidfile {own}/pid\ninclude {}\n",
        include.display()
    );
    fs::write(&rc, text).unwrap();
    fs::set_permissions(&rc, Permissions::from_mode(0o700)).unwrap();
    let output = Command::new("monit")
        .arg("-c")
        .arg(&rc)
        .arg("-vt")
        .output()
        .unwrap();
    let output = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.ends_with("Control file syntax OK\n"),
        "{file}: {output}"
    );
    let services = output
        .split("\n\n")
        .filter(|it| it.starts_with("Process Name"));
    services.map(facts).collect()
}

/// The facts of one service in monit's listing.
fn facts(listing: &str) -> Facts {
    let value = |label: &str| {
        let line = listing
            .lines()
            .find(|line| line.trim_start().starts_with(label))?;
        Some(line.split_once("= ")?.1.to_owned())
    };
    let start = listing
        .split_once(" Start program        = '")
        .map(|(_, rest)| {
            let (rest, unit) = timeout_behind(rest);
            (rest.to_owned(), unit)
        });
    (value("Process Name").unwrap(), value("Pid file"), start)
}

/// `PROGRAM' [as uid 0 as gid 0 ]timeout 1.500 m`
fn timeout_behind(text: &str) -> (&str, Duration) {
    let (program, rest) = text.split_once(" timeout ").unwrap();
    let program = program.split("' as uid").next().unwrap();
    let mut words = rest.split_whitespace();
    let number: f64 = words.next().unwrap().parse().unwrap();
    let seconds = match words.next().unwrap() {
        "s" => number,
        "m" => number * 60.0,
        unit => panic!("{unit}"),
    };
    (
        program.strip_suffix('\'').unwrap_or(program),
        Duration::from_secs_f64(seconds),
    )
}
