//! A throw-away authority: root, intermediate, leaves, valid from 2020 to 2099 so that no test depends on
//! the day it runs.

use std::path::PathBuf;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};

use super::program::{fingerprint, run};
use super::scratch::Scratch;

pub(crate) struct Authority {
    root: String,
    intermediate: String,
    issuer: Issuer<'static, KeyPair>,
}

/// A leaf with its key, as a CA sends them.
pub(crate) struct Pair {
    pub(crate) leaf: String,
    pub(crate) intermediate: String,
    /// PKCS#8 PEM.
    pub(crate) key: String,
    /// SHA-256 of the leaf, lower-case hex, as openssl says.
    pub sha256: String,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let params = authority("dhtls test root");
        let root = params.self_signed(&key).unwrap().pem();
        let issuer = Issuer::new(params, key);
        let key = KeyPair::generate().unwrap();
        let params = authority("dhtls test intermediate");
        let intermediate = params.signed_by(&key, &issuer).unwrap().pem();
        Self {
            root,
            intermediate,
            issuer: Issuer::new(params, key),
        }
    }

    /// The trust anchor, PEM.
    pub(crate) fn root(&self) -> &str {
        &self.root
    }

    /// A good leaf for these names, P-256.
    pub(crate) fn pair(&self, names: &[&str]) -> Pair {
        self.pair_with(KeyPair::generate().unwrap(), names)
    }

    /// The same with an RSA key of 2,048 bits, which a Java without the module jdk.crypto.ec needs.
    pub(crate) fn rsa_pair(&self, names: &[&str]) -> Pair {
        let bits = "rsa_keygen_bits:2048";
        let key = run(
            "openssl",
            &["genpkey", "-algorithm", "RSA", "-pkeyopt", bits],
        );
        self.pair_with(KeyPair::from_pem(&key).unwrap(), names)
    }

    /// A good leaf for this name, P-256, in `NAME.crt` and `NAME.key` of the folder.
    pub(crate) fn pair_in(&self, scratch: &Scratch, name: &str, host: &str) -> Pair {
        let pair = self.pair(&[host]);
        pair.write(scratch, name);
        pair
    }

    fn pair_with(&self, key: KeyPair, names: &[&str]) -> Pair {
        self.odd_pair(key, names, |_| {})
    }

    /// A leaf of which `change` makes something else than a CA should issue.
    pub(crate) fn odd_pair(
        &self,
        key: KeyPair,
        names: &[&str],
        change: impl FnOnce(&mut CertificateParams),
    ) -> Pair {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = dated(CertificateParams::new(names).unwrap());
        params
            .distinguished_name
            .push(DnType::CommonName, "dhtls test leaf");
        params.key_usages = vec![
            KeyUsagePurpose::DigitalSignature,
            KeyUsagePurpose::KeyEncipherment,
        ];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        change(&mut params);
        let leaf = params.signed_by(&key, &self.issuer).unwrap().pem();
        Pair {
            sha256: fingerprint(&leaf),
            leaf,
            intermediate: self.intermediate.clone(),
            key: key.serialize_pem(),
        }
    }
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}

impl Pair {
    /// Key, leaf, intermediate, as lighttpd wants them in one file.
    pub(crate) fn bundle(&self) -> String {
        format!("{}{}{}", self.key, self.leaf, self.intermediate)
    }

    /// Writes `NAME.crt` (leaf, intermediate) and `NAME.key`, the latter for its owner only.
    pub(crate) fn write(&self, scratch: &Scratch, name: &str) -> (PathBuf, PathBuf) {
        let chain = format!("{}{}", self.leaf, self.intermediate);
        let certificate = scratch.write_mode(&format!("{name}.crt"), chain, 0o644);
        let key = scratch.write_mode(&format!("{name}.key"), &self.key, 0o600);
        (certificate, key)
    }
}

fn authority(name: &str) -> CertificateParams {
    let mut params = dated(CertificateParams::default());
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn dated(mut params: CertificateParams) -> CertificateParams {
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2099, 1, 1);
    params
}
