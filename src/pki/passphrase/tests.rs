//! What the shell's `$(base64 -d FILE)` would give, and where Java would refuse it.

use std::io::Write;
use std::process::{Command, Stdio};

use proptest::prelude::{any, prop, prop_assert_eq, proptest};

use super::*;

fn decode(file: &[u8]) -> Result<Candidates, PassphraseFault> {
    match decode_base64_file("pass", &Secret::new(file.to_vec())) {
        Ok(candidates) => Ok(candidates),
        Err(KeystoreError::Passphrase { name, fault }) if name == "pass" => Err(fault),
        Err(error) => panic!("{error:?}"),
    }
}

fn encode(text: &[u8]) -> Vec<u8> {
    base64::engine::general_purpose::STANDARD
        .encode(text)
        .into_bytes()
}

fn stripped(file: &[u8]) -> Vec<u8> {
    decode(file).unwrap().stripped().expose().to_vec()
}

#[test]
fn the_passphrase_is_decoded() {
    for file in [
        &b"Y2hhbmdlaXQ="[..],
        b"Y2hhbmdlaXQ=\n",
        b"Y2hhbmdlaXQ=\n\n",
        b"Y2hhb\nmdlaXQ=\n",
        b"Y2hhbmdlaXQ=\r\n",
        b"Y2hhbmdlaXQ",
    ] {
        assert_eq!(stripped(file), b"changeit");
        assert_eq!(decode(file).unwrap().raw(), None);
    }
}

#[test]
fn newlines_at_the_end_of_the_decoded_text_are_dropped_and_remembered() {
    let candidates = decode(&encode(b"changeit\n\n")).unwrap();
    assert_eq!(candidates.stripped().expose(), b"changeit");
    assert_eq!(candidates.raw().unwrap().expose(), b"changeit\n\n");
}

#[test]
fn what_java_refuses_is_refused_with_its_place() {
    assert_eq!(decode(b""), Err(PassphraseFault::Empty));
    assert_eq!(decode(&encode(b"\n")), Err(PassphraseFault::Empty));
    assert_eq!(
        decode(&encode(b"a\0b")),
        Err(PassphraseFault::Nul { at: 2 })
    );
    assert_eq!(
        decode(&encode(b"ab\r\n")),
        Err(PassphraseFault::NotPrintable { at: 3 })
    );
    assert_eq!(
        decode(&encode(b"a\nb")),
        Err(PassphraseFault::NotPrintable { at: 2 })
    );
    assert_eq!(
        decode(&encode("caf\u{e9}".as_bytes())),
        Err(PassphraseFault::NotAscii { at: 4 })
    );
    assert_eq!(stripped(&encode(b" ~ ")), b" ~ ");
}

#[test]
fn what_is_not_base64_is_refused_with_its_line() {
    assert_eq!(
        decode(b"change it"),
        Err(PassphraseFault::NotBase64 { line: 1 })
    );
    assert_eq!(
        decode(b"Y2hh\nch@ngeit\n"),
        Err(PassphraseFault::NotBase64 { line: 2 })
    );
    assert_eq!(
        decode(b"Y2hhb"),
        Err(PassphraseFault::NotBase64 { line: 1 })
    );
    assert_eq!(
        decode(b"Y2hh=bmdlaXQ"),
        Err(PassphraseFault::NotBase64 { line: 1 })
    );
}

#[test]
fn the_first_line_is_a_passphrase_as_it_stands() {
    for (file, line) in [
        (&b"secret\n"[..], &b"secret"[..]),
        (b"secret", b"secret"),
        (b" secret \r\nmore\n", b" secret "),
        (b"\nsecret", b""),
    ] {
        assert_eq!(first_line(&Secret::new(file.to_vec())).expose(), line);
    }
}

/// `printf %s "$(base64 -d)"` of a file's text.
fn by_the_shell(file: &[u8]) -> Vec<u8> {
    let mut shell = Command::new("sh")
        .args(["-c", "printf %s \"$(base64 -d)\""])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    shell.stdin.take().unwrap().write_all(file).unwrap();
    shell.wait_with_output().unwrap().stdout
}

#[test]
fn the_shell_decodes_the_same() {
    for text in [
        &b"changeit"[..],
        b"changeit\n",
        b" with blanks \n\n\n",
        b"$HOME `ls` \\ \" '",
    ] {
        let mut file = encode(text);
        file.insert(4, b'\n');
        assert_eq!(stripped(&file), by_the_shell(&file));
    }
}

proptest! {
    #[test]
    fn any_printable_text_comes_back(text in "[ -~]{1,80}", newlines in 0..3_usize) {
        let file = encode(format!("{text}{}", "\n".repeat(newlines)).as_bytes());
        prop_assert_eq!(stripped(&file), text.as_bytes());
    }

    #[test]
    fn arbitrary_bytes_never_panic(file in prop::collection::vec(any::<u8>(), 0..100)) {
        let _ = decode(&file);
    }
}
