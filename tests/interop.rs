//! Keystores between dhtls, openssl, keytool and JVMs of several ages: each reads what the others wrote.
#![allow(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

mod support;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use support::authority::Pair;
use support::java::{Java, javas};
use support::live::{HOST, Live, assert_same};
use support::program::{self, run, wait_for};
use support::staged::{self, Staged};
use support::webapi::{self, Behaviour, KEYSTORE, LOG, PASSPHRASE_FILE};

/// Of 1, 9 and 30 letters: readers differ in what they make of a long name.
const ALIASES: [&str; 3] = ["a", "abcdefghi", "abcdefghijklmnopqrstuvwxyz1234"];

/// The Java that cannot read modern keystores.
const TOO_OLD: &str = "11.0.5";

/// What keytool calls a fingerprint.
fn with_colons(sha256: &str) -> String {
    let pairs: Vec<&str> = (0..32).map(|i| &sha256[2 * i..2 * i + 2]).collect();
    pairs.join(":").to_uppercase()
}

/// An RSA or a P-256 pair in `/NAME.crt` and `/NAME.key`.
fn pair(staged: &Staged, kind: &str) -> Pair {
    let pair = match kind {
        "rsa" => staged.authority.rsa_pair(&[HOST]),
        _ => staged.authority.pair(&[HOST]),
    };
    pair.write(&staged.scratch, kind);
    pair
}

fn every_java_lists(profile: &str) {
    let staged = Staged::new();
    for (alias, kind) in ALIASES.into_iter().zip(["rsa", "ec", "rsa"]) {
        let pair = pair(&staged, kind);
        staged.remove_keystore();
        let line =
            format!("--crt /{kind}.crt --key /{kind}.key --alias {alias} --profile {profile}");
        staged.install(&line).exits(0);
        staged.assert_holds(&pair, alias);
        let passphrase = staged.scratch.path("passphrase");
        assert_eq!(staged::profile(&staged.keystore(), &passphrase), profile);
        let javas = javas();
        for (index, java) in javas.iter().enumerate() {
            // The oldest and the newest look at every alias, those between at the longest.
            if alias != ALIASES[2] && index != 0 && index + 1 != javas.len() {
                continue;
            }
            let listed = java.list_keystore(&staged.keystore(), &passphrase);
            let text = String::from_utf8_lossy(&listed.stdout);
            if profile == "modern" && java.version == TOO_OLD {
                assert!(text.contains("keystore password was incorrect"), "{text}");
                continue;
            }
            for words in [
                "Your keystore contains 1 entry\n",
                &format!("Alias name: {alias}\n"),
                "Entry type: PrivateKeyEntry\n",
                "Certificate chain length: 2\n",
                &with_colons(&pair.sha256),
            ] {
                assert!(text.contains(words), "{java:?}: no {words:?} in {text}");
            }
        }
    }
}

#[test]
fn every_java_lists_a_java8_keystore() {
    every_java_lists("java8");
}

#[test]
fn every_java_but_the_too_old_one_lists_a_modern_keystore() {
    every_java_lists("modern");
}

/// The leaf that a JVM serves from the staged keystore; `None` when it ends instead.
fn served_by(java: &Java, staged: &Staged) -> Option<String> {
    let port = webapi::free_port();
    let text = format!(
        "WebServer.tls.keystore={}\nWebServer.tls.passphrase.file={}\nWebapi.server.port={port}\n",
        staged.keystore().display(),
        staged.scratch.text(PASSPHRASE_FILE)
    );
    let properties = staged.scratch.write("jvm.prop", text);
    let mut jvm = Command::new(&java.program)
        .args(["-Xshare:auto", "-XX:TieredStopAtLevel=1", "-cp"])
        .args([webapi::classes(), Path::new("WebApi"), &properties])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let served = wait_for("a JVM to serve or to end", || {
        let ended = jvm.try_wait().unwrap().is_some();
        let leaf = program::served_leaf(&format!("127.0.0.1:{port}"));
        (ended || leaf.is_some()).then_some(leaf)
    });
    let _ = jvm.kill();
    jvm.wait().unwrap();
    served
}

