//! What can go wrong with a service: the programs that speak to it, monit, and the handshake.

use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::error::LauncherFault;

/// Variants are in alphabetical order. `Display` is the problem; `hint` is the way out.
#[derive(Debug)]
pub(crate) enum ServiceError {
    /// Not `HOST:PORT`.
    BadEndpoint { text: String },
    /// Whoever answers there in TLS answers plain HTTP as well, or plain HTTP only.
    Cleartext { endpoint: String },
    /// monit gave up starting (or stopping) the service; `said` is its word for that.
    DoesNotStart { service: String, said: String },
    /// An endpoint did not end a TLS handshake.
    Endpoint {
        endpoint: String,
        fault: EndpointFault,
    },
    /// The leaf is right, but clients cannot get from it to their trust anchor.
    IntermediateNotSent {
        endpoint: String,
        subject: String,
        sha256: String,
    },
    /// Ctrl-C or SIGTERM.
    Interrupted,
    /// Launchers get something else than the file they need.
    Launcher { url: String, fault: LauncherFault },
    /// monit refused; `said` is the exit status and its last words.
    Monit { command: String, said: String },
    /// The settings hold an empty command.
    NoCommand,
    /// No monit daemon answers the command.
    NoDaemon { command: String },
    /// The setting names no Java whose version could be found.
    NoJava { program: PathBuf },
    /// The service was restarted, and by the deadline did not run or not serve what it should.
    NotProven {
        service: String,
        seconds: u64,
        last_seen: String,
        /// The way out of what was seen last.
        hint: Option<String>,
    },
    /// The program is not on the fixed search path, or not there.
    ProgramMissing { program: String, path: &'static str },
    /// The operating system could not start the program, or lost touch with it.
    ProgramStart { program: String, source: io::Error },
    /// The program did not end in time and was ended.
    ProgramTimedOut { command: String },
    /// TLS where plain HTTP is expected.
    SpeaksTls { endpoint: String },
    /// The endpoint answers with another leaf than the one installed: SHA-256, lower-case hex.
    StillServes {
        endpoint: String,
        served: String,
        expected: String,
    },
    /// The service did not stop.
    StillRuns {
        service: String,
        seconds: u64,
        last_seen: String,
    },
    /// monit runs, but has no service of that name.
    UnknownService { service: String, command: String },
}

/// What an endpoint did instead of a TLS handshake.
#[derive(Debug)]
pub(crate) enum EndpointFault {
    /// It closed the connection in the middle.
    Closed,
    /// TLS was spoken, and failed: OpenSSL's reason.
    Handshake(String),
    /// It closed the connection before its answer was whole.
    HungUp,
    /// The name does not resolve.
    NoAddress(String),
    /// There was no time left to ask it anything.
    NotAsked,
    /// It answered a HTTP request, but not in HTTP; true: in TLS.
    NotHttp { tls: bool },
    /// It answered, but not in TLS; true: in HTTP.
    NotTls { http: bool },
    /// No process listens there.
    Refused,
    /// It accepted the connection and then said nothing, or not enough.
    Silent,
    /// No answer to the connection attempt, or none from the name service.
    TimedOut,
    /// The name service did not answer in time.
    Unresolved,
    /// Any other fault of the network.
    Unreachable(io::Error),
}

impl EndpointFault {
    /// Whether something listens there: another endpoint need not be tried.
    pub(crate) fn listens(&self) -> bool {
        match self {
            Self::Closed
            | Self::Handshake(_)
            | Self::HungUp
            | Self::NotHttp { .. }
            | Self::NotTls { .. }
            | Self::Silent => true,
            Self::NoAddress(_)
            | Self::NotAsked
            | Self::Refused
            | Self::TimedOut
            | Self::Unreachable(_)
            | Self::Unresolved => false,
        }
    }
}

impl ServiceError {
    /// Whether a server was reached and answered something else than expected; all other errors leave it
    /// open what is served.
    pub(crate) fn is_wrong_answer(&self) -> bool {
        self.is_final() || matches!(self, Self::Launcher { .. })
    }

    /// A wrong answer that a process does not mend: it read its certificate and its rules at its start.
    /// Files that it serves may still be on their way.
    pub(crate) fn is_final(&self) -> bool {
        matches!(
            self,
            Self::Cleartext { .. }
                | Self::IntermediateNotSent { .. }
                | Self::Launcher {
                    fault: LauncherFault::NoPassword { .. } | LauncherFault::PasswordRefused { .. },
                    ..
                }
                | Self::SpeaksTls { .. }
                | Self::StillServes { .. }
        )
    }

