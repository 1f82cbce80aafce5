//! What testdata/keystores holds, opened. Its README says how each file was made.

mod altered;
mod interop;

use std::fs;
use std::path::Path;

use openssl::x509::X509;

use super::*;

fn bytes(file: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("testdata/keystores")
        .join(file);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn changeit() -> Secret {
    Secret::new(b"changeit".to_vec())
}

fn open(file: &str) -> Result<Keystore, KeystoreError> {
    Keystore::open(file, &bytes(file), &changeit())
}

fn certificate(name: &str) -> Vec<u8> {
    X509::from_pem(&bytes(&format!("source/{name}.crt")))
        .unwrap()
        .to_der()
        .unwrap()
}

fn key(name: &str) -> PrivateKey {
    PrivateKey::decode(name, &bytes(&format!("source/{name}.key")), None).unwrap()
}

/// The pair that most of the files hold.
fn leaf_entry(alias: &str) -> KeyEntry {
    KeyEntry {
        alias: alias.to_owned(),
        key: key("leaf"),
        chain: vec![certificate("leaf"), certificate("intermediate")],
    }
}

#[test]
fn every_dialect_opens_with_the_same_content() {
    use Profile::{Java8, Modern};
    for (file, alias, profile) in [
        ("openssl-modern.p12", "webapi", Modern),
        ("openssl-java8.p12", "webapi", Java8),
        ("openssl-legacy.p12", "webapi", Java8),
        ("openssl-rc2-128.p12", "webapi", Java8),
        ("openssl-aes-sha1-mac.p12", "webapi", Modern),
        ("openssl-aes-128-sha512-mac.p12", "webapi", Modern),
        ("openssl-plain.p12", "webapi", Modern),
        (
            "openssl-alias-30.p12",
            "abcdefghijklmnopqrstuvwxyz1234",
            Modern,
        ),
        ("openssl-no-name.p12", "1", Modern),
        ("keytool-alias-1.p12", "a", Modern),
        ("keytool-alias-9.p12", "abcdefghi", Modern),
        (
            "keytool-alias-30.p12",
            "abcdefghijklmnopqrstuvwxyz1234",
            Modern,
        ),
        ("keytool-legacy-alias-1.p12", "a", Java8),
        ("keytool-legacy-alias-9.p12", "abcdefghi", Java8),
        (
            "keytool-legacy-alias-30.p12",
            "abcdefghijklmnopqrstuvwxyz1234",
            Java8,
        ),
    ] {
        let keystore = open(file).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert_eq!(keystore.entries, [Entry::Key(leaf_entry(alias))], "{file}");
        assert!(keystore.extra_certificates.is_empty(), "{file}");
        assert_eq!(keystore.protection.profile, profile, "{file}");
        // Java passes over a key that is not encrypted, so that one has to be written anew.
        let has_bare_key = file == "openssl-plain.p12";
        let as_written = keystore.holds_only(&leaf_entry(alias), profile);
        assert_eq!(as_written, !has_bare_key, "{file}");
    }
}

#[test]
fn protection_says_how_a_keystore_is_encrypted() {
    let protection = open("keytool-legacy-alias-1.p12").unwrap().protection;
    let algorithm = |name: &str, iterations| {
        Some(Algorithm {
            name: name.to_owned(),
            iterations,
        })
    };
    assert_eq!(protection.mac, "HMAC-SHA1");
    assert_eq!(protection.mac_iterations, 100_000);
    assert_eq!(
        protection.keys,
        algorithm("3DES-CBC, PKCS#12 with SHA1", 50_000)
    );
    assert_eq!(
        protection.certificates,
        algorithm("RC2-40-CBC, PKCS#12 with SHA1", 50_000)
    );

    let protection = open("openssl-modern.p12").unwrap().protection;
    let aes = algorithm("AES-256-CBC, PBKDF2 with HMAC-SHA256", 2048);
    assert_eq!(
        (protection.keys, protection.certificates),
        (aes.clone(), aes)
    );
    let plain = open("openssl-plain.p12").unwrap().protection;
    assert_eq!((plain.keys, plain.has_bare_key), (None, true));
}

#[test]
fn every_entry_is_read() {
    let keystore = open("keytool-several.p12").unwrap();
    let mut found = keystore.entries.clone();
    found.sort_by_key(|entry| entry.alias().to_owned());
    let other = KeyEntry {
        alias: "other".to_owned(),
        key: key("other"),
        chain: vec![certificate("other"), certificate("root")],
    };
    let root = certificate("root");
    // Java too goes on to a root that it trusts (keytool: "Certificate chain length: 3").
    let mut webapi = leaf_entry("webapi");
    webapi.chain.push(root.clone());
    assert_eq!(
        found,
        [
            Entry::Key(other.clone()),
            Entry::Trusted {
                alias: "our-root".to_owned(),
                certificate: root
            },
            Entry::Other {
                alias: "secret".to_owned(),
                kind: "a secret key".to_owned()
            },
            Entry::Key(webapi.clone()),
        ]
    );
    assert!(keystore.extra_certificates.is_empty());
    assert_eq!(keystore.key_entry("OTHER"), Some(&other));
    assert_eq!(keystore.key_entry("secret"), None);
    assert!(!keystore.holds_only(&webapi, Profile::Modern));
}

#[test]
fn a_keystore_of_trusted_certificates_has_no_keys() {
    let keystore = open("keytool-trusted.p12").unwrap();
    let certificate = certificate("root");
    assert_eq!(
        keystore.entries,
        [Entry::Trusted {
            alias: "our-root".to_owned(),
            certificate
        }]
    );
}

#[test]
fn certificates_of_no_entry_are_extra() {
    let keystore = open("openssl-no-keys.p12").unwrap();
    assert_eq!(keystore.entries, []);
    assert_eq!(keystore.extra_certificates, [certificate("leaf")]);
}

#[test]
fn after_a_renewal_the_local_key_id_tells_the_leaf() {
    let keystore = open("openssl-renewed.p12").unwrap();
    let entry = keystore.key_entry("webapi").unwrap();
    assert_eq!(entry.chain, [certificate("leaf")]);
    assert_eq!(keystore.extra_certificates, [certificate("leaf-old")]);
}

#[test]
fn both_encodings_of_the_empty_passphrase_open() {
    let file = bytes("openssl-empty-passphrase.p12");
    let keystore = Keystore::open("empty", &file, &Secret::default()).unwrap();
    assert_eq!(keystore.entries.len(), 1);

    let passphrase = crate::pki::encryption::Passphrase::none();
    let file = encode::seal(&leaf_entry("webapi"), passphrase, Profile::Java8).unwrap();
    let keystore = Keystore::open("none", file.expose(), &Secret::default()).unwrap();
    assert!(keystore.holds_only(&leaf_entry("webapi"), Profile::Java8));
}

#[test]
fn wrong_unsupported_and_damaged_are_three_errors() {
    let wrong = Secret::new(b"changed".to_vec());
    for file in [
        "openssl-modern.p12",
        "openssl-java8.p12",
        "keytool-alias-9.p12",
    ] {
        let error = Keystore::open(file, &bytes(file), &wrong).unwrap_err();
        assert!(
            matches!(error, KeystoreError::WrongPassphrase { .. }),
            "{error:?}"
        );
        let empty = Keystore::open(file, &bytes(file), &Secret::default()).unwrap_err();
        assert!(
            matches!(empty, KeystoreError::WrongPassphrase { .. }),
            "{empty:?}"
        );
    }
    let error = open("openssl-rc4.p12").unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot read the keystore openssl-rc4.p12: RC4-128 is not supported"
    );
    let file = bytes("openssl-modern.p12");
    for length in [0, 1, 100, file.len() - 1] {
        let error = Keystore::open("cut", &file[..length], &changeit()).unwrap_err();
        assert!(matches!(error, KeystoreError::Damaged { .. }), "{error:?}");
    }
}

