//! Certificates that others have made: names, number, dates and self-signedness as dhtls and OpenSSL see
//! them.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use crate::openssl_view::{View, view};
use crate::pinned::{Found, assert_table};
use crate::support::scratch::Scratch;
use crate::wheel::{Vector, Wheel};
use crate::{Dhtls, on_all_cores};

const TABLE: &str = "testdata/vectors/certificates.txt";

/// What `dhtls show` says of the first certificate of each file, by path; files without are missing.
fn own(dhtls: &Dhtls, files: &[Vector]) -> HashMap<String, View> {
    let scratch = Scratch::new();
    let mut run = dhtls.command("show", &scratch);
    let output = run
        .args(files.iter().map(|file| &file.path))
        .output()
        .unwrap();
    let report: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {output:?}"));
    let sources = report["sources"].as_array().unwrap().iter();
    let views = sources.filter_map(|source| {
        let first = source["certificates"].as_array()?.first()?;
        Some((source["source"].as_str()?.to_owned(), own_view(first)))
    });
    views.collect()
}

fn own_view(certificate: &Value) -> View {
    let text = |name: &str| match &certificate[name] {
        Value::String(text) => text.clone(),
        Value::Array(list) => {
            let texts: Vec<&str> = list.iter().map(|one| one.as_str().unwrap()).collect();
            texts.join(" ")
        }
        other => other.to_string(),
    };
    let names = [
        "subject",
        "issuer",
        "serial",
        "not_before",
        "not_after",
        "dns_names",
        "ip_addresses",
        "self_signed",
    ];
    names.into_iter().map(|name| (name, text(name))).collect()
}

/// Whatever the two see differently, a line for each fact.
fn compare(file: &Vector, own: Option<&View>, other: Option<&View>) -> Vec<(String, String)> {
    let readable = |view: Option<&View>| match view {
        Some(_) => "reads it",
        None => "does not",
    };
    let (Some(own), Some(other)) = (own, other) else {
        let verdict = format!("dhtls {}, OpenSSL {}", readable(own), readable(other));
        let same = own.is_none() && other.is_none();
        return match same {
            true => Vec::new(),
            false => vec![(file.name.clone(), verdict)],
        };
    };
    assert!(own.keys().eq(other.keys()), "{own:?} {other:?}");
    let pairs = own.iter().zip(other.values());
    let different = pairs.filter(|((_, own), other)| own != other);
    different
        .map(|((name, own), other)| {
            let verdict = format!("dhtls {own:?}, OpenSSL {other:?}");
            (format!("{} {name}", file.name), verdict)
        })
        .collect()
}

#[test]
fn certificates_of_others_are_seen_as_by_openssl() {
    let Some(wheel) = Wheel::find() else {
        return;
    };
    let files = wheel.files(&[".pem", ".der", ".crt"]);
    let own = own(&Dhtls::ours(), &files);
    let others = on_all_cores(&files, view);
    let mut found = BTreeMap::new();
    let mut read = 0;
    for (file, other) in files.iter().zip(&others) {
        let own = own.get(file.text_path());
        read += usize::from(own.is_some() && other.is_some());
        for (subject, verdict) in compare(file, own, other.as_ref()) {
            let differs = true;
            found.insert(subject, Found { verdict, differs });
        }
    }
    assert!(read > 150, "{read}");
    let is_file = |subject: &str| {
        let name = subject.split(' ').next().unwrap();
        files.iter().any(|file| file.name == name)
    };
    assert_table(TABLE, &found, is_file);
    eprintln!(
        "certificates: {read} seen by both, {} facts differ as pinned",
        found.len()
    );
}

#[test]
fn a_fact_that_differs_is_noticed() {
    let file = Vector {
        name: "one.pem".to_owned(),
        path: "one.pem".into(),
    };
    let one = View::from([("serial", "01".to_owned()), ("subject", "CN=a".to_owned())]);
    let mut other = one.clone();
    assert_eq!(compare(&file, Some(&one), Some(&other)), []);
    assert_eq!(compare(&file, Some(&one), None).len(), 1);
    other.insert("serial", "02".to_owned());
    let told = compare(&file, Some(&one), Some(&other));
    let verdict = "dhtls \"01\", OpenSSL \"02\"".to_owned();
    assert_eq!(told, [("one.pem serial".to_owned(), verdict)]);
}
