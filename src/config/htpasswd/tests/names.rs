//! Who is in a file, and who can be.

use crate::config::htpasswd::tests::{parse, secret};
use crate::config::htpasswd::{HashKind, check_name, check_password};
use crate::error::HtpasswdError;

#[test]
fn users_are_listed_with_the_kind_of_their_hash_and_their_line() {
    let text = "# users\n\na:$apr1$x$y\nb:{SHA}x\r\nc:$2y$05$x\nd:$6$x\ne:$5$x\nf:$1$x\ng:$y$x\nh:abcdefghijklm\n\
                i:secret\nj:realm:0123\na:$6$x\nnobody\n";
    let users = parse(text).unwrap().users();
    let listed: Vec<_> = users
        .iter()
        .map(|it| (it.name.as_str(), it.kind.to_string(), it.at.line))
        .collect();
    let of = |name: &'static str, kind: &str, line| (name, kind.to_owned(), line);
    assert_eq!(
        listed,
        [
            of("a", "apr1", 3),
            of("b", "SHA-1", 4),
            of("c", "bcrypt", 5),
            of("d", "SHA-512 crypt", 6),
            of("e", "SHA-256 crypt", 7),
            of("f", "MD5 crypt", 8),
            of("g", "yescrypt", 9),
            of("h", "DES", 10),
            of("i", "unknown", 11),
            of("j", "htdigest", 12),
            of("a", "SHA-512 crypt", 13),
        ]
    );
    assert_eq!(users[0].hidden_by, None);
    assert_eq!(users[10].hidden_by.as_ref().unwrap().line, 3);
    assert_eq!(users[0].kind, HashKind::Apr1);
}

#[test]
fn names_that_nobody_could_log_in_with_are_refused() {
    let long = "x".repeat(256);
    for (name, message) in [
        ("", "a user name cannot be empty"),
        ("a:b", "a user name cannot hold a colon: it ends there"),
        ("a\nb", "a user name cannot hold control characters"),
        ("a\0", "a user name cannot hold control characters"),
        ("a\u{85}", "a user name cannot hold control characters"),
        (
            "#a",
            "a user name cannot begin with #: its line would be a comment",
        ),
        (
            "\u{feff}a",
            "a user name cannot begin with a byte order mark",
        ),
        (" a", "a user name cannot begin or end with a blank"),
        ("a\u{a0}", "a user name cannot begin or end with a blank"),
        (&long, "a user name cannot be longer than 255 bytes"),
    ] {
        let mut users = parse("a:b\n").unwrap();
        let error = users.set(name, &secret("$apr1$x$y")).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("{name:?} cannot be a user: {message}")
        );
        assert_eq!(users.bytes().expose(), b"a:b\n");
    }
    for name in ["a", "A. B@c#d\u{fc}", &long[1..]] {
        assert_eq!(check_name(name), Ok(()));
    }
}

#[test]
fn a_hash_that_does_not_fit_into_a_line_is_refused() {
    for hash in ["", "a\nb:c", "a:b", "a b", &"x".repeat(1019)] {
        let error = parse("").unwrap().set("iris", &secret(hash)).unwrap_err();
        assert_eq!(error, HtpasswdError::Hash);
    }
    assert!(
        parse("")
            .unwrap()
            .set("iris", &secret("x".repeat(1018)))
            .is_ok()
    );
}

#[test]
fn passwords_that_nobody_could_log_in_with_are_refused() {
    let message = |password: &[u8]| check_password(password).unwrap_err().to_string();
    assert_eq!(message(b""), "a password cannot be empty");
    for password in ["a\0b", "a\nb", "a\r", "\tb", "\u{7f}"] {
        assert_eq!(
            message(password.as_bytes()),
            "a password cannot hold control characters, as NUL or the end of a line"
        );
    }
    assert_eq!(
        message(&[b'x'; 256]),
        "a password cannot be longer than 255 bytes"
    );
    for password in [
        &b" p:$#\\\"' "[..],
        "p\u{e4}ss".as_bytes(),
        b"\xe4",
        &[b'x'; 255],
    ] {
        assert_eq!(check_password(password), Ok(()));
    }
}
