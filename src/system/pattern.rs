//! File name patterns, expanded as glob(3) does with `GLOB_BRACE`, which is what lighttpd asks for.

use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};

use glob::{MatchOptions, Pattern};

use crate::error::FileError;
use crate::system::root::Root;

/// A dot file is matched by a dot only.
const OPTIONS: MatchOptions = MatchOptions {
    case_sensitive: true,
    require_literal_separator: true,
    require_literal_leading_dot: true,
};

/// Whether `path` stands for as many files as match it.
pub(crate) fn is_pattern(path: &str) -> bool {
    path.contains(['*', '?', '[', '{'])
}

/// The paths that match an absolute pattern, sorted for each alternative in braces; a folder that
/// cannot be read has none.
///
/// # Errors
/// A path below another root that cannot be walked.
pub(crate) fn expand(root: &Root, pattern: &str) -> Result<Vec<PathBuf>, FileError> {
    let mut found = Vec::new();
    for alternative in alternatives(pattern) {
        found.extend(matching(root, Path::new(&alternative))?);
    }
    Ok(found)
}

fn matching(root: &Root, pattern: &Path) -> Result<Vec<PathBuf>, FileError> {
    let mut found = vec![PathBuf::from("/")];
    for component in pattern.components() {
        let Component::Normal(name) = component else {
            continue;
        };
        let mut next = Vec::new();
        for folder in found {
            next.extend(entries(root, &folder, name)?);
        }
        found = next;
    }
    Ok(found)
}

/// What matches one component of the pattern in one folder.
fn entries(root: &Root, folder: &Path, name: &OsStr) -> Result<Vec<PathBuf>, FileError> {
    let text = name.to_string_lossy();
    let pattern = match Pattern::new(&text) {
        Ok(pattern) if is_pattern(&text) => pattern,
        // glob(3) takes an unclosed bracket by its word.
        Ok(_) | Err(_) => {
            let path = folder.join(name);
            return Ok(root.exists(&path)?.then_some(path).into_iter().collect());
        }
    };
    let names = root.names(folder).unwrap_or_default();
    let matches = |name: &&std::ffi::OsString| {
        name.to_str()
            .is_some_and(|name| pattern.matches_with(name, OPTIONS))
    };
    Ok(names
        .iter()
        .filter(matches)
        .map(|name| folder.join(name))
        .collect())
}

/// `a{b,c}d` is `abd` and `acd`.
fn alternatives(pattern: &str) -> Vec<String> {
    let Some((before, rest)) = pattern.split_once('{') else {
        return vec![pattern.to_owned()];
    };
    let Some((inside, after)) = rest.split_once('}') else {
        return vec![pattern.to_owned()];
    };
    let with = |choice: &str| alternatives(&format!("{before}{choice}{after}"));
    inside.split(',').flat_map(with).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::scratch::Scratch;

    fn expanded(scratch: &Scratch, pattern: &str) -> Vec<String> {
        let paths = expand(&scratch.host.root, pattern).unwrap();
        paths
            .iter()
            .map(|path| path.display().to_string())
            .collect()
    }

    #[test]
    fn what_matches_comes_sorted_and_dot_files_stay_out() {
        let scratch = Scratch::new();
        for name in [
            "b.conf",
            "a.conf",
            ".c.conf.1.new.dhtls",
            ".d.conf",
            "e.conf.bak",
        ] {
            scratch.file(&format!("/etc/conf.d/{name}"), "", 0o644);
        }
        assert_eq!(
            expanded(&scratch, "/etc/conf.d/*.conf"),
            ["/etc/conf.d/a.conf", "/etc/conf.d/b.conf"]
        );
        assert_eq!(
            expanded(&scratch, "/etc/*/[b-d].co?f"),
            ["/etc/conf.d/b.conf"]
        );
        assert_eq!(
            expanded(&scratch, "/etc/conf.d/{b,a,x}.conf"),
            ["/etc/conf.d/b.conf", "/etc/conf.d/a.conf"]
        );
    }

    #[test]
    fn nothing_there_is_nothing_found() {
        let scratch = Scratch::new();
        scratch.file("/a.conf", "", 0o644);
        assert!(expanded(&scratch, "/none/*.conf").is_empty());
        assert!(expanded(&scratch, "/a.conf/*.conf").is_empty());
        assert!(expanded(&scratch, "/none/[.conf").is_empty());
    }
}
