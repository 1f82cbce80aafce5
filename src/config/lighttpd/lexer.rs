//! From bytes to tokens, as `config_tokenizer` of lighttpd 1.4 does it.

use std::ops::Range;

use crate::config::lines::lines;
use crate::error::lighttpd::Fault;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// `=`
    Assign,
    /// `=>`
    Arrow,
    CloseBrace,
    CloseBracket,
    CloseParenthesis,
    Comma,
    /// `==`, `=~`, `=^`, `=$`, `!=` or `!~`.
    Compare,
    Dollar,
    Else,
    /// One or more line ends with all blanks and comments between; also behind a `}` with text after it.
    EndOfLine,
    /// `:=`
    ForceAssign,
    Global,
    Include,
    IncludeShell,
    Integer,
    Name,
    OpenBrace,
    OpenBracket,
    OpenParenthesis,
    Plus,
    /// `+=`
    PlusAssign,
    Text(Vec<u8>),
}

#[derive(Debug, Clone)]
pub(super) struct Lexeme {
    pub(super) token: Token,
    pub(super) span: Range<usize>,
}

/// What a file consists of; blanks are in neither list.
#[derive(Debug, Default)]
pub(super) struct Lexed {
    pub(super) lexemes: Vec<Lexeme>,
    /// From the `#` to the end of the line's text.
    pub(super) comments: Vec<Range<usize>>,
}

/// Reads a whole file; an error is a fault with its offset.
pub(super) fn lex(bytes: &[u8]) -> Result<Lexed, (usize, Fault)> {
    if bytes.starts_with(b"\xef\xbb\xbf") {
        return Err((0, Fault::ByteOrderMark));
    }
    if let Some(nul) = bytes.iter().position(|byte| *byte == 0) {
        return Err((nul, Fault::NulByte));
    }
    let mut lexer = Lexer {
        bytes,
        at: 0,
        parentheses: Vec::new(),
        in_condition: false,
        lexed: Lexed::default(),
    };
    while lexer.at < bytes.len() {
        let start = lexer.at;
        lexer.step().map_err(|fault| (start, fault))?;
    }
    match lexer.parentheses.last() {
        Some(open) => Err((*open, Fault::UnclosedParenthesis)),
        None => Ok(lexer.lexed),
    }
}

/// Every string outside of comments: where it stands, quotes included, and what it says. None in a file that
/// lighttpd would not read either.
pub(crate) fn texts(bytes: &[u8]) -> Vec<(Range<usize>, Vec<u8>)> {
    let lexemes = lex(bytes).unwrap_or_default().lexemes.into_iter();
    let texts = lexemes.filter_map(|Lexeme { token, span }| match token {
        Token::Text(text) => Some((span, text)),
        _ => None,
    });
    texts.collect()
}

struct Lexer<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Where the open ones are.
    parentheses: Vec<usize>,
    /// Between a `$` and its comparison.
    in_condition: bool,
    lexed: Lexed,
}

