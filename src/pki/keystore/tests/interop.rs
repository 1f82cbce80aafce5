//! What we write, read by OpenSSL and by Java. Passphrases reach them through files.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use openssl::asn1::Asn1Time;
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::x509::{X509, X509Name};
use tempfile::TempDir;

use super::{changeit, leaf_entry};
use crate::error::KeystoreError;
use crate::pki::key::PrivateKey;
use crate::pki::keystore::{KeyEntry, Keystore, Profile};

/// A folder with a keystore and the passphrase beside it.
struct Written {
    folder: TempDir,
}

impl Written {
    fn new(entry: &KeyEntry, profile: Profile) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = Keystore::encode(entry, &changeit(), profile).unwrap();
        fs::write(folder.path().join("new.p12"), file.expose()).unwrap();
        fs::write(folder.path().join("pass"), "changeit\n").unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn openssl(&self, flags: &[&str]) -> String {
        let pass = format!("file:{}", self.path("pass").display());
        let mut command = Command::new("openssl");
        command
            .args(["pkcs12", "-in"])
            .arg(self.path("new.p12"))
            .args(["-passin", &pass]);
        text(&command.args(flags).output().unwrap())
    }

    fn keytool(&self) -> Option<String> {
        let mut command = keytool()?;
        command
            .args(["-list", "-v", "-keystore"])
            .arg(self.path("new.p12"));
        command.arg("-storepass:file").arg(self.path("pass"));
        Some(text(&command.output().unwrap()))
    }
}

fn text(output: &Output) -> String {
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    assert!(output.status.success(), "{text}");
    text
}

/// In English, whatever the machine speaks. None, and a message, where there is no Java.
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn keytool() -> Option<Command> {
    let path = std::env::var_os("PATH")?;
    let found = std::env::split_paths(&path).any(|folder| folder.join("keytool").is_file());
    if !found {
        eprintln!("skipped: there is no keytool on this machine");
        return None;
    }
    let mut command = Command::new("keytool");
    command.args(["-J-Duser.language=en", "-J-Duser.country=US"]);
    Some(command)
}

fn self_signed(key: PrivateKey, alias: &str) -> KeyEntry {
    let pkey = PKey::private_key_from_der(key.to_pkcs8_der().expose()).unwrap();
    let mut name = X509Name::builder().unwrap();
    name.append_entry_by_text("CN", "deephaven.example.com")
        .unwrap();
    let name = name.build();
    let mut builder = X509::builder().unwrap();
    builder.set_subject_name(&name).unwrap();
    builder.set_issuer_name(&name).unwrap();
    builder.set_pubkey(&pkey).unwrap();
    builder
        .set_not_before(&Asn1Time::from_str("20200101000000Z").unwrap())
        .unwrap();
    builder
        .set_not_after(&Asn1Time::from_str("21200101000000Z").unwrap())
        .unwrap();
    let digest = match pkey.id() {
        openssl::pkey::Id::ED25519 => MessageDigest::null(),
        _ => MessageDigest::sha256(),
    };
    builder.sign(&pkey, digest).unwrap();
    let chain = vec![builder.build().to_der().unwrap()];
    KeyEntry {
        alias: alias.to_owned(),
        key,
        chain,
    }
}

fn generated(algorithm: &str, option: &str) -> PrivateKey {
    let mut command = Command::new("openssl");
    command.args(["genpkey", "-outform", "DER", "-algorithm", algorithm]);
    if !option.is_empty() {
        command.args(["-pkeyopt", option]);
    }
    let output = command.output().unwrap();
    PrivateKey::decode("generated", &output.stdout, None).unwrap()
}

#[test]
fn openssl_opens_what_we_write_in_both_profiles() {
    for (profile, words) in [
        (
            Profile::Java8,
            [
                "pbeWithSHA1And3-KeyTripleDES-CBC",
                "MAC: sha1, Iteration 10000",
            ],
        ),
        (
            Profile::Modern,
            [
                "AES-256-CBC, Iteration 10000, PRF hmacWithSHA256",
                "MAC: sha256",
            ],
        ),
    ] {
        let written = Written::new(&leaf_entry("webapi"), profile);
        let shown = written.openssl(&["-info", "-noenc"]);
        for word in words {
            assert!(shown.contains(word), "{word}: {shown}");
        }
        assert!(shown.contains("friendlyName: webapi"), "{shown}");
        assert_eq!(shown.matches("BEGIN CERTIFICATE").count(), 2);
        assert_eq!(shown.matches("localKeyID").count(), 2);
        let read_back = PrivateKey::decode("shown", shown.as_bytes(), None).unwrap();
        assert_eq!(read_back, leaf_entry("webapi").key);
    }
}

