//! Files that are not what install-webapi was told they are, or that it cannot open: called by their
//! names, and nothing changed.
#![allow(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

mod support;

use nix::sys::stat::Mode;
use nix::unistd::mkfifo;

use support::program;
use support::stand_in::{INSTALL, StandIn};

/// The usual run, with another certificate, key or pfx.
fn with(flags: &str) -> String {
    format!("--root root install-webapi --ca ca.crt {flags}")
}

#[test]
fn a_missing_certificate_or_key_is_named() {
    let cause = "No such file or directory (os error 2)";
    StandIn::new()
        .refuses(
            &with("--crt no.crt --key tls.key"),
            &format!("cannot open no.crt: {cause}"),
            "",
        )
        .refuses(
            &with("--crt tls.crt --key no.key"),
            &format!("cannot open no.key: {cause}"),
            "",
        )
        .refuses(
            &with("--crt /no.crt --key tls.key"),
            &format!("cannot open $ROOT/root/no.crt: {cause}"),
            "",
        );
}

#[test]
fn a_pipe_a_device_or_a_folder_is_no_certificate_and_no_key() {
    let server = StandIn::new();
    mkfifo(&server.path("pipe"), Mode::from_bits_truncate(0o600)).unwrap();
    std::os::unix::fs::symlink("/dev/zero", server.path("device")).unwrap();
    let hint = "name a regular file";
    server
        .refuses(
            &with("--crt pipe --key tls.key"),
            "pipe is a pipe, not a file",
            hint,
        )
        .refuses(
            &with("--crt tls.crt --key pipe"),
            "pipe is a pipe, not a file",
            hint,
        )
        .refuses(
            &with("--crt device --key tls.key"),
            "device is a device, not a file",
            hint,
        )
        .refuses(
            &with("--crt root --key tls.key"),
            "root is a folder, not a file",
            hint,
        );
}

#[test]
fn ten_megabytes_of_junk_are_no_certificate() {
    let server = StandIn::new();
    server.scratch.write("large", vec![0xa5; 10 << 20]);
    server.scratch.write("junk", vec![0xa5; 3 << 20]);
    server.scratch.write("empty", "");
    server
        .refuses(
            &with("--crt large --key tls.key"),
            "large has more than 4194304 bytes",
            "",
        )
        .refuses(
            &with("--crt junk --key tls.key"),
            "junk holds something unknown, not a certificate",
            "--crt wants the certificate that the CA issued, as PEM, DER or PKCS#7",
        )
        .refuses(
            &with("--crt tls.crt --key junk"),
            "junk holds no private key",
            "a key is PEM or DER: PKCS#8, PKCS#1 or SEC1; a PKCS#12 file is given as --pfx",
        )
        .refuses(
            &with("--crt empty --key tls.key"),
            "empty is empty",
            "--crt wants the certificate that the CA issued, with its intermediates",
        );
}

#[test]
fn what_is_no_certificate_is_called_by_its_name() {
    let server = StandIn::new();
    let key = server.scratch.text("tls.key");
    let request = program::run("openssl", &["req", "-new", "-key", &key, "-subj", "/CN=x"]);
    server.scratch.write("tls.csr", request);
    server
        .refuses(
            &with("--crt tls.csr --key tls.key"),
            "tls.csr holds a certificate request (CSR), not a certificate",
            "the CA answers a request with a certificate: give that",
        )
        .refuses(
            &with("--crt tls.key --key tls.key"),
            "tls.key holds a private key, not a certificate",
            "the key belongs to --key, the certificate to --crt",
        )
        .refuses(
            &with("--crt tls.crt --key tls.crt"),
            "tls.crt holds no private key, but a certificate",
            "give the certificate as --crt and its key as --key",
        )
        .refuses(
            &with("--crt tls.crt --key tls.csr"),
            "tls.csr holds no private key, but a certificate request",
            "the key was made together with this request; it is in a file of its own",
        );
}

#[test]
fn a_damaged_certificate_is_told_by_its_line() {
    let server = StandIn::new();
    let damaged = server.text("tls.crt").replacen("MII", "M!!", 1);
    server.scratch.write("tls.crt", damaged);
    server.refuses(
        INSTALL,
        "tls.crt:1: damaged block: [..]",
        "copy the file again, whole, from the first -----BEGIN to the last -----END",
    );
}

#[test]
fn an_authority_that_is_no_certificate_is_named() {
    let server = StandIn::new();
    server.scratch.write(
        "ca.crt",
        "<!doctype html><html><body>Please log in</body></html>\n",
    );
    server.refuses(
        INSTALL,
        "ca.crt holds a web page, not a certificate",
        "the download failed or needs a login: fetch the certificate again",
    );
}

fn pfx(server: &StandIn) {
    let text = |name: &str| server.scratch.text(name);
    let from = [
        "pkcs12",
        "-export",
        "-in",
        &text("tls.crt"),
        "-inkey",
        &text("tls.key"),
    ];
    let to = ["-passout", "pass:from the CA", "-out", &text("tls.pfx")];
    program::run("openssl", &[&from[..], &to].concat());
    server.scratch.write("wrong", "not this\n");
}

#[test]
fn a_pfx_as_certificate_and_a_wrong_passphrase_for_it_are_told_apart() {
    let server = StandIn::new();
    pfx(&server);
    server
        .refuses(
            &with("--crt tls.pfx --key tls.key"),
            "tls.pfx holds a PKCS#12 keystore, not a certificate",
            "give it with --pfx instead of --crt and --key",
        )
        .refuses(
            &with("--pfx tls.pfx --passphrase-file wrong"),
            "the passphrase does not open the keystore tls.pfx",
            "it has to be the passphrase that this very file was made with; of a --pfx it is the first line of \
             --passphrase-file",
        )
        .refuses(
            &with("--pfx tls.pfx"),
            "[..]tls.pfx is encrypted",
            "give --passphrase-file FILE with the passphrase in its first line",
        )
        .refuses(
            &with("--pfx tls.crt"),
            "cannot read the keystore tls.crt: PEM instead of PKCS#12 is not supported",
            "give a PEM certificate as --crt and its key as --key",
        );
}

#[test]
fn an_encrypted_key_wants_a_passphrase_file_that_is_right() {
    let server = StandIn::new();
    let (from, to) = (
        server.scratch.text("tls.key"),
        server.scratch.text("encrypted.key"),
    );
    let pkcs8 = [
        "pkcs8",
        "-topk8",
        "-passout",
        "pass:secret",
        "-in",
        &from,
        "-out",
        &to,
    ];
    program::run("openssl", &pkcs8);
    server.scratch.write("wrong", "not this\n");
    server.scratch.write("right", "secret\r\nmore\n");
    let server = server
        .refuses(
            &with("--crt tls.crt --key encrypted.key"),
            "the private key encrypted.key is encrypted",
            "give --passphrase-file FILE with the passphrase in its first line",
        )
        .refuses(
            &with("--crt tls.crt --key encrypted.key --passphrase-file wrong"),
            "the passphrase does not open the private key encrypted.key",
            "only the first line of the passphrase file counts",
        )
        .refuses(
            &with("--crt tls.crt --key encrypted.key --passphrase-file none"),
            "cannot open none: No such file or directory (os error 2)",
            "",
        );
    server.installs(&with(
        "--crt tls.crt --key encrypted.key --passphrase-file right",
    ));
}
