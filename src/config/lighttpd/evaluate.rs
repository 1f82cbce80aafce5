//! Reading the statements of all files in the order in which lighttpd reads them.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::config::lighttpd::expression::unmergeable;
use crate::config::lighttpd::file::ConfigFile;
use crate::config::lighttpd::scope::{Assigned, Entry, Included, Place, Scope, State, Tested};
use crate::config::lighttpd::syntax::{Assignment, Block, Condition, Include, Item, Operator};
use crate::config::lighttpd::value::Data;
use crate::error::lighttpd::Fault;
use crate::error::{LighttpdError, Position};

/// lighttpd would fail on its stack.
const DEEPEST_INCLUDE: usize = 20;
const MOST_INCLUDES: usize = 10_000;

/// A file with its number among the files of a configuration.
pub(super) type Numbered = (usize, Rc<ConfigFile>);

/// Finds the files of a name that is included at a position.
pub(super) type Finder<'a, E> = &'a mut dyn FnMut(&str, Position) -> Result<Vec<Numbered>, E>;

/// All that the main file says, with what it includes.
pub(super) fn evaluate<E: From<LighttpdError>>(
    main: Rc<ConfigFile>,
    include: Finder<'_, E>,
) -> Result<State, E> {
    let mut walk = Walk {
        include,
        around: Vec::new(),
        files: BTreeMap::new(),
        includes_left: MOST_INCLUDES,
        state: State::default(),
    };
    walk.state.scopes.push(Scope {
        identity: b"global".to_vec(),
        values: own_variables(),
        ..Scope::default()
    });
    walk.file(&(0, main), 0, false)?;
    Ok(walk.state)
}

/// What lighttpd sets before it reads the first file.
fn own_variables() -> BTreeMap<Vec<u8>, Entry> {
    let own = ["var.cwd", "var.pid"].map(|key| {
        let entry = Entry {
            data: Data::Unknown,
            assignments: Vec::new(),
        };
        (key.as_bytes().to_vec(), entry)
    });
    own.into()
}

struct Walk<'a, E> {
    include: Finder<'a, E>,
    /// The files that are being read.
    around: Vec<usize>,
    /// All that were begun.
    files: BTreeMap<usize, Rc<ConfigFile>>,
    includes_left: usize,
    state: State,
}

