//! Outcomes for people: one line a thing, its name first.

use std::fmt::Write;

use crate::report::outcome::{Effect, Outcome};

/// What an action did. `verbose` also shows what was right already.
pub(crate) fn render(outcome: &Outcome, verbose: bool) -> String {
    let mut page = Page(String::new());
    if let Some(diff) = &outcome.diff {
        page.0.push_str(diff);
    }
    certificate(outcome, verbose, &mut page);
    if !outcome.dry_run {
        files(outcome, verbose, &mut page);
    }
    for note in &outcome.notes {
        page.line("note", note);
    }
    service(outcome, verbose, &mut page);
    for pending in &outcome.pending {
        page.line("pending", pending);
    }
    match (outcome.history, outcome.changed) {
        (Some(id), _) => page.line("history", &format!("{id} (dhtls rollback {id} undoes it)")),
        (None, false) => page.line("unchanged", "everything is as wanted already"),
        (None, true) => {}
    }
    page.0
}

struct Page(String);

impl Page {
    /// Twelve columns fit every label.
    fn line(&mut self, label: &str, text: &str) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.0, "{label:<12} {text}");
    }
}

fn certificate(outcome: &Outcome, verbose: bool, page: &mut Page) {
    let Some(certificate) = &outcome.certificate else {
        return;
    };
    page.line(
        "certificate",
        &format!(
            "{}, issued by {}, until {} ({} days)",
            certificate.subject, certificate.issuer, certificate.not_after, certificate.days_left
        ),
    );
    if verbose {
        page.line("host", &certificate.host);
    }
    for intermediate in &certificate.intermediates {
        page.line("", &format!("with intermediate {intermediate}"));
    }
}

fn files(outcome: &Outcome, verbose: bool, page: &mut Page) {
    let shown = |effect| verbose || effect != Effect::Unchanged || outcome.history.is_none();
    for file in outcome.files.iter().filter(|file| shown(file.effect)) {
        page.line(
            file.role,
            &format!(
                "{} {}, {} {}",
                file.path.display(),
                file.effect.word(),
                file.owner,
                file.mode
            ),
        );
    }
    for setting in outcome
        .settings
        .iter()
        .filter(|setting| shown(setting.effect))
    {
        page.line(
            setting.role,
            &format!(
                "{}:{} {}={} {}",
                setting.file,
                setting.line,
                setting.key,
                setting.value,
                setting.effect.word()
            ),
        );
    }
}

fn service(outcome: &Outcome, verbose: bool, page: &mut Page) {
    let Some(service) = outcome.service.as_ref().filter(|_| !outcome.dry_run) else {
        return;
    };
    let restarted = if service.restarted {
        "restarted"
    } else {
        "not restarted"
    };
    let mut text = format!("{} {restarted}", service.name);
    if let Some(endpoint) = &service.endpoint {
        text.push_str(&format!(", {endpoint} serves this certificate"));
    }
    page.line("service", &text);
    if let Some(launcher) = &service.launcher {
        page.line("launcher", launcher);
    }
    if let Some(tls) = service.tls.as_ref().filter(|_| verbose) {
        page.line("", tls);
    }
    if let (Some(pid), Some(seconds), true) = (service.pid, service.seconds, verbose) {
        page.line("", &format!("process {pid}, after {seconds} s"));
    }
}
