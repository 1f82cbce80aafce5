//! Writing: the structure that OpenSSL's `PKCS12_create` writes, with the passphrase wiped from
//! memory and the derivations on two threads. (The openssl crate's `Pkcs12Builder` was seen to leave a
//! copy of the passphrase in freed memory, derives the MAC twice, and takes three times as long.)

use openssl::rand::rand_bytes;
use sha1::{Digest as _, Sha1};

use super::{KeyEntry, Profile};
use crate::error::KeystoreError;
use crate::pki::asn1::{oid, write};
use crate::pki::encryption::{
    Derivation, DerivedKeys, Digest, Encryption, Function, Passphrase, Purpose,
};
use crate::pki::passphrase::check_printable;
use crate::secret::Secret;

/// Java 17's own number. The passphrase is long and random; the iterations are not what protects it.
const ITERATIONS: u32 = 10_000;

/// Bytes of random salt: more than PKCS#5 asks for, no more than Java has always read.
const SALT: usize = 16;

pub(super) fn encode(
    entry: &KeyEntry,
    passphrase: &Secret,
    profile: Profile,
) -> Result<Secret, KeystoreError> {
    check(entry, passphrase, profile)?;
    seal(entry, Passphrase::new(passphrase), profile)
}

pub(super) fn seal(
    entry: &KeyEntry,
    passphrase: Passphrase,
    profile: Profile,
) -> Result<Secret, KeystoreError> {
    let (for_key, for_certificates, mac) =
        (encryption(profile)?, encryption(profile)?, mac(profile)?);
    let wanted = for_key
        .derivations()
        .chain(for_certificates.derivations())
        .chain([&mac]);
    let keys = DerivedKeys::new(passphrase, wanted);

    let shrouded = encrypt(&for_key, &keys, entry.key.to_pkcs8_der().expose())?;
    let shrouded = write::sequence(&[&for_key.to_der(), &write::octet_string(&shrouded)]);
    let names = attributes(entry);
    let key_bags = write::sequence(&[&bag(oid::SHROUDED_KEY_BAG, &shrouded, &names)]);
    let certificates = encrypt(&for_certificates, &keys, &certificate_bags(entry, &names))?;
    let safes = write::sequence(&[
        &encrypted_data(&for_certificates, &certificates),
        &content(oid::DATA, &write::octet_string(&key_bags)),
    ]);
    let file = pfx(&safes, &mac, &keys).ok_or(KeystoreError::Encode)?;
    Ok(Secret::new(file))
}

/// The outermost layer, with the integrity check of what is in it.
fn pfx(safes: &[u8], mac: &Derivation, keys: &DerivedKeys) -> Option<Vec<u8>> {
    Some(write::sequence(&[
        &write::unsigned(3),
        &content(oid::DATA, &write::octet_string(safes)),
        &mac_data(mac, keys, safes)?,
    ]))
}

#[cfg(any(test, feature = "fuzzing"))]
pub(super) fn with_fitting_mac(bytes: &[u8], passphrase: &Secret) -> Option<Vec<u8>> {
    let old = super::pfx::Pfx::parse(bytes).ok()?;
    let mac = Derivation {
        iterations: 1,
        ..old.mac.derivation
    };
    let keys = DerivedKeys::new(Passphrase::new(passphrase), [&mac]);
    pfx(&old.content, &mac, &keys)
}

/// What Java would not find, open or serve is not written.
fn check(entry: &KeyEntry, passphrase: &Secret, profile: Profile) -> Result<(), KeystoreError> {
    check_printable(passphrase.expose()).map_err(|fault| KeystoreError::Passphrase {
        name: "the passphrase file".to_owned(),
        fault,
    })?;
    if check_printable(entry.alias.as_bytes()).is_err() || entry.alias.len() > 64 {
        return Err(KeystoreError::Alias {
            alias: entry.alias.clone(),
        });
    }
    let refuse = |profile| {
        let kind = entry.key.kind().to_string();
        KeystoreError::Key { kind, profile }
    };
    match (entry.key.kind().java_since(), profile) {
        (Some(..=8), _) | (Some(_), Profile::Modern) => {}
        (Some(_), Profile::Java8) => return Err(refuse(Some(profile.name()))),
        (None, _) => return Err(refuse(None)),
    }
    match entry.chain.first() {
        Some(leaf) if entry.key.is_key_of(leaf) => Ok(()),
        Some(_) | None => Err(KeystoreError::Leaf),
    }
}

