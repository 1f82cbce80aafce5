//! Keys, passphrases and passwords: in no output of any command at any volume and format, in no journal, in no
//! core, and in no memory when the program ends. What children are told, and what is open to others for a
//! moment, is looked at in `secrets_live.rs` and `secrets_cus.rs`.
#![allow(clippy::unwrap_used, reason = "a test ends where it cannot go on")]
#![allow(
    clippy::print_stderr,
    reason = "a proof tells its figures, and what it skips"
)]

#[path = "../support/mod.rs"]
mod support;

mod held;
mod outputs;
mod server;

use std::path::Path;

use held::Held;
use server::{ANY, LINES, Server};
use support::mutants;
use support::transcript::dhtls;

/// What of the server's secrets is in the memory of a run that ends, and how many bytes were looked at.
fn remains(server: &Server, held: &Held) -> (Vec<String>, usize) {
    let mut found = Vec::new();
    let mut looked_at = 0;
    for (place, bytes) in held.memory() {
        looked_at += bytes.len();
        if let Some(secret) = server.secrets.found_in(&bytes) {
            found.push(format!("{secret} in {place}"));
        }
    }
    (found, looked_at)
}

fn held(server: &Server, program: &Path, line: &str, mutant: &str) -> Held {
    let mut command = server.stand_in.command(program);
    command.args(line.split_whitespace());
    Held::run(&command, &[("DHTLS_MUTANT", mutant)])
}

#[test]
fn nothing_is_left_in_memory_when_a_command_ends() {
    if !support::live::is_root() {
        return;
    }
    let mut server = Server::new();
    let (mut runs, mut bytes) = (0, 0);
    // Each goes on from what the one before it has left.
    for (code, line) in LINES {
        let held = held(&server, &dhtls(), line, "");
        assert!([held.code, ANY].contains(&code), "{line}: {}", held.code);
        server.learn();
        let (found, looked_at) = remains(&server, &held);
        assert_eq!(found, Vec::<String>::new(), "{line}");
        assert_eq!(held.limit("Max core file size"), "0 0 bytes", "{line}");
        runs += 1;
        bytes += looked_at;
    }
    eprintln!("{runs} commands held at their end, {bytes} bytes of memory");
}

#[test]
fn the_search_in_memory_finds_what_is_there() {
    if !support::live::is_root() {
        return;
    }
    let server = Server::new();
    let (_, line) = LINES[0];
    // What was given to the program lies on its stack for ever.
    let mut command = server.stand_in.command(&dhtls());
    command.args(line.split_whitespace());
    let told = Held::run(&command, &[("PASSPHRASE", support::stand_in::PASSPHRASE)]);
    assert_eq!(remains(&server, &told).0.len(), 1);
    drop(told);
    let leaking = held(
        &Server::new(),
        mutants::program(),
        line,
        "secrets-stay-in-memory",
    );
    assert!(!remains(&server, &leaking).0.is_empty());
}

#[test]
fn no_other_process_of_the_same_user_looks_into_it() {
    if !support::live::is_root() || !support::live::has_users() {
        return;
    }
    let server = Server::new();
    // The program may lie in a home that others cannot enter.
    let copy = server.stand_in.scratch.text("program");
    support::program::run("cp", &[dhtls().to_str().unwrap(), &copy]);
    let held = |program: &str| {
        let mut command = server.stand_in.command(Path::new("setpriv"));
        let user = ["--reuid=irisadmin", "--regid=irisadmin", "--clear-groups"];
        command.args(user).args([program, "history"]);
        Held::run(&command, &[])
    };
    assert!(held("true").is_open_to("irisadmin"));
    assert!(!held(&copy).is_open_to("irisadmin"));
}
