//! Programs that we did not write.

use std::ffi::OsStr;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// Where a program is, monit and lighttpd included, which a plain user's PATH may leave out.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var("PATH").unwrap_or_default();
    path.split(':')
        .chain(["/usr/sbin", "/usr/bin", "/sbin", "/bin"])
        .map(|folder| PathBuf::from(folder).join(program))
        .find(|file| file.is_file())
}

/// Where tests/run.sh puts what no package installs; nowhere without a home.
pub(crate) fn cache() -> PathBuf {
    let variable = |name| std::env::var_os(name).map(PathBuf::from);
    variable("XDG_CACHE_HOME")
        .or_else(|| variable("HOME").map(|home| home.join(".cache")))
        .unwrap_or_default()
        .join("dhtls")
}

/// Runs a program that has to succeed, and returns what it says on stdout.
pub(crate) fn run<A: AsRef<OsStr>>(program: impl AsRef<OsStr>, arguments: &[A]) -> String {
    let output = output(program.as_ref(), arguments, "");
    assert!(
        output.status.success(),
        "{:?}: {output:?}",
        program.as_ref()
    );
    String::from_utf8(output.stdout).unwrap()
}

/// Runs a program to its end, with `input` on stdin.
pub(crate) fn output<A: AsRef<OsStr>>(
    program: impl AsRef<OsStr>,
    arguments: &[A],
    input: &str,
) -> Output {
    let mut child = Command::new(program.as_ref())
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{:?}: {error}", program.as_ref()));
    // A program that does not read its stdin is no fault.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

/// Sends a signal to a program that the test has started.
pub(crate) fn send(child: &Child, signal: Signal) {
    let pid = Pid::from_raw(i32::try_from(child.id()).unwrap());
    kill(pid, signal).unwrap();
}

/// Looks until `found` finds something; the test ends when nothing is there after a minute.
pub(crate) fn wait_for<T>(what: &str, mut found: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(thing) = found() {
            return thing;
        }
        assert!(Instant::now() < end, "waited for {what} in vain");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Whether a process runs; one that has ended and that nobody has waited for does not.
pub(crate) fn runs(pid: u32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat"))
        .is_ok_and(|stat| !stat.rsplit(") ").next().unwrap().starts_with('Z'))
}

/// SHA-256 (lower-case hex) of the leaf that a server shows, asked by openssl.
pub(crate) fn served_leaf(address: &str) -> Option<String> {
    let client = ["s_client", "-connect", address, "-servername", "localhost"];
    let shown = output("openssl", &client, "");
    let certificate = String::from_utf8_lossy(&shown.stdout);
    certificate
        .contains("BEGIN CERTIFICATE")
        .then(|| fingerprint(&certificate))
}

/// SHA-256 (lower-case hex) of the first certificate in a PEM text, taken by openssl.
pub(crate) fn fingerprint(pem: &str) -> String {
    let x509 = ["x509", "-noout", "-fingerprint", "-sha256"];
    let output = output("openssl", &x509, pem);
    assert!(output.status.success(), "{output:?}");
    let line = String::from_utf8(output.stdout).unwrap();
    let (_, hex) = line.trim().split_once('=').unwrap();
    hex.replace(':', "").to_lowercase()
}
