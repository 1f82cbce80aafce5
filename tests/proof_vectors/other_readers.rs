//! What Java and OpenSSL say of keystores.

use std::path::PathBuf;

use crate::keystores::Attempt;
use crate::support::program;
use crate::support::scratch::Scratch;

/// A compiled `Keystores.java`, for Javas without a compiler.
pub(crate) struct JavaReader(Scratch);

impl JavaReader {
    pub(crate) fn compiled() -> Self {
        let scratch = Scratch::new();
        let source = scratch.write("Keystores.java", include_str!("Keystores.java"));
        let javac = program::find("javac").expect("no javac: tests/run.sh installs it");
        let folder = scratch.text("/");
        let source = source.to_str().unwrap();
        program::run(javac, &["--release", "11", "-d", &folder, source]);
        Self(scratch)
    }

    /// One JVM for all of them.
    pub(crate) fn verdicts(&self, java: &PathBuf, attempts: &[Attempt]) -> Vec<String> {
        let lines = attempts
            .iter()
            .map(|it| format!("{}\t{}\n", it.file.text_path(), it.passphrase));
        let input: String = lines.collect();
        let folder = self.0.text("/");
        let output = program::output(java, &["-cp", &folder, "Keystores"], &input);
        assert!(output.status.success(), "{output:?}");
        let verdicts = String::from_utf8(output.stdout).unwrap();
        let verdicts: Vec<String> = verdicts.lines().map(str::to_owned).collect();
        assert_eq!(verdicts.len(), attempts.len());
        verdicts
    }
}

/// What `openssl pkcs12` says without its legacy provider.
pub(crate) fn openssl(attempt: &Attempt) -> String {
    let file = attempt.file.text_path();
    let arguments = ["pkcs12", "-in", file, "-passin", "stdin", "-noout"];
    let input = format!("{}\n", attempt.passphrase);
    let output = program::output("openssl", &arguments, &input);
    let said = String::from_utf8_lossy(&output.stderr);
    match output.status.success() {
        true => "opens".to_owned(),
        false if said.contains("Mac verify error") => "wrong passphrase".to_owned(),
        // The algorithm's name comes with it; the rest are places in OpenSSL's source.
        false if said.contains("unsupported") => "fails: unsupported".to_owned(),
        false => format!("fails: {}", said.lines().next().unwrap_or_default()),
    }
}
