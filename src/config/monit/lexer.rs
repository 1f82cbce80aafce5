//! Words, strings and programs of a monit file.

/// A word and the line that it begins on.
#[derive(Debug)]
pub(super) struct Token {
    pub(super) line: usize,
    pub(super) word: Word,
}

#[derive(Debug)]
pub(super) enum Word {
    Plain(String),
    /// What `start`, `stop`, `restart` or `exec` runs, by words.
    Program {
        action: String,
        words: Vec<String>,
    },
    Quoted(String),
}

impl Token {
    /// Whether it is this keyword, in upper or lower case. A string is no keyword.
    pub(super) fn is(&self, keyword: &str) -> bool {
        matches!(&self.word, Word::Plain(word) if word.eq_ignore_ascii_case(keyword))
    }

    pub(super) fn text(&self) -> String {
        match &self.word {
            Word::Plain(word) | Word::Quoted(word) => word.clone(),
            Word::Program { words, .. } => words.join(" "),
        }
    }
}

/// Splits a file into tokens; an error is the line of a quote that nothing closes.
pub(super) fn tokens(bytes: &[u8]) -> Result<Vec<Token>, usize> {
    let mut lexer = Lexer {
        bytes,
        at: 0,
        line: 1,
    };
    let mut tokens: Vec<Token> = Vec::new();
    // The action that a string would be the program of.
    let mut action: Option<String> = None;
    while let Some(byte) = lexer.peek() {
        let line = lexer.line;
        let word = match byte {
            _ if is_separator(byte) => {
                lexer.take(1);
                continue;
            }
            b'#' => {
                lexer.take_while(|byte| byte != b'\n');
                continue;
            }
            // The text of a mail, apostrophes and all.
            b'{' if lexer.has_closing_brace() => {
                lexer.take_while(|byte| byte != b'}');
                lexer.take(1);
                continue;
            }
            b'"' if action.is_some() => Word::Program {
                action: action.take().unwrap_or_default(),
                words: lexer.program().ok_or(line)?,
            },
            quote @ (b'"' | b'\'') => Word::Quoted(lexer.quoted(quote).ok_or(line)?),
            _ => match lexer.plain() {
                word if word.is_empty() || word.eq_ignore_ascii_case("program") => continue,
                word => Word::Plain(word),
            },
        };
        action = match &word {
            Word::Plain(word) if runs_a_program(word) => Some(word.clone()),
            Word::Plain(_) | Word::Program { .. } | Word::Quoted(_) => None,
        };
        tokens.push(Token { line, word });
    }
    Ok(tokens)
}

struct Lexer<'a> {
    bytes: &'a [u8],
    at: usize,
    line: usize,
}

impl<'a> Lexer<'a> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn take(&mut self, length: usize) -> &'a [u8] {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let taken = rest.get(..length).unwrap_or(rest);
        self.at += taken.len();
        self.line += taken.iter().filter(|byte| **byte == b'\n').count();
        taken
    }

    fn take_while(&mut self, wanted: impl Fn(u8) -> bool) -> String {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let length = rest.iter().take_while(|byte| wanted(**byte)).count();
        String::from_utf8_lossy(self.take(length)).into_owned()
    }

    fn has_closing_brace(&self) -> bool {
        self.bytes
            .get(self.at..)
            .unwrap_or_default()
            .contains(&b'}')
    }

    /// A word, without a `=` at its end: `program="…"` is the same as `program = "…"`.
    fn plain(&mut self) -> String {
        let first = String::from_utf8_lossy(self.take(1)).into_owned();
        let word =
            first + &self.take_while(|byte| !is_separator(byte) && !matches!(byte, b'"' | b'\''));
        word.trim_end_matches('=').to_owned()
    }

    /// A string may span lines and knows no escapes; blanks on either side are dropped.
    fn quoted(&mut self, quote: u8) -> Option<String> {
        self.take(1);
        let text = self.take_while(|byte| byte != quote);
        self.take(1).first().map(|_| text.trim_ascii().to_owned())
    }

    /// Whether the quote that comes next is there once more.
    fn is_closed(&self, quote: u8) -> bool {
        let behind = self.bytes.get(self.at + 1..).unwrap_or_default();
        behind.contains(&quote)
    }

    /// A program's words; `'…'` is one, and may hold double quotes. Without a second `'` it is a plain
    /// character.
    fn program(&mut self) -> Option<Vec<String>> {
        self.take(1);
        let mut words = Vec::new();
        loop {
            match self.peek()? {
                b'"' => {
                    self.take(1);
                    return Some(words);
                }
                b'\'' if self.is_closed(b'\'') => words.push(self.quoted(b'\'')?),
                b' ' | b'\t' | b'\n' | b'\r' => {
                    self.take(1);
                }
                _ => words.push(
                    self.take_while(|byte| !matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b'"')),
                ),
            }
        }
    }
}

fn runs_a_program(word: &str) -> bool {
    ["exec", "execute", "restart", "start", "stop"]
        .iter()
        .any(|action| word.eq_ignore_ascii_case(action))
}

fn is_separator(byte: u8) -> bool {
    matches!(
        byte,
        b' ' | b'\t' | b'\r' | b'\n' | b';' | b',' | b'(' | b')'
    )
}
