//! From tokens to a tree, as the grammar `configparser.y` of lighttpd 1.4 has it. Stricter than the releases
//! from 1.4.69 on, which throw a token away that they do not expect.

use std::ops::Range;

use crate::config::lighttpd::lexer::{Lexeme, Token};
use crate::config::lighttpd::syntax::{
    Assignment, Block, Condition, Element, Expression, Include, Item, List, Operator, Term,
};
use crate::error::lighttpd::Fault;

/// lighttpd 1.4.69 itself fails between 30 and 90 nested blocks.
const DEEPEST: usize = 30;

type Result<T> = std::result::Result<T, (usize, Fault)>;

/// The statements of a whole file; an error is a fault with its offset.
pub(super) fn parse(bytes: &[u8], lexemes: &[Lexeme]) -> Result<Vec<Item>> {
    let mut parser = Parser {
        bytes,
        lexemes,
        depth: 0,
        end: 0,
    };
    let items = parser.items()?;
    match parser.lexemes.first() {
        None => Ok(items),
        Some(stray) => Err((stray.span.start, Fault::StrayClosingBrace)),
    }
}

struct Parser<'a> {
    bytes: &'a [u8],
    /// What is still to be read.
    lexemes: &'a [Lexeme],
    depth: usize,
    /// Where the token before ends.
    end: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.lexemes.first().map(|lexeme| &lexeme.token)
    }

    fn start(&self) -> usize {
        self.lexemes
            .first()
            .map_or(self.bytes.len(), |lexeme| lexeme.span.start)
    }

    fn next(&mut self) -> Option<Lexeme> {
        let (first, rest) = self.lexemes.split_first()?;
        self.lexemes = rest;
        self.end = first.span.end;
        Some(first.clone())
    }

    fn next_is(&mut self, token: &Token) -> bool {
        let is = self.peek() == Some(token);
        if is {
            self.next();
        }
        is
    }

    fn unexpected<T>(&self) -> Result<T> {
        // What is wrong at the end of the file is wrong with its last line.
        let end = self.bytes.trim_ascii_end().len().saturating_sub(1);
        Err((self.start().min(end), Fault::UnexpectedText))
    }

    fn expect(&mut self, token: &Token) -> Result<Range<usize>> {
        match self.lexemes.first() {
            Some(lexeme) if lexeme.token == *token => {
                let span = lexeme.span.clone();
                self.next();
                Ok(span)
            }
            _ => self.unexpected(),
        }
    }

    fn text_of(&self, span: &Range<usize>) -> Vec<u8> {
        self.bytes.get(span.clone()).unwrap_or_default().to_vec()
    }

    /// Goes one level down for what `read` reads.
    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.depth == DEEPEST {
            return Err((self.start(), Fault::TooDeep));
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    /// Statements up to a `}` or the end of the file.
    fn items(&mut self) -> Result<Vec<Item>> {
        let mut items = Vec::new();
        loop {
            let start = self.start();
            match self.peek() {
                None | Some(Token::CloseBrace) => return Ok(items),
                Some(Token::EndOfLine) => {
                    self.next();
                }
                Some(Token::Name) => items.push(Item::Assignment(self.assignment()?)),
                Some(Token::Include | Token::IncludeShell) => {
                    let is_shell = self
                        .next()
                        .is_some_and(|it| it.token == Token::IncludeShell);
                    let name = self.expression()?;
                    let span = start..self.end;
                    items.push(Item::Include(Include {
                        span,
                        name,
                        is_shell,
                    }));
                }
                Some(Token::Global) => {
                    self.next();
                    let inner = self.block()?;
                    items.push(Item::Global {
                        span: start..self.end,
                        items: inner,
                    });
                }
                Some(Token::Dollar) => items.push(self.conditions()?),
                Some(_) => return self.unexpected(),
            }
        }
    }

    fn assignment(&mut self) -> Result<Assignment> {
        let start = self.start();
        let name = self.expect(&Token::Name)?;
        let operator = match self.peek() {
            Some(Token::Assign) => Operator::Set,
            Some(Token::ForceAssign) => Operator::Replace,
            Some(Token::PlusAssign) => Operator::Add,
            _ => return self.unexpected(),
        };
        self.next();
        let value = self.expression()?;
        Ok(Assignment {
            span: start..self.end,
            key: key(self.text_of(&name)),
            operator,
            value,
        })
    }

    /// `{ statements }`
    fn block(&mut self) -> Result<Vec<Item>> {
        let open = self.expect(&Token::OpenBrace)?;
        let items = self.nested(Self::items)?;
        if !self.next_is(&Token::CloseBrace) {
            return Err((open.start, Fault::UnclosedBlock));
        }
        Ok(items)
    }

    fn conditions(&mut self) -> Result<Item> {
        let start = self.start();
        let mut blocks = vec![self.condition_block(start)?];
        loop {
            let end = self.end;
            let is_line_end = self.next_is(&Token::EndOfLine);
            let branch = self.start();
            if self.next_is(&Token::Else) {
                blocks.push(self.condition_block(branch)?);
            } else if is_line_end || self.peek().is_none() {
                let span = start..end;
                return Ok(Item::Conditions { span, blocks });
            } else {
                return self.unexpected();
            }
        }
    }

    /// A block with the condition before it, if there is one.
    fn condition_block(&mut self, start: usize) -> Result<Block> {
        let condition = match self.peek() {
            Some(Token::Dollar) => Some(self.condition()?),
            _ => None,
        };
        let items = self.block()?;
        Ok(Block {
            start,
            condition,
            items,
        })
    }

    fn condition(&mut self) -> Result<Condition> {
        self.expect(&Token::Dollar)?;
        let object = self.expect(&Token::Name)?;
        self.expect(&Token::OpenBracket)?;
        let field = self.expression()?;
        self.expect(&Token::CloseBracket)?;
        let comparison = self.expect(&Token::Compare)?;
        Ok(Condition {
            object: self.text_of(&object),
            field,
            comparison: self.text_of(&comparison),
            operand: self.expression()?,
        })
    }

    fn expression(&mut self) -> Result<Expression> {
        let start = self.start();
        let mut terms = vec![self.term()?];
        while self.next_is(&Token::Plus) {
            terms.push(self.term()?);
        }
        let span = start..self.end;
        Ok(Expression { span, terms })
    }

    fn term(&mut self) -> Result<Term> {
        let span = self.start()..self.start();
        match self.peek() {
            Some(Token::Text(text)) => {
                let term = Term::Text(text.clone());
                self.next();
                Ok(term)
            }
            Some(Token::Integer) => {
                let digits = self.expect(&Token::Integer)?;
                let number = String::from_utf8_lossy(&self.text_of(&digits)).parse();
                number
                    .map(Term::Integer)
                    .map_err(|_| (span.start, Fault::NumberTooLarge))
            }
            Some(Token::Name) => {
                let name = self.expect(&Token::Name)?;
                Ok(Term::Variable {
                    start: span.start,
                    key: key(self.text_of(&name)),
                })
            }
            Some(Token::OpenParenthesis) => self.nested(Self::list).map(Term::List),
            _ => self.unexpected(),
        }
    }

    fn list(&mut self) -> Result<List> {
        let start = self.expect(&Token::OpenParenthesis)?.start;
        let mut elements = Vec::new();
        // Commas may follow each other, but an element comes first.
        while !self.next_is(&Token::CloseParenthesis) {
            elements.push(self.element()?);
            let mut separated = false;
            while self.next_is(&Token::Comma) {
                separated = true;
            }
            if !separated && self.peek() != Some(&Token::CloseParenthesis) {
                return self.unexpected();
            }
        }
        Ok(List { start, elements })
    }

    fn element(&mut self) -> Result<Element> {
        let first = self.expression()?;
        if !self.next_is(&Token::Arrow) {
            return Ok(Element {
                name: None,
                value: first,
            });
        }
        Ok(Element {
            name: Some(first),
            value: self.expression()?,
        })
    }
}

/// A name without a dot is a variable.
fn key(name: Vec<u8>) -> Vec<u8> {
    match name.contains(&b'.') {
        true => name,
        false => [b"var.".as_slice(), &name].concat(),
    }
}
