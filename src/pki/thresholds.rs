//! How close to its end a certificate may come: `30d`, `12h`, or `33%` of its lifetime.

use std::str::FromStr;

use time::{Duration, OffsetDateTime};

use crate::pki::certificate::Certificate;
use crate::pki::findings::{self, Code, Finding, Severity};

/// One limit as a person gives it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Threshold {
    Left(Duration),
    /// Percent of the lifetime.
    Share(u8),
}

/// From when on a certificate is `expiring`. Of several limits the one that is reached first counts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Thresholds {
    /// None: 30 days, but at most a third of the lifetime.
    pub(crate) warn: Vec<Threshold>,
    /// None: 7 days, but at most a tenth of the lifetime.
    pub(crate) crit: Vec<Threshold>,
}

const DEFAULT_WARN: Duration = Duration::days(30);
const DEFAULT_CRIT: Duration = Duration::days(7);
const SECONDS_A_DAY: f64 = 86_400.0;

impl Thresholds {
    /// Days before the end of a certificate with this lifetime from which on it is `expiring`: warning,
    /// critical.
    pub(crate) fn limits(&self, lifetime: Duration) -> [f64; 2] {
        self.durations(lifetime)
            .map(|limit| limit.as_seconds_f64() / SECONDS_A_DAY)
    }

    /// Whether `certificate` comes too close to its end at `now`. One that has expired is no longer
    /// expiring.
    pub(crate) fn judge(&self, certificate: &Certificate, now: OffsetDateTime) -> Option<Finding> {
        if findings::has_expired(certificate, now) {
            return None;
        }
        let lifetime = certificate.not_after() - certificate.not_before();
        let left = certificate.not_after() - now;
        let [warn, crit] = self.durations(lifetime);
        let severity = if left < crit {
            Severity::Critical
        } else if left < warn {
            Severity::Warning
        } else {
            return None;
        };
        Some(Finding {
            severity,
            ..Finding::new(Code::Expiring, message(certificate, left))
        })
    }

    fn durations(&self, lifetime: Duration) -> [Duration; 2] {
        let first = |given: &[Threshold]| given.iter().map(|limit| limit.of(lifetime)).max();
        let warn = first(&self.warn).unwrap_or_else(|| DEFAULT_WARN.min(lifetime / 3));
        let crit = first(&self.crit).unwrap_or_else(|| DEFAULT_CRIT.min(lifetime / 10));
        [warn, crit]
    }
}

impl Threshold {
    fn of(self, lifetime: Duration) -> Duration {
        match self {
            Self::Left(left) => left,
            Self::Share(percent) => lifetime / 100 * i32::from(percent),
        }
    }
}

impl FromStr for Threshold {
    type Err = String;

    /// The error is for clap and the settings file to print.
    fn from_str(text: &str) -> Result<Self, String> {
        let read = || {
            let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
            // A sign would be read as well.
            if !number.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            let number: u32 = number.parse().ok()?;
            match unit {
                "d" => Some(Self::Left(Duration::days(i64::from(number)))),
                "h" => Some(Self::Left(Duration::hours(i64::from(number)))),
                "%" if number <= 100 => Some(Self::Share(u8::try_from(number).ok()?)),
                _ => None,
            }
        };
        read().ok_or_else(|| {
            "a limit is a number of days, hours or percent of the lifetime: 30d, 12h, 33%"
                .to_owned()
        })
    }
}

fn message(certificate: &Certificate, left: Duration) -> String {
    let title = certificate.title();
    match left.whole_days() {
        0 => format!("{title} expires in {} hours", left.whole_hours()),
        1 => format!("{title} expires in 1 day"),
        days => format!("{title} expires in {days} days"),
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::pki::certificate::fixtures::certificate;

    fn thresholds(warn: &[&str], crit: &[&str]) -> Thresholds {
        let read = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect();
        Thresholds {
            warn: read(warn),
            crit: read(crit),
        }
    }

    #[test]
    fn the_defaults_are_capped_and_given_limits_are_not() {
        let of = |thresholds: &Thresholds, days| thresholds.limits(Duration::days(days));
        let default = Thresholds::default();
        assert_eq!(of(&default, 365), [30.0, 7.0]);
        assert_eq!(of(&default, 47), [47.0 / 3.0, 4.7]);
        assert_eq!(of(&thresholds(&["30d"], &["7d"]), 10), [30.0, 7.0]);
        assert_eq!(of(&thresholds(&[], &["12h"]), 365), [30.0, 0.5]);
    }

    #[test]
    fn of_several_limits_the_one_reached_first_counts() {
        let several = thresholds(&["10d", "33%"], &["48h", "1d"]);
        assert_eq!(several.limits(Duration::days(100)), [33.0, 2.0]);
        assert_eq!(several.limits(Duration::days(20)), [10.0, 2.0]);
    }

    #[test]
    fn anything_else_is_refused_with_examples() {
        for text in [
            "",
            "d",
            "30",
            "30 d",
            "-5d",
            "+5d",
            "1.5d",
            "101%",
            "5w",
            "99999999999d",
            "5\u{e9}",
        ] {
            let error = text.parse::<Threshold>().unwrap_err();
            assert!(error.ends_with("30d, 12h, 33%"), "{text}");
        }
    }

    #[test]
    fn the_last_second_before_a_limit_is_silent_and_the_next_is_not() {
        let leaf = certificate("leaf");
        let default = Thresholds::default();
        let severity = |left: Duration| {
            let finding = default.judge(&leaf, leaf.not_after() - left);
            finding.map(|finding| finding.severity)
        };
        let [warn, crit] = default.durations(leaf.not_after() - leaf.not_before());
        assert_eq!(severity(warn), None);
        assert_eq!(severity(warn - Duration::SECOND), Some(Severity::Warning));
        assert_eq!(severity(crit), Some(Severity::Warning));
        assert_eq!(severity(crit - Duration::SECOND), Some(Severity::Critical));
        assert_eq!(severity(Duration::ZERO), Some(Severity::Critical));
        assert_eq!(severity(-Duration::SECOND), None, "that one has expired");
        assert_eq!(default.judge(&leaf, datetime!(1970-01-01 0:00 UTC)), None);
    }

    #[test]
    fn the_last_day_is_counted_in_hours() {
        let leaf = certificate("leaf");
        let said = |left| {
            let finding = Thresholds::default().judge(&leaf, leaf.not_after() - left);
            let message = finding.unwrap().message;
            message.replace("deephaven.example.com expires in ", "")
        };
        assert_eq!(said(Duration::minutes(5 * 60 + 30)), "5 hours");
        assert_eq!(said(Duration::hours(47)), "1 day");
        assert_eq!(said(Duration::hours(48)), "2 days");
    }
}
