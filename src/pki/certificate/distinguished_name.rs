//! Distinguished names: to text for people, and compared as RFC 5280, 7.1 asks.

use std::fmt::Write as _;

use x509_parser::asn1_rs::{Any, FromDer as _, Tag, ToDer as _};
use x509_parser::x509::{AttributeTypeAndValue, RelativeDistinguishedName, X509Name};

/// Short names that openssl prints with `-nameopt RFC2253`.
const SHORT_NAMES: [(&str, &str); 25] = [
    ("0.9.2342.19200300.100.1.1", "UID"),
    ("0.9.2342.19200300.100.1.25", "DC"),
    ("1.2.840.113549.1.9.1", "emailAddress"),
    ("1.3.6.1.4.1.311.60.2.1.1", "jurisdictionL"),
    ("1.3.6.1.4.1.311.60.2.1.2", "jurisdictionST"),
    ("1.3.6.1.4.1.311.60.2.1.3", "jurisdictionC"),
    ("2.5.4.3", "CN"),
    ("2.5.4.4", "SN"),
    ("2.5.4.5", "serialNumber"),
    ("2.5.4.6", "C"),
    ("2.5.4.7", "L"),
    ("2.5.4.8", "ST"),
    ("2.5.4.9", "street"),
    ("2.5.4.10", "O"),
    ("2.5.4.11", "OU"),
    ("2.5.4.12", "title"),
    ("2.5.4.15", "businessCategory"),
    ("2.5.4.17", "postalCode"),
    ("2.5.4.42", "GN"),
    ("2.5.4.43", "initials"),
    ("2.5.4.44", "generationQualifier"),
    ("2.5.4.45", "x500UniqueIdentifier"),
    ("2.5.4.46", "dnQualifier"),
    ("2.5.4.65", "pseudonym"),
    ("2.5.4.97", "organizationIdentifier"),
];

/// RFC 4514: the last part first, special characters escaped. An empty name is the empty string.
pub(crate) fn to_text(name: &[u8]) -> String {
    let Some(name) = parse(name) else {
        return "unreadable name".to_owned();
    };
    let rdns: Vec<_> = name.iter_rdn().collect();
    let parts: Vec<String> = rdns
        .into_iter()
        .rev()
        .map(|rdn| {
            // openssl turns multi-valued parts around as well.
            let mut values: Vec<_> = rdn.iter().map(attribute_text).collect();
            values.reverse();
            values.join("+")
        })
        .collect();
    parts.join(",")
}

/// The last common name, escaped.
pub(crate) fn common_name(name: &[u8]) -> Option<String> {
    let name = parse(name)?;
    let value = name.iter_common_name().last()?.attr_value();
    value_text(value).map(|text| escape(&text))
}

/// The values of one type (`CN`, `O`) in what [`to_text`] wrote, in its order, the escapes taken back.
/// Values that are no strings are left out.
pub(crate) fn values(text: &str, short_name: &str) -> Vec<String> {
    let mut is_escaped = false;
    let parts = text.split(|character| {
        let divides = matches!(character, ',' | '+') && !is_escaped;
        is_escaped = character == '\\' && !is_escaped;
        divides
    });
    let values = parts.filter_map(|part| part.strip_prefix(short_name)?.strip_prefix('='));
    let strings = values.filter(|value| !value.starts_with('#'));
    strings.map(unescape).collect()
}

pub(crate) fn is_empty(name: &[u8]) -> bool {
    parse(name).is_some_and(|name| name.iter_rdn().next().is_none())
}

/// Equal bytes, or equal but for case, blanks and string type (RFC 5280, 7.1).
pub(crate) fn equal(a: &[u8], b: &[u8]) -> bool {
    a == b || matches!((parse(a), parse(b)), (Some(a), Some(b)) if parts_equal(&a, &b))
}

/// Whether `name` lies in the subtree below `base` (RFC 5280, 4.2.1.10).
pub(crate) fn is_within(name: &[u8], base: &[u8]) -> bool {
    matches!((canonical(name), canonical(base)), (Some(name), Some(base)) if name.starts_with(&base))
}

/// A name as RFC 5280 compares it: for each part its types and values.
pub(crate) type Canonical = Vec<Vec<(Vec<u8>, String)>>;

/// `None` for what is no name.
pub(crate) fn canonical(name: &[u8]) -> Option<Canonical> {
    let name = parse(name)?;
    Some(name.iter_rdn().map(canonical_part).collect())
}

