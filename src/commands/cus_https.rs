//! `dhtls cus-https`: the launchers' server with TLS, from a CA-signed pair to a chain that is served.

mod bundle;
mod source;

use std::path::{Path, PathBuf};

use crate::commands::cus::{Asking, Change, Leaves, Served};
use crate::commands::cus_https::bundle::Bundle;
use crate::commands::pair::{self, Pair};
use crate::commands::pair_args::PairArgs;
use crate::commands::proposal::Proposal;
use crate::commands::service::Enable;
use crate::config::getdown::{Origin, Scheme};
use crate::config::lighttpd::Value;
use crate::error::Result;
use crate::server::cus::{Cus, LauncherFiles};
use crate::server::site::Site;
use crate::system::host::Host;

const EXAMPLES: &str = "\
Examples:
  See what would change, and change nothing:
    dhtls --dry-run cus-https --host myserver.mydomain.com --crt tls.crt --key tls.key
  The runbook's pair, lighttpd.crt and lighttpd.key below /etc/ssl, else that of the Web API Service:
    dhtls cus-https --host myserver.mydomain.com
  The service is still off in monit:
    dhtls cus-https --host myserver.mydomain.com --enable
  Another port, which then is in the launchers' addresses:
    dhtls cus-https --host myserver.mydomain.com --port 8443

Findings that always refuse:
  expired, not-yet-valid, key-mismatch, host-mismatch, no-san, wrong-usage
Findings that refuse until --allow CODE:
  self-signed, incomplete-chain, weak-key, weak-signature
Findings that only warn:
  untrusted, chain-order, loose-permissions";

/// The port of https.
const PORT: u16 = 443;

/// Where lighttpd takes commands of `SSL_CONF_cmd(3)`.
const OPENSSL_COMMANDS: &str = "ssl.openssl.ssl-conf-cmd";
const MIN_PROTOCOL: &str = "MinProtocol";

/// Serve the launchers of the Client Update Service over TLS, and prove it
///
/// Checks certificate, key and chain; writes lighttpd's bundle; sets port and TLS in its configuration and
/// has lighttpd judge a copy; changes the launchers' addresses to https; restarts the service through monit;
/// asks it for the certificate, the whole chain and the launcher file. When one of them is not as wanted,
/// everything is put back and the service restarted as it was.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES, after_long_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    pair: PairArgs,
    /// Where the bundle goes [default: what ssl.pemfile says, else /etc/ssl/private/lighttpd.pem]
    #[arg(long, value_name = "FILE", value_parser = super::absolute, help_heading = "The Client Update Service")]
    bundle: Option<PathBuf>,
    /// Port to serve TLS on [default: the one that has TLS already, else 443]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..), help_heading = "The Client Update Service")]
    port: Option<u16>,
    /// Let only TLS 1.3 in, which shuts out launchers with an old Java 8; stays until MinProtocol is taken
    /// out of ssl.openssl.ssl-conf-cmd
    #[arg(long, help_heading = "The Client Update Service")]
    tls13_only: bool,
    /// Write an encrypted key in clear into the bundle without asking: lighttpd reads no other
    #[arg(long, help_heading = "The Client Update Service")]
    decrypt_key: bool,
    /// Leave the launcher file alone
    #[arg(long, help_heading = "The Client Update Service")]
    no_getdown: bool,
}

/// Reads and decides everything; writes nothing.
///
/// # Errors
/// Whatever refuses: docs/formats.md and the help list it.
pub(crate) fn plan(args: &Args, host: &Host, site: &Site) -> Result<Proposal> {
    let settings = &site.settings;
    let cus = Cus::find(host, site, site.restart || args.pair.enable)?;
    let launchers = match args.no_getdown {
        true => None,
        false => Some(LauncherFiles::find(&settings.cus, host)?),
    };
    let mut pair = args.pair(launchers.as_ref(), host, site)?;
    let asking = Asking {
        endpoint: args.pair.endpoint.as_deref(),
        server_name: pair.host.to_string(),
        timeout: args.pair.timeout,
    };
    let mut change = Change::new("cus-https", host, site, cus, launchers, asking)?;
    change.outcome.certificate = Some(pair.outcome(host));
    change.outcome.notes.append(&mut pair.notes);
    change.outcome.warnings.append(&mut pair.warnings);

    let before = change.cus.served_now(host)?;
    let before = before.as_ref().and_then(Served::of_bundle);
    let given = args.bundle.as_deref().or(settings.cus.bundle.as_deref());
    let bundle = Bundle {
        path: change.cus.bundle(given, host)?,
        pair: &pair,
        host,
    };
    if let (Some(key), true, false) = (&pair.key_was_encrypted, site.dry_run, args.decrypt_key) {
        let note = format!(
            "{key} is encrypted: without --decrypt-key you are asked before it is written in clear"
        );
        change.outcome.notes.push(note);
    }
    let may_decrypt = args.decrypt_key || site.dry_run;
    bundle.plan(may_decrypt, &mut change.plan, &mut change.outcome)?;
    let port = args.port(&change.cus)?;
    args.set_up_tls(port, &bundle.path, &mut change)?;
    change.point_launchers_to(Origin::new(Scheme::Https, &pair.host.to_string(), port)?)?;
    let leaves = Leaves {
        after: Some(Served::of(&pair.chain.leaf, &pair.chain.intermediates)),
        before,
    };
    change.propose(Enable::of(args.pair.enable), leaves)
}

impl Args {
    fn pair(&self, launcher: Option<&LauncherFiles>, host: &Host, site: &Site) -> Result<Pair> {
        let inputs = source::inputs(&self.pair, &site.settings, host)?;
        let current = launcher.and_then(LauncherFiles::origin).map(Origin::host);
        pair::judged(inputs, &self.pair, current, host)
    }

    /// A renewal leaves the port as it is.
    fn port(&self, cus: &Cus) -> Result<u16> {
        match self.port {
            Some(port) => Ok(port),
            None if cus.lighttpd.has_tls()? => cus.lighttpd.port(),
            None => Ok(PORT),
        }
    }

    /// lighttpd's settings, which have to be the last word: no block may open the port besides.
    fn set_up_tls(&self, port: u16, bundle: &Path, change: &mut Change<'_>) -> Result<()> {
        change.cus.lighttpd.configuration.refuse_socket_on(port)?;
        change.load_module("mod_openssl")?;
        change.set("server.port", &Value::Integer(port))?;
        change.set("ssl.engine", &Value::Switch(true))?;
        let pemfile = bundle.display().to_string();
        change.set("ssl.pemfile", &Value::Text(pemfile))?;
        change.comment_out("ssl.privkey")?;
        if let Some(oldest) = self.oldest_protocol(change)? {
            change.set_entry(OPENSSL_COMMANDS, MIN_PROTOCOL, oldest)?;
        }
        change
            .cus
            .lighttpd
            .configuration
            .refuse_inheriting_sockets()?;
        Ok(())
    }

    /// What has to be said of the oldest version of TLS; `None`: nothing. OpenSSL 1.0, which EPEL 7's
    /// lighttpd has, knows no such command, so it is given only where it is needed.
    fn oldest_protocol(&self, change: &Change<'_>) -> Result<Option<&'static str>> {
        if self.tls13_only {
            return Ok(Some("TLSv1.3"));
        }
        let set = change.cus.lighttpd.configuration.value(OPENSSL_COMMANDS);
        if set.is_some_and(|set| set.entry(MIN_PROTOCOL).is_some()) {
            return Ok(None);
        }
        let version = change.version()?;
        Ok(version
            .filter(|version| version.wants_tls13_only())
            .map(|_| "TLSv1.2"))
    }
}
