//! The passphrase of what is closed: from a file, or from the person at the terminal.

use crate::commands::judging_args::JudgingArgs;
use crate::error::{KeyError, KeystoreError, Result};
use crate::pki::key::PrivateKey;
use crate::pki::keystore::Keystore;
use crate::report::printable::printable;
use crate::secret::Secret;
use crate::system::host::Host;
use crate::system::prompt;

pub(super) struct Passphrases {
    /// To be tried one after the other; empty: none was given.
    given: Vec<Secret>,
    can_prompt: bool,
}

impl Passphrases {
    /// # Errors
    /// A passphrase file that cannot be read or understood.
    pub(super) fn of(args: &JudgingArgs, host: &Host) -> Result<Self> {
        Ok(Self {
            given: args.passphrases(&host.root)?,
            can_prompt: host.can_prompt(),
        })
    }

    /// # Errors
    /// As [`PrivateKey::decode`]; [`KeyError::PassphraseNeeded`] when there is nobody to ask.
    pub(super) fn open_key(&self, name: &str, bytes: &[u8]) -> Result<PrivateKey> {
        if !PrivateKey::is_encrypted(bytes) {
            return Ok(PrivateKey::decode(name, bytes, None)?);
        }
        let mut last = KeyError::PassphraseNeeded {
            name: name.to_owned(),
        };
        for passphrase in self.given_or_asked(name)? {
            match PrivateKey::decode(name, bytes, Some(&passphrase)) {
                Err(wrong @ KeyError::WrongPassphrase { .. }) => last = wrong,
                other => return Ok(other?),
            }
        }
        Err(last.into())
    }

    /// `None`: there is no passphrase, and nobody to ask.
    ///
    /// # Errors
    /// As [`Keystore::open`].
    pub(super) fn open_keystore(&self, name: &str, bytes: &[u8]) -> Result<Option<Keystore>> {
        // Some have none; only those that have one need a question.
        if self.given.is_empty() {
            match Keystore::open(name, bytes, &Secret::default()) {
                Err(KeystoreError::WrongPassphrase { .. }) => {}
                opened => return Ok(Some(opened?)),
            }
        }
        let mut last = None;
        for passphrase in self.given_or_asked(name)? {
            match Keystore::open(name, bytes, &passphrase) {
                Err(wrong @ KeystoreError::WrongPassphrase { .. }) => last = Some(wrong),
                opened => return Ok(Some(opened?)),
            }
        }
        match last {
            Some(wrong) => Err(wrong.into()),
            None => Ok(None),
        }
    }

    fn given_or_asked(&self, name: &str) -> Result<Vec<Secret>> {
        if !self.given.is_empty() || !self.can_prompt {
            return Ok(self.given.clone());
        }
        let question = format!("passphrase of {}: ", printable(name));
        Ok(vec![prompt::passphrase(&question)?])
    }
}
