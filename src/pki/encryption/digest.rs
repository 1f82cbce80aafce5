//! The digests of keystores, and what is built of them. Not OpenSSL's: each call of those costs more
//! than the compression itself, and a keystore makes tens of thousands (measured with OpenSSL 3.0:
//! PBKDF2 with 10,000 iterations 3.3 ms there, 1.2 ms here).

use hmac::{Hmac, Mac};
use sha1::Sha1;
use sha2::digest::{Digest as Hash, KeyInit, Output, core_api::BlockSizeUser};
use sha2::{Sha224, Sha256, Sha384, Sha512};
use zeroize::{Zeroize, Zeroizing};

use super::derive::Purpose;
use super::rounds;
use crate::pki::asn1::oid;
use crate::secret::Secret;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Digest {
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
}

/// Runs an expression with `$hash` as the type that a [`Digest`] stands for.
macro_rules! with_hash {
    ($digest:expr, $hash:ident => $body:expr) => {
        match $digest {
            Digest::Sha1 => {
                type $hash = Sha1;
                $body
            }
            Digest::Sha224 => {
                type $hash = Sha224;
                $body
            }
            Digest::Sha256 => {
                type $hash = Sha256;
                $body
            }
            Digest::Sha384 => {
                type $hash = Sha384;
                $body
            }
            Digest::Sha512 => {
                type $hash = Sha512;
                $body
            }
        }
    };
}

impl Digest {
    /// By the name of the digest, or of the HMAC over it.
    pub(crate) fn from_oid(oid: &[u8]) -> Option<Self> {
        Some(match oid {
            oid::SHA1 | oid::HMAC_SHA1 => Self::Sha1,
            oid::SHA224 | oid::HMAC_SHA224 => Self::Sha224,
            oid::SHA256 | oid::HMAC_SHA256 => Self::Sha256,
            oid::SHA384 | oid::HMAC_SHA384 => Self::Sha384,
            oid::SHA512 | oid::HMAC_SHA512 => Self::Sha512,
            _ => return None,
        })
    }

    pub(crate) fn oid(self) -> &'static [u8] {
        match self {
            Self::Sha1 => oid::SHA1,
            Self::Sha224 => oid::SHA224,
            Self::Sha256 => oid::SHA256,
            Self::Sha384 => oid::SHA384,
            Self::Sha512 => oid::SHA512,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "SHA1",
            Self::Sha224 => "SHA224",
            Self::Sha256 => "SHA256",
            Self::Sha384 => "SHA384",
            Self::Sha512 => "SHA512",
        }
    }

    /// Bytes of output.
    pub(crate) fn length(self) -> usize {
        with_hash!(self, H => <H as Hash>::output_size())
    }

    pub(crate) fn hmac(self, key: &[u8], message: &[u8]) -> Secret {
        with_hash!(self, H => {
            // An HMAC takes a key of any length, so this has no other arm in practice.
            Secret::new(match <Hmac<H> as KeyInit>::new_from_slice(key) {
                Ok(mac) => mac.chain_update(message).finalize().into_bytes().to_vec(),
                Err(_) => Vec::new(),
            })
        })
    }

    pub(crate) fn pbkdf2(self, passphrase: &[u8], salt: &[u8], rounds: u32, out: &mut [u8]) {
        with_hash!(self, H => pbkdf2::pbkdf2_hmac::<H>(passphrase, salt, rounds, out));
    }

    /// The derivation of RFC 7292, appendix B.2. `passphrase` is a BMPString with its final zeros.
    pub(crate) fn pkcs12(
        self,
        purpose: Purpose,
        passphrase: &[u8],
        salt: &[u8],
        rounds: u32,
        out: &mut [u8],
    ) {
        match self {
            Self::Sha1 => pkcs12::<Sha1>(purpose, passphrase, salt, rounds, rounds::sha1, out),
            Self::Sha256 => {
                pkcs12::<Sha256>(purpose, passphrase, salt, rounds, rounds::sha256, out)
            }
            other => with_hash!(other, H => {
                pkcs12::<H>(purpose, passphrase, salt, rounds, digest_again::<H>, out);
            }),
        }
    }
}

