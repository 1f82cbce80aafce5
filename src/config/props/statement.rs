//! From logical lines to statements, as `io.deephaven.configuration.ParsedProperties` reads them.

use std::fmt;
use std::ops::Range;

use crate::config::props::escape::unescape;
use crate::config::props::text::{
    Cell, LogicalLine, bytes_of, find, is_blank, logical_lines, split, trim, trim_left,
};
use crate::error::props::Fault;

/// One line that does something.
#[derive(Debug)]
pub(super) struct Statement {
    /// The block it lies in; none: the file's global scope.
    pub(super) block: Option<usize>,
    /// Number of its first physical line.
    pub(super) line: usize,
    pub(super) action: Action,
}

#[derive(Debug)]
pub(super) enum Action {
    Assign(Assignment),
    /// `finalize a, b*`: the patterns.
    Finalize(Vec<Vec<u8>>),
    /// `includefiles=a,b` as the first line of the file.
    Include(Vec<String>),
    /// `includefiles` anywhere else: an error for every process that the line applies to.
    LateInclude,
}

impl Statement {
    /// Whether both have the same effect, wherever they stand.
    pub(super) fn says_the_same_as(&self, other: &Self) -> bool {
        let same_action = match (&self.action, &other.action) {
            (Action::Assign(this), Action::Assign(other)) => {
                (&this.key, &this.value, &this.locks) == (&other.key, &other.value, &other.locks)
            }
            (Action::Finalize(this), Action::Finalize(other)) => this == other,
            (Action::Include(this), Action::Include(other)) => this == other,
            (Action::LateInclude, Action::LateInclude) => true,
            _ => false,
        };
        self.block == other.block && same_action
    }
}

/// `key=value` or `final key=value`.
#[derive(Debug)]
pub(super) struct Assignment {
    pub(super) key: Vec<u8>,
    pub(super) value: Vec<u8>,
    /// The bytes of the file to replace for another value.
    pub(super) span: Range<usize>,
    /// Whether there is a `=` or `:`. Without it the value is empty and the span is where one belongs.
    pub(super) separated: bool,
    /// What a `final` locks: the key, read as `finalize` would read it.
    pub(super) locks: Vec<Vec<u8>>,
}

/// `[token=a|b, token=c] {`
#[derive(Debug)]
pub(super) struct Block {
    /// The block around it, always of a smaller index.
    pub(super) parent: Option<usize>,
    pub(super) conditions: Vec<Condition>,
    pub(super) line: usize,
}

#[derive(Debug, PartialEq)]
pub(super) struct Condition {
    pub(super) token: String,
    pub(super) any_of: Vec<Vec<u8>>,
}

impl fmt::Display for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let conditions = self.conditions.iter().map(|Condition { token, any_of }| {
            format!("{token}={}", String::from_utf8_lossy(&any_of.join(&b'|')))
        });
        write!(f, "[{}]", conditions.collect::<Vec<_>>().join(","))
    }
}

/// A whole file.
#[derive(Debug, Default)]
pub(super) struct Parsed {
    pub(super) statements: Vec<Statement>,
    pub(super) blocks: Vec<Block>,
    /// Whether the last line ends in a backslash that would swallow an appended one.
    pub(super) open_end: bool,
}

/// Reads a file; an error is one for which the server would not start, with its line.
pub(super) fn parse(bytes: &[u8]) -> Result<Parsed, (usize, Fault)> {
    let mut parser = Parser::default();
    for line in logical_lines(bytes) {
        parser.line(&line).map_err(|fault| (line.number, fault))?;
    }
    let unclosed = parser
        .within
        .last()
        .and_then(|block| parser.parsed.blocks.get(*block));
    match unclosed {
        Some(block) => Err((block.line, Fault::UnclosedScope)),
        None => Ok(parser.parsed),
    }
}

#[derive(Default)]
struct Parser {
    parsed: Parsed,
    /// Blocks around the current line, outermost first.
    within: Vec<usize>,
    /// After `]`, until its `{`.
    awaiting_brace: bool,
    /// Whether a line did anything yet.
    begun: bool,
}

impl Parser {
    fn line(&mut self, line: &LogicalLine) -> Result<(), Fault> {
        self.parsed.open_end = line.goes_on();
        let text = unescape(&line.cells).map_err(|_| Fault::BadUnicodeEscape)?;
        let mut rest = text.as_slice();
        // Braces may stand before another statement on the same line, but a comment ends it.
        while let Some((first, after)) = rest.split_first() {
            match first.byte {
                b'#' | b'!' => break,
                b'{' if self.awaiting_brace => {
                    self.awaiting_brace = false;
                    rest = trim_left(after);
                }
                _ if self.awaiting_brace => return Err(Fault::MissingBrace),
                b'{' => return Err(Fault::StrayOpeningBrace),
                b'}' => {
                    self.within.pop().ok_or(Fault::StrayClosingBrace)?;
                    rest = trim_left(after);
                }
                b'[' => rest = self.open_block(after, line.number)?,
                _ => {
                    self.statement(rest, line)?;
                    break;
                }
            }
        }
        let comment = text
            .first()
            .is_none_or(|first| matches!(first.byte, b'#' | b'!'));
        self.begun |= !comment;
        Ok(())
    }

