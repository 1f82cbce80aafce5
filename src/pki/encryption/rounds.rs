//! The inside of PKCS#12's derivation: thousands of digests of one digest each. What is compressed is always
//! one block, which is padded once; by way of whole digests a fifth of the time is spent on that.

use std::slice::from_ref;

use sha1::Sha1;
use sha2::Sha256;
use sha2::digest::generic_array::GenericArray;
use sha2::digest::{Output, typenum::U64};
use zeroize::Zeroize;

type Block = GenericArray<u8, U64>;

/// Where the digests begin (FIPS 180-4, 5.3.1 and 5.3.3).
const SHA1: [u32; 5] = [
    0x6745_2301,
    0xefcd_ab89,
    0x98ba_dcfe,
    0x1032_5476,
    0xc3d2_e1f0,
];
const SHA256: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

/// `round` becomes its own SHA-1 digest, so many times.
pub(super) fn sha1(round: &mut Output<Sha1>, times: u32) {
    let mut block = padded(round);
    for _ in 0..times {
        let mut state = SHA1;
        sha1::compress(&mut state, from_ref(&block));
        put(&state, &mut block);
    }
    take(&mut block, round);
}

/// The same with SHA-256.
pub(super) fn sha256(round: &mut Output<Sha256>, times: u32) {
    let mut block = padded(round);
    for _ in 0..times {
        let mut state = SHA256;
        sha2::compress256(&mut state, from_ref(&block));
        put(&state, &mut block);
    }
    take(&mut block, round);
}

/// A message that is a digest, with its end (FIPS 180-4, 5.1.1).
fn padded(digest: &[u8]) -> Block {
    let mut block = Block::default();
    let content = digest.iter().chain(&[0x80]);
    block
        .iter_mut()
        .zip(content)
        .for_each(|(to, from)| *to = *from);
    let length = (digest.len() as u64 * 8).to_be_bytes();
    block
        .iter_mut()
        .rev()
        .zip(length.iter().rev())
        .for_each(|(to, from)| *to = *from);
    block
}

fn put(state: &[u32], block: &mut Block) {
    let words = block.chunks_exact_mut(4).zip(state);
    words.for_each(|(to, word)| to.copy_from_slice(&word.to_be_bytes()));
}

fn take(block: &mut Block, out: &mut [u8]) {
    out.iter_mut()
        .zip(block.iter())
        .for_each(|(to, from)| *to = *from);
    block.as_mut_slice().zeroize();
}
