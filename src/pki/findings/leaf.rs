//! Findings about the leaf itself: usages, names, strength.

use crate::pki::certificate::Certificate;
use crate::pki::certificate::public_key::KeyKind;
use crate::pki::names::ServerName;

use super::{Code, Finding};

/// All that is wrong with `leaf` as a server's certificate, dates and issuers aside.
///
/// Deephaven wants digitalSignature, keyEncipherment with an RSA key, and serverAuth.
pub(crate) fn judge_leaf(leaf: &Certificate) -> Vec<Finding> {
    let wrong_usage =
        |message: &str| Finding::new(Code::WrongUsage, format!("{} {message}", leaf.title()));
    let mut findings: Vec<_> = missing_usages(leaf).into_iter().map(wrong_usage).collect();
    // `openssl req -x509` marks everything as a CA, and clients take such a leaf when they trust it.
    if leaf.is_ca() && !leaf.is_self_signed() {
        findings.push(wrong_usage("is a CA's certificate, not a server's"));
    }
    if !leaf.has_server_names() {
        let message = format!(
            "{} has no subject alternative name; clients ignore the common name",
            leaf.title()
        );
        findings.push(Finding::new(Code::NoSan, message));
    }
    findings
}

/// Whether the certificate covers the name that clients use; lists what it does cover.
pub(crate) fn judge_host(leaf: &Certificate, host: &ServerName) -> Option<Finding> {
    // Without any name `no-san` says it all.
    if host.is_covered_by(leaf) || !leaf.has_server_names() {
        return None;
    }
    let dns = leaf.dns_names().iter().map(ToString::to_string);
    let ip = leaf.ip_addresses().iter().map(ToString::to_string);
    let names: Vec<_> = dns.chain(ip).collect();
    let message = format!(
        "the certificate does not cover {host}, only {}",
        shortened(&names)
    );
    Some(Finding::new(Code::HostMismatch, message))
}

fn missing_usages(leaf: &Certificate) -> Vec<&'static str> {
    let extensions = leaf.extensions();
    let mut missing = Vec::new();
    if let Some(usage) = &extensions.key_usage {
        if !usage.digital_signature() {
            missing.push("may not be used for TLS: its key usage lacks digitalSignature");
        }
        if !usage.key_encipherment() && matches!(leaf.key_kind(), KeyKind::Rsa { .. }) {
            missing.push("has an RSA key, but its key usage lacks keyEncipherment");
        }
    }
    // anyExtendedKeyUsage alone does not do: OpenSSL refuses it for a server.
    if extensions
        .extended_key_usage
        .is_some_and(|usage| !usage.server_auth)
    {
        missing.push("may not be used by a server: its extended key usage lacks serverAuth");
    }
    missing
}

/// Certificates with a hundred names exist; a message shows the first ten.
fn shortened(names: &[String]) -> String {
    match names.get(..10) {
        Some(first) if names.len() > 10 => {
            format!("{} and {} more", first.join(", "), names.len() - 10)
        }
        Some(_) | None => names.join(", "),
    }
}
