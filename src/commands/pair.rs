//! A certificate with its key, read, ordered and judged.

use std::path::{Path, PathBuf};

use crate::commands::pair_args::PairArgs;
use crate::error::{CertificateError, Error, KeyError, KeystoreError, Result, WebapiError};
use crate::pki::bundle::{self, Mend};
use crate::pki::certificate::Certificate;
use crate::pki::chain::{Chain, Heap};
use crate::pki::findings::{Code, Finding, Handling};
use crate::pki::key::PrivateKey;
use crate::pki::keystore::Keystore;
use crate::pki::names::ServerName;
use crate::pki::passphrase;
use crate::pki::thresholds::Thresholds;
use crate::pki::trust::TrustAnchors;
use crate::report;
use crate::report::outcome::CertificateOutcome;
use crate::secret::Secret;
use crate::system::host::Host;
use crate::system::plan::Mode;
use crate::system::read;
use crate::system::{anchors, prompt};

/// A bundle of a hundred certificates is below a tenth of it.
const SIZE_LIMIT: u64 = 4 << 20;

/// What may be installed: every finding that refuses was refused or allowed.
#[derive(Debug)]
pub(crate) struct Pair {
    pub(crate) key: PrivateKey,
    pub(crate) chain: Chain,
    pub(crate) host: ServerName,
    /// What was mended or left out.
    pub(crate) notes: Vec<String>,
    /// Findings that do not refuse, or that were allowed.
    pub(crate) warnings: Vec<String>,
    /// The key's file, where that is encrypted.
    pub(crate) key_was_encrypted: Option<String>,
}

/// Key and certificates as they came in.
pub(crate) struct Inputs {
    pub(crate) key: PrivateKey,
    pub(crate) certificates: Vec<Certificate>,
    pub(crate) notes: Vec<String>,
    pub(crate) findings: Vec<Finding>,
    /// The key's file, where that is encrypted.
    pub(crate) key_was_encrypted: Option<String>,
}

impl Pair {
    /// For the report.
    pub(crate) fn outcome(&self, host: &Host) -> CertificateOutcome {
        let leaf = &self.chain.leaf;
        let subjects = self.chain.intermediates.iter().map(|it| it.subject());
        CertificateOutcome {
            subject: leaf.title(),
            issuer: leaf.issuer(),
            host: self.host.to_string(),
            dns_names: leaf.dns_names().iter().map(ToString::to_string).collect(),
            not_after: report::rfc3339(leaf.not_after()),
            days_left: (leaf.not_after() - host.now()).whole_days(),
            sha256: format!("{:x}", leaf.fingerprint()),
            intermediates: subjects.collect(),
        }
    }
}

/// Reads what the flags name; `None` when they name no pair.
///
/// # Errors
/// A file that cannot be read, decrypted or understood.
pub(crate) fn inputs(args: &PairArgs, host: &Host) -> Result<Option<Inputs>> {
    match (&args.crt, &args.key, &args.pfx) {
        (Some(crt), Some(key), _) => from_crt_and_key(crt, key, args, host).map(Some),
        (_, _, Some(pfx)) => from_pfx(pfx, args, host).map(Some),
        (_, _, None) => Ok(None),
    }
}

/// Orders the chain, finds the host and judges everything at once. `current` is the host name that
/// the server uses so far.
///
/// # Errors
/// Every finding that refuses, in one error; a host name that cannot be told.
pub(crate) fn judged(
    inputs: Inputs,
    args: &PairArgs,
    current: Option<&str>,
    host: &Host,
) -> Result<Pair> {
    judged_allowing(inputs, args, &args.allow, current, host)
}

