//! `dhtls install-webapi`: from a CA-signed pair to a certificate that is really served.

mod keystore;
mod restart;

use std::path::PathBuf;

use clap::{ArgGroup, ValueEnum};

use crate::commands::pair::{self, Inputs, Pair};
use crate::commands::pair_args::PairArgs;
use crate::commands::proposal::Proposal;
use crate::config::props::Change;
use crate::error::{Error, Result};
use crate::pki::findings::Code;
use crate::pki::keystore::Profile;
use crate::pki::names::ServerName;
use crate::pki::throwaway;
use crate::report::outcome::{Effect, Outcome, SettingOutcome};
use crate::server::layout::Layout;
use crate::server::properties::PropertyFiles;
use crate::server::settings::WebapiSettings;
use crate::server::site::Site;
use crate::server::webapi::{self, Places, Set, Webapi};
use crate::system::host::Host;
use crate::system::plan::Plan;

const EXAMPLES: &str = "\
Examples:
  See what would change, and change nothing:
    dhtls --dry-run install-webapi --crt tls.crt --key tls.key
  The CA sent the intermediates in a file of their own:
    dhtls install-webapi --crt tls.crt --key tls.key --chain intermediates.pem
  A certificate of a private CA, with several names:
    dhtls install-webapi --crt tls.crt --key tls.key --ca root.pem --host deephaven.example.com
  A PKCS#12 file from the CA:
    dhtls install-webapi --pfx server.pfx --passphrase-file pfx.pass
  For testing, without a CA:
    dhtls install-webapi --self-signed --host deephaven.example.com

Findings that always refuse:
  expired, not-yet-valid, key-mismatch, host-mismatch, no-san, wrong-usage
Findings that refuse until --allow CODE:
  self-signed, incomplete-chain, weak-key, weak-signature,
  other-entries (the keystore holds more than one entry), damaged-keystore
Findings that only warn:
  untrusted, chain-order, loose-permissions";

/// A test certificate needs to last for a test.
const SELF_SIGNED_DAYS: u32 = 90;