#[test]
fn keytool_opens_what_we_write_in_both_profiles_with_short_and_long_aliases() {
    for profile in [Profile::Java8, Profile::Modern] {
        for alias in ["a", "abcdefghi", "abcdefghijklmnopqrstuvwxyz1234"] {
            let Some(shown) = Written::new(&leaf_entry(alias), profile).keytool() else {
                return;
            };
            assert!(shown.contains(&format!("Alias name: {alias}\n")), "{shown}");
            assert!(shown.contains("Entry type: PrivateKeyEntry"), "{shown}");
            assert!(shown.contains("Certificate chain length: 2"), "{shown}");
            assert!(shown.contains("contains 1 entry"), "{shown}");
        }
    }
}

#[test]
fn keytool_opens_keys_of_every_kind_that_java_serves() {
    for (algorithm, option, profile) in [
        ("RSA", "rsa_keygen_bits:2048", Profile::Java8),
        ("RSA-PSS", "rsa_keygen_bits:2048", Profile::Modern),
        ("EC", "ec_paramgen_curve:P-256", Profile::Java8),
        ("EC", "ec_paramgen_curve:P-384", Profile::Modern),
        ("EC", "ec_paramgen_curve:P-521", Profile::Java8),
        ("ED25519", "", Profile::Modern),
    ] {
        let entry = self_signed(generated(algorithm, option), "webapi");
        let written = Written::new(&entry, profile);
        let shown = written.openssl(&["-noenc"]);
        let read_back = PrivateKey::decode("shown", shown.as_bytes(), None).unwrap();
        assert_eq!(read_back, entry.key, "{algorithm} {option}");
        let Some(shown) = written.keytool() else {
            return;
        };
        assert!(
            shown.contains("Entry type: PrivateKeyEntry"),
            "{algorithm} {option}: {shown}"
        );
    }
}

/// keytool -list does not decrypt the key; copying the entry does.
#[test]
fn keytool_decrypts_the_key_that_we_encrypted() {
    for profile in [Profile::Java8, Profile::Modern] {
        let written = Written::new(&leaf_entry("webapi"), profile);
        let Some(mut command) = keytool() else {
            return;
        };
        command
            .args(["-importkeystore", "-noprompt", "-srckeystore"])
            .arg(written.path("new.p12"));
        command.arg("-srcstorepass:file").arg(written.path("pass"));
        command.arg("-destkeystore").arg(written.path("copy.p12"));
        command.arg("-deststorepass:file").arg(written.path("pass"));
        text(&command.output().unwrap());
        let copy = fs::read(written.path("copy.p12")).unwrap();
        let copy = Keystore::open("copy", &copy, &changeit()).unwrap();
        assert_eq!(copy.key_entry("webapi"), Some(&leaf_entry("webapi")));
    }
}

#[test]
fn keys_that_no_java_of_the_profile_serves_are_refused() {
    for (algorithm, option, profile) in [
        ("ED25519", "", Profile::Java8),
        ("EC", "ec_paramgen_curve:secp256k1", Profile::Modern),
        ("EC", "ec_paramgen_curve:brainpoolP256r1", Profile::Java8),
    ] {
        let entry = self_signed(generated(algorithm, option), "webapi");
        let error = Keystore::encode(&entry, &changeit(), profile).unwrap_err();
        assert!(matches!(error, KeystoreError::Key { .. }), "{error:?}");
    }
}

/// The crate writes RC2-40 for certificates and 3DES for the key, as Java 8 and early 11 did.
#[test]
fn the_p12_crate_and_we_read_each_other() {
    let entry = leaf_entry("webapi");
    let key = entry.key.to_pkcs8_der();
    let (leaf, intermediate) = (&entry.chain[0], &entry.chain[1]);
    let theirs = p12::PFX::new(leaf, key.expose(), Some(intermediate), "changeit", "webapi");
    let opened = Keystore::open("p12", &theirs.unwrap().to_der(), &changeit()).unwrap();
    assert!(opened.holds_only(&entry, Profile::Java8));

    let ours = Keystore::encode(&entry, &changeit(), Profile::Java8).unwrap();
    let read = p12::PFX::parse(ours.expose()).unwrap();
    assert!(read.verify_mac("changeit") && !read.verify_mac("changed"));
    assert_eq!(read.cert_x509_bags("changeit").unwrap(), entry.chain);
    assert_eq!(read.key_bags("changeit").unwrap(), [key.expose()]);
}
