use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::signal::{SigSet, Signal, kill};
use nix::unistd::Pid;

use crate::error::ServiceError;
use crate::system::deadline::Deadline;
use crate::system::process::{Output, run, run_detached};

const PLENTY: Duration = Duration::from_secs(60);

fn shell(script: &str, limit: Duration) -> Result<Output, ServiceError> {
    let command = ["sh", "-c", script].map(str::to_owned);
    run(&command, &Deadline::after(limit, &|| false))
}

fn said(script: &str) -> String {
    let output = shell(script, PLENTY).unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn runs(pid: &str) -> bool {
    kill(Pid::from_raw(pid.trim().parse().unwrap()), None) != Err(Errno::ESRCH)
}

#[test]
fn output_and_exit_status_are_told_apart() {
    let output = shell("echo out; echo err >&2; exit 7", PLENTY).unwrap();
    assert_eq!(output.stdout, b"out\n");
    assert_eq!(output.stderr, b"err\n");
    assert_eq!(output.status.code(), Some(7));
    assert_eq!(output.last_words(), "exit status: 7: err");
}

#[test]
fn last_words_fall_back_to_stdout_and_then_to_the_status() {
    let output = shell("echo first; echo last; echo; exit 1", PLENTY).unwrap();
    assert_eq!(output.last_words(), "exit status: 1: last");
    let output = shell("kill -9 $$", PLENTY).unwrap();
    assert_eq!(output.last_words(), "signal: 9 (SIGKILL)");
}

#[test]
fn last_words_carry_no_terminal_escapes() {
    let output = shell(r"printf '\033[31mred\a\n' >&2; exit 1", PLENTY).unwrap();
    assert_eq!(output.last_words(), "exit status: 1: [31mred");
}

#[test]
fn the_environment_is_cleared_and_the_path_is_fixed() {
    assert!(
        std::env::var_os("HOME").is_some(),
        "the test would prove nothing"
    );
    let environment = said("env");
    let mut names: Vec<&str> = environment
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(name, _)| name)
        // The shell's own.
        .filter(|name| !["PWD", "_", "SHLVL", "OLDPWD"].contains(name))
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["LC_ALL", "PATH"]);
    assert!(environment.contains("PATH=/usr/sbin:/usr/bin:/sbin:/bin:"));
}

#[test]
fn stdin_is_empty_and_the_folder_is_the_root() {
    assert_eq!(said("cat; pwd"), "/\n");
}

#[test]
fn the_child_leads_a_process_group_of_its_own() {
    // Field 5 of /proc/PID/stat is the process group.
    assert_eq!(
        said("set -- $(cat /proc/$$/stat); test $1 = $5 && echo own"),
        "own\n"
    );
}

#[test]
fn much_output_on_both_streams_neither_hangs_nor_grows() {
    let output = shell(
        "head -c 8000000 /dev/zero >&2 & head -c 8000000 /dev/zero; wait; echo end >&2",
        PLENTY,
    )
    .unwrap();
    assert_eq!(output.stdout.len(), 1 << 20);
    assert!(output.stderr.len() <= 128 << 10, "{}", output.stderr.len());
    assert!(output.stderr.ends_with(b"end\n"));
}

#[test]
fn a_child_that_closes_its_streams_is_waited_for() {
    let output = shell("exec >&- 2>&-; sleep 0.2; exit 3", PLENTY).unwrap();
    assert_eq!(output.status.code(), Some(3));
}

#[test]
fn a_daemon_left_behind_with_the_streams_open_does_not_hold_us_up() {
    let start = Instant::now();
    let pid = said("sleep 30 & echo $!");
    assert!(start.elapsed() < Duration::from_secs(10));
    assert!(runs(&pid));
    kill(Pid::from_raw(pid.trim().parse().unwrap()), Signal::SIGKILL).unwrap();
}