#[test]
fn jks_is_named_with_the_way_to_convert_it() {
    let error = open("keytool-jks.jks").unwrap_err();
    assert!(
        matches!(error, KeystoreError::Unsupported { .. }),
        "{error:?}"
    );
    let hint = error.hint().unwrap();
    assert!(
        hint.contains("keytool -importkeystore -srckeystore keytool-jks.jks"),
        "{hint}"
    );
}

#[test]
fn other_files_are_told_from_keystores() {
    let error = open("source/leaf.crt").unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot read the keystore source/leaf.crt: PEM instead of PKCS#12 is not supported"
    );
}

#[test]
fn a_keystore_without_mac_is_refused() {
    let error = open("openssl-no-mac.p12").unwrap_err();
    assert!(matches!(error, KeystoreError::NoMac { .. }), "{error:?}");
}

#[test]
fn a_key_under_another_passphrase_is_named() {
    let error = open("java-two-passphrases.p12").unwrap_err();
    assert_eq!(
        error.to_string(),
        "the key \"webapi\" in java-two-passphrases.p12 has another passphrase than the keystore"
    );
}

#[test]
fn an_mac_of_rfc_9579_is_unsupported_by_name() {
    let mut file = bytes("openssl-modern.p12");
    let sha256 = crate::pki::asn1::oid::SHA256;
    let at = file
        .windows(sha256.len())
        .rposition(|window| window == sha256)
        .unwrap();
    file[at..at + sha256.len()].copy_from_slice(crate::pki::asn1::oid::PBMAC1);
    let error = Keystore::open("new.p12", &file, &changeit()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot read the keystore new.p12: PBMAC1 is not supported"
    );
}

