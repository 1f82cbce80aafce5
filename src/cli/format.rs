//! How to print: what every command knows, and what only some do.

use clap::ValueEnum;

use crate::cli::Command;
use crate::cli::show::ShownAs;
use crate::report::check;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    Json,
    Nagios,
    Pem,
    Prometheus,
    Text,
}

impl Format {
    /// Why a command cannot print so; `None`: it can.
    pub(super) fn refused_by(self, command: &Command) -> Option<&'static str> {
        match (self, command) {
            (Self::Json | Self::Text, _)
            | (Self::Nagios | Self::Prometheus, Command::Check(_))
            | (Self::Pem, Command::Show(_)) => None,
            (Self::Nagios | Self::Prometheus, _) => {
                Some("only check prints --format nagios and prometheus; here it is text or json")
            }
            (Self::Pem, _) => Some("only show prints --format pem; here it is text or json"),
        }
    }

    /// For `dhtls check`, which does not take the others.
    pub(super) fn of_check(self) -> check::Format {
        match self {
            Self::Json => check::Format::Json,
            Self::Nagios => check::Format::Nagios,
            Self::Prometheus => check::Format::Prometheus,
            Self::Pem | Self::Text => check::Format::Text,
        }
    }

    /// For `dhtls show`, which does not take the others.
    pub(super) fn of_show(self) -> ShownAs {
        match self {
            Self::Json => ShownAs::Json,
            Self::Pem => ShownAs::Pem,
            Self::Nagios | Self::Prometheus | Self::Text => ShownAs::Text,
        }
    }
}
