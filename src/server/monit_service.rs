//! A service as monit's files have it: its name, whether it is on, how it is started.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::config::monit::{Process, ServiceFile};
use crate::error::{FileError, MonitError, Result};
use crate::server::settings::Settings;
use crate::system::host::Host;
use crate::system::read::{self, Existing};
use crate::system::uptime;

/// monit's own service files have a few hundred bytes.
const SIZE_LIMIT: u64 = 1 << 20;

/// What a service and its files are called (the runbook's names).
#[derive(Debug)]
pub(crate) struct Names {
    /// The service's file while it is on.
    pub(crate) enabled: &'static str,
    /// What it is called while it is off.
    pub(crate) disabled: &'static [&'static str],
    /// monit's names for it; a file may check the service's helpers too.
    pub(crate) usual: &'static [&'static str],
    /// Where `service` is set in the settings file.
    pub(crate) section: &'static str,
}

/// The service, found.
#[derive(Debug)]
pub(crate) struct MonitService {
    /// By which monit knows it.
    pub(crate) name: String,
    pub(crate) state: OnOff,
    /// How monit starts it; `None`: no file says so.
    pub(crate) process: Option<Process>,
}

#[derive(Debug)]
pub(crate) enum OnOff {
    /// Off: this file waits to be renamed.
    Off {
        path: PathBuf,
        file: Box<Existing>,
    },
    On,
}

impl MonitService {
    /// Looks for the service's file, enabled or not. `given` is the name in the settings.
    ///
    /// # Errors
    /// No file tells the name and no setting either, or a file cannot be understood.
    pub(crate) fn find(
        names: &Names,
        given: Option<&str>,
        settings: &Settings,
        host: &Host,
    ) -> Result<Self> {
        let folder = &settings.monit.folder;
        let enabled = folder.join(names.enabled);
        if let Some(file) = read::existing(&host.root, &enabled, SIZE_LIMIT)? {
            return Self::of_file(names, given, &enabled, &file, OnOff::On);
        }
        for name in names.disabled {
            let found = read::target(&host.root, &folder.join(name), SIZE_LIMIT);
            let target = match found {
                Err(FileError::Io { source, .. }) if source.kind() == ErrorKind::NotFound => {
                    continue;
                }
                other => other?,
            };
            if let Some(file) = target.file {
                let path = target.path.clone();
                let file = Box::new(file);
                let mut service = Self::of_file(names, given, &path, &file, OnOff::On)?;
                service.state = OnOff::Off { path, file };
                return Ok(service);
            }
        }
        match given {
            Some(name) => Ok(Self {
                name: name.to_owned(),
                state: OnOff::On,
                process: None,
            }),
            None => Err(MonitError::NoServiceFile {
                folder: host.root.shown(folder),
                names: [&[names.enabled], names.disabled].concat(),
                section: names.section,
            }
            .into()),
        }
    }

    fn of_file(
        names: &Names,
        given: Option<&str>,
        path: &Path,
        file: &Existing,
        state: OnOff,
    ) -> Result<Self> {
        let parsed = ServiceFile::parse(path, file.bytes.expose());
        let parsed = match (parsed, given) {
            (Ok(parsed), _) => parsed,
            // The name is known without it.
            (Err(_), Some(_)) => ServiceFile::default(),
            (Err(error), None) => return Err(error.into()),
        };
        let process = chosen(parsed, names, given);
        let of_file = process.as_ref().map(|process| process.name.clone());
        Ok(Self {
            name: given.map(str::to_owned).or(of_file).unwrap_or_default(),
            state,
            process,
        })
    }

    /// The process of a service that is off and runs all the same, by its pidfile: monit forgets a process
    /// without ending it, and takes it over when the service is switched on.
    ///
    /// # Errors
    /// There is one.
    pub(crate) fn expect_no_process(&self, host: &Host) -> Result<()> {
        let process = self.process.as_ref().filter(|_| self.is_off());
        let Some(pidfile) = process.and_then(|process| process.pidfile.as_deref()) else {
            return Ok(());
        };
        let pidfile = Path::new("/").join(pidfile);
        let Some(file) = read::existing(&host.root, &pidfile, SIZE_LIMIT)? else {
            return Ok(());
        };
        let text = String::from_utf8_lossy(file.bytes.expose());
        match text.trim().parse() {
            Ok(pid) if uptime::started(pid).is_some() => Err(MonitError::AlreadyRuns {
                service: self.name.clone(),
                pid,
                pidfile: host.root.shown(&pidfile),
            }
            .into()),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    pub(crate) fn is_off(&self) -> bool {
        matches!(self.state, OnOff::Off { .. })
    }
}

/// The process of the given or a usual name, else the only lighttpd, else the first.
fn chosen(parsed: ServiceFile, names: &Names, given: Option<&str>) -> Option<Process> {
    let lighttpd = parsed.lighttpd().map(|(process, _)| process.name.clone());
    let is_wanted = |process: &Process| match given {
        Some(name) => process.name == name,
        None => names.usual.contains(&process.name.as_str()),
    };
    let mut processes = parsed.processes;
    let by_name = processes.iter().position(is_wanted);
    let index = by_name
        .or_else(|| {
            let name = lighttpd?;
            processes.iter().position(|process| process.name == name)
        })
        .unwrap_or(0);
    (index < processes.len()).then(|| processes.swap_remove(index))
}
