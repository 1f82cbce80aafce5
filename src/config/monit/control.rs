//! monit's control file, as far as its log is concerned.

use std::path::{Path, PathBuf};

use crate::config::monit::lexer::{Token, Word, tokens};
use crate::config::monit::value;
use crate::error::{MonitError, Position};

/// What a control file, or one that it includes, says about monit's log.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ControlFile {
    /// In the order of the file: of several settings the last one holds, included ones among them.
    pub(crate) statements: Vec<Statement>,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Statement {
    /// `include PATTERN`
    Include(String),
    /// `set log FILE`, or `set logfile FILE` of before 5.
    LogFile(PathBuf),
    /// `set log syslog`
    Syslog,
}

impl ControlFile {
    /// Reads a file; `path` is for messages.
    pub(crate) fn parse(path: &Path, bytes: &[u8]) -> Result<Self, MonitError> {
        let unbalanced = |line| MonitError::UnbalancedQuote {
            at: Position {
                path: path.to_owned(),
                line,
            },
        };
        let tokens = tokens(bytes).map_err(unbalanced)?;
        let ahead = (0..tokens.len()).filter_map(|at| tokens.get(at..));
        Ok(Self {
            statements: ahead.filter_map(statement).collect(),
        })
    }
}

/// The statement that begins here, if it is one of ours.
fn statement(tokens: &[Token]) -> Option<Statement> {
    match tokens {
        [include, pattern, ..] if include.is("include") => Some(Statement::Include(pattern.text())),
        [set, log, rest @ ..] if set.is("set") && (log.is("log") || log.is("logfile")) => {
            match &value(rest)?.word {
                Word::Plain(word) if word.eq_ignore_ascii_case("syslog") => Some(Statement::Syslog),
                Word::Plain(path) | Word::Quoted(path) => Some(Statement::LogFile(path.into())),
                Word::Program { .. } => None,
            }
        }
        _ => None,
    }
}
