//! What a person or a program reads.

pub(crate) mod check;
pub(crate) mod json;
pub(crate) mod listing;
pub(crate) mod outcome;
pub(crate) mod printable;
pub(crate) mod scan;
pub(crate) mod show;
pub(crate) mod status;
pub(crate) mod text;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// RFC 3339 in UTC, as every report writes a time.
pub(crate) fn rfc3339(time: OffsetDateTime) -> String {
    // Only years beyond 9999 cannot be written so, and no certificate has room for them.
    time.format(&Rfc3339).unwrap_or_else(|_| time.to_string())
}
