//! The keystore that is there, and its passphrase file: what install-webapi does not touch, and what it
//! says instead.
#![allow(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;

use nix::sys::stat::Mode;
use nix::unistd::mkfifo;

use support::program;
use support::stand_in::{
    HOST, INSTALL, KEYSTORE, ORIGINAL, PASSPHRASE, PASSPHRASE_FILE, StandIn, authority, is_root,
    skip,
};
use support::transcript::Test;

/// A server whose passphrase file holds these bytes.
fn with_passphrase_file(bytes: impl AsRef<[u8]>) -> StandIn {
    let server = StandIn::new();
    fs::remove_file(server.path(PASSPHRASE_FILE)).unwrap();
    server.scratch.write_mode(PASSPHRASE_FILE, bytes, 0o440);
    server
}

/// A server whose passphrase is this one, in base64.
fn with_passphrase(passphrase: &str) -> StandIn {
    with_passphrase_file(program::output("base64", &[] as &[&str], passphrase).stdout)
}

fn with_keystore(bytes: impl AsRef<[u8]>) -> StandIn {
    let server = StandIn::new();
    fs::remove_file(server.path(KEYSTORE)).unwrap();
    server.scratch.write_mode(KEYSTORE, bytes, 0o440);
    server
}

const ASCII: &str =
    "Java takes keystore passphrases of ASCII letters, digits, signs and spaces only";

#[test]
fn a_missing_passphrase_file_is_named() {
    let server = StandIn::new();
    fs::remove_file(server.path(PASSPHRASE_FILE)).unwrap();
    server.refuses(
        INSTALL,
        &format!("the Web API keystore's passphrase file $ROOT/{PASSPHRASE_FILE} is missing"),
        "name the base64 file with --webapi-passphrase FILE; iris-config makes it at installation",
    );
}

#[test]
fn a_passphrase_file_that_is_not_base64_is_refused() {
    with_passphrase_file(PASSPHRASE).refuses(
        INSTALL,
        &format!("the passphrase in $ROOT/{PASSPHRASE_FILE} is not base64: line 1"),
        "the file holds the passphrase in base64: printf %s PASSPHRASE | base64 > FILE",
    );
}

#[test]
fn an_empty_passphrase_is_refused() {
    for file in ["", "\n", "Cg==\n"] {
        with_passphrase_file(file).refuses(
            INSTALL,
            &format!("the passphrase in $ROOT/{PASSPHRASE_FILE} is empty"),
            "write the passphrase in base64: printf %s PASSPHRASE | base64 > FILE",
        );
    }
}

#[test]
fn a_passphrase_that_java_does_not_take_is_refused_without_being_shown() {
    for (passphrase, fault) in [
        ("with a\ttab", "has a control character: character 7"),
        ("with a\0 NUL", "has a NUL byte: character 7"),
        ("with an \u{fc}mlaut", "is not ASCII: character 9"),
    ] {
        with_passphrase(passphrase).refuses(
            INSTALL,
            &format!("the passphrase in $ROOT/{PASSPHRASE_FILE} {fault}"),
            ASCII,
        );
    }
}

#[test]
fn a_passphrase_file_that_others_can_read_is_warned_about() {
    let server = StandIn::new();
    support::scratch::set_mode(&server.path(PASSPHRASE_FILE), 0o444);
    let run = server.run(INSTALL);
    assert_eq!(run.code, 0, "{run:?}");
    let warning = format!(
        "dhtls: warning: loose-permissions: {} can be read by everyone on this machine (mode 0444)\n",
        server.scratch.text(PASSPHRASE_FILE)
    );
    assert!(run.stderr.contains(&warning), "{run:?}");
}

#[test]
fn a_passphrase_that_does_not_open_the_keystore_is_refused_until_the_keystore_counts_as_damaged() {
    let server = with_passphrase("another one").refuses(
        INSTALL,
        &format!("the passphrase does not open the keystore $ROOT/{KEYSTORE}"),
        "compare the passphrase file with the one that the keystore was made with; if nobody knows it any \
         more, --allow damaged-keystore replaces the keystore and keeps the original beside it",
    );
    let old = server.scratch.read(KEYSTORE);
    let run = server.run(&format!("{INSTALL} --allow damaged-keystore"));
    assert_eq!(run.code, 0, "{run:?}");
    assert!(
        run.stderr
            .contains("dhtls: warning: damaged-keystore: the passphrase"),
        "{run:?}"
    );
    assert_eq!(server.scratch.read(ORIGINAL), old);
}

#[test]
fn a_damaged_keystore_is_refused_until_that_is_allowed() {
    let whole = StandIn::new().scratch.read(KEYSTORE);
    let (half, _) = whole.split_at(whole.len() / 2);
    let server = with_keystore(half).refuses(
        INSTALL,
        &format!("the keystore $ROOT/{KEYSTORE} is damaged: [..]"),
        "--allow damaged-keystore replaces it; the original is kept beside it",
    );
    let run = server.run(&format!("{INSTALL} --allow damaged-keystore"));
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(server.scratch.read(ORIGINAL), half);
}

