//! What people name, as sources: files one by one, endpoints, and what can be neither.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use crate::commands::check::file;
use crate::error::FileError;
use crate::pki::findings::{Code, Finding};
use crate::secret::Secret;
use crate::system::endpoint::Endpoint;
use crate::system::root::Root;
use crate::system::tree::{Kind, Tree};
use crate::system::{pattern, read};

/// A list with more than this is none.
const LIST_LIMIT: u64 = 64 << 20;

/// Names in a folder that promise certificates.
const PROMISING: [&str; 7] = ["pem", "crt", "cer", "der", "p12", "pfx", "p7b"];

/// One thing to be judged.
#[derive(Debug)]
pub(super) enum Source {
    Endpoint {
        shown: String,
        endpoint: Endpoint,
    },
    File {
        path: PathBuf,
        /// Found in a folder: nobody asked for it, so a key alone is passed over.
        in_folder: bool,
    },
    /// Behind the files of a folder, which are the sources from `first` on.
    FolderEnd {
        folder: PathBuf,
        first: usize,
    },
    Unusable {
        shown: String,
        finding: Finding,
    },
}

/// All sources, in the order in which they were named.
#[derive(Debug)]
pub(super) struct Sources {
    pub(super) list: Vec<Source>,
    /// Files in folders whose names promise nothing.
    pub(super) skipped: usize,
}

/// Finds out what each target is. What exists as a file or folder is that, whatever it looks like; then
/// comes `HOST:PORT`, then a pattern. `recursive` descends into folders.
pub(super) fn expand<'a>(
    targets: impl IntoIterator<Item = &'a OsStr>,
    root: &Root,
    recursive: bool,
) -> Sources {
    let mut expansion = Expansion {
        tree: Tree::new(root),
        recursive,
        seen: HashSet::new(),
        sources: Sources {
            list: Vec::new(),
            skipped: 0,
        },
    };
    for target in targets {
        match target.as_bytes() {
            b"-" => expansion.list("-", read::standard_input(LIST_LIMIT)),
            [b'@', path @ ..] => {
                let read = read::input(root, Path::new(OsStr::from_bytes(path)), LIST_LIMIT);
                expansion.list(&shown(Path::new(target)), read.map(|input| input.bytes));
            }
            _ => expansion.target(target),
        }
    }
    expansion.sources
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

struct Expansion<'a> {
    tree: Tree<'a>,
    recursive: bool,
    /// Named files: each is judged once.
    seen: HashSet<PathBuf>,
    sources: Sources,
}

