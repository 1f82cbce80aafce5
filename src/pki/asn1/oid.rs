//! Object identifiers as their content bytes, and back to words for messages.

/// PKCS#7 content types (RFC 2315).
pub(crate) const DATA: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01";
pub(crate) const SIGNED_DATA: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02";
pub(crate) const ENVELOPED_DATA: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03";
pub(crate) const ENCRYPTED_DATA: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x06";

/// PKCS#12 bags, bag attributes and certificate types (RFC 7292, 4.2).
pub(crate) const KEY_BAG: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x01";
pub(crate) const SHROUDED_KEY_BAG: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x02";
pub(crate) const CERT_BAG: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x03";
pub(crate) const CRL_BAG: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x04";
pub(crate) const SECRET_BAG: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x05";
pub(crate) const SAFE_CONTENTS_BAG: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x06";
pub(crate) const FRIENDLY_NAME: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x14";
pub(crate) const LOCAL_KEY_ID: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x15";
pub(crate) const X509_CERTIFICATE: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x16\x01";
/// Oracle's mark of a trusted certificate entry (JDK, `PKCS12KeyStore.java`, TrustedKeyUsage).
pub(crate) const TRUSTED_KEY_USAGE: &[u8] = b"\x60\x86\x48\x01\x86\xf9\x66\xad\xca\x7b\x01\x01";

/// Password-based encryption of PKCS#12 (RFC 7292, appendix C).
pub(crate) const PBE_3DES: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01\x03";
pub(crate) const PBE_RC2_128: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01\x05";
pub(crate) const PBE_RC2_40: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01\x06";

/// Password-based cryptography of PKCS#5 (RFC 8018), scrypt (RFC 7914).
pub(crate) const PBKDF2: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0c";
pub(crate) const PBES2: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d";
pub(crate) const PBMAC1: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0e";
pub(crate) const SCRYPT: &[u8] = b"\x2b\x06\x01\x04\x01\xda\x47\x04\x0b";

pub(crate) const AES_128_CBC: &[u8] = b"\x60\x86\x48\x01\x65\x03\x04\x01\x02";
pub(crate) const AES_192_CBC: &[u8] = b"\x60\x86\x48\x01\x65\x03\x04\x01\x16";
pub(crate) const AES_256_CBC: &[u8] = b"\x60\x86\x48\x01\x65\x03\x04\x01\x2a";
pub(crate) const DES_EDE3_CBC: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x03\x07";

pub(crate) const SHA1: &[u8] = b"\x2b\x0e\x03\x02\x1a";
pub(crate) const SHA224: &[u8] = b"\x60\x86\x48\x01\x65\x03\x04\x02\x04";
pub(crate) const SHA256: &[u8] = b"\x60\x86\x48\x01\x65\x03\x04\x02\x01";
pub(crate) const SHA384: &[u8] = b"\x60\x86\x48\x01\x65\x03\x04\x02\x02";
pub(crate) const SHA512: &[u8] = b"\x60\x86\x48\x01\x65\x03\x04\x02\x03";
pub(crate) const HMAC_SHA1: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x02\x07";
pub(crate) const HMAC_SHA224: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x02\x08";
pub(crate) const HMAC_SHA256: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x02\x09";
pub(crate) const HMAC_SHA384: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x02\x0a";
pub(crate) const HMAC_SHA512: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x02\x0b";

/// Keys (RFC 8017, appendix C; RFC 5480, 2.1.1).
pub(crate) const RSA_ENCRYPTION: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01";
pub(crate) const EC_PUBLIC_KEY: &[u8] = b"\x2a\x86\x48\xce\x3d\x02\x01";
pub(crate) const P256: &[u8] = b"\x2a\x86\x48\xce\x3d\x03\x01\x07";
pub(crate) const P384: &[u8] = b"\x2b\x81\x04\x00\x22";
pub(crate) const P521: &[u8] = b"\x2b\x81\x04\x00\x23";

/// For a message: a name where people know one, else numbers and dots.
pub(crate) fn describe(oid: &[u8]) -> String {
    match oid {
        PBMAC1 => "PBMAC1".to_owned(),
        SCRYPT => "scrypt".to_owned(),
        SIGNED_DATA => "a signature instead of a MAC".to_owned(),
        ENVELOPED_DATA => "encryption for a certificate".to_owned(),
        b"\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01\x01" => "RC4-128".to_owned(),
        b"\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01\x02" => "RC4-40".to_owned(),
        b"\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01\x04" => "two-key 3DES".to_owned(),
        b"\x2a\x86\x48\x86\xf7\x0d\x02\x05" => "MD5".to_owned(),
        other => format!("algorithm {}", dotted(other)),
    }
}

fn dotted(oid: &[u8]) -> String {
    let mut numbers: Vec<u64> = Vec::new();
    let mut number: u64 = 0;
    for byte in oid {
        number = number.wrapping_shl(7) | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            if numbers.is_empty() {
                let first = (number / 40).min(2);
                numbers.extend([first, number - first * 40]);
            } else {
                numbers.push(number);
            }
            number = 0;
        }
    }
    let words: Vec<String> = numbers.iter().map(u64::to_string).collect();
    words.join(".")
}

#[cfg(test)]
mod tests {
    use openssl::asn1::Asn1Object;

    use super::*;

    #[test]
    fn the_bytes_are_those_of_the_numbers_in_the_standards() {
        for (bytes, numbers) in [
            (DATA, "1.2.840.113549.1.7.1"),
            (ENCRYPTED_DATA, "1.2.840.113549.1.7.6"),
            (SHROUDED_KEY_BAG, "1.2.840.113549.1.12.10.1.2"),
            (SAFE_CONTENTS_BAG, "1.2.840.113549.1.12.10.1.6"),
            (FRIENDLY_NAME, "1.2.840.113549.1.9.20"),
            (X509_CERTIFICATE, "1.2.840.113549.1.9.22.1"),
            (TRUSTED_KEY_USAGE, "2.16.840.1.113894.746875.1.1"),
            (PBE_RC2_40, "1.2.840.113549.1.12.1.6"),
            (PBES2, "1.2.840.113549.1.5.13"),
            (SCRYPT, "1.3.6.1.4.1.11591.4.11"),
            (AES_192_CBC, "2.16.840.1.101.3.4.1.22"),
            (AES_256_CBC, "2.16.840.1.101.3.4.1.42"),
            (DES_EDE3_CBC, "1.2.840.113549.3.7"),
            (SHA1, "1.3.14.3.2.26"),
            (SHA224, "2.16.840.1.101.3.4.2.4"),
            (HMAC_SHA512, "1.2.840.113549.2.11"),
            (RSA_ENCRYPTION, "1.2.840.113549.1.1.1"),
            (EC_PUBLIC_KEY, "1.2.840.10045.2.1"),
            (P256, "1.2.840.10045.3.1.7"),
            (P384, "1.3.132.0.34"),
            (P521, "1.3.132.0.35"),
        ] {
            assert_eq!(
                Asn1Object::from_str(numbers).unwrap().as_slice(),
                bytes,
                "{numbers}"
            );
            assert_eq!(dotted(bytes), numbers);
        }
    }
}
