//! What can go wrong, in words. `Display` is the problem, [`Error::hint`] the way out: lower case, no
//! full stop. Each area has its own enum below `error/`; this one gathers them and knows the exit code.

pub(crate) mod certificate;
pub(crate) mod file;
pub(crate) mod key;
pub(crate) mod keystore;
pub(crate) mod monit;
mod position;
pub(crate) mod props;
pub(crate) mod service;

use std::fmt;

pub(crate) use certificate::CertificateError;
pub(crate) use file::FileError;
pub(crate) use key::KeyError;
pub(crate) use keystore::KeystoreError;
pub(crate) use monit::MonitError;
pub(crate) use position::Position;
pub(crate) use props::PropsError;
pub(crate) use service::ServiceError;

pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub(crate) enum Error {
    Certificate(CertificateError),
    File(FileError),
    Key(KeyError),
    Keystore(KeystoreError),
    Monit(MonitError),
    Props(PropsError),
    Service(ServiceError),
}

impl Error {
    /// The way out, where we know one; flags spelled as the user types them.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::Certificate(error) => error.hint(),
            Self::File(error) => error.hint(),
            Self::Key(error) => error.hint(),
            Self::Keystore(error) => error.hint(),
            Self::Monit(error) => error.hint(),
            Self::Props(error) => error.hint(),
            Self::Service(error) => error.hint(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Certificate(error) => error.fmt(f),
            Self::File(error) => error.fmt(f),
            Self::Key(error) => error.fmt(f),
            Self::Keystore(error) => error.fmt(f),
            Self::Monit(error) => error.fmt(f),
            Self::Props(error) => error.fmt(f),
            Self::Service(error) => error.fmt(f),
        }
    }
}

impl From<CertificateError> for Error {
    fn from(error: CertificateError) -> Self {
        Self::Certificate(error)
    }
}

impl From<FileError> for Error {
    fn from(error: FileError) -> Self {
        Self::File(error)
    }
}

impl From<KeyError> for Error {
    fn from(error: KeyError) -> Self {
        Self::Key(error)
    }
}

impl From<KeystoreError> for Error {
    fn from(error: KeystoreError) -> Self {
        Self::Keystore(error)
    }
}

impl From<MonitError> for Error {
    fn from(error: MonitError) -> Self {
        Self::Monit(error)
    }
}

impl From<PropsError> for Error {
    fn from(error: PropsError) -> Self {
        Self::Props(error)
    }
}

impl From<ServiceError> for Error {
    fn from(error: ServiceError) -> Self {
        Self::Service(error)
    }
}
