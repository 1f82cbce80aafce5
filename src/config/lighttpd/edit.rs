//! Setting a key: the bytes of its value and nothing else, or one new line.

use std::rc::Rc;

use crate::config::lighttpd::file::{ConfigFile, Splice};
use crate::config::lighttpd::scope::{Assigned, Scope, State};
use crate::config::lighttpd::syntax::Operator;
use crate::config::lighttpd::{Change, Configuration, Data};
use crate::error::{LighttpdError, Position};

/// What a key is to have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    /// Written as `443`; a string of these digits is the same.
    Integer(u16),
    /// Exactly `"enable"` or `"disable"`: 1.4.54 does not start with `"true"`, `"Enable"` or `1`.
    Switch(bool),
    Text(String),
}

impl Value {
    /// None: lighttpd's grammar has no way to write it.
    fn written(&self) -> Option<Vec<u8>> {
        match self {
            Self::Integer(number) => Some(number.to_string().into_bytes()),
            Self::Switch(true) => Some(br#""enable""#.to_vec()),
            Self::Switch(false) => Some(br#""disable""#.to_vec()),
            Self::Text(text) => quoted(text.as_bytes()),
        }
    }

    /// Whether a setting need not be touched.
    fn is(&self, data: &Data) -> bool {
        let is_text = |text: &str| matches!(data, Data::Text(it) if it == text.as_bytes());
        match self {
            Self::Integer(number) => data.integer() == Some(i32::from(*number)),
            Self::Switch(true) => is_text("enable"),
            Self::Switch(false) => is_text("disable"),
            Self::Text(text) => is_text(text),
        }
    }

    /// Whether a setting that wins has the same effect, in whatever words.
    fn agrees(&self, data: &Data) -> bool {
        match self {
            Self::Switch(on) => data.switch() == Some(*on),
            Self::Integer(_) | Self::Text(_) => self.is(data),
        }
    }
}

/// A string in quotes; none if it ends in a backslash, which would escape the quote, or holds a NUL.
pub(super) fn quoted(text: &[u8]) -> Option<Vec<u8>> {
    if text.ends_with(b"\\") || text.contains(&0) {
        return None;
    }
    let mut quoted = vec![b'"'];
    for byte in text {
        if *byte == b'"' {
            quoted.push(b'\\');
        }
        quoted.push(*byte);
    }
    quoted.push(b'"');
    Some(quoted)
}

impl Configuration {
    /// Makes `value` the value of `key` for the whole server. The last assignment is changed if it is in the
    /// main file; where an included file has it, `key := value` is added below all includes; where there is
    /// none, a line. Refused if a block has another value that wins, or a `+=` a part in the value.
    ///
    /// What was done is read again and proven; on an error nothing is changed.
    pub(crate) fn set(&mut self, key: &str, value: &Value) -> Result<Change, LighttpdError> {
        let inexpressible = || LighttpdError::Inexpressible {
            key: key.to_owned(),
        };
        let written = value.written().ok_or_else(inexpressible)?;
        self.refuse_winning_condition(key, |data| value.agrees(data))?;
        let proof = |data: Option<&Data>| data.is_some_and(|data| value.is(data));
        let Some((entry, last)) = self.last(key) else {
            let line = line(key, self.operator_of_new(), &written);
            return self.insert(key, self.place_of_new(key), &line, &proof);
        };
        if value.is(&entry) {
            return Ok(Change::Unchanged(self.position(last.place())));
        }
        if last.assignment.operator == Operator::Add {
            let at = self.original_position(last.place());
            let key = key.to_owned();
            return Err(LighttpdError::AppendedTo { key, at });
        }
        if last.file == 0 {
            let splice = Splice {
                span: last.assignment.value.span.clone(),
                new: written,
            };
            self.take_over(key, vec![splice], &proof)?;
            return Ok(Change::Changed(self.position(last.place())));
        }
        let place = self.place_below_includes(key);
        self.insert(key, place, &line(key, ":=", &written), &proof)
    }

    /// The value of a key, and the last assignment that made it.
    pub(super) fn last(&self, key: &str) -> Option<(Data, Assigned)> {
        let entry = self.entry(key)?;
        Some((entry.data.clone(), entry.assignments.last()?.clone()))
    }

    /// Adds a line at a place of `place.rs`.
    pub(super) fn insert(
        &mut self,
        key: &str,
        place: usize,
        line: &[u8],
        proof: &dyn Fn(Option<&Data>) -> bool,
    ) -> Result<Change, LighttpdError> {
        let splice = self.main().new_line(place, line);
        self.take_over(key, vec![splice], proof)?;
        Ok(Change::Appended(self.new_line_at(place)))
    }

    /// Takes over an edited main file if `key` is as wanted in it and all else as before. Checked in every
    /// build: a wrong edit of a server's settings must not get out.
    pub(super) fn take_over(
        &mut self,
        key: &str,
        splices: Vec<Splice>,
        proof: &dyn Fn(Option<&Data>) -> bool,
    ) -> Result<(), LighttpdError> {
        let (file, state) = self.read_again(key, &splices)?;
        let global = state.scopes.first();
        let now = global.and_then(|it| it.values.get(key.to_ascii_lowercase().as_bytes()));
        if !proof(now.map(|entry| &entry.data)) {
            return Err(self.not_proven(key));
        }
        self.refuse_other_changes(key, &state)?;
        self.replace_main(file, state, splices);
        Ok(())
    }

    pub(super) fn replace_main(
        &mut self,
        file: Rc<ConfigFile>,
        state: State,
        splices: Vec<Splice>,
    ) {
        self.files[0] = file;
        self.state = state;
        self.edits.push(splices);
    }

    /// Where the line is that was put at `place`; in a file without a newline at its end, the next one.
    pub(super) fn new_line_at(&self, place: usize) -> Position {
        let is_line_end = |byte: &&u8| matches!(byte, b'\n' | b'\r');
        let rest = self.main().bytes.get(place..).unwrap_or_default();
        self.main()
            .at(place + rest.iter().take_while(is_line_end).count())
    }

    /// What the main file says after an edit.
    pub(super) fn read_again(
        &self,
        key: &str,
        splices: &[Splice],
    ) -> Result<(Rc<ConfigFile>, State), LighttpdError> {
        let bytes = self.main().with(splices);
        let file = ConfigFile::parse(self.main().path.clone(), bytes);
        let file = Rc::new(file.map_err(|_| self.not_proven(key))?);
        let state = self.state_with(Rc::clone(&file));
        Ok((file, state.map_err(|_| self.not_proven(key))?))
    }

    pub(super) fn not_proven(&self, key: &str) -> LighttpdError {
        LighttpdError::NotProven {
            key: key.to_owned(),
            path: self.main().path.clone(),
        }
    }

    /// An error if anything but the key has another value in `state`.
    fn refuse_other_changes(&self, key: &str, state: &State) -> Result<(), LighttpdError> {
        let lower = key.to_ascii_lowercase();
        let (old, new) = (&self.state.scopes, &state.scopes);
        if old.len() != new.len() {
            return Err(self.not_proven(key));
        }
        for (index, (old, new)) in old.iter().zip(new).enumerate() {
            let is_wanted = |name: &[u8]| index == 0 && name == lower.as_bytes();
            let count = |scope: &Scope| {
                let names = scope.values.keys();
                names.filter(|name| !is_wanted(name)).count()
            };
            if old.identity != new.identity || count(old) != count(new) {
                return Err(self.not_proven(key));
            }
            for (name, entry) in old.values.iter().filter(|(name, _)| !is_wanted(name)) {
                let same = new.values.get(name).is_some_and(|it| it.data == entry.data);
                let last = entry.assignments.last();
                if !same {
                    return Err(LighttpdError::AlsoChanges {
                        key: key.to_owned(),
                        other: String::from_utf8_lossy(name).into_owned(),
                        at: last.map_or_else(
                            || self.main().at(0),
                            |it| self.original_position(it.place()),
                        ),
                    });
                }
            }
        }
        Ok(())
    }
}

/// A statement as a new line.
pub(super) fn line(key: &str, operator: &str, value: &[u8]) -> Vec<u8> {
    [format!("{key} {operator} ").as_bytes(), value].concat()
}
