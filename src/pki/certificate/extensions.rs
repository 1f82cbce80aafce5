//! The extensions that decide whether a certificate serves: read by value, everything else left alone.

use std::fmt;
use std::net::IpAddr;

use x509_parser::der_parser::oid;
use x509_parser::extensions::{
    AuthorityInfoAccess, AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, GeneralName,
    KeyIdentifier, KeyUsage, SubjectAlternativeName, X509Extension,
};
use x509_parser::prelude::FromDer;

use super::distinguished_name::escape;
use super::name_constraints::NameConstraints;

#[derive(Clone, Debug, Default)]
pub(crate) struct Extensions {
    pub(crate) alternative_names: AlternativeNames,
    /// The key identifier of the issuer's key.
    pub(crate) authority_key_id: Option<Box<[u8]>>,
    pub(crate) basic_constraints: Option<BasicConstraints>,
    pub(crate) extended_key_usage: Option<Purposes>,
    /// What no client can get past.
    pub(crate) faults: Vec<Fault>,
    /// Where the issuer's certificate can be fetched (authorityInfoAccess), escaped.
    pub(crate) issuer_url: Option<Box<str>>,
    pub(crate) key_usage: Option<KeyUsage>,
    pub(crate) name_constraints: Option<Box<NameConstraints>>,
    pub(crate) subject_key_id: Option<Box<[u8]>>,
}

/// The names of a server, out of subjectAltName.
#[derive(Clone, Debug, Default)]
pub(crate) struct AlternativeNames {
    pub(crate) dns: Vec<Box<str>>,
    pub(crate) ip: Vec<IpAddr>,
    /// Directory names, DER.
    pub(crate) directory: Vec<Box<[u8]>>,
    pub(crate) is_critical: bool,
    /// A bit for each form of name that is none of these, by its tag in RFC 5280, 4.2.1.6.
    pub(crate) other_forms: u16,
}

/// What extKeyUsage allows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Purposes {
    pub(crate) any: bool,
    pub(crate) server_auth: bool,
}

/// Why clients have to refuse the certificate whatever it says elsewhere (RFC 5280, 4.2).
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Fault {
    Duplicate(Box<str>),
    Malformed(&'static str),
    Precertificate,
    /// Marked critical, and then known to OpenSSL at best.
    RefusedByJava(&'static str),
    UnknownCritical(Box<str>),
}

impl Extensions {
    pub(crate) fn of(list: &[X509Extension<'_>]) -> Self {
        let mut extensions = Self::default();
        for (index, extension) in list.iter().enumerate() {
            if list
                .iter()
                .take(index)
                .any(|earlier| earlier.oid == extension.oid)
            {
                let oid = extension.oid.to_id_string().into();
                extensions.faults.push(Fault::Duplicate(oid));
            } else if let Err(fault) = extensions.read(extension) {
                extensions.faults.push(fault);
            }
        }
        extensions
    }

    pub(crate) fn is_ca(&self) -> bool {
        self.basic_constraints
            .as_ref()
            .is_some_and(|basic| basic.ca)
    }

    fn read(&mut self, extension: &X509Extension<'_>) -> Result<(), Fault> {
        let value = extension.value;
        let mut unfit = NEVER_CRITICAL.iter().filter(|_| extension.critical);
        if let Some((_, name)) = unfit.find(|(oid, _)| *oid == extension.oid.as_bytes()) {
            return Err(Fault::RefusedByJava(name));
        }
        match extension.oid.as_bytes() {
            AUTHORITY_INFO_ACCESS => self.issuer_url = issuer_url(value),
            AUTHORITY_KEY_ID => {
                let id: AuthorityKeyIdentifier<'_> = whole(value, "authorityKeyIdentifier")?;
                self.authority_key_id = id.key_identifier.map(|id| id.0.into());
            }
            BASIC_CONSTRAINTS => self.basic_constraints = Some(whole(value, "basicConstraints")?),
            EXTENDED_KEY_USAGE => self.extended_key_usage = Some(Purposes::read(value)?),
            KEY_USAGE => self.key_usage = Some(whole(value, "keyUsage")?),
            NAME_CONSTRAINTS => {
                let read = NameConstraints::from_der(value);
                let constraints = read.ok_or(Fault::Malformed("nameConstraints"))?;
                self.name_constraints = Some(Box::new(constraints));
            }
            PRECERTIFICATE_POISON => return Err(Fault::Precertificate),
            SUBJECT_ALT_NAME => {
                self.alternative_names = AlternativeNames::read(value)?;
                self.alternative_names.is_critical = extension.critical;
            }
            SUBJECT_KEY_ID => {
                let id: KeyIdentifier<'_> = whole(value, "subjectKeyIdentifier")?;
                self.subject_key_id = Some(id.0.into());
            }
            oid if extension.critical && !HARMLESS.contains(&oid) => {
                return Err(Fault::UnknownCritical(extension.oid.to_id_string().into()));
            }
            _ => {}
        }
        Ok(())
    }
}

impl AlternativeNames {
    fn read(value: &[u8]) -> Result<Self, Fault> {
        const MALFORMED: Fault = Fault::Malformed("subjectAltName");
        let read: SubjectAlternativeName<'_> = whole(value, "subjectAltName")?;
        let mut names = Self::default();
        for name in read.general_names {
            match name {
                GeneralName::DNSName(name) => names.dns.push(escape(name).into()),
                GeneralName::IPAddress(bytes) => names.ip.push(ip(bytes).ok_or(MALFORMED)?),
                GeneralName::DirectoryName(name) => names.directory.push(name.as_raw().into()),
                GeneralName::Invalid(..) => return Err(MALFORMED),
                other => names.other_forms |= form(&other),
            }
        }
        Ok(names)
    }
}

impl Purposes {
    fn read(value: &[u8]) -> Result<Self, Fault> {
        let usage: ExtendedKeyUsage<'_> = whole(value, "extKeyUsage")?;
        Ok(Self {
            any: usage.any,
            server_auth: usage.server_auth,
        })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Duplicate(oid) => write!(f, "has the extension {oid} twice"),
            Self::Malformed(name) => write!(f, "has a damaged {name} extension"),
            Self::Precertificate => {
                f.write_str("is a precertificate, meant for transparency logs only")
            }
            Self::RefusedByJava(name) => {
                write!(f, "marks its {name} as critical, which Java clients refuse")
            }
            Self::UnknownCritical(oid) => {
                write!(
                    f,
                    "has the critical extension {oid}, which clients do not know"
                )
            }
        }
    }
}

/// The bit of a general name's form: its tag in RFC 5280, 4.2.1.6.
pub(crate) fn form(name: &GeneralName<'_>) -> u16 {
    let tag = match name {
        GeneralName::OtherName(..) => 0,
        GeneralName::RFC822Name(_) => 1,
        GeneralName::DNSName(_) => 2,
        GeneralName::X400Address(_) => 3,
        GeneralName::DirectoryName(_) => 4,
        GeneralName::EDIPartyName(_) => 5,
        GeneralName::URI(_) => 6,
        GeneralName::IPAddress(_) => 7,
        GeneralName::RegisteredID(_) => 8,
        GeneralName::Invalid(..) => 9,
    };
    1 << tag
}

fn ip(bytes: &[u8]) -> Option<IpAddr> {
    let four = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
    four.or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from))
        .ok()
}

