//! Follows every process of a run from call to call, and strikes one call of one of them. strace counts the
//! calls of a name for each thread alone: where dhtls has made as many as its child later makes, a blow meets
//! dhtls. It names registers, so that it is for x86-64 alone.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};

use nix::errno::Errno;
use nix::libc;
use nix::sys::ptrace::{self, Options};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use crate::support::proof::inject::{Blow, Ended};
use crate::support::proof::points::{PATIENCE, carrying};
use crate::sweep::Target;

/// `timeout` is the first one.
const DHTLS: usize = 1;

/// The `number`th call of that kind in a process: the `process`th to be born, threads included. One call more
/// or less of another kind, as memory and locks will have it, then moves nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    process: usize,
    number: usize,
    /// As the kernel numbers them.
    kind: u64,
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            process,
            number,
            kind,
        } = self;
        write!(f, "call {number} of kind {kind} in process {process}")
    }
}

impl Call {
    /// Whether the kernel knows it by this number.
    pub(crate) fn is(&self, kind: i64) -> bool {
        i64::try_from(self.kind) == Ok(kind)
    }
}

impl Target for Call {
    fn strike(&self, command: &Command, _: &Path, blow: Blow) -> Ended {
        follow(command, Some((blow, self))).1
    }

    fn shown(&self, blow: Blow) -> String {
        format!("{blow} at {self}")
    }

    /// Where it makes a difference to what may come of a blow.
    fn name(&self) -> &str {
        match i64::try_from(self.kind).unwrap() {
            libc::SYS_exit => "exit",
            libc::SYS_exit_group => "exit_group",
            libc::SYS_geteuid => "geteuid",
            libc::SYS_getpid => "getpid",
            libc::SYS_getrandom => "getrandom",
            libc::SYS_gettid => "gettid",
            libc::SYS_rt_sigreturn => "rt_sigreturn",
            libc::SYS_write => "write",
            _ => "",
        }
    }
}

/// A process that is followed.
struct Process {
    index: usize,
    /// So many of each kind.
    calls: BTreeMap<u64, usize>,
    /// What the call that it is in has to return.
    fails: Option<Errno>,
}

struct Following<'a> {
    blow: Option<(Blow, &'a Call)>,
    /// Those that are alive.
    processes: BTreeMap<Pid, Process>,
    born: usize,
    calls: Vec<Call>,
    reached: bool,
}

/// Every call of the children and threads of a run.
pub(crate) fn calls(command: &Command) -> Vec<Call> {
    follow(command, None).0
}

fn follow(command: &Command, blow: Option<(Blow, &Call)>) -> (Vec<Call>, Ended) {
    let mut outer = Command::new("sh");
    // To follow it from its first call on, which a process cannot do that runs already.
    outer.args([
        "-c",
        "kill -STOP $$; exec timeout --kill-after=5 \"$@\"",
        "sh",
    ]);
    outer.arg(PATIENCE);
    let mut command = carrying(outer, command);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let first = Pid::from_raw(child.id().try_into().unwrap());
    waitpid(first, Some(WaitPidFlag::WUNTRACED)).unwrap();
    let children = Options::PTRACE_O_TRACEFORK
        | Options::PTRACE_O_TRACEVFORK
        | Options::PTRACE_O_TRACECLONE
        | Options::PTRACE_O_EXITKILL;
    ptrace::seize(first, children | Options::PTRACE_O_TRACESYSGOOD).unwrap();
    kill(first, Signal::SIGCONT).unwrap();
    let mut following = Following {
        blow,
        processes: BTreeMap::new(),
        born: 0,
        calls: Vec::new(),
        reached: false,
    };
    following.process(first);
    let code = following.until_the_end(first);
    // It is no more; this only says so to the library.
    let _ = child.wait();
    let ended = Ended {
        code,
        stdout: said(child.stdout.take()),
        stderr: said(child.stderr.take()),
        reached: following.reached,
        died_twice: false,
        retried: None,
    };
    (following.calls, ended)
}

