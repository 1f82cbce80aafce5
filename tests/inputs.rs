//! Certificates and keys in every encoding that a CA or a colleague sends: the same keystore each time.
#![allow(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

mod support;

use std::fs;

use support::authority::Pair;
use support::live::{HOST, assert_same};
use support::program::run;
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

    let chain = format!("{leaf}{intermediate}");
    let texts = [
        (
            chain.replace('\n', "\r\n"),
            "/made: mended: Windows line ends",
        ),
        (format!("\u{feff}{chain}"), "/made: mended: byte order mark"),
        (
            chain.replace('\n', "\n  "),
            "/made: mended: blanks before or within lines",
        ),
        (
            chain.trim_end().to_owned(),
            "/made: mended: no newline at the end",
        ),
        (
            format!("Your certificate:\n{chain}"),
            "/made: mended: text around the blocks",
        ),
        (
            format!("{}{intermediate}", leaf.trim_end()),
            "/made: mended: two blocks on one line",
        ),
        (
            format!("{chain}{leaf}"),
            "dhtls test leaf: left out, it is there twice",
        ),
        (
            format!("{chain}{root}"),
            "dhtls test root: left out, clients have the root",
        ),
    ];
    for (text, said) in texts {
        inputs.write("made", text);
        inputs.accepts("--crt /made --key /key", said);
    }
    // Intermediates in a file of their own, with the leaf and the root among them.
    inputs.write("between", format!("{root}{leaf}{intermediate}"));
    inputs.accepts(
        "--crt /leaf --key /key --chain /between",
        "dhtls test root: left out",
    );
}

/// CAs hand out root and intermediates in one file, and clients have the root alone.
#[test]
fn an_intermediate_among_the_trust_anchors_is_sent_and_does_not_end_the_chain() {
    let inputs = Inputs::new("ec");
    let root = inputs.staged.authority.root();
    inputs.write("anchors", format!("{root}{}", inputs.pair.intermediate));
    inputs.accepts("--crt /leaf --key /key --ca /anchors", "");
    inputs.accepts("--crt /leaf --key /key --ca /intermediate", "");
}

#[test]
fn the_wrong_order_is_a_warning_and_put_right() {
    let inputs = Inputs::new("ec");
    let Pair {
        leaf, intermediate, ..
    } = &inputs.pair;
    inputs.write("made", format!("{intermediate}{leaf}"));
    let run = inputs.staged.install("--crt /made --key /key").exits(0);
    let warning = "dhtls: warning: chain-order: the certificates were not in the order leaf, \
                   intermediates; they are put right\n";
    assert!(run.stderr.contains(warning), "{run:?}");
    inputs.staged.assert_holds(&inputs.pair, "webapi");
}

#[test]
fn what_is_missing_swapped_or_cut_off_is_named_and_changes_nothing() {
    let inputs = Inputs::new("ec");
    inputs.refuses(
        "--crt /leaf --key /key",
        "this certificate is refused\n  incomplete-chain: ",
    );
    inputs.refuses(
        "--crt /key --key /key",
        "/key holds a private key, not a certificate\n\
         dhtls: hint: a private key is given as --key; here a certificate is wanted\n",
    );
    inputs.refuses(
        "--crt /chain --key /leaf",
        "/leaf holds no private key, but a certificate\n\
         dhtls: hint: give the certificate as --crt and its key as --key\n",
    );
    let half = |text: &str| text[..text.len() / 2].to_owned();
    inputs.write("made", half(&inputs.pair.leaf));
    inputs.refuses("--crt /made --key /key", "/made");
    inputs.write("made", half(&inputs.pair.key));
    inputs.refuses(
        "--crt /chain --key /made",
        "/made is not a whole private key: cut off or altered",
    );
    inputs.refuses("--crt /chain --key /nowhere", "/nowhere");
    let other = inputs.staged.authority.pair(&[HOST]);
    inputs.write("made", other.key);
    inputs.refuses("--crt /chain --key /made", "key-mismatch: ");
}

/// Forms of one key, all made by openssl: what they are, the command, whether encrypted.
const RSA_KEYS: [(&str, bool); 9] = [
    (
        "pkcs8 -topk8 -nocrypt -in %key -outform DER -out %made",
        false,
    ),
    ("rsa -traditional -in %key -out %made", false),
    ("rsa -traditional -in %key -outform DER -out %made", false),
    (
        "pkcs8 -topk8 -v2 aes256 -passout file:%words -in %key -out %made",
        true,
    ),
    (
        "pkcs8 -topk8 -v2 aes256 -passout file:%words -in %key -outform DER -out %made",
        true,
    ),
    (
        "pkcs8 -topk8 -v2 des3 -passout file:%words -in %key -out %made",
        true,
    ),
    (
        "pkcs8 -topk8 -v1 PBE-SHA1-3DES -passout file:%words -in %key -out %made",
        true,
    ),
    (
        "rsa -traditional -aes128 -passout file:%words -in %key -out %made",
        true,
    ),
    (
        "rsa -traditional -des3 -passout file:%words -in %key -out %made",
        true,
    ),
];

