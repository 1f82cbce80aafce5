//! Findings along a path, leaf first, trust anchor last: dates, strength, who may issue for whom.

use time::OffsetDateTime;

use crate::pki::certificate::Certificate;

use super::form::faults_of_form;
use super::{Code, Finding, date};

/// All that a client could hold against `path` at `now`: every certificate of it is looked at.
///
/// Issuer names and signatures are taken as checked; rules of RFC 5280, 6.1.
pub(crate) fn judge_path(path: &[&Certificate], now: OffsetDateTime) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (depth, certificate) in path.iter().enumerate() {
        findings.extend(judge_alone(certificate, now));
        if let Some((_, below @ [_, ..])) = path.get(..=depth).and_then(<[_]>::split_last) {
            findings.extend(judge_issuer(certificate, below));
        }
    }
    findings
}

/// What is wrong with a certificate whatever stands above or below it: dates, strength, extensions that
/// no client gets past.
pub(crate) fn judge_alone(certificate: &Certificate, now: OffsetDateTime) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(judge_dates(certificate, now));
    findings.extend(judge_strength(certificate));
    let faults = certificate.extensions().faults.iter();
    findings.extend(faults.map(|fault| wrong_usage(certificate, &fault.to_string())));
    let faults = faults_of_form(certificate);
    findings.extend(faults.map(|fault| wrong_usage(certificate, fault)));
    findings
}

/// The last second is part of the validity, to its end.
pub(crate) fn has_expired(certificate: &Certificate, now: OffsetDateTime) -> bool {
    now.unix_timestamp() > certificate.not_after().unix_timestamp()
}

fn judge_dates(certificate: &Certificate, now: OffsetDateTime) -> Option<Finding> {
    if has_expired(certificate, now) {
        let since = date(certificate.not_after());
        let message = format!("{} expired on {since}", certificate.title());
        Some(Finding::new(Code::Expired, message))
    } else if now < certificate.not_before() {
        let from = date(certificate.not_before());
        let message = format!("{} is not valid before {from}", certificate.title());
        Some(Finding::new(Code::NotYetValid, message))
    } else {
        None
    }
}

fn judge_strength(certificate: &Certificate) -> Vec<Finding> {
    let mut findings = Vec::new();
    let key = certificate.key_kind();
    if let Some(reason) = key.weakness() {
        let title = certificate.title();
        let message = format!("{title} has a weak key ({key}): {reason}");
        findings.push(Finding::new(Code::WeakKey, message));
    }
    // Nobody looks at the signature of a root: it is trusted for being there.
    if let Some(hash) = certificate.signature_algorithm().weak_hash()
        && !certificate.is_self_signed()
    {
        let title = certificate.title();
        let message = format!("{title} is signed with {hash}, which can be forged");
        findings.push(Finding::new(Code::WeakSignature, message));
    }
    findings
}

/// Whether `issuer` may issue what stands `below` it, leaf first (never empty).
pub(crate) fn judge_issuer(issuer: &Certificate, below: &[&Certificate]) -> Vec<Finding> {
    let extensions = issuer.extensions();
    let mut findings = Vec::new();
    let mut complain = |message: &str| findings.push(wrong_usage(issuer, message));
    // They cannot say what they are. Of version 3 Java believes no root that does not say it.
    let bare_root = issuer.version() < 3 && issuer.is_self_signed();
    if !issuer.is_ca() && !bare_root {
        complain("issues certificates, but is not a CA's certificate");
    }
    if extensions
        .key_usage
        .as_ref()
        .is_some_and(|usage| !usage.key_cert_sign())
    {
        complain("issues certificates, but its key usage lacks keyCertSign");
    }
    if extensions
        .extended_key_usage
        .is_some_and(|usage| !usage.server_auth && !usage.any)
    {
        complain("may not issue certificates for servers: its extended key usage lacks serverAuth");
    }
    // RFC 5280, 6.1.4 (l): self-issued ones do not count.
    let intermediates = below
        .iter()
        .skip(1)
        .filter(|below| !below.is_self_issued())
        .count();
    let limit = extensions
        .basic_constraints
        .as_ref()
        .and_then(|basic| basic.path_len_constraint);
    if limit.is_some_and(|limit| intermediates > limit as usize) {
        complain("allows fewer intermediates below it than there are");
    }
    if let Some(message) = forbidden_name(issuer, below) {
        complain(&message);
    }
    findings
}

fn forbidden_name(issuer: &Certificate, below: &[&Certificate]) -> Option<String> {
    let constraints = issuer.extensions().name_constraints.as_ref()?;
    below.iter().enumerate().find_map(|(depth, certificate)| {
        // RFC 5280, 6.1.3 (b): self-issued intermediates are exempt, the leaf never is.
        let exempt = depth > 0 && certificate.is_self_issued();
        let name = (!exempt)
            .then(|| constraints.forbidden_name(certificate))
            .flatten()?;
        Some(format!("may not issue certificates for {name}"))
    })
}

fn wrong_usage(certificate: &Certificate, message: &str) -> Finding {
    Finding::new(
        Code::WrongUsage,
        format!("{} {message}", certificate.title()),
    )
}
