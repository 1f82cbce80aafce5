//! What the lighttpd of this machine says.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::config::lighttpd::{Configuration, Data, Source, include_path, is_pattern};
use crate::error::LighttpdError;

pub(super) const CRASHED: &str = "lighttpd crashed";

/// A scratch folder with included files and a bundle; the paths of the fixtures lead into it.
pub(super) struct Folder(tempfile::TempDir);

impl Folder {
    pub(super) fn new(included: &[PathBuf]) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        let pair = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let bundle = [pair.signing_key.serialize_pem(), pair.cert.pem()].concat();
        fs::write(folder.path("lighttpd.pem"), bundle).unwrap();
        for source in included {
            let target = folder.path(source.file_name().unwrap().to_str().unwrap());
            fs::create_dir(&target).unwrap();
            for entry in fs::read_dir(source).unwrap() {
                let path = entry.unwrap().path();
                let bytes = folder.localized(&fs::read(&path).unwrap());
                fs::write(target.join(path.file_name().unwrap()), bytes).unwrap();
            }
        }
        folder
    }

    pub(super) fn include(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// With the fixtures' paths leading here.
    fn localized(&self, bytes: &[u8]) -> Vec<u8> {
        let here = self.0.path().to_str().unwrap().as_bytes();
        let bytes = replaced(bytes, b"/etc/ssl/private", here);
        replaced(&bytes, b"/srv/cus", here)
    }

    fn written(&self, bytes: &[u8]) -> PathBuf {
        let path = self.path("lighttpd.conf");
        fs::write(&path, self.localized(bytes)).unwrap();
        path
    }

    /// Whether lighttpd would start.
    pub(super) fn judge(&self, bytes: &[u8]) -> Result<(), String> {
        let output = run("-tt", &self.written(bytes));
        match output.status.success() {
            true => Ok(()),
            false => Err(said(&output)),
        }
    }

    /// The settings that lighttpd reads, as it prints them.
    pub(super) fn printed(&self, bytes: &[u8]) -> Result<String, String> {
        let output = run("-p", &self.written(bytes));
        match output.status.success() {
            true => Ok(output.stdout.iter().map(|byte| char::from(*byte)).collect()),
            // 1.4.69 now and then breaks its own memory while it prints.
            false if output.status.code().is_none() => Err(CRASHED.to_owned()),
            false => Err(said(&output)),
        }
    }

    /// Fails unless lighttpd prints every setting that we know, with our value.
    pub(super) fn compare(&self, bytes: &[u8], name: &str) {
        let printed = self.printed(bytes);
        let printed = printed.unwrap_or_else(|why| panic!("{name}: {why}"));
        let ours = self.ours(bytes);
        let ours = ours.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(disagreement(&ours, &printed), None, "{name}: {printed}");
    }

    /// Every setting, those of conditions behind the global ones.
    pub(super) fn ours(&self, bytes: &[u8]) -> Result<Vec<Setting>, LighttpdError> {
        let path = self.path("lighttpd.conf");
        let main = Source {
            path: path.clone(),
            bytes: self.localized(bytes),
        };
        let configuration = Configuration::load(main, |name| {
            Ok::<_, LighttpdError>(included(&include_path(&path, name)))
        })?;
        let scopes = configuration.state.scopes.iter().enumerate();
        let settings = scopes.flat_map(|(scope, it)| it.values.iter().map(move |it| (scope, it)));
        let settings = settings.map(|(scope, (key, entry))| Setting {
            is_global: scope == 0,
            key: String::from_utf8_lossy(key).into_owned(),
            value: entry.data.is_known().then(|| print(&entry.data)),
        });
        Ok(settings.collect())
    }
}

/// A setting as lighttpd prints it, key in lower case, without blanks outside of strings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Setting {
    pub(super) is_global: bool,
    pub(super) key: String,
    /// None: not known.
    pub(super) value: Option<String>,
}

