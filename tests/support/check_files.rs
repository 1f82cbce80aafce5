//! The folder that the table of `dhtls check` is about: testdata's certificates and keystores in `pki` and
//! `keystores`, `whole/` with an intermediate below those that lack it, and what is made here.

use std::fs;
use std::path::Path;
use std::process::Output;

use super::check::check;
use super::check_certificates::{DAY, Issued, Issuers, Recipe, days};
use super::program::run;
use super::scratch::Scratch;

/// Arguments as of [`DAY`] unless they name another one, with both roots trusted.
pub(crate) fn in_format(format: &str, arguments: &str) -> String {
    let day = match arguments.contains("--at ") {
        true => "",
        false => "--at 2026-03-01T00:00:00Z",
    };
    format!("--format {format} {day} --ca pki/root.pem --ca root.pem {arguments}")
}

/// The same as JSON.
pub(crate) fn as_json(arguments: &str) -> String {
    in_format("json", arguments)
}

/// The folder, with all inputs.
pub(crate) struct Inputs {
    pub(crate) scratch: Scratch,
    pub(super) issuers: Issuers,
}

impl Inputs {
    pub(crate) fn new() -> Self {
        let inputs = Self {
            scratch: Scratch::new(),
            issuers: Issuers::new(),
        };
        inputs.copy("testdata/pki", "pki");
        inputs.copy("testdata/keystores", "keystores");
        inputs.copy("testdata/keystores/source", "source");
        inputs.complete_the_given();
        inputs.write_good();
        inputs.write_dates();
        inputs.write_short_lived_issuers();
        inputs.write_orders();
        inputs.write_faults();
        inputs.write_issuers_faults();
        inputs.write_pairs();
        inputs.write_no_certificates();
        inputs.write_folders();
        inputs.write_special();
        inputs
    }

    /// As [`as_json`] has it.
    pub(crate) fn check(&self, arguments: &str) -> Output {
        check(&self.scratch, &as_json(arguments))
    }

