//! What the commands of the Client Update Service ask a person at the terminal.
#![allow(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

mod support;

use support::cus::assert_bundle;
use support::cus_files::USERS_FILE;
use support::cus_staged::{BUNDLE, HTTPS, below, cus};
use support::program::output;
use support::stand_in::{HOST, authority};
use support::terminal::at_terminal;

const ADD: &str = "--root root cus-auth add anna";
const QUESTIONS: [&str; 2] = ["password of anna: ", "the same once more: "];

#[test]
fn a_new_password_is_asked_for_twice_and_not_echoed() {
    let server = cus();
    let typed = "Rosen im Mai";
    let run = at_terminal(&server, ADD, &QUESTIONS.map(|question| (question, typed)));
    assert_eq!(run.code, 0, "{run:?}");
    assert!(!run.stdout.contains(typed), "{run:?}");
    let text = server.text(&below(USERS_FILE));
    let (salt, _) = text
        .strip_prefix("anna:$apr1$")
        .unwrap()
        .split_once('$')
        .unwrap();
    let hash = output(
        "openssl",
        &["passwd", "-apr1", "-salt", salt, "-stdin"],
        typed,
    );
    let hash = String::from_utf8(hash.stdout).unwrap();
    assert_eq!(text, format!("anna:{hash}"));
}

#[test]
fn two_passwords_that_differ_and_an_empty_one_change_nothing() {
    let server = cus();
    let before = server.everything();
    let differ = [(QUESTIONS[0], "Rosen"), (QUESTIONS[1], "Rose")];
    for (answers, said) in [
        (
            &differ[..],
            "dhtls: error: the two passwords differ\ndhtls: hint: ",
        ),
        (&[(QUESTIONS[0], "")][..], "a password cannot be empty"),
    ] {
        let run = at_terminal(&server, ADD, answers);
        assert_eq!(run.code, 1, "{run:?}");
        assert!(run.stdout.contains(said), "{run:?}");
        server.is_still(&before);
    }
}

#[test]
fn an_encrypted_key_is_written_in_clear_for_whoever_agrees_alone() {
    let server = cus();
    let pair = authority().pair(&[HOST]);
    server.hand_in(&pair);
    let passphrase = "Rosen im Mai";
    let encrypt = ["pkcs8", "-topk8", "-passout", &format!("pass:{passphrase}")];
    let encrypted = output("openssl", &encrypt, &pair.key).stdout;
    server.scratch.write_mode("tls.key", encrypted, 0o600);
    let before = server.everything();
    let asked = "/etc/ssl/private/lighttpd.pem, for root only? [y/N] ";
    for no in ["n", "", "perhaps"] {
        let run = at_terminal(&server, HTTPS, &[("tls.key: ", passphrase), (asked, no)]);
        assert_eq!(run.code, 1, "{run:?}");
        assert!(run.stdout.contains("stays encrypted"), "{run:?}");
        server.is_still(&before);
    }
    let wrong = at_terminal(&server, HTTPS, &[("tls.key: ", "Rosen im Juni")]);
    assert_eq!(wrong.code, 1, "{wrong:?}");
    server.is_still(&before);
    // A dry run asks for the passphrase alone, and says what would be asked.
    let dry = HTTPS.replace("cus-https", "--dry-run cus-https");
    let run = at_terminal(&server, &dry, &[("tls.key: ", passphrase)]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(
        run.stdout.contains("without --decrypt-key you are asked"),
        "{run:?}"
    );
    server.is_still(&before);
    let run = at_terminal(&server, HTTPS, &[("tls.key: ", passphrase), (asked, "y")]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(!run.stdout.contains(passphrase), "{run:?}");
    assert_bundle(&server.path(BUNDLE), &pair);
}
