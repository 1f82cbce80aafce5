//! What can be wrong with the launcher file that users get from the Client Update Service.

use std::fmt;

/// Variants are in alphabetical order.
#[derive(Debug)]
pub(crate) enum LauncherFault {
    /// Its `appbase` lines name another address, or there are none.
    Names { named: Vec<String>, origin: String },
    /// It is handed out to anyone; `status` is what a request without credentials got.
    NoPassword { status: u16 },
    /// Good credentials got this.
    PasswordRefused { user: String, status: u16 },
    /// Any other answer than a file.
    Status(u16),
}

impl LauncherFault {
    pub(super) fn describe(&self, url: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Names { named, origin } if named.is_empty() => {
                write!(f, "{url} names no appbase, where {origin} is expected")
            }
            Self::Names { named, origin } => {
                let named = named.join(" and ");
                write!(f, "{url} sends launchers to {named} instead of {origin}")
            }
            Self::NoPassword { status } => write!(
                f,
                "{url} is served without a password: a request without one got {} instead of 401",
                shown(*status)
            ),
            Self::PasswordRefused { user, status } => write!(
                f,
                "{url} refuses the right password of {user}: {}",
                shown(*status)
            ),
            Self::Status(status) => write!(f, "{url} answers {}", shown(*status)),
        }
    }

    /// Measured on lighttpd 1.4.69; the fault of each line was made there.
    pub(super) fn hint(&self) -> Option<&'static str> {
        let hint = match self {
            Self::Names { .. } => {
                "the file that is served is another one than the one that was edited, or is made anew \
                 at each start; [cus] getdown in /etc/dhtls.toml names it"
            }
            Self::NoPassword { .. } => {
                "is mod_auth in server.modules? without it lighttpd ignores auth.require; its error log then names \
                 the keys that it does not know"
            }
            Self::PasswordRefused { status: 500, .. } => METHOD,
            Self::PasswordRefused { .. } => {
                "lighttpd reads the users file as server.username: it has to be 0640 root:GROUP with the \
                 group of server.groupname; the first line of a user counts"
            }
            Self::Status(401) => {
                "auth.require asks for a password where none is expected; \
                 `dhtls cus-auth disable` ends that"
            }
            Self::Status(403) => {
                "server.username must be able to read the file and to enter every folder above it, \
                 and url.access-deny must not name it"
            }
            Self::Status(404) => "server.document-root of lighttpd holds no such file",
            Self::Status(500) => METHOD,
            Self::Status(300..=399) => {
                "launchers follow no redirect: the file has to be served there"
            }
            Self::Status(_) => return None,
        };
        Some(hint)
    }
}

const METHOD: &str = "lighttpd's error log says why; auth.require with \"method\" => \"digest\" beside the \
     htpasswd backend does it: use \"basic\"";

fn shown(status: u16) -> String {
    let reason = match status {
        200 => "200 OK",
        301 => "301 Moved Permanently",
        302 => "302 Found",
        400 => "400 Bad Request",
        401 => "401 Unauthorized",
        403 => "403 Forbidden",
        404 => "404 Not Found",
        500 => "500 Internal Server Error",
        503 => "503 Service Unavailable",
        _ => return status.to_string(),
    };
    reason.to_owned()
}