    pub(crate) fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::BadEndpoint { .. } => "for example 127.0.0.1:8123, or [::1]:8123 with IPv6",
            Self::Cleartext { .. } => {
                "lighttpd serves TLS on a port only with ssl.engine = \"enable\" in force there; \
                 `lighttpd -p -f FILE` shows what is"
            }
            Self::DoesNotStart { .. } => "monit's log and the service's own log say why",
            Self::Endpoint { fault, .. } => match fault {
                EndpointFault::NoAddress(_) | EndpointFault::Refused => {
                    "--endpoint HOST:PORT names another one"
                }
                EndpointFault::NotAsked => {
                    "--deadline 300s waits longer, --jobs 512 asks more of them at once"
                }
                EndpointFault::NotHttp { .. } => {
                    "--endpoint HOST:PORT names the port of the web server"
                }
                EndpointFault::NotTls { .. } => {
                    "--endpoint HOST:PORT names the port that speaks TLS"
                }
                EndpointFault::Closed
                | EndpointFault::Handshake(_)
                | EndpointFault::HungUp
                | EndpointFault::Silent
                | EndpointFault::TimedOut
                | EndpointFault::Unreachable(_)
                | EndpointFault::Unresolved => return None,
            },
            Self::IntermediateNotSent { .. } => {
                "lighttpd starts without a word when the intermediate in ssl.pemfile is damaged or \
                 missing, and when ssl.ca-file names another one"
            }
            Self::Launcher { fault, .. } => return fault.hint().map(str::to_owned),
            Self::Monit { .. } | Self::ProgramMissing { .. } => {
                "[monit] command in /etc/dhtls.toml says how to call it, for example \
                 [\"sudo\", \"-u\", \"irisadmin\", \"monit\"] or [\"dh_monit\"]; --no-restart changes the files only"
            }
            Self::NoCommand => "for example: command = [\"monit\"]",
            Self::NoDaemon { .. } => {
                "start monit, or change the files only with --no-restart; \
                 [monit] command in /etc/dhtls.toml names another monit"
            }
            Self::NoJava { .. } => {
                "[webapi] java in /etc/dhtls.toml names the service's java or its home; \
                 without it the running service tells"
            }
            Self::NotProven { hint, .. } => {
                hint.as_deref().unwrap_or("--timeout 300s waits longer")
            }
            Self::SpeaksTls { .. } => {
                "ssl.engine is still in force there; `lighttpd -p -f FILE` shows what is"
            }
            Self::StillServes { .. } => {
                "another process may own the port; --endpoint HOST:PORT names another one"
            }
            Self::UnknownService { .. } => {
                "`monit summary` lists the names; service in /etc/dhtls.toml sets it, \
                 --no-restart changes the files only"
            }
            Self::Interrupted
            | Self::ProgramStart { .. }
            | Self::ProgramTimedOut { .. }
            | Self::StillRuns { .. } => return None,
        };
        Some(hint.to_owned())
    }
}

impl fmt::Display for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadEndpoint { text } => write!(f, "{text:?} is not HOST:PORT"),
            Self::Cleartext { endpoint } => {
                write!(f, "{endpoint} serves plain HTTP where TLS is expected")
            }
            Self::DoesNotStart { service, said } => {
                write!(f, "{service} does not start: monit says {said:?}")
            }
            Self::Endpoint { endpoint, fault } => fault.describe(endpoint, f),
            Self::IntermediateNotSent {
                endpoint,
                subject,
                sha256,
            } => write!(
                f,
                "{endpoint} does not send the intermediate {subject} ({}) with its certificate",
                shortened(sha256)
            ),
            Self::Interrupted => write!(f, "interrupted"),
            Self::Launcher { url, fault } => fault.describe(url, f),
            Self::Monit { command, said } => write!(f, "{command}: {said}"),
            Self::NoCommand => write!(f, "the command for monit is empty"),
            Self::NoDaemon { command } => write!(f, "monit is not running (asked with: {command})"),
            Self::NoJava { program } => write!(f, "{} is no Java", program.display()),
            Self::NotProven {
                service,
                seconds,
                last_seen,
                hint: _,
            } => write!(f, "{service} is not back after {seconds} s: {last_seen}"),
            Self::ProgramMissing { program, path } => {
                write!(f, "cannot run {program}: not found in {path}")
            }
            Self::ProgramStart { program, source } => write!(f, "cannot run {program}: {source}"),
            Self::ProgramTimedOut { command } => {
                write!(f, "{command}: no end in sight, so it was stopped")
            }
            Self::SpeaksTls { endpoint } => {
                write!(f, "{endpoint} speaks TLS where plain HTTP is expected")
            }
            Self::StillRuns {
                service,
                seconds,
                last_seen,
            } => write!(f, "{service} did not stop within {seconds} s: {last_seen}"),
            Self::StillServes {
                endpoint,
                served,
                expected,
            } => write!(
                f,
                "{endpoint} still serves another certificate: {}, not {}",
                shortened(served),
                shortened(expected)
            ),
            Self::UnknownService { service, command } => {
                write!(f, "monit has no service {service} (asked with: {command})")
            }
        }
    }
}

impl EndpointFault {
    fn describe(&self, endpoint: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => write!(f, "{endpoint} closed the connection during the handshake"),
            Self::Handshake(reason) => write!(f, "TLS handshake with {endpoint} failed: {reason}"),
            Self::HungUp => write!(f, "{endpoint} closed the connection without a whole answer"),
            Self::NoAddress(reason) => write!(f, "{endpoint} has no address: {reason}"),
            Self::NotAsked => write!(f, "no time was left to ask {endpoint}"),
            Self::NotHttp { tls: true } => write!(f, "{endpoint} speaks TLS, not plain HTTP"),
            Self::NotHttp { tls: false } => write!(f, "{endpoint} does not speak HTTP"),
            Self::NotTls { http: true } => write!(f, "{endpoint} speaks HTTP without TLS"),
            Self::NotTls { http: false } => write!(f, "{endpoint} does not speak TLS"),
            Self::Refused => write!(f, "connection refused on {endpoint}"),
            Self::Silent => write!(f, "{endpoint} accepts connections but does not answer"),
            Self::TimedOut => write!(f, "no answer from {endpoint}"),
            Self::Unreachable(source) => write!(f, "cannot reach {endpoint}: {source}"),
            Self::Unresolved => {
                write!(f, "the name service does not say where {endpoint} is")
            }
        }
    }
}

/// The first eight bytes of a fingerprint: enough to tell two certificates apart.
fn shortened(sha256: &str) -> String {
    match sha256.get(..16) {
        Some(start) => format!("{start}…"),
        None => sha256.to_owned(),
    }
}
