//! The part of ASN.1 that keys and keystores are made of. Our own, and small, for three reasons:
//! Java writes what a strict DER reader refuses (SETs unsorted), Windows and old Mozilla write
//! indefinite lengths, and what is read here is secret: it stays a slice of memory that its owner
//! wipes. `oid` names things, `read` takes apart, `write` puts together.

pub(crate) mod oid;
pub(crate) mod read;
pub(crate) mod write;

/// Identifier octets: class, constructed bit and number of a tag in one byte (X.690, 8.1.2).
pub(crate) mod tag {
    pub(crate) const INTEGER: u8 = 0x02;
    pub(crate) const BIT_STRING: u8 = 0x03;
    pub(crate) const OCTET_STRING: u8 = 0x04;
    pub(crate) const NULL: u8 = 0x05;
    pub(crate) const OID: u8 = 0x06;
    pub(crate) const BMP_STRING: u8 = 0x1e;
    pub(crate) const SEQUENCE: u8 = 0x30;
    pub(crate) const SET: u8 = 0x31;
    /// Context-specific 0, around one element.
    pub(crate) const EXPLICIT_0: u8 = 0xa0;
    /// Context-specific 1, around one element.
    pub(crate) const EXPLICIT_1: u8 = 0xa1;
    /// Context-specific 0, in place of an OCTET STRING's own tag.
    pub(crate) const IMPLICIT_0: u8 = 0x80;
    /// Set when an element is made of elements.
    pub(crate) const CONSTRUCTED: u8 = 0x20;
}
