//! Where the pair comes from: the flags, else the runbook's files, else the Web API keystore.

use std::path::Path;

use crate::commands::pair::{self, Inputs};
use crate::commands::pair_args::PairArgs;
use crate::error::{CusError, Result, WebapiError};
use crate::pki::certificate::Certificate;
use crate::pki::keystore::{KeyEntry, Keystore};
use crate::pki::passphrase;
use crate::server::layout::Layout;
use crate::server::properties::PropertyFiles;
use crate::server::settings::Settings;
use crate::server::webapi::{Places, Webapi};
use crate::system::host::Host;
use crate::system::read;

/// Where the runbook puts the pair for lighttpd.
const CRT: &str = "/etc/ssl/certs/lighttpd.crt";
const KEY: &str = "/etc/ssl/private/lighttpd.key";

/// A keystore of a hundred entries is below a tenth of it.
const SIZE_LIMIT: u64 = 16 << 20;

/// # Errors
/// A file that cannot be read, decrypted or understood; no pair anywhere.
pub(super) fn inputs(args: &PairArgs, settings: &Settings, host: &Host) -> Result<Inputs> {
    if let Some(inputs) = pair::inputs(args, host)? {
        return Ok(inputs);
    }
    let (crt, key) = (Path::new(CRT), Path::new(KEY));
    match (host.root.exists(crt)?, host.root.exists(key)?) {
        (true, true) => {
            let mut inputs = pair::from_crt_and_key(crt, key, args, host)?;
            inputs
                .notes
                .insert(0, format!("the pair is {CRT} and {KEY}"));
            return Ok(inputs);
        }
        (true, false) => return Err(half(CRT, KEY)),
        (false, true) => return Err(half(KEY, CRT)),
        (false, false) => {}
    }
    of_web_api(settings, host)
}

/// Half a pair is rather a slip than a wish to use another one.
fn half(present: &'static str, missing: &'static str) -> crate::error::Error {
    CusError::HalfPair { present, missing }.into()
}

/// The pair that the Web API Service serves.
fn of_web_api(settings: &Settings, host: &Host) -> Result<Inputs> {
    let folder = &settings.properties.folder;
    let layout = Layout::find(folder, host)?;
    let mut files = PropertyFiles::new(folder, host);
    let places = Places {
        endpoint_is_known: true,
        ..Places::default()
    };
    let webapi = Webapi::read(&layout, &mut files, &settings.webapi, places)?;
    let found = read::existing(&host.root, &webapi.keystore, SIZE_LIMIT)?;
    let passphrases = read::existing(&host.root, &webapi.passphrase_file, SIZE_LIMIT)?;
    let shown = host.root.shown(&webapi.keystore);
    let passphrase_file = host.root.shown(&webapi.passphrase_file);
    let (found, passphrases) = match (found, passphrases) {
        (Some(found), Some(passphrases)) => (found, passphrases),
        (Some(_), None) => {
            let path = passphrase_file;
            return Err(WebapiError::PassphraseMissing { path }.into());
        }
        (None, _) => return Err(CusError::NoPair { keystore: shown }.into()),
    };
    let candidates =
        passphrase::decode_base64_file(&passphrase_file.display().to_string(), &passphrases.bytes)?;
    let name = shown.display().to_string();
    let (keystore, _) = Keystore::open_with(&name, found.bytes.expose(), &candidates)?;
    let entry = keystore
        .key_entry(&settings.webapi.alias)
        .or_else(|| keystore.key_entries().next())
        .ok_or(CusError::NoPair { keystore: shown })?;
    let mut inputs = of_entry(entry)?;
    inputs.notes.push(format!(
        "the pair is that of the Web API Service, in {name}"
    ));
    Ok(inputs)
}

fn of_entry(entry: &KeyEntry) -> Result<Inputs> {
    let certificates = entry.chain.iter().map(|der| Certificate::from_der(der));
    Ok(Inputs {
        key: entry.key.clone(),
        key_was_encrypted: None,
        certificates: certificates.collect::<Result<_, _>>()?,
        notes: Vec::new(),
        findings: Vec::new(),
    })
}
