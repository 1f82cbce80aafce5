//! Any number of different certificates, quickly: one key for all, each with a serial number and a name of
//! its own.

use std::thread;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SerialNumber,
};
use time::{Duration, OffsetDateTime};
use x509_parser::certificate::X509Certificate;
use x509_parser::parse_x509_certificate;
use x509_parser::pem::parse_x509_pem;

use super::support::{Cost, Result, cost_here};

pub(crate) struct Authority {
    pub(crate) root: String,
    pub(crate) intermediate: String,
    /// Of all leaves, PKCS#8.
    pub(crate) key: KeyPair,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    pub(crate) fn new() -> Result<Self> {
        let key = KeyPair::generate()?;
        let params = authority("Benchmark root", 3_650)?;
        let root = params.self_signed(&key)?.pem();
        let issuer = Issuer::new(params, key);
        let key = KeyPair::generate()?;
        let params = authority("Benchmark intermediate", 1_825)?;
        let intermediate = params.signed_by(&key, &issuer)?.pem();
        Ok(Self {
            root,
            intermediate,
            key: KeyPair::generate()?,
            issuer: Issuer::new(params, key),
        })
    }

    /// The leaf of that number, P-256, PEM; nothing is wrong with it.
    pub(crate) fn leaf(&self, number: usize) -> Result<String> {
        Ok(self.certificate(number)?.pem())
    }

    pub(crate) fn certificate(&self, number: usize) -> Result<rcgen::Certificate> {
        let name = format!("host-{number}.bench.example.com");
        let mut params = CertificateParams::new([name.clone(), "127.0.0.1".to_owned()])?;
        live(&mut params, &name, 200);
        params.serial_number = Some(SerialNumber::from(1_000_000 + number as u64));
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        Ok(params.signed_by(&self.key, &self.issuer)?)
    }

    /// One signature check for each leaf, in DER, and nothing else. On all cores, for cores that share a
    /// unit are slower together, and dhtls uses them all.
    pub(crate) fn check_signatures(&self, leaves: &[Vec<u8>]) -> Result<Cost> {
        let intermediate = parse_x509_pem(self.intermediate.as_bytes())?.1.contents;
        let (_, intermediate) = parse_x509_certificate(&intermediate)?;
        let parsed = leaves
            .iter()
            .map(|leaf| Ok(parse_x509_certificate(leaf)?.1));
        let parsed = parsed.collect::<Result<Vec<_>>>()?;
        let share = parsed
            .len()
            .div_ceil(thread::available_parallelism()?.get());
        let is_signed = |leaf: &X509Certificate<'_>| {
            leaf.verify_signature(Some(intermediate.public_key()))
                .is_ok()
        };
        cost_here(|| {
            let are_signed = thread::scope(|scope| {
                let shares = parsed.chunks(share);
                let workers: Vec<_> = shares
                    .map(|share| scope.spawn(move || share.iter().all(is_signed)))
                    .collect();
                workers
                    .into_iter()
                    .all(|worker| worker.join().unwrap_or(false))
            });
            match are_signed {
                true => Ok(()),
                false => Err("a signature is bad".into()),
            }
        })
    }

    /// The leaf and its intermediate, as servers have them.
    pub(crate) fn chain(&self, number: usize) -> Result<String> {
        Ok(self.leaf(number)? + &self.intermediate)
    }
}

fn authority(name: &str, days: i64) -> Result<CertificateParams> {
    let mut params = CertificateParams::new([])?;
    live(&mut params, name, days);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok(params)
}

fn live(params: &mut CertificateParams, name: &str, days: i64) {
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = OffsetDateTime::now_utc() - Duration::days(1);
    params.not_after = params.not_before + Duration::days(days);
}