fn every_java_serves(profile: &str) {
    let staged = Staged::new();
    for kind in ["rsa", "ec"] {
        let pair = pair(&staged, kind);
        let line = format!("--crt /{kind}.crt --key /{kind}.key --profile {profile}");
        staged.install(&line).exits(0);
        for java in javas() {
            let readable = profile == "java8" || java.version != TOO_OLD;
            // The oldest wheel comes without elliptic curves.
            let modules = run(&java.program, &["--list-modules"]);
            let usable = kind == "rsa" || modules.contains("jdk.crypto.ec");
            let expected = (readable && usable).then(|| pair.sha256.clone());
            if usable {
                assert_eq!(served_by(&java, &staged), expected, "{java:?} {kind}");
            }
        }
    }
}

#[test]
fn every_java_serves_a_java8_keystore() {
    every_java_serves("java8");
}

#[test]
fn every_java_but_the_too_old_one_serves_a_modern_keystore() {
    every_java_serves("modern");
}

#[test]
fn auto_takes_what_the_java_of_the_settings_reads() {
    let Some(live) = Live::new(Behaviour::Honest) else {
        return;
    };
    live.server.settings();
    live.set("log = ", "java = \"\"\nlog = ");
    let mut so_far = String::from("java = \"\"");
    live.pair("new");
    for java in javas() {
        let setting = format!("java = {:?}", java.program);
        live.set(&so_far, &setting);
        so_far = setting;
        let (wanted, other) = match java.version.as_str() {
            TOO_OLD => ("java8", "modern"),
            _ => ("modern", "java8"),
        };
        // The family of the keystore that is there must not decide.
        live.install("new", &format!("--no-restart --profile {other}"))
            .exits(0);
        assert_eq!(live.profile(), other);
        live.install("new", "--no-restart").exits(0);
        assert_eq!(live.profile(), wanted, "{java:?}");
    }
}

#[test]
fn a_keystore_that_the_services_java_cannot_read_is_taken_back_and_its_log_says_why() {
    let Some(java) = javas().into_iter().find(|java| java.version == TOO_OLD) else {
        return;
    };
    let Some(mut live) = Live::new(Behaviour::Honest) else {
        return;
    };
    let first = live.authority.rsa_pair(&[HOST]);
    live.server = webapi::WebApiServer::with_java(&first, Behaviour::Honest, &java.program);
    live.scratch().write("ca.crt", live.authority.root());
    live.server.start();
    live.server.settings();
    let new = live.authority.rsa_pair(&[HOST]);
    new.write(live.scratch(), "new");
    let files = live.files();
    let failed = live.install("new", "--profile modern").exits(1);
    let why = format!(
        "every file was put back as it was and web_api_service restarted\n  {} says:\n",
        live.scratch().text(LOG)
    );
    assert!(failed.stderr.contains(&why), "{failed:?}");
    assert!(
        failed
            .stderr
            .contains("java.io.IOException: keystore password was incorrect")
    );
    assert_same(&files, &live.files());
    assert_eq!(live.server.served().unwrap(), first.sha256);
    // auto asks the Java that runs.
    live.install("new", "").exits(0);
    assert_eq!(live.profile(), "java8");
    assert_eq!(live.server.served().unwrap(), new.sha256);
}

/// Copies an entry into a keystore, new or not, as keytool does it.
fn import(staged: &Staged, from: &Path, to: &Path, alias: &str, flags: &[&str]) {
    let passphrase = staged.scratch.text("passphrase");
    let (from, to) = (from.to_str().unwrap(), to.to_str().unwrap());
    let line = [
        "-J-XX:TieredStopAtLevel=1",
        "-importkeystore",
        "-noprompt",
        "-srckeystore",
        from,
        "-srcalias",
        "webapi",
        "-srcstorepass:file",
        &passphrase,
        "-destkeystore",
        to,
        "-destalias",
        alias,
        "-deststorepass:file",
        &passphrase,
    ];
    run("keytool", &[&line[..], flags].concat());
}

const PKCS12: [&str; 2] = ["-deststoretype", "PKCS12"];

