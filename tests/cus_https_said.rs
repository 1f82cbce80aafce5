//! What cus-https says besides what it does: settings that it cannot know, addresses that it leaves, keys
//! that it would write in clear. With `--root`, so nothing runs, but for the last test.
#![allow(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

mod support;

use support::cus::assert_bundle;
use support::cus_files::{CONFIG, GETDOWN};
use support::cus_live::CusLive;
use support::cus_staged::{BUNDLE, HTTPS, below, config, cus, getdown};
use support::live::assert_same;
use support::program;
use support::stand_in::{HOST, authority};

#[test]
fn an_include_shell_is_warned_of_and_never_run_below_another_root() {
    let server = cus();
    let witness = server.path("witness");
    let text = format!(
        "{}include_shell \"echo ran >{}\"\n",
        config(&server),
        witness.display()
    );
    let line = text.lines().count();
    server.scratch.write(&below(CONFIG), text);
    let said = format!("/{CONFIG}:{line}: what include_shell prints is not known here");
    for dry in ["--dry-run cus-https", "cus-https"] {
        let done = server.succeeds(&HTTPS.replace("cus-https", dry));
        assert!(done.stderr.contains("dhtls: warning: "), "{done:?}");
        assert!(done.stderr.contains(&said), "{done:?}");
    }
    // It prints last, so a key that is set nowhere is set below it, by an operator that is never fatal.
    let text = config(&server);
    let shell = text.find("include_shell").unwrap();
    assert!(
        text[shell..].contains("ssl.engine := \"enable\"\n"),
        "{text}"
    );
    let back = format!("--root root cus-http --host {HOST} --i-accept-cleartext");
    let done = server.succeeds(&back);
    assert!(
        done.stderr.contains("what include_shell prints"),
        "{done:?}"
    );
    assert!(!witness.exists());
}

#[test]
fn a_latest_with_a_web_address_is_left_and_shown_with_its_line() {
    let server = cus();
    let latest = format!("latest = http://{HOST}/iris/getdown.txt");
    let text = format!("{}{latest}\n", getdown(&server));
    server.scratch.write(&below(GETDOWN), text);
    let done = server.succeeds(HTTPS);
    let line = getdown(&server)
        .lines()
        .position(|it| it == latest)
        .unwrap()
        + 1;
    let said = format!("dhtls: warning: /{GETDOWN}:{line}: {latest} is left as it is\n");
    assert!(
        done.stderr
            .replace(server.path("root").to_str().unwrap(), "")
            .contains(&said),
        "{done:?}"
    );
}

#[test]
fn an_encrypted_key_goes_into_the_bundle_in_clear_only_when_that_is_wanted() {
    let server = cus();
    let pair = authority().pair(&[HOST]);
    server.hand_in(&pair);
    let encrypt = ["pkcs8", "-topk8", "-passout", "pass:Rosen im Mai"];
    let encrypted = program::output("openssl", &encrypt, &pair.key).stdout;
    server.scratch.write_mode("tls.key", encrypted, 0o600);
    server
        .scratch
        .write_mode("passphrase", "Rosen im Mai\n", 0o600);
    server.refuses_with(HTTPS, &["tls.key", "--passphrase-file"]);
    let line = format!("{HTTPS} --passphrase-file passphrase");
    server.refuses_with(&line, &["tls.key", "--decrypt-key"]);
    let dry = server.succeeds(&line.replace("cus-https", "--dry-run cus-https"));
    assert!(dry.stdout.contains("--decrypt-key"), "{dry:?}");
    let done = server.succeeds(&format!("{line} --decrypt-key"));
    assert!(!format!("{done:?}").contains("Rosen"), "{done:?}");
    assert_bundle(&server.path(BUNDLE), &pair);
    // What is there in clear needs no decryption.
    let again = server.succeeds(&line);
    assert!(again.stdout.contains("unchanged"), "{again:?}");
}

#[test]
fn a_dry_run_runs_neither_lighttpd_nor_what_it_would_run() {
    let Some(live) = CusLive::start() else {
        return;
    };
    live.pair("new");
    let (asked, ran) = (live.scratch().path("asked"), live.scratch().path("ran"));
    let lighttpd = program::find("lighttpd").unwrap();
    let script = format!(
        "#!/bin/sh\ntouch {}\nexec {} \"$@\"\n",
        asked.display(),
        lighttpd.display()
    );
    live.scratch().write("script", script);
    // By a child: a program that is open for writing in this one could not be run.
    let own = live.scratch().text("lighttpd");
    program::run(
        "install",
        &["-m", "755", &live.scratch().text("script"), &own],
    );
    let named = format!("[cus]\nlighttpd = \"{own}\"\n");
    live.scratch().edit("etc/dhtls.toml", "[cus]\n", &named);
    let text = live.text(CONFIG);
    let shell = format!("{text}include_shell \"touch {}\"\n", ran.display());
    live.scratch().write(CONFIG, shell);

    let line = live.https_line("new", "");
    let touched = live.touched();
    live.dhtls(&format!("--dry-run {line}"))
        .exits(0)
        .warns_of(&["what include_shell prints is not known here"])
        .mentions(&["was not checked by lighttpd: a dry run runs nothing"]);
    assert_same(&touched, &live.touched());
    assert!(!asked.exists() && !ran.exists());
    live.dhtls(&line)
        .exits(0)
        .warns_of(&["what include_shell prints is not known here"]);
    assert!(asked.exists() && ran.exists());
    assert!(live.server.https().launcher().is_some());
}
