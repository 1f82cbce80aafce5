//! What only a person asks a certificate for: read from its DER when asked, while facts that decide
//! something are in [`super::extensions`].

use std::net::IpAddr;

use x509_parser::certificate::X509CertificateParser;
use x509_parser::der_parser::oid;
use x509_parser::extensions::{
    AuthorityInfoAccess, CRLDistributionPoint, DistributionPointName, ExtendedKeyUsage,
    GeneralName, KeyUsage, NameConstraints, ParsedExtension, X509Extension,
};
use x509_parser::nom::Parser as _;

use super::Certificate;
use super::distinguished_name::{escape, to_text};

/// All texts are escaped.
#[derive(Debug, Default)]
pub(crate) struct Details {
    /// 1 to 3.
    pub(crate) version: u32,
    /// Of the subject alternative name: whatever is neither DNS name nor IP address, with its kind:
    /// `email:a@b`, `URI:…`.
    pub(crate) other_names: Vec<String>,
    /// In the words of RFC 5280, 4.2.1.3; `None`: without the extension everything is allowed.
    pub(crate) key_usage: Option<Vec<String>>,
    /// In the words of RFC 5280, 4.2.1.12; numbers for what has no word.
    pub(crate) extended_key_usage: Option<Vec<String>>,
    /// How many intermediates may follow below.
    pub(crate) path_length: Option<u32>,
    /// `permitted DNS:example.org`
    pub(crate) name_constraints: Vec<String>,
    pub(crate) subject_key_id: Option<String>,
    pub(crate) authority_key_id: Option<String>,
    /// Where the issuer's certificate can be fetched.
    pub(crate) issuer_urls: Vec<String>,
    pub(crate) ocsp_urls: Vec<String>,
    pub(crate) crl_urls: Vec<String>,
    pub(crate) policies: Vec<String>,
    /// What none of the fields shows.
    pub(crate) other_extensions: Vec<OtherExtension>,
}

#[derive(Debug)]
pub(crate) struct OtherExtension {
    /// Numbers and dots.
    pub(crate) oid: String,
    pub(crate) critical: bool,
    /// Bytes of its value.
    pub(crate) length: usize,
}

impl Details {
    /// Empty where the certificate cannot be parsed, which a [`Certificate`] always can.
    pub(crate) fn of(certificate: &Certificate) -> Self {
        let parsed = X509CertificateParser::new().parse(certificate.der());
        let Ok((_, parsed)) = parsed else {
            return Self::default();
        };
        Self {
            version: certificate.version(),
            ..Self::of_extensions(parsed.extensions())
        }
    }

    /// Of extensions that were parsed as far as x509-parser can.
    pub(crate) fn of_extensions(list: &[X509Extension<'_>]) -> Self {
        let mut details = Self::default();
        for extension in list {
            if !details.take(extension.parsed_extension()) {
                details.other_extensions.push(OtherExtension {
                    oid: extension.oid.to_id_string(),
                    critical: extension.critical,
                    length: extension.value.len(),
                });
            }
        }
        details
    }

    /// Whether a field shows it.
    fn take(&mut self, extension: &ParsedExtension<'_>) -> bool {
        match extension {
            ParsedExtension::AuthorityInfoAccess(access) => self.take_access(access),
            ParsedExtension::AuthorityKeyIdentifier(id) => {
                self.authority_key_id = id.key_identifier.as_ref().map(|id| colons(id.0));
            }
            ParsedExtension::BasicConstraints(basic) => {
                self.path_length = basic.path_len_constraint;
            }
            ParsedExtension::CertificatePolicies(policies) => {
                let ids = policies.iter().map(|policy| &policy.policy_id);
                self.policies = ids
                    .map(|oid| policy(oid.as_bytes(), oid.to_id_string()))
                    .collect();
            }
            ParsedExtension::CRLDistributionPoints(points) => {
                self.crl_urls = points.iter().flat_map(urls_of_point).collect();
            }
            ParsedExtension::ExtendedKeyUsage(usage) => {
                self.extended_key_usage = Some(purposes(usage));
            }
            ParsedExtension::KeyUsage(usage) => self.key_usage = Some(usages(usage)),
            ParsedExtension::NameConstraints(constraints) => {
                self.name_constraints = subtrees(constraints);
            }
            ParsedExtension::SubjectAlternativeName(names) => {
                let others = names.general_names.iter().filter(|name| {
                    !matches!(name, GeneralName::DNSName(_) | GeneralName::IPAddress(_))
                });
                self.other_names = others.map(name_text).collect();
            }
            ParsedExtension::SubjectKeyIdentifier(id) => self.subject_key_id = Some(colons(id.0)),
            _ => return false,
        }
        true
    }

    fn take_access(&mut self, access: &AuthorityInfoAccess<'_>) {
        for entry in access.iter() {
            let GeneralName::URI(url) = entry.access_location else {
                continue;
            };
            match entry.access_method.as_bytes() {
                CA_ISSUERS => self.issuer_urls.push(escape_url(url)),
                OCSP => self.ocsp_urls.push(escape_url(url)),
                _ => {}
            }
        }
    }
}

/// A name with its kind, as openssl writes it.
fn name_text(name: &GeneralName<'_>) -> String {
    match name {
        GeneralName::OtherName(oid, _) => format!("other name:{}", oid.to_id_string()),
        GeneralName::RFC822Name(name) => format!("email:{}", escape(name)),
        GeneralName::DNSName(name) => format!("DNS:{}", escape(name)),
        GeneralName::X400Address(_) => "X.400 address".to_owned(),
        GeneralName::DirectoryName(name) => format!("directory:{}", to_text(name.as_raw())),
        GeneralName::EDIPartyName(_) => "EDI party".to_owned(),
        GeneralName::URI(url) => format!("URI:{}", escape_url(url)),
        GeneralName::IPAddress(bytes) => format!("IP:{}", address_text(bytes)),
        GeneralName::RegisteredID(oid) => format!("registered ID:{}", oid.to_id_string()),
        GeneralName::Invalid(..) => "a damaged name".to_owned(),
    }
}

/// An address, or one with its mask as name constraints have it.
fn address_text(bytes: &[u8]) -> String {
    let address = |bytes: &[u8]| {
        let four = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
        four.or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from))
            .map(|address| address.to_string())
    };
    let (network, mask) = bytes.split_at(bytes.len() / 2);
    match (address(bytes), address(network), address(mask)) {
        // 16 bytes are an IPv6 address, and no pair of IPv4 ones is as long.
        (Ok(address), _, _) => address,
        (Err(_), Ok(network), Ok(mask)) => format!("{network}/{mask}"),
        (Err(_), _, _) => "damaged".to_owned(),
    }
}

