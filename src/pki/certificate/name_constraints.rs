//! Name constraints of a CA (RFC 5280, 4.2.1.10): for which names it may issue at all.

use std::net::IpAddr;

use x509_parser::asn1_rs::{Any, Class, FromDer as _, Tag};
use x509_parser::extensions::GeneralName;

use super::distinguished_name;
use super::extensions::form;
use super::{Certificate, extensions::AlternativeNames};

/// OpenSSL and Go have such a limit too, against certificates made to keep us busy.
const COMPARISONS: usize = 1 << 18;

#[derive(Clone, Debug)]
pub(crate) struct NameConstraints {
    permitted: Vec<Subtree>,
    excluded: Vec<Subtree>,
}

#[derive(Clone, Debug)]
enum Subtree {
    Directory(Box<[u8]>),
    Dns(Box<str>),
    Ip {
        address: Box<[u8]>,
        mask: Box<[u8]>,
    },
    /// A form that we cannot compare: its bit in [`AlternativeNames::other_forms`].
    Other(u16),
}

/// A name of a certificate, to be held against subtrees.
enum Name<'a> {
    Directory(&'a [u8]),
    Dns(&'a str),
    Ip(IpAddr),
    Other(u16),
}

impl NameConstraints {
    /// `None` when damaged or empty (RFC 5280 forbids an empty one).
    ///
    /// By hand: x509-parser takes a damaged list for an absent one, which would allow everything.
    pub(crate) fn from_der(der: &[u8]) -> Option<Self> {
        let (rest, sequence) = Any::from_der(der).ok()?;
        let mut constraints = Self {
            permitted: Vec::new(),
            excluded: Vec::new(),
        };
        let mut lists = sequence.data;
        while !lists.is_empty() {
            let (next, list) = Any::from_der(lists).ok()?;
            let read = subtrees(list.data)?;
            match (list.class(), list.tag().0) {
                (Class::ContextSpecific, 0) => constraints.permitted.extend(read),
                (Class::ContextSpecific, 1) => constraints.excluded.extend(read),
                _ => return None,
            }
            lists = next;
        }
        let empty = constraints.permitted.is_empty() && constraints.excluded.is_empty();
        (rest.is_empty() && sequence.tag() == Tag::Sequence && !empty).then_some(constraints)
    }

    /// The first name of `certificate` that lies outside; `None`: all are allowed.
    pub(crate) fn forbidden_name(&self, certificate: &Certificate) -> Option<String> {
        let names = &certificate.extensions().alternative_names;
        let count = 1 + names.dns.len() + names.ip.len() + names.directory.len();
        if count.saturating_mul(self.permitted.len() + self.excluded.len()) > COMPARISONS {
            return Some("more names than can be checked".to_owned());
        }
        let subject = certificate.subject_der();
        let subject = (!distinguished_name::is_empty(subject)).then_some(subject);
        all_names(names, subject)
            .find(|name| !self.allows(name))
            .map(|name| name.to_text())
    }

    fn allows(&self, name: &Name<'_>) -> bool {
        let excluded = self.excluded.iter().any(|tree| tree.excludes(name));
        let mut permitted = self
            .permitted
            .iter()
            .filter(|tree| tree.has_form_of(name))
            .peekable();
        let unrestricted = permitted.peek().is_none();
        !excluded && (unrestricted || permitted.any(|tree| tree.holds(name)))
    }
}

impl Subtree {
    fn of(base: &GeneralName<'_>) -> Option<Self> {
        Some(match base {
            GeneralName::DNSName(name) if is_dns_constraint(name) => Self::Dns((*name).into()),
            GeneralName::DirectoryName(name) => Self::Directory(name.as_raw().into()),
            GeneralName::IPAddress(bytes) if matches!(bytes.len(), 8 | 32) => {
                let (address, mask) = bytes.split_at(bytes.len() / 2);
                Self::Ip {
                    address: address.into(),
                    mask: mask.into(),
                }
            }
            GeneralName::DNSName(_) | GeneralName::IPAddress(_) | GeneralName::Invalid(..) => {
                return None;
            }
            other => Self::Other(form(other)),
        })
    }

    fn has_form_of(&self, name: &Name<'_>) -> bool {
        match (self, name) {
            (Self::Directory(_), Name::Directory(_))
            | (Self::Dns(_), Name::Dns(_))
            | (Self::Ip { .. }, Name::Ip(_)) => true,
            (Self::Other(form), Name::Other(forms)) => form & forms != 0,
            (Self::Directory(_) | Self::Dns(_) | Self::Ip { .. } | Self::Other(_), _) => false,
        }
    }

    fn holds(&self, name: &Name<'_>) -> bool {
        match (self, name) {
            (Self::Directory(base), Name::Directory(name)) => {
                distinguished_name::is_within(name, base)
            }
            (Self::Dns(base), Name::Dns(name)) => is_below(name, base),
            (Self::Ip { address, mask }, Name::Ip(ip)) => in_network(*ip, address, mask),
            // A form that we cannot compare: RFC 5280 wants the certificate refused.
            (Self::Directory(_) | Self::Dns(_) | Self::Ip { .. } | Self::Other(_), _) => false,
        }
    }

    fn excludes(&self, name: &Name<'_>) -> bool {
        match (self, name) {
            (Self::Other(_), Name::Other(_)) => self.has_form_of(name),
            // A wildcard that could stand for an excluded host is excluded as well.
            (Self::Dns(base), Name::Dns(name)) => {
                let parent = name.strip_prefix("*.");
                self.holds(&Name::Dns(name)) || parent.is_some_and(|parent| is_child(base, parent))
            }
            (Self::Directory(_) | Self::Dns(_) | Self::Ip { .. } | Self::Other(_), _) => {
                self.holds(name)
            }
        }
    }
}

impl Name<'_> {
    fn to_text(&self) -> String {
        match self {
            Self::Directory(name) => distinguished_name::to_text(name),
            Self::Dns(name) => (*name).to_owned(),
            Self::Ip(ip) => ip.to_string(),
            Self::Other(_) => "a name that is neither DNS name nor IP address".to_owned(),
        }
    }
}

