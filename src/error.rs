//! What can go wrong, in words. `Display` is the problem, [`Error::hint`] the way out: lower case, no
//! full stop. Each area has its own enum below `error/`; this one gathers them and knows the exit code.

pub(crate) mod certificate;
pub(crate) mod change;
pub(crate) mod file;
pub(crate) mod key;
pub(crate) mod keystore;
pub(crate) mod lighttpd;
pub(crate) mod monit;
mod position;
pub(crate) mod props;
pub(crate) mod service;
pub(crate) mod settings;
pub(crate) mod webapi;

use std::fmt;

pub(crate) use certificate::CertificateError;
pub(crate) use change::ChangeError;
pub(crate) use file::FileError;
pub(crate) use key::KeyError;
pub(crate) use keystore::KeystoreError;
pub(crate) use lighttpd::LighttpdError;
pub(crate) use monit::MonitError;
pub(crate) use position::Position;
pub(crate) use props::PropsError;
pub(crate) use service::ServiceError;
pub(crate) use settings::SettingsError;
pub(crate) use webapi::WebapiError;

pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub(crate) enum Error {
    Certificate(CertificateError),
    Change(ChangeError),
    File(FileError),
    Key(KeyError),
    Keystore(KeystoreError),
    Lighttpd(LighttpdError),
    Monit(MonitError),
    Props(PropsError),
    Service(ServiceError),
    Settings(SettingsError),
    Webapi(WebapiError),
}

impl Error {
    /// The way out, where we know one; flags spelled as the user types them.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::Certificate(error) => error.hint(),
            Self::Change(error) => error.hint(),
            Self::File(error) => error.hint(),
            Self::Key(error) => error.hint(),
            Self::Keystore(error) => error.hint(),
            Self::Lighttpd(error) => error.hint(),
            Self::Monit(error) => error.hint(),
            Self::Props(error) => error.hint(),
            Self::Service(error) => error.hint(),
            Self::Settings(error) => error.hint(),
            Self::Webapi(error) => error.hint(),
        }
    }

    /// 1: refused or failed, and everything is as it was; 3: a person must look.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Change(error) => error.exit_code(),
            Self::File(error) if error.needs_a_person() => 3,
            Self::Certificate(_)
            | Self::File(_)
            | Self::Key(_)
            | Self::Keystore(_)
            | Self::Lighttpd(_)
            | Self::Monit(_)
            | Self::Props(_)
            | Self::Service(_)
            | Self::Settings(_)
            | Self::Webapi(_) => 1,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Certificate(error) => error.fmt(f),
            Self::Change(error) => error.fmt(f),
            Self::File(error) => error.fmt(f),
            Self::Key(error) => error.fmt(f),
            Self::Keystore(error) => error.fmt(f),
            Self::Lighttpd(error) => error.fmt(f),
            Self::Monit(error) => error.fmt(f),
            Self::Props(error) => error.fmt(f),
            Self::Service(error) => error.fmt(f),
            Self::Settings(error) => error.fmt(f),
            Self::Webapi(error) => error.fmt(f),
        }
    }
}

impl From<CertificateError> for Error {
    fn from(error: CertificateError) -> Self {
        Self::Certificate(error)
    }
}

impl From<ChangeError> for Error {
    fn from(error: ChangeError) -> Self {
        Self::Change(error)
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

impl From<LighttpdError> for Error {
    fn from(error: LighttpdError) -> Self {
        Self::Lighttpd(error)
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

impl From<SettingsError> for Error {
    fn from(error: SettingsError) -> Self {
        Self::Settings(error)
    }
}

impl From<WebapiError> for Error {
    fn from(error: WebapiError) -> Self {
        Self::Webapi(error)
    }
}
