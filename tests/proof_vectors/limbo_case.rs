//! One case of x509-limbo, and what dhtls makes of it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::Dhtls;
use crate::support::scratch::Scratch;

/// Cases without a time of their own are valid for decades around it.
const DAY: &str = "2026-03-01T12:00:00Z";

/// Findings that are no reason for a client to refuse a chain.
const HARMLESS: [&str; 2] = ["chain-order", "expiring"];

pub(crate) struct Case(Value);

impl Case {
    pub(crate) fn id(&self) -> &str {
        self.0["id"].as_str().unwrap()
    }

    /// Whether the suite wants the chain accepted.
    pub(crate) fn is_good(&self) -> bool {
        match self.0["expected_result"].as_str().unwrap() {
            "SUCCESS" => true,
            "FAILURE" => false,
            other => panic!("{}: {other}", self.id()),
        }
    }

    /// Why dhtls refuses the chain, as codes; none: it accepts it.
    ///
    /// Of `dhtls show`: it tells which certificates are on the way from the leaf to the anchor, and only
    /// those count for a client.
    pub(crate) fn refusal(&self, dhtls: &Dhtls, scratch: &Scratch) -> BTreeSet<String> {
        let folder = scratch.path(&self.id().replace("::", "/"));
        self.write(&folder);
        let refusal = codes_on_the_way(&self.run("show", dhtls, &folder, scratch));
        fs::remove_dir_all(folder).unwrap();
        refusal
    }

    /// Whether `dhtls check` finds all well: it judges whatever is in the file.
    pub(crate) fn is_well(&self, dhtls: &Dhtls, scratch: &Scratch) -> bool {
        let folder = scratch.path(&self.id().replace("::", "/"));
        self.write(&folder);
        let checked = self.run("check", dhtls, &folder, scratch);
        fs::remove_dir_all(folder).unwrap();
        checked.status.code() == Some(0)
    }

    /// A key in the file says which certificate is the leaf.
    fn write(&self, folder: &Path) {
        let text = |name: &str| self.0[name].as_str().unwrap_or_default();
        let texts = |name: &str| -> String {
            let list = self.0[name].as_array().unwrap().iter();
            list.map(|text| text.as_str().unwrap()).collect()
        };
        let key = text("peer_certificate_key");
        let leaf = text("peer_certificate");
        let others = texts("untrusted_intermediates");
        fs::create_dir_all(folder).unwrap();
        fs::write(folder.join("bundle.pem"), [key, leaf, &others].concat()).unwrap();
        fs::write(folder.join("anchors.pem"), texts("trusted_certs")).unwrap();
    }

    fn run(&self, command: &str, dhtls: &Dhtls, folder: &Path, scratch: &Scratch) -> Output {
        let mut run = dhtls.command(command, scratch);
        let time = self.0["validation_time"].as_str().unwrap_or(DAY);
        run.arg("--at").arg(time.replace("+00:00", "Z"));
        run.arg("--ca").arg(folder.join("anchors.pem"));
        if let Some(name) = self.0["expected_peer_name"]["value"].as_str() {
            run.args(["--host", name]);
        }
        run.arg(folder.join("bundle.pem")).output().unwrap()
    }
}

/// All cases of a gzipped or bare JSON file.
pub(crate) fn cases(path: &Path) -> Vec<Case> {
    // Reads either: -f passes on what is not compressed.
    let unpacked = Command::new("gzip").arg("-dcf").arg(path).output().unwrap();
    assert!(
        unpacked.status.success(),
        "{}: {unpacked:?}",
        path.display()
    );
    let mut suite: Value = serde_json::from_slice(&unpacked.stdout).unwrap();
    let cases = suite["testcases"].take();
    let Value::Array(cases) = cases else {
        panic!("{}: no list of test cases", path.display());
    };
    cases.into_iter().map(Case).collect()
}

fn codes_on_the_way(shown: &Output) -> BTreeSet<String> {
    let report: Value =
        serde_json::from_slice(&shown.stdout).unwrap_or_else(|error| panic!("{error}: {shown:?}"));
    let [source] = report["sources"].as_array().unwrap().as_slice() else {
        assert_eq!(shown.status.code(), Some(1), "{shown:?}");
        return BTreeSet::from(["unreadable".to_owned()]);
    };
    let list = |value: &Value| value.as_array().unwrap().clone();
    let mut chains = list(&source["chains"]).into_iter();
    let chain = chains
        .find(|chain| chain["links"][0]["number"] == 1)
        .unwrap();
    let numbers: Vec<Value> = list(&chain["links"])
        .iter()
        .map(|link| link["number"].clone())
        .collect();
    let certificates = list(&source["certificates"]).into_iter();
    let on_the_way = certificates.filter(|it| numbers.contains(&it["number"]));
    let mut codes: BTreeSet<String> = on_the_way
        .flat_map(|certificate| list(&certificate["findings"]))
        .map(|finding| finding["code"].as_str().unwrap().to_owned())
        .filter(|code| !HARMLESS.contains(&code.as_str()))
        .collect();
    if !list(&report["errors"]).is_empty() {
        codes.insert("unreadable".to_owned());
    }
    assert!(chain["trusted"] == true || !codes.is_empty(), "{chain:#}");
    codes
}
