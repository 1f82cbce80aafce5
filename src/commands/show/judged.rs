//! From what was read to what is shown: every source judged as `dhtls check` judges it, its chains drawn.

use time::OffsetDateTime;

use crate::commands::show::drawing::{Drawing, Elsewhere};
use crate::commands::show::source::{Content, FileContent, Key, Source};
use crate::pki::certificate::Certificate;
use crate::pki::chain::{Ways, is_key_of};
use crate::pki::items::Form;
use crate::pki::judgement::{self, Contents, Judged, Judgement, Terms};
use crate::pki::keystore::{Entry, KeyEntry, Keystore};
use crate::pki::names::ServerName;
use crate::pki::signature::Verifier;
use crate::pki::thresholds::Thresholds;
use crate::pki::trust::TrustAnchors;
use crate::report::show::certificate::{CertificateView, KeyView, RequestView, finding_row};
use crate::report::show::keystore::{EntryView, KeystoreView};
use crate::report::show::{EndpointView, SourceView};
use crate::system::endpoint::Served;

pub(super) struct Judge<'a> {
    pub(super) now: OffsetDateTime,
    /// `--host`
    pub(super) host: Option<&'a ServerName>,
    pub(super) anchors: &'a TrustAnchors,
}

impl Judge<'_> {
    /// The views of all sources, and the certificates of all of them.
    pub(super) fn all(self, sources: Vec<Source>) -> (Vec<SourceView>, Vec<Certificate>) {
        let elsewhere = self.elsewhere(&sources);
        let mut views = Vec::new();
        let mut certificates = Vec::new();
        let mut keys = Vec::new();
        let mut owners = Vec::new();
        for source in sources {
            let (view, judged, own_keys) = self.one(source, &elsewhere, &mut owners);
            certificates.extend(judged);
            keys.push(own_keys);
            views.push(view);
        }
        for (view, keys) in views.iter_mut().zip(keys) {
            for (view, key) in view.keys.iter_mut().zip(keys) {
                compare(view, &key, &owners);
            }
        }
        (views, certificates)
    }

    /// Certificates that may complete the chains of files: those of all files.
    fn elsewhere(&self, sources: &[Source]) -> Vec<Elsewhere> {
        let files = sources.iter().flat_map(|source| {
            let certificates = match &source.content {
                Content::File(file) => file.certificates.as_slice(),
                Content::Keystore(_) | Content::Locked(_) | Content::Served { .. } => &[],
            };
            let issuers = certificates.iter().filter(|it| it.is_ca());
            issuers.map(|certificate| Elsewhere {
                source: source.name.clone(),
                certificate: certificate.clone(),
            })
        });
        files.collect()
    }

    fn one(
        &self,
        source: Source,
        elsewhere: &[Elsewhere],
        owners: &mut Vec<Owner>,
    ) -> (SourceView, Vec<Certificate>, Vec<Key>) {
        let mut view = SourceView::new(source.name, format(&source.content), source.notes);
        let (certificates, keys) = match source.content {
            Content::File(file) => self.file(file, elsewhere, owners, &mut view),
            Content::Keystore(keystore) => (self.keystore(keystore, &mut view), Vec::new()),
            Content::Locked(outline) => {
                view.keystore = Some(KeystoreView::closed(outline));
                (Vec::new(), Vec::new())
            }
            Content::Served { served, host } => (self.served(served, &host, &mut view), Vec::new()),
        };
        let of_certificates = certificates.iter().zip(&view.certificates);
        owners.extend(of_certificates.map(|(certificate, shown)| Owner {
            key: certificate.public_key_der().to_vec(),
            certificate: Some(certificate.clone()),
            name: format!("{}, [{}] {}", view.source, shown.number, shown.title),
        }));
        (view, certificates, keys)
    }

    fn file(
        &self,
        file: FileContent,
        elsewhere: &[Elsewhere],
        owners: &mut Vec<Owner>,
        view: &mut SourceView,
    ) -> (Vec<Certificate>, Vec<Key>) {
        // One key in the file picks the leaf, as in what lighttpd is given.
        let private = file.keys.iter().filter(|key| key.is_private);
        let publics: Vec<_> = private.filter_map(|key| key.public.as_deref()).collect();
        let key = match publics.as_slice() {
            [only] => Some(*only),
            [] | [_, ..] => None,
        };
        let certificates = match file.certificates.is_empty() {
            true => Vec::new(),
            false => {
                let contents = Contents::of_file(file.certificates, key);
                self.judged(contents, &self.hosts(), elsewhere, view)
            }
        };
        owners.extend(file.requests.iter().map(|request| Owner {
            key: request.public_key.clone(),
            certificate: None,
            name: format!("{}, request for {}", view.source, request.subject),
        }));
        view.requests = file.requests.into_iter().map(RequestView::of).collect();
        view.revocation_lists = file.revocation_lists;
        view.keys = file.keys.iter().map(key_view).collect();
        (certificates, file.keys)
    }

    fn hosts(&self) -> Vec<ServerName> {
        self.host.cloned().into_iter().collect()
    }

    fn served(&self, served: Served, host: &str, view: &mut SourceView) -> Vec<Certificate> {
        let contents = Contents::of_server(&served.chain);
        let name = ServerName::parse(host).ok();
        view.endpoint = Some(EndpointView {
            protocol: served.protocol,
            cipher: served.cipher,
            host: name.as_ref().map(ToString::to_string),
        });
        self.judged(contents, name.as_slice(), &[], view)
    }

    fn keystore(&self, keystore: Keystore, view: &mut SourceView) -> Vec<Certificate> {
        let contents = Contents::of_keystore(&keystore);
        let certificates = self.judged(contents, &self.hosts(), &[], view);
        let entries = keystore.entries.iter();
        let entries = entries
            .map(|entry| entry_view(entry, &certificates))
            .collect();
        for der in &keystore.extra_certificates {
            if let Some(place) = certificates.iter().position(|it| it.der() == der) {
                let number = place + 1;
                let note = format!("certificate {number} belongs to no entry; Java ignores it");
                view.notes.push(note);
            }
        }
        view.keystore = Some(KeystoreView {
            entries,
            ..KeystoreView::opened(keystore.protection)
        });
        certificates
    }

    /// Judges what is in one source and draws its chains into `view`; returns its certificates.
    fn judged(
        &self,
        contents: Contents,
        hosts: &[ServerName],
        elsewhere: &[Elsewhere],
        view: &mut SourceView,
    ) -> Vec<Certificate> {
        let verifier = Verifier::checking();
        let terms = Terms {
            now: self.now,
            anchors: self.anchors,
            thresholds: &Thresholds::default(),
            verifier: &verifier,
        };
        let own = contents.len();
        let contents = contents.with_issuers(elsewhere.iter().map(|it| &it.certificate));
        let Judgement {
            certificates: judged,
            errors,
        } = judgement::judge(contents, hosts, &terms);
        let errors = errors.into_iter();
        view.notes
            .extend(errors.map(|finding| format!("{}: {}", finding.code, finding.message)));
        let pool: Vec<Certificate> = judged.iter().map(|it| it.certificate.clone()).collect();
        let drawing = Drawing::new(&judged, own, elsewhere, &terms);
        view.chains = drawing.chains(Ways::new(&pool, self.anchors, &verifier, self.now));
        view.certificates = (1..)
            .zip(judged.into_iter().take(own))
            .map(|(number, judged)| self.certificate(number, judged))
            .collect();
        pool.into_iter().take(own).collect()
    }

    fn certificate(&self, number: usize, judged: Judged) -> CertificateView {
        CertificateView {
            number,
            alias: judged.alias,
            findings: judged.findings.into_iter().map(finding_row).collect(),
            ..CertificateView::of(&judged.certificate, judged.place, self.now)
        }
    }
}

