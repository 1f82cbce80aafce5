//! `$apr1$`, Apache's variant of the MD5 crypt of FreeBSD: the one salted hash that lighttpd checks by
//! itself on every system, whatever its crypt(3) knows. Proven equal to `openssl passwd -apr1`.

use md5::{Digest, Md5};
use zeroize::Zeroizing;

use crate::secret::Secret;

const MAGIC: &[u8] = b"$apr1$";

/// The 64 characters of crypt(3), by value.
const ALPHABET: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Eight characters that make equal passwords unlike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Salt([u8; 8]);

impl Salt {
    /// From random bytes; 48 of their bits count, each salt as likely as any other.
    pub(crate) fn from_random(bytes: [u8; 8]) -> Self {
        Self(bytes.map(character))
    }
}

/// `$apr1$SALT$HASH`
pub(crate) fn apr1(password: &[u8], salt: Salt) -> Secret {
    apr1_with(password, &salt.0)
}

/// With a salt of up to eight characters, as found in a file.
pub(super) fn apr1_with(password: &[u8], salt: &[u8]) -> Secret {
    let digest = digest(password, salt);
    let mut hash = [MAGIC, salt, b"$"].concat();
    hash.reserve_exact(22);
    for [high, middle, low] in [[0, 6, 12], [1, 7, 13], [2, 8, 14], [3, 9, 15], [4, 10, 5]] {
        let bits = u32::from_be_bytes([0, digest[high], digest[middle], digest[low]]);
        push(&mut hash, bits, 4);
    }
    push(&mut hash, u32::from(digest[11]), 2);
    Secret::new(hash)
}

/// Six bits a character, the lowest first.
fn push(hash: &mut Vec<u8>, mut bits: u32, characters: usize) {
    for _ in 0..characters {
        hash.push(character(bits.to_le_bytes()[0]));
        bits >>= 6;
    }
}

/// The character of the lower six bits.
fn character(bits: u8) -> u8 {
    ALPHABET[usize::from(bits & 0x3f)]
}

fn digest(password: &[u8], salt: &[u8]) -> Zeroizing<[u8; 16]> {
    let mut md5 = Hasher(Md5::new());
    let mut digest = Zeroizing::new([0; 16]);
    md5.add(password)
        .add(salt)
        .add(password)
        .finish(&mut digest);

    md5.add(password).add(MAGIC).add(salt);
    for part in password.chunks(digest.len()) {
        md5.add(digest.get(..part.len()).unwrap_or_default());
    }
    let mut bits = password.len();
    while bits > 0 {
        md5.add(if bits & 1 == 1 {
            b"\0"
        } else {
            password.get(..1).unwrap_or_default()
        });
        bits >>= 1;
    }
    md5.finish(&mut digest);

    for round in 0..1000 {
        let odd = round % 2 == 1;
        md5.add(if odd { password } else { &*digest });
        if round % 3 != 0 {
            md5.add(salt);
        }
        if round % 7 != 0 {
            md5.add(password);
        }
        md5.add(if odd { &*digest } else { password });
        md5.finish(&mut digest);
    }
    digest
}

/// One MD5 for all rounds, so that the password passes through one buffer only.
struct Hasher(Md5);

impl Hasher {
    fn add(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.update(bytes);
        self
    }

    fn finish(&mut self, digest: &mut [u8; 16]) {
        self.0.finalize_into_reset(digest.into());
    }
}

impl Drop for Hasher {
    /// The crate wipes nothing, and a reset keeps the last block: a whole block of zeros, in two pieces so
    /// that it passes through the buffer, replaces it.
    fn drop(&mut self) {
        self.0.reset();
        self.add(&[0; 63]).add(&[0; 1]);
    }
}
