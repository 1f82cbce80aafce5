//! lighttpd as its configuration has it: where it listens, and which files it takes certificates from.

use std::path::{Path, PathBuf};

use crate::config::lighttpd::{Conditional, Data};
use crate::error::{Position, Result};
use crate::pki::findings::Code;
use crate::pki::pemfile::{self, Fault, Judged, Verdict};
use crate::server::cus::{BUNDLE_LIMIT, ConfigurationFiles};
use crate::server::inventory::collector::Collector;
use crate::server::inventory::{Found, Role, Service, Wanted};
use crate::system::read;

/// A port that lighttpd opens.
#[derive(Debug)]
pub(super) struct Listener {
    pub(super) port: u16,
    pub(super) tls: bool,
    /// The address, where a block of its own names one.
    pub(super) host: Option<String>,
    /// What says so; `None`: nothing, so it is lighttpd's default.
    pub(super) at: Option<Position>,
}

/// The server's own port first.
///
/// # Errors
/// Only the running lighttpd knows.
pub(super) fn listeners(files: &ConfigurationFiles) -> Result<Vec<Listener>> {
    let own = Listener {
        port: files.port()?,
        tls: files.has_tls()?,
        host: None,
        at: files.configuration.value("server.port").map(|it| it.at),
    };
    let engines = files.configuration.conditionals("ssl.engine");
    let mut all = Vec::new();
    for socket in files.configuration.sockets() {
        let Some(address) = socket.address.filter(|address| !address.starts_with('/')) else {
            continue;
        };
        let condition = format!(r#"$SERVER["socket"] == "{address}""#);
        let engine = engines.iter().find(|it| it.condition == condition);
        let host = address
            .rsplit_once(':')
            .map_or(address.as_str(), |(host, _)| host);
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let everywhere = ["", "*", "0.0.0.0", "::"].contains(&host);
        all.push(Listener {
            port: socket.port.unwrap_or(own.port),
            tls: engine.and_then(|it| it.data.switch()).unwrap_or(own.tls),
            host: (!everywhere).then(|| host.to_owned()),
            at: Some(socket.at),
        });
    }
    all.insert(0, own);
    Ok(all)
}

/// A pemfile and the key that goes with it, in the scope that names them.
struct Pair {
    pemfile: PathBuf,
    at: Position,
    privkey: Option<(PathBuf, Position)>,
}

/// Takes up every pemfile, of conditions too.
pub(super) fn add_pemfiles(collector: &mut Collector<'_>, files: &ConfigurationFiles) {
    for pair in pairs(collector, files) {
        let named = |path: &Path, role, at: &Position, collector: &Collector<'_>| {
            collector.look(path, role, root_alone(), Some(at))
        };
        let bundle = named(&pair.pemfile, Role::Bundle, &pair.at, collector);
        if let Some((path, at)) = &pair.privkey {
            let key = named(path, Role::PrivateKey, at, collector);
            collector.file(key);
        }
        let shown = bundle.shown.clone();
        let found = Found {
            file: bundle,
            passphrase: None,
            service: Some(Service::ClientUpdate),
        };
        let needed = format!("{}: ssl.pemfile names it", pair.at);
        collector.source(found, Some(needed));
        judge(collector, &pair, &shown);
    }
}

/// lighttpd reads them as root, before it drops its rights: nobody else needs to.
fn root_alone() -> Wanted {
    Wanted {
        user: Some("root".to_owned()),
        ..Wanted::mode(0o600)
    }
}

