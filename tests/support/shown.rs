//! Runs of `dhtls show` over the fixtures.

use super::scratch::Scratch;
use super::transcript::Test;

/// A file below `testdata`.
pub(crate) fn fixture(path: &str) -> Vec<u8> {
    std::fs::read(format!("{}/testdata/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// A run with these fixtures in the current folder, by their last names; their passphrase is in `pass`,
/// in base64 in `pass64`, and another one in `wrong`.
pub(crate) fn with(paths: &[&str]) -> Test {
    let scratch = Scratch::new();
    for path in paths {
        scratch.write(path.rsplit('/').next().unwrap(), fixture(path));
    }
    scratch.write("pass", "changeit\n");
    scratch.write("pass64", "Y2hhbmdlaXQ=\n");
    scratch.write("wrong", "nonsense\n");
    Test::on(scratch)
}

/// stdout, stderr and exit status.
pub(crate) fn shown(test: Test) -> (String, String, i32) {
    let output = test.run();
    (
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
        output.status.code().unwrap(),
    )
}
