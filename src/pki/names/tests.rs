use crate::error::CertificateError;
use crate::pki::certificate::fixtures::certificate;

use super::{ServerName, covers};

fn name(text: &str) -> ServerName {
    ServerName::parse(text).unwrap()
}

#[test]
fn names_and_addresses_are_read_as_people_write_them() {
    let written = [
        ("Deephaven.Example.COM.", "deephaven.example.com"),
        ("host_1", "host_1"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("192.0.2.7", "192.0.2.7"),
        ("[2001:DB8::7]", "2001:db8::7"),
        ("2001:db8:0::7", "2001:db8::7"),
    ];
    for (given, read) in written {
        assert_eq!(name(given).to_string(), read);
    }
}

#[test]
fn what_cannot_be_a_servers_name_is_refused_with_the_reason() {
    let long = "a".repeat(64);
    let given = [
        ("", "it is empty"),
        ("https://a.example.com", "it is an address"),
        ("a.example.com/x", "it is an address"),
        ("a.example.com:8123", "a port"),
        ("*.example.com", "it is a wildcard"),
        ("bücher.example", "write an international name"),
        ("a b", "only letters"),
        ("a\nb", "only letters"),
        ("a..b", "there is nothing between"),
        (".a", "there is nothing between"),
        (&long, "a name has at most"),
        ("-a.example", "no part of it"),
        ("192.0.2.256", "a broken IP address"),
        ("0x7f.1", "a broken IP address"),
    ];
    for (given, beginning) in given {
        let error = ServerName::parse(given).unwrap_err();
        assert!(
            matches!(&error, CertificateError::Host { reason, .. } if reason.starts_with(beginning)),
            "{given}: {error}"
        );
        assert!(!error.to_string().contains('\n'));
    }
}

#[test]
fn a_wildcard_covers_one_label_and_no_more() {
    let cases = [
        ("*.example.com", "a.example.com", true),
        ("*.EXAMPLE.com.", "a.example.com", true),
        ("*.example.com", "example.com", false),
        ("*.example.com", "a.b.example.com", false),
        ("a*.example.com", "ab.example.com", false),
        ("a.*.example.com", "a.b.example.com", false),
        ("*", "localhost", false),
        ("*.com", "example.com", false),
        ("*.*.com", "a.b.com", false),
        ("A.example.com.", "a.example.com", true),
        ("a.example.com", "b.example.com", false),
        ("192.0.2.7", "192.0.2.7", true),
    ];
    for (pattern, host, covered) in cases {
        assert_eq!(covers(pattern, host), covered, "{pattern} {host}");
    }
}

#[test]
fn an_address_is_found_among_addresses_only() {
    assert!(name("2001:db8:0:0::7").is_covered_by(&certificate("ip")));
    assert!(!name("192.0.2.8").is_covered_by(&certificate("ip")));
    assert!(!name("192.0.2.7").is_covered_by(&certificate("leaf")));
}

#[test]
fn the_common_name_covers_nothing() {
    assert!(!name("deephaven.example.com").is_covered_by(&certificate("no-san")));
}

#[test]
fn without_host_the_only_name_besides_localhost_is_meant() {
    let read = |file: &str, current: Option<&str>| {
        let current = current.map(name);
        ServerName::of_certificate(&certificate(file), current.as_ref())
    };
    assert_eq!(read("leaf", None), Ok(name("deephaven.example.com")));
    assert_eq!(
        read("wildcard", Some("a.example.com")),
        Ok(name("a.example.com"))
    );
    assert_eq!(
        read("wildcard", Some("a.example.org")),
        Err(CertificateError::NoHost)
    );
    assert_eq!(read("wildcard", None), Err(CertificateError::NoHost));
}