#[test]
fn what_is_written_opens_with_the_same_content() {
    for profile in [Profile::Java8, Profile::Modern] {
        let entry = leaf_entry("WebAPI");
        let file = Keystore::encode(&entry, &changeit(), profile).unwrap();
        let keystore = Keystore::open("new", file.expose(), &changeit()).unwrap();
        assert_eq!(keystore.entries, [Entry::Key(entry.clone())]);
        assert_eq!(keystore.protection.mac_iterations, 10_000);
        assert!(keystore.holds_only(&leaf_entry("webapi"), profile));
        assert!(!keystore.holds_only(&leaf_entry("other"), profile));

        let unlike = match profile {
            Profile::Java8 => Profile::Modern,
            Profile::Modern => Profile::Java8,
        };
        assert!(!keystore.holds_only(&entry, unlike));
        let without_intermediate = KeyEntry {
            chain: vec![certificate("leaf")],
            ..entry.clone()
        };
        assert!(!keystore.holds_only(&without_intermediate, profile));
        let other_key = KeyEntry {
            key: key("other"),
            ..entry
        };
        assert!(!keystore.holds_only(&other_key, profile));
    }
}

#[test]
fn a_chain_with_a_gap_is_kept_whole() {
    let entry = KeyEntry {
        chain: vec![
            certificate("leaf"),
            certificate("root"),
            certificate("other"),
        ],
        ..leaf_entry("webapi")
    };
    let file = Keystore::encode(&entry, &changeit(), Profile::Modern).unwrap();
    let keystore = Keystore::open("new", file.expose(), &changeit()).unwrap();
    assert_eq!(keystore.key_entry("webapi").unwrap().chain.len(), 1);
    assert!(keystore.holds_only(&entry, Profile::Modern));
}

#[test]
fn what_java_cannot_find_or_open_is_not_written() {
    for alias in ["", "a\0b", "caf\u{e9}", "a\nb", &"a".repeat(65)] {
        let error = Keystore::encode(&leaf_entry(alias), &changeit(), Profile::Modern).unwrap_err();
        assert!(matches!(error, KeystoreError::Alias { .. }), "{error:?}");
    }
    for passphrase in ["", "a\0b", "caf\u{e9}", "changeit\n"] {
        let passphrase = Secret::new(passphrase.as_bytes().to_vec());
        let error = Keystore::encode(&leaf_entry("a"), &passphrase, Profile::Java8).unwrap_err();
        assert!(
            matches!(error, KeystoreError::Passphrase { .. }),
            "{error:?}"
        );
    }
    for chain in [
        vec![],
        vec![certificate("other")],
        vec![b"no certificate".to_vec()],
    ] {
        let entry = KeyEntry {
            chain,
            ..leaf_entry("a")
        };
        let error = Keystore::encode(&entry, &changeit(), Profile::Java8).unwrap_err();
        assert!(matches!(error, KeystoreError::Leaf), "{error:?}");
    }
}

#[test]
fn the_candidate_that_fits_opens() {
    let decode = |text: &[u8]| {
        let file = Secret::new(text.to_vec());
        crate::pki::passphrase::decode_base64_file("pass", &file).unwrap()
    };
    let file = bytes("openssl-modern.p12");
    // printf 'changeit\n' | base64
    let with_newline = decode(b"Y2hhbmdlaXQK\n");
    let (_, used) = Keystore::open_with("old", &file, &with_newline).unwrap();
    assert_eq!(used.expose(), b"changeit");

    let raw = crate::pki::encryption::Passphrase::new(&Secret::new(b"changeit\n".to_vec()));
    let file = encode::seal(&leaf_entry("webapi"), raw, Profile::Modern).unwrap();
    let (_, used) = Keystore::open_with("old", file.expose(), &with_newline).unwrap();
    assert_eq!(used.expose(), b"changeit\n");
    let error = Keystore::open_with("old", file.expose(), &decode(b"Y2hhbmdlaXQ=")).unwrap_err();
    assert!(
        matches!(error, KeystoreError::WrongPassphrase { .. }),
        "{error:?}"
    );
}
