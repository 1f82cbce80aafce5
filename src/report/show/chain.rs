//! A chain as a line of links, and who vouches for it.

use serde::Serialize;
use time::OffsetDateTime;

use crate::pki::certificate::Certificate;
use crate::pki::findings::{Code, Finding};
use crate::pki::trust::{Origin, TrustAnchors};
use crate::report::scan::Kind;
use crate::report::show::certificate::days_left;
use crate::report::show::moment;

#[derive(Debug, Serialize)]
pub(crate) struct ChainView {
    /// From the leaf upwards, as far as they are known.
    pub(crate) links: Vec<LinkView>,
    /// The subject of the certificate that comes next and is not here.
    pub(crate) missing: Option<String>,
    pub(crate) trusted: bool,
    /// Why, or why not, in words.
    pub(crate) reason: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct LinkView {
    pub(crate) title: String,
    pub(crate) kind: Kind,
    pub(crate) sha256: String,
    pub(crate) not_after: String,
    pub(crate) days_left: i64,
    /// Among the certificates of the source; null for one that is not there.
    pub(crate) number: Option<usize>,
    /// Where it comes from instead: another file, or the trust anchors.
    pub(crate) from: Option<String>,
}

impl LinkView {
    pub(crate) fn of(certificate: &Certificate, kind: Kind, now: OffsetDateTime) -> Self {
        Self {
            title: certificate.title(),
            kind,
            sha256: format!("{:x}", certificate.fingerprint()),
            not_after: moment(certificate.not_after()),
            days_left: days_left(certificate, now),
            number: None,
            from: None,
        }
    }
}

/// Whether a client with these anchors accepts `path`, leaf first, and why. `complaint` is what the
/// judgement said about who vouches for it, `critical` the codes of what else no client gets past.
pub(crate) fn trust(
    path: &[&Certificate],
    complaint: Option<&Finding>,
    critical: &[Code],
    anchors: &TrustAnchors,
) -> (bool, String) {
    let top = path.last().map(|top| top.title()).unwrap_or_default();
    let origin = path.last().and_then(|top| anchors.origin_of(top));
    match (complaint.map(|finding| finding.code), origin) {
        (None, Some(origin)) => {
            let mut reason = format!("{top} is one of {}", origin_words(origin));
            let codes: Vec<String> = critical.iter().map(Code::to_string).collect();
            if !codes.is_empty() {
                reason.push_str(&format!(", but: {}", codes.join(", ")));
            }
            (critical.is_empty(), reason)
        }
        (Some(Code::IncompleteChain), _) => (false, "a certificate is missing".to_owned()),
        (Some(Code::SelfSigned), _)
            if path.iter().all(|it| it.is_ca() && !it.has_server_names()) =>
        {
            (false, "it is no trust anchor here".to_owned())
        }
        (Some(Code::SelfSigned), _) => (false, "it is self-signed".to_owned()),
        (Some(_) | None, _) => (false, format!("{top} is no trust anchor here")),
    }
}

pub(crate) fn origin_words(origin: Origin) -> &'static str {
    match origin {
        Origin::Given => "the trust anchors given with --ca",
        Origin::System => "the trust anchors of this system",
    }
}
