//! What an expression comes to in a scope.

use crate::config::lighttpd::file::ConfigFile;
use crate::config::lighttpd::scope::State;
use crate::config::lighttpd::syntax::{Expression, List, Term};
use crate::config::lighttpd::value::{Data, Unmergeable, entry};
use crate::error::LighttpdError;

impl State {
    /// The value of a key in a scope or those around it.
    pub(super) fn lookup(&self, key: &[u8], scope: usize) -> Option<Data> {
        let mut scope = Some(scope);
        while let Some(inner) = scope.and_then(|index| self.scopes.get(index)) {
            if let Some(entry) = inner.values.get(key) {
                return Some(entry.data.clone());
            }
            scope = inner.parent;
        }
        None
    }

    /// The sum of the terms. An error if lighttpd would not start with it.
    pub(super) fn value(
        &self,
        file: &ConfigFile,
        expression: &Expression,
        scope: usize,
    ) -> Result<Data, LighttpdError> {
        let mut sum: Option<Data> = None;
        for term in &expression.terms {
            let value = self.term(file, term, scope)?;
            sum = Some(match sum {
                None => value,
                Some(sum) => sum
                    .plus(value)
                    .map_err(|why| unmergeable(file, expression.span.start, why))?,
            });
        }
        Ok(sum.unwrap_or(Data::Unknown))
    }

    fn term(&self, file: &ConfigFile, term: &Term, scope: usize) -> Result<Data, LighttpdError> {
        match term {
            Term::Integer(number) => Ok(Data::Integer(c_int(*number))),
            Term::Text(text) => Ok(Data::Text(text.clone())),
            Term::List(list) => self.list(file, list, scope),
            Term::Variable { key, .. } if key.starts_with(b"env.") => Ok(Data::Unknown),
            Term::Variable { start, key } => match self.lookup(&key.to_ascii_lowercase(), scope) {
                Some(value) => Ok(value),
                None if !self.shells.is_empty() => Ok(Data::Unknown),
                None => Err(LighttpdError::Undefined {
                    at: file.at(*start),
                    name: String::from_utf8_lossy(key).into_owned(),
                }),
            },
        }
    }

    fn list(&self, file: &ConfigFile, list: &List, scope: usize) -> Result<Data, LighttpdError> {
        let start = list.start;
        let mut elements = Vec::new();
        for element in &list.elements {
            let name = match &element.name {
                None => None,
                Some(name) => match self.value(file, name, scope)? {
                    Data::Unknown => {
                        elements.push((None, Data::Unknown));
                        continue;
                    }
                    name => name.into_text(),
                },
            };
            if let Some(name) = &name
                && entry(&elements, name).is_some()
            {
                let why = Unmergeable::DuplicateName(name.clone());
                return Err(unmergeable(file, start, why));
            }
            elements.push((name, self.value(file, &element.value, scope)?));
        }
        let list = Data::List(elements).within_bounds();
        list.map_err(|fault| file.fault(start, fault))
    }
}

/// That a value cannot be added at `offset`.
pub(super) fn unmergeable(file: &ConfigFile, offset: usize, why: Unmergeable) -> LighttpdError {
    match why {
        Unmergeable::DuplicateName(name) => LighttpdError::DuplicateEntry {
            at: file.at(offset),
            name: String::from_utf8_lossy(&name).into_owned(),
        },
        Unmergeable::Fault(fault) => file.fault(offset, fault),
    }
}

/// What a C `int` keeps of a number.
fn c_int(number: i64) -> i32 {
    number as i32
}
