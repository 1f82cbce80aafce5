//! `dhtls cus-http`: the way back from TLS to plain HTTP.

use std::time::Duration;

use crate::commands::cus::{Asking, Change, Leaves, Served};
use crate::commands::pair_args::{duration, endpoint};
use crate::commands::proposal::Proposal;
use crate::commands::service::Enable;
use crate::config::getdown::{Origin, Scheme};
use crate::config::lighttpd::Value;
use crate::error::Result;
use crate::pki::names::ServerName;
use crate::server::cus::{Cus, LauncherFiles};
use crate::server::site::Site;
use crate::system::host::Host;

const EXAMPLES: &str = "\
Examples:
  See what would change, and change nothing:
    dhtls --dry-run cus-http --host myserver.mydomain.com --i-accept-cleartext
  Do it:
    dhtls cus-http --host myserver.mydomain.com --i-accept-cleartext";

/// What the runbook says of it.
const CLEARTEXT: &str = "cleartext: launchers now fetch programs over HTTP, which everyone on the way can read \
     and replace; use it for testing only";

/// Serve the launchers without TLS again: port 80, http addresses
///
/// The way back from cus-https. Whoever is between launcher and server can then read and replace the programs
/// that the launchers run, so it has to be accepted by name. The bundle stays.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES, after_long_help = EXAMPLES)]
pub(crate) struct Args {
    /// The name by which launchers reach the server
    #[arg(long, value_name = "NAME")]
    host: String,
    /// Accept that everything is sent in clear
    #[arg(long, required = true)]
    i_accept_cleartext: bool,
    /// Port to serve on
    #[arg(long, default_value_t = 80, value_parser = clap::value_parser!(u16).range(1..))]
    port: u16,
    /// Leave the launcher file alone
    #[arg(long)]
    no_getdown: bool,
    /// What to probe after the restart [default: the service's port on this machine]
    #[arg(long, value_name = "HOST:PORT", value_parser = endpoint)]
    endpoint: Option<String>,
    /// How long restart and probe may take
    #[arg(long, value_name = "TIME", default_value = "120s", value_parser = duration)]
    timeout: Duration,
    /// Switch the service on in monit when it is off
    #[arg(long)]
    enable: bool,
}

/// Reads and decides everything; writes nothing.
///
/// # Errors
/// Whatever refuses: docs/formats.md and the help list it.
pub(crate) fn plan(args: &Args, host: &Host, site: &Site) -> Result<Proposal> {
    let cus = Cus::find(host, site, site.restart || args.enable)?;
    let launchers = match args.no_getdown {
        true => None,
        false => Some(LauncherFiles::find(&site.settings.cus, host)?),
    };
    let name = ServerName::parse(&args.host)?.to_string();
    let asking = Asking {
        endpoint: args.endpoint.as_deref(),
        server_name: name.clone(),
        timeout: args.timeout,
    };
    let before = cus.served_now(host)?.as_ref().and_then(Served::of_bundle);
    let mut change = Change::new("cus-http", host, site, cus, launchers, asking)?;
    change.outcome.warnings.push(CLEARTEXT.to_owned());
    if change.cus.lighttpd.asks_for_password() {
        let warning = "the passwords of dhtls cus-auth cross the network in clear now";
        change.outcome.warnings.push(warning.to_owned());
    }
    change
        .cus
        .lighttpd
        .configuration
        .refuse_socket_on(args.port)?;
    change.set("server.port", &Value::Integer(args.port))?;
    if change.cus.lighttpd.has_tls()? {
        change.set("ssl.engine", &Value::Switch(false))?;
    }
    change.point_launchers_to(Origin::new(Scheme::Http, &name, args.port)?)?;
    let leaves = Leaves {
        after: None,
        before,
    };
    change.propose(Enable::of(args.enable), leaves)
}