const EC_KEYS: [(&str, bool); 6] = [
    (
        "pkcs8 -topk8 -nocrypt -in %key -outform DER -out %made",
        false,
    ),
    ("ec -in %key -out %made", false),
    ("ec -in %key -outform DER -out %made", false),
    ("ec -aes256 -passout file:%words -in %key -out %made", true),
    ("ecparam -name prime256v1 -out %params", false),
    (
        "pkcs8 -topk8 -v2 aes256 -passout file:%words -in %key -out %made",
        true,
    ),
];

fn keys_come_in(kind: &str, forms: &[(&str, bool)]) {
    let inputs = Inputs::new(kind);
    inputs.accepts("--crt /chain --key /key", "");
    for (line, encrypted) in forms {
        inputs.openssl(line);
        if inputs.staged.scratch.path("params").exists() {
            // As openssl ecparam -genkey writes it: the curve's parameters first.
            inputs.openssl("ec -in %key -out %sec1");
            let text = ["params", "sec1"].map(|name| inputs.staged.scratch.read(name));
            inputs.write("made", text.concat());
            fs::remove_file(inputs.staged.scratch.path("params")).unwrap();
        }
        if *encrypted {
            inputs.refuses(
                "--crt /chain --key /made",
                "the private key /made is encrypted\ndhtls: hint: give --passphrase-file FILE",
            );
            inputs.refuses(
                "--crt /chain --key /made --passphrase-file /chain",
                "the passphrase does not open the private key /made\n",
            );
        }
        let flag = if *encrypted {
            "--passphrase-file /words"
        } else {
            ""
        };
        inputs.accepts(&format!("--crt /chain --key /made {flag}"), "");
    }
    let key = &inputs.pair.key;
    let around = format!("Bag Attributes\n    friendlyName: x\n{key}");
    let among = format!("{}{key}{}", inputs.pair.leaf, inputs.pair.intermediate);
    for (text, said) in [
        (
            key.replace('\n', "\r\n"),
            "/made: mended: Windows line ends",
        ),
        (format!("\u{feff}{key}"), "/made: mended: byte order mark"),
        (
            key.replace('\n', "\n\t "),
            "/made: mended: blanks before or within lines",
        ),
        (around, "/made: mended: text around the blocks"),
        (
            key.trim_end().to_owned(),
            "/made: mended: no newline at the end",
        ),
        (among, ""),
    ] {
        inputs.write("made", text);
        inputs.accepts("--crt /chain --key /made", said);
    }
}

#[test]
fn rsa_keys_come_in_any_encoding_encrypted_or_not() {
    keys_come_in("rsa", &RSA_KEYS);
}

#[test]
fn ec_keys_come_in_any_encoding_encrypted_or_not() {
    keys_come_in("ec", &EC_KEYS);
}

#[test]
fn pkcs12_files_of_a_ca_come_with_new_or_old_algorithms() {
    let inputs = Inputs::new("rsa");
    let old = "-keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES -macalg sha1";
    for algorithms in ["", old, "-legacy"] {
        inputs.openssl(&format!(
            "pkcs12 -export -in %chain -inkey %key -passout file:%words {algorithms} -out %made"
        ));
        inputs.accepts("--pfx /made --passphrase-file /words", "");
        inputs.refuses("--pfx /made", "--passphrase-file FILE");
        inputs.refuses(
            "--pfx /made --passphrase-file /chain",
            "the passphrase does not open the keystore /made\n",
        );
    }
    inputs.openssl("pkcs12 -export -in %chain -inkey %key -passout pass: -out %made");
    inputs.accepts("--pfx /made", "");
    // Without the intermediate, which comes beside it.
    inputs.openssl("pkcs12 -export -in %leaf -inkey %key -passout file:%words -out %made");
    inputs.accepts(
        "--pfx /made --passphrase-file /words --chain /intermediate",
        "",
    );
    let original = format!("{KEYSTORE}.ORG");
    assert!(!inputs.staged.scratch.path(&original).exists());
}