/// Escapes what RFC 4514 wants escaped, and whatever could disturb a terminal or fake a line.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let last = text.chars().count().saturating_sub(1);
    for (index, character) in text.chars().enumerate() {
        let special = matches!(character, ',' | '+' | '"' | '\\' | '<' | '>' | ';')
            || (index == 0 && matches!(character, ' ' | '#'))
            || (index == last && character == ' ');
        if special {
            escaped.push('\\');
            escaped.push(character);
        } else if is_invisible(character) {
            for byte in character.encode_utf8(&mut [0; 4]).bytes() {
                // Writing to a String cannot fail.
                let _ = write!(escaped, "\\{byte:02X}");
            }
        } else {
            escaped.push(character);
        }
    }
    escaped
}

/// Takes [`escape`] back: `\,` or `\0A`.
fn unescape(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((plain, escaped)) = rest.split_once('\\') {
        bytes.extend_from_slice(plain.as_bytes());
        // `from_str_radix` alone would take `\+C` for a number.
        let code = escaped.get(..2).filter(|code| !code.starts_with('+'));
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = escaped.get(2..).unwrap_or_default();
            }
            // The character after the backslash stands for itself, another backslash too.
            None => {
                let length = escaped.chars().next().map_or(0, char::len_utf8);
                let (character, after) = escaped.split_at(length);
                bytes.extend_from_slice(character.as_bytes());
                rest = after;
            }
        }
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Control characters, and those of Unicode that reorder or hide what stands beside them.
pub(crate) fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{AD}' | '\u{61C}' | '\u{FEFF}' | '\u{200B}'..='\u{200F}'
            | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FFF9}'..='\u{FFFB}')
}

fn parse(name: &[u8]) -> Option<X509Name<'_>> {
    let (rest, parsed) = X509Name::from_der(name).ok()?;
    // x509-parser stops silently at the first part that it cannot read.
    (rest.is_empty() && parsed.as_raw().len() == name.len()).then_some(parsed)
}

/// Asked for most pairs of names that there are, so it stops at the first difference.
fn parts_equal(a: &X509Name<'_>, b: &X509Name<'_>) -> bool {
    let equal = |(a, b): (
        &RelativeDistinguishedName<'_>,
        &RelativeDistinguishedName<'_>,
    )| { a == b || canonical_part(a) == canonical_part(b) };
    a.iter_rdn().count() == b.iter_rdn().count() && a.iter_rdn().zip(b.iter_rdn()).all(equal)
}

fn attribute_text(attribute: &AttributeTypeAndValue<'_>) -> String {
    let oid = attribute.attr_type().to_id_string();
    let value = attribute.attr_value();
    let short = SHORT_NAMES.iter().find(|(id, _)| *id == oid);
    match (short, value_text(value)) {
        (Some((_, short)), Some(text)) => format!("{short}={}", escape(&text)),
        (Some((_, short)), None) => format!("{short}={}", hex(value)),
        (None, _) => format!("{oid}={}", hex(value)),
    }
}

/// The value's text whatever its string type; `None` for what is no string.
fn value_text(value: &Any<'_>) -> Option<String> {
    match value.tag() {
        Tag::BmpString => Some(from_utf16(value.data)),
        Tag::UniversalString => Some(from_utf32(value.data)),
        // T.61 in theory, Latin-1 in practice; openssl reads it so too.
        Tag::T61String => Some(value.data.iter().copied().map(char::from).collect()),
        Tag::Utf8String
        | Tag::PrintableString
        | Tag::Ia5String
        | Tag::NumericString
        | Tag::VisibleString => Some(String::from_utf8_lossy(value.data).into_owned()),
        _ => None,
    }
}

fn from_utf16(bytes: &[u8]) -> String {
    let units = bytes.chunks(2).map(|pair| match *pair {
        [high, low] => u16::from_be_bytes([high, low]),
        _ => u16::from(b'?'),
    });
    char::decode_utf16(units)
        .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}

fn from_utf32(bytes: &[u8]) -> String {
    let characters = bytes.chunks(4).map(|quad| match *quad {
        [a, b, c, d] => char::from_u32(u32::from_be_bytes([a, b, c, d])),
        _ => None,
    });
    characters
        .map(|character| character.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}

fn canonical_part(rdn: &RelativeDistinguishedName<'_>) -> Vec<(Vec<u8>, String)> {
    let mut values: Vec<_> = rdn.iter().map(canonical_attribute).collect();
    values.sort();
    values
}

fn canonical_attribute(attribute: &AttributeTypeAndValue<'_>) -> (Vec<u8>, String) {
    let value = attribute.attr_value();
    let text = value_text(value).map_or_else(
        || hex(value),
        |text| {
            let words: Vec<_> = text
                .split_ascii_whitespace()
                .map(str::to_lowercase)
                .collect();
            words.join(" ")
        },
    );
    (attribute.attr_type().as_bytes().to_vec(), text)
}

fn hex(value: &Any<'_>) -> String {
    let der = value.to_der_vec().unwrap_or_default();
    der.iter().fold("#".to_owned(), |mut text, byte| {
        let _ = write!(text, "{byte:02X}");
        text
    })
}
