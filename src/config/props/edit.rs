//! Setting a property: the value's bytes where it is effective and nothing else, or lines at the end.

use crate::config::props::escape::escape_value;
use crate::config::props::file::PropFile;
use crate::config::props::resolve::Place;
use crate::config::props::scope::Scope;
use crate::config::props::text::is_blank;
use crate::config::props::{Change, Properties};
use crate::error::PropsError;

impl Properties {
    /// Makes `value` the effective value of `key` for a process. The assignment that decides is changed
    /// in place, whichever file and scope it is in; only when there is none, lines are added at the end of
    /// the main file. They are for this service alone if another process has its own setting.
    ///
    /// What was done is read again and proven; on an error nothing is changed.
    pub(crate) fn set(
        &mut self,
        key: &str,
        value: &str,
        scope: &Scope,
    ) -> Result<Change, PropsError> {
        if value.bytes().next().is_some_and(is_blank) {
            return Err(PropsError::LeadingBlank {
                key: key.to_owned(),
            });
        }
        let wanted = &Wanted { key, value, scope };
        let decision = self.decide(key, scope)?;
        let differs = |place: &&Place| {
            self.assignment(**place)
                .is_none_or(|assignment| assignment.value != value.as_bytes())
        };
        let Some(last) = decision.last else {
            if let Some(lock) = decision.lock {
                let lock = self.position(lock);
                return Err(PropsError::Locked {
                    key: key.to_owned(),
                    lock,
                });
            }
            if let Some(lock) = decision.doubtful_lock {
                return Err(self.uncertain(key, lock));
            }
            return self.append(wanted);
        };
        if let Some(doubt) = decision.doubts.iter().find(differs) {
            return Err(self.uncertain(key, *doubt));
        }
        match differs(&&last) {
            true => self.replace(last, wanted),
            false => Ok(Change::Unchanged(self.position(last))),
        }
    }

    /// That a scope, of which nobody knows whether it applies, decides on `key`.
    pub(super) fn uncertain(&self, key: &str, place: Place) -> PropsError {
        let file = self.file(place);
        PropsError::Uncertain {
            key: key.to_owned(),
            at: self.position(place),
            scope: file.scope_text(&file.parsed.statements[place.statement]),
        }
    }

    fn replace(&mut self, place: Place, wanted: &Wanted<'_>) -> Result<Change, PropsError> {
        let file = self.file(place);
        let assignment = self
            .assignment(place)
            .ok_or_else(|| wanted.not_proven(file))?;
        let separator = if assignment.separated { "" } else { "=" };
        let text = format!("{separator}{}", escape_value(wanted.value));
        let edited = file.with_bytes(assignment.span.clone(), text.as_bytes());
        self.take_over(place, edited, wanted)?;
        Ok(Change::Changed(self.position(place)))
    }

    fn append(&mut self, wanted: &Wanted<'_>) -> Result<Change, PropsError> {
        let place = Place {
            file: 0,
            statement: self.files[0].file.parsed.statements.len(),
        };
        let assignment = format!("{}={}", wanted.key, escape_value(wanted.value));
        let edited = match self.mentions(wanted.key) {
            false => self.file(place).with_lines(&[&assignment]),
            true => {
                let opening = wanted.scope.opening();
                self.file(place)
                    .with_lines(&[&opening, &format!("    {assignment}"), "}"])
            }
        };
        self.take_over(place, edited, wanted)?;
        Ok(Change::Appended(self.position(place)))
    }

    /// Takes over an edited file if it says what it should and else what it did. Checked in every build:
    /// a wrong edit of a server's settings must not get out.
    fn take_over(
        &mut self,
        place: Place,
        edited: Result<PropFile, PropsError>,
        wanted: &Wanted<'_>,
    ) -> Result<(), PropsError> {
        let not_proven = wanted.not_proven(self.file(place));
        let Ok(edited) = edited else {
            return Err(not_proven);
        };
        let keeps_the_rest = edited.keeps(self.file(place), place.statement);
        let previous = std::mem::replace(&mut self.files[place.file].file, edited);
        let effective = self.effective(wanted.key, wanted.scope).ok().flatten();
        if keeps_the_rest
            && effective.is_some_and(|property| property.value == wanted.value.as_bytes())
        {
            return Ok(());
        }
        self.files[place.file].file = previous;
        Err(not_proven)
    }
}

/// What [`Properties::set`] was asked for.
struct Wanted<'a> {
    key: &'a str,
    value: &'a str,
    scope: &'a Scope,
}

impl Wanted<'_> {
    fn not_proven(&self, file: &PropFile) -> PropsError {
        PropsError::NotProven {
            key: self.key.to_owned(),
            path: file.path.clone(),
        }
    }
}
