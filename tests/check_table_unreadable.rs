//! Whatever `dhtls check` was told of and could not read and judge is UNKNOWN by name, never OK.
#![allow(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

mod support;

use support::check::{assert_table, check, check_with, rows, verdict};
use support::check_files::{Inputs, as_json};

/// NAME | ARGUMENTS | STATUS | CODES. No certificate of these is read.
const NOTHING_READ: &str = "
empty                         | empty.pem                       | UNKNOWN | unreadable
blank                         | blank.pem                       | UNKNOWN | unreadable
a line of text                | junk.pem                        | UNKNOWN | unreadable
binary                        | binary.pem                      | UNKNOWN | unreadable
a web page                    | page.pem                        | UNKNOWN | unreadable
half a PEM                    | half.pem                        | UNKNOWN | unreadable
half a DER                    | half.der                        | UNKNOWN | unreadable
half a PKCS#12                | half.p12                        | UNKNOWN | unreadable
10 MB of junk                 | much-junk.pem                   | UNKNOWN | unreadable
10 MB of begun blocks         | much-begun.pem                  | UNKNOWN | unreadable
10 MB of damaged blocks       | much-damaged.pem                | UNKNOWN | unreadable
10 MB of nested sequences     | very-deep.der                   | UNKNOWN | unreadable
a key                         | key.pem                         | UNKNOWN | unreadable
an encrypted key              | locked-key.pem                  | UNKNOWN | unreadable
an encrypted key, opened      | --passphrase-file words locked-key.pem | UNKNOWN | unreadable
a public key                  | pki/other.public-key.pem        | UNKNOWN | unreadable
a request                     | pki/other.request.pem           | UNKNOWN | unreadable
a revocation list             | pki/other.revocation-list.pem   | UNKNOWN | unreadable
a JKS                         | --passphrase-file words keystores/keytool-jks.jks | UNKNOWN | unreadable
a wrong passphrase            | --passphrase-file other-words modern.p12 | UNKNOWN | wrong-passphrase
no passphrase                 | modern.p12                      | UNKNOWN | wrong-passphrase
RC4                           | --passphrase-file words keystores/openssl-rc4.p12 | UNKNOWN | unreadable
no MAC                        | --passphrase-file words keystores/openssl-no-mac.p12 | UNKNOWN | unreadable
a FIFO                        | fifo.pem                        | UNKNOWN | unreadable
a device                      | /dev/zero                       | UNKNOWN | unreadable
another device                | /dev/null                       | UNKNOWN | unreadable
missing                       | nowhere.pem                     | UNKNOWN | unreadable
missing below a file          | good.pem/leaf.pem               | UNKNOWN | unreadable
a dangling link               | dangling/gone.pem               | UNKNOWN | unreadable
a link to itself              | links/itself.pem                | UNKNOWN | unreadable
a folder without anything     | nothing                         | UNKNOWN | unreadable
a folder with other names     | others                          | UNKNOWN | unreadable
a folder with keys            | keys                            | UNKNOWN | unreadable
certificates further below    | nested                          | UNKNOWN | unreadable
a glob without a match        | *.nothing                       | UNKNOWN | unreadable
a missing list                | @nowhere                        | UNKNOWN | unreadable
an empty list                 | @list-of-nothing                | UNKNOWN | unreadable
a bundle with a key as a list | @lighttpd.pem                   | UNKNOWN | unreadable
a keystore as a list          | @modern.p12                     | UNKNOWN | unreadable
";

