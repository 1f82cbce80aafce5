//! `dhtls cus-auth`: who may fetch what the Client Update Service serves, and whether it asks.

mod guest;
mod switch;
mod users;

use std::path::PathBuf;
use std::time::Duration;

use clap::Subcommand;

use crate::commands::pair_args::{duration, endpoint};
use crate::commands::proposal::Proposal;
use crate::error::Result;
use crate::server::site::Site;
use crate::system::host::Host;

pub(crate) use users::list;

const EXAMPLES: &str = "\
Examples:
  dhtls cus-auth add anna                                     asks for the password
  dhtls cus-auth add anna --password-file anna.password
  dhtls cus-auth list
  dhtls cus-auth enable
  dhtls cus-auth remove anna
  dhtls cus-auth disable";

/// Ask launchers for a password: users, and the switch
///
/// The users are kept in lighttpd's users file, as hashes. enable loads the modules and includes the rules,
/// and proves that nobody gets the launcher file without a password and that a user gets it with one; when
/// not, everything is put back. Without TLS (cus-https) passwords cross the network in clear.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES, after_long_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) action: Action,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    #[command(flatten)]
    Change(Change),
    /// List the users
    List,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Change {
    /// Add a user, or give one a new password; it counts from the next request on
    Add(AddArgs),
    /// Ask nobody for a password any more; the users stay
    Disable(SwitchArgs),
    /// Ask everybody for a password
    Enable(SwitchArgs),
    /// Remove a user, who gets nothing from the next request on
    Remove {
        /// The user's name
        user: String,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct AddArgs {
    /// The user's name
    user: String,
    /// File with the password in its first line [default: ask at the terminal]
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct SwitchArgs {
    /// What to probe after the restart [default: the service's port on this machine]
    #[arg(long, value_name = "HOST:PORT", value_parser = endpoint)]
    endpoint: Option<String>,
    /// How long restart and probe may take
    #[arg(long, value_name = "TIME", default_value = "120s", value_parser = duration)]
    timeout: Duration,
}

/// Reads and decides everything; writes nothing.
///
/// # Errors
/// Whatever refuses: docs/formats.md and the help list it.
pub(crate) fn plan(change: &Change, host: &Host, site: &Site) -> Result<Proposal> {
    match change {
        Change::Add(args) => users::add(args, host, site),
        Change::Disable(args) => switch::disable(args, host, site),
        Change::Enable(args) => switch::enable(args, host, site),
        Change::Remove { user } => users::remove(user, host, site),
    }
}
