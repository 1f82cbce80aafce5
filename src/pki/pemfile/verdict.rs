//! What becomes of lighttpd with a pemfile.

use std::fmt;

/// Of lighttpd 1.4.59 to 1.4.85 with OpenSSL 3.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Verdict {
    /// It starts, but sends only the certificates before this line: the block there is damaged.
    CutShort {
        line: usize,
    },
    DoesNotStart(Fault),
    /// It starts and sends all certificates of the file.
    Works,
}

/// Why lighttpd does not start. Lines count from 1.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Fault {
    CertificateMissing,
    /// Between the key, or the start, and the leaf.
    Damaged {
        line: usize,
    },
    Empty,
    /// Blanks before a BEGIN or END line.
    Indented {
        line: usize,
    },
    /// Two markers on one line: a file without newline at its end was joined with another by `cat`.
    Joined {
        line: usize,
    },
    KeyEncrypted {
        line: usize,
    },
    KeyMissing,
    /// The key is of no certificate in the file.
    KeyMismatch,
    /// The leaf is there, but another certificate comes before it.
    LeafNotFirst {
        line: usize,
    },
    /// The leaf's key is there, but another key comes before it.
    OtherKeyFirst {
        line: usize,
    },
}

impl fmt::Display for Fault {
    /// To be read after "lighttpd does not start with FILE: ".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CertificateMissing => f.write_str("it holds no certificate"),
            Self::Damaged { line } => write!(f, "the block in line {line} is damaged"),
            Self::Empty => f.write_str("it is empty"),
            Self::Indented { line } => write!(f, "line {line} begins with blanks"),
            Self::Joined { line } => write!(
                f,
                "line {line} holds the end of one block and the beginning of the next"
            ),
            Self::KeyEncrypted { line } => write!(f, "the key in line {line} is encrypted"),
            Self::KeyMissing => f.write_str("it holds no private key"),
            Self::KeyMismatch => f.write_str("its key is of none of its certificates"),
            Self::LeafNotFirst { line } => write!(
                f,
                "the certificate in line {line} comes before the server's own"
            ),
            Self::OtherKeyFirst { line } => {
                write!(
                    f,
                    "the key in line {line} comes before the certificate's own"
                )
            }
        }
    }
}
