//! All there is to know of one certificate, request or key.

use crate::report::printable::printable;
use crate::report::show::Detail;
use crate::report::show::certificate::{CertificateView, ExtensionsView, KeyView, RequestView};
use crate::report::show::text::page::{GREEN, Page, RED, YELLOW};

pub(super) fn certificate(view: &CertificateView, detail: Detail, page: &mut Page<'_>) {
    page.section(&format!("[{}] {}", view.number, view.title));
    if let Some(alias) = &view.alias {
        page.line("alias", &printable(alias));
    }
    page.line("subject", or_none(&view.subject));
    names(&view.dns_names, &view.ip_addresses, &view.other_names, page);
    page.line("issuer", or_none(&view.issuer));
    let (left, colour) = days(view.days_left);
    let validity = format!("{} until {}, {left}", view.not_before, view.not_after);
    page.painted_line("valid", &validity, &left, colour.unwrap_or_default());
    page.line("key", &view.key);
    let own = if view.self_signed {
        ", by its own key"
    } else {
        ""
    };
    page.line("signature", &format!("{}{own}", view.signature));
    usages(&view.extensions, page);
    match view.ca {
        true => authority(&view.extensions, page),
        false => page.line("authority", "no"),
    }
    list("constraints", &view.extensions.name_constraints, page);
    page.line("serial", &view.serial);
    page.line("sha256", &colons(&view.sha256));
    page.line("sha1", &colons(&view.sha1));
    page.line("key pin", &format!("sha256//{}", view.spki_sha256));
    links(&view.extensions, page);
    if detail == Detail::Full {
        page.line("version", &view.version.to_string());
        page.line("length", &format!("{} bytes of DER", view.der_length));
        rest(&view.extensions, page);
    }
}

pub(super) fn request(view: &RequestView, detail: Detail, page: &mut Page<'_>) {
    page.section("certificate request");
    page.line("subject", or_none(&view.subject));
    names(&view.dns_names, &view.ip_addresses, &view.other_names, page);
    key_line(&view.key, view.weakness, page);
    match view.signature_valid {
        true => page.line("signature", &format!("{}, valid", view.signature)),
        false => {
            let text = format!("invalid: {} does not fit the key", view.signature);
            page.painted_line("signature", &text, "invalid", RED);
        }
    }
    usages(&view.extensions, page);
    if view.ca {
        authority(&view.extensions, page);
    }
    list("constraints", &view.extensions.name_constraints, page);
    page.line("key pin", &format!("sha256//{}", view.spki_sha256));
    if detail == Detail::Full {
        rest(&view.extensions, page);
    }
}

pub(super) fn key(view: &KeyView, page: &mut Page<'_>) {
    page.section(if view.private {
        "private key"
    } else {
        "public key"
    });
    match &view.key {
        Some(key) => key_line(key, view.weakness, page),
        None => page.line("key", "not known without the passphrase"),
    }
    if view.private {
        page.line("encrypted", view.encryption.as_deref().unwrap_or("no"));
    }
    if let Some(pin) = &view.spki_sha256 {
        page.line("key pin", &format!("sha256//{pin}"));
    }
    if view.key.is_none() || !view.was_compared {
        return;
    }
    if view.belongs_to.is_empty() {
        let text = "none of the certificates given here";
        page.painted_line("belongs to", text, "none", YELLOW);
    }
    for owner in &view.belongs_to {
        let owner = printable(owner);
        page.painted_line("belongs to", &owner, &owner, GREEN);
    }
}

/// With the colour that it deserves. Days are rounded down, so those since the end are rounded up.
pub(super) fn days(left: i64) -> (String, Option<&'static str>) {
    match left {
        ..-1 => (
            format!("expired {} days ago", left.unsigned_abs()),
            Some(RED),
        ),
        -1 => ("expired 1 day ago".to_owned(), Some(RED)),
        0 => ("less than a day left".to_owned(), Some(RED)),
        1 => ("1 day left".to_owned(), Some(RED)),
        2..7 => (format!("{left} days left"), Some(RED)),
        7..30 => (format!("{left} days left"), Some(YELLOW)),
        30.. => (format!("{left} days left"), None),
    }
}

fn names(dns: &[String], ip: &[String], others: &[String], page: &mut Page<'_>) {
    let all: Vec<&str> = [dns, ip, others]
        .iter()
        .copied()
        .flatten()
        .map(String::as_str)
        .collect();
    page.line("names", or_none(&all.join(", ")));
}

fn key_line(key: &str, weakness: Option<&str>, page: &mut Page<'_>) {
    match weakness {
        Some(reason) => {
            let text = format!("{key}, weak: {reason}");
            page.painted_line("key", &text, "weak", YELLOW);
        }
        None => page.line("key", key),
    }
}

fn usages(view: &ExtensionsView, page: &mut Page<'_>) {
    list("usage", view.key_usage.as_deref().unwrap_or_default(), page);
    list(
        "purposes",
        view.extended_key_usage.as_deref().unwrap_or_default(),
        page,
    );
}

fn authority(view: &ExtensionsView, page: &mut Page<'_>) {
    let limit = match view.path_length {
        None => String::new(),
        Some(0) => ", for leaves only".to_owned(),
        Some(1) => ", with one intermediate below at most".to_owned(),
        Some(length) => format!(", with {length} intermediates below at most"),
    };
    page.line("authority", &format!("yes{limit}"));
}

fn links(view: &ExtensionsView, page: &mut Page<'_>) {
    list("issuer at", &view.issuer_urls, page);
    list("ocsp", &view.ocsp_urls, page);
    list("crl", &view.crl_urls, page);
    list("policies", &view.policies, page);
}

fn rest(view: &ExtensionsView, page: &mut Page<'_>) {
    let ids = [
        ("key id", &view.subject_key_id),
        ("issuer's id", &view.authority_key_id),
    ];
    for (label, id) in ids {
        if let Some(id) = id {
            page.line(label, id);
        }
    }
    for other in &view.other_extensions {
        let critical = if other.critical { ", critical" } else { "" };
        let text = format!("{}{critical}, {} bytes", other.oid, other.length);
        page.line("extension", &text);
    }
}

/// Nothing for an empty list.
fn list(label: &str, texts: &[String], page: &mut Page<'_>) {
    if !texts.is_empty() {
        page.line(label, &texts.join(", "));
    }
}

fn or_none(text: &str) -> &str {
    if text.is_empty() { "none" } else { text }
}

/// `ab12` as `AB:12`, as openssl and keytool print it.
fn colons(hex: &str) -> String {
    let upper = hex.to_ascii_uppercase();
    let pairs: Vec<&str> = (0..upper.len())
        .step_by(2)
        .filter_map(|start| upper.get(start..start + 2))
        .collect();
    pairs.join(":")
}
