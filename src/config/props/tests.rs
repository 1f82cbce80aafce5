//! Property files as a whole; `Files` is a folder in memory.

mod fixtures;
mod grammar;
mod random;
mod refusals;

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::config::props::{Properties, Property, Scope, Source};
use crate::error::PropsError;

/// `main.prop` and what it includes, by name.
struct Files(BTreeMap<&'static str, Vec<u8>>);

impl Files {
    fn main(bytes: impl AsRef<[u8]>) -> Self {
        Self(BTreeMap::new()).with("main.prop", bytes)
    }

    fn with(mut self, name: &'static str, bytes: impl AsRef<[u8]>) -> Self {
        self.0.insert(name, bytes.as_ref().to_vec());
        self
    }

    fn load(&self) -> Result<Properties, PropsError> {
        let source = |name: &str| {
            let bytes = self.0.get(name)?.clone();
            Some(Source {
                path: PathBuf::from(name),
                bytes,
            })
        };
        let main = source("main.prop").expect("there is a main file");
        Properties::load(main, |name| Ok(source(name)))
    }

    /// The effective property for the Web API service.
    fn effective(&self, key: &str) -> Result<Option<Property>, PropsError> {
        self.load()?.effective(key, &web_api())
    }

    /// The effective value for the Web API service; `-` for none.
    fn value(&self, key: &str) -> String {
        let found = self.effective(key).expect("the files load");
        found.map_or("-".to_owned(), |property| property.text().into_owned())
    }
}

fn web_api() -> Scope {
    Scope::service("web_api_service").with("host", ["Db.example.com", "db", "192.0.2.7"])
}