#[test]
fn a_keystore_of_openssl_or_keytool_with_the_same_content_is_left_alone_and_another_is_replaced() {
    let staged = Staged::new();
    let (same, other) = (staged.pair("same"), staged.pair("other"));
    let source = staged.scratch.path("source.p12");
    staged.export(&same, &source, &["-name", "webapi"]);
    for alias in ALIASES {
        let name = ["-name", alias];
        let java8 = [
            "-keypbe",
            "PBE-SHA1-3DES",
            "-certpbe",
            "PBE-SHA1-3DES",
            "-macalg",
            "sha1",
        ];
        let legacy = [&PKCS12[..], &["-J-Dkeystore.pkcs12.legacy"]].concat();
        let makers: [(&str, &dyn Fn()); 5] = [
            ("modern", &|| {
                staged.export(&same, &staged.keystore(), &name)
            }),
            ("java8", &|| {
                staged.export(
                    &same,
                    &staged.keystore(),
                    &[&name[..], &["-legacy"]].concat(),
                );
            }),
            ("java8", &|| {
                staged.export(&same, &staged.keystore(), &[&name[..], &java8].concat());
            }),
            ("modern", &|| {
                import(&staged, &source, &staged.keystore(), alias, &PKCS12)
            }),
            ("java8", &|| {
                import(&staged, &source, &staged.keystore(), alias, &legacy)
            }),
        ];
        for (index, (profile, make)) in makers.into_iter().enumerate() {
            staged.remove_keystore();
            make();
            support::scratch::set_mode(&staged.keystore(), 0o440);
            let flags = format!("--alias {alias} --profile {profile}");
            let line = |name: &str| format!("--crt /{name}.crt --key /{name}.key {flags}");
            // The properties are set by the first run of all.
            staged.install(&line("same")).exits(0);
            let touched = staged.touched();
            let unchanged = staged.install(&line("same")).exits(0).stdout;
            let found = format!("{alias} {profile} {index}: {unchanged}");
            assert!(
                unchanged.contains(&format!("/{KEYSTORE} unchanged, ")),
                "{found}"
            );
            assert!(
                !staged.scratch.path(&format!("{KEYSTORE}.ORG")).exists(),
                "{found}"
            );
            assert_same(&touched, &staged.touched());

            let original = fs::read(staged.keystore()).unwrap();
            staged.install(&line("other")).exits(0);
            staged.assert_holds(&other, alias);
            assert_eq!(staged.scratch.read(&format!("{KEYSTORE}.ORG")), original);
        }
    }
}

#[test]
fn other_entries_damage_a_wrong_passphrase_and_an_old_format_are_four_errors() {
    let staged = Staged::new();
    let (old, new) = (staged.pair("old"), staged.pair("new"));
    let source = staged.scratch.path("source.p12");
    staged.export(&old, &source, &["-name", "webapi"]);
    let path = staged.keystore();
    let cases: [(&str, &str, &dyn Fn()); 4] = [
        (
            "has other entries, which would be lost: spare",
            "--allow other-entries",
            &|| {
                import(&staged, &source, &path, "webapi", &PKCS12);
                import(&staged, &source, &path, "spare", &PKCS12);
            },
        ),
        ("is damaged: ", "--allow damaged-keystore", &|| {
            let bytes = fs::read(&source).unwrap();
            fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
        }),
        (
            "the passphrase does not open the keystore ",
            "--allow damaged-keystore",
            &|| {
                let flags = ["-name", "webapi", "-passout", "pass:another"];
                staged.export(&old, &path, &flags);
            },
        ),
        (
            "the JKS format is not supported",
            "--allow damaged-keystore",
            &|| {
                import(
                    &staged,
                    &source,
                    &path,
                    "webapi",
                    &["-deststoretype", "JKS"],
                );
            },
        ),
    ];
    for (problem, way_out, make) in cases {
        staged.remove_keystore();
        make();
        let touched = staged.touched();
        let line = "--crt /new.crt --key /new.key --profile modern";
        let refused = staged.install(line).exits(1).prints("");
        assert!(refused.stderr.contains(problem), "{problem}: {refused:?}");
        assert!(refused.stderr.contains(way_out), "{problem}: {refused:?}");
        assert_same(&touched, &staged.touched());
        let original = fs::read(&path).unwrap();
        staged.install(&format!("{line} {way_out}")).exits(0);
        staged.assert_holds(&new, "webapi");
        assert_eq!(staged.scratch.read(&format!("{KEYSTORE}.ORG")), original);
    }
}