impl Lexer<'_> {
    fn rest(&self) -> &[u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    fn take(&mut self, token: Token, length: usize) {
        let span = self.at..self.at + length;
        self.at = span.end;
        self.lexed.lexemes.push(Lexeme { token, span });
    }

    fn step(&mut self) -> Result<(), Fault> {
        let in_list = !self.parentheses.is_empty();
        match self.rest() {
            [b' ' | b'\t', ..] => self.at += 1,
            // A no-break space is one as well.
            [0xc2, 0xa0, ..] => self.at += 2,
            [b'\n' | b'\r', ..] if in_list => self.at += 1,
            [b'\n' | b'\r', ..] => self.line_ends(),
            [b'#', ..] => self.comment(),
            [b'"', ..] => self.text()?,
            [b',', ..] if in_list => self.take(Token::Comma, 1),
            [b',', ..] => self.at += 1,
            [b'(', ..] => {
                self.parentheses.push(self.at);
                self.take(Token::OpenParenthesis, 1);
            }
            [b')', ..] => {
                self.parentheses
                    .pop()
                    .ok_or(Fault::StrayClosingParenthesis)?;
                self.take(Token::CloseParenthesis, 1);
            }
            [b'$', ..] => {
                self.in_condition = true;
                self.take(Token::Dollar, 1);
            }
            [b'}', ..] => self.closing_brace(),
            [byte, ..] if is_name(*byte) => self.word()?,
            _ => self.operator(in_list)?,
        }
        Ok(())
    }

    fn operator(&mut self, in_list: bool) -> Result<(), Fault> {
        let (token, length) = match self.rest() {
            [b'=', b'>', ..] if in_list => (Token::Arrow, 2),
            [b'=', ..] if in_list => return Err(Fault::EqualsInList),
            [b'=', b'=' | b'~' | b'^' | b'$', ..] | [b'!', b'=' | b'~', ..]
                if self.in_condition =>
            {
                self.in_condition = false;
                (Token::Compare, 2)
            }
            [b'=', ..] if !self.in_condition => (Token::Assign, 1),
            [b'+', b'=', ..] => (Token::PlusAssign, 2),
            [b'+', ..] => (Token::Plus, 1),
            [b':', b'=', ..] => (Token::ForceAssign, 2),
            [b'{', ..] => (Token::OpenBrace, 1),
            [b'[', ..] => (Token::OpenBracket, 1),
            [b']', ..] => (Token::CloseBracket, 1),
            _ => return Err(Fault::UnexpectedCharacter),
        };
        self.take(token, length);
        Ok(())
    }

    fn comment(&mut self) {
        let start = self.at;
        let length = lines(self.rest()).next().map_or(0, |line| line.end);
        self.at += length;
        self.lexed.comments.push(start..self.at);
    }

    fn line_ends(&mut self) {
        let start = self.at;
        loop {
            match self.rest() {
                [b'\n' | b'\r' | b' ' | b'\t', ..] => self.at += 1,
                [b'#', ..] => self.comment(),
                [..] => break,
            }
        }
        let span = start..self.at;
        self.lexed.lexemes.push(Lexeme {
            token: Token::EndOfLine,
            span,
        });
    }

    /// A block needs an end of line behind it, which text on the same line stands for.
    fn closing_brace(&mut self) {
        self.take(Token::CloseBrace, 1);
        let blanks = self.rest().iter().take_while(|byte| b" \t".contains(byte));
        let next = self.rest().get(blanks.count());
        if !matches!(next, None | Some(b'\n' | b'\r' | b'#')) {
            self.take(Token::EndOfLine, 0);
        }
    }

    fn text(&mut self) -> Result<(), Fault> {
        let mut text = Vec::new();
        let mut rest = self.rest().iter().enumerate().skip(1).peekable();
        while let Some((index, byte)) = rest.next() {
            match byte {
                b'"' => {
                    self.take(Token::Text(text), index + 1);
                    return Ok(());
                }
                // The only escape: a backslash before anything else is a backslash.
                b'\\' if rest.next_if(|(_, next)| **next == b'"').is_some() => text.push(b'"'),
                other => text.push(*other),
            }
        }
        Err(Fault::UnclosedString)
    }

    fn word(&mut self) -> Result<(), Fault> {
        let rest = self.rest();
        let while_all = |fits: fn(u8) -> bool| rest.iter().take_while(|it| fits(**it)).count();
        let digits = while_all(|byte| byte.is_ascii_digit());
        if self.in_condition {
            let length = while_all(|byte| byte.is_ascii_alphabetic() || byte == b'_');
            if length == 0 {
                return Err(Fault::UnexpectedCharacter);
            }
            self.take(Token::Name, length);
        } else if digits > 0 {
            self.take(Token::Integer, digits);
        } else {
            let length = while_all(is_name);
            let (word, behind) = rest.split_at(length);
            match word {
                // Up to 1.4.85 the lexer wants another byte behind a name.
                _ if behind.is_empty() => return Err(Fault::NameAtEnd),
                b"include" => self.take(Token::Include, length),
                b"include_shell" => self.take(Token::IncludeShell, length),
                b"global" => self.take(Token::Global, length),
                b"else" | b"elif" | b"elsif" | b"elseif" => self.take(Token::Else, length),
                b"if" if condition_follows(behind) => self.at += length,
                [..] => self.take(Token::Name, length),
            }
        }
        Ok(())
    }
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"._-".contains(&byte)
}

fn condition_follows(rest: &[u8]) -> bool {
    rest.iter().find(|byte| !b" \t".contains(byte)) == Some(&b'$')
}
