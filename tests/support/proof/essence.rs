//! What files say of which each run writes different bytes, since a salt or a moment is in them: by
//! programs that we did not write.

use std::path::Path;

use super::super::program::{fingerprint, output};
use super::super::scratch::Scratch;
use super::super::staged::public_key;
use super::super::stand_in::PASSPHRASE;

/// The password of every user that a scenario adds.
pub(crate) const PASSWORD: &str = "Rosen im Mai";

/// Equal for two files that mean the same; `None`: it is none of those, or damaged.
pub(crate) fn essence(path: &Path, bytes: &[u8]) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    if name.ends_with(".p12") {
        keystore(bytes)
    } else if name.ends_with(".user") {
        users(bytes)
    } else if name.ends_with(".prom") {
        report(bytes)
    } else {
        None
    }
}

/// Friendly names, key and certificates, as openssl reads them.
fn keystore(bytes: &[u8]) -> Option<String> {
    let scratch = Scratch::new();
    let file = scratch.write_mode("keystore", bytes, 0o600);
    let passphrase = format!("pass:{PASSPHRASE}");
    let read = ["pkcs12", "-nodes", "-passin", &passphrase, "-in"];
    let read = output("openssl", &[&read[..], &[file.to_str()?]].concat(), "");
    let text = String::from_utf8(read.stdout)
        .ok()
        .filter(|_| read.status.success())?;
    let names = text.lines().filter(|line| line.contains("friendlyName"));
    let names: Vec<&str> = names.collect();
    let certificates: Vec<String> = text
        .split("-----BEGIN CERTIFICATE-----")
        .skip(1)
        .map(|rest| fingerprint(&format!("-----BEGIN CERTIFICATE-----{rest}")))
        .collect();
    Some(format!("{names:?} {certificates:?} {}", public_key(&text)))
}

/// The users that the password opens, in their order.
fn users(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    let complete = text.ends_with('\n') || text.is_empty();
    let names: Option<Vec<&str>> = text.lines().map(user).collect();
    names.filter(|_| complete).map(|names| names.join(" "))
}

fn user(line: &str) -> Option<&str> {
    let (name, hash) = line.split_once(':')?;
    let salt = hash.strip_prefix("$apr1$")?.split('$').next()?;
    let made = output("openssl", &["passwd", "-apr1", "-salt", salt, PASSWORD], "");
    (String::from_utf8(made.stdout).ok()?.trim() == hash).then_some(name)
}

/// Whole or not: what it says of a certificate depends on whether that could be read.
fn report(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    let says = |name: &str| text.lines().any(|line| line.starts_with(name));
    let whole = text.starts_with("# HELP ") && text.ends_with('\n');
    (whole && says("dhtls_check_status ") && says("dhtls_check_timestamp_seconds "))
        .then(|| "a whole report".to_owned())
}