type Runs = fn(&[String], &Deadline<'_>) -> Result<Output, ServiceError>;

#[test]
fn the_deadline_ends_the_whole_group_even_when_it_ignores_sigterm() {
    for run in [run as Runs, run_detached] {
        let folder = tempfile::tempdir().unwrap();
        let pids = folder.path().join("pids");
        let script = format!(
            "trap '' TERM; sleep 1000 & echo $! >{0}; echo $$ >>{0}; while :; do sleep 1000; done",
            pids.display()
        );
        let command = ["sh", "-c", &script].map(str::to_owned);
        let start = Instant::now();
        let limit = Deadline::after(Duration::from_millis(500), &|| false);
        let error = run(&command, &limit).unwrap_err();
        assert!(start.elapsed() < Duration::from_secs(20));
        assert!(
            matches!(&error, ServiceError::ProgramTimedOut { command } if command.starts_with("sh -c ")),
            "{error}"
        );
        let pids = std::fs::read_to_string(pids).unwrap();
        assert_eq!(pids.lines().count(), 2);
        assert_all_end(&pids);
    }
}

fn assert_all_end(pids: &str) {
    let gone = Instant::now() + Duration::from_secs(10);
    while pids.lines().any(is_alive) {
        assert!(Instant::now() < gone, "still there: {pids}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// A killed orphan stays a zombie until init takes it, which in a container may be never.
fn is_alive(pid: &str) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat"))
        .is_ok_and(|stat| !stat.rsplit(") ").next().unwrap().starts_with('Z'))
}

/// What it says when it can open the terminal.
fn terminal_is_open(run: Runs) -> bool {
    let script = "(: <>/dev/tty) 2>/dev/null && echo open || echo closed";
    let command = ["sh", "-c", script].map(str::to_owned);
    let output = run(&command, &Deadline::after(PLENTY, &|| false)).unwrap();
    output.stdout == b"open\n"
}

#[test]
fn a_detached_child_cannot_open_our_terminal() {
    // script(1) gives the test below a terminal, which the machine that runs it may not have.
    let program = std::env::current_exe().unwrap();
    let inner = "system::process::tests::only_a_detached_child_has_no_terminal";
    let command = format!("{} --exact {inner} --ignored", program.display());
    let output = shell(&format!("script -qec '{command}' /dev/null"), PLENTY).unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("1 passed"), "{said}");
}

#[test]
#[ignore = "needs a terminal; run by the test above"]
fn only_a_detached_child_has_no_terminal() {
    assert!(
        terminal_is_open(run),
        "there is no terminal to be kept from"
    );
    assert!(!terminal_is_open(run_detached));
}

#[test]
fn a_detached_child_ended_before_it_has_its_own_session_is_gone_too() {
    let command = ["sleep", "1043.25"].map(str::to_owned);
    for _ in 0..20 {
        let now = Deadline::after(Duration::ZERO, &|| false);
        let error = run_detached(&command, &now).unwrap_err();
        assert!(matches!(error, ServiceError::ProgramTimedOut { .. }));
    }
    let left = shell("pgrep -f '[s]leep 1043.25'", PLENTY).unwrap();
    assert_eq!(left.status.code(), Some(1), "{left:?}");
}

#[test]
fn an_interrupt_ends_the_child() {
    let command = ["sleep", "1000"].map(str::to_owned);
    let start = Instant::now();
    let interrupted = || start.elapsed() > Duration::from_millis(100);
    let error = run(&command, &Deadline::after(PLENTY, &interrupted)).unwrap_err();
    assert!(matches!(error, ServiceError::Interrupted), "{error}");
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_missing_program_is_named_with_the_search_path() {
    let command = ["no-such-program-anywhere".to_owned()];
    let error = run(&command, &Deadline::after(PLENTY, &|| false)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot run no-such-program-anywhere: not found in \
         /usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin"
    );
}

#[test]
fn a_program_that_may_not_run_keeps_the_systems_reason() {
    let command = ["/etc/passwd".to_owned()];
    let error = run(&command, &Deadline::after(PLENTY, &|| false)).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("cannot run /etc/passwd: Permission denied"),
        "{error}"
    );
}

#[test]
fn the_child_does_not_inherit_blocked_signals() {
    let mut mask = SigSet::empty();
    mask.add(Signal::SIGTERM);
    mask.thread_block().unwrap();
    let blocked = said("grep SigBlk /proc/self/status");
    assert_eq!(
        SigSet::thread_get_mask().unwrap(),
        mask,
        "ours is as before"
    );
    assert_eq!(blocked, "SigBlk:\t0000000000000000\n");
}
