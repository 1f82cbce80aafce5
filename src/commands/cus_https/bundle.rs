//! The bundle's part of the plan: key, leaf and intermediates in one file that only root can read.

use std::path::PathBuf;

use crate::commands::pair::Pair;
use crate::commands::target_file;
use crate::error::{CusError, Result};
use crate::pki::pemfile::{self, Verdict};
use crate::report::outcome::Outcome;
use crate::secret::Secret;
use crate::system::host::Host;
use crate::system::plan::{Attributes, Content, Mode, Owner, Plan};
use crate::system::prompt;
use crate::system::read::Target;

/// A bundle of a hundred certificates is below a tenth of it.
const SIZE_LIMIT: u64 = 4 << 20;

/// lighttpd reads it before it gives up root's rights.
const MODE: Mode = Mode(0o600);
const FOLDER_MODE: Mode = Mode(0o700);
const ROOT: Owner = Owner { user: 0, group: 0 };

pub(super) struct Bundle<'a> {
    pub(super) path: PathBuf,
    pub(super) pair: &'a Pair,
    pub(super) host: &'a Host,
}

impl Bundle<'_> {
    /// Adds the bundle's changes. `may_decrypt`: an encrypted key goes into it without a question.
    pub(super) fn plan(
        &self,
        may_decrypt: bool,
        plan: &mut Plan,
        outcome: &mut Outcome,
    ) -> Result<()> {
        let folders = self.attributes(FOLDER_MODE);
        let target =
            target_file::with_folders(&self.path, SIZE_LIMIT, &folders, self.host, plan, outcome)?;
        let attributes = self.attributes(MODE);
        if attributes.owner.is_none() {
            outcome.warnings.push(
                "without root rights owners are left alone; the server wants root:root for the bundle"
                    .to_owned(),
            );
        }
        let chain = &self.pair.chain;
        let is_served = |bytes: &Secret| {
            let judged = pemfile::judge(bytes.expose());
            judged.equals(&self.pair.key, &chain.leaf, &chain.intermediates)
        };
        if target
            .file
            .as_ref()
            .is_some_and(|file| is_served(&file.bytes))
        {
            target_file::keep("bundle", target, attributes, plan, outcome);
            return Ok(());
        }
        outcome.notes.extend(why_it_did_not_work(&target));
        self.ask_before_decrypting(may_decrypt)?;
        let bytes = pemfile::encode(&self.pair.key, &chain.leaf, &chain.intermediates);
        // What is written must be what lighttpd finds, so it is judged before it replaces anything.
        if !is_served(&bytes) {
            let path = self.host.root.shown(&self.path);
            return Err(CusError::NotWritten { path }.into());
        }
        let content = Content::Secret(bytes);
        target_file::replace("bundle", target, content, attributes, plan, outcome);
        Ok(())
    }

    fn attributes(&self, mode: Mode) -> Attributes {
        Attributes {
            mode,
            owner: self.host.is_superuser().then_some(ROOT),
        }
    }

    /// The bundle holds the key in clear, since lighttpd starts with no other: whoever encrypted it has
    /// to want that.
    fn ask_before_decrypting(&self, may_decrypt: bool) -> Result<()> {
        let Some(key) = self.pair.key_was_encrypted.clone().filter(|_| !may_decrypt) else {
            return Ok(());
        };
        if !self.host.can_prompt() {
            return Err(CusError::EncryptedKey { key }.into());
        }
        let bundle = self.path.display();
        let question =
            format!("{key} is encrypted; write it in clear into {bundle}, for root only?");
        match prompt::agree(&question)? {
            true => Ok(()),
            false => Err(CusError::Declined { key }.into()),
        }
    }
}

fn why_it_did_not_work(old: &Target) -> Option<String> {
    let path = old.path.display();
    match pemfile::judge(old.file.as_ref()?.bytes.expose()).verdict {
        Verdict::DoesNotStart(fault) => Some(format!(
            "lighttpd does not start with the old {path}: {fault}"
        )),
        Verdict::SendsLess(_) | Verdict::Works => None,
    }
}
