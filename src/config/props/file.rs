//! One `.prop` file: its bytes, and beside them what they say.

use std::ops::Range;
use std::path::PathBuf;

use crate::config::lines::line_ending;
use crate::config::props::statement::{Action, Parsed, Statement, parse};
use crate::error::props::Fault;
use crate::error::{Position, PropsError};

#[derive(Debug)]
pub(super) struct PropFile {
    pub(super) path: PathBuf,
    pub(super) bytes: Vec<u8>,
    pub(super) parsed: Parsed,
}

impl PropFile {
    pub(super) fn parse(path: PathBuf, bytes: Vec<u8>) -> Result<Self, PropsError> {
        match parse(&bytes) {
            Ok(parsed) => Ok(Self {
                path,
                bytes,
                parsed,
            }),
            Err((line, fault)) => Err(PropsError::Syntax {
                at: Position { path, line },
                fault,
            }),
        }
    }

    pub(super) fn at(&self, line: usize) -> Position {
        Position {
            path: self.path.clone(),
            line,
        }
    }

    pub(super) fn fault(&self, line: usize, fault: Fault) -> PropsError {
        PropsError::Syntax {
            at: self.at(line),
            fault,
        }
    }

    /// The `includefiles` line and its names, if the file has one that counts.
    pub(super) fn include(&self) -> Option<(&Statement, &[String])> {
        let statement = self.parsed.statements.first()?;
        match &statement.action {
            Action::Include(names) => Some((statement, names)),
            Action::Assign(_) | Action::Finalize(_) | Action::LateInclude => None,
        }
    }

    /// The scope around a statement as text: blocks from the outermost in, or nothing.
    pub(super) fn scope_text(&self, statement: &Statement) -> String {
        let mut text = String::new();
        let mut block = statement
            .block
            .and_then(|block| self.parsed.blocks.get(block));
        while let Some(inner) = block {
            text.insert_str(0, &inner.to_string());
            block = inner
                .parent
                .and_then(|parent| self.parsed.blocks.get(parent));
        }
        text
    }

    /// The same file with other bytes in `span`.
    pub(super) fn with_bytes(&self, span: Range<usize>, new: &[u8]) -> Result<Self, PropsError> {
        let before = self.bytes.get(..span.start).unwrap_or_default();
        let after = self.bytes.get(span.end..).unwrap_or_default();
        Self::parse(self.path.clone(), [before, new, after].concat())
    }

    /// The same file with more lines at its end, each ended as the file ends its own.
    pub(super) fn with_lines(&self, lines: &[&str]) -> Result<Self, PropsError> {
        let ending = line_ending(&self.bytes);
        let mut new = Vec::new();
        if !self.bytes.is_empty() && !self.bytes.ends_with(ending) {
            new.extend_from_slice(ending);
        }
        // An empty line takes what a backslash at the end of the file would swallow.
        if self.parsed.open_end {
            new.extend_from_slice(ending);
        }
        for line in lines {
            new.extend_from_slice(line.as_bytes());
            new.extend_from_slice(ending);
        }
        self.with_bytes(self.bytes.len()..self.bytes.len(), &new)
    }

    /// Whether this says all that `previous` says, except for what statement `except` says; that may also
    /// be a new one behind the others.
    pub(super) fn keeps(&self, previous: &Self, except: usize) -> bool {
        let (new, old) = (&self.parsed.statements, &previous.parsed.statements);
        let kept = |(index, old): (usize, &Statement)| {
            index == except || new.get(index).is_some_and(|new| new.says_the_same_as(old))
        };
        let blocks = self
            .parsed
            .blocks
            .iter()
            .map(Some)
            .chain(std::iter::repeat(None));
        let blocks_are_kept = previous.parsed.blocks.iter().zip(blocks).all(|(old, new)| {
            new.is_some_and(|new| (new.parent, &new.conditions) == (old.parent, &old.conditions))
        });
        new.len() == old.len().max(except + 1)
            && blocks_are_kept
            && old.iter().enumerate().all(kept)
    }
}
