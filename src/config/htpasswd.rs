//! The users file of the Client Update Service: `user:hash`, a line a user.
//!
//! Read as `mod_authn_file.c` of lighttpd reads it: the first line of a user counts, a `#` in the first
//! column begins a comment, LF alone ends a line, one CR before it is dropped, and a line of more than
//! 1,023 bytes is no user's (1.4.54 cuts it, later ones skip it).

mod apr1;
mod hash;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use crate::error::htpasswd::NameFault;
use crate::error::{HtpasswdError, Position};
use crate::secret::Secret;

pub(crate) use apr1::{Salt, apr1};
pub(crate) use hash::{HashKind, check_password, verify};

const LONGEST_LINE: usize = 1023;

/// A users file. Its bytes are wiped: next to hashes it may hold passwords in the clear.
#[derive(Clone, Debug)]
pub(crate) struct Users {
    path: PathBuf,
    bytes: Secret,
}

/// A line that names a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) kind: HashKind,
    pub(crate) at: Position,
    /// An earlier line of the same user, which counts instead of this one.
    pub(crate) hidden_by: Option<Position>,
}

/// What [`Users::set`] did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    Added(Position),
    Replaced {
        at: Position,
        /// Later lines of the same user, which never counted; their lines before the change.
        removed: Vec<Position>,
    },
    /// The hash is there already and the user has no second line.
    Unchanged(Position),
}

impl Users {
    /// Reads a file; `path` is for messages. An empty one is fine.
    pub(crate) fn parse(path: &Path, bytes: Secret) -> Result<Self, HtpasswdError> {
        let users = Self {
            path: path.to_owned(),
            bytes,
        };
        let text = users.bytes.expose();
        // Further down too, where joined files have it: any line may become the first one.
        let marked = numbered(text).find(|(_, line)| line.starts_with(b"\xef\xbb\xbf"));
        let is_utf16 = text.starts_with(b"\xff\xfe") || text.starts_with(b"\xfe\xff");
        let utf16 = (is_utf16 && text.contains(&0)).then_some(1);
        if let Some(number) = marked.map(|(number, _)| number).or(utf16) {
            let at = users.position(number);
            return Err(HtpasswdError::ByteOrderMark { at });
        }
        let nul = numbered(text).find(|(_, line)| line.contains(&0));
        match nul.map(|(number, _)| number) {
            Some(number) => Err(HtpasswdError::Nul {
                at: users.position(number),
            }),
            None => Ok(users),
        }
    }

    /// Every line that names a user, in the order of the file.
    pub(crate) fn users(&self) -> Vec<User> {
        let mut users: Vec<User> = Vec::new();
        for (number, name, hash) in self.entries() {
            let name = String::from_utf8_lossy(name).into_owned();
            let first = users.iter().find(|user| user.name == name);
            let hidden_by = first.map(|user| user.at.clone());
            users.push(User {
                name,
                kind: HashKind::of(hash),
                at: self.position(number),
                hidden_by,
            });
        }
        users
    }

    /// The hash that counts for a user.
    pub(crate) fn hash(&self, user: &str) -> Option<Secret> {
        let mut entries = self.entries();
        let (_, _, hash) = entries.find(|(_, name, _)| *name == user.as_bytes())?;
        Some(Secret::new(hash.to_vec()))
    }

    /// Gives a user this hash: in the user's first line, later ones are removed, else in a line at the end.
    pub(crate) fn set(&mut self, user: &str, hash: &Secret) -> Result<Change, HtpasswdError> {
        check_name(user)?;
        let fits = |byte: &u8| byte.is_ascii_graphic() && *byte != b':';
        let length = user.len() + 1 + hash.len();
        if hash.is_empty() || length > LONGEST_LINE || !hash.expose().iter().all(fits) {
            return Err(HtpasswdError::Hash);
        }
        let lines = self.lines_of(user);
        let Some((first, later)) = lines.split_first() else {
            return Ok(self.append(user, hash));
        };
        let at = self.position(*first);
        if later.is_empty() && self.hash(user).as_ref() == Some(hash) {
            return Ok(Change::Unchanged(at));
        }
        let removed = later.iter().map(|line| self.position(*line)).collect();
        self.rewrite(hash.len(), |number, line, bytes| match number {
            _ if number == *first => {
                bytes.extend_from_slice(user.as_bytes());
                bytes.push(b':');
                bytes.extend_from_slice(hash.expose());
                bytes.extend_from_slice(ending(line));
            }
            _ if later.contains(&number) => {}
            _ => bytes.extend_from_slice(line),
        });
        Ok(Change::Replaced { at, removed })
    }

