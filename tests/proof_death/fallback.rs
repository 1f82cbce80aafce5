//! What old kernels and odd file systems do not know: the command comes to its whole end without it.

use std::path::Path;

use crate::judge::Program;
use crate::points::under_strace;
use crate::support::proof::fast_folder;
use crate::support::proof::image::Image;
use crate::support::proof::scenario::Scenario;
use crate::support::proof::verdict::{self, Whole};

/// Calls that are refused each time, and where: RHEL 7 and 8 have no openat2 and RHEL 7 no statx,
/// VFAT has no second names, NFS 3 no attributes. dhtls makes some of these calls nowhere, and has to do
/// without for ever. Not getrandom: OpenSSL looks at the kernel's version before it does without.
const REFUSED: [(&str, &[&str]); 8] = [
    ("openat2", &["ENOSYS", "EPERM"]),
    ("renameat2", &["ENOSYS", "EINVAL"]),
    ("linkat", &["EPERM", "EOPNOTSUPP", "ENOSYS", "EMLINK"]),
    ("statx", &["ENOSYS", "EPERM"]),
    ("copy_file_range", &["ENOSYS", "EXDEV", "EINVAL"]),
    ("prctl", &["EINVAL"]),
    ("prlimit64", &["EPERM"]),
    ("fremovexattr", &["EOPNOTSUPP"]),
];

/// Runs the command without each of them in turn; returns the runs.
pub(crate) fn without_each(scenario: &Scenario, program: &Program<'_>) -> usize {
    let folder = fast_folder();
    let mut runs = 0;
    for (call, errors) in REFUSED {
        for error in errors {
            without(scenario, program, call, error, folder.path());
            runs += 1;
        }
    }
    runs
}

fn without(scenario: &Scenario, program: &Program<'_>, call: &str, error: &str, folder: &Path) {
    scenario.lay(folder);
    let option = format!("inject={call}:error={error}");
    let command = program.dressed(scenario.command(folder, program.path));
    let ended = under_strace(&command, &["-o", "/dev/null", "-e", &option])
        .output()
        .unwrap();
    let name = format!("{} -e {option}", scenario.name);
    assert_eq!(
        ended.status.code(),
        Some(scenario.done),
        "{name}: {ended:?}"
    );
    let found = verdict::after_next_run(scenario, &Image::of(folder));
    assert_eq!(found, Ok(Whole::New), "{name}: {ended:?}");
}
