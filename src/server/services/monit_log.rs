//! monit's own log: of a start that failed it has what the program said, which the program's log often
//! has not. Measured on monit 5.33.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};

use crate::config::monit::{ControlFile, Statement};
use crate::server::services::log::{distinct, shown, without_time};
use crate::system::root::Root;
use crate::system::{account, pattern, read};

/// A monitrc with all its comments has 15 KiB.
const SIZE_LIMIT: u64 = 1 << 20;

/// Nobody includes more files; a file that includes itself would.
const MOST_FILES: usize = 500;

/// Where packages let monit log: Debian and EPEL, older EPEL.
const USUAL: [&str; 3] = [
    "/var/log/monit.log",
    "/var/log/monit/monit.log",
    "/var/log/monit",
];

/// Where the monit of this command logs: what its control file says, else the usual files that are
/// there. None when it logs to syslog.
pub(crate) fn monit_logs(command: &[String]) -> Vec<PathBuf> {
    match control_files(command).iter().find_map(|path| log_of(path)) {
        Some(Statement::LogFile(path)) => vec![path],
        Some(Statement::Syslog) => Vec::new(),
        Some(Statement::Include(_)) | None => {
            let usual = USUAL.iter().map(PathBuf::from);
            usual.filter(|path| path.is_file()).collect()
        }
    }
}

/// The last `count` lines of monit's log that say why `service` failed; nothing of other services.
///
/// An entry is `[date] error    : 'NAME' failed to start (exit status 255) -- 'COMMAND': ` and what the
/// command said, cut off after some 250 bytes, on as many lines as it took.
pub(crate) fn monit_log_lines(log: &[u8], service: &str, count: usize) -> Vec<String> {
    let text = String::from_utf8_lossy(log);
    let mut lines = Vec::new();
    let mut is_ours = false;
    for line in text.lines() {
        let entry = line
            .strip_prefix('[')
            .and_then(|rest| rest.split_once("] "));
        if let Some((_, entry)) = entry {
            let failure = failure(entry, service);
            is_ours = failure.is_some();
            lines.extend(failure.into_iter().flatten());
        } else if is_ours {
            lines.push(without_time(line));
        }
    }
    let said = lines.into_iter().rev().filter(|line| !line.is_empty());
    distinct(said, count).into_iter().rev().map(shown).collect()
}

/// What an entry says of a failure of that service: monit's words, then the first of the program's.
fn failure<'a>(entry: &'a str, service: &str) -> Option<[&'a str; 2]> {
    let (priority, message) = entry.split_once(" : ")?;
    let about = message.strip_prefix('\'')?.strip_prefix(service)?;
    let news = about.strip_prefix("' ")? != "process is not running";
    if !news || ["debug", "info"].contains(&priority.trim()) {
        return None;
    }
    let (head, rest) = message.split_once(" -- '").unwrap_or((message, ""));
    let said = rest.split_once("': ").map_or("", |(_, said)| said);
    Some([head.trim(), without_time(said)])
}

/// Where monit looks for its control file: `-c FILE`, else in the home of the user that it runs as (its
/// password entry counts, not `HOME`), else in the system's folders.
fn control_files(command: &[String]) -> Vec<PathBuf> {
    let is_monit = |word: &String| word.ends_with("monit");
    let program = command.iter().position(is_monit).unwrap_or(0);
    let (before, arguments) = command.split_at(program);
    if let Some(file) = value_of(arguments, "-c", None) {
        return vec![file.into()];
    }
    let home = account::home(value_of(before, "-u", Some("--user")));
    let own = home.map(|home| home.join(".monitrc"));
    let system = [
        "/etc/monitrc",
        "/etc/monit/monitrc",
        "/usr/local/etc/monitrc",
    ];
    own.into_iter().chain(system.map(PathBuf::from)).collect()
}

/// `-c FILE` or `-cFILE`, `--user NAME` or `--user=NAME`.
fn value_of<'a>(words: &'a [String], short: &str, long: Option<&str>) -> Option<&'a str> {
    words.iter().enumerate().find_map(|(at, word)| {
        if word == short || Some(word.as_str()) == long {
            return words.get(at + 1).map(String::as_str);
        }
        let of_long = long.and_then(|long| word.strip_prefix(long)?.strip_prefix('='));
        of_long.or_else(|| word.strip_prefix(short))
    })
}

/// The last setting of the log in a control file and all that it includes; `None`: there is none.
fn log_of(control_file: &Path) -> Option<Statement> {
    let mut ahead = VecDeque::from(statements(control_file)?);
    let mut log = None;
    let mut files = 1;
    while let Some(statement) = ahead.pop_front() {
        let Statement::Include(included) = statement else {
            log = Some(statement);
            continue;
        };
        // Each in its place, since the last setting holds. Of several files monit reads the last first.
        let found = pattern::expand(&Root::real(), &included).unwrap_or_default();
        for path in found.into_iter().take(MOST_FILES) {
            files += 1;
            for statement in statements(&path).unwrap_or_default().into_iter().rev() {
                ahead.push_front(statement);
            }
        }
        if files > MOST_FILES {
            break;
        }
    }
    log
}

fn statements(path: &Path) -> Option<Vec<Statement>> {
    let file = read::existing(&Root::real(), path, SIZE_LIMIT).ok()??;
    let parsed = ControlFile::parse(path, file.bytes.expose()).ok()?;
    Some(parsed.statements)
}

#[cfg(test)]
mod tests;
