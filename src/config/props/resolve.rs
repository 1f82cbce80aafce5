//! What holds for a process: load order, scopes and locks.

use crate::config::props::file::PropFile;
use crate::config::props::scope::{Applies, Scope};
use crate::config::props::statement::{Action, Assignment, Statement};
use crate::config::props::{Properties, Property};
use crate::error::props::Fault;
use crate::error::{Position, PropsError};

/// Files are read again wherever they are included; this is far more than any server needs.
const MOST_LOADS: usize = 1000;

/// Where a statement is: indices of its file and in its file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) file: usize,
    pub(super) statement: usize,
}

/// What decides on one key for one process.
#[derive(Debug, Default)]
pub(super) struct Decision {
    /// The last assignment that applies for certain.
    pub(super) last: Option<Place>,
    /// Assignments after it that may apply.
    pub(super) doubts: Vec<Place>,
    /// The first lock on the key that applies for certain.
    pub(super) lock: Option<Place>,
    /// A lock that may apply.
    pub(super) doubtful_lock: Option<Place>,
}

/// A statement at its turn. One that does not apply has none.
struct Step<'a> {
    place: Place,
    statement: &'a Statement,
    applies: Applies,
}

impl Properties {
    /// Goes through all files as the server does when it starts as this process.
    pub(super) fn decide(&self, key: &str, scope: &Scope) -> Result<Decision, PropsError> {
        let mut decision = Decision::default();
        let mut locks: Vec<(&[u8], Place)> = Vec::new();
        for Step {
            place,
            statement,
            applies,
        } in self.steps(scope)?
        {
            let certain = applies == Applies::Yes;
            if let Action::Assign(assignment) = &statement.action {
                let lock = locks
                    .iter()
                    .find(|(pattern, _)| covers(pattern, &assignment.key));
                if let Some((_, lock)) = lock.filter(|_| certain) {
                    return Err(PropsError::AssignedAfterLock {
                        key: String::from_utf8_lossy(&assignment.key).into_owned(),
                        at: self.position(place),
                        lock: self.position(*lock),
                    });
                }
                match assignment.key == key.as_bytes() {
                    true if certain => (decision.last, decision.doubts) = (Some(place), Vec::new()),
                    true => decision.doubts.push(place),
                    false => {}
                }
            }
            let patterns = locked_by(statement);
            let covered = patterns
                .iter()
                .any(|pattern| covers(pattern, key.as_bytes()));
            if certain {
                locks.extend(patterns.iter().map(|pattern| (pattern.as_slice(), place)));
                decision.lock = decision.lock.or(covered.then_some(place));
            } else {
                decision.doubtful_lock = decision.doubtful_lock.or(covered.then_some(place));
            }
        }
        Ok(decision)
    }

    /// Whether any process at all has an assignment of `key` or a lock on it.
    pub(super) fn mentions(&self, key: &str) -> bool {
        let mentions = |statement: &Statement| {
            let locked = locked_by(statement)
                .iter()
                .any(|pattern| covers(pattern, key.as_bytes()));
            locked
                || assigned_by(statement).is_some_and(|assignment| assignment.key == key.as_bytes())
        };
        self.files
            .iter()
            .any(|loaded| loaded.file.parsed.statements.iter().any(mentions))
    }

    pub(super) fn file(&self, place: Place) -> &PropFile {
        &self.files[place.file].file
    }

    pub(super) fn assignment(&self, place: Place) -> Option<&Assignment> {
        assigned_by(&self.file(place).parsed.statements[place.statement])
    }

    pub(super) fn position(&self, place: Place) -> Position {
        let file = self.file(place);
        file.at(file.parsed.statements[place.statement].line)
    }

    /// The assignment there, for people.
    pub(super) fn property(&self, place: Place, locked: bool) -> Option<Property> {
        let file = self.file(place);
        self.assignment(place).map(|assignment| Property {
            key: String::from_utf8_lossy(&assignment.key).into_owned(),
            value: assignment.value.clone(),
            scope: file.scope_text(&file.parsed.statements[place.statement]),
            at: self.position(place),
            locked,
        })
    }

    fn steps(&self, scope: &Scope) -> Result<Vec<Step<'_>>, PropsError> {
        let mut steps = Vec::new();
        self.walk(0, Applies::Yes, scope, &mut MOST_LOADS.clone(), &mut steps)?;
        Ok(steps)
    }

    /// Adds the steps of one file, those of the files that it includes first.
    fn walk<'a>(
        &'a self,
        file: usize,
        outer: Applies,
        scope: &Scope,
        loads_left: &mut usize,
        steps: &mut Vec<Step<'a>>,
    ) -> Result<(), PropsError> {
        let loaded = &self.files[file];
        let judged = scope.judge(&loaded.file.parsed.blocks);
        for (index, statement) in loaded.file.parsed.statements.iter().enumerate() {
            let own = statement.block.map_or(Applies::Yes, |block| judged[block]);
            let applies = own.min(outer);
            match &statement.action {
                _ if applies == Applies::No => {}
                Action::LateInclude if applies == Applies::Yes => {
                    return Err(loaded.file.fault(statement.line, Fault::LateInclude));
                }
                Action::Include(_) => {
                    for included in loaded.included.iter().flatten() {
                        let at = || loaded.file.at(statement.line);
                        *loads_left = loads_left
                            .checked_sub(1)
                            .ok_or_else(|| PropsError::TooManyIncludes { at: at() })?;
                        self.walk(*included, applies, scope, loads_left, steps)?;
                    }
                }
                Action::Assign(_) | Action::Finalize(_) | Action::LateInclude => {
                    let place = Place {
                        file,
                        statement: index,
                    };
                    steps.push(Step {
                        place,
                        statement,
                        applies,
                    });
                }
            }
        }
        Ok(())
    }
}

fn assigned_by(statement: &Statement) -> Option<&Assignment> {
    match &statement.action {
        Action::Assign(assignment) => Some(assignment),
        Action::Finalize(_) | Action::Include(_) | Action::LateInclude => None,
    }
}

/// The patterns of the keys that must not be assigned after this statement.
fn locked_by(statement: &Statement) -> &[Vec<u8>] {
    match &statement.action {
        Action::Assign(assignment) => &assignment.locks,
        Action::Finalize(patterns) => patterns,
        Action::Include(_) | Action::LateInclude => &[],
    }
}

/// Whether a pattern of `finalize` is about the key. Only `*` is special, and stands for any text.
fn covers(pattern: &[u8], key: &[u8]) -> bool {
    let (mut at, mut from) = (0, 0);
    // Where to go on after a mismatch: behind the last `*`, one byte of the key further on.
    let mut again: Option<(usize, usize)> = None;
    while from < key.len() {
        match (pattern.get(at), again) {
            (Some(b'*'), _) => {
                again = Some((at + 1, from));
                at += 1;
            }
            (Some(wanted), _) if key.get(from) == Some(wanted) => (at, from) = (at + 1, from + 1),
            (_, Some((behind, matched))) => {
                again = Some((behind, matched + 1));
                (at, from) = (behind, matched + 1);
            }
            (_, None) => return false,
        }
    }
    pattern
        .get(at..)
        .unwrap_or_default()
        .iter()
        .all(|rest| *rest == b'*')
}
