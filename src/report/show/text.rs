//! Text for people: each source with its chains as trees, what is wrong with them, then all there is to
//! know of each certificate, request and key.

mod details;
mod page;

use std::collections::HashSet;

use crate::pki::findings::Severity;
use crate::report::printable::printable;
use crate::report::scan::FindingRow;
use crate::report::show::chain::{ChainView, LinkView};
use crate::report::show::keystore::{AlgorithmView, EntryView, KeystoreView};
use crate::report::show::{Detail, Look, Showing, SourceView};
use page::{GREEN, Page, RED, YELLOW};

pub(super) fn render(showing: &Showing, look: &Look) -> String {
    let mut page = Page::new(look);
    for source in &showing.sources {
        page.gap();
        one(source, look.detail, &mut page);
    }
    page.into_text()
}

fn one(source: &SourceView, detail: Detail, page: &mut Page<'_>) {
    page.heading(&title(source));
    if let Some(endpoint) = &source.endpoint {
        page.line(
            "protocol",
            &format!("{}, {}", endpoint.protocol, endpoint.cipher),
        );
        if let Some(host) = &endpoint.host {
            page.line("host", host);
        }
    }
    if let Some(keystore) = &source.keystore {
        protection(keystore, page);
    }
    for note in &source.notes {
        page.line("note", note);
    }
    let mut said = HashSet::new();
    for chain in &source.chains {
        page.gap();
        tree(chain, page);
        page.gap();
        trust(chain, page);
        for finding in findings_of(chain, source, &mut said) {
            finding_line(finding, page);
        }
    }
    if detail > Detail::Brief {
        for certificate in &source.certificates {
            details::certificate(certificate, detail, page);
        }
    }
    for request in &source.requests {
        details::request(request, detail, page);
    }
    for key in &source.keys {
        details::key(key, page);
    }
    for list in &source.revocation_lists {
        page.section("revocation list");
        page.line("list", list);
    }
}

/// `tls.pem: PEM, 2 certificates, 1 private key`
fn title(source: &SourceView) -> String {
    let entries = source.keystore.as_ref().map_or(0, |it| it.entries.len());
    let private = source.keys.iter().filter(|key| key.private).count();
    let counts = [
        (entries, "entry", "entries"),
        (source.certificates.len(), "certificate", "certificates"),
        (source.requests.len(), "request", "requests"),
        (private, "private key", "private keys"),
        (source.keys.len() - private, "public key", "public keys"),
        (
            source.revocation_lists.len(),
            "revocation list",
            "revocation lists",
        ),
    ];
    let mut text = format!("{}: {}", printable(&source.source), source.format);
    for (count, one, many) in counts.into_iter().filter(|(count, ..)| *count > 0) {
        let word = if count == 1 { one } else { many };
        text.push_str(&format!(", {count} {word}"));
    }
    text
}

fn protection(keystore: &KeystoreView, page: &mut Page<'_>) {
    let rounds = |algorithm: &Option<AlgorithmView>| match algorithm {
        Some(AlgorithmView { name, iterations }) => format!("{name}, {iterations} rounds"),
        None => "not encrypted".to_owned(),
    };
    page.line(
        "mac",
        &format!("{}, {} rounds", keystore.mac, keystore.mac_iterations),
    );
    page.line("keys", &rounds(&keystore.key_encryption));
    page.line("certificates", &rounds(&keystore.certificate_encryption));
    page.line("read by", keystore.java);
    page.line("OpenSSL 3", keystore.openssl);
    if !keystore.opened {
        page.line(
            "entries",
            "only what is not encrypted is known without the passphrase",
        );
    }
    for entry in &keystore.entries {
        page.line("entry", &entry_text(entry));
    }
}

/// `webapi: key, RSA 2048, with certificates 1, 2`
fn entry_text(entry: &EntryView) -> String {
    let mut text = format!("{}: {}", printable(&entry.alias), printable(&entry.kind));
    if let Some(key) = &entry.key {
        text.push_str(&format!(", {key}"));
        match entry.java_since {
            Some(..=8) => {}
            Some(version) => text.push_str(&format!(" (served by Java {version} and later)")),
            None => text.push_str(" (served by no Java)"),
        }
    }
    let numbers: Vec<String> = entry.certificates.iter().map(usize::to_string).collect();
    match numbers.as_slice() {
        [] => {}
        [one] => text.push_str(&format!(", with certificate {one}")),
        several => text.push_str(&format!(", with certificates {}", several.join(", "))),
    }
    text
}

/// The leaf, and below each certificate the one that issued it.
fn tree(chain: &ChainView, page: &mut Page<'_>) {
    for (depth, link) in chain.links.iter().enumerate() {
        let days = details::days(link.days_left);
        page.branch(depth, &link.title, &format!("{}, ", place(link)), &days);
    }
    if let Some(missing) = &chain.missing {
        page.branch(
            chain.links.len(),
            missing,
            "",
            &("missing".to_owned(), Some(RED)),
        );
    }
}

/// `leaf, 1`, `root, from other.pem`
fn place(link: &LinkView) -> String {
    match (&link.number, &link.from) {
        (Some(number), _) => format!("{} [{number}]", link.kind),
        (None, Some(from)) => format!("{} from {}", link.kind, printable(from)),
        (None, None) => link.kind.to_string(),
    }
}

fn trust(chain: &ChainView, page: &mut Page<'_>) {
    let (word, colour) = match chain.trusted {
        true => ("yes", GREEN),
        false => ("no", YELLOW),
    };
    page.painted_line(
        "trusted",
        &format!("{word}: {}", chain.reason),
        word,
        colour,
    );
}

/// Of an intermediate that several leaves share, once.
fn findings_of<'a>(
    chain: &ChainView,
    source: &'a SourceView,
    said: &mut HashSet<usize>,
) -> Vec<&'a FindingRow> {
    let numbers = chain.links.iter().filter_map(|link| link.number);
    let fresh: Vec<usize> = numbers.filter(|number| said.insert(*number)).collect();
    let of_these = source
        .certificates
        .iter()
        .filter(|certificate| fresh.contains(&certificate.number));
    of_these
        .flat_map(|certificate| &certificate.findings)
        .collect()
}

fn finding_line(finding: &FindingRow, page: &mut Page<'_>) {
    let colour = match finding.severity {
        Severity::Critical => RED,
        Severity::Warning | Severity::Unknown => YELLOW,
    };
    let word = finding.severity.to_string();
    let text = format!("{}: {}", finding.code, finding.message);
    page.painted_label(&word, colour, &text);
}
