//! What lighttpd makes of a pemfile.

use super::{Fault, Judged, Verdict};
use crate::pki::bundle;
use crate::pki::key::PrivateKey;

/// A pemfile that holds its key.
pub(crate) fn judge(pemfile: &[u8]) -> Judged {
    judge_pair(pemfile, pemfile)
}

/// A pemfile of certificates, such as certbot's fullchain.pem, with the key in a file of its own
/// (`ssl.privkey`, since 1.4.53).
pub(crate) fn judge_pair(pemfile: &[u8], privkey: &[u8]) -> Judged {
    let mut certificates = bundle::decode("", pemfile)
        .map(|bundle| bundle.certificates)
        .unwrap_or_default()
        .into_iter();
    let leaf = certificates.next();
    let key = PrivateKey::decode("", privkey, None).ok();
    let verdict = match (&key, &leaf) {
        (Some(key), Some(leaf)) if key.is_key_of(leaf.der()) => Verdict::Works,
        (Some(_), Some(_)) => Verdict::DoesNotStart(Fault::KeyMismatch),
        (_, None) => Verdict::DoesNotStart(Fault::CertificateMissing),
        (None, _) => Verdict::DoesNotStart(Fault::KeyMissing),
    };
    Judged {
        key,
        leaf,
        sent: certificates.collect(),
        verdict,
    }
}