impl Following<'_> {
    /// Says the exit code of the first process; `None`: it was killed.
    fn until_the_end(&mut self, first: Pid) -> Option<i32> {
        let mut code = None;
        // Of this thread's processes alone: another one has others of its own.
        let ours = WaitPidFlag::__WALL | WaitPidFlag::__WNOTHREAD;
        while let Ok(stop) = waitpid(None, Some(ours)) {
            // A process that was killed meanwhile cannot be asked or sent on.
            let _ = match stop {
                WaitStatus::PtraceSyscall(pid) => {
                    self.at_call(pid).and_then(|()| self.send_on(pid, None))
                }
                WaitStatus::PtraceEvent(pid, _, event) => self
                    .at_event(pid, event)
                    .and_then(|()| self.send_on(pid, None)),
                WaitStatus::Stopped(pid, signal) => self.send_on(pid, Some(signal)),
                WaitStatus::Exited(pid, with) => {
                    self.processes.remove(&pid);
                    code = if pid == first { Some(with) } else { code };
                    Ok(())
                }
                WaitStatus::Signaled(pid, ..) => {
                    self.processes.remove(&pid);
                    Ok(())
                }
                WaitStatus::Continued(_) | WaitStatus::StillAlive => Ok(()),
            };
        }
        code
    }

    /// New ones are counted when they are first seen.
    fn process(&mut self, pid: Pid) -> &mut Process {
        self.processes.entry(pid).or_insert_with(|| {
            self.born += 1;
            Process {
                index: self.born - 1,
                calls: BTreeMap::new(),
                fails: None,
            }
        })
    }

    /// To its next call, or without a stop where its calls do not matter.
    fn send_on(&mut self, pid: Pid, signal: Option<Signal>) -> nix::Result<()> {
        let process = self.process(pid);
        let (index, fails) = (process.index, process.fails.is_some());
        let matters = match self.blow {
            None => index > DHTLS,
            Some((_, call)) => fails || (index == call.process && !self.reached),
        };
        match matters {
            true => ptrace::syscall(pid, signal),
            false => ptrace::cont(pid, signal),
        }
    }

    fn at_event(&mut self, pid: Pid, event: i32) -> nix::Result<()> {
        let births = [
            libc::PTRACE_EVENT_FORK,
            libc::PTRACE_EVENT_VFORK,
            libc::PTRACE_EVENT_CLONE,
        ];
        if births.contains(&event) {
            let child = ptrace::getevent(pid)?;
            self.process(Pid::from_raw(child.try_into().unwrap()));
        }
        Ok(())
    }

    fn at_call(&mut self, pid: Pid) -> nix::Result<()> {
        let at = ptrace::syscall_info(pid)?.op;
        let mut registers = ptrace::getregs(pid)?;
        let blow = self.blow;
        let process = self.process(pid);
        if at == libc::PTRACE_SYSCALL_INFO_EXIT {
            if let Some(error) = process.fails.take() {
                registers.rax = (-i64::from(error as i32)).cast_unsigned();
                ptrace::setregs(pid, registers)?;
            }
            return Ok(());
        }
        let kind = registers.orig_rax;
        let number = process.calls.entry(kind).or_default();
        *number += 1;
        let call = Call {
            process: process.index,
            number: *number,
            kind,
        };
        let struck = blow.filter(|(_, struck)| **struck == call);
        match struck {
            Some((Blow::Signal(name), _)) => kill(pid, format!("SIG{name}").parse::<Signal>()?)?,
            Some((Blow::Error(name), _)) => {
                // No call has this number, so that none is made.
                registers.orig_rax = u64::MAX;
                ptrace::setregs(pid, registers)?;
                process.fails = Some(error(name));
            }
            None => {}
        }
        self.reached |= struck.is_some();
        self.calls.push(call);
        Ok(())
    }
}

fn error(name: &str) -> Errno {
    let known = [
        Errno::ENOSPC,
        Errno::EIO,
        Errno::EACCES,
        Errno::EROFS,
        Errno::EMFILE,
        Errno::ENOMEM,
        Errno::EINTR,
    ];
    let named = known.into_iter().find(|one| format!("{one:?}") == name);
    named.unwrap()
}

fn said(pipe: Option<impl Read>) -> String {
    let mut bytes = Vec::new();
    pipe.unwrap().read_to_end(&mut bytes).unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}
