//! A certificate as OpenSSL sees it: names, number and dates by its program, the rest by its library.

use std::collections::BTreeMap;
use std::fs;

use openssl::x509::{X509, X509VerifyResult};

use crate::support::program;
use crate::wheel::Vector;

/// What is compared, by name.
pub(crate) type View = BTreeMap<&'static str, String>;

/// X509_V_ERR_KEYUSAGE_NO_CERTSIGN
const KEYUSAGE_NO_CERTSIGN: i32 = 32;

const MONTHS: &str = "JanFebMarAprMayJunJulAugSepOctNovDec";

/// The first certificate of a file; `None`: OpenSSL reads none there.
pub(crate) fn view(file: &Vector) -> Option<View> {
    let bytes = fs::read(&file.path).unwrap();
    let is_pem = String::from_utf8_lossy(&bytes).contains("-----BEGIN");
    let form = if is_pem { "PEM" } else { "DER" };
    let arguments = ["x509", "-inform", form, "-in", file.text_path(), "-noout"];
    let fields = ["-subject", "-issuer", "-serial", "-startdate", "-enddate"];
    // RFC 2253, but in characters, not in bytes of UTF-8.
    let names = ["-nameopt", "RFC2253,-esc_msb,utf8"];
    let asked = [&arguments[..], &fields, &names].concat();
    let output = program::output("openssl", &asked, "");
    if !output.status.success() {
        return None;
    }
    let mut view = View::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let (name, value) = line.split_once('=').unwrap();
        match name {
            "subject" => view.insert("subject", value.trim().to_owned()),
            "issuer" => view.insert("issuer", value.trim().to_owned()),
            "serial" => view.insert("serial", value.to_owned()),
            "notBefore" => view.insert("not_before", rfc_3339(value)),
            "notAfter" => view.insert("not_after", rfc_3339(value)),
            other => panic!("{other}"),
        };
    }
    let certificate = match is_pem {
        true => X509::from_pem(&bytes),
        false => X509::from_der(&bytes),
    };
    add_from_library(&certificate.ok()?, &mut view);
    Some(view)
}

fn add_from_library(certificate: &X509, view: &mut View) {
    let mut dns = Vec::new();
    let mut addresses = Vec::new();
    for name in certificate.subject_alt_names().into_iter().flatten() {
        dns.extend(name.dnsname().map(str::to_owned));
        addresses.extend(name.ipaddress().map(address));
    }
    let issued = certificate.issued(certificate);
    // Names and key identifiers fit; that the key may not sign certificates is another matter.
    let is_own = issued == X509VerifyResult::OK || issued.as_raw() == KEYUSAGE_NO_CERTSIGN;
    let key = certificate.public_key();
    let self_signed = is_own && key.is_ok_and(|key| certificate.verify(&key).unwrap_or(false));
    view.insert("dns_names", dns.join(" "));
    view.insert("ip_addresses", addresses.join(" "));
    view.insert("self_signed", self_signed.to_string());
}

fn address(bytes: &[u8]) -> String {
    let four = <[u8; 4]>::try_from(bytes).map(std::net::IpAddr::from);
    let ip = four.or_else(|_| <[u8; 16]>::try_from(bytes).map(std::net::IpAddr::from));
    ip.map_or_else(|_| format!("{bytes:02x?}"), |ip| ip.to_string())
}

/// `Jan  1 08:30:00 2010 GMT`
fn rfc_3339(date: &str) -> String {
    let fields: Vec<&str> = date.split_whitespace().collect();
    let [month, day, time, year, "GMT"] = fields[..] else {
        return date.to_owned();
    };
    let month = MONTHS.find(month).unwrap() / 3 + 1;
    format!("{year}-{month:02}-{day:0>2}T{time}Z")
}
