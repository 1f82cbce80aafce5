//! The settings file, and what programs print.

use crate::config::lines::lines;
use crate::server::java::JavaVersion;
use crate::server::lighttpd::{LighttpdVersion, Printed, Wanted, differences};
use crate::server::services::{last_log_lines, monit_log_lines, parse_status};
use crate::server::settings::Settings;

/// Settings that are understood name whole paths and keep the key secret; an error names a line.
pub fn settings(bytes: &[u8]) {
    match Settings::parse("settings", bytes) {
        Ok(settings) => {
            assert!(!settings.webapi.mode.open_to_others());
            assert!(settings.webapi.keystore.is_absolute() && settings.state.folder.is_absolute());
            assert!(settings.state.keep > 0 && !settings.monit.command.is_empty());
        }
        Err(error) => {
            let most = 1 + lines(bytes).count();
            assert!((1..=most).contains(&error.line), "line {}", error.line);
            assert!(!error.problem.contains('\n'));
        }
    }
}

/// A status, and the logs of monit and of a service: their lines are fit for a terminal.
pub fn monit_output(bytes: &[u8]) {
    if let Some(status) = parse_status(&String::from_utf8_lossy(bytes)) {
        assert!(!status.runs() || !status.pending);
    }
    let found = [
        monit_log_lines(bytes, "web_api_service", 5),
        last_log_lines(bytes, 5),
    ];
    for lines in found {
        assert!(lines.len() <= 5);
        assert!(!lines.iter().any(|line| line.contains(char::is_control)));
    }
}

/// What `lighttpd -p` and `-v` print. The same twice is no difference.
pub fn lighttpd_output(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Some(printed) = Printed::parse(&text) {
        let found = differences(&printed, &printed.clone(), &Wanted::default());
        assert_eq!(found, Vec::<String>::new());
    }
    if let Some(version) = LighttpdVersion::parse(&text) {
        let again = LighttpdVersion::parse(&format!("lighttpd/{version}"));
        assert_eq!(again, Some(version));
    }
}

/// A Java's `release` file and `java -version`.
pub fn java_version(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let found = [
        JavaVersion::from_release(&text),
        JavaVersion::from_version_output(&text),
    ];
    for version in found.into_iter().flatten() {
        let shown = version.to_string();
        assert!(shown.starts_with(|first: char| first.is_ascii_digit()));
    }
}