/// The first http address under id-ad-caIssuers; a damaged list is no reason to refuse anything.
fn issuer_url(value: &[u8]) -> Option<Box<str>> {
    let (_, access) = AuthorityInfoAccess::from_der(value).ok()?;
    access.iter().find_map(|entry| match entry.access_location {
        GeneralName::URI(uri) if entry.access_method.as_bytes() == CA_ISSUERS => {
            Some(escape(uri).into())
        }
        _ => None,
    })
}

fn whole<'a, T>(value: &'a [u8], name: &'static str) -> Result<T, Fault>
where
    T: FromDer<'a, x509_parser::error::X509Error>,
{
    match T::from_der(value) {
        Ok(([], read)) => Ok(read),
        Ok(_) | Err(_) => Err(Fault::Malformed(name)),
    }
}

const AUTHORITY_INFO_ACCESS: &[u8] = &oid!(raw 1.3.6.1.5.5.7.1.1);
const AUTHORITY_KEY_ID: &[u8] = &oid!(raw 2.5.29.35);
const BASIC_CONSTRAINTS: &[u8] = &oid!(raw 2.5.29.19);
const CA_ISSUERS: &[u8] = &oid!(raw 1.3.6.1.5.5.7.48.2);
const EXTENDED_KEY_USAGE: &[u8] = &oid!(raw 2.5.29.37);
const KEY_USAGE: &[u8] = &oid!(raw 2.5.29.15);
const NAME_CONSTRAINTS: &[u8] = &oid!(raw 2.5.29.30);
const PRECERTIFICATE_POISON: &[u8] = &oid!(raw 1.3.6.1.4.1.11129.2.4.3);
const SUBJECT_ALT_NAME: &[u8] = &oid!(raw 2.5.29.17);
const SUBJECT_KEY_ID: &[u8] = &oid!(raw 2.5.29.14);

/// Critical, unread here, and no obstacle: OpenSSL and Java know them. Policies, their constraints,
/// mappings and inhibitAnyPolicy.
const HARMLESS: [&[u8]; 4] = [
    &oid!(raw 2.5.29.32),
    &oid!(raw 2.5.29.33),
    &oid!(raw 2.5.29.36),
    &oid!(raw 2.5.29.54),
];

/// Known to everybody, yet refused where they are critical: all by Java (17: "unrecognized critical
/// extension(s)"), by OpenSSL all but crlDistributionPoints and nsCertType. Measured in leaves.
const NEVER_CRITICAL: [(&[u8], &str); 6] = [
    (AUTHORITY_INFO_ACCESS, "authorityInfoAccess"),
    (AUTHORITY_KEY_ID, "authorityKeyIdentifier"),
    (&oid!(raw 2.5.29.31), "crlDistributionPoints"),
    (&oid!(raw 2.5.29.18), "issuerAltName"),
    (&oid!(raw 2.16.840.1.113730.1.1), "nsCertType"),
    (SUBJECT_KEY_ID, "subjectKeyIdentifier"),
];
