//! Reading a file and all that it includes.

use crate::config::props::file::PropFile;
use crate::config::props::{Loaded, Note, Properties, Source};
use crate::error::{Position, PropsError};

/// The server's parser has no limit and would fail on its stack.
const DEEPEST_INCLUDE: usize = 50;

impl Properties {
    /// Reads `main`, and through `load` every file that it includes; `None` is a file that is not there,
    /// which [`Properties::notes`] tells. Files included for some processes only are read as well.
    pub(crate) fn load<E: From<PropsError>>(
        main: Source,
        mut load: impl FnMut(&str) -> Result<Option<Source>, E>,
    ) -> Result<Self, E> {
        let mut properties = Self { files: Vec::new() };
        properties.add(main, &mut Vec::new(), &mut load)?;
        Ok(properties)
    }

    /// What a person may want to know about the files.
    pub(crate) fn notes(&self) -> Vec<Note> {
        let mut notes = Vec::new();
        for Loaded { file, included, .. } in &self.files {
            if file.bytes.starts_with(b"\xef\xbb\xbf") {
                notes.push(Note::ByteOrderMark(file.path.clone()));
            }
            let Some((statement, names)) = file.include() else {
                continue;
            };
            let missing = names
                .iter()
                .zip(included)
                .filter(|(_, file)| file.is_none());
            notes.extend(missing.map(|(name, _)| Note::MissingInclude {
                at: file.at(statement.line),
                name: name.clone(),
            }));
        }
        notes
    }

    /// Adds a file and what it includes; `around` are the files that are being read.
    fn add<E: From<PropsError>>(
        &mut self,
        Source { path, bytes }: Source,
        around: &mut Vec<usize>,
        load: &mut impl FnMut(&str) -> Result<Option<Source>, E>,
    ) -> Result<usize, E> {
        let original = bytes.clone();
        let file = PropFile::parse(path, bytes)?;
        let include = file
            .include()
            .map(|(line, names)| (file.at(line.line), names.to_vec()));
        let index = self.files.len();
        self.files.push(Loaded {
            file,
            original,
            included: Vec::new(),
        });
        around.push(index);
        let (at, names) = include.unzip();
        for (name, at) in names
            .unwrap_or_default()
            .into_iter()
            .zip(at.into_iter().cycle())
        {
            let found = match load(&name)? {
                None => None,
                Some(source) => Some(self.add_included(source, name, at, around, load)?),
            };
            self.files[index].included.push(found);
        }
        around.pop();
        Ok(index)
    }

    /// Adds a file named `name` at `at`, unless it is known already.
    fn add_included<E: From<PropsError>>(
        &mut self,
        source: Source,
        name: String,
        at: Position,
        around: &mut Vec<usize>,
        load: &mut impl FnMut(&str) -> Result<Option<Source>, E>,
    ) -> Result<usize, E> {
        let known = self
            .files
            .iter()
            .position(|loaded| loaded.file.path == source.path);
        match known {
            Some(file) if around.contains(&file) => {
                Err(PropsError::IncludeCycle { at, name }.into())
            }
            Some(file) => Ok(file),
            None if around.len() >= DEEPEST_INCLUDE => {
                Err(PropsError::TooManyIncludes { at }.into())
            }
            None => self.add(source, around, load),
        }
    }
}
