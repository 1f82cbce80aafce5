//! The launcher files: which ones hold the addresses that launchers are told.

use std::path::{Path, PathBuf};

use crate::config::getdown::{Address, Clash, Edited, Launcher, Origin};
use crate::error::{CusError, Result};
use crate::server::settings::CusSettings;
use crate::system::host::Host;
use crate::system::read::{self, Target};

/// The launcher file, before the service's start makes `getdown.txt` of it (the runbook's path).
const DEFAULT: &str = "/var/www/lighttpd/iris/iris/getdown.txt.pre";

/// What launchers ask for (getdown, `Application.CONFIG_FILE`).
const NAME: &str = "getdown.txt";

/// Later releases with lighttpd make everything below the document root anew at each restart, from
/// here (Deephaven's manual).
const REBUILT_FROM: &str = "/etc/sysconfig/illumon.d/client_update_service";

/// What is taken there: a customer's own settings, and the launcher file by its two names. What editors
/// and packages leave beside them (`.bak`, `.rpmsave`) is not.
const TAKEN: [&str; 3] = ["getdown.global", "getdown.txt", "getdown.txt.pre"];

/// A launcher file of a thousand resources is below a tenth of it.
const SIZE_LIMIT: u64 = 4 << 20;

/// The files with addresses on this server.
#[derive(Debug)]
pub(crate) struct LauncherFiles {
    pub(crate) files: Vec<LauncherFile>,
    /// The folder that the served file is made of at each restart.
    pub(crate) rebuilt_from: Option<PathBuf>,
    /// The file from which launchers get theirs, `.pre` or not.
    served: PathBuf,
    /// The path of the `appbase`, under which they ask for it.
    told: Option<String>,
}

#[derive(Debug)]
pub(crate) struct LauncherFile {
    pub(crate) target: Target,
    launcher: Launcher,
    /// Launchers do not start without an `appbase` in this one.
    whole: bool,
}

impl LauncherFiles {
    /// # Errors
    /// No such file, one that launchers could not read, or one whose edit would be lost.
    pub(crate) fn find(settings: &CusSettings, host: &Host) -> Result<Self> {
        if let Some(path) = &settings.getdown {
            return Self::of(path, host);
        }
        match host.root.exists(Path::new(REBUILT_FROM))? {
            true => Self::rebuilt(host),
            false => Self::of(Path::new(DEFAULT), host),
        }
    }

    /// The file below the document root, whatever it is made of.
    ///
    /// # Errors
    /// As of [`Self::find`].
    pub(crate) fn served(host: &Host) -> Result<Self> {
        Self::of(Path::new(DEFAULT), host)
    }

    /// Where the file is looked for.
    pub(crate) fn path(settings: &CusSettings) -> &Path {
        settings.getdown.as_deref().unwrap_or(Path::new(DEFAULT))
    }

    fn of(path: &Path, host: &Host) -> Result<Self> {
        let missing = || CusError::NoLauncher {
            path: host.root.shown(path),
        };
        if !host.root.exists(path)? {
            return Err(missing().into());
        }
        let file = LauncherFile::read(path, true, host)?.ok_or_else(missing)?;
        Ok(Self {
            told: appbase(std::slice::from_ref(&file)).and_then(Address::path),
            files: vec![file],
            rebuilt_from: None,
            served: path.to_owned(),
        })
    }

    /// An edit of the served file would be lost; the addresses are set where it is made of, or by the
    /// release in a way that is not ours to guess.
    fn rebuilt(host: &Host) -> Result<Self> {
        let folder = Path::new(REBUILT_FROM);
        let mut files = Vec::new();
        for name in TAKEN {
            let file = LauncherFile::read(&folder.join(name), false, host)?;
            files.extend(file.filter(|file| file.launcher.addresses().next().is_some()));
        }
        let Some(appbase) = appbase(&files) else {
            let folder = host.root.shown(folder);
            return Err(CusError::LauncherRebuilt { folder }.into());
        };
        Ok(Self {
            told: appbase.path(),
            files,
            rebuilt_from: Some(folder.to_owned()),
            served: DEFAULT.into(),
        })
    }

    /// The addresses in all of them.
    pub(crate) fn addresses(&self) -> impl Iterator<Item = &Address> {
        self.files.iter().flat_map(|file| file.launcher.addresses())
    }

    /// Where the launchers are told to look so far.
    pub(crate) fn origin(&self) -> Option<&Origin> {
        appbase(&self.files)?.origin.as_ref()
    }

    /// The paths under which launchers may find the file: where it lies below `document_root`, the prepared
    /// one first, then where launchers are told to look, which lighttpd may map to any folder. Empty when
    /// nobody knows.
    pub(crate) fn url_paths(&self, document_root: Option<&Path>) -> Vec<String> {
        let below = document_root.and_then(|root| self.served.strip_prefix(root).ok());
        let path = below.map(|below| format!("/{}", below.display()));
        let prepared = path.as_ref().and_then(|path| path.strip_suffix(".pre"));
        let mut paths: Vec<String> = prepared.map(str::to_owned).into_iter().collect();
        paths.extend(path);
        let told = self.told.as_ref().map(|folder| format!("{folder}{NAME}"));
        paths.extend(told.filter(|told| !paths.contains(told)));
        paths
    }
}

/// Where launchers are told to look.
fn appbase(files: &[LauncherFile]) -> Option<&Address> {
    files.iter().find_map(|file| file.launcher.appbase().ok())
}

impl LauncherFile {
    fn read(path: &Path, whole: bool, host: &Host) -> Result<Option<Self>> {
        let target = read::target(&host.root, path, SIZE_LIMIT)?;
        let Some(file) = &target.file else {
            return Ok(None);
        };
        let launcher = Launcher::parse(&target.path, file.bytes.expose())?;
        Ok(Some(Self {
            target,
            launcher,
            whole,
        }))
    }

    /// Lines that keep launchers of some platform from starting, whatever they say.
    pub(crate) fn clashes(&self) -> Vec<Clash> {
        self.launcher.clashes()
    }

    /// # Errors
    /// A file without the `appbase` that it has to have.
    pub(crate) fn point_to(&self, origin: &Origin) -> Result<Edited> {
        Ok(match self.whole {
            true => self.launcher.point_to(origin)?,
            false => self.launcher.point_what_is_there_to(origin)?,
        })
    }
}