/// The same, with what is `allowed` whatever the flags say.
pub(crate) fn judged_allowing(
    inputs: Inputs,
    args: &PairArgs,
    allowed: &[Code],
    current: Option<&str>,
    host: &Host,
) -> Result<Pair> {
    let Inputs {
        key,
        certificates,
        mut notes,
        mut findings,
        key_was_encrypted,
    } = inputs;
    let mut extra = read_all(&args.chain, host, &mut notes)?;
    // CAs hand out bundles of root and intermediates. An anchor is not sent, so an intermediate among
    // them must not end the chain: clients that know the root alone would not get to it.
    let given = read_all(&args.ca, host, &mut notes)?;
    let (roots, intermediates): (Vec<_>, Vec<_>) =
        given.into_iter().partition(Certificate::is_self_issued);
    extra.extend(intermediates);
    let heap = Heap {
        certificates,
        extra,
        key: key.public_key_der(),
    };
    let anchors = TrustAnchors::new(roots, anchors::system_bundle);
    let chain = Chain::assemble(heap, &anchors, host.now())?;
    notes.extend(chain.notes.iter().map(ToString::to_string));
    let name = server_name(args, current, &chain.leaf);
    findings.extend(chain.findings(name.as_ref().ok(), host.now()));
    // One this close to its end is often last year's file, picked by mistake.
    findings.extend(Thresholds::default().judge(&chain.leaf, host.now()));
    Ok(Pair {
        warnings: refuse(&findings, allowed)?,
        host: name?,
        key,
        chain,
        notes,
        key_was_encrypted,
    })
}

/// Findings that may pass, as warnings; one error with all those that may not.
fn refuse(findings: &[Finding], allowed: &[Code]) -> Result<Vec<String>> {
    let text = |finding: &Finding| format!("{}: {}", finding.code, finding.message);
    let (refusing, passing): (Vec<_>, Vec<_>) = findings
        .iter()
        .partition(|finding| finding.refuses(allowed));
    if refusing.is_empty() {
        return Ok(passing.into_iter().map(text).collect());
    }
    let mut allowable: Vec<String> = Vec::new();
    for finding in &refusing {
        let code = finding.code.to_string();
        if finding.code.handling() == Handling::RefuseUnlessAllowed && !allowable.contains(&code) {
            allowable.push(code);
        }
    }
    // A flag that accepts some of them is no way out when others refuse whatever is allowed.
    if refusing
        .iter()
        .any(|finding| finding.code.handling() == Handling::Refuse)
    {
        allowable.clear();
    }
    Err(WebapiError::Findings {
        refusing: findings.iter().map(text).collect(),
        allowable,
    }
    .into())
}

fn server_name(
    args: &PairArgs,
    current: Option<&str>,
    leaf: &Certificate,
) -> Result<ServerName, CertificateError> {
    match &args.host {
        Some(given) => ServerName::parse(given),
        None => {
            let current = current.and_then(|name| ServerName::parse(name).ok());
            ServerName::of_certificate(leaf, current.as_ref())
        }
    }
}

/// Reads a certificate file and a key file.
///
/// # Errors
/// As [`inputs`].
pub(crate) fn from_crt_and_key(
    crt: &Path,
    key: &Path,
    args: &PairArgs,
    host: &Host,
) -> Result<Inputs> {
    let mut notes = Vec::new();
    let bundle = read_bundle(crt, host, &mut notes)?;
    let input = read::input(&host.root, key, SIZE_LIMIT)?;
    let mut findings: Vec<_> = loose_permissions(key, input.mode).into_iter().collect();
    if bundle.has_key && crt != key {
        findings.extend(loose_permissions(crt, bundle.mode));
    }
    let bytes = input.bytes.expose();
    let name = key.display().to_string();
    notes.extend(mended(&name, &bundle::mends(bytes)));
    let passphrase = if PrivateKey::is_encrypted(bytes) {
        let asked = passphrase(args, &name, host)?;
        Some(asked.ok_or_else(|| KeyError::PassphraseNeeded { name: name.clone() })?)
    } else {
        None
    };
    let certificates = &bundle.certificates;
    let (key, left_out) = PrivateKey::decode_for(certificates, &name, bytes, passphrase.as_ref())?;
    if left_out > 0 {
        notes.push(format!(
            "{name}: left out: keys that are not the certificate's ({left_out})"
        ));
    }
    Ok(Inputs {
        key,
        key_was_encrypted: passphrase.is_some().then_some(name),
        certificates: bundle.certificates,
        notes,
        findings,
    })
}