/// Commas and the like belong into addresses; only what disturbs a terminal is escaped.
fn escape_url(url: &str) -> String {
    let harmless = |character: char| character.is_ascii_graphic();
    match url.chars().all(harmless) {
        true => url.to_owned(),
        false => escape(url),
    }
}

fn urls_of_point(point: &CRLDistributionPoint<'_>) -> Vec<String> {
    let Some(DistributionPointName::FullName(names)) = &point.distribution_point else {
        return Vec::new();
    };
    let urls = names.iter().filter_map(|name| match name {
        GeneralName::URI(url) => Some(escape_url(url)),
        _ => None,
    });
    urls.collect()
}

fn subtrees(constraints: &NameConstraints<'_>) -> Vec<String> {
    let lists = [
        ("permitted", &constraints.permitted_subtrees),
        ("excluded", &constraints.excluded_subtrees),
    ];
    let each = lists.into_iter().flat_map(|(word, list)| {
        let subtrees = list.iter().flatten();
        subtrees.map(move |subtree| format!("{word} {}", name_text(&subtree.base)))
    });
    each.collect()
}

fn usages(usage: &KeyUsage) -> Vec<String> {
    let bits = (0..).zip(KEY_USAGES);
    bits.filter(|(bit, _)| usage.flags >> bit & 1 == 1)
        .map(|(_, word)| word.to_owned())
        .collect()
}

fn purposes(usage: &ExtendedKeyUsage<'_>) -> Vec<String> {
    let known = [
        (usage.server_auth, "serverAuth"),
        (usage.client_auth, "clientAuth"),
        (usage.code_signing, "codeSigning"),
        (usage.email_protection, "emailProtection"),
        (usage.time_stamping, "timeStamping"),
        (usage.ocsp_signing, "OCSPSigning"),
        (usage.any, "anyExtendedKeyUsage"),
    ];
    let words = known.iter().filter(|(set, _)| *set);
    let words = words.map(|(_, word)| (*word).to_owned());
    words
        .chain(usage.other.iter().map(|oid| oid.to_id_string()))
        .collect()
}

/// The CA/Browser Forum's reserved policies tell how the subject was looked at (Baseline Requirements,
/// 7.1.6.1).
fn policy(oid: &[u8], numbers: String) -> String {
    let word = match oid {
        DOMAIN_VALIDATED => "domain validated",
        ORGANIZATION_VALIDATED => "organization validated",
        INDIVIDUAL_VALIDATED => "individual validated",
        EXTENDED_VALIDATION => "extended validation",
        ANY_POLICY => "any policy",
        _ => return numbers,
    };
    format!("{numbers} ({word})")
}

/// `AB:CD:…`
fn colons(bytes: &[u8]) -> String {
    let pairs: Vec<String> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    pairs.join(":")
}

const KEY_USAGES: [&str; 9] = [
    "digitalSignature",
    "nonRepudiation",
    "keyEncipherment",
    "dataEncipherment",
    "keyAgreement",
    "keyCertSign",
    "cRLSign",
    "encipherOnly",
    "decipherOnly",
];

const ANY_POLICY: &[u8] = &oid!(raw 2.5.29.32.0);
const CA_ISSUERS: &[u8] = &oid!(raw 1.3.6.1.5.5.7.48.2);
const DOMAIN_VALIDATED: &[u8] = &oid!(raw 2.23.140.1.2.1);
const EXTENDED_VALIDATION: &[u8] = &oid!(raw 2.23.140.1.1);
const INDIVIDUAL_VALIDATED: &[u8] = &oid!(raw 2.23.140.1.2.3);
const OCSP: &[u8] = &oid!(raw 1.3.6.1.5.5.7.48.1);
const ORGANIZATION_VALIDATED: &[u8] = &oid!(raw 2.23.140.1.2.2);
