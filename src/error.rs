//! What can go wrong, in words. `Display` is the problem, [`Error::hint`] the way out: lower case, no
//! full stop. Each area has its own enum below `error/`; this one gathers them and knows the exit code.

pub(crate) mod certificate;
pub(crate) mod change;
pub(crate) mod cus;
pub(crate) mod file;
pub(crate) mod getdown;
pub(crate) mod htpasswd;
pub(crate) mod key;
pub(crate) mod keystore;
pub(crate) mod launcher;
pub(crate) mod lighttpd;
pub(crate) mod lighttpd_program;
pub(crate) mod monit;
mod position;
pub(crate) mod props;
pub(crate) mod service;
pub(crate) mod settings;
pub(crate) mod show;
pub(crate) mod webapi;

use std::fmt;

pub(crate) use certificate::CertificateError;
pub(crate) use change::ChangeError;
pub(crate) use cus::CusError;
pub(crate) use file::FileError;
pub(crate) use getdown::GetdownError;
pub(crate) use htpasswd::HtpasswdError;
pub(crate) use key::KeyError;
pub(crate) use keystore::KeystoreError;
pub(crate) use launcher::LauncherFault;
pub(crate) use lighttpd::LighttpdError;
pub(crate) use lighttpd_program::LighttpdProgramError;
pub(crate) use monit::MonitError;
pub(crate) use position::Position;
pub(crate) use props::PropsError;
pub(crate) use service::ServiceError;
pub(crate) use settings::SettingsError;
pub(crate) use show::ShowError;
pub(crate) use webapi::WebapiError;

pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;

/// The enums of all areas as one, and what each of them can say.
macro_rules! areas {
    ($($area:ident($error:ident),)*) => {
        /// Why a command did not do what it was asked.
        #[derive(Debug)]
        pub(crate) enum Error {
            $($area($error),)*
        }

        impl Error {
            /// The way out, where we know one; flags spelled as the user types them.
            pub(crate) fn hint(&self) -> Option<String> {
                match self {
                    $(Self::$area(error) => error.hint(),)*
                }
            }
        }

        impl fmt::Display for Error {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(Self::$area(error) => error.fmt(f),)*
                }
            }
        }

        $(impl From<$error> for Error {
            fn from(error: $error) -> Self {
                Self::$area(error)
            }
        })*
    };
}

areas! {
    Certificate(CertificateError),
    Change(ChangeError),
    Cus(CusError),
    File(FileError),
    Getdown(GetdownError),
    Htpasswd(HtpasswdError),
    Key(KeyError),
    Keystore(KeystoreError),
    Lighttpd(LighttpdError),
    LighttpdProgram(LighttpdProgramError),
    Monit(MonitError),
    Props(PropsError),
    Service(ServiceError),
    Settings(SettingsError),
    Show(ShowError),
    Webapi(WebapiError),
}

impl Error {
    /// 1: refused or failed, and everything is as it was; 3: a person must look.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Change(error) => error.exit_code(),
            Self::File(error) if error.needs_a_person() => 3,
            Self::Certificate(_)
            | Self::Cus(_)
            | Self::File(_)
            | Self::Getdown(_)
            | Self::Htpasswd(_)
            | Self::Key(_)
            | Self::Keystore(_)
            | Self::Lighttpd(_)
            | Self::LighttpdProgram(_)
            | Self::Monit(_)
            | Self::Props(_)
            | Self::Service(_)
            | Self::Settings(_)
            | Self::Show(_)
            | Self::Webapi(_) => 1,
        }
    }
}
