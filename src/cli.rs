//! The command line: flags that hold everywhere, exit codes, and what happens with the plan of a command.

mod apply;
mod check;
mod format;
mod progress;
mod show;
mod status;
mod streams;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use anstream::ColorChoice;
use clap::error::ErrorKind;
use clap::{ArgAction, CommandFactory, Parser, Subcommand, ValueEnum};

use crate::cli::format::Format;
use crate::cli::streams::Flags;
use crate::commands::{
    check as check_command, cus_auth, cus_http, cus_https, demo, history, install_webapi, rollback,
    show as show_command, status as status_command,
};
use crate::error::Result;
use crate::server::settings::Settings;
use crate::server::site::Site;
use crate::system::host::Host;
use crate::system::memory;
use crate::system::root::Root;

/// Everybody's but check's.
const WRONG_USAGE: u8 = 2;

const EXAMPLES: &str = "\
Examples:
  dhtls status
  dhtls check
  dhtls --dry-run install-webapi --crt tls.crt --key tls.key
  dhtls install-webapi --crt tls.crt --key tls.key
  dhtls install-webapi --pfx from-the-ca.pfx --passphrase-file pfx.pass
  dhtls cus-https --host myserver.mydomain.com
  dhtls history
  dhtls rollback

Exit codes:
  0  done, or nothing to do
  1  refused or failed, and everything is as it was
  2  wrong usage
  3  a person must look; stderr says at what";

/// TLS and certificates for Deephaven servers: checked first, changed all or nothing, proven by a
/// handshake, put back when the proof fails
#[derive(Debug, Parser)]
#[command(name = "dhtls", version, after_help = EXAMPLES, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    everywhere: Everywhere,
    #[command(subcommand)]
    command: Command,
}

/// Flags that every command takes, before or after its name.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Everywhere")]
struct Everywhere {
    /// Look up and write every absolute path below DIR, as if DIR were `/` (staging, images, trials);
    /// relative ones are those of the current folder
    #[arg(long, global = true, value_name = "DIR")]
    root: Option<PathBuf>,
    /// Site settings; absent is fine for the default [default: /etc/dhtls.toml]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Print what would change as a unified diff; touch nothing, run nothing
    #[arg(short = 'n', long, global = true)]
    dry_run: bool,
    /// How to print: text or json; check also nagios and prometheus, show also pem
    #[arg(
        long, global = true, value_enum, default_value_t = Format::Text,
        hide_possible_values = true
    )]
    format: Format,
    /// Restart the service and probe it (the default without --root)
    #[arg(long, global = true, overrides_with = "no_restart")]
    restart: bool,
    /// Change files only
    #[arg(long, global = true)]
    no_restart: bool,
    /// Print nothing when all is well but what was asked for (a list, a diff)
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// Print also what was right already
    #[arg(short, long, global = true, action = ArgAction::Count)]
    verbose: u8,
    /// Colour: auto asks the terminal, NO_COLOR and CLICOLOR_FORCE
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t = When::Auto)]
    color: When,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum When {
    Auto,
    Always,
    Never,
}

impl From<When> for ColorChoice {
    fn from(when: When) -> Self {
        match when {
            When::Auto => Self::Auto,
            When::Always => Self::Always,
            When::Never => Self::Never,
        }
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    Check(Box<check_command::Args>),
    CusAuth(cus_auth::Args),
    CusHttp(cus_http::Args),
    CusHttps(Box<cus_https::Args>),
    Demo(demo::Args),
    History(history::Args),
    InstallWebapi(Box<install_webapi::Args>),
    Rollback(rollback::Args),
    Show(show_command::Args),
    Status(status_command::Args),
}

/// Runs one command line against `host` and returns the exit code for the process.
pub(crate) fn run(args: impl IntoIterator<Item = OsString>, host: &mut Host) -> ExitCode {
    memory::keep_private();
    let line: Vec<OsString> = args.into_iter().collect();
    let cli = match Cli::try_parse_from(&line).and_then(Cli::refuse_what_the_command_cannot_do) {
        Ok(cli) => cli,
        Err(usage) => {
            let is_check = usage.use_stderr() && check::is_meant(&line);
            let wrong = if is_check {
                check::UNKNOWN
            } else {
                WRONG_USAGE
            };
            return streams::show_usage(&usage, wrong, host);
        }
    };
    streams::choose_colour(cli.everywhere.color.into(), host);
    if let Command::Check(args) = &cli.command {
        return check::run(args, &cli.everywhere, host);
    }
    if let Command::Status(_) = &cli.command {
        return status::run(&cli.everywhere, host);
    }
    match cli.execute(host) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => streams::report_error(&error, host),
    }
}

