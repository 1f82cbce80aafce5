//! What is in memory stays there: no core dump, no debugger of the same user.

use nix::sys::prctl;
use nix::sys::resource::{Resource, setrlimit};

/// Keys and passphrases are in memory while they are used, and a core dump is a file that others may
/// read. Where the kernel refuses, the work goes on: nothing is written that was not asked for.
pub(crate) fn keep_private() {
    let _ = setrlimit(Resource::RLIMIT_CORE, 0, 0);
    let _ = prctl::set_dumpable(false);
}
