//! The copy of a configuration that is judged: where the configuration names files that are not in place
//! yet, the copy names the staged ones.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::config::lighttpd::texts;
use crate::server::lighttpd::{Printed, Wanted};
use crate::system::root::Root;

/// A file that is not in place yet: its name, and where it is.
pub(super) struct Waiting {
    pub(super) target: PathBuf,
    pub(super) shown: String,
    pub(super) staged: String,
}

/// The copy, and what the configuration calls those files: by links, or from its own folder on.
pub(super) struct Naming {
    pub(super) copy: Vec<u8>,
    /// What makes a key name the staged file that an included file or an expression names: behind the copy,
    /// where it has the last word.
    pub(super) last_words: Vec<u8>,
    pub(super) names: Names,
}

/// Each name in quotes, with the one that we show.
#[derive(Default)]
pub(super) struct Names(Vec<(String, String)>);

impl Naming {
    pub(super) fn of(
        edited: &[u8],
        config: &Path,
        wanted: &Wanted,
        root: &Root,
        waiting: &[Waiting],
    ) -> Self {
        let named = |text: &[u8]| {
            let meant = meant(text, config, root);
            waiting.iter().find(|file| meant.contains(&file.target))
        };
        let mut names = Names::default();
        let mut copy = edited.to_vec();
        // From the end on, so that the spans before stay right.
        for (span, text) in texts(edited).into_iter().rev() {
            if let Some(file) = named(&text) {
                names.add(&text, file);
                copy.splice(span, quoted(&file.staged).into_bytes());
            }
        }
        let mut last_words = Vec::new();
        for (key, value) in &wanted.keys {
            let text = value.as_deref().unwrap_or_default().trim_matches('"');
            if let Some(file) = named(text.as_bytes()).filter(|_| !names.has(text)) {
                names.add(text.as_bytes(), file);
                let line = format!("\n{key} := {}\n", quoted(&file.staged));
                last_words.extend(line.into_bytes());
            }
        }
        Self {
            copy,
            last_words,
            names,
        }
    }
}

impl Names {
    fn add(&mut self, text: &[u8], file: &Waiting) {
        let name = quoted(&String::from_utf8_lossy(text));
        self.0.push((name, quoted(&file.shown)));
    }

    fn has(&self, text: &str) -> bool {
        self.0.iter().any(|(name, _)| *name == quoted(text))
    }

    pub(super) fn in_printed(&self, printed: Printed) -> Printed {
        let names = self.0.iter();
        names.fold(printed, |printed, (name, shown)| {
            printed.renamed(name, shown)
        })
    }

    pub(super) fn in_wanted(&self, wanted: &Wanted) -> Wanted {
        let mut wanted = wanted.clone();
        for value in wanted.keys.values_mut().flatten() {
            let known = self.0.iter().find(|(name, _)| name == value);
            if let Some((_, shown)) = known {
                value.clone_from(shown);
            }
        }
        wanted
    }
}

/// The files that a string may name: lighttpd looks for an include from the configuration's folder on, for
/// everything else in `/`, where monit starts it.
fn meant(text: &[u8], config: &Path, root: &Root) -> Vec<PathBuf> {
    let path = Path::new(OsStr::from_bytes(text));
    let folders = [config.parent().unwrap_or(Path::new("/")), Path::new("/")];
    let meant = folders
        .iter()
        .map(|folder| root.destination(&folder.join(path)));
    meant.filter_map(Result::ok).collect()
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\\\""))
}
