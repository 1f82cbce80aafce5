//! The Client Update Service: a lighttpd of its own, its bundle, and the launcher file that it serves.

pub(crate) mod auth;
mod configuration;
mod launcher;
mod require;

use std::path::{Path, PathBuf};

use crate::config::getdown::Origin;
use crate::config::monit::Program;
use crate::error::{CusError, Result};
use crate::pki::pemfile::{self, Judged};
use crate::server::monit_service::{MonitService, Names};
use crate::server::settings::CusSettings;
use crate::server::site::Site;
use crate::system::endpoint::Endpoint;
use crate::system::host::Host;
use crate::system::plan::Launcher;
use crate::system::read::{self, Existing};

pub(crate) use auth::Rules;
pub(crate) use configuration::ConfigurationFiles;
pub(crate) use launcher::LauncherFiles;
pub(crate) use require::Admitted;

/// The runbook restarts it once as `cus` and elsewhere as `client_update_service`.
pub(crate) const NAMES: Names = Names {
    enabled: "cus.conf",
    disabled: &["cus.conf.disabled", "cus.disabled"],
    usual: &["client_update_service", "cus"],
    section: "[cus]",
};

/// lighttpd's configuration (the runbook's path).
pub(super) const CONFIGURATION: &str = "/etc/lighttpd/client-update-service.conf";

/// The bundle (the runbook's path).
const BUNDLE: &str = "/etc/ssl/private/lighttpd.pem";

/// A bundle of a hundred certificates is below a tenth of it.
pub(super) const BUNDLE_LIMIT: u64 = 4 << 20;

/// certbot renews what lies here, and must find it as it left it.
const CERTBOT: &str = "/etc/letsencrypt";

/// Folders of releases whose Web API Service serves the launchers (Deephaven's manual).
const WITHOUT_LIGHTTPD: [&str; 2] = ["/etc/deephaven/cus_tls", "/etc/deephaven"];

/// Where the service can be asked.
pub(crate) struct Asked<'a> {
    /// `HOST:PORT`
    pub(crate) flag: Option<&'a str>,
    /// The same of the settings file.
    pub(crate) setting: Option<&'a str>,
    /// The name by which launchers reach it.
    pub(crate) server_name: &'a str,
}

/// The service as it is.
#[derive(Debug)]
pub(crate) struct Cus {
    /// `None`: no restart is wanted, and no file tells its name.
    pub(crate) service: Option<MonitService>,
    pub(crate) lighttpd: ConfigurationFiles,
}

impl Cus {
    /// Finds the service in monit's files and reads the configuration that it is started with.
    /// `needed`: monit's name of the service has to be known.
    ///
    /// # Errors
    /// No service where one is needed, no configuration, or one that lighttpd would not read.
    pub(crate) fn find(host: &Host, site: &Site, needed: bool) -> Result<Self> {
        let settings = &site.settings.cus;
        let given = settings.service.as_deref();
        let service = match MonitService::find(&NAMES, given, &site.settings, host) {
            Ok(service) => Some(service),
            Err(error) if needed => return Err(error),
            Err(_) => None,
        };
        let path = configuration(settings, service.as_ref());
        if !host.root.exists(&path)? {
            return Err(missing(&path, host)?.into());
        }
        let lighttpd = ConfigurationFiles::read(&path, host)?;
        Ok(Self { service, lighttpd })
    }

    /// Whom to ask: the flag's or the setting's endpoint, else the service's port on this machine, then by
    /// the server's name.
    fn endpoints(&self, asked: &Asked<'_>) -> Result<Vec<String>> {
        let port = self.lighttpd.port()?;
        let at = |host: &str| {
            let host = host.to_owned();
            Endpoint { host, port }.to_string()
        };
        let setting = asked.setting.map(str::parse::<Endpoint>).transpose()?;
        match (asked.flag, setting) {
            (Some(flag), _) => return Ok(vec![flag.to_owned()]),
            (None, Some(setting)) if self.lighttpd.has_tls()? => {
                return Ok(vec![setting.to_string()]);
            }
            // The setting is for TLS; in clear it is another port.
            (None, Some(setting)) => return Ok(vec![at(&setting.host)]),
            (None, None) => {}
        }
        let local = self.lighttpd.local_addresses();
        let mut endpoints: Vec<String> = local.iter().map(|it| at(it)).collect();
        let by_name = at(asked.server_name);
        if !endpoints.contains(&by_name) {
            endpoints.push(by_name);
        }
        Ok(endpoints)
    }

