//! The service files of monit, as far as a restart needs them: which process monit checks under which
//! name, and how it starts it. Read as the lexer of monit 5 does (`l.l`), compared with `monit -vt` 5.33.

mod control;
mod lexer;
mod lighttpd;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::time::Duration;

use crate::config::monit::lexer::{Token, Word, tokens};
use crate::error::{MonitError, Position};

pub(crate) use control::{ControlFile, Statement};

/// A service file, enabled or not.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ServiceFile {
    /// In the order of the file; at least one.
    pub(crate) processes: Vec<Process>,
}

/// One `check process NAME`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Process {
    /// What `monit restart NAME` needs, case and blanks included.
    pub(crate) name: String,
    pub(crate) at: Position,
    /// Absent where monit finds the process by `matching`.
    pub(crate) pidfile: Option<String>,
    pub(crate) start: Option<Program>,
}

/// `start program = "WORD WORD 'SEVERAL WORDS'" with timeout N seconds`
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Program {
    pub(crate) at: Position,
    /// The program and its arguments, without quotes.
    pub(crate) words: Vec<String>,
    /// How long monit waits for the process to appear; monit's default of 30 seconds if not given.
    pub(crate) timeout: Option<Duration>,
}

impl ServiceFile {
    /// Reads a file; `path` is for messages.
    pub(crate) fn parse(path: &Path, bytes: &[u8]) -> Result<Self, MonitError> {
        let at = |line| Position {
            path: path.to_owned(),
            line,
        };
        let tokens = tokens(bytes).map_err(|line| MonitError::UnbalancedQuote { at: at(line) })?;
        let mut processes = Vec::new();
        let mut rest = tokens.as_slice();
        while let Some((first, after)) = rest.split_first() {
            rest = after;
            if !first.is("check") {
                continue;
            }
            // A check ends where the next one begins.
            let end = rest
                .iter()
                .position(|token| token.is("check"))
                .unwrap_or(rest.len());
            let (check, next) = rest.split_at(end);
            rest = next;
            if let [kind, name, rules @ ..] = check
                && kind.is("process")
            {
                let (name, at_line) = (name.text(), at(first.line));
                processes.push(Process {
                    name,
                    at: at_line,
                    pidfile: value_after("pidfile", rules).map(Token::text),
                    start: start_program(rules, at),
                });
            }
        }
        match processes.is_empty() {
            true => Err(MonitError::NoProcess {
                path: path.to_owned(),
            }),
            false => Ok(Self { processes }),
        }
    }
}

/// `start program = "…"`, then owner and timeout in any order, up to the next rule.
fn start_program(rules: &[Token], at: impl Fn(usize) -> Position) -> Option<Program> {
    // Of two, monit takes the last.
    let (index, token, words) =
        rules
            .iter()
            .enumerate()
            .rev()
            .find_map(|(index, token)| match &token.word {
                Word::Program { action, words } if action.eq_ignore_ascii_case("start") => {
                    Some((index, token, words))
                }
                Word::Plain(_) | Word::Program { .. } | Word::Quoted(_) => None,
            })?;
    let options = rules.get(index + 1..).unwrap_or_default();
    let next_rule = options
        .iter()
        .position(begins_rule)
        .unwrap_or(options.len());
    let seconds = value_after("timeout", options.get(..next_rule).unwrap_or_default());
    let timeout = seconds
        .and_then(|seconds| seconds.text().parse().ok())
        .map(Duration::from_secs);
    Some(Program {
        at: at(token.line),
        words: words.clone(),
        timeout,
    })
}

fn begins_rule(token: &Token) -> bool {
    const RULES: [&str; 9] = [
        "alert", "depends", "every", "group", "if", "mode", "noalert", "onreboot", "restart",
    ];
    matches!(token.word, Word::Program { .. }) || RULES.iter().any(|rule| token.is(rule))
}

fn value_after<'a>(keyword: &str, tokens: &'a [Token]) -> Option<&'a Token> {
    let at = tokens.iter().position(|token| token.is(keyword))?;
    value(tokens.get(at + 1..)?)
}

/// The first token that is no filler.
fn value(tokens: &[Token]) -> Option<&Token> {
    const FILLERS: [&str; 8] = ["as", "is", "of", "the", "use", "using", "with", "within"];
    tokens
        .iter()
        .find(|token| !FILLERS.iter().any(|filler| token.is(filler)))
}