/// Letters as in RFC 7292: D diversifies, I is salt and passphrase, A the output of a round, B what
/// I is changed by before the next.
fn pkcs12<H: Hash + BlockSizeUser>(
    purpose: Purpose,
    passphrase: &[u8],
    salt: &[u8],
    rounds: u32,
    again: fn(&mut Output<H>, u32),
    out: &mut [u8],
) {
    let block = H::block_size();
    let diversifier = vec![purpose as u8; block];
    let mut input = Zeroizing::new(Vec::with_capacity(
        salt.len().next_multiple_of(block) + passphrase.len().next_multiple_of(block),
    ));
    for part in [salt, passphrase] {
        input.extend(part.iter().cycle().take(part.len().next_multiple_of(block)));
    }
    for chunk in out.chunks_mut(<H as Hash>::output_size()) {
        let mut round = H::new()
            .chain_update(&diversifier)
            .chain_update(&*input)
            .finalize();
        again(&mut round, rounds.saturating_sub(1));
        for (to, from) in chunk.iter_mut().zip(round.iter()) {
            *to = *from;
        }
        add_to_each_block::<H>(&mut input, &round);
        round.as_mut_slice().zeroize();
    }
}

fn digest_again<H: Hash>(round: &mut Output<H>, times: u32) {
    for _ in 0..times {
        *round = H::digest(&*round);
    }
}

/// I := I + B + 1, block by block, most significant byte first, the last carry dropped.
fn add_to_each_block<H: Hash + BlockSizeUser>(input: &mut [u8], round: &Output<H>) {
    let addend: Zeroizing<Vec<u8>> = Zeroizing::new(
        round
            .iter()
            .copied()
            .cycle()
            .take(H::block_size())
            .collect(),
    );
    for block in input.chunks_mut(H::block_size()) {
        let mut carry = 1;
        for (byte, add) in block.iter_mut().zip(addend.iter()).rev() {
            let sum = u16::from(*byte) + u16::from(*add) + carry;
            let [high, low] = sum.to_be_bytes();
            *byte = low;
            carry = u16::from(high);
        }
    }
}

#[cfg(test)]
mod tests {
    use openssl::hash::MessageDigest;
    use openssl::pkcs5;

    use super::*;

    #[test]
    fn pbkdf2_agrees_with_openssl() {
        let mut theirs = [0; 40];
        pkcs5::pbkdf2_hmac(b"pass", b"salt", 7, MessageDigest::sha512(), &mut theirs).unwrap();
        let mut ours = [0; 40];
        Digest::Sha512.pbkdf2(b"pass", b"salt", 7, &mut ours);
        assert_eq!(ours, theirs);
    }

    #[test]
    fn quick_rounds_are_plain_digests() {
        let mut quick = Sha1::digest(b"any");
        let mut plain = quick;
        rounds::sha1(&mut quick, 5);
        digest_again::<Sha1>(&mut plain, 5);
        assert_eq!(quick, plain);
        let mut quick = Sha256::digest(b"any");
        let mut plain = quick;
        rounds::sha256(&mut quick, 5);
        digest_again::<Sha256>(&mut plain, 5);
        assert_eq!(quick, plain);
    }

    #[test]
    fn the_old_derivation_agrees_with_the_published_vectors() {
        // The crate p12 and BouncyCastle's tests have these: the empty passphrase, 2,048 rounds.
        let salt = b"\x9a\xf4\x70\x29\x58\xa8\xe9\x5c";
        let mut key = [0; 24];
        Digest::Sha1.pkcs12(Purpose::Key, &[0, 0], salt, 2048, &mut key);
        assert_eq!(
            key,
            *b"\xc2\x29\x4a\xa6\xd0\x29\x30\xeb\x5c\xe9\xc3\x29\xec\xcb\x9a\xee\x1c\xb1\x36\xba\
               \xea\x74\x65\x57"
        );
        let mut iv = [0; 8];
        Digest::Sha1.pkcs12(Purpose::Iv, &[0, 0], salt, 2048, &mut iv);
        assert_eq!(iv, *b"\x8e\x9f\x8f\xc7\x66\x43\x78\xbc");
    }
}