    /// Where the bundle goes: `given`, else what `ssl.pemfile` says, unless that is not ours to write: a
    /// file of certificates beside an active `ssl.privkey`, or one of certbot's.
    ///
    /// # Errors
    /// A path that cannot be walked; a pemfile whose name only the running lighttpd knows.
    pub(crate) fn bundle(&self, given: Option<&Path>, host: &Host) -> Result<PathBuf> {
        if let Some(given) = given {
            return match is_of_certbot(given, host)? {
                true => Err(CusError::Certbot {
                    path: given.to_owned(),
                }
                .into()),
                false => Ok(given.to_owned()),
            };
        }
        let default = PathBuf::from(BUNDLE);
        let Some(pemfile) = self.lighttpd.text("ssl.pemfile")? else {
            return Ok(default);
        };
        let key_elsewhere = self.lighttpd.text("ssl.privkey")?.is_some();
        let pemfile = self.lighttpd.absolute(&pemfile);
        if key_elsewhere || is_of_certbot(&pemfile, host)? {
            return Ok(default);
        }
        Ok(pemfile)
    }

    /// What lighttpd makes of the pemfile that it has now; `None`: it has none.
    pub(crate) fn served_now(&self, host: &Host) -> Result<Option<Judged>> {
        let read = |path: Option<String>| -> Result<Option<Existing>> {
            let path = path.map(|path| self.lighttpd.absolute(&path));
            Ok(match path {
                Some(path) => read::existing(&host.root, &path, BUNDLE_LIMIT)?,
                None => None,
            })
        };
        let pemfile = read(self.lighttpd.text("ssl.pemfile")?)?;
        let privkey = read(self.lighttpd.text("ssl.privkey")?)?;
        Ok(match (self.lighttpd.has_tls()?, pemfile, privkey) {
            (true, Some(pemfile), Some(privkey)) => Some(pemfile::judge_pair(
                pemfile.bytes.expose(),
                privkey.bytes.expose(),
            )),
            (true, Some(pemfile), None) => Some(pemfile::judge(pemfile.bytes.expose())),
            (_, _, _) => None,
        })
    }

    /// What launchers get with the configuration as it stands. `origin`: the addresses in their file,
    /// where they are compared.
    ///
    /// # Errors
    /// Only the running lighttpd knows its port or whether it has TLS.
    pub(crate) fn launcher(
        &self,
        asked: &Asked<'_>,
        files: Option<&LauncherFiles>,
        origin: Option<&Origin>,
    ) -> Result<Launcher> {
        let paths = self.launcher_paths(files);
        Ok(Launcher {
            endpoints: self.endpoints(asked)?,
            tls: self.lighttpd.has_tls()?,
            server_name: asked.server_name.to_owned(),
            origin: origin
                .filter(|_| !paths.is_empty())
                .map(ToString::to_string),
            password: self.lighttpd.password_for(&self.launcher_path(files)),
            paths,
        })
    }

    /// What launchers ask for; without a launcher file it is the server's first page.
    pub(crate) fn launcher_path(&self, files: Option<&LauncherFiles>) -> String {
        let first = self.launcher_paths(files).into_iter().next();
        first.unwrap_or_else(|| "/".to_owned())
    }

    fn launcher_paths(&self, files: Option<&LauncherFiles>) -> Vec<String> {
        let root = self.lighttpd.document_root();
        let paths = files.map(|files| files.url_paths(root.as_deref()));
        paths.unwrap_or_default()
    }
}

fn configuration(settings: &CusSettings, service: Option<&MonitService>) -> PathBuf {
    let started_with = service
        .and_then(|service| service.process.as_ref())
        .and_then(|process| process.start.as_ref())
        .and_then(Program::configuration)
        .filter(|path| path.starts_with('/'));
    let given = settings.config.clone();
    given
        .or_else(|| started_with.map(PathBuf::from))
        .unwrap_or_else(|| CONFIGURATION.into())
}

fn missing(path: &Path, host: &Host) -> Result<CusError> {
    for evidence in WITHOUT_LIGHTTPD {
        let evidence = Path::new(evidence);
        if host.root.exists(evidence)? {
            let evidence = host.root.shown(evidence);
            return Ok(CusError::CurrentRelease { evidence });
        }
    }
    let path = host.root.shown(path);
    Ok(CusError::NoConfiguration { path })
}

fn is_of_certbot(path: &Path, host: &Host) -> Result<bool> {
    if path.starts_with(CERTBOT) {
        return Ok(true);
    }
    Ok(host.root.exists(path)? && host.root.canonical(path)?.starts_with(CERTBOT))
}
