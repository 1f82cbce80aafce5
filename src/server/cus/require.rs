//! `auth.require`: for which places lighttpd asks for a password, and whom it then lets in.

use crate::config::lighttpd::Data;
use crate::error::Position;
use crate::server::cus::ConfigurationFiles;

pub(super) const REQUIRE: &str = "auth.require";

/// Whom a place lets in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Admitted {
    /// Every user of the users file.
    Everybody,
    /// These users.
    Named(Vec<String>),
    /// That hangs on a condition, on a group, or on what only the running lighttpd knows.
    Unknown,
}

impl ConfigurationFiles {
    /// Whether launchers need a password: the module is loaded and something is said to require one,
    /// for the whole server or under a condition.
    pub(crate) fn asks_for_password(&self) -> bool {
        let modules = self.configuration.modules();
        modules.iter().any(|module| module == "mod_auth") && self.requires_at().is_some()
    }

    /// Where a password is asked for, if mod_auth is loaded.
    pub(crate) fn requires_at(&self) -> Option<Position> {
        let everywhere = self.configuration.value(REQUIRE).map(|setting| setting.at);
        let conditional = self.configuration.conditionals(REQUIRE);
        everywhere.or_else(|| conditional.into_iter().next().map(|setting| setting.at))
    }

    /// Whether a request for this URL path needs a password; `None`: that hangs on a condition, or on what
    /// only the running lighttpd knows.
    pub(crate) fn password_for(&self, path: &str) -> Option<bool> {
        let is_known = self.configuration.uses_include_shell().is_none();
        if !self.asks_for_password() {
            return is_known.then_some(false);
        }
        if !self.configuration.conditionals(REQUIRE).is_empty() {
            return None;
        }
        match self.configuration.value(REQUIRE)?.data {
            Data::List(places) if place_of(&places, path).is_some() => Some(true),
            Data::List(_) => is_known.then_some(false),
            Data::Integer(_) | Data::Text(_) | Data::Unknown => None,
        }
    }

    /// Whom the rules let in to this URL path.
    pub(crate) fn admitted(&self, path: &str) -> Admitted {
        let everywhere = self.configuration.value(REQUIRE).map(|it| it.data);
        let conditional = self.configuration.conditionals(REQUIRE).into_iter();
        let all = everywhere.into_iter().chain(conditional.map(|it| it.data));
        let mut admitted = all.filter_map(|data| match data {
            Data::List(places) => place_of(&places, path).map(admitted_by),
            Data::Integer(_) | Data::Text(_) | Data::Unknown => Some(Admitted::Unknown),
        });
        match admitted.next() {
            Some(first) if admitted.all(|other| other == first) => first,
            Some(_) | None => Admitted::Unknown,
        }
    }
}

/// The rules of the place that a path lies in: lighttpd compares how the path begins, and takes the first
/// that fits (mod_auth, 1.4.69).
fn place_of<'a>(places: &'a [(Option<Vec<u8>>, Data)], path: &str) -> Option<&'a Data> {
    let begins = |place: &Vec<u8>| path.as_bytes().starts_with(place);
    let mut places = places.iter();
    let found = places.find(|(place, _)| place.as_ref().is_some_and(begins));
    found.map(|(_, rules)| rules)
}

/// `"require" => "valid-user"`, or `"user=anna|user=bert"`.
fn admitted_by(rules: &Data) -> Admitted {
    let Data::List(rules) = rules else {
        return Admitted::Unknown;
    };
    let require = rules
        .iter()
        .find(|(name, _)| name.as_deref() == Some(b"require"));
    let Some((_, Data::Text(require))) = require else {
        return Admitted::Unknown;
    };
    let require = String::from_utf8_lossy(require);
    if require == "valid-user" {
        return Admitted::Everybody;
    }
    let users = require
        .split('|')
        .map(|one| one.strip_prefix("user=").map(str::to_owned));
    users
        .collect::<Option<Vec<_>>>()
        .map_or(Admitted::Unknown, Admitted::Named)
}
