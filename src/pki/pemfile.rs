//! lighttpd's pemfile: key, leaf and intermediates in one file. What we write, and what lighttpd makes
//! of the one that is there.

mod judge;
mod strict;
mod unseen;
mod verdict;

use crate::pki::certificate::Certificate;
use crate::pki::key::PrivateKey;
use crate::pki::pem;
use crate::secret::Secret;

pub(crate) use judge::{judge, judge_pair};
pub(crate) use verdict::{Fault, Flaw, Form, Verdict};

/// Key (PKCS#8, not encrypted), leaf, intermediates: what every lighttpd since 1.4.48 serves, with every
/// OpenSSL since 1.0.
pub(crate) fn encode(
    key: &PrivateKey,
    leaf: &Certificate,
    intermediates: &[Certificate],
) -> Secret {
    let pkcs8 = key.to_pkcs8_der();
    let certificates = std::iter::once(leaf).chain(intermediates);
    let certificates = certificates.map(|certificate| ("CERTIFICATE", certificate.der()));
    pem::encode(std::iter::once(("PRIVATE KEY", pkcs8.expose())).chain(certificates))
}

/// What lighttpd takes from a pemfile, and what becomes of it. Dates and strength are not looked at:
/// lighttpd starts with an expired leaf as well, and with one of RSA 1024, with which every handshake fails
/// (1.4.69, OpenSSL 3.0).
#[derive(Debug)]
pub(crate) struct Judged {
    /// The key that lighttpd takes; none when it is encrypted, damaged or not there.
    pub(crate) key: Option<PrivateKey>,
    /// The certificate that lighttpd takes for the leaf.
    pub(crate) leaf: Option<Certificate>,
    /// What it sends after the leaf. Whether that leads clients to a root is for `pki::chain` to say:
    /// lighttpd starts without any intermediate, or with a wrong one.
    pub(crate) sent: Vec<Certificate>,
    pub(crate) verdict: Verdict,
    /// Whether OpenSSL before 3.0 reads it in the same way.
    is_plain: bool,
}

impl Judged {
    /// Whether every lighttpd serves exactly this from it already, whatever the form.
    pub(crate) fn equals(
        &self,
        key: &PrivateKey,
        leaf: &Certificate,
        intermediates: &[Certificate],
    ) -> bool {
        self.verdict == Verdict::Works
            && self.is_plain
            && self.key.as_ref() == Some(key)
            && self.leaf.as_ref() == Some(leaf)
            && self.sent == intermediates
    }
}

#[cfg(test)]
mod tests;
