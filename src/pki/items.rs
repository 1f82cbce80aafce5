//! Everything that a file holds, whatever it is: certificates, requests, keys, revocation lists. What
//! is damaged is said, and does not hide the rest.

use openssl::pkey::PKey;
use x509_parser::prelude::FromDer as _;
use x509_parser::revocation_list::CertificateRevocationList;
use zeroize::Zeroizing;

use crate::error::certificate::Found;
use crate::error::{CertificateError, Error, ShowError};
use crate::pki::asn1::oid;
use crate::pki::asn1::read::Reader;
use crate::pki::bundle::{self, Mend};
use crate::pki::certificate::Certificate;
use crate::pki::certificate::distinguished_name;
use crate::pki::findings::date;
use crate::pki::pem::{self, Block};
use crate::pki::request::Request;
use crate::secret::Secret;

/// In the order of the file.
#[derive(Debug)]
pub(crate) struct Items {
    pub(crate) form: Form,
    pub(crate) items: Vec<Item>,
    /// What could not be read.
    pub(crate) faults: Vec<Error>,
    /// What programs less forgiving than this one would stumble over.
    pub(crate) mended: Vec<Mend>,
}

#[derive(Debug)]
pub(crate) enum Item {
    Certificate(Box<Certificate>),
    /// One private key as it is in the file, perhaps encrypted: for [`crate::pki::key::PrivateKey::decode`].
    Key(Secret),
    /// A SubjectPublicKeyInfo, DER.
    PublicKey(Vec<u8>),
    Request(Box<Request>),
    /// A sentence about it.
    RevocationList(String),
}

/// How a file is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Form {
    Base64,
    Der,
    /// PKCS#12 or one of Java's own; to be opened with a passphrase.
    Keystore,
    Pem,
    Pkcs7,
}

/// Reads all of `bytes`. `name` is what errors call the file.
pub(crate) fn read(name: &str, bytes: &[u8]) -> Items {
    let mut items = Items {
        form: Form::Der,
        items: Vec::new(),
        faults: Vec::new(),
        mended: bundle::mends(bytes),
    };
    if let Some(text) = pem::from_utf16(bytes) {
        items.read_pem(name, &text);
    } else if pem::begins_somewhere(bytes) {
        items.read_pem(name, bytes);
    } else if let Err(error) = items.read_binary(name, bytes) {
        items.faults.push(error);
    }
    items
}

impl Items {
    fn read_pem(&mut self, name: &str, text: &[u8]) {
        self.form = Form::Pem;
        for found in pem::blocks(text) {
            let read = match found {
                Ok(block) => self.read_block(name, text, &block),
                Err(damage) => Err(damaged(name, text, damage.offset, damage.reason)),
            };
            self.faults.extend(read.err());
        }
    }

    fn read_block(&mut self, name: &str, text: &[u8], block: &Block<'_>) -> Result<(), Error> {
        let whole = text.get(block.start..block.end).unwrap_or_default();
        let damaged = |reason| damaged(name, text, block.start, reason);
        let decode = || block.decode().ok_or_else(|| damaged("it is not base64"));
        match block.label {
            label if bundle::is_certificate_label(label) => {
                self.form = form_of(label);
                let read = bundle::decode(name, whole);
                let read = read.map_err(|error| relocated(error, pem::line_at(text, block.start)));
                self.take_certificates(read?.certificates);
            }
            label if label.ends_with("PRIVATE KEY") => {
                self.items.push(Item::Key(Secret::new(whole.to_vec())));
            }
            "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => {
                let request = Request::read(&decode()?).map_err(damaged)?;
                self.items.push(Item::Request(Box::new(request)));
            }
            "PUBLIC KEY" => {
                let key = public_key(&decode()?).map_err(damaged)?;
                self.items.push(Item::PublicKey(key));
            }
            "X509 CRL" => {
                let list = revocation_list(&decode()?).map_err(damaged)?;
                self.items.push(Item::RevocationList(list));
            }
            // openssl writes the curve before the key that names it as well.
            "EC PARAMETERS" => {}
            label => {
                return Err(ShowError::UnknownBlock {
                    name: name.to_owned(),
                    line: pem::line_at(text, block.start),
                    label: label.to_owned(),
                }
                .into());
            }
        }
        Ok(())
    }

    fn read_binary(&mut self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let found = match bundle::decode(name, bytes) {
            Ok(bundle) => {
                self.form = match bundle.mended.contains(&Mend::NoArmor) {
                    true => Form::Base64,
                    false if is_pkcs7(bytes) => Form::Pkcs7,
                    false => Form::Der,
                };
                self.mended = bundle.mended;
                self.take_certificates(bundle.certificates);
                return Ok(());
            }
            Err(CertificateError::Other { found, .. }) => found,
            Err(CertificateError::Empty { name }) => return Err(ShowError::Empty { name }.into()),
            Err(other) => return Err(other.into()),
        };
        let bare = pem::bare_base64(bytes);
        if bare.is_some() {
            self.form = Form::Base64;
        }
        let der = bare.unwrap_or_else(|| Zeroizing::new(bytes.to_vec()));
        self.read_other(name, found, &der)
    }

    fn read_other(&mut self, name: &str, found: Found, der: &[u8]) -> Result<(), Error> {
        let damaged = |reason| {
            Error::from(CertificateError::Damaged {
                name: name.to_owned(),
                line: None,
                reason,
            })
        };
        self.items.push(match found {
            Found::CertificateRequest => {
                Item::Request(Box::new(Request::read(der).map_err(damaged)?))
            }
            Found::PrivateKey => Item::Key(Secret::new(der.to_vec())),
            Found::PublicKey => Item::PublicKey(public_key(der).map_err(damaged)?),
            Found::RevocationList => Item::RevocationList(revocation_list(der).map_err(damaged)?),
            Found::JavaKeystore | Found::Pkcs12 if self.form == Form::Der => {
                self.form = Form::Keystore;
                return Ok(());
            }
            Found::JavaKeystore | Found::Pkcs12 | Found::Unknown | Found::WebPage => {
                let name = name.to_owned();
                return Err(ShowError::Unknown { name, found }.into());
            }
        });
        Ok(())
    }

    fn take_certificates(&mut self, certificates: Vec<Certificate>) {
        let boxed = certificates.into_iter().map(Box::new);
        self.items.extend(boxed.map(Item::Certificate));
    }
}

