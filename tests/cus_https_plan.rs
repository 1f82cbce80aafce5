//! What cus-https decides to write on which layout, with `--root`: lighttpd does not run, and no rights are
//! needed.
#![allow(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use support::cus::assert_bundle;
use support::cus_files::{CONFIG, GETDOWN};
use support::cus_staged::{
    BUNDLE, HTTPS, below, by_certbot, config, cus, getdown, has_lines, reports_true_lines,
};
use support::stand_in::{HOST, KEYSTORE, StandIn, authority, keystore};

const UNCHANGED: &str = "unchanged    everything is as wanted already\n";

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

/// Another pair in `tls.crt` and `tls.key`.
fn handed_in(server: &StandIn) -> support::authority::Pair {
    let pair = authority().pair(&[HOST]);
    server.hand_in(&pair);
    pair
}

#[test]
fn a_dry_run_shows_every_file_and_touches_none() {
    let server = cus();
    let before = server.everything();
    let shown = server.succeeds(&HTTPS.replace("cus-https", "--dry-run cus-https"));
    shown.says(&[
        "-server.port = 80\n",
        "+server.port = 443\n",
        "+ssl.engine = \"enable\"\n",
        "+ssl.pemfile = \"/etc/ssl/private/lighttpd.pem\"\n",
        &format!("-appbase = http://{HOST}/iris/\n"),
        &format!("+appbase = https://{HOST}/iris/\n"),
        "etc/ssl/private/lighttpd.pem",
    ]);
    assert!(!shown.stdout.contains("PRIVATE KEY"), "{shown:?}");
    server.is_still(&before);
}

#[test]
fn bundle_configuration_and_launcher_file_are_written_and_nothing_else() {
    let server = cus();
    let pair = handed_in(&server);
    let before = server.everything();
    let (old_config, old_getdown) = (config(&server), getdown(&server));
    let done = server.succeeds(HTTPS);
    done.says(&["not checked by lighttpd", "redirect"]);
    assert_bundle(&server.path(BUNDLE), &pair);
    let wanted = ["server.port = 443", "ssl.engine = \"enable\""];
    has_lines(&config(&server), &wanted);
    has_lines(
        &config(&server),
        &["ssl.pemfile = \"/etc/ssl/private/lighttpd.pem\""],
    );
    assert!(config(&server).contains("mod_openssl"));
    // Whatever else there was is there, in its order.
    for (old, new) in [
        (old_config, config(&server)),
        (old_getdown, getdown(&server)),
    ] {
        let mut rest = new.lines();
        for line in old.lines() {
            let goes = ["server.port", "#ssl.engine", "appbase", "ui.install_error"];
            let kept =
                goes.iter().any(|start| line.starts_with(start)) || rest.any(|it| it == line);
            assert!(kept, "{line:?} is gone from:\n{new}");
        }
    }
    let changed = server.differences(&before);
    let mut files = vec![below(CONFIG), below(GETDOWN), BUNDLE.to_owned()];
    files.push("root/etc/ssl".to_owned());
    files.push("root/etc/ssl/private".to_owned());
    files.sort();
    let beside_history: Vec<_> = changed
        .into_iter()
        .filter(|name| !name.starts_with("root/var/lib"))
        .collect();
    assert_eq!(beside_history, files);
}

#[test]
fn a_second_run_finds_everything_as_wanted() {
    let server = cus();
    server.succeeds(HTTPS);
    let before = server.everything();
    let again = server.succeeds(HTTPS);
    assert!(again.stdout.ends_with(UNCHANGED), "{again:?}");
    assert!(!again.stderr.contains("redirect"), "{again:?}");
    server.is_still(&before);
}

#[test]
fn a_switch_in_the_words_of_later_releases_is_written_out_in_the_line_that_is_named() {
    for written in ["\"true\"", "1", "\"Enable\""] {
        let server = cus();
        let text = config(&server) + "ssl.engine = " + written + "\n";
        server.scratch.write(&below(CONFIG), text);
        let done = server.succeeds(HTTPS);
        has_lines(&config(&server), &["ssl.engine = \"enable\""]);
        reports_true_lines(&server, &done.stdout);
    }
}

#[test]
fn every_address_becomes_https_and_its_original_stays_once_as_a_comment() {
    let server = cus();
    server.succeeds(HTTPS);
    server.succeeds(&format!("{HTTPS} --port 8443"));
    let text = getdown(&server);
    for (key, path) in [
        ("appbase", ""),
        ("ui.install_error", "help.html"),
        ("ui.install_error.de", "hilfe.html"),
    ] {
        has_lines(
            &text,
            &[&format!("{key} = https://{HOST}:8443/iris/{path}")],
        );
        let original = format!("{key} = http://{HOST}/iris/{path}");
        let kept: Vec<_> = text
            .lines()
            .filter(|line| line.ends_with(&original))
            .collect();
        assert_eq!(kept.len(), 1, "{text}");
        assert!(kept[0].starts_with('#'), "{text}");
    }
    has_lines(&config(&server), &["server.port = 8443"]);
}