/// Install a CA-signed certificate into the Web API Service and prove that it is served
///
/// Checks certificate, key and chain; writes the keystore with the service's passphrase; sets the
/// properties; restarts the service through monit; asks the endpoint which certificate it serves. When
/// that is another one, everything is put back and the service restarted as it was.
#[derive(Debug, clap::Args)]
#[command(
    after_help = EXAMPLES,
    after_long_help = EXAMPLES,
    group = ArgGroup::new("input").required(true).args(["crt", "pfx", "self_signed"])
)]
pub(crate) struct Args {
    #[command(flatten)]
    pair: PairArgs,
    /// PKCS#12 algorithms: modern is AES-256, java8 is 3DES, auto asks which Java runs the service
    #[arg(long, value_enum, default_value_t = ProfileChoice::Auto, help_heading = "The Web API Service")]
    profile: ProfileChoice,
    /// The entry's alias in the keystore [default: webapi]
    #[arg(long, value_name = "NAME", help_heading = "The Web API Service")]
    alias: Option<String>,
    /// Keystore to write, instead of what the property WebServer.tls.keystore says
    #[arg(long, value_name = "FILE", value_parser = super::absolute, help_heading = "The Web API Service")]
    keystore: Option<PathBuf>,
    /// Base64 file with the keystore's passphrase, instead of what WebServer.tls.passphrase.file says
    #[arg(long, value_name = "FILE", value_parser = super::absolute, help_heading = "The Web API Service")]
    webapi_passphrase: Option<PathBuf>,
    /// Leave the properties alone: the keystore only
    #[arg(long, help_heading = "The Web API Service")]
    no_properties: bool,
    /// Make a fresh self-signed pair for --host, for testing only
    #[arg(long, requires = "host", conflicts_with_all = ["crt", "key", "pfx"], help_heading = "The certificate")]
    self_signed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ProfileChoice {
    Auto,
    Modern,
    Java8,
}

impl ProfileChoice {
    fn explicit(self) -> Option<Profile> {
        match self {
            Self::Auto => None,
            Self::Modern => Some(Profile::Modern),
            Self::Java8 => Some(Profile::Java8),
        }
    }
}

/// Reads and decides everything; writes nothing.
///
/// # Errors
/// Whatever refuses: docs/formats.md and the help list it.
pub(crate) fn plan(args: &Args, host: &Host, site: &Site) -> Result<Proposal> {
    let settings = &site.settings;
    let folder = &settings.properties.folder;
    let layout = Layout::find(folder, host)?;
    if !args.no_properties {
        layout.require_files(&host.root.shown(folder))?;
    }
    let mut files = PropertyFiles::new(folder, host);
    let webapi = args.webapi(&layout, &mut files, &settings.webapi)?;
    let mut pair = args.pair(webapi.host.as_deref(), host)?;
    let mut plan = Plan::new("install-webapi");
    let mut outcome = Outcome {
        command: plan.command.clone(),
        certificate: Some(pair.outcome(host)),
        ..Outcome::default()
    };
    outcome.notes.extend(webapi.notes.iter().cloned());
    outcome.notes.append(&mut pair.notes);
    outcome.warnings.append(&mut pair.warnings);

    let service = restart::Service::find(args, host, site)?;
    let installed = keystore::Installation {
        args,
        host,
        settings: &settings.webapi,
        webapi: &webapi,
        pair: &pair,
    };
    let leaf_before = installed.plan(&service, &mut plan, &mut outcome)?;
    if !args.no_properties {
        let tls = webapi.wanted_tls();
        let of_dispatcher = webapi::wanted_of_dispatcher(&pair.host.to_string());
        let set = webapi::set_properties(&layout, &mut files, &tls, &of_dispatcher)?;
        report_properties(set, &mut outcome);
    }
    let (changes, observed) = files.into_changes();
    plan.changes.extend(changes);
    plan.observed.extend(observed);
    service.plan(&pair, &webapi, leaf_before, &mut plan, &mut outcome);
    Ok(Proposal {
        logs: vec![settings.webapi.log.clone()],
        ..Proposal::new(plan, outcome)
    })
}

impl Args {
    /// What the properties say, or where they are left alone and cannot be read, what the flags say.
    fn webapi(
        &self,
        layout: &Layout,
        files: &mut PropertyFiles<'_>,
        settings: &WebapiSettings,
    ) -> Result<Webapi> {
        let places = Places {
            keystore: self.keystore.as_deref(),
            passphrase_file: self.webapi_passphrase.as_deref(),
            endpoint_is_known: self.pair.endpoint.is_some() || settings.endpoint.is_some(),
        };
        match Webapi::read(layout, files, settings, places) {
            Err(Error::Props(problem)) if self.no_properties => {
                Webapi::of_flags(places, &problem).ok_or(Error::Props(problem))
            }
            read => read,
        }
    }

    fn pair(&self, current_host: Option<&str>, host: &Host) -> Result<Pair> {
        let inputs = match (self.self_signed, &self.pair.host) {
            (true, Some(name)) => return self.self_signed_pair(name, host),
            (true, None) | (false, _) => pair::inputs(&self.pair, host)?,
        };
        let inputs = inputs.ok_or(crate::error::WebapiError::NoPair)?;
        pair::judged(inputs, &self.pair, current_host, host)
    }

    /// Asking for a self-signed pair accepts that it is one; everything else is judged as usual.
    fn self_signed_pair(&self, name: &str, host: &Host) -> Result<Pair> {
        let name = ServerName::parse(name)?;
        let made = throwaway::self_signed(&name, host.now(), SELF_SIGNED_DAYS)?;
        let inputs = Inputs {
            key: made.private_key()?,
            key_was_encrypted: None,
            certificates: vec![made.certificate],
            notes: Vec::new(),
            findings: Vec::new(),
        };
        let allow = [self.pair.allow.as_slice(), &[Code::SelfSigned]].concat();
        pair::judged_allowing(inputs, &self.pair, &allow, None, host)
    }
}

fn report_properties(set: Vec<Set>, outcome: &mut Outcome) {
    for Set { key, value, change } in set {
        let (at, effect) = match change {
            Change::Appended(at) => (at, Effect::Created),
            Change::Changed(at) => (at, Effect::Replaced),
            Change::Unchanged(at) => (at, Effect::Unchanged),
        };
        if webapi::is_of_dispatcher(key)
            && effect != Effect::Unchanged
            && outcome.pending.is_empty()
        {
            outcome.pending.push(webapi::DISPATCHER_PENDING.to_owned());
        }
        outcome.settings.push(SettingOutcome {
            role: "property",
            key: key.to_owned(),
            value,
            file: at.path.display().to_string(),
            line: at.line,
            effect,
        });
    }
}
