use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::{control_files, monit_log_lines, monit_logs};

/// What monit 5.33 wrote while lighttpd 1.4.69 got a key that is not the certificate's.
const LOG: &str = "\
[2026-11-22T20:46:44+0000] error    : 'cus' process is not running
[2026-11-22T20:46:44+0000] info     : 'cus' trying to restart
[2026-11-22T20:46:44+0000] info     : 'cus' start: '/usr/sbin/lighttpd -f /srv/l.conf'
[2026-11-22T20:46:49+0000] error    : 'cus' failed to start (exit status 255) -- '/usr/sbin/lighttpd -f /srv/l.conf': 2026-11-22 20:46:44: (mod_openssl.c.1701) SSL:Private key does not match the certificate public key, reason: error:0480006C:PEM routines::no start line /srv/bad.pem /srv/bad.pem
2026-11-22 20:46:44: (server.c.1454) Initialization of plugins fail
[2026-11-22T20:46:49+0000] error    : 'other' process is not running
[2026-11-22T20:46:52+0000] error    : 'other' failed to start (exit status 3) -- '/bin/sh -c echo two >&2; exit 3': two

[2026-11-22T20:46:52+0000] error    : 'thing' file doesn't exist
";

fn words(command: &[&str]) -> Vec<String> {
    command.iter().map(|word| (*word).to_owned()).collect()
}

#[test]
fn the_reason_is_shown_without_what_is_said_of_other_services() {
    let reason = [
        "'cus' failed to start (exit status 255)",
        "(mod_openssl.c.1701) SSL:Private key does not match the certificate public key, reason: \
         error:0480006C:PEM routines::no start line /srv/bad.pem /srv/bad.pem",
        "(server.c.1454) Initialization of plugins fail",
    ];
    assert_eq!(monit_log_lines(LOG.as_bytes(), "cus", 8), reason);
    assert_eq!(
        monit_log_lines(LOG.as_bytes(), "other", 8),
        ["'other' failed to start (exit status 3)", "two"]
    );
    assert!(monit_log_lines(LOG.as_bytes(), "cu", 8).is_empty());
    assert!(monit_log_lines(b"", "cus", 8).is_empty());
}

#[test]
fn what_is_said_again_in_every_cycle_is_shown_once() {
    let later = LOG.replace("20:46", "20:47");
    let lines = monit_log_lines((LOG.to_owned() + &later).as_bytes(), "cus", 8);
    assert_eq!(lines.len(), 3);
    assert_eq!(monit_log_lines(LOG.as_bytes(), "cus", 1), lines[2..]);
}

#[test]
fn entries_of_an_old_monit_are_understood() {
    let line = "[UTC Nov 22 20:46:44] error    : 'cus' failed to start\n";
    assert_eq!(
        monit_log_lines(line.as_bytes(), "cus", 8),
        ["'cus' failed to start"]
    );
}

#[test]
fn the_control_file_is_the_commands_own_or_its_users() {
    assert_eq!(
        control_files(&words(&["monit", "-c", "/srv/monitrc"])),
        [PathBuf::from("/srv/monitrc")]
    );
    assert_eq!(
        control_files(&words(&["sudo", "-u", "root", "monit", "-c/srv/monitrc"])),
        [PathBuf::from("/srv/monitrc")]
    );
    let system = [
        "/etc/monitrc",
        "/etc/monit/monitrc",
        "/usr/local/etc/monitrc",
    ];
    for command in [
        &["sudo", "-u", "root", "/usr/bin/monit"][..],
        &["sudo", "-uroot", "monit"],
        &["sudo", "--user=root", "monit"],
    ] {
        let found = control_files(&words(command));
        assert_eq!(found[0], Path::new("/root/.monitrc"), "{command:?}");
        assert!(found[1..].iter().eq(system.map(Path::new)), "{command:?}");
    }
    let nobody = control_files(&words(&["sudo", "-u", "no such user", "monit"]));
    assert!(nobody.iter().eq(system.map(Path::new)));
}

/// A control file with these lines and what they include; `DIR` stands for its folder.
fn control_file(lines: &str, included: &[(&str, &str)]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("inc")).unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        let text = text.replace("DIR", &folder.path().display().to_string());
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        path
    };
    for (name, text) in included {
        write(name, text);
    }
    let main = write("monitrc", &format!("set daemon 30\n{lines}\n"));
    (folder, main)
}

/// What monit itself says where it logs. It opens that file.
fn said_by_monit(control_file: &Path) -> Vec<PathBuf> {
    let output = Command::new("monit")
        .args(["-vt", "-c"])
        .arg(control_file)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    let line = text.lines().find(|line| line.starts_with(" Log file"));
    let path = line.and_then(|line| line.split_once("= ")).unwrap().1;
    let paths = [path].into_iter().filter(|path| *path != "syslog");
    paths.map(PathBuf::from).collect()
}

#[test]
fn monits_log_is_found_where_monit_says_it_is() {
    for (lines, included) in [
        ("set log DIR/a.log", &[][..]),
        (
            "SET LogFile is the \"DIR/a b.log\" # set log DIR/no.log",
            &[],
        ),
        ("set log 'DIR/a.log'\nset log syslog", &[]),
        (
            "set log syslog facility log_local0; set logfile DIR/b.log",
            &[],
        ),
        (
            "set mail-format { message: it's \" monit\n set log DIR/no.log }\nset log DIR/a.log",
            &[],
        ),
        (
            "set log DIR/a.log\ninclude DIR/inc/*.conf",
            &[
                ("inc/a.conf", "set log DIR/b.log"),
                ("inc/b.conf", "set log DIR/c.log"),
                ("inc/no", "set log DIR/d.log"),
            ],
        ),
        (
            "include \"DIR/inc/a\"\ncheck file x path /etc/hosts\nset log DIR/last.log",
            &[("inc/a", "set log DIR/a.log")],
        ),
        (
            "include DIR/inc/a",
            &[
                ("inc/a", "include DIR/inc/b\nset log DIR/a.log"),
                ("inc/b", "set log DIR/b.log"),
            ],
        ),
    ] {
        let (_folder, path) = control_file(lines, included);
        let command = words(&["monit", "-c", &path.display().to_string()]);
        assert_eq!(monit_logs(&command), said_by_monit(&path), "{lines}");
    }
}

#[test]
fn a_control_file_that_includes_itself_comes_to_an_end() {
    let (_folder, path) = control_file("set log /srv/a.log\ninclude DIR/monitrc", &[]);
    let command = words(&["monit", "-c", &path.display().to_string()]);
    assert_eq!(monit_logs(&command), [PathBuf::from("/srv/a.log")]);
}

#[test]
fn without_a_control_file_the_usual_logs_count_as_far_as_they_are_there() {
    let command = words(&["monit", "-c", "/no/such/monitrc"]);
    assert!(monit_logs(&command).iter().all(|path| path.is_file()));
}
