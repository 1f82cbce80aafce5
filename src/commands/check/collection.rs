//! A file with more certificates than memory should hold: gone through three times, in pieces. First to
//! learn which have issued others, then to keep those, then to judge part by part.

use std::collections::HashSet;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::path::Path;

use crate::commands::check::bench::Bench;
use crate::commands::check::file;
use crate::commands::check::rows::Report;
use crate::pki::bundle;
use crate::pki::certificate::Certificate;
use crate::pki::certificate::distinguished_name::canonical;
use crate::pki::findings::{Code, Finding};
use crate::pki::judgement::{Contents, is_leaf, judge_among};
use crate::system::read;

/// Large enough for any block, small enough to be nothing.
const PIECE: usize = 1 << 20;

/// Certificates judged at once; more when there are more issuers to be looked at each time.
const PART: usize = 1_000;

/// Judges a large PEM text; `None` when there is no certificate in it.
pub(super) fn report(bench: &Bench<'_>, path: &Path, shown: &str) -> Option<Report> {
    judged(bench, path, shown).unwrap_or_else(|finding| Some(bench.clerk.complaint(shown, finding)))
}

fn judged(bench: &Bench<'_>, path: &Path, shown: &str) -> Result<Option<Report>, Finding> {
    let census = Census::take(bench, path)?;
    if census.is_empty {
        return Ok(None);
    }
    let mut issuers = Vec::new();
    if census.has_leaves && bench.terms.verifier.checks() {
        let mut seen = HashSet::new();
        each(bench, path, &mut |certificate| {
            if census.has_issued(&certificate) && seen.insert(certificate.fingerprint()) {
                issuers.push(certificate);
            }
        })?;
    }
    let size = PART.max(issuers.len());
    let mut report = Report::default();
    let mut part = Vec::with_capacity(size);
    let mut seen = HashSet::new();
    let mut judge_part = |part: &mut Vec<Certificate>| {
        let part = std::mem::take(part);
        let has_issued = |certificate: &Certificate| census.has_issued(certificate);
        let contents = Contents::of_collection(part, census.has_leaves, has_issued);
        let hosts = bench.hosts.of_file();
        let judgement = judge_among(contents, &mut issuers, hosts, &bench.terms);
        report.add(bench.clerk.report(shown, judgement, false));
    };
    each(bench, path, &mut |certificate| {
        if seen.insert(certificate.fingerprint()) {
            part.push(certificate);
        }
        if part.len() == size {
            judge_part(&mut part);
        }
    })?;
    judge_part(&mut part);
    Ok(Some(report))
}

/// What has to be known of all certificates before one can be judged.
struct Census {
    is_empty: bool,
    has_leaves: bool,
    hasher: RandomState,
    /// Hashes of the names of issuers.
    issuers: HashSet<u64>,
}

impl Census {
    fn take(bench: &Bench<'_>, path: &Path) -> Result<Self, Finding> {
        let mut census = Self {
            is_empty: true,
            has_leaves: false,
            hasher: RandomState::new(),
            issuers: HashSet::new(),
        };
        each(bench, path, &mut |certificate| {
            census.is_empty = false;
            census.has_leaves |= is_leaf(&certificate, |_| true);
            if !certificate.is_self_issued() {
                let issuer = census.hash(certificate.issuer_der());
                census.issuers.insert(issuer);
            }
        })?;
        Ok(census)
    }

    fn has_issued(&self, certificate: &Certificate) -> bool {
        self.issuers.contains(&self.hash(certificate.subject_der()))
    }

    fn hash(&self, name: &[u8]) -> u64 {
        self.hasher.hash_one(canonical(name).unwrap_or_default())
    }
}

fn each(bench: &Bench<'_>, path: &Path, found: &mut dyn FnMut(Certificate)) -> Result<(), Finding> {
    let mut fault = None;
    let mut lines = 1;
    let shown = path.display();
    let read = read::input_in_pieces(bench.root, path, PIECE, &mut |piece, last| {
        if bench.times.is_over() {
            fault = Some(format!(
                "{shown} was not read to its end: --deadline was over before"
            ));
            return None;
        }
        let line_at = |offset: usize| lines + newlines(piece.get(..offset).unwrap_or_default());
        match bundle::certificates_in_piece(piece, last, found) {
            Ok(done) => {
                lines = line_at(done);
                Some(done)
            }
            Err((offset, reason)) => {
                let line = line_at(offset);
                fault = Some(format!("{shown}:{line}: damaged block: {reason}"));
                None
            }
        }
    });
    read.map_err(|error| file::unread(&error))?;
    match fault {
        None => Ok(()),
        Some(message) => Err(Finding::new(Code::Unreadable, message)),
    }
}

fn newlines(text: &[u8]) -> usize {
    text.iter().filter(|byte| **byte == b'\n').count()
}
