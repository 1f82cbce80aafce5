//! A run of dhtls as a transcript: files in, arguments, the whole of stdout and stderr, files out.

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use super::scratch::Scratch;

/// In arguments, files and expected output: the scratch folder's path.
pub(crate) const ROOT: &str = "$ROOT";

/// In expected output: anything up to what follows it on the line.
const ANYTHING: &str = "[..]";

/// One run. stdout and stderr are compared whole, and are empty unless given.
pub(crate) struct Test {
    scratch: Scratch,
    program: PathBuf,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    stdout: String,
    stderr: String,
    files: Vec<(String, Option<Vec<u8>>)>,
}

impl Test {
    pub(crate) fn new() -> Self {
        Self::on(Scratch::new())
    }

    /// Goes on in the folder of an earlier run.
    pub(crate) fn on(scratch: Scratch) -> Self {
        Self {
            scratch,
            program: dhtls(),
            arguments: Vec::new(),
            environment: Vec::new(),
            stdout: String::new(),
            stderr: String::new(),
            files: Vec::new(),
        }
    }

    /// Another program than dhtls: the harness tries itself on a shell.
    pub(crate) fn with_program(mut self, program: &str) -> Self {
        self.program = program.into();
        self
    }

    pub(crate) fn scratch(&self) -> &Scratch {
        &self.scratch
    }

    /// A file that is there before the run.
    pub(crate) fn file(self, name: &str, text: impl AsRef<[u8]>) -> Self {
        match std::str::from_utf8(text.as_ref()) {
            Ok(text) => self.scratch.write(name, self.filled(text)),
            Err(_) => self.scratch.write(name, text),
        };
        self
    }

    /// Arguments without blanks in them, separated by blanks.
    pub(crate) fn args(mut self, arguments: &str) -> Self {
        let filled = arguments.split_whitespace().map(|one| self.filled(one));
        let filled: Vec<_> = filled.collect();
        self.arguments.extend(filled);
        self
    }

    pub(crate) fn arg(mut self, argument: &str) -> Self {
        let filled = self.filled(argument);
        self.arguments.push(filled);
        self
    }

    /// The environment is empty but for `PATH` and what is given here.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        let filled = self.filled(value);
        self.environment.push((name.to_owned(), filled));
        self
    }

    pub(crate) fn stdout(mut self, text: &str) -> Self {
        self.stdout = self.filled(text);
        self
    }

    pub(crate) fn stderr(mut self, text: &str) -> Self {
        self.stderr = self.filled(text);
        self
    }

    /// A file that is there after the run, with this content.
    pub(crate) fn expect_file(mut self, name: &str, text: impl AsRef<[u8]>) -> Self {
        let bytes = match std::str::from_utf8(text.as_ref()) {
            Ok(text) => self.filled(text).into_bytes(),
            Err(_) => text.as_ref().to_vec(),
        };
        self.files.push((name.to_owned(), Some(bytes)));
        self
    }

    /// A file that is not there after the run.
    pub(crate) fn expect_no_file(mut self, name: &str) -> Self {
        self.files.push((name.to_owned(), None));
        self
    }

    /// Runs; the exit status has to be 0.
    pub(crate) fn success(self) -> Scratch {
        self.status(0)
    }

    /// Runs; the exit status has to be 1: refused or failed, and everything as it was.
    pub(crate) fn failure(self) -> Scratch {
        self.status(1)
    }

    /// Runs, and compares everything.
    pub(crate) fn status(self, expected: i32) -> Scratch {
        let output = self.run();
        let (stdout, stderr) = (text(output.stdout), text(output.stderr));
        assert!(
            matches(&self.stdout, &stdout)
                && matches(&self.stderr, &stderr)
                && output.status.code() == Some(expected),
            "{} {}\n--- stdout, expected\n{}--- stdout\n{stdout}--- stderr, expected\n{}--- stderr\n{stderr}--- \
             expected exit status {expected}, got {}",
            self.program.display(),
            self.arguments.join(" "),
            self.stdout,
            self.stderr,
            output.status,
        );
        for (name, expected) in &self.files {
            let path = self.scratch.path(name);
            match expected {
                None => assert!(!path.exists(), "{name} is there"),
                Some(bytes) => assert_eq!(
                    String::from_utf8_lossy(&self.scratch.read(name)),
                    String::from_utf8_lossy(bytes),
                    "{name}"
                ),
            }
        }
        self.scratch
    }

    /// Runs and compares nothing.
    pub(crate) fn run(&self) -> Output {
        Command::new(&self.program)
            .args(&self.arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .current_dir(self.scratch.folder())
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    fn filled(&self, text: &str) -> String {
        text.replace(ROOT, &self.scratch.folder().display().to_string())
    }
}

impl Default for Test {
    fn default() -> Self {
        Self::new()
    }
}

/// The program under test: `DHTLS_BINARY` (a release build, an installed one), else cargo's.
pub(crate) fn dhtls() -> PathBuf {
    std::env::var_os("DHTLS_BINARY")
        .map_or_else(|| env!("CARGO_BIN_EXE_dhtls").into(), PathBuf::from)
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

/// Line by line; `[..]` stands for anything within its line.
pub(crate) fn matches(expected: &str, found: &str) -> bool {
    let (mut expected, mut found) = (expected.split('\n'), found.split('\n'));
    loop {
        match (expected.next(), found.next()) {
            (None, None) => return true,
            (Some(expected), Some(found)) if line_matches(expected, found) => {}
            _ => return false,
        }
    }
}

fn line_matches(expected: &str, found: &str) -> bool {
    let Some((start, rest)) = expected.split_once(ANYTHING) else {
        return expected == found;
    };
    found.strip_prefix(start).is_some_and(|found| {
        (0..=found.len())
            .filter(|index| found.is_char_boundary(*index))
            .any(|index| line_matches(rest, &found[index..]))
    })
}
