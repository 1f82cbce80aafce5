//! Loading modules, a line for each.

use crate::config::lighttpd::comment::commented_out;
use crate::config::lighttpd::edit::{line, quoted};
use crate::config::lighttpd::file::Splice;
use crate::config::lighttpd::place::below;
use crate::config::lighttpd::syntax::{
    Assignment, Element, Expression, Item, List, Operator, Term,
};
use crate::config::lighttpd::{Change, Configuration, Data};
use crate::error::LighttpdError;

pub(super) const MODULES: &str = "server.modules";

impl Configuration {
    /// Loads a module, by a line of its own if it is not loaded already: one that is commented out, else a
    /// new one below all that is said of modules.
    pub(crate) fn load_module(&mut self, name: &str) -> Result<Change, LighttpdError> {
        let holds = |data: Option<&Data>| match data {
            Some(Data::List(list)) => list
                .iter()
                .any(|(_, it)| matches!(it, Data::Text(text) if text == name.as_bytes())),
            Some(Data::Integer(_) | Data::Text(_) | Data::Unknown) | None => false,
        };
        let last = self.last(MODULES);
        let place = match &last {
            Some((data, last)) if holds(Some(data)) => {
                return Ok(Change::Unchanged(self.position(last.place())));
            }
            Some((_, last)) if last.file == 0 => below(self.main(), last.assignment.span.start),
            Some(_) => self.place_below_includes(MODULES),
            None => self.place_of_new(MODULES),
        };
        let from = last.map_or(0, |_| place);
        if let Some(marks) = commented_out(self.main(), from, |item| adds_only(item, name)) {
            let at = self.main().at(marks.start);
            let splice = Splice {
                span: marks,
                new: Vec::new(),
            };
            if self.take_over(MODULES, vec![splice], &holds).is_ok() {
                return Ok(Change::Changed(at));
            }
        }
        let inexpressible = || LighttpdError::Inexpressible {
            key: MODULES.to_owned(),
        };
        let module = quoted(name.as_bytes()).ok_or_else(inexpressible)?;
        let list = [b"( ", module.as_slice(), b" )"].concat();
        self.insert(MODULES, place, &line(MODULES, "+=", &list), &holds)
    }
}

/// Whether a statement is `server.modules += ( "name" )`.
fn adds_only(item: &Item, name: &str) -> bool {
    let Item::Assignment(Assignment {
        key,
        operator: Operator::Add,
        value,
        ..
    }) = item
    else {
        return false;
    };
    let [Term::List(List { elements, .. })] = value.terms.as_slice() else {
        return false;
    };
    let [
        Element {
            name: None,
            value: Expression { terms, .. },
        },
    ] = elements.as_slice()
    else {
        return false;
    };
    key.eq_ignore_ascii_case(MODULES.as_bytes())
        && matches!(terms.as_slice(), [Term::Text(text)] if text == name.as_bytes())
}
