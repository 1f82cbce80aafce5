//! What can be said against a certificate: codes that scripts know, severities, messages for people.

mod form;
mod leaf;
mod path;

use std::fmt;
use std::str::FromStr;

use time::OffsetDateTime;

pub(crate) use leaf::{judge_host, judge_leaf};
pub(crate) use path::{has_expired, judge_alone, judge_issuer, judge_path};

/// One thing that is wrong.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Finding {
    pub(crate) code: Code,
    pub(crate) severity: Severity,
    /// One line, lower case, no full stop; texts out of certificates are escaped.
    pub(crate) message: String,
}

/// What `check` makes of a finding. The greatest of several is the result as a whole.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Severity {
    Warning,
    Unknown,
    Critical,
}

/// What an installing command makes of a finding.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Handling {
    Refuse,
    RefuseUnlessAllowed,
    Warn,
}

/// The names are a contract with scripts: docs and `--allow`, `--ignore` spell them so.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) enum Code {
    ChainOrder,
    Cleartext,
    DamagedKeystore,
    Expired,
    Expiring,
    HostMismatch,
    IncompleteChain,
    KeyMismatch,
    LoosePermissions,
    NoSan,
    NotYetValid,
    OtherEntries,
    RecoveryPending,
    SelfSigned,
    SettingMismatch,
    StaleService,
    Unreachable,
    Unreadable,
    Untrusted,
    WeakKey,
    WeakSignature,
    WrongOwner,
    WrongPassphrase,
    WrongUsage,
}

impl Finding {
    /// A finding with its code's usual severity.
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.severity(),
            message: message.into(),
        }
    }

    /// Whether an installing command has to refuse, given what the user accepts with `--allow`.
    pub(crate) fn refuses(&self, allowed: &[Code]) -> bool {
        match self.code.handling() {
            Handling::Refuse => true,
            Handling::RefuseUnlessAllowed => !allowed.contains(&self.code),
            Handling::Warn => false,
        }
    }
}

impl Code {
    /// All codes, in the order of their names.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|(code, ..)| *code)
    }

    /// Installing: refuse, refuse unless allowed, or warn only.
    pub(crate) fn handling(self) -> Handling {
        self.row().3
    }

    fn severity(self) -> Severity {
        self.row().2
    }

    fn name(self) -> &'static str {
        self.row().1
    }

    fn row(self) -> &'static Row {
        TABLE
            .iter()
            .find(|(code, ..)| *code == self)
            .unwrap_or(&UNLISTED)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // `pad` keeps a width that a table asks for.
        f.pad(self.name())
    }
}

impl FromStr for Code {
    type Err = String;

    /// The error lists what `--allow` can be used for, for clap to print.
    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::all().find(|code| code.name() == text);
        known.ok_or_else(|| {
            let names: Vec<_> = Self::all().map(Self::name).collect();
            format!("no such finding; known are {}", names.join(", "))
        })
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Warning => "warning",
            Self::Unknown => "unknown",
            Self::Critical => "critical",
        })
    }
}

/// `2026-03-01 12:00:00 UTC`: how messages write a date.
pub(crate) fn date(time: OffsetDateTime) -> String {
    let (hour, minute, second) = time.to_hms();
    format!("{} {hour:02}:{minute:02}:{second:02} UTC", time.date())
}

type Row = (Code, &'static str, Severity, Handling);

/// A code missing from the table would be taken for the worst; a test says that none is.
const UNLISTED: Row = (
    Code::Unreadable,
    "unreadable",
    Severity::Critical,
    Handling::Refuse,
);

const TABLE: [Row; 24] = {
    use Handling::{Refuse, RefuseUnlessAllowed as UnlessAllowed, Warn};
    use Severity::{Critical, Unknown, Warning};
    [
        (Code::ChainOrder, "chain-order", Warning, Warn),
        (Code::Cleartext, "cleartext", Critical, Warn),
        (
            Code::DamagedKeystore,
            "damaged-keystore",
            Critical,
            UnlessAllowed,
        ),
        (Code::Expired, "expired", Critical, Refuse),
        (Code::Expiring, "expiring", Warning, Warn),
        (Code::HostMismatch, "host-mismatch", Critical, Refuse),
        (
            Code::IncompleteChain,
            "incomplete-chain",
            Warning,
            UnlessAllowed,
        ),
        (Code::KeyMismatch, "key-mismatch", Critical, Refuse),
        (Code::LoosePermissions, "loose-permissions", Warning, Warn),
        (Code::NoSan, "no-san", Critical, Refuse),
        (Code::NotYetValid, "not-yet-valid", Critical, Refuse),
        (Code::OtherEntries, "other-entries", Warning, UnlessAllowed),
        (Code::RecoveryPending, "recovery-pending", Warning, Warn),
        (Code::SelfSigned, "self-signed", Warning, UnlessAllowed),
        (Code::SettingMismatch, "setting-mismatch", Warning, Warn),
        (Code::StaleService, "stale-service", Critical, Warn),
        (Code::Unreachable, "unreachable", Unknown, Warn),
        (Code::Unreadable, "unreadable", Unknown, Refuse),
        (Code::Untrusted, "untrusted", Warning, Warn),
        (Code::WeakKey, "weak-key", Warning, UnlessAllowed),
        (
            Code::WeakSignature,
            "weak-signature",
            Warning,
            UnlessAllowed,
        ),
        (Code::WrongOwner, "wrong-owner", Warning, Warn),
        (Code::WrongPassphrase, "wrong-passphrase", Unknown, Refuse),
        (Code::WrongUsage, "wrong-usage", Critical, Refuse),
    ]
};

#[cfg(test)]
mod tests;