fn from_pfx(pfx: &Path, args: &PairArgs, host: &Host) -> Result<Inputs> {
    let input = read::input(&host.root, pfx, SIZE_LIMIT)?;
    let name = pfx.display().to_string();
    let empty = Secret::default();
    // Some CAs hand them out without a passphrase; only those that have one need a question.
    let keystore = match Keystore::open(&name, input.bytes.expose(), &empty) {
        Err(KeystoreError::WrongPassphrase { .. }) => {
            let asked = passphrase(args, &name, host)?;
            let given = asked.ok_or_else(|| KeyError::PassphraseNeeded { name: name.clone() })?;
            Keystore::open(&name, input.bytes.expose(), &given)?
        }
        opened => opened?,
    };
    let mut entries = keystore.key_entries();
    let (Some(entry), None) = (entries.next(), entries.next()) else {
        return Err(WebapiError::PfxEntries {
            path: pfx.to_owned(),
            count: keystore.key_entries().count(),
        }
        .into());
    };
    let ders = entry.chain.iter().chain(&keystore.extra_certificates);
    let certificates = ders
        .map(|der| Certificate::from_der(der))
        .collect::<Result<_, _>>()?;
    Ok(Inputs {
        key: entry.key.clone(),
        key_was_encrypted: None,
        certificates,
        notes: Vec::new(),
        findings: loose_permissions(pfx, input.mode).into_iter().collect(),
    })
}

/// The certificates of several files.
///
/// # Errors
/// A file that cannot be read or understood.
pub(crate) fn read_all(
    paths: &[PathBuf],
    host: &Host,
    notes: &mut Vec<String>,
) -> Result<Vec<Certificate>> {
    let mut all = Vec::new();
    for path in paths {
        all.extend(read_bundle(path, host, notes)?.certificates);
    }
    Ok(all)
}

/// Certificates of one file.
struct ReadBundle {
    certificates: Vec<Certificate>,
    has_key: bool,
    mode: Mode,
}

fn read_bundle(path: &Path, host: &Host, notes: &mut Vec<String>) -> Result<ReadBundle> {
    let input = read::input(&host.root, path, SIZE_LIMIT)?;
    let name = path.display().to_string();
    let bundle = bundle::decode(&name, input.bytes.expose())?;
    notes.extend(mended(&name, &bundle.mended));
    Ok(ReadBundle {
        certificates: bundle.certificates,
        has_key: bundle.has_key,
        mode: input.mode,
    })
}

/// The first line of `--passphrase-file`, or what the person at the terminal types; `None`: there is
/// neither.
fn passphrase(args: &PairArgs, name: &str, host: &Host) -> Result<Option<Secret>> {
    if let Some(file) = &args.passphrase_file {
        let input = read::input(&host.root, file, SIZE_LIMIT)?;
        return Ok(Some(passphrase::first_line(&input.bytes)));
    }
    if !host.can_prompt() {
        return Ok(None);
    }
    let asked = prompt::passphrase(&format!("passphrase of {name}: "));
    asked.map(Some).map_err(Error::from)
}

fn mended(name: &str, mends: &[Mend]) -> Vec<String> {
    mends
        .iter()
        .map(|mend| format!("{name}: mended: {mend}"))
        .collect()
}

fn loose_permissions(path: &Path, mode: Mode) -> Option<Finding> {
    mode.open_to_others().then(|| {
        let message = format!(
            "{} holds a private key that everyone on this machine can read (mode {mode})",
            path.display()
        );
        Finding::new(Code::LoosePermissions, message)
    })
}
