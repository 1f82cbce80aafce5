//! lighttpd's judgement on an edited configuration, before any file is changed.

use std::path::{Path, PathBuf};

use crate::error::{LighttpdProgramError, Result};
use crate::server::lighttpd::{Lighttpd, Printed, Refusal, Wanted, differences};
use crate::system::deadline::Deadline;
use crate::system::root::Root;
use crate::system::transaction::Staged;

/// What has to be asked, as data: a proposal holds it until the files are staged.
#[derive(Debug)]
pub(crate) struct Judge {
    pub(crate) lighttpd: Lighttpd,
    /// The main configuration, as the plan names it among what is [judged]; it need not change.
    ///
    /// [judged]: crate::system::plan::Plan::judged
    pub(crate) config: PathBuf,
    /// Its bytes after the edit. Where they name a file that the plan writes, in quotes and either whole
    /// or from the configuration's folder on, the copy that is judged names the staged one.
    pub(crate) edited: Vec<u8>,
    pub(crate) wanted: Wanted,
}

/// A file that is not in place yet: its name, and where it is.
struct Waiting {
    target: PathBuf,
    shown: String,
    staged: String,
}

impl Judge {
    /// Has lighttpd read a copy beside the configuration: it must start with it, and understand
    /// everything as before, except for what is wanted.
    pub(crate) fn inspect(
        &self,
        root: &Root,
        staged: &Staged<'_>,
        deadline: &Deadline<'_>,
    ) -> Result<()> {
        let config = root.shown(&self.config);
        let before = match self.lighttpd.printed(&config, deadline)? {
            Ok(before) => before,
            Err(Refusal { said }) => {
                return Err(LighttpdProgramError::RefusedAsItIs { config, said }.into());
            }
        };
        let waiting = self.waiting(root, staged);
        let copy = staged.copy_beside(&self.config, &self.copy(&waiting))?;
        let judged = match self.lighttpd.check(&copy, deadline)? {
            Ok(()) => self.lighttpd.printed(&copy, deadline)?,
            Err(refusal) => Err(refusal),
        };
        let after = match judged {
            Ok(after) => after,
            Err(Refusal { said }) => {
                let said = real_names(&said, &waiting, &copy, &config);
                return Err(self.refused(config, said, deadline)?.into());
            }
        };
        let after = waiting.iter().fold(after, |after: Printed, file| {
            after.renamed(&file.staged, &file.shown)
        });
        let differences = differences(&before, &after, &self.wanted);
        match differences.is_empty() {
            true => Ok(()),
            false => Err(LighttpdProgramError::Differs {
                config,
                differences,
            }
            .into()),
        }
    }

    /// What was wrong before the edit is no fault of the edit.
    fn refused(
        &self,
        config: PathBuf,
        said: String,
        deadline: &Deadline<'_>,
    ) -> Result<LighttpdProgramError> {
        Ok(match self.lighttpd.check(&config, deadline)? {
            Err(before) if before.said == said => {
                LighttpdProgramError::RefusedAsItIs { config, said }
            }
            Err(_) | Ok(()) => LighttpdProgramError::Refused { config, said },
        })
    }

    fn waiting(&self, root: &Root, staged: &Staged<'_>) -> Vec<Waiting> {
        let others = staged
            .written()
            .filter(|(target, _)| *target != self.config);
        others
            .map(|(target, staged)| Waiting {
                target: target.to_owned(),
                shown: root.shown(target).display().to_string(),
                staged: staged.display().to_string(),
            })
            .collect()
    }

    fn copy(&self, waiting: &[Waiting]) -> Vec<u8> {
        let folder = self.config.parent().unwrap_or(Path::new("/"));
        let mut copy = self.edited.clone();
        for file in waiting {
            let staged = format!("\"{}\"", file.staged);
            let from_folder = file.target.strip_prefix(folder).ok();
            for name in [Some(file.target.as_path()), from_folder]
                .into_iter()
                .flatten()
            {
                let named = format!("\"{}\"", name.display());
                copy = replaced(&copy, named.as_bytes(), staged.as_bytes());
            }
        }
        copy
    }
}

/// What lighttpd says of the copies, said of the files that they stand for.
fn real_names(said: &str, waiting: &[Waiting], copy: &Path, config: &Path) -> String {
    let said = said.replace(&copy.display().to_string(), &config.display().to_string());
    waiting
        .iter()
        .fold(said, |said, file| said.replace(&file.staged, &file.shown))
}

fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut result = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, after)) = rest.split_first() {
        match rest.strip_prefix(from) {
            Some(after) if !from.is_empty() => {
                result.extend_from_slice(to);
                rest = after;
            }
            Some(_) | None => {
                result.push(*first);
                rest = after;
            }
        }
    }
    result
}
