//! What becomes of lighttpd with a pemfile, in words.

use std::fmt;

/// Of lighttpd 1.4.59 to 1.4.76 with OpenSSL 3.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Verdict {
    DoesNotStart(Fault),
    /// It starts, but the file holds a certificate that it does not send.
    SendsLess(Flaw),
    /// It starts and sends all certificates of the file.
    Works,
}

/// Why lighttpd does not start. Lines count from 1.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Fault {
    /// The block that ought to be the leaf.
    Certificate(Flaw),
    CertificateMissing,
    Empty,
    /// The block that ought to be the key.
    Key(Flaw),
    KeyEncrypted {
        line: usize,
    },
    KeyMismatch,
    KeyMissing,
    /// The key's certificate is there, but the one in this line comes before it.
    LeafNotFirst {
        line: usize,
    },
    /// The leaf's key is there, but the one in this line comes before it.
    OtherKeyFirst {
        line: usize,
    },
}

/// A block that lighttpd cannot use, by the line of its BEGIN.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Flaw {
    pub(crate) line: usize,
    pub(crate) form: Form,
}

/// What is wrong with its form.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Form {
    /// Base64, DER or the END line.
    Damaged,
    /// Blanks before BEGIN.
    Indented,
    /// It begins on the line where the block before it ends: files without a newline at their end,
    /// joined by `cat`.
    Joined,
    /// Lines end in CR alone.
    LoneCr,
    /// PKCS#7, or OpenSSL's TRUSTED CERTIFICATE behind the leaf.
    OtherFormat,
    /// Text on the line of a BEGIN or END.
    TextAround,
    /// Whole, but not as OpenSSL reads it: empty lines in it, another kind's label.
    Unusual,
    Utf16,
}

impl fmt::Display for Fault {
    /// To be read after "lighttpd does not start with FILE: ".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CertificateMissing => f.write_str("it holds no certificate"),
            Self::Empty => f.write_str("it is empty"),
            Self::Certificate(flaw) | Self::Key(flaw) => flaw.fmt(f),
            Self::KeyEncrypted { line } => write!(f, "the key in line {line} is encrypted"),
            Self::KeyMismatch => f.write_str("the key is of none of the certificates"),
            Self::KeyMissing => f.write_str("it holds no private key"),
            Self::LeafNotFirst { line } => {
                write!(
                    f,
                    "the certificate in line {line} comes before the server's own"
                )
            }
            Self::OtherKeyFirst { line } => {
                write!(
                    f,
                    "the key in line {line} comes before the certificate's own"
                )
            }
        }
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.form {
            Form::Damaged => "the block is damaged",
            Form::Indented => "the block is indented",
            Form::Joined => "two blocks on one line, as of files joined without a newline between",
            Form::LoneCr => "the line ends in CR alone",
            Form::OtherFormat => "lighttpd passes over certificates in this format",
            Form::TextAround => "text on the line of a BEGIN or END",
            Form::Unusual => "the block is written in a way that lighttpd does not read",
            Form::Utf16 => "the file is UTF-16 text",
        };
        write!(f, "{what} (line {})", self.line)
    }
}