    /// Removes every line of a user; returns where they were, nothing for an unknown user.
    pub(crate) fn remove(&mut self, user: &str) -> Vec<Position> {
        let lines = self.lines_of(user);
        if !lines.is_empty() {
            self.rewrite(0, |number, line, bytes| {
                if !lines.contains(&number) {
                    bytes.extend_from_slice(line);
                }
            });
        }
        lines.iter().map(|line| self.position(*line)).collect()
    }

    /// The file as it is now.
    pub(crate) fn bytes(&self) -> &Secret {
        &self.bytes
    }

    fn append(&mut self, user: &str, hash: &Secret) -> Change {
        let mut last = 0;
        let mut separator: &[u8] = b"";
        let mut style: &[u8] = b"\n";
        for (number, line) in numbered(self.bytes.expose()) {
            last = number;
            match ending(line) {
                b"" => separator = style,
                b"\r" => separator = b"\n",
                ending => style = ending,
            }
        }
        let line = [separator, user.as_bytes(), b":", hash.expose(), style];
        let line = Secret::new(line.concat());
        self.bytes = Secret::new([self.bytes.expose(), line.expose()].concat());
        Change::Added(self.position(last + 1))
    }

    /// Builds the file anew, line by line, without leaving parts of it in freed memory.
    fn rewrite(&mut self, longer: usize, mut keep: impl FnMut(usize, &[u8], &mut Vec<u8>)) {
        let mut bytes = Vec::with_capacity(self.bytes.len() + longer);
        for (number, line) in numbered(self.bytes.expose()) {
            keep(number, line, &mut bytes);
        }
        self.bytes = Secret::new(bytes);
    }

    /// Number, name and hash of each line that names a user.
    fn entries(&self) -> impl Iterator<Item = (usize, &[u8], &[u8])> {
        numbered(self.bytes.expose()).filter_map(|(number, line)| {
            let text = line.strip_suffix(ending(line)).unwrap_or(line);
            let is_comment = text
                .first()
                .is_none_or(|first| matches!(first, b'#' | b'\r'));
            if is_comment || text.len() > LONGEST_LINE {
                return None;
            }
            let colon = text.iter().position(|byte| *byte == b':')?;
            let (name, hash) = text.split_at(colon);
            Some((number, name, hash.get(1..).unwrap_or_default()))
        })
    }

    fn lines_of(&self, user: &str) -> Vec<usize> {
        let entries = self.entries();
        entries
            .filter(|(_, name, _)| *name == user.as_bytes())
            .map(|(number, _, _)| number)
            .collect()
    }

    fn position(&self, line: usize) -> Position {
        Position {
            path: self.path.clone(),
            line,
        }
    }
}

/// Whether somebody could log in under this name: it has to fit into its line, and into the header that
/// a browser sends (RFC 7617, section 2).
pub(crate) fn check_name(name: &str) -> Result<(), HtpasswdError> {
    let fault = match name {
        "" => NameFault::Empty,
        _ if name.contains(':') => NameFault::Colon,
        _ if name.contains(char::is_control) => NameFault::ControlCharacter,
        _ if name.starts_with('#') => NameFault::Hash,
        _ if name.starts_with('\u{feff}') => NameFault::ByteOrderMark,
        _ if name.trim() != name => NameFault::BlankAround,
        _ if name.len() > 255 => NameFault::TooLong,
        _ => return Ok(()),
    };
    let name = name.to_owned();
    Err(HtpasswdError::Name { name, fault })
}

/// Every line with its ending, numbered from 1.
fn numbered(bytes: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    (1..).zip(bytes.split_inclusive(|byte| *byte == b'\n'))
}

/// How a line ends; a CR at the end of the file counts too, since lighttpd drops it.
fn ending(line: &[u8]) -> &'static [u8] {
    if line.ends_with(b"\r\n") {
        b"\r\n"
    } else if line.ends_with(b"\n") {
        b"\n"
    } else if line.ends_with(b"\r") {
        b"\r"
    } else {
        b""
    }
}