/// Who a key may belong to.
struct Owner {
    key: Vec<u8>,
    certificate: Option<Certificate>,
    name: String,
}

fn compare(view: &mut KeyView, key: &Key, owners: &[Owner]) {
    let Some(public) = &key.public else {
        return;
    };
    let is_owner = |owner: &&Owner| match &owner.certificate {
        Some(certificate) => is_key_of(certificate, public),
        None => owner.key == *public,
    };
    view.belongs_to = owners
        .iter()
        .filter(is_owner)
        .map(|it| it.name.clone())
        .collect();
    view.was_compared = !owners.is_empty();
}

fn key_view(key: &Key) -> KeyView {
    match &key.public {
        Some(public) => KeyView::of(public, key.is_private, key.encryption.clone()),
        None => KeyView::closed(key.encryption.clone()),
    }
}

fn entry_view(entry: &Entry, certificates: &[Certificate]) -> EntryView {
    let number = |der: &Vec<u8>| {
        let place = certificates.iter().position(|it| it.der() == der);
        place.map(|place| place + 1)
    };
    let mut view = EntryView {
        alias: entry.alias().to_owned(),
        kind: String::new(),
        key: None,
        java_since: None,
        certificates: Vec::new(),
    };
    match entry {
        Entry::Key(KeyEntry { key, chain, .. }) => {
            view.kind = "key".to_owned();
            view.key = Some(key.kind().to_string());
            view.java_since = key.kind().java_since();
            view.certificates = chain.iter().filter_map(number).collect();
        }
        Entry::Other { kind, .. } => view.kind.clone_from(kind),
        Entry::Trusted { certificate, .. } => {
            view.kind = "trusted certificate".to_owned();
            view.certificates = number(certificate).into_iter().collect();
        }
    }
    view
}

fn format(content: &Content) -> &'static str {
    match content {
        Content::File(file) => match file.form {
            Form::Base64 => "base64",
            Form::Der => "DER",
            Form::Keystore => "PKCS#12",
            Form::Pem => "PEM",
            Form::Pkcs7 => "PKCS#7",
        },
        Content::Keystore(_) | Content::Locked(_) => "PKCS#12",
        Content::Served { .. } => "TLS",
    }
}
