//! The tree of one file, with the bytes that each part of it takes.

use std::ops::Range;

#[derive(Debug, Clone)]
pub(super) enum Item {
    Assignment(Assignment),
    /// A condition with its `else` branches.
    Conditions {
        span: Range<usize>,
        blocks: Vec<Block>,
    },
    /// `global { }`
    Global {
        span: Range<usize>,
        items: Vec<Self>,
    },
    Include(Include),
}

impl Item {
    pub(super) fn span(&self) -> &Range<usize> {
        match self {
            Self::Assignment(Assignment { span, .. })
            | Self::Conditions { span, .. }
            | Self::Global { span, .. }
            | Self::Include(Include { span, .. }) => span,
        }
    }
}

#[derive(Debug, Clone)]
pub(super) struct Assignment {
    pub(super) span: Range<usize>,
    /// As written, but with the `var.` that a name without a dot gets.
    pub(super) key: Vec<u8>,
    pub(super) operator: Operator,
    pub(super) value: Expression,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    /// `+=`
    Add,
    /// `:=`
    Replace,
    /// `=`
    Set,
}

/// `include` or `include_shell`.
#[derive(Debug, Clone)]
pub(super) struct Include {
    pub(super) span: Range<usize>,
    pub(super) name: Expression,
    pub(super) is_shell: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Block {
    pub(super) start: usize,
    /// None: a plain `else`.
    pub(super) condition: Option<Condition>,
    pub(super) items: Vec<Item>,
}

/// `$OBJECT["field"] == "operand"`
#[derive(Debug, Clone)]
pub(super) struct Condition {
    pub(super) object: Vec<u8>,
    pub(super) field: Expression,
    pub(super) comparison: Vec<u8>,
    pub(super) operand: Expression,
}

/// Terms with `+` between them; at least one.
#[derive(Debug, Clone)]
pub(super) struct Expression {
    pub(super) span: Range<usize>,
    pub(super) terms: Vec<Term>,
}

#[derive(Debug, Clone)]
pub(super) enum Term {
    Integer(i64),
    List(List),
    Text(Vec<u8>),
    /// A key, whose value stands here.
    Variable {
        start: usize,
        key: Vec<u8>,
    },
}

#[derive(Debug, Clone)]
pub(super) struct List {
    /// Of the opening parenthesis.
    pub(super) start: usize,
    pub(super) elements: Vec<Element>,
}

/// `value` or `name => value`
#[derive(Debug, Clone)]
pub(super) struct Element {
    pub(super) name: Option<Expression>,
    pub(super) value: Expression,
}