/// Some is read, and some is not.
const PARTLY_READ: &str = "
junk beside a good one        | with-junk                       | UNKNOWN | unreadable
half a keystore beside it     | with-half                       | UNKNOWN | unreadable
a locked keystore beside it   | with-keystore                   | UNKNOWN | wrong-passphrase
a dangling link beside it     | dangling                        | UNKNOWN | unreadable
a FIFO beside it              | with-fifo                       | UNKNOWN | unreadable
missing in a list             | @list-with-missing              | UNKNOWN | unreadable
a good one and a missing one  | good.pem nowhere.pem            | UNKNOWN | unreadable
a glob with junk              | with-junk/*.pem                 | UNKNOWN | unreadable
a glob without a match        | good.pem *.nothing              | UNKNOWN | unreadable
one ends soon                 | ends-in-20-days.pem junk.pem    | UNKNOWN | expiring unreadable
one has ended                 | ended-yesterday.pem junk.pem    | CRITICAL | expired unreadable
a key with another passphrase | --at 2030-01-01T00:00:00Z --passphrase-file words --ca source/root.crt keystores/java-two-passphrases.p12 | UNKNOWN | wrong-passphrase
";

#[test]
fn what_is_no_certificate_is_unknown() {
    let inputs = Inputs::new();
    assert_table(NOTHING_READ, |row| inputs.check(row.arguments));
}

#[test]
fn what_is_not_read_is_unknown_beside_what_is() {
    let inputs = Inputs::new();
    assert_table(PARTLY_READ, |row| inputs.check(row.arguments));
}

/// With a good certificate beside it, and whatever else one asks for.
#[test]
fn nothing_that_was_not_read_and_judged_ends_with_0() {
    let inputs = Inputs::new();
    let passing: Vec<String> = rows(NOTHING_READ)
        .flat_map(|row| {
            [
                format!("-q {}", row.arguments),
                format!("{} good.pem", row.arguments),
                format!("--no-trust --warn 0d --crit 0d {}", row.arguments),
                format!("--ignore expired --ignore self-signed {}", row.arguments),
                format!("-r {}", row.arguments).replace("-r nested", "-r nothing"),
            ]
        })
        .filter(|arguments| {
            let output = inputs.check(arguments);
            let found = verdict(&output);
            output.status.code() != Some(3) || found.is_ok_and(|found| found.status != "UNKNOWN")
        })
        .collect();
    assert_eq!(passing, Vec::<String>::new());
}

#[test]
fn a_list_on_stdin_names_what_is_to_be_checked() {
    let inputs = Inputs::new();
    for (input, exit) in [
        ("good.pem\n", 0),
        ("good.pem\r\nec.pem\r\n", 0),
        ("good.pem", 0),
        ("good.pem\nended-yesterday.pem\n", 2),
        ("good.pem\nnowhere.pem\n", 3),
        ("", 3),
        ("\n\n", 3),
    ] {
        let output = check_with(&inputs.scratch, &as_json("-"), input);
        assert_eq!(output.status.code(), Some(exit), "{input:?}: {output:?}");
    }
}

/// A key, piped or named with an @ too many, must not come out again line by line.
#[test]
fn what_is_taken_for_a_list_by_mistake_is_not_repeated() {
    let inputs = Inputs::new();
    let key = String::from_utf8(inputs.scratch.read("lighttpd.pem")).unwrap();
    let keystore = "a\0binary\u{1}file\n";
    for input in [key.as_str(), keystore] {
        for format in ["text", "json", "nagios", "prometheus"] {
            let output = check_with(&inputs.scratch, &format!("--format {format} -"), input);
            assert_eq!(output.status.code(), Some(3), "{output:?}");
            let said = [output.stdout, output.stderr].concat();
            let said = String::from_utf8(said).unwrap();
            let mut lines = input.lines().filter(|line| line.len() > 5);
            assert!(!lines.any(|line| said.contains(line)), "{said}");
        }
    }
}

#[test]
fn wrong_usage_ends_with_3() {
    let inputs = Inputs::new();
    for arguments in [
        "--nonsense good.pem",
        "--format yaml good.pem",
        "--warn soon good.pem",
        "--warn 30 good.pem",
        "--crit -1d good.pem",
        "--crit 101% good.pem",
        "--at yesterday good.pem",
        "--ignore nonsense good.pem",
        "--timeout never good.pem",
        "--deadline 5x good.pem",
        "--jobs none good.pem",
        "--host a..b good.pem",
        "--ca nowhere.pem good.pem",
        "--ca junk.pem good.pem",
        "--passphrase-file nowhere modern.p12",
        "--config nowhere.toml good.pem",
        "--output nowhere/out.prom good.pem",
    ] {
        let output = check(&inputs.scratch, arguments);
        assert_eq!(output.status.code(), Some(3), "{arguments}: {output:?}");
        assert!(!output.stderr.is_empty(), "{arguments}");
    }
}
