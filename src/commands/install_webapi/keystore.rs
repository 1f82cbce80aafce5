//! The keystore's part of the plan: the new bytes, proven to read back, and the first original kept.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::commands::install_webapi::Args;
use crate::commands::install_webapi::restart::Service;
use crate::commands::pair::Pair;
use crate::commands::target_file;
use crate::error::{KeystoreError, Result, WebapiError};
use crate::pki::certificate::Certificate;
use crate::pki::findings::Code;
use crate::pki::keystore::{KeyEntry, Keystore, Profile};
use crate::pki::passphrase::{self, Candidates};
use crate::report::outcome::{Effect, Outcome};
use crate::secret::Secret;
use crate::server::java::Java;
use crate::server::settings::WebapiSettings;
use crate::server::webapi::Webapi;
use crate::system::account;
use crate::system::host::Host;
use crate::system::plan::{Action, Attributes, Content, FileChange, Mode, Plan};
use crate::system::read::{self, Target};

/// A keystore of a hundred entries is below a tenth of it.
const SIZE_LIMIT: u64 = 16 << 20;

/// The mode that the kept original has at most.
const ORIGINAL_MODE: u32 = 0o440;

/// What the keystore is made of.
pub(super) struct Installation<'a> {
    pub(super) args: &'a Args,
    pub(super) host: &'a Host,
    pub(super) settings: &'a WebapiSettings,
    pub(super) webapi: &'a Webapi,
    pub(super) pair: &'a Pair,
}

