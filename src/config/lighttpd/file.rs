//! One file: its bytes, and beside them what they say.

use std::ops::Range;
use std::path::PathBuf;

use crate::config::lighttpd::lexer::lex;
use crate::config::lighttpd::parser::parse;
use crate::config::lighttpd::syntax::Item;
use crate::config::lines::{Line, line_ending, lines};
use crate::error::lighttpd::Fault;
use crate::error::{LighttpdError, Position};

#[derive(Debug)]
pub(super) struct ConfigFile {
    pub(super) path: PathBuf,
    pub(super) bytes: Vec<u8>,
    pub(super) items: Vec<Item>,
    pub(super) comments: Vec<Range<usize>>,
    pub(super) lines: Vec<Line>,
}

impl ConfigFile {
    pub(super) fn parse(path: PathBuf, bytes: Vec<u8>) -> Result<Self, LighttpdError> {
        let read = lex(&bytes).and_then(|lexed| {
            let items = parse(&bytes, &lexed.lexemes)?;
            Ok((items, lexed.comments))
        });
        let mut file = Self {
            lines: lines(&bytes).collect(),
            path,
            bytes,
            items: Vec::new(),
            comments: Vec::new(),
        };
        match read {
            Ok((items, comments)) => {
                (file.items, file.comments) = (items, comments);
                Ok(file)
            }
            Err((offset, fault)) => Err(file.fault(offset, fault)),
        }
    }

    /// The line of a byte.
    pub(super) fn at(&self, offset: usize) -> Position {
        Position {
            path: self.path.clone(),
            line: self.lines.partition_point(|line| line.next <= offset) + 1,
        }
    }

    pub(super) fn fault(&self, offset: usize, fault: Fault) -> LighttpdError {
        LighttpdError::Syntax {
            at: self.at(offset),
            fault,
        }
    }

    pub(super) fn text(&self, span: &Range<usize>) -> &[u8] {
        self.bytes.get(span.clone()).unwrap_or_default()
    }

    /// The line that holds a byte.
    pub(super) fn line_of(&self, offset: usize) -> Line {
        let index = self.lines.partition_point(|line| line.next <= offset);
        let end = self.bytes.len();
        self.lines.get(index).copied().unwrap_or(Line {
            start: end,
            end,
            next: end,
        })
    }

    /// The first place from `offset` on where a line may begin that belongs to no block: behind a line
    /// end and not within a statement, also not between a block and its `else`.
    pub(super) fn gap(&self, offset: usize) -> usize {
        let first = self.lines.partition_point(|line| line.next < offset);
        let rest = self.lines.get(first..).unwrap_or_default().iter();
        let mut starts = rest
            .filter(|line| line.next > line.end)
            .map(|line| line.next);
        starts
            .find(|start| self.is_gap(*start))
            .unwrap_or(self.bytes.len())
    }

    pub(super) fn is_gap(&self, offset: usize) -> bool {
        let before = self.items.partition_point(|it| it.span().end <= offset);
        let next = self.items.get(before);
        next.is_none_or(|item| item.span().start >= offset)
    }

    /// How the line before a place ends; if there is none, how the file's lines end.
    pub(super) fn ending_before(&self, offset: usize) -> &'static [u8] {
        match self.bytes.get(..offset).unwrap_or_default() {
            [.., b'\r', b'\n'] => b"\r\n",
            [.., b'\n'] => b"\n",
            [.., b'\r'] => b"\r",
            [..] => line_ending(&self.bytes),
        }
    }

    /// Another line at `offset`, which is a gap.
    pub(super) fn new_line(&self, offset: usize, line: &[u8]) -> Splice {
        let ending = self.ending_before(offset);
        let before = self.bytes.get(..offset).unwrap_or_default();
        let is_open = !matches!(before, [] | [.., b'\n' | b'\r']);
        let first = if is_open { ending } else { b"" };
        Splice {
            span: offset..offset,
            new: [first, line, ending].concat(),
        }
    }

    /// The bytes after an edit; the splices are in order and apart.
    pub(super) fn with(&self, splices: &[Splice]) -> Vec<u8> {
        let mut bytes = self.bytes.clone();
        for splice in splices.iter().rev() {
            bytes.splice(splice.span.clone(), splice.new.iter().copied());
        }
        bytes
    }
}

/// Bytes that take the place of others.
#[derive(Debug, Clone)]
pub(super) struct Splice {
    pub(super) span: Range<usize>,
    pub(super) new: Vec<u8>,
}

/// Where a byte was before an edit; one that is new, where it was put.
pub(super) fn before(splices: &[Splice], offset: usize) -> usize {
    let mut old = offset;
    // What the splices so far add and take away.
    let (mut added, mut removed) = (0, 0);
    for Splice { span, new } in splices {
        let start = span.start + added - removed;
        if offset < start {
            break;
        }
        if offset < start + new.len() {
            return span.start;
        }
        added += new.len();
        removed += span.len();
        old = offset + removed - added;
    }
    old
}
