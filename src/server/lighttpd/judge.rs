//! lighttpd's judgement on an edited configuration, before any file is changed.

use std::path::{Path, PathBuf};

use crate::error::{LighttpdProgramError, Result};
use crate::server::lighttpd::naming::{Naming, Waiting};
use crate::server::lighttpd::{Lighttpd, Printed, Refusal, Wanted, differences};
use crate::system::deadline::Deadline;
use crate::system::root::Root;
use crate::system::transaction::Staged;

/// What has to be asked, as data: a proposal holds it until the files are staged.
#[derive(Debug)]
pub(crate) struct Judge {
    pub(crate) lighttpd: Lighttpd,
    /// The main configuration, as lighttpd is started with it and as the plan names it among what is
    /// [judged]; it need not change. A link decides where relative includes are looked for.
    ///
    /// [judged]: crate::system::plan::Plan::judged
    pub(crate) config: PathBuf,
    /// The file itself, which the plan may write.
    pub(crate) target: PathBuf,
    /// Its bytes after the edit.
    pub(crate) edited: Vec<u8>,
    pub(crate) wanted: Wanted,
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
        let naming = Naming::of(&self.edited, &self.config, &self.wanted, root, &waiting);
        let (path, judged) = self.asked(&naming, staged, deadline)?;
        let after = match judged {
            Ok(after) => after,
            Err(Refusal { said }) => {
                let said = real_names(&said, &waiting, &path, &config);
                return Err(self.refused(config, said, deadline)?.into());
            }
        };
        let staged = waiting.iter().map(|file| (&file.staged, &file.shown));
        let after = staged.fold(after, |after, (staged, shown)| after.renamed(staged, shown));
        let names = naming.names;
        let (before, after) = (names.in_printed(before), names.in_printed(after));
        let differences = differences(&before, &after, &names.in_wanted(&self.wanted));
        match differences.is_empty() {
            true => Ok(()),
            false => Err(LighttpdProgramError::Differs {
                config,
                differences,
            }
            .into()),
        }
    }

    /// Where the copy is, and what lighttpd makes of it.
    fn asked(
        &self,
        naming: &Naming,
        staged: &Staged<'_>,
        deadline: &Deadline<'_>,
    ) -> Result<(PathBuf, Result<Printed, Refusal>)> {
        let Naming {
            copy, last_words, ..
        } = naming;
        let whole = [copy.as_slice(), last_words].concat();
        let path = staged.copy_beside(&self.config, &whole)?;
        if let Err(refusal) = self.lighttpd.check(&path, deadline)? {
            return Ok((path, Err(refusal)));
        }
        // What is set without our last words is what counts.
        if !last_words.is_empty() {
            staged.copy_beside(&self.config, copy)?;
        }
        let printed = self.lighttpd.printed(&path, deadline)?;
        Ok((path, printed))
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
            .filter(|(target, _)| *target != self.target);
        others
            .map(|(target, staged)| Waiting {
                target: target.to_owned(),
                shown: root.shown(target).display().to_string(),
                staged: staged.display().to_string(),
            })
            .collect()
    }
}

/// What lighttpd says of the copies, said of the files that they stand for.
fn real_names(said: &str, waiting: &[Waiting], copy: &Path, config: &Path) -> String {
    let said = said.replace(&copy.display().to_string(), &config.display().to_string());
    waiting
        .iter()
        .fold(said, |said, file| said.replace(&file.staged, &file.shown))
}