fn damaged(name: &str, text: &[u8], offset: usize, reason: &'static str) -> Error {
    let line = Some(pem::line_at(text, offset));
    let name = name.to_owned();
    CertificateError::Damaged { name, line, reason }.into()
}

/// An error of one block on its own, in the lines of the whole file.
fn relocated(error: CertificateError, at: usize) -> CertificateError {
    match error {
        CertificateError::Damaged { name, reason, .. } => CertificateError::Damaged {
            name,
            line: Some(at),
            reason,
        },
        other => other,
    }
}

fn form_of(label: &str) -> Form {
    match label.contains('7') || label == "CMS" {
        true => Form::Pkcs7,
        false => Form::Pem,
    }
}

fn is_pkcs7(bytes: &[u8]) -> bool {
    let kind = || {
        let mut fields = Reader::new(bytes).sequence("content").ok()?;
        fields.oid("kind of content").ok()
    };
    kind() == Some(oid::SIGNED_DATA)
}

/// Checked by OpenSSL, so that a damaged one is not shown as a key of unknown kind.
fn public_key(der: &[u8]) -> Result<Vec<u8>, &'static str> {
    let key = PKey::public_key_from_der(der).map_err(|_| "it is not a public key")?;
    key.public_key_to_der()
        .map_err(|_| "it is not a public key")
}

/// `a revocation list of CN=…, from … until …, with 3 certificates`
fn revocation_list(der: &[u8]) -> Result<String, &'static str> {
    let Ok(([], list)) = CertificateRevocationList::from_der(der) else {
        return Err("it is not a revocation list as RFC 5280 has it");
    };
    let issuer = distinguished_name::to_text(list.issuer().as_raw());
    let from = date(list.last_update().to_datetime());
    let until = list.next_update().map(|time| date(time.to_datetime()));
    let until = until.map_or(String::new(), |until| format!(" until {until}"));
    let revoked = match list.iter_revoked_certificates().count() {
        1 => "1 certificate".to_owned(),
        count => format!("{count} certificates"),
    };
    Ok(format!("of {issuer}, from {from}{until}, with {revoked}"))
}

#[cfg(test)]
mod tests {
    use super::{Form, Item, Items, read};
    use crate::pki::certificate::fixtures::bytes;

    fn words(items: &Items) -> Vec<&'static str> {
        let word = |item: &Item| match item {
            Item::Certificate(_) => "certificate",
            Item::Key(_) => "key",
            Item::PublicKey(_) => "public key",
            Item::Request(_) => "request",
            Item::RevocationList(_) => "revocation list",
        };
        items.items.iter().map(word).collect()
    }

    #[test]
    fn every_kind_of_file_is_told_by_its_content() {
        let cases: [(&str, Form, &[&str]); 10] = [
            (
                "with-key.pem",
                Form::Pem,
                &["key", "certificate", "certificate"],
            ),
            ("other.request.pem", Form::Pem, &["request"]),
            ("other.public-key.pem", Form::Pem, &["public key"]),
            ("other.revocation-list.pem", Form::Pem, &["revocation list"]),
            ("leaf.utf16.pem", Form::Pem, &["certificate"]),
            ("leaf.der", Form::Der, &["certificate"]),
            ("leaf.base64", Form::Base64, &["certificate"]),
            ("chain.p7b", Form::Pkcs7, &["certificate", "certificate"]),
            (
                "chain.der.p7b",
                Form::Pkcs7,
                &["certificate", "certificate"],
            ),
            ("keys/ed25519.key", Form::Pem, &["key"]),
        ];
        for (file, form, expected) in cases {
            let items = read(file, &bytes(file));
            assert_eq!(
                (items.form, words(&items).as_slice()),
                (form, expected),
                "{file}"
            );
            assert!(items.faults.is_empty(), "{file}");
        }
    }

    #[test]
    fn a_damaged_block_does_not_hide_the_others_and_is_named_with_its_line() {
        let chain = String::from_utf8(bytes("chain.pem")).unwrap();
        let text = format!(
            "{}-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n{chain}",
            "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"
        );
        let items = read("x.pem", text.as_bytes());
        assert_eq!(words(&items), ["certificate", "certificate"]);
        let said: Vec<_> = items.faults.iter().map(ToString::to_string).collect();
        assert_eq!(
            said,
            [
                "x.pem:1: damaged block: it is not base64",
                "x.pem:4: damaged block: it is not a revocation list as RFC 5280 has it"
            ]
        );
    }
}
