//! Takes BER apart without copying: definite and indefinite lengths, SETs in any order, OCTET
//! STRINGs in one piece or several (X.690).

use std::borrow::Cow;

use super::tag;

/// Deeper than any keystore; shallow enough for the stack.
const MAX_DEPTH: usize = 32;

/// The bytes are not what the grammar wants; the text is what was wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed(pub(crate) &'static str);

/// One element, its contents not yet looked into.
#[derive(Clone, Copy)]
pub(crate) struct Element<'a> {
    pub(crate) tag: u8,
    pub(crate) contents: &'a [u8],
    /// Header included: what another decoder is given.
    pub(crate) whole: &'a [u8],
}

/// Reads elements one after the other.
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next element, which has to have `tag`; `what` names it in the error.
    pub(crate) fn expect(&mut self, tag: u8, what: &'static str) -> Result<Element<'a>, Malformed> {
        self.optional(tag)?.ok_or(Malformed(what))
    }

    /// The next element when it has `tag`; else nothing, and nothing is consumed.
    pub(crate) fn optional(&mut self, tag: u8) -> Result<Option<Element<'a>>, Malformed> {
        if self.rest.first() == Some(&tag) {
            self.element().map(Some)
        } else {
            Ok(None)
        }
    }

    /// The next element, whatever it is.
    pub(crate) fn element(&mut self) -> Result<Element<'a>, Malformed> {
        let (element, rest) = split(self.rest, 0)?;
        self.rest = rest;
        Ok(element)
    }

    pub(crate) fn sequence(&mut self, what: &'static str) -> Result<Self, Malformed> {
        Ok(self.expect(tag::SEQUENCE, what)?.inside())
    }

    pub(crate) fn oid(&mut self, what: &'static str) -> Result<&'a [u8], Malformed> {
        Ok(self.expect(tag::OID, what)?.contents)
    }

    /// A whole number that is not negative and fits.
    pub(crate) fn unsigned(&mut self, what: &'static str) -> Result<u64, Malformed> {
        let bytes = self.expect(tag::INTEGER, what)?.contents;
        let is_negative = bytes.first().is_none_or(|first| first & 0x80 != 0);
        if is_negative || bytes.len() > 9 || (bytes.len() == 9 && bytes.first() != Some(&0)) {
            return Err(Malformed(what));
        }
        Ok(bytes.iter().fold(0, |n, byte| n << 8 | u64::from(*byte)))
    }

    pub(crate) fn octets(&mut self, what: &'static str) -> Result<Cow<'a, [u8]>, Malformed> {
        let element = self.element().map_err(|_| Malformed(what))?;
        if element.tag & !tag::CONSTRUCTED != tag::OCTET_STRING {
            return Err(Malformed(what));
        }
        element.octets(what)
    }
}

impl<'a> Element<'a> {
    pub(crate) fn inside(&self) -> Reader<'a> {
        Reader::new(self.contents)
    }

    /// The bytes of an OCTET STRING, joined when it came in pieces. Its own tag is not looked at:
    /// it may be an implicit one.
    pub(crate) fn octets(&self, what: &'static str) -> Result<Cow<'a, [u8]>, Malformed> {
        if self.tag & tag::CONSTRUCTED == 0 {
            return Ok(Cow::Borrowed(self.contents));
        }
        let mut joined = Vec::with_capacity(self.contents.len());
        let mut pieces = self.inside();
        while !pieces.is_empty() {
            // Pieces of pieces are allowed by X.690 and written by nobody.
            joined.extend_from_slice(pieces.expect(tag::OCTET_STRING, what)?.contents);
        }
        Ok(Cow::Owned(joined))
    }
}

/// The first element of `bytes`, and what comes after it.
fn split(bytes: &[u8], depth: usize) -> Result<(Element<'_>, &[u8]), Malformed> {
    const CUT: Malformed = Malformed("an element that ends where it says");
    let (&tag, after_tag) = bytes.split_first().ok_or(CUT)?;
    if tag & 0x1f == 0x1f || depth > MAX_DEPTH {
        return Err(Malformed("a plain tag"));
    }
    let (&first, after_first) = after_tag.split_first().ok_or(CUT)?;
    if first == 0x80 {
        let (contents, rest) = until_end_of_contents(tag, after_first, depth)?;
        let whole = bytes.get(..bytes.len() - rest.len()).ok_or(CUT)?;
        return Ok((
            Element {
                tag,
                contents,
                whole,
            },
            rest,
        ));
    }
    let (length, after_length) = if first < 0x80 {
        (usize::from(first), after_first)
    } else {
        let count = usize::from(first & 0x7f);
        let (digits, rest) = after_first.split_at_checked(count).ok_or(CUT)?;
        (length(digits).ok_or(CUT)?, rest)
    };
    let (contents, rest) = after_length.split_at_checked(length).ok_or(CUT)?;
    let whole = bytes.get(..bytes.len() - rest.len()).ok_or(CUT)?;
    Ok((
        Element {
            tag,
            contents,
            whole,
        },
        rest,
    ))
}

fn length(digits: &[u8]) -> Option<usize> {
    digits.iter().try_fold(0_usize, |n, digit| {
        n.checked_mul(256)?.checked_add(usize::from(*digit))
    })
}

/// An indefinite length: elements up to two zero bytes.
fn until_end_of_contents(tag: u8, bytes: &[u8], depth: usize) -> Result<(&[u8], &[u8]), Malformed> {
    const UNENDED: Malformed = Malformed("an end of contents");
    if tag & tag::CONSTRUCTED == 0 {
        return Err(UNENDED);
    }
    let mut rest = bytes;
    loop {
        if let Some(after) = rest.strip_prefix(&[0, 0]) {
            let contents = bytes.get(..bytes.len() - rest.len()).ok_or(UNENDED)?;
            return Ok((contents, after));
        }
        rest = split(rest, depth + 1)?.1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_indefinite_length_ends_at_its_two_zeros() {
        let bytes = [0x30, 0x80, 2, 1, 10, 0x30, 0x80, 0, 0, 0, 0, 2, 1, 7];
        let mut reader = Reader::new(&bytes);
        let mut inside = reader.sequence("a sequence").unwrap();
        assert_eq!(inside.unsigned("ten"), Ok(10));
        assert!(inside.sequence("nothing").unwrap().is_empty());
        assert!(inside.is_empty());
        assert_eq!(reader.unsigned("seven"), Ok(7));
    }

    #[test]
    fn an_octet_string_in_pieces_is_joined() {
        let bytes = [0x24, 0x80, 4, 2, b'a', b'b', 4, 1, b'c', 0, 0];
        assert_eq!(Reader::new(&bytes).octets("text").unwrap().as_ref(), b"abc");
    }

    #[test]
    fn a_length_beyond_the_end_or_beyond_usize_is_an_error() {
        for bytes in [
            &[0x30, 0x05, 2, 1][..],
            &[0x30, 0x88, 255, 255, 255, 255, 255, 255, 255, 255],
            &[0x30, 0x89, 1, 0, 0, 0, 0, 0, 0, 0, 0],
            &[0x30, 0x80, 2, 1, 1],
            &[0x1f, 0x81, 0x01, 0],
        ] {
            assert!(Reader::new(bytes).element().is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn deep_nesting_is_an_error_and_no_stack_overflow() {
        let bytes = [0x30, 0x80].repeat(100_000);
        assert!(Reader::new(&bytes).element().is_err());
    }

    #[test]
    fn negative_and_oversized_numbers_are_refused() {
        for bytes in [
            &[2, 1, 0xff][..],
            &[2, 0],
            &[2, 9, 1, 0, 0, 0, 0, 0, 0, 0, 0],
        ] {
            assert!(
                Reader::new(bytes).unsigned("a number").is_err(),
                "{bytes:?}"
            );
        }
        assert_eq!(Reader::new(&[2, 2, 0, 0xff]).unsigned("a number"), Ok(255));
    }
}
