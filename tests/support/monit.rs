//! A monit of our own: configuration, socket, state and log below one folder, gone with the test.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::program;
use super::scratch::Scratch;

/// A running monit that looks at its services every second.
pub(crate) struct PrivateMonit {
    child: Child,
    configuration: PathBuf,
    log: PathBuf,
}

impl PrivateMonit {
    /// Starts it in the foreground, on the `*.conf` files of `services`.
    pub(crate) fn start(scratch: &Scratch, services: &Path) -> Self {
        let folder = scratch.path("private-monit");
        std::fs::create_dir_all(&folder).unwrap();
        let path = |name: &str| folder.join(name).display().to_string();
        let text = format!(
            "set daemon 1\nset log {}\nset pidfile {}\nset idfile {}\nset statefile {}\n\
             set httpd unixsocket {} allow test:test\ninclude {}/*.conf\n",
            path("log"),
            path("pid"),
            path("id"),
            path("state"),
            path("socket"),
            services.display(),
        );
        // monit refuses a configuration that others can read.
        let configuration = scratch.write_mode("private-monit/monitrc", text, 0o600);
        let log = folder.join("log");
        let output = File::create(folder.join("output")).unwrap();
        let child =
            Command::new(program::find("monit").expect("no monit: tests/run.sh installs it"))
                .args(["-I", "-c"])
                .arg(&configuration)
                .stdin(Stdio::null())
                .stdout(output.try_clone().unwrap())
                .stderr(output)
                .spawn()
                .unwrap();
        let monit = Self {
            child,
            configuration,
            log,
        };
        program::wait_for("monit", || {
            monit.call(&["summary"]).status.success().then_some(())
        });
        monit
    }

    /// The command for `[monit] command`.
    pub(crate) fn command(&self) -> Vec<String> {
        let configuration = self.configuration.display().to_string();
        vec!["monit".to_owned(), "-c".to_owned(), configuration]
    }

    pub(crate) fn call(&self, arguments: &[&str]) -> Output {
        let command = self.command();
        let all: Vec<&str> = command[1..]
            .iter()
            .map(String::as_str)
            .chain(arguments.iter().copied())
            .collect();
        program::output(program::find("monit").unwrap(), &all, "")
    }

    /// The service's state in monit's words, and its pid.
    pub(crate) fn status(&self, service: &str) -> (String, Option<u32>) {
        let output = self.call(&["-B", "status", service]);
        let text = String::from_utf8(output.stdout).unwrap();
        let field = |wanted: &str| {
            text.lines()
                .filter_map(|line| line.trim().split_once("  "))
                .find(|(name, _)| *name == wanted)
                .map(|(_, value)| value.trim().to_owned())
        };
        let pid = field("pid").map(|pid| pid.parse().unwrap());
        (field("status").unwrap_or_default(), pid)
    }

    /// Waits until the service runs as another process than `before`; returns its pid.
    pub(crate) fn wait_until_runs(&self, service: &str, before: Option<u32>) -> u32 {
        program::wait_for(&format!("{service} to run\n{}", self.log()), || {
            let (state, pid) = self.status(service);
            pid.filter(|pid| state == "OK" && Some(*pid) != before)
        })
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for PrivateMonit {
    /// monit alone: it does not end its services when it ends.
    fn drop(&mut self) {
        let _ = kill(pid(self.child.id()), Signal::SIGTERM);
        let _ = self.child.wait();
    }
}

/// Ends a process that the test has started, if it still runs.
pub(crate) fn end(process: u32) {
    let _ = kill(pid(process), Signal::SIGTERM);
    program::wait_for("a process to end", || {
        (!program::runs(process)).then_some(())
    });
}

fn pid(process: u32) -> Pid {
    Pid::from_raw(i32::try_from(process).unwrap())
}
