//! Puts DER together (X.690, section 10): definite lengths, SETs sorted.

use super::tag;

/// An element of `tag` around the `parts`, one after the other.
pub(crate) fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut out = Vec::with_capacity(length + 6);
    header(&mut out, tag, length);
    for part in parts {
        out.extend_from_slice(part);
    }
    out
}

/// What stands before the contents; this length, of several that BER allows, is DER.
pub(crate) fn header(out: &mut Vec<u8>, tag: u8, length: usize) {
    out.push(tag);
    match u8::try_from(length) {
        Ok(short @ 0..0x80) => out.push(short),
        Ok(_) | Err(_) => {
            let digits = length.to_be_bytes();
            let zeros = digits.iter().take_while(|digit| **digit == 0).count();
            let digits = digits.get(zeros..).unwrap_or_default();
            // At most eight digits: the count fits beside the marker bit.
            out.push(0x80 | u8::try_from(digits.len()).unwrap_or_default());
            out.extend_from_slice(digits);
        }
    }
}

pub(crate) fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    element(tag::SEQUENCE, parts)
}

/// DER wants the elements of a SET OF in the order of their bytes.
pub(crate) fn set_of(mut elements: Vec<Vec<u8>>) -> Vec<u8> {
    elements.sort_unstable();
    element(tag::SET, &[&elements.concat()])
}

pub(crate) fn explicit_0(inner: &[u8]) -> Vec<u8> {
    element(tag::EXPLICIT_0, &[inner])
}

/// Context tag 0 in place of an OCTET STRING's own.
pub(crate) fn implicit_0(bytes: &[u8]) -> Vec<u8> {
    element(tag::IMPLICIT_0, &[bytes])
}

pub(crate) fn octet_string(bytes: &[u8]) -> Vec<u8> {
    element(tag::OCTET_STRING, &[bytes])
}

pub(crate) fn oid(contents: &[u8]) -> Vec<u8> {
    element(tag::OID, &[contents])
}

pub(crate) fn null() -> Vec<u8> {
    element(tag::NULL, &[])
}

pub(crate) fn unsigned(number: u32) -> Vec<u8> {
    let digits = number.to_be_bytes();
    let zeros = digits.iter().take_while(|digit| **digit == 0).count();
    let digits = digits.get(zeros.min(3)..).unwrap_or_default();
    // A leading one bit would make it negative.
    let sign: &[u8] = match digits.first() {
        Some(0x80..) => &[0],
        Some(_) | None => &[],
    };
    element(tag::INTEGER, &[sign, digits])
}

/// UTF-16, big end first.
pub(crate) fn bmp_string(text: &str) -> Vec<u8> {
    let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    element(tag::BMP_STRING, &[&units])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pki::asn1::read::Reader;

    #[test]
    fn lengths_are_as_short_as_der_wants() {
        assert_eq!(octet_string(&[7; 3]), [4, 3, 7, 7, 7]);
        assert_eq!(octet_string(&[7; 127])[..2], [4, 127]);
        assert_eq!(octet_string(&[7; 128])[..3], [4, 0x81, 128]);
        assert_eq!(octet_string(&[7; 300])[..4], [4, 0x82, 1, 44]);
    }

    #[test]
    fn numbers_are_read_back() {
        for number in [0, 1, 127, 128, 255, 256, 10_000, 65_535, u32::MAX] {
            let bytes = unsigned(number);
            assert_eq!(
                Reader::new(&bytes).unsigned("number"),
                Ok(u64::from(number))
            );
        }
        assert_eq!(unsigned(0), [2, 1, 0]);
        assert_eq!(unsigned(128), [2, 2, 0, 128]);
    }

    #[test]
    fn sets_are_sorted() {
        assert_eq!(
            set_of(vec![unsigned(9), unsigned(3)]),
            [0x31, 6, 2, 1, 3, 2, 1, 9]
        );
    }
}