#[test]
fn a_missing_folder_of_the_bundle_is_made_for_root_alone() {
    let server = cus();
    server.succeeds(HTTPS);
    for name in ["root/etc/ssl", "root/etc/ssl/private"] {
        assert_eq!(mode(&server.path(name)), 0o700, "{name}");
    }
    server.succeeds("--root root rollback");
    assert!(!server.path("root/etc/ssl").exists());

    let other = cus();
    fs::create_dir_all(other.path("root/etc/pki/tls/private")).unwrap();
    other.succeeds(&format!("{HTTPS} --bundle /etc/pki/tls/private/cus.pem"));
    assert!(other.path("root/etc/pki/tls/private/cus.pem").is_file());
    assert_eq!(mode(&other.path("root/etc/pki/tls/private")), 0o755);
    assert!(!other.path(BUNDLE).exists());
    has_lines(
        &config(&other),
        &["ssl.pemfile = \"/etc/pki/tls/private/cus.pem\""],
    );
}

#[test]
fn the_bundle_goes_where_the_configuration_has_it() {
    let server = cus();
    let old = authority().pair(&[HOST]);
    server
        .scratch
        .write_mode("root/srv/tls/cus.pem", old.bundle(), 0o640);
    server.scratch.edit(
        &below(CONFIG),
        "#ssl.pemfile = \"/etc/ssl/private/lighttpd.pem\"",
        "ssl.pemfile = \"/srv/tls/cus.pem\"",
    );
    let pair = handed_in(&server);
    server.succeeds(HTTPS);
    assert_bundle(&server.path("root/srv/tls/cus.pem"), &pair);
    assert!(!server.path(BUNDLE).exists());
    has_lines(&config(&server), &["ssl.pemfile = \"/srv/tls/cus.pem\""]);
}

#[test]
fn certbots_files_are_read_and_never_written() {
    let server = cus();
    let pair = authority().pair(&[HOST]);
    let live = by_certbot(&server, &pair);
    let (certbots, before) = (server.path("root/etc/letsencrypt"), server.everything());
    let from = format!("--crt {live}/fullchain.pem --key {live}/privkey.pem");
    server.succeeds(&HTTPS.replace("--crt tls.crt --key tls.key", &from));
    assert_bundle(&server.path(BUNDLE), &pair);
    assert_eq!(mode(server.path(BUNDLE).parent().unwrap()), 0o700);
    let text = config(&server);
    has_lines(&text, &["ssl.pemfile = \"/etc/ssl/private/lighttpd.pem\""]);
    let privkeys: Vec<_> = text
        .lines()
        .filter(|line| line.contains("ssl.privkey"))
        .collect();
    assert!(privkeys.iter().all(|line| line.starts_with('#')), "{text}");
    assert!(certbots.is_dir());
    let touched = server.differences(&before);
    assert!(
        !touched.iter().any(|name| name.contains("letsencrypt")),
        "{touched:?}"
    );
}

#[test]
fn without_a_pair_it_is_the_one_of_the_runbook() {
    let server = cus();
    let pair = authority().pair(&[HOST]);
    let chain = format!("{}{}", pair.leaf, pair.intermediate);
    server
        .scratch
        .write("root/etc/ssl/certs/lighttpd.crt", chain);
    server
        .scratch
        .write_mode("root/etc/ssl/private/lighttpd.key", &pair.key, 0o600);
    let line = HTTPS.replace("--crt tls.crt --key tls.key ", "");
    let done = server.succeeds(&line);
    done.says(&[
        "/etc/ssl/certs/lighttpd.crt",
        "/etc/ssl/private/lighttpd.key",
    ]);
    assert_bundle(&server.path(BUNDLE), &pair);

    fs::remove_file(server.path("root/etc/ssl/private/lighttpd.key")).unwrap();
    server.refuses_with(
        &line,
        &[
            "/etc/ssl/certs/lighttpd.crt",
            "/etc/ssl/private/lighttpd.key",
            "--crt",
        ],
    );
}

#[test]
fn without_that_one_it_is_the_pair_of_the_web_api() {
    let server = cus();
    let pair = authority().pair(&[HOST]);
    let bytes = keystore(
        &[&pair.key, &pair.leaf, &pair.intermediate],
        &["-name", "webapi"],
    );
    fs::remove_file(server.path(KEYSTORE)).unwrap();
    server.scratch.write_mode(KEYSTORE, bytes, 0o440);
    let line = HTTPS.replace("--crt tls.crt --key tls.key ", "");
    server.succeeds(&line).says(&["webServices-keystore.p12"]);
    assert_bundle(&server.path(BUNDLE), &pair);

    let bare = cus();
    fs::remove_file(bare.path(KEYSTORE)).unwrap();
    bare.refuses_with(&line, &["webServices-keystore.p12", "--crt", "--pfx"]);
}

#[test]
fn an_equal_bundle_in_another_form_stays_as_it_is() {
    let server = cus();
    let pair = handed_in(&server);
    server.succeeds(HTTPS);
    let crlf = pair.bundle().replace('\n', "\r\n");
    let elaborate = format!("Bag Attributes\r\n    friendlyName: webapi\r\n{crlf}");
    for bundle in [crlf, elaborate] {
        server.scratch.write_mode(BUNDLE, &bundle, 0o600);
        let before = server.everything();
        let again = server.succeeds(HTTPS);
        assert!(again.stdout.ends_with(UNCHANGED), "{again:?}");
        server.is_still(&before);
    }
    // A key that others can read is mended, the bytes stay.
    let text = pair.bundle();
    server.scratch.write_mode(BUNDLE, &text, 0o644);
    server.succeeds(HTTPS);
    assert_eq!(mode(&server.path(BUNDLE)), 0o600);
    assert_eq!(server.text(BUNDLE), text);
}