fn encryption(profile: Profile) -> Result<Encryption, KeystoreError> {
    let salt = random()?;
    Ok(match profile {
        Profile::Java8 => Encryption::triple_des(&salt, ITERATIONS),
        Profile::Modern => Encryption::aes256(&salt, ITERATIONS, &random()?),
    })
}

fn mac(profile: Profile) -> Result<Derivation, KeystoreError> {
    let digest = mac_digest(profile);
    Ok(Derivation {
        function: Function::Pkcs12(digest, Purpose::Mac),
        salt: random()?.to_vec(),
        iterations: ITERATIONS,
        length: digest.length(),
    })
}

fn random() -> Result<[u8; SALT], KeystoreError> {
    let mut bytes = [0; SALT];
    rand_bytes(&mut bytes).map_err(|_| KeystoreError::Encode)?;
    Ok(bytes)
}

fn encrypt(
    encryption: &Encryption,
    keys: &DerivedKeys,
    plain: &[u8],
) -> Result<Vec<u8>, KeystoreError> {
    encryption.encrypt(keys, plain).ok_or(KeystoreError::Encode)
}

/// The names that tie key and leaf together: friendlyName, and the leaf's SHA-1 as localKeyID.
fn attributes(entry: &KeyEntry) -> Vec<u8> {
    let leaf = entry.chain.first().map(Vec::as_slice).unwrap_or_default();
    let attribute =
        |name, value| write::sequence(&[&write::oid(name), &write::set_of(vec![value])]);
    write::set_of(vec![
        attribute(oid::FRIENDLY_NAME, write::bmp_string(&entry.alias)),
        attribute(oid::LOCAL_KEY_ID, write::octet_string(&Sha1::digest(leaf))),
    ])
}

fn certificate_bags(entry: &KeyEntry, names_of_leaf: &[u8]) -> Vec<u8> {
    let names = std::iter::once(names_of_leaf).chain(std::iter::repeat(&[][..]));
    let bags = entry.chain.iter().zip(names).map(|(der, names)| {
        let value = write::explicit_0(&write::octet_string(der));
        let certificate = write::sequence(&[&write::oid(oid::X509_CERTIFICATE), &value]);
        bag(oid::CERT_BAG, &certificate, names)
    });
    write::sequence(&[&bags.collect::<Vec<_>>().concat()])
}

fn bag(kind: &[u8], value: &[u8], attributes: &[u8]) -> Vec<u8> {
    write::sequence(&[&write::oid(kind), &write::explicit_0(value), attributes])
}

fn content(kind: &[u8], value: &[u8]) -> Vec<u8> {
    write::sequence(&[&write::oid(kind), &write::explicit_0(value)])
}

fn encrypted_data(encryption: &Encryption, encrypted: &[u8]) -> Vec<u8> {
    let info = write::sequence(&[
        &write::oid(oid::DATA),
        &encryption.to_der(),
        &write::implicit_0(encrypted),
    ]);
    content(
        oid::ENCRYPTED_DATA,
        &write::sequence(&[&write::unsigned(0), &info]),
    )
}

fn mac_data(derivation: &Derivation, keys: &DerivedKeys, safes: &[u8]) -> Option<Vec<u8>> {
    let Function::Pkcs12(digest, _) = derivation.function else {
        return None;
    };
    let mac = digest.hmac(keys.derive(derivation)?.expose(), safes);
    let algorithm = write::sequence(&[&write::oid(digest.oid()), &write::null()]);
    let info = write::sequence(&[&algorithm, &write::octet_string(mac.expose())]);
    let salt = write::octet_string(&derivation.salt);
    Some(write::sequence(&[
        &info,
        &salt,
        &write::unsigned(derivation.iterations),
    ]))
}

fn mac_digest(profile: Profile) -> Digest {
    match profile {
        Profile::Java8 => Digest::Sha1,
        Profile::Modern => Digest::Sha256,
    }
}
