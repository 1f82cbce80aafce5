//! What can go wrong with a certificate.

use std::fmt;

/// Variants are in alphabetical order. `Display` is the problem; `hint` is the way out.
///
/// `name` is the file or endpoint as the user wrote it; texts out of certificates are escaped already.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum CertificateError {
    /// The certificate has several names and the user named none.
    AmbiguousHost { names: Vec<String> },
    /// A certificate cannot be read; `line` is where its block begins, for PEM.
    Damaged {
        name: String,
        line: Option<usize>,
        reason: &'static str,
    },
    /// The file has no bytes, or blank ones only.
    Empty { name: String },
    /// `--host` is neither a DNS name nor an IP address.
    Host { given: String, reason: &'static str },
    /// There is no certificate to work with.
    NoCertificate { name: String },
    /// The certificate names no host at all.
    NoHost,
    /// Something that we know, but not a certificate.
    Other { name: String, found: Found },
    /// A throw-away certificate could not be made; the cause is the library's.
    Throwaway { reason: String },
}

/// What a file holds in place of a certificate.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Found {
    CertificateRequest,
    JavaKeystore,
    Pkcs12,
    PrivateKey,
    PublicKey,
    RevocationList,
    Unknown,
    WebPage,
}

impl CertificateError {
    pub(crate) fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::AmbiguousHost { .. } => "say with --host which one this server is reached by",
            Self::Damaged { .. } => {
                "copy the file again, whole, from the first -----BEGIN to the last -----END"
            }
            Self::Host { .. } => "for example --host deephaven.example.com",
            Self::Empty { .. } | Self::NoCertificate { .. } => {
                "--crt wants the certificate that the CA issued, with its intermediates"
            }
            Self::NoHost => "say with --host which name this server is reached by",
            Self::Other { found, .. } => found.hint(),
            Self::Throwaway { .. } => return None,
        };
        Some(hint.to_owned())
    }
}

impl fmt::Display for CertificateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AmbiguousHost { names } => {
                write!(f, "the certificate has several names: {}", names.join(", "))
            }
            Self::Damaged {
                name,
                line: Some(line),
                reason,
            } => write!(f, "{name}:{line}: damaged block: {reason}"),
            Self::Damaged {
                name,
                line: None,
                reason,
            } => write!(f, "{name}: damaged certificate: {reason}"),
            Self::Empty { name } => write!(f, "{name} is empty"),
            Self::Host { given, reason } => {
                write!(f, "\"{given}\" cannot be a server's name: {reason}")
            }
            Self::NoCertificate { name } => write!(f, "{name} holds no certificate"),
            Self::NoHost => f.write_str("the certificate names no single host"),
            Self::Other { name, found } => {
                write!(f, "{name} holds {}, not a certificate", found.words())
            }
            Self::Throwaway { reason } => write!(f, "cannot make a certificate: {reason}"),
        }
    }
}

impl Found {
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::CertificateRequest => "a certificate request (CSR)",
            Self::JavaKeystore => "a Java keystore (JKS)",
            Self::Pkcs12 => "a PKCS#12 keystore",
            Self::PrivateKey => "a private key",
            Self::PublicKey => "a bare public key",
            Self::RevocationList => "a revocation list (CRL)",
            Self::Unknown => "something unknown",
            Self::WebPage => "a web page",
        }
    }

    fn hint(self) -> &'static str {
        match self {
            Self::CertificateRequest => "the CA answers a request with a certificate: give that",
            Self::JavaKeystore => {
                "convert it: keytool -importkeystore -srckeystore FILE -destkeystore new.p12 \
                 -deststoretype pkcs12, then give new.p12 with --pfx"
            }
            Self::Pkcs12 => "give it with --pfx instead of --crt and --key",
            Self::PrivateKey => "a private key is given as --key; here a certificate is wanted",
            Self::PublicKey | Self::RevocationList | Self::Unknown => {
                "--crt wants the certificate that the CA issued, as PEM, DER or PKCS#7"
            }
            Self::WebPage => "the download failed or needs a login: fetch the certificate again",
        }
    }
}