impl Installation<'_> {
    /// Adds the keystore's changes; returns the SHA-256 of the leaf that is in it so far.
    pub(super) fn plan(
        &self,
        service: &Service,
        plan: &mut Plan,
        outcome: &mut Outcome,
    ) -> Result<Option<String>> {
        let passphrases = self.passphrases(plan, outcome)?;
        let target = read::target(&self.host.root, &self.webapi.keystore, SIZE_LIMIT)?;
        let present = self.present(&target, &passphrases, outcome)?;
        let java = service.java(self.host)?;
        let profile = self.profile(java.as_ref(), present.as_ref());
        self.refuse_key_that_java_cannot_serve(java.as_ref())?;
        let entry = self.entry();
        let same = present
            .as_ref()
            .is_some_and(|present| present.holds_only(&entry, profile));
        let attributes = self.attributes(outcome)?;
        if same {
            target_file::keep("keystore", target, attributes, plan, outcome);
        } else {
            let bytes = self.encoded(&entry, passphrases.stripped(), profile)?;
            self.keep_original(&target, plan, outcome)?;
            let content = Content::Secret(bytes);
            target_file::replace("keystore", target, content, attributes, plan, outcome);
        }
        Ok(present.as_ref().and_then(|present| self.leaf_of(present)))
    }

    fn passphrases(&self, plan: &mut Plan, outcome: &mut Outcome) -> Result<Candidates> {
        let path = &self.webapi.passphrase_file;
        let shown = self.host.root.shown(path);
        let Some(file) = read::existing(&self.host.root, path, SIZE_LIMIT)? else {
            return Err(WebapiError::PassphraseMissing { path: shown }.into());
        };
        if file.snapshot.mode.open_to_others() {
            outcome.warnings.push(format!(
                "loose-permissions: {} can be read by everyone on this machine (mode {})",
                shown.display(),
                file.snapshot.mode
            ));
        }
        plan.observed.push(crate::system::plan::Observed {
            path: self.host.root.canonical(path)?,
            state: Some(file.snapshot),
        });
        Ok(passphrase::decode_base64_file(
            &shown.display().to_string(),
            &file.bytes,
        )?)
    }

    /// The keystore that is there, if it is of use.
    fn present(
        &self,
        target: &Target,
        passphrases: &Candidates,
        outcome: &mut Outcome,
    ) -> Result<Option<Keystore>> {
        let Some(file) = &target.file else {
            return Ok(None);
        };
        let name = self.host.root.shown(&target.path).display().to_string();
        let keystore = match Keystore::open_with(&name, file.bytes.expose(), passphrases) {
            Ok((keystore, used)) => {
                if used != passphrases.stripped() {
                    outcome.notes.push(format!(
                        "{name} was made with a newline at the end of its passphrase, which no Java accepts; \
                         the new one is without"
                    ));
                }
                keystore
            }
            Err(source) => return self.accept_damage(source, outcome).map(|()| None),
        };
        self.refuse_other_entries(&keystore, &name)?;
        Ok(Some(keystore))
    }

    fn accept_damage(&self, source: KeystoreError, outcome: &mut Outcome) -> Result<()> {
        if !self.args.pair.allow.contains(&Code::DamagedKeystore) {
            return Err(WebapiError::DamagedKeystore { source }.into());
        }
        outcome.warnings.push(format!("damaged-keystore: {source}"));
        Ok(())
    }

    /// A single key entry is the one to be replaced, whatever its alias: the installer's is not known.
    fn refuse_other_entries(&self, keystore: &Keystore, name: &str) -> Result<()> {
        if keystore.entries.len() <= 1 && keystore.key_entries().count() == keystore.entries.len() {
            return Ok(());
        }
        let alias = self.alias();
        let ours =
            |entry: &&crate::pki::keystore::Entry| !entry.alias().eq_ignore_ascii_case(alias);
        let aliases: Vec<String> = keystore
            .entries
            .iter()
            .filter(ours)
            .map(|entry| entry.alias().to_owned())
            .collect();
        if aliases.is_empty() || self.args.pair.allow.contains(&Code::OtherEntries) {
            return Ok(());
        }
        let keystore = PathBuf::from(name);
        Err(WebapiError::OtherEntries { keystore, aliases }.into())
    }

    /// Asked for, else by the service's Java, else the family of the keystore that is there. When
    /// nothing is known the one that every Java reads: an unreadable keystore is an outage.
    fn profile(&self, java: Option<&Java>, present: Option<&Keystore>) -> Profile {
        let by_java = java.map(|java| match java.version.supports_modern() {
            true => Profile::Modern,
            false => Profile::Java8,
        });
        let by_family = present.map(|present| present.protection.profile);
        let asked = self.args.profile.explicit();
        asked.or(by_java).or(by_family).unwrap_or(Profile::Java8)
    }

    fn refuse_key_that_java_cannot_serve(&self, java: Option<&Java>) -> Result<()> {
        let kind = self.pair.key.kind();
        let family = java.map(|java| java.version.family);
        let served = match kind.java_since() {
            Some(..=8) => true,
            Some(first) => family.is_some_and(|family| family >= first),
            None => false,
        };
        if served {
            return Ok(());
        }
        let java = match (kind.java_since(), family) {
            (None, _) => "no Java can".to_owned(),
            (Some(_), Some(family)) => format!("the service's Java {family} cannot"),
            (Some(_), None) => {
                "not every Java, and which one runs the service is not known, can".to_owned()
            }
        };
        let key = kind.to_string();
        Err(WebapiError::JavaCannotServe { key, java }.into())
    }

    fn alias(&self) -> &str {
        self.args.alias.as_deref().unwrap_or(&self.settings.alias)
    }

    fn entry(&self) -> KeyEntry {
        KeyEntry {
            alias: self.alias().to_owned(),
            key: self.pair.key.clone(),
            chain: self
                .pair
                .chain
                .certificates()
                .map(|it| it.der().to_vec())
                .collect(),
        }
    }

    /// What is written must be what any reader finds, so it is opened before it replaces anything.
    fn encoded(&self, entry: &KeyEntry, passphrase: &Secret, profile: Profile) -> Result<Secret> {
        let bytes = Keystore::encode(entry, passphrase, profile)?;
        let path = self.host.root.shown(&self.webapi.keystore);
        let read_back = Keystore::open(&path.display().to_string(), bytes.expose(), passphrase)?;
        if read_back.holds_only(entry, profile) {
            return Ok(bytes);
        }
        Err(WebapiError::NotWritten { path }.into())
    }

    fn attributes(&self, outcome: &mut Outcome) -> Result<Attributes> {
        let mode = self.settings.mode;
        if !self.host.is_superuser() {
            outcome.warnings.push(format!(
                "without root rights owners are left alone; the server wants {}:{}",
                self.settings.owner, self.settings.group
            ));
            return Ok(Attributes { mode, owner: None });
        }
        let owner = Some(account::owner(&self.settings.owner, &self.settings.group)?);
        Ok(Attributes { mode, owner })
    }

    /// The first original stays as `KEYSTORE.ORG`, as in the runbook; later ones are in the history.
    fn keep_original(&self, target: &Target, plan: &mut Plan, outcome: &mut Outcome) -> Result<()> {
        let Some(file) = &target.file else {
            return Ok(());
        };
        let original = read::target(
            &self.host.root,
            &with_suffix(&target.path, ".ORG"),
            SIZE_LIMIT,
        )?;
        if original.file.is_some() {
            return Ok(());
        }
        let attributes = Attributes {
            mode: Mode(file.snapshot.mode.0 & ORIGINAL_MODE),
            owner: self.host.is_superuser().then_some(file.snapshot.owner),
        };
        target_file::report(
            "original",
            &original.path,
            Effect::Created,
            &attributes,
            outcome,
        );
        plan.changes.push(FileChange {
            path: original.path,
            before: None,
            action: Action::Write {
                content: Content::Secret(file.bytes.clone()),
                attributes,
            },
        });
        Ok(())
    }

    fn leaf_of(&self, present: &Keystore) -> Option<String> {
        let entry = present
            .key_entry(self.alias())
            .or_else(|| present.key_entries().next())?;
        let leaf = Certificate::from_der(entry.chain.first()?).ok()?;
        Some(format!("{:x}", leaf.fingerprint()))
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}
