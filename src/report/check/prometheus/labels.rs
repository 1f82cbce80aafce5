//! Labels of series: our own, and those of x509-certificate-exporter.

use openssl::bn::BigNum;

use crate::pki::certificate::distinguished_name::values;
use crate::report::printable::printable;
use crate::report::scan::CertificateRow;

pub(super) fn own(row: &CertificateRow) -> String {
    let kind = row.kind.to_string();
    place(&row.source, &kind, &row.subject, &row.serial)
}

/// Of a source without a certificate: all series of a family have labels of the same names.
pub(super) fn of_source(source: &str) -> String {
    place(source, "", "", "")
}

/// Those of x509-certificate-exporter 4 for a file, in its order: the serial number is decimal, and of
/// several values the first in the certificate stands, but of common names the last. An endpoint stands
/// in the place of the file.
pub(super) fn exporter(row: &CertificateRow) -> String {
    let filename = row
        .source
        .rsplit('/')
        .next()
        .filter(|name| !name.is_empty());
    let mut labels = vec![
        label("filename", filename.unwrap_or(&row.source)),
        label("filepath", &row.source),
        label("serial_number", &decimal(&row.serial)),
    ];
    for (party, name) in [("issuer", &row.issuer), ("subject", &row.subject)] {
        for part in ["C", "ST", "L", "O", "OU", "CN"] {
            // The text has the last value first.
            let values = values(name, part);
            let value = match part {
                "CN" => values.first(),
                _ => values.last(),
            };
            let value = value.map(String::as_str).unwrap_or_default();
            labels.push(label(&format!("{party}_{part}"), value));
        }
    }
    labels.join(",")
}

fn place(source: &str, kind: &str, subject: &str, serial: &str) -> String {
    let labels = [
        label("source", source),
        label("kind", kind),
        label("subject", subject),
        label("serial", serial),
    ];
    labels.join(",")
}

/// What cannot be seen is spelled out first: one may look at the file on a terminal.
fn label(name: &str, value: &str) -> String {
    let value = printable(value).replace('\\', r"\\").replace('"', "\\\"");
    format!("{name}=\"{value}\"")
}

fn decimal(hex: &str) -> String {
    let number = BigNum::from_hex_str(hex).and_then(|number| number.to_dec_str());
    number.map_or_else(|_| hex.to_owned(), |decimal| decimal.to_string())
}