impl Expansion<'_> {
    /// A target a line; empty lines and those that begin with `#` aside.
    fn list(&mut self, name: &str, read: Result<Secret, FileError>) {
        let bytes = match read {
            Ok(bytes) => bytes,
            Err(error) => return self.unusable(name, file::unread(&error)),
        };
        let text = bytes.expose();
        let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
        if is_no_list(text) {
            let message = format!(
                "{name} holds no list of targets, but something to be checked itself: name it as a file"
            );
            return self.unusable(name, Finding::new(Code::Unreadable, message));
        }
        let lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
        let mut is_empty = true;
        for line in lines.filter(|line| !line.is_empty() && !line.starts_with(b"#")) {
            is_empty = false;
            let target = OsStr::from_bytes(line);
            match line {
                b"-" | [b'@', ..] => self.complain(target, "a list cannot name another list"),
                _ => self.target(target),
            }
        }
        if is_empty {
            let finding =
                Finding::new(Code::Unreadable, format!("the list {name} names no target"));
            self.unusable(name, finding);
        }
    }

    fn target(&mut self, target: &OsStr) {
        let text = target.to_str().unwrap_or_default();
        if let Some((scheme, rest)) = text.split_once("://") {
            return self.url(text, scheme, rest);
        }
        match self.tree.kind(Path::new(target)) {
            Ok(Some(Kind::Folder | Kind::LinkToFolder)) => self.folder(Path::new(target)),
            Ok(Some(Kind::Other)) => {
                self.complain(target, "this is a pipe, a socket or a device, not a file")
            }
            Ok(Some(Kind::File)) => self.file(Path::new(target)),
            // Whoever reads it says why that is not possible.
            Err(_) => self.file(Path::new(target)),
            Ok(None) => self.not_there(target, text),
        }
    }

    fn not_there(&mut self, target: &OsStr, text: &str) {
        if let Ok(endpoint) = text.parse::<Endpoint>() {
            return self.endpoint(text, endpoint);
        }
        if !pattern::is_pattern(text) {
            let message = "there is no such file; a server is named HOST:PORT";
            return self.complain(target, message);
        }
        match self.tree.matching(text) {
            Ok(paths) if paths.is_empty() => self.complain(target, "the pattern matches no file"),
            Ok(paths) => paths.iter().for_each(|path| self.matched(path)),
            Err(error) => self.unusable(text, file::unread(&error)),
        }
    }

    /// A folder that a pattern matches was not meant, unless `-r` says so.
    fn matched(&mut self, path: &Path) {
        match self.tree.kind(path) {
            Ok(Some(Kind::Folder | Kind::LinkToFolder)) if self.recursive => self.folder(path),
            Ok(Some(Kind::Folder | Kind::LinkToFolder)) => {}
            Ok(_) | Err(_) => self.file(path),
        }
    }

    fn url(&mut self, text: &str, scheme: &str, rest: &str) {
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let host = authority.rsplit('@').next().unwrap_or_default();
        if !scheme.eq_ignore_ascii_case("https") {
            let message = "only https addresses have a certificate";
            return self.complain(OsStr::new(text), message);
        }
        let endpoint = host.parse().or_else(|_| format!("{host}:443").parse());
        match endpoint {
            Ok(endpoint) => self.endpoint(text, endpoint),
            Err(_) => self.complain(OsStr::new(text), "the address names no server"),
        }
    }

    fn endpoint(&mut self, text: &str, endpoint: Endpoint) {
        if self.seen.insert(PathBuf::from(text)) {
            let shown = text.to_owned();
            self.sources.list.push(Source::Endpoint { shown, endpoint });
        }
    }

    fn file(&mut self, path: &Path) {
        if self.seen.insert(path.to_owned()) {
            self.sources.list.push(Source::File {
                path: path.to_owned(),
                in_folder: false,
            });
        }
    }

    fn folder(&mut self, folder: &Path) {
        let first = self.sources.list.len();
        self.descend(folder);
        self.sources.list.push(Source::FolderEnd {
            folder: folder.to_owned(),
            first,
        });
    }

    fn descend(&mut self, top: &Path) {
        let mut waiting = vec![top.to_owned()];
        while let Some(folder) = waiting.pop() {
            let entries = match self.tree.list(&folder) {
                Ok(entries) => entries,
                Err(error) => {
                    self.unusable(&shown(&folder), file::unread(&error));
                    continue;
                }
            };
            let mut folders = Vec::new();
            for (name, kind) in entries {
                let path = folder.join(name);
                match kind {
                    Kind::Folder if self.recursive => folders.push(path),
                    Kind::Folder | Kind::LinkToFolder => {}
                    Kind::File | Kind::Other if promises_certificates(&path) => {
                        self.sources.list.push(Source::File {
                            path,
                            in_folder: true,
                        });
                    }
                    Kind::File | Kind::Other => self.sources.skipped += 1,
                }
            }
            waiting.extend(folders.into_iter().rev());
        }
    }

    fn complain(&mut self, target: &OsStr, message: &str) {
        let shown = shown(Path::new(target));
        let finding = Finding::new(Code::Unreadable, format!("{shown}: {message}"));
        self.unusable(&shown, finding);
    }

    fn unusable(&mut self, shown: &str, finding: Finding) {
        self.sources.list.push(Source::Unusable {
            shown: shown.to_owned(),
            finding,
        });
    }
}

/// Certificates, or a key, where a list belongs. Its lines are no names, and must not be repeated.
fn is_no_list(text: &[u8]) -> bool {
    let is_pem = text.windows(11).any(|window| window == b"-----BEGIN ");
    let is_blank = |byte: &u8| matches!(byte, b'\t' | b'\n' | b'\r');
    is_pem
        || text
            .iter()
            .any(|byte| byte.is_ascii_control() && !is_blank(byte))
}

fn promises_certificates(path: &Path) -> bool {
    path.extension().is_some_and(|extension| {
        PROMISING
            .iter()
            .any(|known| extension.eq_ignore_ascii_case(known))
    })
}
