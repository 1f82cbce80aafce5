//! lighttpd's configuration on this server: read with everything it includes, asked, and edited.

use std::path::{Path, PathBuf};

use crate::config::lighttpd::{Configuration, Setting, Source, include_path, is_pattern};
use crate::error::{CusError, Error, Result};
use crate::system::host::Host;
use crate::system::pattern;
use crate::system::plan::Observed;
use crate::system::read::{self, Target};

/// A configuration of a thousand hosts is below a tenth of it.
const SIZE_LIMIT: u64 = 16 << 20;

/// The main file, the only one that is edited, and what it includes.
#[derive(Debug)]
pub(crate) struct ConfigurationFiles {
    pub(crate) main: Target,
    pub(crate) included: Vec<Observed>,
    pub(crate) configuration: Configuration,
    /// As lighttpd is started with it.
    path: PathBuf,
}

impl ConfigurationFiles {
    /// # Errors
    /// Files that cannot be read, and what lighttpd would refuse.
    pub(super) fn read(path: &Path, host: &Host) -> Result<Self> {
        let main = read::target(&host.root, path, SIZE_LIMIT)?;
        let file = main
            .file
            .as_ref()
            .ok_or_else(|| CusError::NoConfiguration {
                path: host.root.shown(path),
            })?;
        let source = Source {
            path: main.path.clone(),
            bytes: file.bytes.expose().to_vec(),
        };
        let mut included = Vec::new();
        let configuration = Configuration::load(source, |name| -> Result<_> {
            include(path, name, host, &mut included)
        })?;
        Ok(Self {
            main,
            included,
            configuration,
            path: path.to_owned(),
        })
    }

    /// As lighttpd is started with it.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// How the main file would include `path`: by a name relative to its own folder where that works.
    pub(crate) fn include_name(&self, path: &Path) -> String {
        let folder = self.path.parent().unwrap_or(Path::new("/"));
        path.strip_prefix(folder)
            .unwrap_or(path)
            .display()
            .to_string()
    }

    /// Whether the global scope has TLS.
    ///
    /// # Errors
    /// Only the running lighttpd knows.
    pub(crate) fn has_tls(&self) -> Result<bool> {
        match self.known("ssl.engine")? {
            Some(setting) => Ok(setting.switch().unwrap_or(false)),
            None => Ok(false),
        }
    }

    /// The port of the global scope.
    ///
    /// # Errors
    /// Only the running lighttpd knows.
    pub(crate) fn port(&self) -> Result<u16> {
        let Some(setting) = self.known("server.port")? else {
            // lighttpd's own (1.4.69, server.c).
            return Ok(if self.has_tls()? { 443 } else { 80 });
        };
        let port = setting.integer().and_then(|port| u16::try_from(port).ok());
        port.filter(|port| *port != 0).ok_or_else(|| {
            let at = setting.at;
            let key = "server.port";
            CusError::Computed { at, key }.into()
        })
    }

    /// The text of a global key; an empty one is as good as none.
    ///
    /// # Errors
    /// Only the running lighttpd knows it.
    pub(crate) fn text(&self, key: &'static str) -> Result<Option<String>> {
        let setting = self.known(key)?;
        let text = setting.and_then(|setting| setting.text().map(|text| text.into_owned()));
        Ok(text.filter(|text| !text.is_empty()))
    }

    /// The addresses of this machine by which the service can be reached.
    pub(crate) fn local_addresses(&self) -> Vec<String> {
        let bind = self.text("server.bind").ok().flatten().unwrap_or_default();
        let bind = bind.trim_start_matches('[').trim_end_matches(']');
        let ipv6 = self.configuration.value("server.use-ipv6");
        let both = ipv6.and_then(|setting| setting.switch()).unwrap_or(false);
        match bind {
            "" | "0.0.0.0" | "*" if !both => vec!["127.0.0.1".to_owned()],
            "" | "0.0.0.0" | "*" | "::" => vec!["127.0.0.1".to_owned(), "::1".to_owned()],
            address => vec![address.to_owned()],
        }
    }

    /// Where the files lie that it serves.
    pub(super) fn document_root(&self) -> Option<PathBuf> {
        let text = self.text("server.document-root").ok().flatten()?;
        Some(self.absolute(&text))
    }

    /// A path as lighttpd takes it: monit starts it in `/`.
    pub(crate) fn absolute(&self, path: &str) -> PathBuf {
        Path::new("/").join(path)
    }

    fn known(&self, key: &'static str) -> Result<Option<Setting>> {
        match self.configuration.value(key) {
            Some(setting) if !setting.is_known() => {
                let at = setting.at;
                Err(CusError::Computed { at, key }.into())
            }
            setting => Ok(setting),
        }
    }
}

/// The files that an `include` means, in the order in which lighttpd reads them.
fn include(
    main: &Path,
    name: &str,
    host: &Host,
    included: &mut Vec<Observed>,
) -> Result<Vec<Source>, Error> {
    let path = Path::new("/").join(include_path(main, name));
    let paths = match path.to_str() {
        Some(text) if is_pattern(name) => pattern::expand(&host.root, text)?,
        Some(_) | None => vec![path],
    };
    let mut sources = Vec::new();
    for path in paths {
        let Some(file) = read::existing(&host.root, &path, SIZE_LIMIT)? else {
            continue;
        };
        let path = host.root.canonical(&path)?;
        sources.push(Source {
            path: path.clone(),
            bytes: file.bytes.expose().to_vec(),
        });
        let state = Some(file.snapshot);
        included.push(Observed { path, state });
    }
    Ok(sources)
}
