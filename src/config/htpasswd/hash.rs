//! The kinds of hash in a users file, and which passwords are worth hashing.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest, Sha1};

use crate::config::htpasswd::apr1::apr1_with;
use crate::error::HtpasswdError;
use crate::error::htpasswd::PasswordFault;
use crate::secret::Secret;

/// lighttpd reads name and password from a buffer of 1,023 bytes (1.4.59 and later), and neither
/// `htpasswd` nor `openssl passwd` takes more than this.
const LONGEST_PASSWORD: usize = 255;

/// What lighttpd compares a password with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HashKind {
    /// `$apr1$`, by lighttpd itself.
    Apr1,
    /// `$2a$`, `$2b$`, `$2y$`; the system's crypt(3) has to know it.
    Bcrypt,
    /// Thirteen characters: DES, which reads eight characters of a password.
    Des,
    /// A file for the method digest, `user:realm:hash`, which the htpasswd backend cannot read.
    Htdigest,
    /// `$1$`
    Md5Crypt,
    /// `{SHA}`, by lighttpd itself; without salt.
    Sha1,
    /// `$5$`
    Sha256Crypt,
    /// `$6$`
    Sha512Crypt,
    /// Nothing that is known; perhaps a password in the clear, with which nobody gets in.
    Unknown,
    /// `$y$`; the system's crypt(3) has to know it.
    Yescrypt,
}

impl HashKind {
    pub(super) fn of(hash: &[u8]) -> Self {
        let kinds: [(&[u8], Self); 9] = [
            (b"$1$", Self::Md5Crypt),
            (b"$2a$", Self::Bcrypt),
            (b"$2b$", Self::Bcrypt),
            (b"$2y$", Self::Bcrypt),
            (b"$5$", Self::Sha256Crypt),
            (b"$6$", Self::Sha512Crypt),
            (b"$apr1$", Self::Apr1),
            (b"$y$", Self::Yescrypt),
            (b"{SHA}", Self::Sha1),
        ];
        let is_crypt = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'/');
        let known = kinds.iter().find(|(start, _)| hash.starts_with(start));
        match known {
            Some((_, kind)) => *kind,
            None if hash.contains(&b':') => Self::Htdigest,
            None if hash.len() == 13 && hash.iter().all(is_crypt) => Self::Des,
            None => Self::Unknown,
        }
    }
}

impl fmt::Display for HashKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Apr1 => "apr1",
            Self::Bcrypt => "bcrypt",
            Self::Des => "DES",
            Self::Htdigest => "htdigest",
            Self::Md5Crypt => "MD5 crypt",
            Self::Sha1 => "SHA-1",
            Self::Sha256Crypt => "SHA-256 crypt",
            Self::Sha512Crypt => "SHA-512 crypt",
            Self::Unknown => "unknown",
            Self::Yescrypt => "yescrypt",
        })
    }
}

/// Whether `hash` is one of `password`; `None` for a kind that only crypt(3) can tell.
pub(crate) fn verify(password: &[u8], hash: &Secret) -> Option<bool> {
    let text = hash.expose();
    if let Some(rest) = text.strip_prefix(b"$apr1$") {
        let salt = rest.split(|byte| *byte == b'$').next().unwrap_or_default();
        let salt = salt.get(..8).unwrap_or(salt);
        return Some(apr1_with(password, salt) == *hash);
    }
    let digest = STANDARD.decode(text.strip_prefix(b"{SHA}")?);
    let ours = Secret::new(Sha1::digest(password).to_vec());
    Some(digest.is_ok_and(|digest| Secret::new(digest) == ours))
}

/// Refuses a password that nobody could log in with. Control characters cannot be typed into a launcher
/// or browser (RFC 7617, section 2), and NUL and the end of a line would cut it off unnoticed.
pub(crate) fn check_password(password: &[u8]) -> Result<(), HtpasswdError> {
    let fault = if password.is_empty() {
        PasswordFault::Empty
    } else if password.iter().any(u8::is_ascii_control) {
        PasswordFault::ControlCharacter
    } else if password.len() > LONGEST_PASSWORD {
        PasswordFault::TooLong
    } else {
        return Ok(());
    };
    Err(HtpasswdError::Password(fault))
}
