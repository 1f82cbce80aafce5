//! What has to hold for any input, one function for each parser and editor. Only in tests, and for the
//! fuzz targets of `fuzz/` by the feature `fuzzing`: both call these functions, and `tests.rs` runs
//! them over the seeds in testdata and mutations of them.
//!
//! A function panics when a promise is broken. Reading is promised to end without a panic, whatever
//! the bytes are; an edit to be read back, to leave all other bytes, and to change nothing when it is
//! made once more.

mod certificates;
mod edit;
mod getdown;
mod htpasswd;
mod input;
mod keys;
mod keystores;
mod lighttpd;
mod monit;
mod names;
mod props;
mod server;
mod system;
#[cfg(test)]
mod tests;

pub use certificates::{certificates, der, items, request};
pub use getdown::getdown;
pub use htpasswd::htpasswd;
pub use keys::{key, passphrase, pemfile};
pub use keystores::keystore;
pub use lighttpd::lighttpd;
pub use monit::monit;
pub use names::names;
pub use props::props;
pub use server::{java_version, lighttpd_output, monit_output, settings};
pub use system::{access_list, http_answer, journal};
