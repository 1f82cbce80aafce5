//! PKCS#12 files that others have made: whether each opens with a passphrase, and what is in it, as dhtls,
//! Java and OpenSSL see it.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use crate::other_readers::{JavaReader, openssl};
use crate::pinned::{Found, assert_table};
use crate::support::java::{installed, javas};
use crate::support::scratch::Scratch;
use crate::wheel::{Vector, Wheel};
use crate::{Dhtls, on_all_cores};

/// Differences between dhtls and each of the others.
const TABLE: &str = "testdata/vectors/keystores.txt";

/// With what the suite has made them, and a wrong one.
const PASSPHRASES: [&str; 4] = ["password", "cryptography", "", "nonsense"];

/// Reads no keystore with AES.
const OLD_JAVA: &str = "11.0.5";

/// The same for all reasons: an old Java takes what it does not know for a wrong passphrase, or not.
const CLOSED: &str = "does not open";

/// One file with one passphrase.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    pub(crate) file: Vector,
    pub(crate) passphrase: &'static str,
}

impl Attempt {
    fn name(&self, reader: &str) -> String {
        format!("{} {:?} {reader}", self.file.name, self.passphrase)
    }
}

/// What dhtls says of one attempt.
#[derive(Clone, Debug)]
struct Own {
    /// Entries and certificates in Java's words, or why it does not open.
    verdict: String,
    /// Who reads it, in the words of dhtls.
    java: String,
    openssl: String,
}

/// PKITS has one passphrase for all.
fn attempts(files: &[Vector]) -> Vec<Attempt> {
    let mut attempts = Vec::new();
    for passphrase in PASSPHRASES {
        let asked = files.iter().filter(|file| {
            !file.is_of_pkits() || passphrase == "password" || passphrase == "nonsense"
        });
        attempts.extend(asked.map(|file| Attempt {
            file: file.clone(),
            passphrase,
        }));
    }
    attempts
}

/// A run of dhtls for each passphrase.
fn own(dhtls: &Dhtls, attempts: &[Attempt]) -> Vec<Own> {
    let scratch = Scratch::new();
    let mut found = HashMap::new();
    let runs = on_all_cores(&PASSPHRASES, |passphrase| {
        let file = scratch.write(&format!("of-{passphrase}"), format!("{passphrase}\n"));
        let mut run = dhtls.command("show", &scratch);
        run.arg("--passphrase-file").arg(file);
        let files = attempts.iter().filter(|it| it.passphrase == *passphrase);
        run.args(files.map(|it| &it.file.path));
        let output = run.output().unwrap();
        let report: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {output:?}"));
        (*passphrase, report)
    });
    for (passphrase, report) in &runs {
        let of = |row: &Value| (row["source"].as_str().unwrap().to_owned(), *passphrase);
        for source in report["sources"].as_array().unwrap() {
            found.insert(of(source), of_source(source));
        }
        // A closed keystore has both: what can be told without a passphrase, and why it is closed.
        for error in report["errors"].as_array().unwrap() {
            let closed = found.entry(of(error)).or_insert_with(Own::unknown);
            closed.verdict = reason(error["message"].as_str().unwrap());
        }
    }
    let of = |it: &Attempt| found[&(it.file.text_path().to_owned(), it.passphrase)].clone();
    attempts.iter().map(of).collect()
}

impl Own {
    fn unknown() -> Self {
        Self {
            verdict: String::new(),
            java: String::new(),
            openssl: String::new(),
        }
    }

    fn opens(&self) -> bool {
        self.verdict.starts_with("opens")
    }

    /// What a Java of today has to say, if dhtls is right.
    fn of_java(&self) -> String {
        if !self.opens() || !self.java.starts_with("none: a key in it is not encrypted") {
            return self.verdict.clone();
        }
        let entries = self.verdict.split(' ').skip(1);
        let others: Vec<&str> = entries.filter(|it| !it.starts_with("key:")).collect();
        format!("opens: {}", others.join(" "))
    }

    /// What one that reads no AES has to say.
    fn of_old_java(&self) -> String {
        match self.opens() && !self.java.starts_with("Java 8u301") {
            true => self.of_java(),
            false => CLOSED.to_owned(),
        }
    }

    fn of_openssl(&self) -> String {
        match self.opens() {
            true if self.openssl == "yes" => "opens".to_owned(),
            true => "fails: unsupported".to_owned(),
            false => self.verdict.clone(),
        }
    }
}

fn reason(message: &str) -> String {
    match message.contains("does not open the keystore") {
        true => "wrong passphrase".to_owned(),
        false => format!("fails: {message}"),
    }
}

fn of_source(source: &Value) -> Own {
    let keystore = &source["keystore"];
    let sha256 = |number: &Value| {
        let certificates = source["certificates"].as_array().unwrap();
        let mut with_number = certificates.iter().filter(|it| it["number"] == *number);
        with_number.next().unwrap()["sha256"].as_str().unwrap()[..16].to_owned()
    };
    let entries = keystore["entries"].as_array().unwrap().iter().map(|entry| {
        let numbers = entry["certificates"].as_array().unwrap().iter();
        let certificates: Vec<String> = numbers.map(sha256).collect();
        let kind = entry["kind"].as_str().unwrap().replace("trusted ", "");
        let alias = entry["alias"]
            .as_str()
            .unwrap()
            .to_lowercase()
            .replace(' ', "_");
        format!("{kind}:{alias}:{}", certificates.join(","))
    });
    let mut entries: Vec<String> = entries.collect();
    entries.sort();
    Own {
        verdict: format!("opens: {}", entries.join(" ")),
        java: keystore["java"].as_str().unwrap().to_owned(),
        openssl: keystore["openssl"].as_str().unwrap().to_owned(),
    }
}

#[test]
fn keystores_of_others_open_as_in_java_and_openssl() {
    let Some(wheel) = Wheel::find() else {
        return;
    };
    let attempts = attempts(&wheel.files(&[".p12"]));
    let own = own(&Dhtls::ours(), &attempts);
    let mut found = BTreeMap::new();
    let mut compare = |reader: &str, verdicts: Vec<String>, expected: &dyn Fn(&Own) -> String| {
        for ((attempt, own), verdict) in attempts.iter().zip(&own).zip(verdicts) {
            let expected = expected(own);
            let differs = expected != verdict;
            let verdict = format!("dhtls {expected}, {reader} {verdict}");
            // A keystore may open and be empty.
            let verdict = verdict.trim_end().to_owned();
            found.insert(attempt.name(reader), Found { verdict, differs });
        }
    };
    let reader = JavaReader::compiled();
    compare(
        "java",
        reader.verdicts(&installed(), &attempts),
        &Own::of_java,
    );
    // What dhtls says about who reads a keystore is held against an old Java and OpenSSL.
    if let Some(java) = javas().iter().find(|java| java.version == OLD_JAVA) {
        let verdicts = reader.verdicts(&java.program, &attempts).into_iter();
        let opened = verdicts.map(|verdict| match verdict.starts_with("opens") {
            true => verdict,
            false => CLOSED.to_owned(),
        });
        compare("old-java", opened.collect(), &Own::of_old_java);
    }
    compare(
        "openssl",
        on_all_cores(&attempts, openssl),
        &Own::of_openssl,
    );
    assert!(own.iter().filter(|own| own.opens()).count() > 60);
    assert_table(TABLE, &found, |subject| found.contains_key(subject));
    let differ = found.values().filter(|found| found.differs).count();
    eprintln!(
        "keystores: {} verdicts, {differ} differ as pinned",
        found.len()
    );
}