impl<E: From<LighttpdError>> Walk<'_, E> {
    /// `inner`: whether there is a block around the file.
    fn file(&mut self, file: &Numbered, scope: usize, inner: bool) -> Result<(), E> {
        self.around.push(file.0);
        self.files.insert(file.0, Rc::clone(&file.1));
        self.items(file, &file.1.items, scope, inner)?;
        self.around.pop();
        Ok(())
    }

    fn items(
        &mut self,
        file: &Numbered,
        items: &[Item],
        scope: usize,
        inner: bool,
    ) -> Result<(), E> {
        for item in items {
            let opens_block = matches!(item, Item::Conditions { .. } | Item::Global { .. });
            if opens_block && inner && scope == 0 {
                let start = item.span().start;
                return Err(file.1.fault(start, Fault::ConditionInGlobal).into());
            }
            match item {
                Item::Assignment(assignment) => self.assign(file, assignment, scope)?,
                Item::Conditions { blocks, .. } => self.conditions(file, blocks, scope)?,
                Item::Global { items, .. } => self.items(file, items, 0, true)?,
                Item::Include(include) => self.include(file, include, scope, inner)?,
            }
        }
        Ok(())
    }

    fn include(
        &mut self,
        file: &Numbered,
        include: &Include,
        scope: usize,
        inner: bool,
    ) -> Result<(), E> {
        let at = Place {
            file: file.0,
            offset: include.span.start,
        };
        if include.is_shell {
            self.state.shells.push(at);
            return Ok(());
        }
        let position = || file.1.at(include.span.start);
        let name = self.state.value(&file.1, &include.name, scope)?.into_text();
        let name = name.ok_or_else(|| LighttpdError::UnknownInclude { at: position() })?;
        let name = String::from_utf8_lossy(&name).into_owned();
        self.state.includes.push(Included {
            at,
            span: include.span.clone(),
            scope,
            name: name.clone(),
        });
        for included in (self.include)(&name, position())? {
            let too_many = || LighttpdError::TooManyIncludes { at: position() };
            self.includes_left = self.includes_left.checked_sub(1).ok_or_else(too_many)?;
            if self.around.contains(&included.0) || self.around.len() >= DEEPEST_INCLUDE {
                let at = position();
                return Err(LighttpdError::IncludeCycle { at, name }.into());
            }
            self.file(&included, scope, inner)?;
        }
        Ok(())
    }

    fn assign(
        &mut self,
        file: &Numbered,
        assignment: &Assignment,
        scope: usize,
    ) -> Result<(), LighttpdError> {
        let start = assignment.span.start;
        let key = assignment.key.to_ascii_lowercase();
        if assignment.key.starts_with(b"env.") {
            return Err(file.1.fault(start, Fault::EnvironmentAssigned));
        }
        let value = self.state.value(&file.1, &assignment.value, scope)?;
        let before = self.state.scopes[scope].values.remove(&key);
        let (before, assignments) = before.map(|it| (it.data, it.assignments)).unzip();
        let mut assignments: Vec<Assigned> = assignments.unwrap_or_default();
        let data = match (assignment.operator, before) {
            (Operator::Set, Some(_)) => {
                let first = assignments.last().map(Assigned::place);
                return Err(LighttpdError::AssignedTwice {
                    key: String::from_utf8_lossy(&assignment.key).into_owned(),
                    at: file.1.at(start),
                    first: first.and_then(|place| self.position(place)),
                });
            }
            (Operator::Add, Some(before)) => before.plus(value),
            (Operator::Add, None) => match self.state.lookup(&key, scope) {
                Some(outer) => outer.plus(value),
                None => Ok(value),
            },
            (Operator::Set | Operator::Replace, _) => Ok(value),
        };
        let data = data.map_err(|why| unmergeable(&file.1, start, why))?;
        assignments.push(Assigned {
            file: file.0,
            assignment: assignment.clone(),
        });
        let entry = Entry { data, assignments };
        self.state.scopes[scope].values.insert(key, entry);
        Ok(())
    }

    fn conditions(&mut self, file: &Numbered, blocks: &[Block], scope: usize) -> Result<(), E> {
        // The branch before, without a condition if that was a plain `else`.
        let mut before: Option<(usize, Option<Tested>)> = None;
        for block in blocks {
            let place = Place {
                file: file.0,
                offset: block.start,
            };
            let unreachable = || file.1.fault(block.start, Fault::UnreachableElse);
            let is_else = block.condition.is_none();
            let (outer, tested) = match (&block.condition, before.take()) {
                (Some(condition), None) => (None, self.tested(file, place, condition, scope)?),
                (Some(condition), Some((outer, Some(_)))) => {
                    let tested = self.tested(file, place, condition, scope)?;
                    (Some(outer), tested)
                }
                // `else` is the block before it the other way round.
                (None, Some((_, Some(before)))) => (None, before.inverse(place)),
                (_, Some((_, None))) | (None, None) => return Err(unreachable().into()),
            };
            let known = self.state.scopes.len();
            let inner = self.scope_of(&tested, scope);
            // A branch has to be younger than the one before it, and a plain `else` new.
            if outer.is_some_and(|outer| inner <= outer) || is_else && inner < known {
                return Err(unreachable().into());
            }
            before = Some((inner, (!is_else).then_some(tested)));
            self.items(file, &block.items, inner, true)?;
        }
        Ok(())
    }

    fn tested(
        &self,
        file: &Numbered,
        at: Place,
        condition: &Condition,
        scope: usize,
    ) -> Result<Tested, LighttpdError> {
        let field = self
            .state
            .value(&file.1, &condition.field, scope)?
            .into_text();
        let operand = self
            .state
            .value(&file.1, &condition.operand, scope)?
            .into_text();
        Ok(Tested {
            at,
            object: condition.object.clone(),
            field: field.unwrap_or_default(),
            comparison: condition.comparison.clone(),
            operand,
        })
    }

    /// The scope of a condition: one that is there already, or a new one.
    fn scope_of(&mut self, tested: &Tested, parent: usize) -> usize {
        let outer = &self.state.scopes[parent].identity;
        let mut identity = [outer.as_slice(), b" / ", tested.text().as_bytes()].concat();
        identity.make_ascii_lowercase();
        if tested.operand.is_none() {
            // Two that are not known need not be the same.
            identity.push(b'\n');
            identity.extend(self.state.scopes.len().to_string().bytes());
        }
        let mut scopes = self.state.scopes.iter();
        if let Some(known) = scopes.position(|scope| scope.identity == identity) {
            return known;
        }
        self.state.scopes.push(Scope {
            parent: Some(parent),
            identity,
            condition: Some(tested.clone()),
            values: BTreeMap::new(),
        });
        self.state.scopes.len() - 1
    }

    fn position(&self, place: Place) -> Option<Position> {
        let file = self.files.get(&place.file)?;
        Some(file.at(place.offset))
    }
}