    fn copy(&self, from: &str, to: &str) {
        for entry in fs::read_dir(from).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                let name = path.file_name().unwrap().to_str().unwrap();
                self.put(&format!("{to}/{name}"), fs::read(&path).unwrap());
            }
        }
    }

    fn complete_the_given(&self) {
        let intermediate = self.scratch.read("pki/intermediate.pem");
        for entry in fs::read_dir(self.scratch.path("pki")).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "pem") {
                let name = path.file_name().unwrap().to_str().unwrap();
                let both = [fs::read(&path).unwrap(), intermediate.clone()].concat();
                self.put(&format!("whole/{name}"), both);
            }
        }
    }

    /// Readable for its owner alone, as a file with a key has to be.
    pub(super) fn put(&self, name: &str, bytes: impl AsRef<[u8]>) {
        self.scratch.write_mode(name, bytes, 0o600);
    }

    /// The leaf and what issued it.
    pub(super) fn chain(&self, name: &str, recipe: Recipe<'_>) -> Issued {
        let leaf = self.issuers.issue(recipe);
        self.put(name, [leaf.pem(), self.intermediate()].concat());
        leaf
    }

    pub(super) fn intermediate(&self) -> String {
        self.issuers.intermediate.pem()
    }

    pub(super) fn root(&self) -> String {
        self.issuers.root.pem()
    }

    fn write_pairs(&self) {
        let leaf = self.issuers.issue(Recipe::leaf());
        let chain = [leaf.pem(), self.intermediate()].concat();
        self.put("lighttpd.pem", [&leaf.key_pem(), chain.as_str()].concat());
        let other = [&self.issuers.root.key_pem(), chain.as_str()].concat();
        self.put("other-key.pem", other);
        let until = DAY - days(1);
        let ended = self.issuers.issue(Recipe {
            until,
            ..Recipe::leaf()
        });
        let bundle = [ended.key_pem(), ended.pem(), self.intermediate()];
        self.put("ended-bundle.pem", bundle.concat());
        let path = |name: &str| self.scratch.text(name);
        let export = |input: &str, to: &str, more: &[&str]| {
            let (input, to, words) = (path(input), path(to), format!("file:{}", path("words")));
            let files = ["pkcs12", "-export", "-in", &input, "-out", &to];
            run(
                "openssl",
                &[&files[..], &["-passout", &words], more].concat(),
            );
            super::scratch::set_mode(Path::new(&to), 0o600);
        };
        export("lighttpd.pem", "modern.p12", &["-name", "webapi"]);
        export("ended-bundle.pem", "ended.p12", &[]);
        export("req-x509.pem", "self-signed.p12", &[]);
        let alone = [leaf.key_pem(), leaf.pem()];
        self.put("alone-bundle.pem", alone.concat());
        export("alone-bundle.pem", "alone.p12", &[]);
        let (key, words, locked) = (path("key.pem"), path("words"), path("locked-key.pem"));
        let words = format!("file:{words}");
        let topk8 = [
            "pkcs8", "-topk8", "-in", &key, "-passout", &words, "-out", &locked,
        ];
        run("openssl", &topk8);
    }

    fn write_no_certificates(&self) {
        let half = |name: &str| {
            let bytes = self.scratch.read(name);
            bytes[..bytes.len() / 2].to_vec()
        };
        self.put("half.pem", half("leaf.pem"));
        self.put("half.der", half("pki/leaf.der"));
        self.put("half.p12", half("modern.p12"));
        let chain = self.scratch.read("good.pem");
        self.put("cut-off.pem", &chain[..chain.len() - 100]);
        self.put("empty.pem", "");
        self.put("blank.pem", "\n  \n");
        self.put("junk.pem", "no certificate today\n");
        self.put("binary.pem", [0, 0x30, 0x82, 0xff].repeat(100));
        self.put("page.pem", "<!DOCTYPE html><title>Log in</title>\n");
        const MANY: usize = 10 << 20;
        let noise = (0..MANY).map(|at| u8::try_from(at * at % 251).unwrap());
        self.put("much-junk.pem", noise.collect::<Vec<u8>>());
        let begin = "-----BEGIN CERTIFICATE-----\n";
        self.put("much-begun.pem", begin.repeat(MANY / begin.len()));
        let damaged = format!("{begin}AAAA\n-----END CERTIFICATE-----\n");
        self.put("much-damaged.pem", damaged.repeat(MANY / damaged.len()));
        self.put("very-deep.der", [0x30, 0x80].repeat(MANY / 2));
    }

    /// What is in a folder under which name.
    fn write_folders(&self) {
        for (to, from) in [
            ("folder/a.pem", "good.pem"),
            ("folder/b.crt", "ec.pem"),
            ("folder/c.der", "pki/root.pem"),
            ("folder/README.md", "junk.pem"),
            ("folder/tls.key", "key.pem"),
            ("folder/key.pem", "key.pem"),
            ("folder/below/ended.pem", "ended-yesterday.pem"),
            ("with-junk/good.pem", "good.pem"),
            ("with-junk/junk.pem", "junk.pem"),
            ("with-half/good.pem", "good.pem"),
            ("with-half/half.p12", "half.p12"),
            ("with-ended/good.pem", "good.pem"),
            ("with-ended/ended.cer", "ended-yesterday.pem"),
            ("with-keystore/good.pem", "good.pem"),
            ("with-keystore/store.pfx", "modern.p12"),
            ("keys/key.pem", "key.pem"),
            ("keys/locked.pem", "locked-key.pem"),
            ("others/README.md", "junk.pem"),
            ("others/notes.txt", "good.pem"),
            ("nested/below/good.pem", "good.pem"),
            ("nested/below/deeper/good.p7b", "pki/chain.p7b"),
            ("dangling/good.pem", "good.pem"),
            ("looped/good.pem", "good.pem"),
        ] {
            self.put(to, self.scratch.read(from));
        }
        fs::create_dir(self.scratch.path("nothing")).unwrap();
        fs::create_dir(self.scratch.path("links")).unwrap();
        for (link, target) in [
            ("dangling/gone.pem", "nowhere"),
            ("links/itself.pem", "itself.pem"),
            ("looped/again", "."),
        ] {
            std::os::unix::fs::symlink(target, self.scratch.path(link)).unwrap();
        }
    }

    fn write_special(&self) {
        for name in ["fifo.pem", "with-fifo/fifo.pem"] {
            let path = self.scratch.path(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            run("mkfifo", &[path]);
        }
        self.put("with-fifo/good.pem", self.scratch.read("good.pem"));
        self.put("list", "good.pem\n\nwhole/leaf.pem\n");
        self.put("list-with-missing", "good.pem\nnowhere.pem\n");
        self.put("list-of-nothing", "\n");
    }
}

impl Default for Inputs {
    fn default() -> Self {
        Self::new()
    }
}
