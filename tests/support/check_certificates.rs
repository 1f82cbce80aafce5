//! Certificates that no CA should issue any more, and those that one should: made by openssl's library
//! for one fixed day.

use openssl::asn1::{Asn1Integer, Asn1Time};
use openssl::bn::{BigNum, MsbOption};
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::x509::extension::{
    BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectAlternativeName,
};
use openssl::x509::{X509, X509Builder, X509Name, X509NameRef};
use time::OffsetDateTime;
use time::macros::datetime;

use super::live::HOST;

/// The day as of which the table is judged: that of testdata/pki.
pub(crate) const DAY: OffsetDateTime = datetime!(2026-03-01 00:00 UTC);

/// A certificate to be.
#[derive(Clone)]
pub(crate) struct Recipe<'a> {
    /// Empty: an empty subject.
    pub(crate) common_name: &'a str,
    /// IP addresses among them become such.
    pub(crate) names: &'a [&'a str],
    pub(crate) from: OffsetDateTime,
    pub(crate) until: OffsetDateTime,
    pub(crate) is_ca: bool,
    pub(crate) key: PKey<Private>,
    pub(crate) digest: MessageDigest,
}

/// A certificate and its key.
pub(crate) struct Issued {
    pub(crate) certificate: X509,
    pub(crate) key: PKey<Private>,
}

/// Root and intermediate.
pub(crate) struct Issuers {
    pub(crate) root: Issued,
    pub(crate) intermediate: Issued,
}

impl Recipe<'_> {
    /// A good one for [`HOST`] and this machine, for the year around [`DAY`].
    pub(crate) fn leaf() -> Self {
        Self {
            common_name: HOST,
            names: &[HOST, "localhost", "127.0.0.1", "::1"],
            from: datetime!(2026-01-01 00:00 UTC),
            until: datetime!(2027-01-01 00:00 UTC),
            is_ca: false,
            key: ec_key(),
            digest: MessageDigest::sha256(),
        }
    }

    pub(crate) fn authority(common_name: &'static str) -> Self {
        Self {
            common_name,
            names: &[],
            from: datetime!(2020-01-01 00:00 UTC),
            until: datetime!(2099-01-01 00:00 UTC),
            is_ca: true,
            ..Self::leaf()
        }
    }

    pub(crate) fn self_signed(self) -> Issued {
        let (subject, key) = (self.subject(), self.key.clone());
        self.signed(&subject, &key)
    }

    pub(crate) fn signed_by(self, issuer: &Issued) -> Issued {
        self.signed(issuer.certificate.subject_name(), &issuer.key)
    }

    fn subject(&self) -> X509Name {
        let mut name = X509Name::builder().unwrap();
        if !self.common_name.is_empty() {
            name.append_entry_by_nid(Nid::COMMONNAME, self.common_name)
                .unwrap();
        }
        name.build()
    }

    fn signed(self, issuer: &X509NameRef, issuer_key: &PKey<Private>) -> Issued {
        let mut builder = X509::builder().unwrap();
        builder.set_version(2).unwrap();
        let mut serial = BigNum::new().unwrap();
        serial.rand(120, MsbOption::MAYBE_ZERO, false).unwrap();
        builder
            .set_serial_number(&Asn1Integer::from_bn(&serial).unwrap())
            .unwrap();
        builder.set_subject_name(&self.subject()).unwrap();
        builder.set_issuer_name(issuer).unwrap();
        let time = |at: OffsetDateTime| Asn1Time::from_unix(at.unix_timestamp()).unwrap();
        builder.set_not_before(&time(self.from)).unwrap();
        builder.set_not_after(&time(self.until)).unwrap();
        builder.set_pubkey(&self.key).unwrap();
        self.add_usages(&mut builder);
        self.add_names(&mut builder);
        builder.sign(issuer_key, self.digest).unwrap();
        Issued {
            certificate: builder.build(),
            key: self.key,
        }
    }

    fn add_usages(&self, builder: &mut X509Builder) {
        let mut usage = KeyUsage::new();
        let mut constraints = BasicConstraints::new();
        if self.is_ca {
            builder
                .append_extension(constraints.critical().ca().build().unwrap())
                .unwrap();
            // What openssl req -x509 makes may be a CA's and a server's: it limits no usage.
            if !self.names.is_empty() {
                return;
            }
            usage.key_cert_sign().crl_sign();
        } else {
            let server = ExtendedKeyUsage::new().server_auth().build().unwrap();
            builder.append_extension(server).unwrap();
            usage.digital_signature().key_encipherment();
        }
        builder
            .append_extension(usage.critical().build().unwrap())
            .unwrap();
    }

    fn add_names(&self, builder: &mut X509Builder) {
        if self.names.is_empty() {
            return;
        }
        let mut alternative = SubjectAlternativeName::new();
        for name in self.names {
            match name.parse::<std::net::IpAddr>() {
                Ok(_) => alternative.ip(name),
                Err(_) => alternative.dns(name),
            };
        }
        let extension = alternative.build(&builder.x509v3_context(None, None));
        builder.append_extension(extension.unwrap()).unwrap();
    }
}

impl Issued {
    pub(crate) fn pem(&self) -> String {
        String::from_utf8(self.certificate.to_pem().unwrap()).unwrap()
    }

    /// PKCS#8 PEM.
    pub(crate) fn key_pem(&self) -> String {
        String::from_utf8(self.key.private_key_to_pem_pkcs8().unwrap()).unwrap()
    }
}

impl Issuers {
    pub(crate) fn new() -> Self {
        let root = Recipe::authority("check root").self_signed();
        let intermediate = Recipe::authority("check intermediate").signed_by(&root);
        Self { root, intermediate }
    }

    pub(crate) fn issue(&self, recipe: Recipe<'_>) -> Issued {
        recipe.signed_by(&self.intermediate)
    }
}

impl Default for Issuers {
    fn default() -> Self {
        Self::new()
    }
}

/// P-256.
pub(crate) fn ec_key() -> PKey<Private> {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap()
}

pub(crate) fn rsa_key(bits: u32) -> PKey<Private> {
    PKey::from_rsa(Rsa::generate(bits).unwrap()).unwrap()
}

/// Seconds that a test writes as days.
pub(crate) fn days(count: i64) -> time::Duration {
    time::Duration::days(count)
}
