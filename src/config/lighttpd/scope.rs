//! What is set where, after all files were read in order.

use std::collections::BTreeMap;

use crate::config::lighttpd::syntax::{Assignment, Operator};
use crate::config::lighttpd::value::Data;

/// A byte of one of the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) file: usize,
    pub(super) offset: usize,
}

/// Everything that the files say.
#[derive(Debug, Default)]
pub(super) struct State {
    /// The first is the global one.
    pub(super) scopes: Vec<Scope>,
    pub(super) includes: Vec<Included>,
    pub(super) shells: Vec<Place>,
}

/// The settings of a condition, or the global ones.
#[derive(Debug, Default)]
pub(super) struct Scope {
    pub(super) parent: Option<usize>,
    /// Blocks of the same identity share one scope. In lower case, since lighttpd compares it so.
    pub(super) identity: Vec<u8>,
    pub(super) condition: Option<Tested>,
    /// By key in lower case.
    pub(super) values: BTreeMap<Vec<u8>, Entry>,
}

/// A condition with what it is compared to.
#[derive(Debug, Clone)]
pub(super) struct Tested {
    pub(super) at: Place,
    pub(super) object: Vec<u8>,
    pub(super) field: Vec<u8>,
    pub(super) comparison: Vec<u8>,
    /// None: it is not known.
    pub(super) operand: Option<Vec<u8>>,
}

impl Tested {
    /// `$SERVER["socket"]`, the condition that can open a port.
    pub(super) fn is_socket(&self) -> bool {
        self.object == b"SERVER" && self.field == b"socket"
    }

    /// What an `else` at `at` behind it stands for.
    pub(super) fn inverse(self, at: Place) -> Self {
        let comparison = match self.comparison.as_slice() {
            [b'!', sign] => vec![b'=', *sign],
            [_, sign] => vec![b'!', *sign],
            other => other.to_vec(),
        };
        Self {
            at,
            comparison,
            ..self
        }
    }

    /// As it is written in the file, operand evaluated.
    pub(super) fn text(&self) -> String {
        format!(
            r#"${}["{}"] {} "{}""#,
            String::from_utf8_lossy(&self.object),
            String::from_utf8_lossy(&self.field),
            String::from_utf8_lossy(&self.comparison),
            String::from_utf8_lossy(self.operand.as_deref().unwrap_or(b"?")),
        )
    }
}

/// The value of a key in a scope, and how it came about.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) data: Data,
    /// All that were evaluated, in order. Empty: lighttpd's own.
    pub(super) assignments: Vec<Assigned>,
}

impl Entry {
    /// Those that make the value: the last that replaced it, and what was added since.
    pub(super) fn chain(&self) -> &[Assigned] {
        let is_first = |it: &Assigned| it.assignment.operator != Operator::Add;
        let first = self.assignments.iter().rposition(is_first).unwrap_or(0);
        self.assignments.get(first..).unwrap_or_default()
    }
}

#[derive(Debug, Clone)]
pub(super) struct Assigned {
    pub(super) file: usize,
    pub(super) assignment: Assignment,
}

impl Assigned {
    pub(super) fn place(&self) -> Place {
        Place {
            file: self.file,
            offset: self.assignment.span.start,
        }
    }
}

/// An `include` that was followed.
#[derive(Debug)]
pub(super) struct Included {
    pub(super) at: Place,
    pub(super) span: std::ops::Range<usize>,
    pub(super) scope: usize,
    pub(super) name: String,
}
