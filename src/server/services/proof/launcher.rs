//! What users' launchers get: the file, from the right address, with or without a password.

use crate::error::service::EndpointFault;
use crate::error::{LauncherFault, ServiceError};
use crate::server::services::proof::appbase::names_origin;
use crate::server::services::proof::ask::{Answer, ONE_LOOK, check_leaf};
use crate::system::deadline::Deadline;
use crate::system::endpoint::{Credentials, Endpoint, Request, Response, Scheme, get, handshake};
use crate::system::plan::{Expected, Launcher};

/// Asks one endpoint for all that is expected of it, as a launcher would.
pub(super) fn check(
    launcher: &Launcher,
    endpoint: &Endpoint,
    expected: &Expected<'_>,
    login: Option<&Credentials>,
    deadline: &Deadline<'_>,
) -> Result<Answer, ServiceError> {
    let asked = Asked {
        launcher,
        endpoint,
        expected,
        deadline,
    };
    let (url, found) = asked.find(None)?;
    let is_locked = launcher.password.unwrap_or(found.status == 401);
    let mut said = match is_locked {
        true => asked.judge_locked(&url, &found)?,
        false => asked.judge_open(&url, &found)?,
    };
    if let Some(login) = login.filter(|_| is_locked) {
        let opened = asked.log_in(login)?;
        said = format!("{said}; with one, {opened}");
    }
    if launcher.tls {
        asked.refuses_cleartext()?;
    }
    Ok(Answer {
        endpoint: endpoint.to_string(),
        served: found.served.filter(|_| expected.leaf.is_some()),
        launcher: Some(said),
    })
}

/// One endpoint that is asked again and again.
struct Asked<'a> {
    launcher: &'a Launcher,
    endpoint: &'a Endpoint,
    expected: &'a Expected<'a>,
    deadline: &'a Deadline<'a>,
}

impl Asked<'_> {
    /// The first path that is there, as its URL, and what was answered; when none is, the first of them.
    fn find(&self, login: Option<&Credentials>) -> Result<(String, Response), ServiceError> {
        let mut missing = None;
        for path in &self.launcher.paths {
            let response = self.get(path, login)?;
            match response.status {
                404 => missing = missing.or(Some((self.url(path), response))),
                _ => return Ok((self.url(path), response)),
            }
        }
        match missing {
            Some(missing) => Ok(missing),
            None => Ok((self.url("/"), self.get("/", login)?)),
        }
    }

    fn get(&self, path: &str, login: Option<&Credentials>) -> Result<Response, ServiceError> {
        let scheme = match self.launcher.tls {
            true => Scheme::Tls {
                server_name: &self.launcher.server_name,
            },
            false => Scheme::Plain,
        };
        let response = match self.request(scheme, path, login) {
            Err(error) => return Err(self.other_protocol(error)),
            Ok(response) => response,
        };
        if !self.launcher.tls && response.status == 400 && self.speaks_tls() {
            return Err(self.still_tls());
        }
        if let (Some(leaf), Some(served)) = (self.expected.leaf, &response.served) {
            check_leaf(self.endpoint, served, leaf, self.expected)?;
        }
        Ok(response)
    }

    fn request(
        &self,
        scheme: Scheme<'_>,
        path: &str,
        credentials: Option<&Credentials>,
    ) -> Result<Response, ServiceError> {
        let request = Request {
            scheme,
            path,
            host: &self.host(),
            credentials,
        };
        get(self.endpoint, &request, &self.deadline.within(ONE_LOOK))
    }

    /// A server that speaks, but TLS where it should not or the other way round, is named so.
    fn other_protocol(&self, error: ServiceError) -> ServiceError {
        let ServiceError::Endpoint { fault, .. } = &error else {
            return error;
        };
        // lighttpd 1.4.69 hangs up on plain HTTP where it speaks TLS; others send an alert.
        let may_be_tls = matches!(
            fault,
            EndpointFault::HungUp | EndpointFault::NotHttp { tls: true }
        );
        if matches!(fault, EndpointFault::NotTls { http: true }) {
            self.cleartext()
        } else if may_be_tls && !self.launcher.tls && self.speaks_tls() {
            self.still_tls()
        } else {
            error
        }
    }

    fn speaks_tls(&self) -> bool {
        let deadline = self.deadline.within(ONE_LOOK);
        handshake(self.endpoint, &self.launcher.server_name, &deadline).is_ok()
    }

    fn cleartext(&self) -> ServiceError {
        ServiceError::Cleartext {
            endpoint: self.endpoint.to_string(),
        }
    }

    fn still_tls(&self) -> ServiceError {
        ServiceError::SpeaksTls {
            endpoint: self.endpoint.to_string(),
        }
    }

    /// Without credentials: what is served in the clear needs none to be a fault. nginx answers 400.
    fn refuses_cleartext(&self) -> Result<(), ServiceError> {
        let path = self.launcher.paths.first().map_or("/", String::as_str);
        match self.request(Scheme::Plain, path, None) {
            Ok(response) if response.status == 400 => Ok(()),
            Ok(_) => Err(self.cleartext()),
            Err(ServiceError::Endpoint { fault, .. }) if fault.listens() => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Nobody gets it without a password.
    fn judge_locked(&self, url: &str, found: &Response) -> Result<String, ServiceError> {
        match found.status {
            401 => Ok(format!("{url} asks for a password")),
            status if self.is_served(status) => {
                Err(fault(url, LauncherFault::NoPassword { status }))
            }
            status => Err(fault(url, LauncherFault::Status(status))),
        }
    }

    fn judge_open(&self, url: &str, found: &Response) -> Result<String, ServiceError> {
        if !self.is_served(found.status) {
            return Err(fault(url, LauncherFault::Status(found.status)));
        }
        let Some(origin) = self.launcher.origin.as_deref().filter(|_| self.is_file()) else {
            return Ok(format!("{url} is served"));
        };
        match names_origin(&found.body, origin) {
            Ok(named) => Ok(format!("{url} names {named}")),
            Err(named) => {
                let origin = origin.to_owned();
                Err(fault(url, LauncherFault::Names { named, origin }))
            }
        }
    }

    fn log_in(&self, login: &Credentials) -> Result<String, ServiceError> {
        let (url, found) = self.find(Some(login))?;
        match found.status {
            status @ (401 | 500) => {
                let user = login.user.clone();
                Err(fault(&url, LauncherFault::PasswordRefused { user, status }))
            }
            _ => self.judge_open(&url, &found),
        }
    }

    /// A folder may have no page of its own; a file is there or it is not.
    fn is_served(&self, status: u16) -> bool {
        match self.is_file() {
            true => status == 200,
            false => !matches!(status, 400 | 401 | 500..),
        }
    }

    fn is_file(&self) -> bool {
        !self.launcher.paths.is_empty()
    }

    fn url(&self, path: &str) -> String {
        let scheme = if self.launcher.tls { "https" } else { "http" };
        format!("{scheme}://{}{path}", self.host())
    }

    /// As in a URL: the port is left out where the scheme has it.
    fn host(&self) -> String {
        let host = match self.launcher.server_name.as_str() {
            "" => &self.endpoint.host,
            name => name,
        };
        let named = Endpoint {
            host: host.to_owned(),
            port: self.endpoint.port,
        }
        .to_string();
        let own = if self.launcher.tls { ":443" } else { ":80" };
        named.strip_suffix(own).unwrap_or(&named).to_owned()
    }
}

fn fault(url: &str, fault: LauncherFault) -> ServiceError {
    ServiceError::Launcher {
        url: url.to_owned(),
        fault,
    }
}
