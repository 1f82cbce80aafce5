//! The lines of a service's log that say why it failed.

/// Longer lines are stack traces on one line or data: their start says enough.
const LONGEST_LINE: usize = 300;

/// The last `count` lines of `log` that name a fault, in their order; without any, the last lines.
///
/// Escape sequences and other control characters are dropped: the lines go to a terminal.
pub(crate) fn last_log_lines(log: &[u8], count: usize) -> Vec<String> {
    let text = String::from_utf8_lossy(log);
    let lines = || text.lines().filter(|line| !line.trim().is_empty()).rev();
    let mut chosen = distinct(lines().filter(|line| names_a_fault(line)), count);
    if chosen.is_empty() {
        chosen = distinct(lines(), count);
    }
    chosen.into_iter().rev().map(shown).collect()
}

/// `2026-01-31 12:00:00: (mod_openssl.c.1132) SSL: ...` of lighttpd without the time, which is another
/// one at each start.
pub(crate) fn without_time(line: &str) -> &str {
    const LENGTH: usize = "2026-01-31 12:00:00: ".len();
    let line = line.trim();
    match line.split_at_checked(LENGTH) {
        Some((time, rest)) if time.ends_with(": ") && rest.starts_with('(') => rest,
        Some(_) | None => line,
    }
}

/// A service that monit starts again and again says the same each time.
pub(super) fn distinct<'a>(lines: impl Iterator<Item = &'a str>, count: usize) -> Vec<&'a str> {
    let mut chosen = Vec::new();
    for line in lines {
        if chosen.len() == count {
            break;
        }
        if !chosen.contains(&line) {
            chosen.push(line);
        }
    }
    chosen
}

fn names_a_fault(line: &str) -> bool {
    // Logs of Java and lighttpd: `java.io.IOException: keystore password was incorrect`,
    // `(mod_openssl.c.1132) SSL: Private key does not match`.
    let words = [
        "ERROR",
        "FATAL",
        "SEVERE",
        "Exception",
        "Caused by",
        "Error:",
    ];
    let stack_frame = line.trim_start().starts_with("at ");
    !stack_frame && (words.iter().any(|word| line.contains(word)) || line.contains("SSL:"))
}

pub(super) fn shown(line: &str) -> String {
    line.trim_end()
        .chars()
        .map(|c| if c == '\t' { ' ' } else { c })
        .filter(|c| !c.is_control())
        .take(LONGEST_LINE)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::last_log_lines;

    const LOG: &[u8] = b"INFO starting\n\
        ERROR cannot start the web server\n\
        java.io.IOException: keystore password was incorrect\n\
        \tat sun.security.pkcs12.PKCS12KeyStore.engineLoad(Exception.java:1)\n\
        Caused by: java.security.UnrecoverableKeyException\n\
        INFO bye\n\n";

    #[test]
    fn lines_that_name_a_fault_are_preferred_and_stay_in_order() {
        assert_eq!(
            last_log_lines(LOG, 2),
            [
                "java.io.IOException: keystore password was incorrect",
                "Caused by: java.security.UnrecoverableKeyException",
            ]
        );
    }

    #[test]
    fn what_is_said_again_and_again_is_shown_once() {
        assert_eq!(last_log_lines(&LOG.repeat(3), 5).len(), 3);
    }

    #[test]
    fn a_log_without_a_fault_shows_its_end() {
        assert_eq!(last_log_lines(b"one\ntwo\r\n\nthree", 2), ["two", "three"]);
        assert!(last_log_lines(b"", 5).is_empty());
    }

    #[test]
    fn nothing_reaches_the_terminal_but_text() {
        let lines = last_log_lines(b"ERROR \x1b[31mred\x07\xff\tend", 5);
        assert_eq!(lines, ["ERROR [31mred\u{fffd} end"]);
        let long = [b"ERROR ".to_vec(), vec![b'x'; 5000]].concat();
        assert_eq!(last_log_lines(&long, 5)[0].len(), 300);
    }
}
