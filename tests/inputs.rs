//! Certificates and keys in every encoding that a CA or a colleague sends: the same keystore each time.

mod support;

use std::fs;

use support::authority::Pair;
use support::live::{HOST, assert_same};
use support::program::{fingerprint, output, run};
use support::staged::Staged;
use support::webapi::KEYSTORE;

/// Of encrypted keys and PKCS#12 files; in the first line of `/words`.
const WORDS: &str = "words of the CA";

/// The staged server, a pair, and its parts as files: `leaf`, `intermediate`, `root`, `key`.
struct Inputs {
    staged: Staged,
    pair: Pair,
}

impl Inputs {
    fn new(kind: &str) -> Self {
        let staged = Staged::new();
        let pair = match kind {
            "rsa" => staged.authority.rsa_pair(&[HOST]),
            _ => staged.authority.pair(&[HOST]),
        };
        let write = |name, text: &str| staged.scratch.write_mode(name, text, 0o600);
        write("leaf", &pair.leaf);
        write("intermediate", &pair.intermediate);
        write("root", staged.authority.root());
        write("key", &pair.key);
        write("chain", &format!("{}{}", pair.leaf, pair.intermediate));
        write("words", &format!("{WORDS}\nsecond line\n"));
        Self { staged, pair }
    }

    /// Runs openssl in the scratch folder's files: `%` starts a path.
    fn openssl(&self, line: &str) {
        let root = format!("{}/", self.staged.scratch.folder().display());
        let line: Vec<String> = line
            .split_whitespace()
            .map(|word| word.replace('%', &root))
            .collect();
        run("openssl", &line);
        self.close("made");
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        self.staged.scratch.write_mode(name, bytes, 0o600);
    }

    fn close(&self, name: &str) {
        let path = self.staged.scratch.path(name);
        if path.exists() {
            support::scratch::set_mode(&path, 0o600);
        }
    }

    /// Installs, and has openssl find the pair; what is mended is `said` in a note.
    #[track_caller]
    fn accepts(&self, arguments: &str, said: &str) {
        self.staged.remove_keystore();
        let run = self.staged.install(arguments).exits(0);
        self.staged.assert_holds(&self.pair, "webapi");
        let notes = run.stdout.lines().filter(|line| line.starts_with("note "));
        let notes = notes.collect::<Vec<_>>().join("\n");
        assert_eq!(notes.is_empty(), said.is_empty(), "{arguments}: {notes}");
        assert!(notes.contains(said), "{arguments}: {notes}");
    }

    #[track_caller]
    fn refuses(&self, arguments: &str, problem: &str) {
        let touched = self.staged.touched();
        let run = self.staged.install(arguments).exits(1).prints("");
        assert!(run.stderr.contains(problem), "{arguments}: {run:?}");
        assert_same(&touched, &self.staged.touched());
    }
}

#[test]
fn certificates_come_in_any_encoding_and_order() {
    let inputs = Inputs::new("ec");
    let Pair {
        leaf, intermediate, ..
    } = &inputs.pair;
    let root = inputs.staged.authority.root().to_owned();
    inputs.accepts("--crt /chain --key /key", "");
    inputs.accepts("--crt /leaf --key /key --chain /intermediate", "");

    inputs.openssl("x509 -in %leaf -outform DER -out %made");
    inputs.openssl("x509 -in %intermediate -outform DER -out %between");
    inputs.accepts("--crt /made --key /key --chain /between", "");
    for form in ["PEM", "DER"] {
        inputs.openssl(&format!(
            "crl2pkcs7 -nocrl -certfile %chain -outform {form} -out %made"
        ));
        inputs.accepts("--crt /made --key /key", "");
    }

    let texts: [(&str, String, &str); 9] = [
        (
            "CRLF",
            format!("{leaf}{intermediate}").replace('\n', "\r\n"),
            "CRLF",
        ),
        (
            "BOM",
            format!("\u{feff}{leaf}{intermediate}"),
            "byte order mark",
        ),
        (
            "indented",
            format!("{leaf}{intermediate}").replace('\n', "\n  "),
            "x",
        ),
        (
            "no newline",
            format!("{leaf}{intermediate}").trim_end().to_owned(),
            "x",
        ),
        (
            "text",
            format!("Your certificate:\n{leaf}\nand ours:\n{intermediate}"),
            "x",
        ),
        ("shuffled", format!("{intermediate}{leaf}"), "x"),
        ("root too", format!("{root}{intermediate}{leaf}"), "x"),
        ("twice", format!("{leaf}{intermediate}{leaf}"), "x"),
        ("joined", format!("{}{intermediate}", leaf.trim_end()), "x"),
    ];
    for (name, text, said) in texts {
        inputs.write("made", text);
        inputs.staged.remove_keystore();
        let run = inputs.staged.install("--crt /made --key /key");
        println!("{name}: {said} {run:#?}");
    }
    // Intermediates in a file of their own, with the leaf and the root among them.
    inputs.write("between", format!("{root}{leaf}{intermediate}"));
    let run = inputs
        .staged
        .install("--crt /leaf --key /key --chain /between");
    println!("{run:#?}");
    inputs.refuses("--crt /leaf --key /key", "incomplete-chain: ");
    inputs.refuses("--crt /key --key /key", "x");
    inputs.refuses("--crt /chain --key /leaf", "x");
    inputs.write("made", &leaf[..leaf.len() / 2]);
    inputs.refuses("--crt /made --key /key", "x");
}
