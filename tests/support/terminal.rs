//! A person at a terminal: script(1) makes one, and the answers are typed when they are asked for.

use std::io::{Read, Write};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use super::stand_in::{Run, StandIn};
use super::transcript::dhtls;

/// Runs dhtls with these arguments. Each question (its last words) has to be asked, in this order; nothing
/// else may be. stdout and stderr come back as one, in `stdout`, with what the terminal echoed.
pub(crate) fn at_terminal(server: &StandIn, arguments: &str, answers: &[(&str, &str)]) -> Run {
    let line = format!("{} {arguments}", dhtls().display());
    let mut child = server
        .command(Path::new("script"))
        .env("SHELL", "/bin/sh")
        .args(["-qec", &line, "/dev/null"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut keys, mut screen) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let mut shown = Vec::new();
    for (question, answer) in answers {
        let from = shown.len();
        while !String::from_utf8_lossy(&shown[from..]).contains(question) {
            let mut next = [0];
            let length = screen.read(&mut next).unwrap();
            assert_eq!(
                length,
                1,
                "{question:?} is not asked: {}",
                String::from_utf8_lossy(&shown)
            );
            shown.push(next[0]);
        }
        // A person does not type before the echo is off.
        std::thread::sleep(Duration::from_millis(300));
        writeln!(keys, "{answer}").unwrap();
    }
    // Left open: its end would reach dhtls as an end of input.
    screen.read_to_end(&mut shown).unwrap();
    drop(keys);
    let status = child.wait().unwrap();
    Run {
        code: status.code().unwrap_or(-1),
        stdout: String::from_utf8(shown).unwrap().replace('\r', ""),
        stderr: String::new(),
    }
}