    /// Reads the conditions after a `[`; returns what follows the `]`.
    fn open_block<'a>(&mut self, text: &'a [Cell], line: usize) -> Result<&'a [Cell], Fault> {
        let end = text
            .iter()
            .position(|cell| cell.byte == b']')
            .ok_or(Fault::MissingBracket)?;
        let (inside, after) = text.split_at(end);
        let inside = bytes_of(inside);
        let conditions: Vec<Condition> = split(&inside, b',')
            .into_iter()
            .map(condition)
            .collect::<Result<_, Fault>>()?;
        if conditions.is_empty() {
            return Err(Fault::BadCondition);
        }
        let parent = self.within.last().copied();
        self.within.push(self.parsed.blocks.len());
        self.parsed.blocks.push(Block {
            parent,
            conditions,
            line,
        });
        self.awaiting_brace = true;
        Ok(trim_left(after.get(1..).unwrap_or_default()))
    }

    fn statement(&mut self, text: &[Cell], line: &LogicalLine) -> Result<(), Fault> {
        let action = if begins_with(text, FINALIZE) {
            Action::Finalize(patterns(text))
        } else if begins_with(text, FINAL) {
            let rest = without_first(text, FINAL);
            self.assignment(trim_left(&rest), line.end, true)
        } else {
            self.assignment(text, line.end, false)
        };
        let block = self.within.last().copied();
        // In the global scope it is an error for every process.
        if let (Action::LateInclude, None) = (&action, block) {
            return Err(Fault::LateInclude);
        }
        self.parsed.statements.push(Statement {
            block,
            line: line.number,
            action,
        });
        Ok(())
    }

    fn assignment(&self, text: &[Cell], end: usize, lock: bool) -> Action {
        let separator = text
            .iter()
            .position(|cell| matches!(cell.byte, b':' | b'='));
        let (name, value) = text.split_at(separator.unwrap_or(text.len()));
        let value = trim_left(value.get(1..).unwrap_or_default());
        let key = trim(&bytes_of(name)).to_vec();
        if key == b"includefiles" {
            return match self.begun {
                true => Action::LateInclude,
                false => Action::Include(file_names(&bytes_of(value))),
            };
        }
        // No value: one belongs behind all that was read, before a backslash at the end of the file.
        let behind = text.last().map_or(end, |last| last.end);
        let start = value.first().map_or(behind, |first| first.start);
        let locks = if lock { patterns(name) } else { Vec::new() };
        let value = bytes_of(value);
        Action::Assign(Assignment {
            key,
            value,
            span: start..end,
            separated: separator.is_some(),
            locks,
        })
    }
}

/// With the blank: `final.answer` and `finalize` are keys.
const FINAL: &[u8] = b"final ";
const FINALIZE: &[u8] = b"finalize ";

/// Whether `text` begins with `word` in upper or lower case, as the parser asks it.
fn begins_with(text: &[Cell], word: &[u8]) -> bool {
    let start: Vec<u8> = text.iter().take(word.len()).map(|cell| cell.byte).collect();
    start.eq_ignore_ascii_case(word)
}

/// `text` less the first `word` in lower case, wherever it is: the parser asks for the word in any case
/// but takes it away in lower case only, which makes `FINAL a=1` the key `FINAL a`.
fn without_first(text: &[Cell], word: &[u8]) -> Vec<Cell> {
    let mut rest = text.to_vec();
    if let Some(found) = find(text, word) {
        rest.drain(found);
    }
    rest
}

/// What a list of patterns locks; `*` stands for any text.
fn patterns(text: &[Cell]) -> Vec<Vec<u8>> {
    let list = bytes_of(&without_first(text, FINALIZE));
    split(&list, b',')
        .into_iter()
        .map(|pattern| trim(pattern).to_vec())
        .collect()
}

fn file_names(list: &[u8]) -> Vec<String> {
    let names = split(list, b',').into_iter().map(trim);
    names
        .map(|name| String::from_utf8_lossy(name).into_owned())
        .collect()
}

/// `token=a|b`. The token is trimmed, the alternatives are not, which makes `p | q` never match `p`.
fn condition(text: &[u8]) -> Result<Condition, Fault> {
    let equals = text
        .iter()
        .position(|byte| *byte == b'=')
        .ok_or(Fault::BadCondition)?;
    let (token, values) = text.split_at(equals);
    let values = values.get(1..).unwrap_or_default();
    let blanks = values.iter().take_while(|byte| is_blank(**byte)).count();
    let any_of = split(values.get(blanks..).unwrap_or_default(), b'|');
    match String::from_utf8_lossy(trim(token)).into_owned() {
        // Java refuses to look up a system property without a name.
        token if token.is_empty() => Err(Fault::BadCondition),
        token => Ok(Condition {
            token,
            any_of: any_of.into_iter().map(<[u8]>::to_vec).collect(),
        }),
    }
}
