//! What `dhtls show` shows, as data: text and JSON say the same of it.

pub(crate) mod certificate;
pub(crate) mod chain;
pub(crate) mod keystore;
mod text;

use serde::Serialize;
use time::OffsetDateTime;

use crate::report::rfc3339;
use certificate::{CertificateView, KeyView, RequestView};
use chain::ChainView;
use keystore::KeystoreView;

/// Everything that was named.
#[derive(Debug, Serialize)]
pub(crate) struct Showing {
    /// RFC 3339, UTC: days left and findings are as of then.
    pub(crate) shown_at: String,
    /// In the order of the command line.
    pub(crate) sources: Vec<SourceView>,
    /// What could not be read, with its way out.
    pub(crate) errors: Vec<ErrorView>,
}

/// One file or endpoint.
#[derive(Debug, Serialize)]
pub(crate) struct SourceView {
    pub(crate) source: String,
    /// `PEM`, `DER`, `PKCS#7`, `PKCS#12`, `base64` or `TLS`.
    pub(crate) format: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) endpoint: Option<EndpointView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) keystore: Option<KeystoreView>,
    pub(crate) chains: Vec<ChainView>,
    /// Each once, in the order of the source.
    pub(crate) certificates: Vec<CertificateView>,
    pub(crate) requests: Vec<RequestView>,
    pub(crate) keys: Vec<KeyView>,
    /// A sentence about each.
    pub(crate) revocation_lists: Vec<String>,
    /// What other programs would stumble over, and what belongs to no certificate.
    pub(crate) notes: Vec<String>,
}

impl SourceView {
    /// Nothing is known of it but its name, its format and what there is to note.
    pub(crate) fn new(source: String, format: &'static str, notes: Vec<String>) -> Self {
        Self {
            source,
            format,
            endpoint: None,
            keystore: None,
            chains: Vec::new(),
            certificates: Vec::new(),
            requests: Vec::new(),
            keys: Vec::new(),
            revocation_lists: Vec::new(),
            notes,
        }
    }
}

/// What was spoken.
#[derive(Debug, Serialize)]
pub(crate) struct EndpointView {
    /// OpenSSL's name: `TLSv1.3`.
    pub(crate) protocol: &'static str,
    pub(crate) cipher: String,
    /// The name that was asked for and is held against the certificate; none is checked for an address
    /// with a zone.
    pub(crate) host: Option<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct ErrorView {
    pub(crate) source: String,
    pub(crate) message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) hint: Option<String>,
}

/// How the person wants the text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    pub(crate) colour: bool,
    /// Columns of the terminal; `None` for a pipe or a file.
    pub(crate) width: Option<usize>,
    pub(crate) detail: Detail,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Detail {
    /// Chains, and what is wrong with them.
    Brief,
    Usual,
    /// Also what only a parser can love.
    Full,
}

impl Showing {
    /// For people.
    pub(crate) fn render(&self, look: &Look) -> String {
        text::render(self, look)
    }
}

/// In whole seconds.
pub(crate) fn moment(time: OffsetDateTime) -> String {
    rfc3339(time.replace_nanosecond(0).unwrap_or(time))
}