fn included(path: &Path) -> Vec<Source> {
    let mut paths = vec![path.to_owned()];
    if is_pattern(path.to_str().unwrap()) {
        let found = fs::read_dir(path.parent().unwrap()).into_iter().flatten();
        paths = found.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
    }
    let read = |path: PathBuf| {
        let bytes = fs::read(&path).ok()?;
        Some(Source { path, bytes })
    };
    paths.into_iter().filter_map(read).collect()
}

fn run(flag: &str, path: &Path) -> Output {
    let system = std::env::var("PATH").unwrap_or_default();
    let mut command = Command::new("lighttpd");
    // Debian keeps it where a plain user does not look.
    command.env("PATH", format!("{system}:/usr/local/sbin:/usr/sbin"));
    command.arg(flag).arg("-f").arg(path).stdin(Stdio::null());
    command.output().expect("lighttpd is installed")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut result = Vec::new();
    let mut rest = bytes;
    while let Some((first, behind)) = rest.split_first() {
        match rest.strip_prefix(from) {
            Some(behind) => {
                result.extend_from_slice(to);
                rest = behind;
            }
            None => {
                result.push(*first);
                rest = behind;
            }
        }
    }
    result
}

/// What `-p` prints. Read without the lexer of the product: this is what it is compared to.
fn settings(printed: &str) -> Vec<Setting> {
    let mut settings = Vec::new();
    let mut current = String::new();
    let (mut is_global, mut in_string, mut depth, mut escaped) = (true, false, 0, false);
    let mut in_comment = false;
    for c in printed.trim_start_matches("config {").chars() {
        // 1.4.59 counts the entries of a list in a comment within it.
        in_comment = c != '\n' && (in_comment || c == '#' && !in_string && depth > 0);
        match c {
            _ if in_comment => continue,
            '"' if !escaped => in_string = !in_string,
            '(' if !in_string => depth += 1,
            ')' if !in_string => depth -= 1,
            '$' if !in_string => is_global = false,
            '{' | '}' if !in_string => {
                current.clear();
                continue;
            }
            '\n' if !in_string && depth == 0 => {
                let line = std::mem::take(&mut current);
                let found = line
                    .split_once('=')
                    .filter(|(key, _)| !key.starts_with('#'));
                settings.extend(found.map(|(key, value)| Setting {
                    is_global,
                    key: key.to_lowercase(),
                    value: Some(value.replace(",)", ")")),
                }));
                continue;
            }
            ' ' | '\n' if !in_string => continue,
            _ => {}
        }
        escaped = in_string && c == '\\';
        current.push(c);
    }
    settings
}

/// The first of our settings that lighttpd does not print as often, or of its own that we do not have.
pub(super) fn disagreement(ours: &[Setting], printed: &str) -> Option<Setting> {
    let theirs = settings(printed);
    let known = ours.iter().filter(|it| it.value.is_some());
    let count = |list: &[Setting], it: &Setting| list.iter().filter(|other| *other == it).count();
    let mut lost = known.filter(|it| count(&theirs, it) != count(ours, it));
    let named = |it: &&Setting| {
        let mut same = ours.iter();
        same.any(|our| our.key == it.key && our.is_global == it.is_global)
    };
    // The fixtures' include_shell sets nothing else.
    let mut printed = theirs.iter().filter(|it| !it.key.starts_with("shell."));
    let unnamed = printed.find(|it| !named(it));
    lost.next().or(unnamed).cloned()
}

/// As lighttpd prints it, without blanks.
fn print(data: &Data) -> String {
    let quoted = |text: &[u8]| {
        let text: String = text.iter().map(|byte| char::from(*byte)).collect();
        format!("\"{}\"", text.replace('"', "\\\""))
    };
    match data {
        Data::Integer(number) => number.to_string(),
        Data::List(list) => {
            let elements = list.iter().map(|(name, value)| match name {
                Some(name) => format!("{}=>{}", quoted(name), print(value)),
                None => print(value),
            });
            format!("({})", elements.collect::<Vec<_>>().join(","))
        }
        Data::Text(text) => quoted(text),
        Data::Unknown => "?".to_owned(),
    }
}
