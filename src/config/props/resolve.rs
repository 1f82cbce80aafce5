//! What holds for a process: load order, scopes and locks.

use crate::config::props::file::PropFile;
use crate::config::props::scope::{Applies, Scope};
use crate::config::props::statement::{Action, Assignment, Statement};
use crate::config::props::{Loaded, Properties, Property};
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
        for step in self.steps(scope)? {
            let certain = step.applies == Applies::Yes;
            let ours = assigned_by(step.statement).filter(|it| it.key == key.as_bytes());
            match ours {
                Some(_) if certain => {
                    decision.last = Some(step.place);
                    decision.doubts.clear();
                }
                Some(_) => decision.doubts.push(step.place),
                None => {}
            }
            if locks(step.statement, key.as_bytes()) {
                let lock = if certain {
                    &mut decision.lock
                } else {
                    &mut decision.doubtful_lock
                };
                lock.get_or_insert(step.place);
            }
        }
        Ok(decision)
    }

    /// Whether any process at all has an assignment of `key` or a lock on it.
    pub(super) fn mentions(&self, key: &str) -> bool {
        let mut statements = self
            .files
            .iter()
            .flat_map(|loaded| &loaded.file.parsed.statements);
        statements.any(|statement| {
            let assigned = assigned_by(statement).is_some_and(|it| it.key == key.as_bytes());
            assigned || locks(statement, key.as_bytes())
        })
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

    /// All statements that apply or may apply, in load order. An error if one that applies keeps the
    /// server from starting.
    fn steps<'a>(&'a self, scope: &'a Scope) -> Result<Vec<Step<'a>>, PropsError> {
        let mut walk = Walk {
            files: &self.files,
            scope,
            loads_left: MOST_LOADS,
            steps: Vec::new(),
        };
        walk.file(0, Applies::Yes)?;
        let mut locked: Vec<(&[u8], Place)> = Vec::new();
        let certain = walk
            .steps
            .iter()
            .filter(|step| step.applies == Applies::Yes);
        for Step {
            place, statement, ..
        } in certain
        {
            if let Some(assignment) = assigned_by(statement)
                && let Some((_, lock)) = locked.iter().find(|(it, _)| covers(it, &assignment.key))
            {
                return Err(PropsError::AssignedAfterLock {
                    key: String::from_utf8_lossy(&assignment.key).into_owned(),
                    at: self.position(*place),
                    lock: self.position(*lock),
                });
            }
            locked.extend(
                patterns_of(statement)
                    .iter()
                    .map(|it| (it.as_slice(), *place)),
            );
        }
        Ok(walk.steps)
    }
}

/// A way through the files, in load order.
struct Walk<'a> {
    files: &'a [Loaded],
    scope: &'a Scope,
    loads_left: usize,
    steps: Vec<Step<'a>>,
}

impl Walk<'_> {
    /// Adds the steps of one file; `outer` is whether its `includefiles` line applies.
    fn file(&mut self, file: usize, outer: Applies) -> Result<(), PropsError> {
        let Loaded {
            file: read,
            included,
            ..
        } = &self.files[file];
        let judged = self.scope.judge(&read.parsed.blocks);
        for (index, statement) in read.parsed.statements.iter().enumerate() {
            let applies = statement
                .block
                .map_or(outer, |block| judged[block].min(outer));
            match &statement.action {
                _ if applies == Applies::No => {}
                Action::LateInclude if applies == Applies::Yes => {
                    return Err(read.fault(statement.line, Fault::LateInclude));
                }
                Action::Include(_) => {
                    for included in included.iter().flatten() {
                        let too_many = || PropsError::TooManyIncludes {
                            at: read.at(statement.line),
                        };
                        self.loads_left = self.loads_left.checked_sub(1).ok_or_else(too_many)?;
                        self.file(*included, applies)?;
                    }
                }
                Action::Assign(_) | Action::Finalize(_) | Action::LateInclude => {
                    let place = Place {
                        file,
                        statement: index,
                    };
                    self.steps.push(Step {
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
fn patterns_of(statement: &Statement) -> &[Vec<u8>] {
    match &statement.action {
        Action::Assign(assignment) => &assignment.locks,
        Action::Finalize(patterns) => patterns,
        Action::Include(_) | Action::LateInclude => &[],
    }
}

fn locks(statement: &Statement, key: &[u8]) -> bool {
    patterns_of(statement)
        .iter()
        .any(|pattern| covers(pattern, key))
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
