//! Reading the main file and all that it includes.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::rc::Rc;

use crate::config::lighttpd::evaluate::{Numbered, evaluate};
use crate::config::lighttpd::file::ConfigFile;
use crate::config::lighttpd::scope::State;
use crate::config::lighttpd::{Configuration, Source};
use crate::error::{LighttpdError, Position};

impl Configuration {
    /// Reads `main`, and through `include` what it includes. `include` gets the name as it is written,
    /// with variables put in, and returns the files in the order of their names: one, or all that match a
    /// pattern, or none. None is an error for a name that is no pattern. [`include_path`] says where they are.
    pub(crate) fn load<E: From<LighttpdError>>(
        main: Source,
        mut include: impl FnMut(&str) -> Result<Vec<Source>, E>,
    ) -> Result<Self, E> {
        let file = Rc::new(ConfigFile::parse(main.path, main.bytes)?);
        let mut files = vec![Rc::clone(&file)];
        let mut included = BTreeMap::new();
        let state = evaluate::<E>(file, &mut |name, at| {
            if let Some(known) = numbered(&files, &included, name) {
                return Ok(known);
            }
            let sources = include(name)?;
            if sources.is_empty() && !is_pattern(name) {
                let name = name.to_owned();
                return Err(LighttpdError::MissingInclude { at, name }.into());
            }
            add(&mut files, &mut included, name, sources)?;
            Ok(numbered(&files, &included, name).unwrap_or_default())
        })?;
        Ok(Self {
            original: Rc::clone(&files[0]),
            edits: Vec::new(),
            files,
            included,
            state,
        })
    }

    /// Makes files known for a name that an edit will include.
    pub(super) fn add_included(
        &mut self,
        name: &str,
        sources: Vec<Source>,
    ) -> Result<(), LighttpdError> {
        match self.included.contains_key(name) {
            true => Ok(()),
            false => add(&mut self.files, &mut self.included, name, sources),
        }
    }

    /// What everything says if the main file is this one.
    pub(super) fn state_with(&self, main: Rc<ConfigFile>) -> Result<State, LighttpdError> {
        evaluate(main, &mut |name, at: Position| {
            let name = name.to_owned();
            let known = numbered(&self.files, &self.included, &name);
            known.ok_or(LighttpdError::MissingInclude { at, name })
        })
    }
}

/// Numbers of files by the name under which they are included.
pub(super) type ByName = BTreeMap<String, Vec<usize>>;

fn add(
    files: &mut Vec<Rc<ConfigFile>>,
    included: &mut ByName,
    name: &str,
    sources: Vec<Source>,
) -> Result<(), LighttpdError> {
    let mut numbers = Vec::new();
    for Source { path, bytes } in sources {
        let known = files.iter().position(|file| file.path == path);
        numbers.push(known.unwrap_or(files.len()));
        if known.is_none() {
            files.push(Rc::new(ConfigFile::parse(path, bytes)?));
        }
    }
    included.insert(name.to_owned(), numbers);
    Ok(())
}

fn numbered(files: &[Rc<ConfigFile>], included: &ByName, name: &str) -> Option<Vec<Numbered>> {
    let numbers = included.get(name)?.iter();
    let known = numbers.filter_map(|number| Some((*number, Rc::clone(files.get(*number)?))));
    Some(known.collect())
}

/// Whether a name may stand for several files, or for none.
pub(crate) fn is_pattern(name: &str) -> bool {
    name.contains(['*', '?', '[', ']', '{', '}'])
}

/// The path of an included file or pattern. It is relative to the folder of the main file; but a name that
/// begins with `./` or `../` is relative to the folder in which lighttpd was started, and stays as it is.
pub(crate) fn include_path(main: &std::path::Path, name: &str) -> PathBuf {
    let is_for_the_process = name.starts_with("./") || name.starts_with("../");
    match main.parent() {
        Some(folder) if !is_for_the_process => folder.join(name),
        Some(_) | None => PathBuf::from(name),
    }
}