fn pairs(collector: &mut Collector<'_>, files: &ConfigurationFiles) -> Vec<Pair> {
    let mut pairs = Vec::new();
    let absolute = |text: &[u8]| files.absolute(&String::from_utf8_lossy(text));
    let global = |key| {
        let setting = files.configuration.value(key)?;
        Some((setting.data, setting.at))
    };
    let keys = files.configuration.conditionals("ssl.privkey");
    let own_key = |condition: &Conditional| {
        // lighttpd takes the key of the scope that has the pemfile (1.4.69, mod_openssl.c).
        let key = keys.iter().find(|it| it.condition == condition.condition)?;
        Some((key.data.clone(), key.at.clone()))
    };
    let mut named = Vec::new();
    named.extend(global("ssl.pemfile").map(|it| (it, global("ssl.privkey"))));
    let conditional = files.configuration.conditionals("ssl.pemfile");
    named.extend(
        conditional
            .iter()
            .map(|it| ((it.data.clone(), it.at.clone()), own_key(it))),
    );
    for ((data, at), key) in named {
        let Data::Text(pemfile) = &data else {
            not_known(collector, "ssl.pemfile", &at);
            continue;
        };
        if pemfile.is_empty() {
            continue;
        }
        let privkey = match key {
            Some((Data::Text(path), at)) if !path.is_empty() => Some((absolute(&path), at)),
            Some((Data::Text(_), _)) | None => None,
            Some((Data::Integer(_) | Data::List(_) | Data::Unknown, at)) => {
                not_known(collector, "ssl.privkey", &at);
                None
            }
        };
        pairs.push(Pair {
            pemfile: absolute(pemfile),
            at,
            privkey,
        });
    }
    pairs
}

fn not_known(collector: &mut Collector<'_>, key: &str, at: &Position) {
    let message = format!("{at}: only the running lighttpd knows what {key} is; write it out");
    let source = collector.shown(&at.path);
    collector.finding(source, Code::Unreadable, message);
}

/// What lighttpd makes of a pair at its next start. Whether clients trust it is judged elsewhere, and so
/// is a file that is empty or cannot be opened; a key in a file of its own is not.
fn judge(collector: &mut Collector<'_>, pair: &Pair, shown: &str) {
    let root = &collector.host.root;
    let pemfile = match read::existing(root, &pair.pemfile, BUNDLE_LIMIT) {
        Ok(Some(pemfile)) => pemfile.bytes,
        Ok(None) | Err(_) => return,
    };
    let judged = match &pair.privkey {
        None => pemfile::judge(pemfile.expose()),
        Some((path, at)) => match read::existing(root, path, BUNDLE_LIMIT) {
            Ok(Some(key)) => pemfile::judge_pair(pemfile.expose(), key.bytes.expose()),
            Ok(None) => {
                let message = format!("{at}: ssl.privkey names it, and it is not there");
                return collector.finding(collector.shown(path), Code::Unreadable, message);
            }
            Err(error) => return collector.unreadable(path, &error.into()),
        },
    };
    let Some((code, what)) = of_verdict(&judged) else {
        return;
    };
    let key_file = pair.privkey.as_ref().filter(|_| code == Code::KeyMismatch);
    let source = key_file.map_or_else(|| shown.to_owned(), |(path, _)| collector.shown(path));
    collector.finding(source, code, what);
}

/// Whether a key in a file of its own is the certificate's. What else is wrong with them is judged
/// elsewhere.
pub(super) fn judge_key(collector: &mut Collector<'_>, crt: &Path, key: &Path) {
    let root = &collector.host.root;
    let read = |path| read::existing(root, path, BUNDLE_LIMIT).ok().flatten();
    let (Some(certificate), Some(private)) = (read(crt), read(key)) else {
        return;
    };
    let judged = pemfile::judge_pair(certificate.bytes.expose(), private.bytes.expose());
    if judged.verdict == Verdict::DoesNotStart(Fault::KeyMismatch) {
        let message = format!(
            "it is not the key of the certificate in {}",
            collector.shown(crt)
        );
        collector.finding(collector.shown(key), Code::KeyMismatch, message);
    }
}

fn of_verdict(judged: &Judged) -> Option<(Code, String)> {
    match &judged.verdict {
        Verdict::Works => None,
        Verdict::SendsLess(flaw) => {
            let message = format!("lighttpd does not send all certificates of it: {flaw}");
            Some((Code::IncompleteChain, message))
        }
        Verdict::DoesNotStart(Fault::CertificateMissing | Fault::Empty) => None,
        Verdict::DoesNotStart(fault) => {
            let code = match fault {
                Fault::Certificate(_) => Code::Unreadable,
                Fault::CertificateMissing
                | Fault::Empty
                | Fault::Key(_)
                | Fault::KeyEncrypted { .. }
                | Fault::KeyMismatch
                | Fault::KeyMissing
                | Fault::LeafNotFirst { .. }
                | Fault::OtherKeyFirst { .. } => Code::KeyMismatch,
            };
            Some((code, format!("lighttpd does not start with it: {fault}")))
        }
    }
}
