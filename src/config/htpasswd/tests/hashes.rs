//! Hashes held against those of `openssl passwd`.

use std::io::Write;
use std::process::{Command, Stdio};

use proptest::collection::vec;
use proptest::prelude::{ProptestConfig, Strategy, any};
use proptest::{prop_assert_eq, proptest};

use crate::config::htpasswd::tests::secret;
use crate::config::htpasswd::{Salt, apr1, verify};

/// What openssl makes of passwords, a line each.
fn openssl(salt: &str, passwords: &[Vec<u8>]) -> Vec<String> {
    let mut openssl = Command::new("openssl")
        .args(["passwd", "-apr1", "-salt", salt, "-stdin"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = openssl.stdin.take().unwrap();
    let input: Vec<u8> = passwords
        .iter()
        .flat_map(|password| [password, &b"\n"[..]].concat())
        .collect();
    let writer = std::thread::spawn(move || stdin.write_all(&input).unwrap());
    let output = openssl.wait_with_output().unwrap();
    writer.join().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(str::to_owned).collect()
}

fn shown(password: &[u8], salt: [u8; 8]) -> String {
    let hash = apr1(password, Salt::from_random(salt));
    String::from_utf8(hash.expose().to_vec()).unwrap()
}

/// Any bytes but those that end a line of openssl's input.
fn password(longest: usize) -> impl Strategy<Value = Vec<u8>> {
    let byte = any::<u8>().prop_filter("ends a line", |byte| !matches!(byte, 0 | b'\n'));
    vec(byte, 0..=longest)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(25))]

    #[test]
    fn apr1_is_what_openssl_makes(salt in any::<[u8; 8]>(), passwords in vec(password(200), 40)) {
        let ours: Vec<String> = passwords.iter().map(|password| shown(password, salt)).collect();
        let salt = ours[0].split('$').nth(2).unwrap();
        prop_assert_eq!(openssl(salt, &passwords), ours.clone());
        prop_assert_eq!(verify(&passwords[0], &secret(&ours[0])), Some(true));
    }
}

#[test]
fn every_length_up_to_the_longest_password_is_hashed_as_by_openssl() {
    let passwords: Vec<Vec<u8>> = (0..=255usize)
        .map(|length| (0..length).map(|at| b'!' + (at % 90) as u8).collect())
        .collect();
    let ours: Vec<String> = passwords
        .iter()
        .map(|password| shown(password, [0x3f; 8]))
        .collect();
    assert_eq!(openssl("zzzzzzzz", &passwords), ours);
}

#[test]
fn a_salt_has_eight_characters_of_crypt() {
    assert!(shown(b"x", [0, 1, 2, 11, 12, 37, 38, 63]).starts_with("$apr1$./09AZaz$"));
    assert!(shown(b"x", [64, 129, 255, 0, 0, 0, 0, 0]).starts_with("$apr1$./z.....$"));
}

#[test]
fn a_password_is_told_from_another() {
    let hash = apr1(b"secret", Salt::from_random([7; 8]));
    assert_eq!(verify(b"secret", &hash), Some(true));
    for other in [&b"Secret"[..], b"secret ", b"secre", b""] {
        assert_eq!(verify(other, &hash), Some(false));
    }
}

#[test]
fn hashes_of_others_are_verified_as_far_as_we_can() {
    // openssl passwd -apr1 -salt ab secret
    assert_eq!(
        verify(b"secret", &secret("$apr1$ab$jiiV6N7hIIuIoJbc1hxOE/")),
        Some(true)
    );
    assert_eq!(
        verify(b"password", &secret("{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=")),
        Some(true)
    );
    assert_eq!(
        verify(b"Password", &secret("{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=")),
        Some(false)
    );
    assert_eq!(verify(b"password", &secret("{SHA}no base64")), Some(false));
    for damaged in [
        "$apr1$",
        "$apr1$ab",
        "$apr1$ab$",
        "$apr1$ab$jiiV6N7hIIuIoJbc1hxOE/x",
    ] {
        assert_eq!(verify(b"secret", &secret(damaged)), Some(false));
    }
    for unknown in ["", "secret", "$6$x$y", "$2y$05$x", "abcdefghijklm"] {
        assert_eq!(verify(b"secret", &secret(unknown)), None);
    }
}