fn all_names<'a>(
    names: &'a AlternativeNames,
    subject: Option<&'a [u8]>,
) -> impl Iterator<Item = Name<'a>> {
    let dns = names.dns.iter().map(|name| Name::Dns(name));
    let ip = names.ip.iter().map(|ip| Name::Ip(*ip));
    let directory = names.directory.iter().map(AsRef::as_ref).chain(subject);
    let other = (names.other_forms != 0).then_some(Name::Other(names.other_forms));
    dns.chain(ip)
        .chain(directory.map(Name::Directory))
        .chain(other)
}

fn subtrees(mut list: &[u8]) -> Option<Vec<Subtree>> {
    let mut read = Vec::new();
    while !list.is_empty() {
        let (next, subtree) = Any::from_der(list).ok()?;
        let (_, base) = GeneralName::from_der(subtree.data).ok()?;
        read.push(Subtree::of(&base)?);
        list = next;
    }
    Some(read)
}

/// RFC 5280 knows neither wildcards nor a leading dot here; OpenSSL and Java take the dot.
fn is_dns_constraint(name: &str) -> bool {
    name.is_ascii() && !name.contains(['*', ' '])
}

fn is_below(name: &str, base: &str) -> bool {
    let base = base.strip_prefix('.').unwrap_or(base);
    base.is_empty() || name.eq_ignore_ascii_case(base) || is_subdomain(name, base)
}

fn is_subdomain(name: &str, base: &str) -> bool {
    let start = name.len().checked_sub(base.len());
    start
        .and_then(|start| name.split_at_checked(start))
        .is_some_and(|(host, domain)| host.ends_with('.') && domain.eq_ignore_ascii_case(base))
}

/// Whether `name` is exactly one label below `parent`.
fn is_child(name: &str, parent: &str) -> bool {
    name.split_once('.')
        .is_some_and(|(label, rest)| !label.is_empty() && rest.eq_ignore_ascii_case(parent))
}

fn in_network(ip: IpAddr, address: &[u8], mask: &[u8]) -> bool {
    let octets = match ip {
        IpAddr::V4(ip) => ip.octets().to_vec(),
        IpAddr::V6(ip) => ip.octets().to_vec(),
    };
    let mut pairs = octets.iter().zip(address).zip(mask);
    octets.len() == address.len() && pairs.all(|((ip, net), mask)| ip & mask == net & mask)
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::{Name, NameConstraints, Subtree};

    fn dns(name: &str) -> Subtree {
        Subtree::Dns(name.into())
    }

    fn allows(permitted: Vec<Subtree>, excluded: Vec<Subtree>, name: &str) -> bool {
        let constraints = NameConstraints {
            permitted,
            excluded,
        };
        let name = match name.parse::<IpAddr>() {
            Ok(ip) => Name::Ip(ip),
            Err(_) => Name::Dns(name),
        };
        constraints.allows(&name)
    }

    #[test]
    fn a_permitted_domain_holds_itself_and_what_is_below() {
        let cases = [
            ("example.org", true),
            ("A.b.EXAMPLE.org", true),
            ("*.example.org", true),
            ("badexample.org", false),
            ("example.com", false),
            ("192.0.2.7", true),
        ];
        for (name, allowed) in cases {
            assert_eq!(
                allows(vec![dns("example.org")], vec![], name),
                allowed,
                "{name}"
            );
            assert_eq!(
                allows(vec![dns(".example.org")], vec![], name),
                allowed,
                "{name}"
            );
        }
    }

    #[test]
    fn an_excluded_domain_excludes_the_wildcard_that_could_mean_it() {
        let excluded = || vec![dns("secret.example.org")];
        assert!(!allows(vec![], excluded(), "secret.example.org"));
        assert!(!allows(vec![], excluded(), "*.example.org"));
        assert!(allows(vec![], excluded(), "a.example.org"));
    }

    #[test]
    fn a_network_holds_its_addresses_and_no_name() {
        let network = || Subtree::Ip {
            address: [192, 0, 2, 0].into(),
            mask: [255, 255, 255, 0].into(),
        };
        assert!(allows(vec![network()], vec![], "192.0.2.7"));
        assert!(!allows(vec![network()], vec![], "192.0.3.7"));
        assert!(!allows(vec![network()], vec![], "2001:db8::7"));
        assert!(allows(vec![network()], vec![], "example.org"));
        assert!(!allows(vec![], vec![network()], "192.0.2.7"));
    }

    #[test]
    fn a_damaged_list_is_not_an_absent_one() {
        // permittedSubtrees with a subtree that is cut off; none at all.
        for der in [
            [0x30, 0x04, 0xA0, 0x02, 0x30, 0x05].as_slice(),
            &[0x30, 0x00],
            b"x",
        ] {
            assert!(NameConstraints::from_der(der).is_none());
        }
    }
}
