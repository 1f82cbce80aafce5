//! The properties files of this server: read with everything they include, edited, and turned into
//! changes of a plan.

use std::path::{Path, PathBuf};

use crate::config::props::{Properties, Source};
use crate::error::{Error, FileError, Result};
use crate::system::host::Host;
use crate::system::plan::{Action, Attributes, Content, FileChange, Observed};
use crate::system::read::{self, Existing};

/// The largest `.prop` of Deephaven's own is below 100 kB.
const SIZE_LIMIT: u64 = 16 << 20;

/// Files of one folder. Edits of a file that two others include meet here.
pub(crate) struct PropertyFiles<'h> {
    host: &'h Host,
    folder: PathBuf,
    files: Vec<PropertyFile>,
}

struct PropertyFile {
    path: PathBuf,
    found: Existing,
    bytes: Vec<u8>,
}

impl<'h> PropertyFiles<'h> {
    pub(crate) fn new(folder: &Path, host: &'h Host) -> Self {
        Self {
            host,
            folder: folder.to_owned(),
            files: Vec::new(),
        }
    }

    /// Reads `name` with everything it includes; what was edited before is seen as edited.
    ///
    /// # Errors
    /// A file that cannot be read, and one that the server's own parser would refuse.
    pub(crate) fn open(&mut self, name: &str) -> Result<Properties> {
        let main = self.source(name)?.ok_or_else(|| {
            let path = self.host.root.shown(&self.folder.join(name));
            Error::from(FileError::io("open", path, std::io::ErrorKind::NotFound))
        })?;
        Properties::load(main, |include| self.source(include))
    }

    /// Takes over what was edited.
    pub(crate) fn keep(&mut self, properties: &Properties) {
        for (path, bytes) in properties.changed_files() {
            if let Some(file) = self.files.iter_mut().find(|file| file.path == path) {
                file.bytes = bytes.to_vec();
            }
        }
    }

    /// Changes for the files that were edited, with their owner and mode kept; the others were only
    /// looked at, and must not change meanwhile.
    pub(crate) fn into_changes(self) -> (Vec<FileChange>, Vec<Observed>) {
        let (mut changes, mut observed) = (Vec::new(), Vec::new());
        for file in self.files {
            let before = file.found.snapshot;
            if file.found.bytes.expose() == file.bytes {
                let state = Some(before);
                observed.push(Observed {
                    path: file.path,
                    state,
                });
                continue;
            }
            let owner = self.host.is_superuser().then_some(before.owner);
            changes.push(FileChange {
                path: file.path,
                action: Action::Write {
                    content: Content::Public(file.bytes),
                    attributes: Attributes {
                        mode: before.mode,
                        owner,
                    },
                },
                before: Some(before),
            });
        }
        (changes, observed)
    }

    /// `None`: there is no such file in the folder; the server may have it elsewhere on its class path.
    fn source(&mut self, name: &str) -> Result<Option<Source>> {
        let target = read::target(&self.host.root, &self.folder.join(name), SIZE_LIMIT);
        let target = match target {
            Err(error) if error.is_not_found() => return Ok(None),
            other => other?,
        };
        let Some(found) = target.file else {
            return Ok(None);
        };
        if let Some(known) = self.files.iter().find(|file| file.path == target.path) {
            return Ok(Some(known.source()));
        }
        let file = PropertyFile {
            path: target.path,
            bytes: found.bytes.expose().to_vec(),
            found,
        };
        let source = file.source();
        self.files.push(file);
        Ok(Some(source))
    }
}

impl PropertyFile {
    fn source(&self) -> Source {
        Source {
            path: self.path.clone(),
            bytes: self.bytes.clone(),
        }
    }
}