#[test]
fn a_keystore_of_the_jks_format_is_refused_by_name() {
    // The first bytes of every JKS file.
    with_keystore(b"\xfe\xed\xfe\xed\0\0\0\x02\0\0\0\0").refuses(
        INSTALL,
        &format!("cannot read the keystore $ROOT/{KEYSTORE}: the JKS format is not supported"),
        "--allow damaged-keystore replaces it; the original is kept beside it",
    );
}

#[test]
fn a_keystore_with_other_entries_is_refused_with_their_names_until_they_may_go() {
    // testdata/keystores/README.md: two keys, a trusted certificate, a secret key.
    let several = include_bytes!("../testdata/keystores/keytool-several.p12");
    let server = with_passphrase("changeit");
    fs::remove_file(server.path(KEYSTORE)).unwrap();
    server.scratch.write_mode(KEYSTORE, several, 0o440);
    let server = server.refuses(
        INSTALL,
        &format!(
            "$ROOT/{KEYSTORE} has other entries, which would be lost: other, secret, our-root"
        ),
        "--allow other-entries replaces them all; the original is kept beside it",
    );
    server.installs(&format!("{INSTALL} --allow other-entries"));
    assert_eq!(server.scratch.read(ORIGINAL), several);
}

#[test]
fn a_pipe_or_a_folder_in_the_keystores_place_is_refused() {
    let hint = "name a regular file";
    let server = StandIn::new();
    fs::remove_file(server.path(KEYSTORE)).unwrap();
    fs::create_dir(server.path(KEYSTORE)).unwrap();
    let server = server.refuses(
        INSTALL,
        &format!("$ROOT/{KEYSTORE} is a folder, not a file"),
        hint,
    );
    fs::remove_dir(server.path(KEYSTORE)).unwrap();
    mkfifo(&server.path(KEYSTORE), Mode::from_bits_truncate(0o440)).unwrap();
    server.refuses(
        INSTALL,
        &format!("$ROOT/{KEYSTORE} is a pipe, not a file"),
        hint,
    );
}

#[test]
fn a_device_in_the_keystores_place_is_refused() {
    if !is_root() {
        return skip("only root makes devices");
    }
    let server = StandIn::new();
    fs::remove_file(server.path(KEYSTORE)).unwrap();
    let made = program::output(
        "mknod",
        &[&server.scratch.text(KEYSTORE), "c", "1", "5"],
        "",
    );
    if !made.status.success() {
        return skip("no devices here");
    }
    server.refuses(
        INSTALL,
        &format!("$ROOT/{KEYSTORE} is a device, not a file"),
        "name a regular file",
    );
}

#[test]
fn a_missing_keystore_is_made_and_no_original_kept() {
    let server = StandIn::new();
    fs::remove_file(server.path(KEYSTORE)).unwrap();
    let stdout = server.installs(INSTALL);
    assert!(
        stdout.contains("webServices-keystore.p12 created"),
        "{stdout}"
    );
    assert!(!server.path(ORIGINAL).exists());
}

#[test]
fn a_missing_folder_of_the_keystore_is_named() {
    StandIn::new().refuses(
        &format!("{INSTALL} --keystore /no/such/folder/web.p12"),
        "cannot open $ROOT/root/no/such/folder: No such file or directory (os error 2)",
        "",
    );
}

#[test]
fn an_alias_that_no_keystore_can_hold_is_refused() {
    let hint = "an alias is 1 to 64 printable ASCII characters, like webapi";
    let with = |alias: &'static str| move |test: Test| test.args(INSTALL).arg("--alias").arg(alias);
    let server = StandIn::new()
        .refuses_by(
            &with("w\u{e9}b"),
            "\"w\u{e9}b\" is no alias for a keystore entry",
            hint,
        )
        .refuses_by(&with(""), "\"\" is no alias for a keystore entry", hint)
        .refuses_by(
            &with("a\tb"),
            "\"a\\tb\" is no alias for a keystore entry",
            hint,
        );
    // A NUL comes by the settings file only.
    server.settings("alias = \"a\\u0000b\"\n");
    server.refuses(INSTALL, "\"a\\0b\" is no alias for a keystore entry", hint);
}

#[test]
fn an_earlier_original_stays_and_the_kept_one_is_never_wider_than_its_limit() {
    let server = StandIn::new();
    support::scratch::set_mode(&server.path(KEYSTORE), 0o664);
    let first = server.scratch.read(KEYSTORE);
    server.installs(INSTALL);
    let mode = fs::metadata(server.path(ORIGINAL))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o7777, 0o440);
    server.hand_in(&authority().pair(&[HOST]));
    server.installs(INSTALL);
    assert_eq!(server.scratch.read(ORIGINAL), first);
}
