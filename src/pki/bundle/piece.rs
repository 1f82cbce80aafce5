//! Certificates out of a text that is too large to be held whole.

use crate::pki::certificate::Certificate;
use crate::pki::pem;

use super::{decode_block, is_certificate_label};

/// Hands the certificates of all whole blocks in this `piece` to `each`. Returns how many bytes of it are
/// done; the next piece has to begin with the others.
///
/// # Errors
/// Where in the piece a damaged block begins, and why it is one. Of the `last` piece this is also a block
/// that does not end.
pub(crate) fn certificates_in_piece(
    piece: &[u8],
    last: bool,
    each: &mut dyn FnMut(Certificate),
) -> Result<usize, (usize, &'static str)> {
    let mut done = 0;
    for block in pem::blocks(piece) {
        let block = match block {
            Ok(block) => block,
            Err(damage) if last => return Err((damage.offset, damage.reason)),
            Err(damage) => return Ok(damage.offset),
        };
        if is_certificate_label(block.label) {
            let read = decode_block(&block).map_err(|reason| (block.start, reason))?;
            read.into_iter().for_each(&mut *each);
        }
        done = block.end;
    }
    // A marker may be cut in two.
    let uncut = piece.len().saturating_sub(pem::LONGEST_MARKER);
    Ok(if last { piece.len() } else { done.max(uncut) })
}

#[cfg(test)]
mod tests {
    use super::certificates_in_piece;
    use crate::pki::certificate::fixtures::bytes;

    #[test]
    fn a_text_in_pieces_of_any_size_holds_the_same_certificates() {
        let text = [
            bytes("leaf.text.pem"),
            bytes("chain.pem"),
            bytes("chain.crlf.pem"),
        ]
        .concat();
        for size in [1, 7, 64, 1000, 5000, text.len()] {
            let (mut titles, mut start, mut end) = (Vec::new(), 0, 0);
            while end < text.len() {
                end = (end + size).min(text.len());
                let piece = &text[start..end];
                let mut each = |certificate: crate::pki::certificate::Certificate| {
                    titles.push(certificate.title());
                };
                start += certificates_in_piece(piece, end == text.len(), &mut each).unwrap();
            }
            assert_eq!(titles.len(), 5, "{size}: {titles:?}");
            assert_eq!(start, text.len());
        }
    }

    #[test]
    fn a_block_without_an_end_is_damage_in_the_last_piece_only() {
        let text = bytes("leaf.pem");
        let cut = &text[..text.len() / 2];
        assert_eq!(certificates_in_piece(cut, false, &mut |_| ()), Ok(0));
        assert!(certificates_in_piece(cut, true, &mut |_| ()).is_err());
    }
}