impl Cli {
    fn refuse_what_the_command_cannot_do(self) -> Result<Self, clap::Error> {
        let given = &self.everywhere;
        if let Some(message) = given.format.refused_by(&self.command) {
            return Err(Self::command().error(ErrorKind::InvalidValue, message));
        }
        // It builds a folder of its own and runs whole commands on it, whatever else is wished.
        let other =
            given.dry_run || given.restart || given.root.is_some() || given.config.is_some();
        if !matches!(self.command, Command::Demo(_)) || !(other || given.format == Format::Json) {
            return Ok(self);
        }
        let message = "the demo works in a folder of its own: it takes --color, -q and -v only";
        Err(Self::command().error(ErrorKind::ArgumentConflict, message))
    }

    fn execute(self, host: &mut Host) -> Result<()> {
        if let Command::Demo(args) = &self.command {
            return demo::run(args, host, &mut |args, host| run(args, host));
        }
        let site = self.everywhere.site(host)?;
        let flags = self.everywhere.flags();
        match &self.command {
            Command::CusAuth(args) => match &args.action {
                cus_auth::Action::Change(action) => apply::change(host, &site, &flags, &|host| {
                    cus_auth::plan(action, host, &site)
                }),
                cus_auth::Action::List => {
                    streams::print_users(&cus_auth::list(host, &site)?, &flags, host)
                }
            },
            Command::CusHttp(args) => apply::change(host, &site, &flags, &|host| {
                cus_http::plan(args, host, &site)
            }),
            Command::CusHttps(args) => apply::change(host, &site, &flags, &|host| {
                cus_https::plan(args, host, &site)
            }),
            // They have run already.
            Command::Check(_) | Command::Demo(_) | Command::Status(_) => Ok(()),
            Command::History(_) => {
                streams::print_history(&history::run(host, &site)?, &flags, host)
            }
            Command::InstallWebapi(args) => apply::change(host, &site, &flags, &|host| {
                install_webapi::plan(args, host, &site)
            }),
            Command::Rollback(args) => {
                let flags = Flags {
                    recovery_suffices: args.is_bare(),
                    ..flags
                };
                apply::change(host, &site, &flags, &|host| {
                    rollback::plan(args, host, &site)
                })
            }
            Command::Show(args) => show::run(args, &self.everywhere, host, &site),
        }
    }
}

impl Everywhere {
    /// Turns to `--root`, and reads the settings.
    fn site(&self, host: &mut Host) -> Result<Site> {
        if let Some(dir) = &self.root {
            host.root = Root::at(dir)?;
        }
        Ok(Site {
            settings: Settings::read(self.config.as_deref(), host)?,
            restart: self.restarts(host),
            dry_run: self.dry_run,
        })
    }

    /// Below another root nothing is restarted unless asked for: the services of the machine do not
    /// read those files.
    fn restarts(&self, host: &Host) -> bool {
        self.restart || (!self.no_restart && host.root.is_real())
    }

    fn flags(&self) -> Flags {
        Flags {
            dry_run: self.dry_run,
            json: self.format == Format::Json,
            quiet: self.quiet,
            verbose: self.verbose > 0,
            recovery_suffices: false,
        }
    }
}
