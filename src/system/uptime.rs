//! Since when a process runs, on the clock that counts from the start of the machine.

use std::fs;
use std::time::Duration;

use nix::time::{ClockId, clock_gettime};

/// USER_HZ of all architectures that servers have, whatever the kernel's own HZ (proc_pid_stat(5)).
const TICKS_A_SECOND: u64 = 100;

/// Of the fields behind the program's name, `starttime` (22 of proc_pid_stat(5), where the name is 2).
const START: usize = 22 - 3;

/// Now; `None` on a kernel without that clock.
pub(crate) fn now() -> Option<Duration> {
    clock_gettime(ClockId::CLOCK_BOOTTIME)
        .ok()
        .map(Duration::from)
}

/// When a process started, to the hundredth of a second before; `None`: there is no such process, or it is
/// hidden from us.
pub(crate) fn started(pid: u32) -> Option<Duration> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name may hold blanks and brackets.
    let (_, fields) = stat.rsplit_once(") ")?;
    let ticks: u64 = fields.split(' ').nth(START)?.parse().ok()?;
    Some(Duration::from_millis(ticks * (1000 / TICKS_A_SECOND)))
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};
    use std::time::Duration;

    use super::{now, started};

    #[test]
    fn a_process_started_between_two_moments() {
        let before = now().unwrap();
        let mut child = Command::new("sleep")
            .arg("60")
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let found = started(child.id()).unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(
            found + Duration::from_millis(10) >= before,
            "{found:?} {before:?}"
        );
        assert!(found <= now().unwrap());
        assert!(started(std::process::id()).unwrap() < found + Duration::from_millis(10));
        assert_eq!(started(child.id()), None);
    }
}
